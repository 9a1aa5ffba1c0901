//! `FnPtr`: a function of a script, held by Python.

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::entry::Entry;
use crate::host::Functions;
use crate::meter;
use crate::owner::Owner;

/// A function or closure of a script that Python can call.
///
/// Returned by scripts and passed to callbacks; never made by Python. It keeps the script and
/// the variables that a closure captured. Calling it raises what the script raises.
#[pyclass(frozen, module = "rhai", name = "FnPtr")]
pub struct FnPtr {
    pub pointer: rhai::FnPtr,
    pub owner: Owner,
    pub functions: Py<Functions>,
    /// No text that it captured is larger.
    pub text: usize,
}

#[pymethods]
impl FnPtr {
    /// The name of the function; closures have generated names.
    #[getter]
    fn name(&self) -> &str {
        self.pointer.fn_name()
    }

    /// Whether this is a closure.
    #[getter]
    fn is_anonymous(&self) -> bool {
        self.pointer.is_anonymous()
    }

    #[pyo3(signature = (*args))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let name = if self.pointer.is_anonymous() {
            "<closure>"
        } else {
            self.pointer.fn_name()
        };
        meter::note_text(self.text);
        let entry = Entry::new(py, &self.owner)?;
        let args = entry.arguments(args)?;
        entry.run(py, name, || self.owner.call_pointer(&self.pointer, args))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.functions)
    }

    fn __repr__(&self) -> String {
        format!("<rhai.FnPtr {}>", self.pointer.fn_name())
    }
}
