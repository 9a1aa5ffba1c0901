//! One store: who is inside, and for how long still.

use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::capi::{api, Context, Engine, Error, Instance};
use crate::frame::{failure, tick, Frame};
use crate::names::{names, raise};
use crate::ticker::{now, Running, Ticking};

/// Its flags change only while Python's lock is held.
pub struct Inner {
    context: *mut Context,
    ticks: AtomicU64,
    /// What the clock said when the call began.
    began: AtomicU64,
    busy: AtomicBool,
    closed: AtomicBool,
    broken: AtomicBool,
}

// SAFETY: the context is used by the one thread that is inside.
unsafe impl Send for Inner {}
unsafe impl Sync for Inner {}

impl Inner {
    /// Run `work`, a call of C that enters the store; an error of it comes out as an exception.
    pub fn enter(
        &self,
        py: Python<'_>,
        work: impl FnOnce(*mut Context) -> *mut Error,
    ) -> PyResult<()> {
        if self.closed.load(Relaxed) {
            return Err(PyValueError::new_err("the store is closed"));
        }
        let _inside = Inside::new(py, self)?;
        let _running = Running::new()?;
        self.began.store(now(), Relaxed);
        let (error, raised) = Frame::run(py, || work(self.context));
        match (raised, error.is_null()) {
            (None, true) => Ok(()),
            (None, false) => {
                self.broken.store(true, Relaxed);
                Err(raise(py, &names(py).failure, (error as usize,)))
            }
            (Some(raised), _) => {
                self.broken.store(true, Relaxed);
                if !error.is_null() {
                    // SAFETY: C gave us the error.
                    unsafe { (api().wasmtime_error_delete)(error) };
                }
                Err(raised)
            }
        }
    }
}

/// Held by the one call that is inside.
struct Inside<'a>(&'a AtomicBool);

impl<'a> Inside<'a> {
    fn new(py: Python<'_>, inner: &'a Inner) -> PyResult<Self> {
        if inner.busy.load(Relaxed) {
            let text = "a call into this store is running";
            return Err(raise(py, &names(py).busy, (text,)));
        }
        inner.busy.store(true, Relaxed);
        Ok(Inside(&inner.busy))
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.store(false, Relaxed);
    }
}

/// What a store tells us by: gone with the store.
struct Watch {
    inner: Arc<Inner>,
    _ticking: Ticking,
}

unsafe extern "C" fn epoch(
    _context: *mut Context,
    watch: *mut c_void,
    next: *mut u64,
    kind: *mut u8,
) -> *mut Error {
    // SAFETY: C gives us our own pointer, and room for its answers.
    let inner = unsafe { &(*watch.cast::<Watch>()).inner };
    unsafe {
        *next = 1;
        *kind = 0;
    }
    match now() - inner.began.load(Relaxed) {
        // An epoch that ended before the call began is news only to the store.
        0 => null_mut(),
        ticks if ticks < inner.ticks.load(Relaxed) => tick(),
        _ => failure(c"wasm trap: interrupt"),
    }
}

unsafe extern "C" fn forget(watch: *mut c_void) {
    // SAFETY: C gives us our own pointer, and does not use it again.
    drop(unsafe { Box::from_raw(watch.cast::<Watch>()) });
}

/// The clock moves some time within the first tick, so that one more is a whole number of them.
fn whole(ticks: u64) -> u64 {
    ticks.max(1) + 1
}

/// Lets one call at a time into a store, each for `ticks` of 10 ms.
#[pyclass(frozen, module = "wasm_call._wasm_call")]
pub struct Gate(pub Arc<Inner>);

#[pymethods]
impl Gate {
    /// `store`, `context` and `engine` are addresses that belong together.
    #[new]
    fn new(store: usize, context: usize, engine: usize, ticks: u64) -> Gate {
        let inner = Arc::new(Inner {
            context: context as *mut Context,
            ticks: AtomicU64::new(whole(ticks)),
            began: AtomicU64::new(0),
            busy: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            broken: AtomicBool::new(false),
        });
        let watch = Box::new(Watch {
            inner: inner.clone(),
            // SAFETY: the caller vouches for the addresses.
            _ticking: unsafe { Ticking::new(engine as *mut Engine) },
        });
        let watch = Box::into_raw(watch).cast();
        // SAFETY: as above; C has the watch from here on.
        unsafe {
            (api().wasmtime_store_epoch_deadline_callback)(
                store as *mut c_void,
                epoch,
                watch,
                forget,
            )
        };
        Gate(inner)
    }

    /// Let no call take longer than so many ticks, not even the one that is inside.
    fn allow(&self, ticks: u64) {
        self.0.ticks.store(whole(ticks), Relaxed);
    }

    /// Say that the store goes. Raises Busy if a call is inside.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        if self.0.busy.load(Relaxed) {
            let text = "the store of a running call cannot be closed";
            return Err(raise(py, &names(py).busy, (text,)));
        }
        self.0.closed.store(true, Relaxed);
        Ok(())
    }

    /// Whether a call ended within the guest: nothing can enter the store again.
    #[getter]
    fn broken(&self) -> bool {
        self.0.broken.load(Relaxed)
    }

    /// Instantiate the component at one address with the linker at another; write to a third.
    fn instantiate(
        &self,
        py: Python<'_>,
        linker: usize,
        component: usize,
        instance: usize,
    ) -> PyResult<()> {
        self.0.enter(py, |context| {
            let (linker, component) = (linker as *const c_void, component as *const c_void);
            // SAFETY: the caller vouches for the addresses.
            unsafe {
                (api().wasmtime_component_linker_instantiate)(
                    linker,
                    context,
                    component,
                    instance as *mut Instance,
                )
            }
        })
    }
}
