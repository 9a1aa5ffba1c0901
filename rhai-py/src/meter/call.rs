//! Calls into Rhai and back into Python, each within its frame.

use std::sync::atomic::AtomicBool;

use pyo3::prelude::*;

use super::frame::{self, Frame};
use super::{holdings, Holdings, METER};
use crate::gil;
use crate::limits::Budget;
use crate::owner::Owner;
use crate::stack;

/// Do something with the owner of the running script, if any.
pub fn with_owner<R>(work: impl FnOnce(Option<&Owner>) -> R) -> R {
    METER.with(|m| work(m.frame().and_then(Frame::owner)))
}

/// Calls into Rhai that are on this thread's stack.
pub fn nesting() -> u32 {
    METER.with(|m| m.frame().map_or(0, |frame| frame.nesting))
}

/// Run `work` as a call of `owner`, within `budget` and within whatever call is already running.
///
/// `kept` is what the owner held before, which counts against its memory.
pub fn call<R>(
    budget: &Budget,
    kept: Holdings,
    flag: &AtomicBool,
    owner: Option<&Owner>,
    work: impl FnOnce() -> R,
) -> R {
    METER.with(|m| {
        let (switches, text) = owner.map_or((false, 0), Owner::traits);
        m.text.set(m.text.get().max(kept.text).max(text));
        let frame = Frame::new(m.frame(), budget, kept, holdings(), m.operations.get());
        let frame = frame.of(flag, owner, switches);
        let _restore = Restore {
            outer: m.frame.get(),
            mark: m.mark.replace(stack::pointer()),
        };
        m.enter(&raw const frame);
        m.recursed.set(false);
        m.countdown.set(frame::stride(kept.bytes));
        work()
    })
}

struct Restore {
    outer: *const Frame,
    mark: usize,
}

impl Drop for Restore {
    fn drop(&mut self) {
        METER.with(|m| {
            m.enter(self.outer);
            m.mark.set(self.mark);
            m.recursed.set(false);
            m.countdown.set(0);
        });
    }
}

/// Run Python code inside a call: its stack is its own affair, its time is not.
pub fn in_python<R>(work: impl FnOnce(Python<'_>) -> R) -> R {
    let _restore = METER.with(|m| {
        if let Some(frame) = m.frame() {
            frame.start_clock();
        }
        Unmark(m.mark.replace(0))
    });
    gil::with_python(work)
}

struct Unmark(usize);

impl Drop for Unmark {
    fn drop(&mut self) {
        METER.with(|m| {
            m.mark.set(self.0);
            m.countdown.set(0);
        });
    }
}
