//! Python objects of registered classes, as scripts hold them. See `rhai/objects.py`.

use std::any::TypeId;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use rhai::{EvalAltResult, Module};

use crate::gil::Held;
use crate::meter;
use crate::package::{set_function, Args};

/// One object. A script can do nothing with it but what is registered.
#[derive(Clone)]
pub struct Object(pub Arc<Held>);

impl Object {
    /// None for an object of a class that nobody registered.
    pub fn of(value: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let known = names(value.py())?.contains(value.get_type())?;
        Ok(known.then(|| Object(Arc::new(Held::new(value.clone().unbind())))))
    }

    fn type_name(&self) -> String {
        meter::in_python(|py| {
            let class = self.0.bind(py).get_type();
            let name = names(py).and_then(|names| names.get_item(class)?.extract());
            name.unwrap_or_else(|_| "object".into())
        })
    }
}

/// The registered classes and their names.
fn names(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static NAMES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    NAMES
        .get_or_try_init(py, || {
            Ok(py.import("rhai.objects")?.getattr("NAMES")?.unbind())
        })
        .map(|names| names.bind(py))
}

/// What every object has: a text that tells its class, and an identity.
pub fn describe(module: &mut Module) {
    let object = TypeId::of::<Object>();
    module.set_custom_type::<Object>("object");
    for name in ["to_string", "print", "to_debug", "debug"] {
        set_function(module, name, &[object], true, |_, args| {
            Ok(read(&args, 0)?.type_name().into())
        });
    }
    for (name, wanted) in [("==", true), ("!=", false)] {
        set_function(module, name, &[object, object], true, move |_, args| {
            let same = read(&args, 0)?.0.as_ptr() == read(&args, 1)?.0.as_ptr();
            Ok((same == wanted).into())
        });
    }
}

fn read(args: &Args, place: usize) -> Result<Object, Box<EvalAltResult>> {
    args[place]
        .read_lock::<Object>()
        .map(|object| object.clone())
        .ok_or_else(|| "not an object".into())
}
