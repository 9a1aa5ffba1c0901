//! The part of wasmtime's C API that calls need: its structures, and its functions by address.

use std::collections::HashMap;
use std::ffi::{c_char, c_void};
use std::mem::{size_of, transmute_copy};
use std::ptr::null_mut;
use std::sync::OnceLock;

use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;

pub const BOOL: u8 = 0;
pub const S8: u8 = 1;
pub const U8: u8 = 2;
pub const S16: u8 = 3;
pub const U16: u8 = 4;
pub const S32: u8 = 5;
pub const U32: u8 = 6;
pub const S64: u8 = 7;
pub const U64: u8 = 8;
pub const F32: u8 = 9;
pub const F64: u8 = 10;
pub const CHAR: u8 = 11;
pub const STRING: u8 = 12;
pub const LIST: u8 = 13;
pub const RECORD: u8 = 14;
pub const TUPLE: u8 = 15;
pub const VARIANT: u8 = 16;
pub const ENUM: u8 = 17;
pub const OPTION: u8 = 18;
pub const RESULT: u8 = 19;

/// A string, or a sequence of T that C owns or only reads.
#[repr(C)]
pub struct Slice<T> {
    pub size: usize,
    pub data: *mut T,
}

impl<T> Clone for Slice<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slice<T> {}

impl<T> Slice<T> {
    pub const EMPTY: Self = Slice {
        size: 0,
        data: null_mut(),
    };

    /// SAFETY: C says that `data` holds `size` elements, and they live for `'a`.
    pub unsafe fn as_slice<'a>(&self) -> &'a [T] {
        match self.size {
            0 => &[],
            size => unsafe { std::slice::from_raw_parts(self.data, size) },
        }
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Case {
    pub name: Slice<u8>,
    pub payload: *mut Val,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Outcome {
    pub is_ok: bool,
    pub payload: *mut Val,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union Of {
    pub boolean: u8,
    pub s8: i8,
    pub u8: u8,
    pub s16: i16,
    pub u16: u16,
    pub s32: i32,
    pub u32: u32,
    pub s64: i64,
    pub u64: u64,
    pub f32: f32,
    pub f64: f64,
    pub text: Slice<u8>,
    pub values: Slice<Val>,
    pub entries: Slice<Entry>,
    pub case: Case,
    pub payload: *mut Val,
    pub outcome: Outcome,
}

/// wasmtime_component_val_t
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Val {
    pub kind: u8,
    pub of: Of,
}

impl Val {
    /// Owns nothing, so that C may drop it and overwrite it.
    pub const NOTHING: Val = Val {
        kind: BOOL,
        of: Of { boolean: 0 },
    };
}

/// wasmtime_component_valrecord_entry_t
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Entry {
    pub name: Slice<u8>,
    pub val: Val,
}

/// wasmtime_component_func_t
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Func {
    _owner: Instance,
    _private2: u32,
    _private3: *mut c_void,
}

/// wasmtime_component_instance_t
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Instance {
    _store: u64,
    _private: u32,
}

pub enum Context {}
pub enum Engine {}
pub enum Error {}

pub type HostFunction = unsafe extern "C" fn(
    *mut c_void,
    *mut Context,
    *const c_void,
    *const Val,
    usize,
    *mut Val,
    usize,
) -> *mut Error;
pub type EpochFunction =
    unsafe extern "C" fn(*mut Context, *mut c_void, *mut u64, *mut u8) -> *mut Error;
pub type Finalizer = unsafe extern "C" fn(*mut c_void);

macro_rules! api {
    ($($name:ident: fn($($arg:ty),*) $(-> $result:ty)?;)*) => {
        /// The functions, each under its name in C.
        pub struct Api { $(pub $name: unsafe extern "C" fn($($arg),*) $(-> $result)?,)* }

        impl Api {
            fn new(addresses: &HashMap<String, usize>) -> PyResult<Api> {
                let address = |name: &str| match addresses.get(name) {
                    Some(0) | None => Err(PyKeyError::new_err(name.to_string())),
                    Some(address) => Ok(*address),
                };
                // SAFETY: the caller vouches that each address is that function's.
                Ok(Api { $($name: unsafe { transmute_copy(&address(stringify!($name))?) },)* })
            }
        }

        /// The names of the functions whose addresses `setup` takes.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

api! {
    wasm_byte_vec_new: fn(*mut Slice<u8>, usize, *const u8);
    wasm_engine_delete: fn(*mut Engine);
    wasmtime_component_func_call:
        fn(*const Func, *mut Context, *const Val, usize, *mut Val, usize) -> *mut Error;
    wasmtime_component_linker_instance_add_func:
        fn(*mut c_void, *const u8, usize, HostFunction, *mut c_void, Finalizer) -> *mut Error;
    wasmtime_component_linker_instantiate:
        fn(*const c_void, *mut Context, *const c_void, *mut Instance) -> *mut Error;
    wasmtime_component_val_delete: fn(*mut Val);
    wasmtime_component_val_new: fn(*mut Val) -> *mut Val;
    wasmtime_component_vallist_new_uninit: fn(*mut Slice<Val>, usize);
    wasmtime_component_valrecord_new_uninit: fn(*mut Slice<Entry>, usize);
    wasmtime_component_valtuple_new_uninit: fn(*mut Slice<Val>, usize);
    wasmtime_engine_clone: fn(*mut Engine) -> *mut Engine;
    wasmtime_engine_increment_epoch: fn(*mut Engine);
    wasmtime_error_delete: fn(*mut Error);
    wasmtime_error_new: fn(*const c_char) -> *mut Error;
    wasmtime_store_epoch_deadline_callback:
        fn(*mut c_void, EpochFunction, *mut c_void, Finalizer);
}

static API: OnceLock<Api> = OnceLock::new();

/// The functions. Nothing that calls this exists before `setup` has succeeded.
pub fn api() -> &'static Api {
    API.get().expect("setup comes first")
}

/// Take the addresses, once.
pub fn setup(addresses: &HashMap<String, usize>) -> PyResult<()> {
    let api = Api::new(addresses)?;
    let _set_before = API.set(api);
    Ok(())
}

/// Sizes of structures and values of constants, as this was written for.
pub const LAYOUT: &[(&str, usize)] = &[
    ("wasmtime_component_val_t", size_of::<Val>()),
    ("wasmtime_component_valunion_t", size_of::<Of>()),
    ("wasmtime_component_valrecord_entry_t", size_of::<Entry>()),
    ("wasmtime_component_valvariant_t", size_of::<Case>()),
    ("wasmtime_component_valresult_t", size_of::<Outcome>()),
    ("wasmtime_component_func_t", size_of::<Func>()),
    ("wasmtime_component_instance_t", size_of::<Instance>()),
    ("WASMTIME_COMPONENT_BOOL", BOOL as usize),
    ("WASMTIME_COMPONENT_S8", S8 as usize),
    ("WASMTIME_COMPONENT_U8", U8 as usize),
    ("WASMTIME_COMPONENT_S16", S16 as usize),
    ("WASMTIME_COMPONENT_U16", U16 as usize),
    ("WASMTIME_COMPONENT_S32", S32 as usize),
    ("WASMTIME_COMPONENT_U32", U32 as usize),
    ("WASMTIME_COMPONENT_S64", S64 as usize),
    ("WASMTIME_COMPONENT_U64", U64 as usize),
    ("WASMTIME_COMPONENT_F32", F32 as usize),
    ("WASMTIME_COMPONENT_F64", F64 as usize),
    ("WASMTIME_COMPONENT_CHAR", CHAR as usize),
    ("WASMTIME_COMPONENT_STRING", STRING as usize),
    ("WASMTIME_COMPONENT_LIST", LIST as usize),
    ("WASMTIME_COMPONENT_RECORD", RECORD as usize),
    ("WASMTIME_COMPONENT_TUPLE", TUPLE as usize),
    ("WASMTIME_COMPONENT_VARIANT", VARIANT as usize),
    ("WASMTIME_COMPONENT_ENUM", ENUM as usize),
    ("WASMTIME_COMPONENT_OPTION", OPTION as usize),
    ("WASMTIME_COMPONENT_RESULT", RESULT as usize),
];
