//! Values crossing between Python and Rhai, by exact type.

use std::ops::{Range, RangeInclusive};

use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyRange, PyRangeMethods, PyString, PyTuple,
};
use pyo3::IntoPyObjectExt;
use rhai::{Array, Blob, Dynamic, ImmutableString, Map, INT};

use crate::errors::{conversion, from_stop_alone, Raised};
use crate::function::FnPtr;
use crate::meter::{self, Stop};
use crate::object;
use crate::owner::Owner;
use crate::weigh::{MAX_DEPTH, NODE};

pub fn type_name(value: &Bound<'_, PyAny>) -> String {
    let name = value.get_type().fully_qualified_name();
    name.map_or_else(|_| "an object".into(), |name| name.to_string())
}

/// From Python to Rhai. Containers are copied.
pub struct Inward {
    /// The containers that the current value lies in, to find cycles.
    path: Vec<*mut pyo3::ffi::PyObject>,
    left: isize,
}

impl Inward {
    pub fn new(most: Option<isize>) -> Self {
        Inward {
            path: Vec::new(),
            left: most.unwrap_or(isize::MAX),
        }
    }

    pub fn convert(&mut self, value: &Bound<'_, PyAny>) -> PyResult<Dynamic> {
        if let Ok(number) = value.cast_exact::<PyInt>() {
            return int(number);
        }
        if let Ok(text) = value.cast_exact::<PyString>() {
            return Ok(Dynamic::from(self.text(text)?));
        }
        if let Ok(number) = value.cast_exact::<PyFloat>() {
            return Ok(Dynamic::from_float(number.value()));
        }
        if let Ok(truth) = value.cast_exact::<PyBool>() {
            return Ok(Dynamic::from_bool(truth.is_true()));
        }
        if value.is_none() {
            return Ok(Dynamic::UNIT);
        }
        if let Ok(dict) = value.cast_exact::<PyDict>() {
            return self.inside(value, |me| me.map(dict)).map(Dynamic::from_map);
        }
        if let Ok(list) = value.cast_exact::<PyList>() {
            return self.inside(value, |me| me.array(list.len(), list.iter()));
        }
        if let Ok(tuple) = value.cast_exact::<PyTuple>() {
            return self.inside(value, |me| me.array(tuple.len(), tuple.iter()));
        }
        self.rarer(value)
    }

    fn rarer(&mut self, value: &Bound<'_, PyAny>) -> PyResult<Dynamic> {
        let py = value.py();
        if let Ok(bytes) = value.cast_exact::<PyBytes>() {
            self.charge(py, bytes.as_bytes().len())?;
            return Ok(Dynamic::from_blob(Blob::from(bytes.as_bytes())));
        }
        if let Ok(pointer) = value.cast_exact::<FnPtr>() {
            meter::note_text(pointer.get().text);
            return Ok(Dynamic::from(pointer.get().pointer.clone()));
        }
        if let Ok(range) = value.cast_exact::<PyRange>() {
            if range.step()? == 1 {
                let (start, stop) = (range.start()? as INT, range.stop()? as INT);
                return Ok(Dynamic::from(start..stop));
            }
        }
        if let Some(object) = object::wrap(value)? {
            return Ok(object);
        }
        let name = type_name(value);
        Err(conversion(
            py,
            &format!("no Rhai value for Python's {name}"),
        ))
    }

    fn text(&mut self, text: &Bound<'_, PyString>) -> PyResult<ImmutableString> {
        let text = text.to_cow()?;
        self.left -= text.len() as isize;
        Ok(text.as_ref().into())
    }

    fn array<'py>(
        &mut self,
        length: usize,
        values: impl Iterator<Item = Bound<'py, PyAny>>,
    ) -> PyResult<Dynamic> {
        let mut array = Array::with_capacity(length.min(1024));
        for value in values {
            self.charge(value.py(), NODE)?;
            array.push(self.convert(&value)?);
        }
        Ok(Dynamic::from_array(array))
    }

    fn map(&mut self, dict: &Bound<'_, PyDict>) -> PyResult<Map> {
        let mut map = Map::new();
        for (key, value) in dict.iter() {
            let Ok(key) = key.cast_exact::<PyString>() else {
                let name = type_name(&key);
                let message = format!("keys of an object map are str, not {name}");
                return Err(conversion(dict.py(), &message));
            };
            let key = key.to_cow()?;
            self.charge(dict.py(), NODE + key.len())?;
            map.insert(key.as_ref().into(), self.convert(&value)?);
        }
        Ok(map)
    }

    /// Convert what is inside a container.
    fn inside<R>(
        &mut self,
        container: &Bound<'_, PyAny>,
        work: impl FnOnce(&mut Self) -> PyResult<R>,
    ) -> PyResult<R> {
        let py = container.py();
        if self.path.contains(&container.as_ptr()) {
            return Err(conversion(
                py,
                "a value that contains itself has no counterpart in Rhai",
            ));
        }
        if self.path.len() >= MAX_DEPTH {
            return Err(conversion(py, &too_deep()));
        }
        self.path.push(container.as_ptr());
        let result = work(self);
        self.path.pop();
        result
    }

    fn charge(&mut self, py: Python<'_>, bytes: usize) -> PyResult<()> {
        self.left -= bytes as isize;
        if self.left < 0 {
            return Err(from_stop_alone(py, Stop::Memory));
        }
        Ok(())
    }
}

fn too_deep() -> String {
    format!("values nest deeper than {MAX_DEPTH} levels")
}

fn int(number: &Bound<'_, PyInt>) -> PyResult<Dynamic> {
    match number.extract::<INT>() {
        Ok(number) => Ok(Dynamic::from_int(number)),
        Err(_) => Err(PyOverflowError::new_err("Rhai's integers have 64 bits")),
    }
}

/// From Rhai to Python. Containers are copied; shared values are copied at each place.
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
