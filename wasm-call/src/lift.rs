//! Values of C for Python.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use crate::capi::*;
use crate::names::names;
use crate::shape::*;

/// Return what C wrote; its memory stays C's.
///
/// SAFETY: `val` is as C made it.
pub unsafe fn lift<'py>(py: Python<'py>, shape: &Shape, val: &Val) -> PyResult<Bound<'py, PyAny>> {
    let of = &val.of;
    // SAFETY: the kind says which field of the union it is.
    unsafe {
        Ok(match (shape, val.kind) {
            (Shape::Bool, BOOL) => PyBool::new(py, of.boolean != 0).to_owned().into_any(),
            (Shape::S8, S8) => PyInt::new(py, of.s8).into_any(),
            (Shape::U8, U8) => PyInt::new(py, of.u8).into_any(),
            (Shape::S16, S16) => PyInt::new(py, of.s16).into_any(),
            (Shape::U16, U16) => PyInt::new(py, of.u16).into_any(),
            (Shape::S32, S32) => PyInt::new(py, of.s32).into_any(),
            (Shape::U32, U32) => PyInt::new(py, of.u32).into_any(),
            (Shape::S64, S64) => PyInt::new(py, of.s64).into_any(),
            (Shape::U64, U64) => PyInt::new(py, of.u64).into_any(),
            (Shape::F32, F32) => PyFloat::new(py, of.f32.into()).into_any(),
            (Shape::F64, F64) => PyFloat::new(py, of.f64).into_any(),
            (Shape::Char, CHAR) => match char::from_u32(of.u32) {
                Some(one) => PyString::new(py, one.encode_utf8(&mut [0; 4])).into_any(),
                None => return Err(mismatch()),
            },
            (Shape::String, STRING) => text(py, &of.text)?.into_any(),
            (Shape::Enum(known), ENUM) => {
                let name = of.text.as_slice();
                let found = known.iter().find(|known| known.text.as_bytes() == name);
                found
                    .ok_or_else(mismatch)?
                    .object
                    .bind(py)
                    .clone()
                    .into_any()
            }
            (Shape::Json, STRING) => {
                let text = PyBytes::new(py, of.text.as_slice());
                names(py).decode.bind(py).call1((text,))?
            }
            (Shape::Value, VARIANT) => any(py, &of.case)?,
            (Shape::List(element), LIST) => {
                let list = PyList::empty(py);
                for value in of.values.as_slice() {
                    list.append(lift(py, element, value)?)?;
                }
                list.into_any()
            }
            (Shape::Tuple(elements), TUPLE) => {
                let values = elements.iter().zip(of.values.as_slice());
                let values: Vec<_> = values
                    .map(|(s, v)| lift(py, s, v))
                    .collect::<PyResult<_>>()?;
                PyTuple::new(py, values)?.into_any()
            }
            (Shape::Record(fields), RECORD) => {
                let dict = PyDict::new(py);
                for ((name, field), entry) in fields.iter().zip(of.entries.as_slice()) {
                    if entry.name.as_slice() != name.text.as_bytes() {
                        return Err(mismatch());
                    }
                    dict.set_item(&name.object, lift(py, field, &entry.val)?)?;
                }
                dict.into_any()
            }
            (Shape::Option(some), OPTION) => match of.payload.as_ref() {
                Some(payload) => lift(py, some, payload)?,
                None => py.None().into_bound(py),
            },
            (Shape::Variant(cases), VARIANT) => {
                let (name, shape) = known(cases, &of.case)?;
                let payload = payload(py, shape, of.case.payload)?;
                (name.object.bind(py), payload)
                    .into_pyobject(py)?
                    .into_any()
            }
            (Shape::Result(..), RESULT) => {
                let (is_ok, payload) = outcome(py, shape, val)?;
                let name = if is_ok { "ok" } else { "err" };
                (name, payload).into_pyobject(py)?.into_any()
            }
            _ => return Err(mismatch()),
        })
    }
}

/// Return whether a result is ok, and its payload.
///
/// SAFETY: as for `lift`.
pub unsafe fn outcome<'py>(
    py: Python<'py>,
    shape: &Shape,
    val: &Val,
) -> PyResult<(bool, Bound<'py, PyAny>)> {
    let (Shape::Result(ok, err), RESULT) = (shape, val.kind) else {
        return Err(mismatch());
    };
    unsafe {
        let outcome = val.of.outcome;
        let shape = if outcome.is_ok { ok } else { err };
        Ok((outcome.is_ok, payload(py, shape, outcome.payload)?))
    }
}

unsafe fn payload<'py>(
    py: Python<'py>,
    shape: &Payload,
    val: *const Val,
) -> PyResult<Bound<'py, PyAny>> {
    match (shape, unsafe { val.as_ref() }) {
        (Some(shape), Some(val)) => unsafe { lift(py, shape, val) },
        (None, None) => Ok(py.None().into_bound(py)),
        _ => Err(mismatch()),
    }
}

unsafe fn any<'py>(py: Python<'py>, case: &Case) -> PyResult<Bound<'py, PyAny>> {
    let name = unsafe { case.name.as_slice() };
    let Some(val) = (unsafe { case.payload.as_ref() }) else {
        return Ok(py.None().into_bound(py));
    };
    let known = [INTEGER, FLOAT, TEXT, JSON, BOOLEAN];
    match known.iter().find(|(known, _)| *known == name) {
        Some((_, Some(shape))) => unsafe { lift(py, shape, val) },
        _ => Err(mismatch()),
    }
}

unsafe fn known<'a>(cases: &'a [(Name, Payload)], case: &Case) -> PyResult<&'a (Name, Payload)> {
    let name = unsafe { case.name.as_slice() };
    let found = cases
        .iter()
        .find(|(known, _)| known.text.as_bytes() == name);
    found.ok_or_else(mismatch)
}

unsafe fn text<'py>(py: Python<'py>, text: &Slice<u8>) -> PyResult<Bound<'py, PyString>> {
    PyString::from_bytes(py, unsafe { text.as_slice() })
}

fn mismatch() -> PyErr {
    PyTypeError::new_err("the mod's type is not the one that was agreed on")
}
