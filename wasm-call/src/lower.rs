//! Values of Python for C, checked before anything runs.

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use crate::capi::*;
use crate::memory::Memory;
use crate::names::names;
use crate::shape::*;

/// Write `value` to `out`, which holds `Val::NOTHING`; on an error it can be dropped all the same.
///
/// SAFETY: `out` is valid, and what the memory gave lives as long as C reads it.
pub unsafe fn lower<'py>(
    memory: &mut impl Memory<'py>,
    shape: &Shape,
    value: Borrowed<'_, 'py, PyAny>,
    out: *mut Val,
) -> PyResult<()> {
    macro_rules! put {
        ($kind:ident, $field:ident: $value:expr) => {{
            let of = Of { $field: $value };
            // SAFETY: the caller's word.
            unsafe { out.write(Val { kind: $kind, of }) }
        }};
    }
    match shape {
        Shape::Bool => put!(BOOL, boolean: expect::<PyBool>(value, "a bool")?.is_true().into()),
        Shape::S8 => put!(S8, s8: integer(value)?),
        Shape::U8 => put!(U8, u8: integer(value)?),
        Shape::S16 => put!(S16, s16: integer(value)?),
        Shape::U16 => put!(U16, u16: integer(value)?),
        Shape::S32 => put!(S32, s32: integer(value)?),
        Shape::U32 => put!(U32, u32: integer(value)?),
        Shape::S64 => put!(S64, s64: integer(value)?),
        Shape::U64 => put!(U64, u64: integer(value)?),
        Shape::F32 => put!(F32, f32: single(value)?),
        Shape::F64 => put!(F64, f64: float(value)?),
        Shape::Char => put!(CHAR, u32: character(value)?),
        Shape::String => {
            let text = memory.text(utf8(expect(value, "a str")?)?);
            memory.keep(value.to_owned());
            put!(STRING, text: text);
        }
        Shape::Enum(known) => {
            let name = find(known.iter(), expect(value, "a str")?)?;
            put!(ENUM, text: memory.text(name.text.as_bytes()));
        }
        Shape::Value => return unsafe { any(memory, value, out) },
        Shape::Json => return unsafe { json(memory, value, out) },
        Shape::Option(some) => {
            put!(OPTION, payload: std::ptr::null_mut());
            if !value.is_none() {
                let payload = memory.boxed();
                put!(OPTION, payload: payload);
                return unsafe { lower(memory, some, value, payload) };
            }
        }
        Shape::List(element) => {
            if let Ok(tuple) = value.cast::<PyTuple>() {
                let item = |n| Ok((&**element, tuple.get_item(n)?));
                return unsafe { all(memory, LIST, tuple.len(), item, out) };
            }
            let list = expect::<PyList>(value, "a list")?;
            let item = |n| Ok((&**element, list.get_item(n)?));
            return unsafe { all(memory, LIST, list.len(), item, out) };
        }
        Shape::Tuple(elements) => {
            let tuple = expect::<PyTuple>(value, "a tuple")?;
            if tuple.len() != elements.len() {
                let message = format!(
                    "{} elements expected, {} given",
                    elements.len(),
                    tuple.len()
                );
                return Err(PyTypeError::new_err(message));
            }
            let item = |n| Ok((&elements[n], tuple.get_item(n)?));
            return unsafe { all(memory, TUPLE, elements.len(), item, out) };
        }
        Shape::Record(fields) => {
            let dict = expect::<PyDict>(value, "a dict")?;
            let entries = memory.entries(fields.len());
            put!(RECORD, entries: entries);
            for (n, (name, field)) in fields.iter().enumerate() {
                let item = dict
                    .get_item(&name.object)?
                    .ok_or_else(|| no_field(fields))?;
                let entry = unsafe { entries.data.add(n) };
                unsafe {
                    (*entry).name = memory.text(name.text.as_bytes());
                    lower(memory, field, item.as_borrowed(), &mut (*entry).val)?;
                }
            }
            if dict.len() != fields.len() {
                return Err(no_field(fields));
            }
        }
        Shape::Variant(cases) => {
            let (name, payload) = pair(&value)?;
            let found = find_by(cases.iter(), |(name, _)| name, &name)?;
            unsafe { case(memory, &found.0, &found.1, payload.as_borrowed(), out)? };
        }
        Shape::Result(ok, err) => {
            let (name, payload) = pair(&value)?;
            let is_ok = match name.to_cow()?.as_ref() {
                "ok" => true,
                "err" => false,
                name => return Err(no_case(name, &mut ["ok", "err"].into_iter())),
            };
            let shape = if is_ok { ok } else { err };
            unsafe { outcome(memory, is_ok, shape, payload.as_borrowed(), out)? };
        }
    }
    Ok(())
}

/// Write a list or a tuple.
///
/// SAFETY: as for `lower`.
unsafe fn all<'s, 'py>(
    memory: &mut impl Memory<'py>,
    kind: u8,
    size: usize,
    item: impl Fn(usize) -> PyResult<(&'s Shape, Bound<'py, PyAny>)>,
    out: *mut Val,
) -> PyResult<()> {
    let values = memory.values(kind, size);
    let of = Of { values };
    unsafe { out.write(Val { kind, of }) };
    for n in 0..size {
        let (shape, value) = item(n)?;
        unsafe { lower(memory, shape, value.as_borrowed(), values.data.add(n))? };
    }
    Ok(())
}

/// Write ok or err.
///
/// SAFETY: as for `lower`.
pub unsafe fn outcome<'py>(
    memory: &mut impl Memory<'py>,
    is_ok: bool,
    shape: &Payload,
    value: Borrowed<'_, 'py, PyAny>,
    out: *mut Val,
) -> PyResult<()> {
    let payload = boxed(memory, shape);
    let outcome = Outcome { is_ok, payload };
    unsafe {
        out.write(Val {
            kind: RESULT,
            of: Of { outcome },
        });
        fill(
            memory,
            if is_ok { "ok" } else { "err" },
            shape,
            value,
            payload,
        )
    }
}

unsafe fn case<'py>(
    memory: &mut impl Memory<'py>,
    name: &Name,
    shape: &Payload,
    value: Borrowed<'_, 'py, PyAny>,
    out: *mut Val,
) -> PyResult<()> {
    let payload = boxed(memory, shape);
    let text = memory.text(name.text.as_bytes());
    let case = Case {
        name: text,
        payload,
    };
    unsafe {
        out.write(Val {
            kind: VARIANT,
            of: Of { case },
        });
        fill(memory, &name.text, shape, value, payload)
    }
}

fn boxed<'py>(memory: &mut impl Memory<'py>, shape: &Payload) -> *mut Val {
    match shape {
        Some(_) => memory.boxed(),
        None => std::ptr::null_mut(),
    }
}

unsafe fn fill<'py>(
    memory: &mut impl Memory<'py>,
    name: &str,
    shape: &Payload,
    value: Borrowed<'_, 'py, PyAny>,
    payload: *mut Val,
) -> PyResult<()> {
    match shape {
        Some(shape) => unsafe { lower(memory, shape, value, payload) },
        None if value.is_none() => Ok(()),
        None => Err(PyTypeError::new_err(format!(
            "the case '{name}' has no payload"
        ))),
    }
}

/// A `value`: the variant's case follows from the type.
unsafe fn any<'py>(
    memory: &mut impl Memory<'py>,
    value: Borrowed<'_, 'py, PyAny>,
    out: *mut Val,
) -> PyResult<()> {
    let (name, shape) = match () {
        () if value.is_none() => (NULL, None),
        () if value.is_instance_of::<PyBool>() => BOOLEAN,
        () if value.is_instance_of::<PyInt>() => INTEGER,
        () if value.is_instance_of::<PyFloat>() => FLOAT,
        () if value.is_instance_of::<PyString>() => TEXT,
        () if value.is_instance_of::<PyList>() || value.is_instance_of::<PyDict>() => JSON,
        () => {
            let expected = "None, a bool, an int, a float, a str, a list or a dict";
            return Err(not(value, expected));
        }
    };
    let payload = match shape {
        Some(_) => memory.boxed(),
        None => std::ptr::null_mut(),
    };
    let case = Case {
        name: memory.text(name),
        payload,
    };
    let of = Of { case };
    unsafe { out.write(Val { kind: VARIANT, of }) };
    match shape {
        Some(shape) => unsafe { lower(memory, shape, value, payload) },
        None => Ok(()),
    }
}

unsafe fn json<'py>(
    memory: &mut impl Memory<'py>,
    value: Borrowed<'_, 'py, PyAny>,
    out: *mut Val,
) -> PyResult<()> {
    let encoded = names(value.py()).encode.bind(value.py()).call1((value,))?;
    let text = memory.text(encoded.extract()?);
    memory.keep(encoded);
    unsafe {
        out.write(Val {
            kind: STRING,
            of: Of { text },
        })
    };
    Ok(())
}

fn integer<T: TryFrom<i64> + TryFrom<u64>>(value: Borrowed<'_, '_, PyAny>) -> PyResult<T> {
    if value.is_instance_of::<PyBool>() || !value.is_instance_of::<PyInt>() {
        return Err(not(value, "an int"));
    }
    // SAFETY: it is an int.
    let narrow = unsafe {
        let number = ffi::PyLong_AsLongLong(value.as_ptr());
        if number != -1 || ffi::PyErr_Occurred().is_null() {
            T::try_from(number).ok()
        } else {
            ffi::PyErr_Clear();
            let number = ffi::PyLong_AsUnsignedLongLong(value.as_ptr());
            if !ffi::PyErr_Occurred().is_null() {
                return Err(PyErr::fetch(value.py()));
            }
            T::try_from(number).ok()
        }
    };
    narrow.ok_or_else(|| {
        let bits = 8 * size_of::<T>();
        PyOverflowError::new_err(format!("{} does not fit into {bits} bits", *value))
    })
}

fn float(value: Borrowed<'_, '_, PyAny>) -> PyResult<f64> {
    let number = value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>();
    if !number || value.is_instance_of::<PyBool>() {
        return Err(not(value, "a float"));
    }
    value.extract()
}

fn single(value: Borrowed<'_, '_, PyAny>) -> PyResult<f32> {
    let wide = float(value)?;
    let narrow = wide as f32;
    match wide.is_finite() && narrow.is_infinite() {
        true => Err(PyOverflowError::new_err("too large for an f32")),
        false => Ok(narrow),
    }
}

fn character(value: Borrowed<'_, '_, PyAny>) -> PyResult<u32> {
    let text = expect::<PyString>(value, "a str")?;
    let text = text.to_cow()?;
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(one), None) => Ok(one.into()),
        _ => Err(PyValueError::new_err(format!(
            "{text:?} is not one character"
        ))),
    }
}

/// The bytes are the string's own, and live as long as it does.
fn utf8<'a>(text: Borrowed<'a, '_, PyString>) -> PyResult<&'a [u8]> {
    let mut size = 0;
    // SAFETY: it is a str; Python keeps its UTF-8 with it.
    unsafe {
        let data = ffi::PyUnicode_AsUTF8AndSize(text.as_ptr(), &mut size);
        match data.is_null() {
            true => Err(PyErr::fetch(text.py())),
            false => Ok(std::slice::from_raw_parts(data.cast(), size as usize)),
        }
    }
}

fn pair<'py>(value: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyString>, Bound<'py, PyAny>)> {
    let wrong = || not(value.as_borrowed(), "(case, payload)");
    let tuple = value.cast::<PyTuple>().map_err(|_| wrong())?;
    if tuple.len() != 2 {
        return Err(wrong());
    }
    let name = tuple.get_item(0)?.cast_into().map_err(|_| wrong())?;
    Ok((name, tuple.get_item(1)?))
}

fn find<'a>(
    known: impl Iterator<Item = &'a Name> + Clone,
    name: Borrowed<'_, '_, PyString>,
) -> PyResult<&'a Name> {
    find_by(known, |name| name, &name)
}

fn find_by<'a, T: 'a>(
    known: impl Iterator<Item = &'a T> + Clone,
    name_of: impl Fn(&T) -> &Name,
    name: &Bound<'_, PyString>,
) -> PyResult<&'a T> {
    let text = name.to_cow()?;
    match known.clone().find(|item| *name_of(item).text == *text) {
        Some(item) => Ok(item),
        None => Err(no_case(&text, &mut known.map(|item| &*name_of(item).text))),
    }
}

fn no_case(name: &str, known: &mut dyn Iterator<Item = &str>) -> PyErr {
    let known = known.collect::<Vec<_>>().join(", ");
    PyValueError::new_err(format!("no '{name}'; there are {known}"))
}

fn no_field(fields: &[(Name, Shape)]) -> PyErr {
    let names: Vec<&str> = fields.iter().map(|(name, _)| &*name.text).collect();
    PyTypeError::new_err(format!("the fields are {}", names.join(", ")))
}

fn expect<'a, 'py, T: pyo3::PyTypeCheck>(
    value: Borrowed<'a, 'py, PyAny>,
    name: &str,
) -> PyResult<Borrowed<'a, 'py, T>> {
    value.cast::<T>().map_err(|_| not(value, name))
}

fn not(value: Borrowed<'_, '_, PyAny>, name: &str) -> PyErr {
    match value.get_type().name() {
        Ok(found) => PyTypeError::new_err(format!("{name} expected, not {found}")),
        Err(error) => error,
    }
}
