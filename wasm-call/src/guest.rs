//! Functions of guests, as Python functions.

use std::mem::MaybeUninit;
use std::ptr::null_mut;
use std::sync::Arc;
use std::time::Instant;

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;

use crate::capi::{api, Func, Val};
use crate::frame::{guarded, settle};
use crate::gate::{Gate, Inner};
use crate::lift::{lift, outcome};
use crate::lower::lower;
use crate::memory::{Lent, Memory};
use crate::names::{names, raise};
use crate::shape::{payload, Payload, Shape};

/// A function of an instance in a store.
#[pyclass(frozen, module = "wasm_call._wasm_call")]
pub struct Guest {
    gate: Arc<Inner>,
    func: Func,
    params: Vec<Shape>,
    result: Payload,
    /// Keeps the store.
    _store: Py<PyAny>,
}

// SAFETY: a func is an index into a store, and the gate guards that.
unsafe impl Send for Guest {}
unsafe impl Sync for Guest {}

/// C's answer, freed whatever happens.
struct Answer(Val);

impl Drop for Answer {
    fn drop(&mut self) {
        // SAFETY: C wrote the value, or it is NOTHING.
        unsafe { (api().wasmtime_component_val_delete)(&mut self.0) };
    }
}

impl Guest {
    fn lend<'py>(
        &self,
        args: &[Borrowed<'_, 'py, PyAny>],
        memory: &mut Lent<'py>,
    ) -> PyResult<*const Val> {
        if args.len() != self.params.len() {
            let message = format!(
                "{} arguments expected, {} given",
                self.params.len(),
                args.len()
            );
            return Err(PyTypeError::new_err(message));
        }
        let lent = memory.values(0, args.len()).data;
        for (n, (shape, arg)) in self.params.iter().zip(args).enumerate() {
            // SAFETY: there is room for all; the memory outlives the call.
            unsafe { lower(memory, shape, *arg, lent.add(n))? };
        }
        Ok(lent)
    }

    fn call<'py>(
        &self,
        py: Python<'py>,
        args: &[Borrowed<'_, 'py, PyAny>],
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut memory = Lent::new();
        let lent = self.lend(args, &mut memory)?;
        let mut answer = Answer(Val::NOTHING);
        let wanted = self.result.is_some().into();
        self.gate.enter(py, |context| {
            // SAFETY: C reads the arguments and writes the answer; the store is the func's.
            unsafe {
                (api().wasmtime_component_func_call)(
                    &self.func,
                    context,
                    lent,
                    args.len(),
                    &mut answer.0,
                    wanted,
                )
            }
        })?;
        match self.result.as_deref() {
            None => Ok(py.None().into_bound(py)),
            // SAFETY: C wrote the answer.
            Some(shape @ Shape::Result(..)) => match unsafe { outcome(py, shape, &answer.0)? } {
                (true, ok) => Ok(ok),
                (false, err) => Err(raise(py, &names(py).guest_error, (err,))),
            },
            Some(shape) => unsafe { lift(py, shape, &answer.0) },
        }
    }

    fn floor(&self, py: Python<'_>, args: &[Borrowed<'_, '_, PyAny>], calls: u32) -> PyResult<f64> {
        let mut memory = Lent::new();
        let lent = self.lend(args, &mut memory)?;
        let wanted = self.result.is_some().into();
        let mut seconds = 0.0;
        self.gate.enter(py, |context| {
            let start = Instant::now();
            for _ in 0..calls {
                let mut answer = Answer(Val::NOTHING);
                // SAFETY: as in `call`.
                let error = unsafe {
                    (api().wasmtime_component_func_call)(
                        &self.func,
                        context,
                        lent,
                        args.len(),
                        &mut answer.0,
                        wanted,
                    )
                };
                if !error.is_null() {
                    return error;
                }
            }
            seconds = start.elapsed().as_secs_f64();
            null_mut()
        })?;
        Ok(seconds / f64::from(calls))
    }
}

const INLINE: usize = 8;

/// What Python calls: METH_FASTCALL.
unsafe extern "C" fn enter(
    guest: *mut ffi::PyObject,
    args: *mut *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
) -> *mut ffi::PyObject {
    // SAFETY: Python calls with its lock held, and with the object that `bind` gave it.
    let py = unsafe { Python::assume_attached() };
    let result = guarded(|| unsafe {
        let guest = Borrowed::from_ptr(py, guest);
        let guest = guest.cast_unchecked::<Guest>().get();
        let count = count as usize;
        if count <= INLINE {
            let mut inline = [const { MaybeUninit::uninit() }; INLINE];
            for (n, slot) in inline[..count].iter_mut().enumerate() {
                slot.write(Borrowed::from_ptr(py, *args.add(n)));
            }
            let args = std::slice::from_raw_parts(inline.as_ptr().cast(), count);
            return guest.call(py, args);
        }
        let args: Vec<_> = (0..count)
            .map(|n| Borrowed::from_ptr(py, *args.add(n)))
            .collect();
        guest.call(py, &args)
    });
    match result {
        Ok(value) => value.into_ptr(),
        Err(error) => {
            settle();
            error.restore(py);
            null_mut()
        }
    }
}

struct Method(ffi::PyMethodDef);

// SAFETY: it is never written to.
unsafe impl Sync for Method {}

static METHOD: Method = Method(ffi::PyMethodDef {
    ml_name: c"guest".as_ptr(),
    ml_meth: ffi::PyMethodDefPointer {
        PyCFunctionFast: enter,
    },
    ml_flags: ffi::METH_FASTCALL,
    ml_doc: std::ptr::null(),
});

/// Return the func at an address as a Python function. `store` is kept while that lives.
#[pyfunction]
pub fn bind<'py>(
    py: Python<'py>,
    gate: &Gate,
    store: Py<PyAny>,
    func: usize,
    params: Vec<Bound<'py, PyAny>>,
    result: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let guest = Guest {
        gate: gate.0.clone(),
        // SAFETY: the caller vouches for the address.
        func: unsafe { *(func as *const Func) },
        params: params.iter().map(Shape::new).collect::<PyResult<_>>()?,
        result: payload(result)?,
        _store: store,
    };
    let guest = Bound::new(py, guest)?;
    // SAFETY: the method is static; Python takes its own reference to the guest.
    unsafe {
        let method = (&raw const METHOD.0).cast_mut();
        Bound::from_owned_ptr_or_err(
            py,
            ffi::PyCFunction_NewEx(method, guest.as_ptr(), null_mut()),
        )
    }
}

/// Return seconds a call of C's own function, without Python in between: what `call` cannot beat.
#[pyfunction]
pub fn _floor(
    function: &Bound<'_, PyAny>,
    args: Vec<Bound<'_, PyAny>>,
    calls: u32,
) -> PyResult<f64> {
    let guest = function.getattr("__self__")?;
    let guest = guest
        .cast::<Guest>()
        .map_err(|_| PyRuntimeError::new_err("not a bound guest"))?;
    let args: Vec<_> = args.iter().map(|arg| arg.as_borrowed()).collect();
    guest.get().floor(function.py(), &args, calls)
}
