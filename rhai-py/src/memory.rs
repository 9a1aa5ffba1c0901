//! The allocator: counts what each thread holds, so that a budget can be checked at every operation.

use std::alloc::{GlobalAlloc, Layout, System};

use crate::meter;

pub struct Counting;

// SAFETY: every call goes to `System` unchanged; the counters neither allocate nor unwind.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        meter::allocated(layout.size(), layout.align());
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        meter::allocated(layout.size(), layout.align());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        meter::freed(layout.size(), layout.align());
        // SAFETY: as above.
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        meter::freed(layout.size(), layout.align());
        meter::allocated(new_size, layout.align());
        // SAFETY: as above.
        unsafe { System.realloc(ptr, layout, new_size) }
    }
}
