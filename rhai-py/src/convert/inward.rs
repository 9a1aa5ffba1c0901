//! From Python to Rhai.

use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyRange, PyRangeMethods, PyString, PyTuple,
};
use rhai::{Array, Blob, Dynamic, ImmutableString, Map, INT};

use super::{too_deep, type_name};
use crate::errors::{conversion, from_stop_alone};
use crate::function::FnPtr;
use crate::meter::{self, Stop};
use crate::object;
use crate::weigh::{MAX_DEPTH, NODE};

/// Converts what a script gets. Containers are copied.
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

fn int(number: &Bound<'_, PyInt>) -> PyResult<Dynamic> {
    match number.extract::<INT>() {
        Ok(number) => Ok(Dynamic::from_int(number)),
        Err(_) => Err(PyOverflowError::new_err("Rhai's integers have 64 bits")),
    }
}
