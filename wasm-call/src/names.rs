//! What belongs to Python and is needed everywhere.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

pub struct Names {
    /// Makes an exception of the address of a wasmtime_error_t, and owns that from then on.
    pub failure: Py<PyAny>,
    pub busy: Py<PyAny>,
    pub guest_error: Py<PyAny>,
    pub refused: Py<PyAny>,
    /// A list or a dict to JSON, as bytes.
    pub encode: Py<PyAny>,
    /// JSON, as bytes, to a value.
    pub decode: Py<PyAny>,
}

static NAMES: PyOnceLock<Names> = PyOnceLock::new();

pub fn set(py: Python<'_>, names: Names) {
    let _set_before = NAMES.set(py, names);
}

/// Nothing that calls this exists before `setup` has succeeded.
pub fn names(py: Python<'_>) -> &'static Names {
    NAMES.get(py).expect("setup comes first")
}

/// Make an exception of a type and what it takes.
pub fn raise<'py, A>(py: Python<'py>, kind: &Py<PyAny>, args: A) -> PyErr
where
    A: pyo3::call::PyCallArgs<'py>,
{
    match kind.bind(py).call1(args) {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}
