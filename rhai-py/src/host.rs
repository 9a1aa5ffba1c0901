//! The Python functions that scripts call, where Python's garbage collector can see them.
//!
//! Such a function often leads back to the engine: a method of the object that holds it. Rhai's
//! closures hide that from Python, so they hold slots, and one Python object owns all the slots
//! of an engine. Everything that can call a script holds that object too.

use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use pyo3::exceptions::PyReferenceError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::gil::Held;
use crate::keeper::lock;

/// A Python function, until the collector takes it.
pub struct Slot(Mutex<Option<Held>>);

impl Slot {
    pub fn get(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let function = lock(&self.0)
            .as_ref()
            .map(|function| function.clone_ref(py));
        function.ok_or_else(|| PyReferenceError::new_err("the host function is gone"))
    }
}

/// The functions of one engine.
#[pyclass(frozen, module = "rhai._rhai")]
#[derive(Default)]
pub struct Functions {
    slots: Mutex<Vec<Arc<Slot>>>,
    /// A `rhai.objects.Registry`, made when first needed.
    registry: OnceLock<Arc<Slot>>,
}

impl Functions {
    pub fn add(&self, function: Py<PyAny>) -> Arc<Slot> {
        let slot = Arc::new(Slot(Mutex::new(Some(Held::new(function)))));
        lock(&self.slots).push(slot.clone());
        slot
    }

    pub fn registry<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.registry.get().is_none() {
            let registry = py.import("rhai.objects")?.getattr("Registry")?.call0()?;
            let _first_wins = self.registry.set(self.add(registry.unbind()));
        }
        let slot = self.registry.get().expect("just set");
        Ok(slot.get(py)?.into_bound(py))
    }
}

#[pymethods]
impl Functions {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(slots) = self.slots.try_lock() else {
            return Ok(());
        };
        for slot in slots.iter() {
            if let Ok(function) = slot.0.try_lock() {
                visit.call(function.as_deref())?;
            }
        }
        Ok(())
    }

    fn __clear__(&self) {
        let slots = std::mem::take(&mut *lock(&self.slots));
        for slot in slots {
            let function = lock(&slot.0).take();
            drop(function);
        }
    }
}

/// Where an engine finds its functions again, without owning them.
pub struct Whereabouts(AtomicPtr<pyo3::ffi::PyObject>);

impl Whereabouts {
    pub fn of(functions: &Py<Functions>) -> Self {
        Whereabouts(AtomicPtr::new(functions.as_ptr()))
    }

    /// Must be called below a method of an object that holds the functions: then they live.
    pub fn find(&self, py: Python<'_>) -> Py<Functions> {
        let pointer = self.0.load(Ordering::Relaxed);
        // SAFETY: the pointer came from a `Py<Functions>` that the caller keeps alive.
        unsafe { Bound::from_borrowed_ptr(py, pointer).cast_into_unchecked() }.unbind()
    }
}
