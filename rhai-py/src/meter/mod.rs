//! What the running script has used, and whether it must stop: one meter a thread.
//!
//! Every Rhai operation asks `check`. Its cost decides the cost of a script, so the common path
//! is a handful of loads and compares; all else waits in `look_closer`.

mod call;
mod closer;
mod frame;
mod holdings;

use std::cell::Cell;
use std::time::Instant;

use rhai::Dynamic;

use crate::errors::Raised;
use crate::meter::frame::{Frame, STRIDE};
use crate::stack;

pub use call::{call, in_python, nesting, with_owner};
pub use holdings::{
    allocated, captured, exhausted, forget_texts, freed, holdings, memory_left, note_text, Holdings,
};

/// Stack that one operation may use; beyond it, Rhai is recursing into a deeply nested value.
const NATIVE_RECURSION: usize = 64 * 1024;

/// Why a script is stopped, carried as Rhai's termination token. Scripts cannot catch it.
#[derive(Clone)]
pub enum Stop {
    Operations,
    Memory,
    Stack,
    Timeout,
    Cancelled,
    Raised(Raised),
}

struct Meter {
    live: Cell<isize>,
    /// The part of `live` that is not text.
    solid: Cell<isize>,
    cells: Cell<isize>,
    /// Whether there are new cells since `captured` was asked.
    captured: Cell<bool>,
    /// The largest text since the last outermost call.
    text: Cell<usize>,
    operations: Cell<u64>,
    countdown: Cell<u32>,
    /// Where the stack was at the last operation; 0 while Python runs.
    mark: Cell<usize>,
    recursed: Cell<bool>,
    /// The innermost call, null between calls.
    frame: Cell<*const Frame>,
    /// The bounds of that call that `check` reads.
    memory: Cell<isize>,
    solid_bound: Cell<isize>,
    floor: Cell<usize>,
    ceiling: Cell<u64>,
    signals: Cell<Option<Instant>>,
    /// A boxed `Stop` that arose where Rhai takes no error, to be raised at the next chance.
    pending: Cell<*mut Stop>,
}

thread_local!(static METER: Meter = const {
    Meter {
        live: Cell::new(0),
        solid: Cell::new(0),
        cells: Cell::new(0),
        captured: Cell::new(false),
        text: Cell::new(0),
        operations: Cell::new(0),
        countdown: Cell::new(STRIDE),
        mark: Cell::new(0),
        recursed: Cell::new(false),
        frame: Cell::new(std::ptr::null()),
        memory: Cell::new(isize::MAX),
        solid_bound: Cell::new(isize::MAX),
        floor: Cell::new(0),
        ceiling: Cell::new(u64::MAX),
        signals: Cell::new(None),
        pending: Cell::new(std::ptr::null_mut()),
    }
});

/// A number that tells this thread from every other living one; never 0.
pub fn thread() -> usize {
    METER.with(|m| std::ptr::from_ref(m) as usize)
}

/// Asked by Rhai at every operation.
#[inline]
pub fn check(_: u64) -> Option<Dynamic> {
    METER.with(|m| {
        let here = stack::pointer();
        let operations = m.operations.get() + 1;
        let countdown = m.countdown.get();
        m.operations.set(operations);
        m.mark.set(here);
        if m.live.get() <= m.memory.get()
            && m.solid.get() <= m.solid_bound.get()
            && here >= m.floor.get()
            && operations <= m.ceiling.get()
            && countdown != 0
            && !m.recursed.get()
        {
            m.countdown.set(countdown - 1);
            return None;
        }
        let stop = m.look_closer(here)?;
        if m.may_explode() {
            abandon(stop);
        }
        Some(Dynamic::from(stop))
    })
}

/// Leave the script at once, by unwinding to the call that entered it.
///
/// An error would do, and tell the place, but for one thing: where Rhai prints a value it drops
/// errors and prints natively, without limits. So errors serve only while no value could hurt.
pub fn abandon(stop: Stop) -> ! {
    std::panic::resume_unwind(Box::new(stop))
}

/// The script that runs compiled another with `switch` in it.
pub fn switches() {
    METER.with(|m| {
        if let Some(frame) = m.frame() {
            frame.switches.set(true);
        }
        m.bound_solid();
    });
}

/// Asked by guards and the parser, which count no operation. Looks at the clock.
pub fn look() -> Option<Stop> {
    METER.with(|m| m.look_closer(stack::pointer()))
}

/// Asked for every token: the stack always, the rest now and then.
pub fn check_token() -> Option<Stop> {
    METER.with(|m| {
        let here = stack::pointer();
        let countdown = m.countdown.get();
        if countdown != 0 && here >= m.floor.get() && m.live.get() <= m.memory.get() {
            m.countdown.set(countdown - 1);
            return None;
        }
        m.look_closer(here)
    })
}

/// Remember a reason to stop, for the next check.
pub fn stop_soon(stop: Stop) {
    METER.with(|m| {
        if m.pending.get().is_null() {
            m.pending.set(Box::into_raw(Box::new(stop)));
        }
        m.countdown.set(0);
    });
}

/// What `stop_soon` remembered and no check has seen.
pub fn take_pending() -> Option<Stop> {
    METER.with(Meter::take_pending)
}
