//! `Frame`: what one call into Rhai may use. The frames of nested calls form a list.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::limits::Budget;
use crate::meter::Holdings;
use crate::owner::Owner;
use crate::stack;

/// Operations between two looks at the clock.
pub const STRIDE: u32 = 128;
/// The same while much data is alive, because one operation may then take milliseconds.
const HEAVY_STRIDE: u32 = 8;
const HEAVY_BYTES: isize = 1024 * 1024;
/// Stack that dropping one link in a chain of captured variables takes, generously.
const BYTES_PER_LINK: usize = 2048;

pub struct Frame {
    pub memory: isize,
    pub cells: isize,
    pub operations: u64,
    pub floor: usize,
    pub start: isize,
    pub start_cells: isize,
    pub start_solid: isize,
    pub switches: Cell<bool>,
    pub nesting: u32,
    timeout: Option<Duration>,
    clock: Cell<Option<Clock>>,
    flag: *const AtomicBool,
    owner: *const Owner,
    outer: *const Frame,
}

/// When the call began, near enough, and when it must end.
#[derive(Clone, Copy)]
pub struct Clock {
    pub started: Instant,
    pub deadline: Option<Instant>,
}

/// Operations to the next look at the clock, when so many bytes are alive.
pub fn stride(alive: isize) -> u32 {
    match alive > HEAVY_BYTES {
        true => HEAVY_STRIDE,
        false => STRIDE,
    }
}

impl Frame {
    /// The bounds of a call inside `outer`: never wider.
    pub fn new(
        outer: Option<&Frame>,
        budget: &Budget,
        kept: Holdings,
        now: Holdings,
        operations: u64,
    ) -> Self {
        let cells = now.cells - kept.cells + (stack::room() / BYTES_PER_LINK) as isize;
        let memory = budget.memory.map(|most| now.bytes + most - kept.bytes);
        let most = budget
            .operations
            .map(|more| operations.saturating_add(more));
        if let Some(outer) = outer {
            outer.start_clock();
        }
        Frame {
            memory: memory
                .unwrap_or(isize::MAX)
                .min(outer.map_or(isize::MAX, |f| f.memory)),
            cells: cells.min(outer.map_or(isize::MAX, |f| f.cells)),
            operations: most
                .unwrap_or(u64::MAX)
                .min(outer.map_or(u64::MAX, |f| f.operations)),
            floor: stack::floor(),
            start: now.bytes - kept.bytes,
            start_cells: now.cells - kept.cells,
            start_solid: now.solid - kept.solid,
            switches: Cell::new(outer.is_some_and(|f| f.switches.get())),
            nesting: outer.map_or(0, |f| f.nesting) + 1,
            timeout: budget.timeout,
            clock: Cell::new(None),
            flag: std::ptr::null(),
            owner: std::ptr::null(),
            outer: outer.map_or(std::ptr::null(), std::ptr::from_ref),
        }
    }

    /// Whose call it is and what cancels it; both must outlive the frame.
    pub fn of(self, flag: &AtomicBool, owner: Option<&Owner>, switches: bool) -> Self {
        self.switches.set(self.switches.get() || switches);
        Frame {
            flag,
            owner: owner.map_or(std::ptr::null(), std::ptr::from_ref),
            ..self
        }
    }

    pub fn owner(&self) -> Option<&Owner> {
        // SAFETY: the owner outlives the frame.
        unsafe { self.owner.as_ref() }
    }

    fn outer(&self) -> Option<&Frame> {
        // SAFETY: the outer frame lies further up on the same stack.
        unsafe { self.outer.as_ref() }
    }

    /// The clock, which starts at the first look: most calls end before it.
    pub fn clock(&self, now: Instant) -> Clock {
        self.clock.get().unwrap_or_else(|| {
            let outer = self.outer().and_then(|outer| outer.clock(now).deadline);
            let own = self.timeout.map(|timeout| now + timeout);
            let deadline = match (outer, own) {
                (Some(outer), Some(own)) => Some(outer.min(own)),
                (outer, own) => outer.or(own),
            };
            let clock = Clock {
                started: now,
                deadline,
            };
            self.clock.set(Some(clock));
            clock
        })
    }

    /// From here on time passes, whoever spends it.
    pub fn start_clock(&self) {
        if self.clock.get().is_none() {
            self.clock(Instant::now());
        }
    }

    pub fn cancelled(&self) -> bool {
        let mut frame = Some(self);
        while let Some(inner) = frame {
            // SAFETY: the flag belongs to an engine that outlives the frame.
            if unsafe { inner.flag.as_ref() }.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
                return true;
            }
            frame = inner.outer();
        }
        false
    }
}
