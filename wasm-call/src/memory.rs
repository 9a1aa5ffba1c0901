//! Where values for C lie: arguments only for the time of a call, answers in memory that C frees.

use std::marker::PhantomData;
use std::mem::MaybeUninit;

use pyo3::ffi::PyObject;
use pyo3::prelude::*;

use crate::capi::{api, Entry, Slice, Val, LIST};

/// Memory for values. Whatever it gives holds `Val::NOTHING`, so it can be dropped at any time.
pub trait Memory<'py> {
    fn text(&mut self, text: &[u8]) -> Slice<u8>;
    fn values(&mut self, kind: u8, size: usize) -> Slice<Val>;
    fn entries(&mut self, size: usize) -> Slice<Entry>;
    fn boxed(&mut self) -> *mut Val;
    /// See to it that the text of `object` stays where it is.
    fn keep(&mut self, object: Bound<'py, PyAny>);
}

const INLINE: usize = 16;

/// Lends to C what Python owns, and what lies in it.
pub struct Lent<'py> {
    first: [MaybeUninit<Val>; INLINE],
    used: usize,
    more: Vec<Box<[Val]>>,
    entries: Vec<Box<[Entry]>>,
    kept: [MaybeUninit<*mut PyObject>; INLINE],
    keeping: usize,
    kept_more: Vec<*mut PyObject>,
    _python: PhantomData<Python<'py>>,
}

impl Lent<'_> {
    pub fn new() -> Self {
        Lent {
            first: [const { MaybeUninit::uninit() }; INLINE],
            used: 0,
            more: Vec::new(),
            entries: Vec::new(),
            kept: [const { MaybeUninit::uninit() }; INLINE],
            keeping: 0,
            kept_more: Vec::new(),
            _python: PhantomData,
        }
    }

    fn take(&mut self, size: usize) -> *mut Val {
        if size <= INLINE - self.used {
            let taken = &mut self.first[self.used..self.used + size];
            self.used += size;
            taken.fill(MaybeUninit::new(Val::NOTHING));
            return taken.as_mut_ptr().cast();
        }
        self.more.push(vec![Val::NOTHING; size].into());
        self.more.last_mut().expect("just pushed").as_mut_ptr()
    }
}

impl<'py> Memory<'py> for Lent<'py> {
    fn text(&mut self, text: &[u8]) -> Slice<u8> {
        Slice {
            size: text.len(),
            data: text.as_ptr().cast_mut(),
        }
    }

    fn values(&mut self, _kind: u8, size: usize) -> Slice<Val> {
        let data = self.take(size);
        Slice { size, data }
    }

    fn entries(&mut self, size: usize) -> Slice<Entry> {
        self.entries.push(vec![NO_ENTRY; size].into());
        let data = self.entries.last_mut().expect("just pushed").as_mut_ptr();
        Slice { size, data }
    }

    fn boxed(&mut self) -> *mut Val {
        self.take(1)
    }

    fn keep(&mut self, object: Bound<'py, PyAny>) {
        match self.kept.get_mut(self.keeping) {
            Some(slot) => {
                slot.write(object.into_ptr());
                self.keeping += 1;
            }
            None => self.kept_more.push(object.into_ptr()),
        }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        // SAFETY: `keep` wrote so many, and took the references; `'py` says that the lock is held.
        unsafe {
            for object in &self.kept[..self.keeping] {
                pyo3::ffi::Py_DECREF(object.assume_init());
            }
            for object in &self.kept_more {
                pyo3::ffi::Py_DECREF(*object);
            }
        }
    }
}

/// Gives to C what C will free.
pub struct Given;

impl<'py> Memory<'py> for Given {
    fn text(&mut self, text: &[u8]) -> Slice<u8> {
        let mut out = Slice::EMPTY;
        // SAFETY: C copies the bytes.
        unsafe { (api().wasm_byte_vec_new)(&mut out, text.len(), text.as_ptr()) };
        out
    }

    fn values(&mut self, kind: u8, size: usize) -> Slice<Val> {
        let mut out = Slice::EMPTY;
        let new = match kind {
            LIST => api().wasmtime_component_vallist_new_uninit,
            _ => api().wasmtime_component_valtuple_new_uninit,
        };
        // SAFETY: C gives room for `size` values, which holds anything yet.
        unsafe {
            new(&mut out, size);
            fill(out.data, size, Val::NOTHING);
        }
        out
    }

    fn entries(&mut self, size: usize) -> Slice<Entry> {
        let mut out = Slice::EMPTY;
        // SAFETY: as in `values`.
        unsafe {
            (api().wasmtime_component_valrecord_new_uninit)(&mut out, size);
            fill(out.data, size, NO_ENTRY);
        }
        out
    }

    fn boxed(&mut self) -> *mut Val {
        let mut nothing = Val::NOTHING;
        // SAFETY: C moves out of the value.
        unsafe { (api().wasmtime_component_val_new)(&mut nothing) }
    }

    fn keep(&mut self, _object: Bound<'py, PyAny>) {}
}

const NO_ENTRY: Entry = Entry {
    name: Slice::EMPTY,
    val: Val::NOTHING,
};

unsafe fn fill<T: Copy>(data: *mut T, size: usize, with: T) {
    for n in 0..size {
        // SAFETY: the caller says that there is room for `size`.
        unsafe { data.add(n).write(with) };
    }
}
