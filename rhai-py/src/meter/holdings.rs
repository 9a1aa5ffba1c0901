//! What this thread holds, as the allocator tells it.

use std::sync::RwLock;

use rhai::Dynamic;

use super::{Stop, METER, NATIVE_RECURSION};
use crate::stack;

/// Allocation size of a captured variable: two counters and the locked value.
const CELL_BYTES: usize = 2 * size_of::<usize>() + size_of::<RwLock<Dynamic>>();
/// Rhai's strings are allocated on even addresses, Rust's on any; all else on multiples of four.
const TEXT_ALIGN: usize = 2;

#[inline(always)]
pub fn allocated(size: usize, align: usize) {
    let _ = METER.try_with(|m| {
        m.live.set(m.live.get() + size as isize);
        if align > TEXT_ALIGN {
            m.solid.set(m.solid.get() + size as isize);
        } else if size > m.text.get() {
            m.text.set(size);
            m.bound_solid();
        }
        if size == CELL_BYTES {
            m.cells.set(m.cells.get() + 1);
            m.captured.set(true);
        }
        let mark = m.mark.get();
        if mark != 0 && stack::pointer() + NATIVE_RECURSION < mark {
            m.recursed.set(true);
        }
    });
}

#[inline(always)]
pub fn freed(size: usize, align: usize) {
    let _ = METER.try_with(|m| {
        m.live.set(m.live.get() - size as isize);
        if align > TEXT_ALIGN {
            m.solid.set(m.solid.get() - size as isize);
        }
        if size == CELL_BYTES {
            m.cells.set(m.cells.get() - 1);
        }
    });
}

/// What this thread holds.
pub fn holdings() -> Holdings {
    METER.with(|m| Holdings {
        bytes: m.live.get(),
        solid: m.solid.get(),
        text: m.text.get(),
        cells: m.cells.get(),
    })
}

#[derive(Clone, Copy, Default)]
pub struct Holdings {
    pub bytes: isize,
    /// Bytes that are not text.
    pub solid: isize,
    /// The largest text.
    pub text: usize,
    pub cells: isize,
}

/// Whether something of the size of a captured variable was allocated since this was last asked.
#[inline]
pub fn captured() -> bool {
    METER.with(|m| m.captured.get() && m.captured.replace(false))
}

/// The next call sees a text of this size.
pub fn note_text(size: usize) {
    METER.with(|m| {
        m.text.set(m.text.get().max(size));
        m.bound_solid();
    });
}

/// Forget the texts of calls that are over.
pub fn forget_texts() {
    METER.with(|m| {
        if m.frame.get().is_null() {
            m.text.set(0);
        }
    });
}

/// Bytes that the running call may still allocate.
pub fn memory_left() -> usize {
    METER.with(|m| usize::try_from(m.memory.get() - m.live.get()).unwrap_or(0))
}

/// The stop for what compiling made too large.
pub fn exhausted() -> Option<Stop> {
    (memory_left() == 0).then_some(Stop::Memory)
}
