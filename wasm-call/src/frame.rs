//! A thread inside a guest, and who holds Python's lock there.
//!
//! The lock is kept at first, for most calls are over before it matters, and given up at the first
//! tick of the clock. PyO3's own count of attached threads is not to be trusted here: the lock
//! comes and goes beneath it, so callbacks from C go through `in_python` and nothing else, and what
//! PyO3 is to let go of here it keeps until it counts again: `settle`.

use std::cell::Cell;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::{null, null_mut};

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi::{
    PyErr_CheckSignals, PyEval_RestoreThread, PyEval_SaveThread, PyGILState_Ensure,
    PyGILState_Release, PyThreadState,
};
use pyo3::prelude::*;

use crate::capi::{api, Error};

/// One call into a guest.
pub struct Frame {
    /// What the thread was before it gave up the lock; null while it holds it.
    given_up: Cell<*mut PyThreadState>,
    /// What ended the call.
    error: Cell<Option<PyErr>>,
}

thread_local! {
    /// The call that this thread is in; null in Python code, and in Python code that a guest called.
    static CURRENT: Cell<*const Frame> = const { Cell::new(null()) };
}

impl Frame {
    /// Run a guest. Return what it returned and what ended it.
    ///
    /// `py` vouches that the lock is held; `work` must not touch Python.
    pub fn run<R>(_py: Python<'_>, work: impl FnOnce() -> R) -> (R, Option<PyErr>) {
        let frame = Frame {
            given_up: Cell::new(null_mut()),
            error: Cell::new(None),
        };
        let outer = CURRENT.replace(&frame);
        let result = work();
        CURRENT.set(outer);
        frame.take_back();
        (result, frame.error.take())
    }

    fn take_back(&self) {
        let state = self.given_up.replace(null_mut());
        if !state.is_null() {
            // SAFETY: the state is this thread's own, saved by `tick` and not yet restored.
            unsafe { PyEval_RestoreThread(state) };
        }
    }
}

/// Run Python code wherever C called us; return C's error for what it raises.
pub fn in_python(work: impl FnOnce(Python<'_>) -> PyResult<()>) -> *mut Error {
    let frame = CURRENT.replace(null());
    // SAFETY: a frame outlives its guest's run.
    let error = match unsafe { frame.as_ref() } {
        Some(frame) => {
            frame.take_back();
            attached(work, |_, error| frame.error.set(Some(error)))
        }
        // wasmtime-py called the guest, and gave up the lock.
        None => {
            // SAFETY: balanced below.
            let state = unsafe { PyGILState_Ensure() };
            let error = attached(work, |py, error| error.write_unraisable(py, None));
            unsafe { PyGILState_Release(state) };
            error
        }
    };
    CURRENT.set(frame);
    error
}

fn attached(
    work: impl FnOnce(Python<'_>) -> PyResult<()>,
    report: impl FnOnce(Python<'_>, PyErr),
) -> *mut Error {
    // SAFETY: the caller has just taken the lock.
    let py = unsafe { Python::assume_attached() };
    match guarded(|| work(py)) {
        Ok(()) => null_mut(),
        Err(error) => {
            report(py, error);
            failure(c"a host function failed")
        }
    }
}

/// Once in 10 ms: look for Ctrl-C, then let other threads run Python.
pub fn tick() -> *mut Error {
    let error = in_python(|py| {
        // SAFETY: the lock is held.
        match unsafe { PyErr_CheckSignals() } {
            0 => Ok(()),
            _ => Err(PyErr::fetch(py)),
        }
    });
    // SAFETY: as in `in_python`; `in_python` took the lock.
    if let Some(frame) = unsafe { CURRENT.get().as_ref() } {
        frame.given_up.set(unsafe { PyEval_SaveThread() });
    }
    error
}

/// Let go of what PyO3 kept because it believed Python's lock to be elsewhere.
pub fn settle() {
    Python::attach(|_| ());
}

/// C's error with this text.
pub fn failure(text: &std::ffi::CStr) -> *mut Error {
    // SAFETY: C copies the text.
    unsafe { (api().wasmtime_error_new)(text.as_ptr()) }
}

/// A defect of ours becomes an exception: nothing may unwind into C.
pub fn guarded<R>(work: impl FnOnce() -> PyResult<R>) -> PyResult<R> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(PyRuntimeError::new_err("wasm_call failed within")))
}
