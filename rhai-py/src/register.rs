//! What Python registers, read and checked.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};
use rhai::{FnNamespace, Module};

use crate::callback::Callback;
use crate::convert::Inward;
use crate::errors;
use crate::function::FnPtr;
use crate::host::Functions;

/// Any iterable of strings; one string is none.
#[derive(Default)]
pub struct Names(pub Vec<String>);

impl Names {
    /// Of Rhai's packages, the one with all the others in it.
    pub fn standard() -> Self {
        Names(vec!["standard".into()])
    }
}

impl FromPyObject<'_, '_> for Names {
    type Error = PyErr;

    fn extract(names: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if names.is_instance_of::<PyString>() {
            return Err(errors::wrong_type("several names", &names));
        }
        let names = names.try_iter()?.map(|name| name?.extract());
        Ok(Names(names.collect::<PyResult<_>>()?))
    }
}

/// A function under its own name or another.
pub fn function(
    function: &Bound<'_, PyAny>,
    name: Option<&Bound<'_, PyString>>,
    functions: &Functions,
) -> PyResult<Callback> {
    let py = function.py();
    if !function.is_callable() {
        return Err(errors::wrong_type("a function", function));
    }
    let name: String = match name {
        Some(name) => name.extract()?,
        None => function.getattr("__name__")?.extract()?,
    };
    if !rhai::is_valid_function_name(&name) {
        let message =
            format!("{name:?} is no name for a Rhai function, or a reserved one; pass name=");
        return Err(PyTypeError::new_err(message));
    }
    let fn_ptr = py.get_type::<FnPtr>();
    let (parameters, overloads) = py
        .import("rhai.signature")?
        .getattr("overloads")?
        .call1((function, fn_ptr))?
        .extract()?;
    Ok(Callback {
        name,
        function: functions.add(function.clone().unbind()),
        parameters,
        overloads,
    })
}

/// A class, its name in scripts, its methods, properties and writable properties.
type Listed<'a, 'py> = (
    &'a Bound<'py, PyType>,
    Option<&'a str>,
    Vec<String>,
    Vec<String>,
    Vec<String>,
);

/// The functions that show what is listed of a class.
pub fn members(
    (cls, name, methods, properties, writable): Listed,
    functions: &Functions,
) -> PyResult<Vec<Callback>> {
    let py = cls.py();
    let args = (
        cls,
        name,
        methods,
        properties,
        writable,
        py.get_type::<FnPtr>(),
    );
    let members = functions.registry(py)?.call_method1("add", args)?;
    let read = |member: PyResult<Bound<'_, PyAny>>| {
        let (name, function, parameters, overloads) = member?.extract()?;
        Ok(Callback {
            name,
            function: functions.add(function),
            parameters,
            overloads,
        })
    };
    members.try_iter()?.map(read).collect()
}

/// Functions and constants as a module.
pub fn module(
    name: &str,
    members: &Bound<'_, PyDict>,
    functions: &Functions,
    memory: Option<isize>,
) -> PyResult<Module> {
    if !rhai::is_valid_function_name(name) || name == "global" {
        let message = format!("{name:?} is no name for a module, or a reserved one");
        return Err(PyTypeError::new_err(message));
    }
    let mut module = Module::new();
    for (name, member) in members.iter() {
        let name = name.cast::<PyString>()?;
        if member.is_callable() && !member.is_instance_of::<FnPtr>() {
            function(&member, Some(name), functions)?.register(
                &mut module,
                memory,
                FnNamespace::Internal,
            );
        } else {
            module.set_var(
                name.extract::<String>()?,
                Inward::new(memory).convert(&member)?,
            );
        }
    }
    module.build_index();
    Ok(module)
}
