//! How an engine is set up.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rhai::OptimizationLevel;

use crate::callback;
use crate::host::{Functions, Slot};
use crate::package::Packages;

pub struct Options {
    pub packages: Packages,
    pub print: Arc<Slot>,
    pub debug: Arc<Slot>,
    pub resolver: Option<Arc<Slot>>,
    pub optimize: OptimizationLevel,
    pub strict_variables: bool,
}

/// The optimisation of this name. Full optimisation would call host functions while compiling.
pub fn optimization(name: &str) -> PyResult<OptimizationLevel> {
    match name {
        "simple" => Ok(OptimizationLevel::Simple),
        "none" => Ok(OptimizationLevel::None),
        _ => Err(PyValueError::new_err("optimize is \"simple\" or \"none\"")),
    }
}

/// What takes the things that scripts print: a host's function, or Python's own.
pub fn printer(
    py: Python<'_>,
    given: Option<Py<PyAny>>,
    functions: &Functions,
) -> PyResult<Arc<Slot>> {
    let own = || Ok(py.import("builtins")?.getattr("print")?.unbind());
    Ok(functions.add(given.map_or_else(own, Ok::<_, PyErr>)?))
}

impl Options {
    pub fn apply(&self, engine: &mut rhai::Engine) {
        self.packages.apply(engine);
        engine
            .set_optimization_level(OptimizationLevel::None)
            .set_strict_variables(self.strict_variables);
        let print = self.print.clone();
        engine.on_print(move |text| callback::tell(&print, |py| (text,).into_pyobject(py)));
        let debug = self.debug.clone();
        engine.on_debug(move |text, source, position| {
            let place = (text, source, position.line());
            callback::tell(&debug, |py| place.into_pyobject(py));
        });
    }
}
