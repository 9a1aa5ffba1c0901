//! What Python registers, read and checked.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};
use rhai::{FnNamespace, Module, Token};

use crate::callback::Callback;
use crate::convert::Inward;
use crate::engine_core::Core;
use crate::entry::Inside;
use crate::errors;
use crate::function::FnPtr;
use crate::host::Functions;

impl Core {
    /// Enter to change what scripts see, which no script may be in the middle of.
    pub fn enter_at_rest(&self, py: Python<'_>) -> PyResult<Inside<'_>> {
        let inside = self.enter(py)?;
        match inside.is_nested() {
            false => Ok(inside),
            true => Err(errors::plain(
                py,
                "RhaiError",
                "functions cannot be registered while a script runs",
            )),
        }
    }
}

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
    callback(name, function, functions)
}

/// A function of two operands under the name of an operator.
pub fn operator(
    name: &str,
    precedence: u8,
    function: &Bound<'_, PyAny>,
    functions: &Functions,
) -> PyResult<Callback> {
    if !function.is_callable() {
        return Err(errors::wrong_type("a function", function));
    }
    check_operator(name, precedence).map_err(PyValueError::new_err)?;
    let mut callback = callback(name.into(), function, functions)?;
    callback.overloads.retain(|kinds| kinds.len() == 2);
    match callback.overloads.is_empty() {
        false => Ok(callback),
        true => {
            let message = format!("the function of the operator {name} must take two operands");
            Err(PyTypeError::new_err(message))
        }
    }
}

/// Rhai takes any name that is free, also such as its parser would never see in one piece.
fn check_operator(name: &str, precedence: u8) -> Result<(), String> {
    if precedence == 0 {
        return Err("precedence is 1 to 255".into());
    }
    let mut engine = rhai::Engine::new_raw();
    engine.register_custom_operator(name, precedence)?;
    let text = [name];
    let mut tokens = engine.lex(&text).0.map(|(token, _)| token);
    let whole = matches!(tokens.next(), Some(Token::Custom(found)) if *found == name);
    if !whole || tokens.next() != Some(Token::EOF) {
        return Err(format!(
            "{name:?} is neither a word nor one of Rhai's free symbols, such as #"
        ));
    }
    match rhai::is_valid_identifier(name) && !rhai::is_valid_function_name(name) {
        false => Ok(()),
        true => Err(format!("'{name}' is a reserved keyword")),
    }
}

fn callback(
    name: String,
    function: &Bound<'_, PyAny>,
    functions: &Functions,
) -> PyResult<Callback> {
    let py = function.py();
    let (parameters, overloads) = py
        .import("rhai.signature")?
        .getattr("overloads")?
        .call1((function, py.get_type::<FnPtr>()))?
        .extract()?;
    Ok(Callback {
        name,
        function: functions.add(function.clone().unbind()),
        parameters,
        overloads,
        class: 0,
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

/// The number and the name of a class, and the functions that show what is listed of it.
pub fn members(
    (cls, name, methods, properties, writable): Listed,
    functions: &Functions,
) -> PyResult<(usize, String, Vec<Callback>)> {
    let py = cls.py();
    let fn_ptr = py.get_type::<FnPtr>();
    let args = (cls, name, methods, properties, writable, fn_ptr);
    let listed = functions.registry(py)?.call_method1("add", args)?;
    let (class, shown, members): (usize, String, Vec<Bound<'_, PyAny>>) = listed.extract()?;
    let read = |member: Bound<'_, PyAny>| {
        let (name, function, parameters, overloads) = member.extract()?;
        Ok(Callback {
            name,
            function: functions.add(function),
            parameters,
            overloads,
            class,
        })
    };
    let members = members.into_iter().map(read).collect::<PyResult<_>>()?;
    Ok((class, shown, members))
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
