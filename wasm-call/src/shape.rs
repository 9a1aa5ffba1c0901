//! Shapes of values; `modpm/runtime/wasm/abi.py` says what they are in Python.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

/// A name, ready for both sides.
pub struct Name {
    pub text: Box<str>,
    pub object: Py<PyString>,
}

pub type Payload = Option<Box<Shape>>;

pub enum Shape {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    F32,
    F64,
    Char,
    String,
    Value,
    /// The part of a value that holds others: a list or a dict, as JSON text.
    Json,
    List(Box<Shape>),
    Option(Box<Shape>),
    Tuple(Vec<Shape>),
    Record(Vec<(Name, Shape)>),
    Variant(Vec<(Name, Payload)>),
    Enum(Vec<Name>),
    Result(Payload, Payload),
}

/// The cases of a value.
pub type ValueCase = (&'static [u8], Option<&'static Shape>);
pub const NULL: &[u8] = b"null";
pub const BOOLEAN: ValueCase = (b"boolean", Some(&Shape::Bool));
pub const INTEGER: ValueCase = (b"integer", Some(&Shape::S64));
pub const FLOAT: ValueCase = (b"float", Some(&Shape::F64));
pub const TEXT: ValueCase = (b"text", Some(&Shape::String));
pub const JSON: ValueCase = (b"json", Some(&Shape::Json));

impl Name {
    fn new(object: &Bound<'_, PyAny>) -> PyResult<Name> {
        let text: Box<str> = object.extract::<String>()?.into();
        let object = PyString::intern(object.py(), &text).unbind();
        Ok(Name { text, object })
    }
}

impl Shape {
    pub fn new(shape: &Bound<'_, PyAny>) -> PyResult<Shape> {
        if let Ok(name) = shape.cast::<PyString>() {
            return Shape::scalar(&name.to_cow()?).ok_or_else(|| unknown(shape));
        }
        let parts = shape.cast::<PyTuple>()?;
        let kind: String = parts.get_item(0)?.extract()?;
        let inner = parts.get_slice(1, parts.len());
        Ok(match (kind.as_str(), inner.len()) {
            ("list", 1) => Shape::List(Shape::new(&inner.get_item(0)?)?.into()),
            ("option", 1) => Shape::Option(Shape::new(&inner.get_item(0)?)?.into()),
            ("result", 2) => {
                Shape::Result(payload(&inner.get_item(0)?)?, payload(&inner.get_item(1)?)?)
            }
            ("tuple", _) => Shape::Tuple(each(&inner, Shape::new)?),
            ("enum", _) => Shape::Enum(each(&inner, Name::new)?),
            ("record", _) => Shape::Record(each(&inner, |field| named(field, Shape::new))?),
            ("variant", _) => Shape::Variant(each(&inner, |case| named(case, payload))?),
            _ => return Err(unknown(shape)),
        })
    }

    fn scalar(name: &str) -> Option<Shape> {
        Some(match name {
            "bool" => Shape::Bool,
            "s8" => Shape::S8,
            "u8" => Shape::U8,
            "s16" => Shape::S16,
            "u16" => Shape::U16,
            "s32" => Shape::S32,
            "u32" => Shape::U32,
            "s64" => Shape::S64,
            "u64" => Shape::U64,
            "f32" => Shape::F32,
            "f64" => Shape::F64,
            "char" => Shape::Char,
            "string" => Shape::String,
            "value" => Shape::Value,
            _ => return None,
        })
    }
}

fn each<T>(
    parts: &Bound<'_, PyTuple>,
    make: impl Fn(&Bound<'_, PyAny>) -> PyResult<T>,
) -> PyResult<Vec<T>> {
    parts.iter().map(|part| make(&part)).collect()
}

fn named<T>(
    pair: &Bound<'_, PyAny>,
    make: impl Fn(&Bound<'_, PyAny>) -> PyResult<T>,
) -> PyResult<(Name, T)> {
    Ok((Name::new(&pair.get_item(0)?)?, make(&pair.get_item(1)?)?))
}

pub fn payload(shape: &Bound<'_, PyAny>) -> PyResult<Payload> {
    match shape.is_none() {
        true => Ok(None),
        false => Ok(Some(Shape::new(shape)?.into())),
    }
}

fn unknown(shape: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("{shape:?} is no shape"))
}
