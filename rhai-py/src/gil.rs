//! Python's lock while a script runs: kept at first, for most calls are over before it matters,
//! and given up once a script takes long.
//!
//! PyO3 believes a thread inside `run` attached even when it is not, so whatever belongs to
//! Python and lies within a script's reach is a `Held`, and only `with_python` touches it.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::ops::Deref;

use pyo3::ffi::{PyEval_RestoreThread, PyEval_SaveThread, PyThreadState};
use pyo3::prelude::*;

#[derive(Clone, Copy)]
enum Gil {
    /// No script runs here, or Python code that it called.
    Outside,
    Kept,
    GivenUp(*mut PyThreadState),
}

thread_local! {
    static GIL: Cell<Gil> = const { Cell::new(Gil::Outside) };
    /// Objects that a script let go of.
    static DROPPED: RefCell<Vec<Py<PyAny>>> = const { RefCell::new(Vec::new()) };
}

/// Run a script, with the lock until `release`.
pub fn run<R>(py: Python<'_>, work: impl FnOnce() -> R) -> R {
    struct Back<'py>(Gil, Python<'py>);
    impl Drop for Back<'_> {
        fn drop(&mut self) {
            take_back(GIL.replace(self.0));
            drop_dropped(self.1);
        }
    }
    let _back = Back(GIL.replace(Gil::Kept), py);
    work()
}

/// Let other threads run Python from here on.
pub fn release() {
    if let Gil::Kept = GIL.get() {
        // SAFETY: this thread holds the lock; `run` and `with_python` take it back.
        GIL.set(Gil::GivenUp(unsafe { PyEval_SaveThread() }));
    }
}

/// Run Python code, wherever the script is.
pub fn with_python<R>(work: impl FnOnce(Python<'_>) -> R) -> R {
    struct Again(Gil);
    impl Drop for Again {
        fn drop(&mut self) {
            let given_up = matches!(self.0, Gil::GivenUp(_));
            GIL.set(if given_up { Gil::Kept } else { self.0 });
            if given_up {
                release();
            }
        }
    }
    let outer = GIL.replace(Gil::Outside);
    take_back(outer);
    let _again = Again(outer);
    Python::attach(|py| {
        drop_dropped(py);
        work(py)
    })
}

fn take_back(gil: Gil) {
    if let Gil::GivenUp(state) = gil {
        // SAFETY: the state is this thread's own, saved by `release` and not yet restored.
        unsafe { PyEval_RestoreThread(state) };
    }
}

fn drop_dropped(_py: Python<'_>) {
    loop {
        // Dropping runs Python code, which may drop more.
        let dropped = DROPPED.with(|all| all.borrow_mut().pop());
        if dropped.is_none() {
            return;
        }
    }
}

/// A Python object that scripts can hold and let go of at any moment.
pub struct Held(ManuallyDrop<Py<PyAny>>);

impl Held {
    pub fn new(object: Py<PyAny>) -> Self {
        Held(ManuallyDrop::new(object))
    }
}

impl Deref for Held {
    type Target = Py<PyAny>;

    fn deref(&self) -> &Py<PyAny> {
        &self.0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: nothing uses the field after this.
        let object = unsafe { ManuallyDrop::take(&mut self.0) };
        match GIL.try_with(Cell::get) {
            Ok(Gil::Kept | Gil::GivenUp(_)) => DROPPED.with(|all| all.borrow_mut().push(object)),
            _ => drop(object),
        }
    }
}
