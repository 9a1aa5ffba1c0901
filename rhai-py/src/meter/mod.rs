//! What the running script has used, and whether it must stop: one meter a thread.
//!
//! Every Rhai operation asks `check`. Its cost decides the cost of a script, so the common path
//! is a handful of loads and compares; all else waits in `look_closer`.

mod call;
mod frame;

use std::cell::Cell;
use std::sync::RwLock;
use std::time::{Duration, Instant};

use rhai::Dynamic;

use crate::errors::Raised;
use crate::gil;
use crate::meter::frame::{Frame, STRIDE};
use crate::stack;

pub use call::{call, in_python, nesting, with_owner};

/// What a script may compute before other threads get Python's lock.
const PATIENCE: Duration = Duration::from_micros(50);
const SIGNALS_EVERY: Duration = Duration::from_millis(50);
/// Stack that one operation may use; beyond it, Rhai is recursing into a deeply nested value.
const NATIVE_RECURSION: usize = 64 * 1024;
/// Allocation size of a captured variable: two counters and the locked value.
const CELL_BYTES: usize = 2 * size_of::<usize>() + size_of::<RwLock<Dynamic>>();
/// Bytes that Rhai may be left to print when it ignores an error.
const PRINTABLE: usize = 256 * 1024 * 1024;
/// Rhai's strings are allocated on even addresses, Rust's on any; all else on multiples of four.
const TEXT_ALIGN: usize = 2;
/// Bytes that one operation may hash, about a second's work.
const HASHABLE: usize = 8 * 1024 * 1024 * 1024;

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

/// Bytes that the running call may still allocate.
pub fn memory_left() -> usize {
    METER.with(|m| usize::try_from(m.memory.get() - m.live.get()).unwrap_or(0))
}

/// The stop for what compiling made too large.
pub fn exhausted() -> Option<Stop> {
    (memory_left() == 0).then_some(Stop::Memory)
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

impl Meter {
    fn frame(&self) -> Option<&Frame> {
        // SAFETY: the frame is on the stack of a call that is still running.
        unsafe { self.frame.get().as_ref() }
    }

    #[cold]
    #[inline(never)]
    fn look_closer(&self, here: usize) -> Option<Stop> {
        if let Some(stop) = self.take_pending() {
            return Some(stop);
        }
        if self.live.get() > self.memory.get() || self.solid.get() > self.solid_bound.get() {
            return Some(Stop::Memory);
        }
        let frame = self.frame()?;
        let recursed = self.recursed.replace(false);
        if here < self.floor.get() || recursed || self.has_cells_past(frame.cells) {
            return Some(Stop::Stack);
        }
        if self.operations.get() > self.ceiling.get() {
            return Some(Stop::Operations);
        }
        self.countdown
            .set(frame::stride(self.live.get() - frame.start));
        if frame.cancelled() {
            return Some(Stop::Cancelled);
        }
        let now = Instant::now();
        let clock = frame.clock(now);
        if clock.deadline.is_some_and(|deadline| now >= deadline) {
            return Some(Stop::Timeout);
        }
        if now.saturating_duration_since(clock.started) > PATIENCE {
            gil::release();
        }
        self.check_signals(now)
    }

    /// Could a value print without end? Captured variables can form cycles, and an array can
    /// repeat one long text as often as it has room for.
    fn may_explode(&self) -> bool {
        let Some(frame) = self.frame() else {
            return false;
        };
        let places = (self.solid.get() - frame.start_solid).max(0) as usize / size_of::<Dynamic>();
        self.has_cells_past(frame.start_cells)
            || places.saturating_mul(self.largest_text()) > PRINTABLE
    }

    /// Are so many captured variables alive?
    fn has_cells_past(&self, most: isize) -> bool {
        if self.cells.get() > most {
            let owner = self.frame().and_then(Frame::owner);
            owner.inspect(|owner| owner.core().cells.forget_gone());
        }
        self.cells.get() > most
    }

    fn largest_text(&self) -> usize {
        self.text.get().max(1)
    }

    /// `switch` hashes a whole value in one operation, so where it is used, what an array can
    /// repeat is bounded by time.
    fn bound_solid(&self) {
        let switching = self.frame().filter(|frame| frame.switches.get());
        self.solid_bound.set(switching.map_or(isize::MAX, |frame| {
            let places = HASHABLE / self.largest_text();
            frame.start_solid + (places * size_of::<Dynamic>()) as isize
        }));
    }

    /// Let Ctrl-C in. Only the main thread hears signals; elsewhere this costs next to nothing.
    fn check_signals(&self, now: Instant) -> Option<Stop> {
        match self.signals.get() {
            Some(last) if now.saturating_duration_since(last) < SIGNALS_EVERY => return None,
            _ => self.signals.set(Some(now)),
        }
        let mark = self.mark.replace(0);
        let raised = gil::with_python(|py| {
            let raised = py.check_signals().err();
            raised.map(|err| Raised::new(py, err, 0))
        });
        self.mark.set(mark);
        let stop = Stop::Raised(raised?);
        // Rhai drops errors while it prints nested values; a signal must not get lost there.
        stop_soon(stop.clone());
        Some(stop)
    }

    fn take_pending(&self) -> Option<Stop> {
        let pending = self.pending.replace(std::ptr::null_mut());
        // SAFETY: only `stop_soon` sets the pointer, from a box; taking it empties the cell.
        (!pending.is_null()).then(|| *unsafe { Box::from_raw(pending) })
    }

    /// Make a call the innermost.
    fn enter(&self, frame: *const Frame) {
        self.frame.set(frame);
        let bounds = self.frame();
        self.memory.set(bounds.map_or(isize::MAX, |f| f.memory));
        self.floor.set(bounds.map_or(0, |f| f.floor));
        self.ceiling.set(bounds.map_or(u64::MAX, |f| f.operations));
        self.bound_solid();
    }
}
