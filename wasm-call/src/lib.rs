//! Fast calls into WebAssembly components, for the wasmtime that Python has loaded.

mod capi;
mod frame;
mod gate;
mod guest;
mod host;
mod lift;
mod lower;
mod memory;
mod names;
mod shape;
mod ticker;

use std::collections::HashMap;

use pyo3::prelude::*;

/// Take the addresses of C's functions, and what of Python is needed; raise KeyError for a missing
/// address. Nothing else works before.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn setup(
    py: Python<'_>,
    addresses: HashMap<String, usize>,
    failure: Py<PyAny>,
    busy: Py<PyAny>,
    guest_error: Py<PyAny>,
    refused: Py<PyAny>,
    encode: Py<PyAny>,
    decode: Py<PyAny>,
) -> PyResult<()> {
    capi::setup(&addresses)?;
    names::set(
        py,
        names::Names {
            failure,
            busy,
            guest_error,
            refused,
            encode,
            decode,
        },
    );
    Ok(())
}

/// The C functions whose addresses `setup` takes.
#[pyfunction]
fn functions() -> Vec<&'static str> {
    capi::NAMES.to_vec()
}

/// Sizes of C structures and values of C constants, as this was written for.
#[pyfunction]
fn layout() -> HashMap<&'static str, usize> {
    capi::LAYOUT.iter().copied().collect()
}

/// Hold the clock while the process forks.
#[pyfunction]
fn before_fork() {
    ticker::before_fork();
}

/// Let the clock go on; a child starts its own.
#[pyfunction]
fn after_fork(in_child: bool) {
    ticker::after_fork(in_child);
}

/// See `python/wasm_call/_wasm_call.pyi`.
#[pymodule]
mod _wasm_call {
    #[pymodule_export]
    use crate::gate::Gate;
    #[pymodule_export]
    use crate::guest::{_floor, bind};
    #[pymodule_export]
    use crate::host::define;
    #[pymodule_export]
    use crate::{after_fork, before_fork, functions, layout, setup};
}
