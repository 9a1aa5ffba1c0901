//! Python objects of registered classes, as scripts hold them. See `rhai/objects.py`.
//!
//! Rhai tells types apart as Rust does, so each class has a type to itself, by its number. Classes
//! beyond the last number share that one's type, and Python tells them apart.

use std::any::{type_name, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use rhai::{Dynamic, EvalAltResult, Module};

use crate::gil::Held;
use crate::package::{set_function, Args};

/// One object. A script can do nothing with it but what is registered.
#[derive(Clone)]
struct Object<const CLASS: usize>(Arc<Held>);

/// What there is to know of the type of one class.
struct Kind {
    id: fn() -> TypeId,
    name: fn() -> &'static str,
    wrap: fn(Arc<Held>) -> Dynamic,
    unwrap: fn(&Dynamic) -> Option<Arc<Held>>,
}

impl Kind {
    const fn of<const CLASS: usize>() -> Self {
        Kind {
            id: TypeId::of::<Object<CLASS>>,
            name: type_name::<Object<CLASS>>,
            wrap: |object| Dynamic::from(Object::<CLASS>(object)),
            unwrap: |value| Some(value.read_lock::<Object<CLASS>>()?.0.clone()),
        }
    }
}

macro_rules! kinds {
    ($($class:literal)*) => { [$(Kind::of::<$class>()),*] };
}

const LAST: usize = 63;
#[rustfmt::skip]
static KINDS: [Kind; LAST + 1] = kinds!(
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30
    31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58
    59 60 61 62 63
);

fn kind(class: usize) -> &'static Kind {
    &KINDS[class.min(LAST)]
}

/// The Rhai type of a class, by its number.
pub fn type_id(class: usize) -> TypeId {
    (kind(class).id)()
}

/// An object as a value; None for one of a class that nobody registered.
pub fn wrap(value: &Bound<'_, PyAny>) -> PyResult<Option<Dynamic>> {
    let py = value.py();
    let number = numbers(py)?.get_item(value.get_type_ptr() as usize)?;
    let wrapped = |class: usize| (kind(class).wrap)(Arc::new(Held::new(value.clone().unbind())));
    number.map(|class| class.extract().map(wrapped)).transpose()
}

/// The object that is this value, if it is one.
pub fn unwrap(value: &Dynamic) -> Option<Arc<Held>> {
    static KNOWN: OnceLock<HashMap<TypeId, &Kind>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| KINDS.iter().map(|kind| ((kind.id)(), kind)).collect());
    (known.get(&value.type_id())?.unwrap)(value)
}

/// The numbers of the registered classes, by their addresses.
fn numbers(py: Python<'_>) -> PyResult<&Bound<'_, PyDict>> {
    static NUMBERS: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let read = || Ok(py.import("rhai.objects")?.getattr("NUMBERS")?.extract()?);
    NUMBERS
        .get_or_try_init(py, read)
        .map(|numbers| numbers.bind(py))
}

/// Call the type of a class by a name, unless other classes share it.
pub fn name(module: &mut Module, class: usize, name: &str) {
    if class < LAST {
        module.set_custom_type_raw((kind(class).name)(), name);
    }
}

/// What scripts call the type of a class.
pub fn shown_name(module: &Module, class: usize) -> String {
    let shown = module.get_custom_type_display_by_name((kind(class).name)());
    shown.unwrap_or("object").into()
}

/// What every object has: a type, which is also what it prints as, and an identity.
pub fn describe(module: &mut Module) {
    for kind in &KINDS {
        module.set_custom_type_raw((kind.name)(), "object");
        for (name, wanted) in [("==", true), ("!=", false)] {
            let types = [(kind.id)(), (kind.id)()];
            set_function(module, name, &types, true, move |_, args| {
                let same = read(&args, 0)?.as_ptr() == read(&args, 1)?.as_ptr();
                Ok((same == wanted).into())
            });
        }
    }
}

fn read(args: &Args, place: usize) -> Result<Arc<Held>, Box<EvalAltResult>> {
    unwrap(args[place]).ok_or_else(|| "not an object".into())
}
