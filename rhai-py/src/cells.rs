//! Captured variables of an engine's scripts, and the end of those that hold each other.
//!
//! A closure shares what it captures, in a cell that lives as long as something holds it. Cells
//! that hold each other would live for ever. So each is noted when it is made, and when a call
//! ends, those that nothing holds but each other are emptied.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};

use rhai::{Dynamic, Scope};

use crate::keeper::lock;
use crate::meter;
use crate::reach::{self, Cell};

/// Cells by the addresses of their values.
type Known = HashMap<usize, Weak<Cell>>;

/// What calls may leave behind before cells of earlier calls are looked at again.
const BYTES_TO_SWEEP: isize = 4 * 1024 * 1024;
const CELLS_TO_SWEEP: usize = 512;
/// Cells made in one call before those that are gone are forgotten.
const CELLS_TO_FORGET: usize = 64;

#[derive(Default)]
pub struct Cells {
    found: Mutex<Found>,
    any: AtomicBool,
}

#[derive(Default)]
struct Found {
    /// Made in this call.
    young: Known,
    /// Those that outlived the call which made them.
    old: Known,
    /// How many young ones are kept before those that are gone are forgotten.
    room: usize,
    /// Bytes that calls left behind since all cells were looked at.
    grown: isize,
    /// How many old ones are kept before all are looked at.
    due: usize,
}

impl Cells {
    /// Some variable of a running script may have been captured just now.
    #[cold]
    pub fn note(&self, scope: &Scope) {
        let shared = scope.iter_raw().filter(|(_, _, value)| value.is_shared());
        let mut found = lock(&self.found);
        for (_, _, value) in shared {
            found.note(value);
        }
        self.any.store(true, Ordering::Relaxed);
    }

    /// Forget the cells that are gone: their memory counts until then.
    pub fn forget_gone(&self) {
        let mut found = lock(&self.found);
        found.forget_young();
        found.old.retain(is_alive);
        found.due = 0;
    }

    /// A call ends that began with so many bytes: free what it left behind for nobody.
    ///
    /// Whether the cells of all calls were looked at.
    pub fn settle(&self, before: isize) -> bool {
        if !self.any.load(Ordering::Relaxed) {
            return false;
        }
        self.free(false);
        let mut found = lock(&self.found);
        found.grown = (found.grown + meter::holdings().bytes - before).max(0);
        let due = found.grown >= BYTES_TO_SWEEP || found.old.len() >= found.due;
        drop(found);
        if due {
            self.free(true);
        }
        due
    }

    /// Free what nobody holds, of all calls or of this one.
    pub fn free(&self, all: bool) {
        let cells = lock(&self.found).take(all);
        let held = reach::held(&cells);
        let (kept, gone): (Vec<_>, Vec<_>) = cells.into_iter().zip(held).partition(|c| c.1);
        let mut found = lock(&self.found);
        found.keep(kept.into_iter().map(|(cell, _)| cell), all);
        self.any.store(!found.old.is_empty(), Ordering::Relaxed);
        drop(found);
        // Dropping one value could run deep into the others, so all cells are emptied first.
        let values = gone.iter().map(|(cell, _)| reach::emptied(cell));
        drop(values.collect::<Vec<_>>());
    }
}

impl Drop for Cells {
    fn drop(&mut self) {
        self.free(true);
    }
}

impl Found {
    fn note(&mut self, value: &Dynamic) {
        let Some(address) = reach::address(value) else {
            return;
        };
        if self.young.contains_key(&address) || self.old.contains_key(&address) {
            return;
        }
        if self.young.len() >= self.room {
            self.forget_young();
        }
        let cell = reach::cell(value).map(|cell| (address, cell));
        self.young.extend(cell);
    }

    fn forget_young(&mut self) {
        self.young.retain(is_alive);
        self.room = 2 * self.young.len() + CELLS_TO_FORGET;
    }

    fn take(&mut self, all: bool) -> Vec<Arc<Cell>> {
        let mut known = std::mem::take(&mut self.young);
        self.room = CELLS_TO_FORGET;
        if all {
            known.extend(std::mem::take(&mut self.old));
        }
        known.values().filter_map(Weak::upgrade).collect()
    }

    fn keep(&mut self, cells: impl Iterator<Item = Arc<Cell>>, all: bool) {
        let known = |cell| (reach::address_in(&cell), Arc::downgrade(&cell));
        self.old.extend(cells.map(known));
        if all {
            self.grown = 0;
            self.due = 2 * self.old.len() + CELLS_TO_SWEEP;
        }
    }
}

fn is_alive(_: &usize, cell: &mut Weak<Cell>) -> bool {
    cell.strong_count() > 0
}
