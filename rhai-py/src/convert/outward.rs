//! From Rhai to Python.

use std::ops::{Range, RangeInclusive};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyRange, PyString};
use pyo3::IntoPyObjectExt;
use rhai::{Array, Dynamic, Map, INT};

use super::too_deep;
use crate::errors::{conversion, from_stop_alone, Raised};
use crate::function::FnPtr;
use crate::meter::{self, Stop};
use crate::object;
use crate::owner::Owner;
use crate::weigh::{MAX_DEPTH, NODE};

/// Converts what a script gives. Containers are copied; shared values are copied at each place.
pub struct Outward<'o> {
    /// Whose functions the function pointers in the value are.
    owner: Option<&'o Owner>,
    left: isize,
}

impl<'o> Outward<'o> {
    pub fn new(owner: Option<&'o Owner>, most: Option<isize>) -> Self {
        Outward {
            owner,
            left: most.unwrap_or(isize::MAX),
        }
    }

    pub fn convert<'py>(
        &mut self,
        py: Python<'py>,
        value: &Dynamic,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.at(py, value, MAX_DEPTH)
    }

    fn at<'py>(
        &mut self,
        py: Python<'py>,
        value: &Dynamic,
        levels: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.charge(py, NODE)?;
        if let Ok(number) = value.as_int() {
            return number.into_bound_py_any(py);
        }
        if value.is_unit() {
            return Ok(py.None().into_bound(py));
        }
        if let Ok(number) = value.as_float() {
            return number.into_bound_py_any(py);
        }
        if let Ok(truth) = value.as_bool() {
            return truth.into_bound_py_any(py);
        }
        if value.is_locked() {
            return Err(conversion(
                py,
                "a captured value is in use and cannot be read",
            ));
        }
        if let Ok(text) = value.as_immutable_string_ref() {
            self.charge(py, text.len())?;
            return Ok(PyString::new(py, &text).into_any());
        }
        if let Ok(map) = value.as_map_ref() {
            return self.dict(py, &map, next(py, levels)?);
        }
        if let Ok(array) = value.as_array_ref() {
            return self.list(py, &array, next(py, levels)?);
        }
        self.rarer(py, value)
    }

    fn rarer<'py>(&mut self, py: Python<'py>, value: &Dynamic) -> PyResult<Bound<'py, PyAny>> {
        if let Ok(letter) = value.as_char() {
            return letter.into_bound_py_any(py);
        }
        // A byte of a blob, as a loop over one gives it.
        if let Some(byte) = value.read_lock::<u8>() {
            return byte.into_bound_py_any(py);
        }
        if let Ok(blob) = value.as_blob_ref() {
            self.charge(py, blob.len())?;
            return Ok(PyBytes::new(py, &blob).into_any());
        }
        if let Some(pointer) = value.read_lock::<rhai::FnPtr>() {
            return self.pointer(py, &pointer);
        }
        if let Some(range) = value.read_lock::<Range<INT>>() {
            return Ok(range_of(py, range.start, range.end)?.into_any());
        }
        if let Some(range) = value.read_lock::<RangeInclusive<INT>>() {
            let end = range.end().checked_add(1);
            let end = end.ok_or_else(|| conversion(py, "the range ends with the largest int"))?;
            return Ok(range_of(py, *range.start(), end)?.into_any());
        }
        if let Some(raised) = value.read_lock::<Raised>() {
            return Ok(raised.0.exception.bind(py).clone());
        }
        if let Some(object) = object::unwrap(value) {
            return Ok(object.bind(py).clone());
        }
        if value.is_timestamp() {
            let message = "timestamps do not cross; a script can return `.elapsed`, in seconds";
            return Err(conversion(py, message));
        }
        let name = value.type_name();
        Err(conversion(
            py,
            &format!("no Python value for Rhai's {name}"),
        ))
    }

    fn pointer<'py>(&self, py: Python<'py>, pointer: &rhai::FnPtr) -> PyResult<Bound<'py, PyAny>> {
        let Some(owner) = self.owner else {
            return Err(conversion(
                py,
                "a function pointer needs the engine that made it",
            ));
        };
        let pointer = FnPtr {
            pointer: pointer.clone(),
            owner: owner.clone(),
            functions: owner.core().functions.find(py),
            text: meter::holdings().text,
        };
        Ok(Bound::new(py, pointer)?.into_any())
    }

    fn dict<'py>(
        &mut self,
        py: Python<'py>,
        map: &Map,
        levels: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let dict = PyDict::new(py);
        for (key, value) in map {
            self.charge(py, key.len())?;
            dict.set_item(key.as_str(), self.at(py, value, levels)?)?;
        }
        Ok(dict.into_any())
    }

    fn list<'py>(
        &mut self,
        py: Python<'py>,
        array: &Array,
        levels: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let list = PyList::empty(py);
        for value in array {
            list.append(self.at(py, value, levels)?)?;
        }
        Ok(list.into_any())
    }

    fn charge(&mut self, py: Python<'_>, bytes: usize) -> PyResult<()> {
        self.left -= bytes as isize;
        if self.left < 0 {
            return Err(from_stop_alone(py, Stop::Memory));
        }
        Ok(())
    }
}

fn next(py: Python<'_>, levels: usize) -> PyResult<usize> {
    levels
        .checked_sub(1)
        .ok_or_else(|| conversion(py, &too_deep()))
}

fn range_of(py: Python<'_>, start: INT, end: INT) -> PyResult<Bound<'_, PyRange>> {
    PyRange::new(py, start as isize, end as isize)
}
