//! What a scope or an instance keeps between calls, and counts against its memory.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rhai::Dynamic;

use crate::meter::{self, Holdings};
use crate::weigh::census;

/// Lock without caring for panics: every value behind these locks is whole at all times.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Growth in bytes and cells after which an estimate is checked against the values themselves.
const BYTES_TO_RECOUNT: isize = 4 * 1024 * 1024;
const CELLS_TO_RECOUNT: isize = 512;
/// Containers take more than the sum of their elements.
const OVERHEAD: isize = 2;

#[derive(Default)]
pub struct Keeper {
    account: Mutex<Account>,
    due: AtomicBool,
}

#[derive(Default)]
struct Account {
    kept: Holdings,
    counted: Holdings,
    /// Calls that are running; only the outermost settles.
    running: u32,
}

impl Keeper {
    /// A call begins: what counts against its memory already.
    pub fn begin(&self) -> Holdings {
        let mut account = lock(&self.account);
        account.running += 1;
        match account.running {
            1 => account.kept,
            _ => Holdings::default(),
        }
    }

    /// A text of this size is kept.
    pub fn keep_text(&self, size: usize) {
        let mut account = lock(&self.account);
        account.kept.text = account.kept.text.max(size);
    }

    /// A call ends that began with `before` on this thread. `swept`: cells were freed or forgotten.
    pub fn end(&self, before: Holdings, swept: bool) {
        let now = meter::holdings();
        let mut account = lock(&self.account);
        account.running -= 1;
        if account.running == 0 {
            account.kept.bytes = (account.kept.bytes + now.bytes - before.bytes).max(0);
            account.kept.solid = (account.kept.solid + now.solid - before.solid).max(0);
            account.kept.text = account.kept.text.max(now.text);
            account.kept.cells = (account.kept.cells + now.cells - before.cells).max(0);
        }
        let due = swept
            || account.kept.bytes - account.counted.bytes >= BYTES_TO_RECOUNT
            || account.kept.cells - account.counted.cells >= CELLS_TO_RECOUNT;
        self.due.store(due, Ordering::Relaxed);
    }

    /// Differences also see what only passed through: is it time to `recount`?
    pub fn is_due(&self) -> bool {
        self.due.load(Ordering::Relaxed)
    }

    /// Count what is there.
    pub fn recount<'a>(&self, values: impl Iterator<Item = &'a Dynamic>) {
        let mut account = lock(&self.account);
        if let Some((bytes, cells)) = census(values) {
            account.kept.bytes = account.kept.bytes.min(bytes as isize * OVERHEAD);
            account.kept.solid = account.kept.solid.min(account.kept.bytes);
            account.kept.cells = account.kept.cells.min(cells as isize);
        }
        account.counted = account.kept;
    }
}
