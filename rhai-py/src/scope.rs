//! `Scope`: variables of a script, as a mapping.

use std::sync::Mutex;

use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator, PyTuple};
use rhai::{Dynamic, Scope};

use crate::convert::{Inward, Outward};
use crate::errors;
use crate::host::Functions;
use crate::keeper::{lock, Keeper};
use crate::meter;
use crate::owner::Owner;

/// The native half of `rhai.Scope`.
#[pyclass(frozen, subclass, module = "rhai")]
#[derive(Default)]
pub struct ScopeBase {
    inner: Mutex<Inner>,
    pub keeper: Keeper,
}

#[derive(Default)]
struct Inner {
    scope: Scope<'static>,
    /// True while a script has the variables.
    lent: bool,
    /// Whose functions the function pointers in the variables are.
    owner: Option<Owner>,
    functions: Option<Py<Functions>>,
}

impl ScopeBase {
    /// A `rhai.Scope` of an instance's variables, which are shared cells.
    pub fn present<'py>(
        py: Python<'py>,
        variables: Scope<'static>,
        owner: Owner,
    ) -> PyResult<Bound<'py, PyAny>> {
        let scope = py.import("rhai")?.getattr("Scope")?.call0()?;
        let base = scope.cast::<ScopeBase>()?;
        let mut inner = lock(&base.get().inner);
        inner.scope = variables;
        inner.functions = Some(owner.core().functions.find(py));
        inner.owner = Some(owner);
        drop(inner);
        Ok(scope)
    }

    /// Lend the variables to a script.
    pub fn borrow(&self, py: Python<'_>) -> PyResult<Scope<'static>> {
        let mut inner = lock(&self.inner);
        inner.check(py)?;
        inner.lent = true;
        Ok(std::mem::take(&mut inner.scope))
    }

    pub fn give_back(&self, py: Python<'_>, scope: Scope<'static>, owner: &Owner) {
        let mut inner = lock(&self.inner);
        inner.scope = scope;
        inner.lent = false;
        inner.functions = Some(owner.core().functions.find(py));
        inner.owner = Some(owner.clone());
        if self.keeper.is_due() {
            self.keeper
                .recount(inner.scope.iter_raw().map(|(_, _, value)| value));
        }
    }

    fn convert(&self, value: &Bound<'_, PyAny>) -> PyResult<Dynamic> {
        let value = Inward::new(None).convert(value)?;
        self.keeper.keep_text(meter::holdings().text);
        Ok(value)
    }

    fn with<R>(&self, py: Python<'_>, work: impl FnOnce(&mut Inner) -> PyResult<R>) -> PyResult<R> {
        let mut inner = lock(&self.inner);
        inner.check(py)?;
        work(&mut inner)
    }
}

impl Inner {
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        match self.lent {
            true => Err(errors::plain(
                py,
                "RhaiError",
                "a script is using this scope",
            )),
            false => Ok(()),
        }
    }

    /// The visible names, in the order of their definition.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (name, _, _) in self.scope.iter_raw() {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_string());
            }
        }
        names
    }

    fn check_writable(&self, name: &str) -> PyResult<()> {
        match self.scope.is_constant(name) {
            Some(true) => Err(PyTypeError::new_err(format!("{name} is a constant"))),
            _ => Ok(()),
        }
    }

    /// False when a running script holds the variable.
    fn set(&mut self, name: &str, value: Dynamic) -> bool {
        let Some(place) = self.scope.get_mut(name) else {
            self.scope.push_dynamic(name, value);
            return true;
        };
        if place.is_locked() {
            return false;
        }
        let cell = place.write_lock::<Dynamic>();
        cell.map(|mut cell| *cell = value).is_some()
    }
}

#[pymethods]
impl ScopeBase {
    #[new]
    #[pyo3(signature = (variables=None, /))]
    fn new(variables: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let scope = ScopeBase::default();
        if let Some(variables) = variables {
            let copy = PyDict::new(variables.py());
            copy.call_method1("update", (variables,))?;
            for (name, value) in copy.iter() {
                scope.__setitem__(variables.py(), name.extract()?, &value)?;
            }
        }
        Ok(scope)
    }

    /// Define a constant, which scripts cannot assign to.
    ///
    /// Raises TypeError when the name already is one.
    fn constant(&self, py: Python<'_>, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let value = self.convert(value)?;
        self.with(py, |inner| {
            inner.check_writable(name)?;
            inner.scope.push_constant_dynamic(name, value);
            Ok(())
        })
    }

    /// Whether a name is a constant. Raises KeyError for a name that is not there.
    fn is_constant(&self, py: Python<'_>, name: &str) -> PyResult<bool> {
        self.with(py, |inner| {
            let found = inner.scope.is_constant(name);
            found.ok_or_else(|| PyKeyError::new_err(name.to_string()))
        })
    }

    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.with(py, |inner| match inner.scope.get(name) {
            Some(value) => Outward::new(inner.owner.as_ref(), None).convert(py, value),
            None => Err(PyKeyError::new_err(name.to_string())),
        })
    }

    fn __setitem__(&self, py: Python<'_>, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let value = self.convert(value)?;
        self.with(py, |inner| {
            inner.check_writable(name)?;
            match inner.set(name, value) {
                true => Ok(()),
                false => Err(errors::plain(
                    py,
                    "RhaiError",
                    "a script is using this variable",
                )),
            }
        })
    }

    fn __delitem__(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        self.with(py, |inner| match inner.scope.remove::<Dynamic>(name) {
            Some(_) => Ok(()),
            None => Err(PyKeyError::new_err(name.to_string())),
        })
    }

    fn __contains__(&self, py: Python<'_>, name: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(name) = name.extract::<String>() else {
            return Ok(false);
        };
        self.with(py, |inner| Ok(inner.scope.contains(&name)))
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        let names = self.with(py, |inner| Ok(inner.names()))?;
        PyTuple::new(py, names)?.try_iter()
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.with(py, |inner| Ok(inner.names().len()))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.inner.try_lock() {
            Ok(inner) => visit.call(&inner.functions),
            Err(_) => Ok(()),
        }
    }
}
