//! What `check` leaves out of the common path.

use std::time::{Duration, Instant};

use rhai::Dynamic;

use super::frame::{self, Frame};
use super::{stop_soon, Meter, Stop};
use crate::errors::Raised;
use crate::gil;

/// What a script may compute before other threads get Python's lock.
const PATIENCE: Duration = Duration::from_micros(50);
const SIGNALS_EVERY: Duration = Duration::from_millis(50);
/// Bytes that Rhai may be left to print when it ignores an error.
const PRINTABLE: usize = 256 * 1024 * 1024;
/// Bytes that one operation may hash, about a second's work.
const HASHABLE: usize = 8 * 1024 * 1024 * 1024;

impl Meter {
    pub(super) fn frame(&self) -> Option<&Frame> {
        // SAFETY: the frame is on the stack of a call that is still running.
        unsafe { self.frame.get().as_ref() }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn look_closer(&self, here: usize) -> Option<Stop> {
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
    pub(super) fn may_explode(&self) -> bool {
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
    pub(super) fn bound_solid(&self) {
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

    pub(super) fn take_pending(&self) -> Option<Stop> {
        let pending = self.pending.replace(std::ptr::null_mut());
        // SAFETY: only `stop_soon` sets the pointer, from a box; taking it empties the cell.
        (!pending.is_null()).then(|| *unsafe { Box::from_raw(pending) })
    }

    /// Make a call the innermost.
    pub(super) fn enter(&self, frame: *const Frame) {
        self.frame.set(frame);
        let bounds = self.frame();
        self.memory.set(bounds.map_or(isize::MAX, |f| f.memory));
        self.floor.set(bounds.map_or(0, |f| f.floor));
        self.ceiling.set(bounds.map_or(u64::MAX, |f| f.operations));
        self.bound_solid();
    }
}
