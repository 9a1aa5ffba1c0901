//! Functions of the host, for guests.

use std::ffi::c_void;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi::{PyGILState_Ensure, PyGILState_Release, Py_IsInitialized};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::capi::{api, Context, Error, Val};
use crate::frame::in_python;
use crate::lift::lift;
use crate::lower::{lower, outcome};
use crate::memory::Given;
use crate::names::{names, raise};
use crate::shape::{payload, Payload, Shape};

struct Host {
    function: Py<PyAny>,
    params: Vec<Shape>,
    result: Payload,
}

impl Host {
    /// Write to `out` only what is whole.
    fn call(&self, py: Python<'_>, args: &[Val], out: Option<&mut Val>) -> PyResult<()> {
        if args.len() != self.params.len() || out.is_some() != self.result.is_some() {
            return Err(PyTypeError::new_err("the mod's import has another type"));
        }
        let lifted = self.params.iter().zip(args);
        // SAFETY: C made the arguments.
        let lifted = lifted.map(|(shape, arg)| unsafe { lift(py, shape, arg) });
        let lifted = PyTuple::new(py, lifted.collect::<PyResult<Vec<_>>>()?)?;
        let returned = self.function.bind(py).call1(lifted);
        let (Some(shape), Some(out)) = (self.result.as_deref(), out) else {
            return returned.map(drop);
        };
        let mut answer = Val::NOTHING;
        let done = self.answer(py, shape, returned, &mut answer);
        match done {
            Ok(()) => *out = answer,
            // SAFETY: what is there of the answer is ours to free.
            Err(_) => unsafe { (api().wasmtime_component_val_delete)(&mut answer) },
        }
        done
    }

    fn answer(
        &self,
        py: Python<'_>,
        shape: &Shape,
        returned: PyResult<Bound<'_, PyAny>>,
        answer: &mut Val,
    ) -> PyResult<()> {
        let memory = &mut Given;
        match (shape, returned) {
            (Shape::Result(ok, _), Ok(value)) => {
                // SAFETY: C frees what is given.
                unsafe { outcome(memory, true, ok, value.as_borrowed(), answer) }
            }
            (Shape::Result(_, err), Err(error))
                if error.is_instance(py, names(py).refused.bind(py)) =>
            {
                // A PyErr that is dropped here would be let go of much later; see `frame`.
                let text = error.into_value(py).into_bound(py).str()?;
                unsafe { outcome(memory, false, err, text.as_any().as_borrowed(), answer) }
            }
            (_, Err(error)) => Err(error),
            (_, Ok(value)) => unsafe { lower(memory, shape, value.as_borrowed(), answer) },
        }
    }
}

unsafe extern "C" fn enter(
    host: *mut c_void,
    _context: *mut Context,
    _type: *const c_void,
    args: *const Val,
    given: usize,
    results: *mut Val,
    wanted: usize,
) -> *mut Error {
    // SAFETY: C gives us our own pointer, so many arguments, and room for so many results.
    let host = unsafe { &*host.cast::<Host>() };
    let args = match given {
        0 => &[],
        _ => unsafe { std::slice::from_raw_parts(args, given) },
    };
    let out = match wanted {
        0 => None,
        _ => unsafe { results.as_mut() },
    };
    in_python(|py| host.call(py, args, out))
}

/// C drops a linker or a store, on whatever thread, with Python's lock or without it.
unsafe extern "C" fn forget(host: *mut c_void) {
    // SAFETY: balanced; the pointer is our own. After Python's end there is nothing to give back.
    unsafe {
        if Py_IsInitialized() != 0 {
            let state = PyGILState_Ensure();
            Python::attach(|_| drop(Box::from_raw(host.cast::<Host>())));
            PyGILState_Release(state);
        }
    }
}

/// Define a function of the linker instance at an address.
#[pyfunction]
pub fn define(
    py: Python<'_>,
    instance: usize,
    name: &str,
    function: Py<PyAny>,
    params: Vec<Bound<'_, PyAny>>,
    result: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let host = Host {
        function,
        params: params.iter().map(Shape::new).collect::<PyResult<_>>()?,
        result: payload(result)?,
    };
    let host = Box::into_raw(Box::new(host)).cast();
    // SAFETY: the caller vouches for the address; C has the host from here on.
    let error = unsafe {
        let instance = instance as *mut c_void;
        let add = api().wasmtime_component_linker_instance_add_func;
        add(instance, name.as_ptr(), name.len(), enter, host, forget)
    };
    match error.is_null() {
        true => Ok(()),
        false => Err(raise(py, &names(py).failure, (error as usize,))),
    }
}
