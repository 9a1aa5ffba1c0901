//! Python functions as Rhai functions.

use std::any::TypeId;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use rhai::{
    Array, Blob, Dynamic, EvalAltResult, FnNamespace, FuncRegistration, ImmutableString, Map,
    Module, NativeCallContext, RhaiFunc, Shared, INT,
};
use smallvec::SmallVec;

use crate::convert::{Inward, Outward};
use crate::errors::{from_callback, from_stop_alone, Raised};
use crate::host::Slot;
use crate::meter;
use crate::object;
use crate::owner::Owner;
use crate::package::{Args, Outcome};

/// One Python function under one name, with all its overloads.
pub struct Callback {
    pub name: String,
    pub function: Arc<Slot>,
    pub parameters: Vec<String>,
    /// A letter a parameter; see `rhai/signature.py`.
    pub overloads: Vec<String>,
    /// The class that the letter `o` stands for.
    pub class: usize,
}

impl Callback {
    pub fn register(&self, module: &mut Module, memory: Option<isize>, namespace: FnNamespace) {
        for kinds in &self.overloads {
            let types: Vec<TypeId> = kinds.chars().map(|kind| self.type_of(kind)).collect();
            let function = self.function.clone();
            let floats: Vec<bool> = kinds.chars().map(|kind| kind == 'F').collect();
            let called = move |context: Option<NativeCallContext>, args: Args| {
                let position = context.map_or(rhai::Position::NONE, |c| c.call_position());
                call(&function, args, &floats, memory, position)
            };
            self.registration(module, kinds)
                .with_namespace(namespace)
                .set_into_module_raw(
                    module,
                    types,
                    RhaiFunc::Pure {
                        func: Shared::new(called),
                        has_context: true,
                        is_pure: true,
                        is_volatile: true,
                    },
                );
        }
    }

    fn registration(&self, module: &Module, kinds: &str) -> FuncRegistration {
        let class = object::shown_name(module, self.class);
        let shown = |kind| match kind {
            'o' => class.as_str(),
            _ => shown_type(kind),
        };
        let named = self.parameters.iter().zip(kinds.chars());
        let info = named.map(|(name, kind)| format!("{name}: {}", shown(kind)));
        FuncRegistration::new(self.name.as_str())
            .with_params_info(info.chain(["Dynamic".to_string()]))
    }

    fn type_of(&self, kind: char) -> TypeId {
        match kind {
            'o' => object::type_id(self.class),
            _ => type_of(kind),
        }
    }
}

fn type_of(kind: char) -> TypeId {
    match kind {
        'i' | 'F' => TypeId::of::<INT>(),
        'f' => TypeId::of::<f64>(),
        's' => TypeId::of::<ImmutableString>(),
        'b' => TypeId::of::<bool>(),
        'y' => TypeId::of::<Blob>(),
        'l' => TypeId::of::<Array>(),
        'd' => TypeId::of::<Map>(),
        'p' => TypeId::of::<rhai::FnPtr>(),
        _ => TypeId::of::<Dynamic>(),
    }
}

fn shown_type(kind: char) -> &'static str {
    match kind {
        'i' | 'F' => "int",
        'f' => "float",
        's' => "String",
        'b' => "bool",
        'y' => "Blob",
        'l' => "Array",
        'd' => "Map",
        'p' => "FnPtr",
        _ => "Dynamic",
    }
}

fn call(
    function: &Slot,
    args: Args,
    floats: &[bool],
    memory: Option<isize>,
    position: rhai::Position,
) -> Outcome {
    let mut pass = |py: Python<'_>, owner: Option<&Owner>| {
        let mut outward = Outward::new(owner, memory);
        let args =
            args.iter_mut()
                .zip(floats)
                .map(|(value, float)| match float {
                    true => outward
                        .convert(py, &Dynamic::from_float(value.as_int().unwrap_or(0) as f64)),
                    false => outward.convert(py, value),
                });
        args.collect::<PyResult<SmallVec<[_; 4]>>>()
            .and_then(|args| function.get(py)?.bind(py).call1(PyTuple::new(py, args)?))
            .and_then(|result| Inward::new(memory).convert(&result))
            .map_err(|err| from_callback(py, err, position))
    };
    meter::with_owner(|owner| meter::in_python(|py| pass(py, owner)))
}

/// A host's `print` or `debug`: Rhai takes no error from it, so one waits for the next operation.
pub fn tell(
    function: &Slot,
    args: impl for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyTuple>>,
) {
    let told = meter::in_python(|py| {
        let call = || function.get(py)?.bind(py).call1(args(py)?).map(drop);
        call().map_err(|err| Raised::new(py, err, 0))
    });
    if let Err(raised) = told {
        meter::stop_soon(meter::Stop::Raised(raised));
    }
}

/// The standard overloads of a disabled function, each an error.
pub fn disable(module: &mut Module, name: &str) {
    for types in crate::package::overloads(name) {
        let message = name.to_string();
        crate::package::set_function(module, name, &types, true, move |context, _| {
            let position = context.call_position();
            Err(
                EvalAltResult::ErrorFunctionNotFound(format!("{message} (disabled)"), position)
                    .into(),
            )
        });
    }
}

/// Refuse to nest calls past the limit.
pub fn check_nesting(py: Python<'_>, most: u32) -> PyResult<()> {
    match meter::nesting() >= most {
        true => Err(from_stop_alone(py, meter::Stop::Stack)),
        false => Ok(()),
    }
}
