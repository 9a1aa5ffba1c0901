//! Which captured variables something holds, besides other captured variables.
//!
//! What the cells of a group hold of each other is counted; a cell with more holders than that is
//! held from outside, and so is all that it leads to. What cannot be looked into only adds
//! holders that nobody accounts for, which is safe.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, Weak};

use rhai::{Dynamic, FnPtr, Locked};

/// A captured variable.
pub type Cell = Locked<Dynamic>;

/// Where the value of a cell lies, for a variable that is one; None while it is locked.
pub fn address(variable: &Dynamic) -> Option<usize> {
    if !variable.is_shared() {
        return None;
    }
    let value = variable.read_lock::<Dynamic>()?;
    Some(&raw const *value as usize)
}

pub fn address_in(cell: &Arc<Cell>) -> usize {
    Arc::as_ptr(cell) as usize + offset()
}

/// The cell that a variable is, without keeping it alive.
pub fn cell(variable: &Dynamic) -> Option<Weak<Cell>> {
    let cell = (address(variable)? - offset()) as *const Cell;
    // SAFETY: a shared value is an `Arc` of a cell, so says `Dynamic::from`, and this one is alive.
    let cell = unsafe {
        Arc::increment_strong_count(cell);
        Arc::from_raw(cell)
    };
    Some(Arc::downgrade(&cell))
}

/// What was in a cell.
pub fn emptied(cell: &Cell) -> Option<Dynamic> {
    cell.try_write()
        .ok()
        .map(|mut value| std::mem::take(&mut *value))
}

/// From the address of a cell to that of its value.
fn offset() -> usize {
    static OFFSET: OnceLock<usize> = OnceLock::new();
    *OFFSET.get_or_init(|| {
        let cell = Arc::new(Cell::new(Dynamic::UNIT));
        let whole = Arc::as_ptr(&cell) as usize;
        address(&Dynamic::from(cell)).expect("nobody locks it") - whole
    })
}

/// For each cell, whether something outside the group leads to it.
pub fn held(cells: &[Arc<Cell>]) -> Vec<bool> {
    // What a stopped script was changing is whole, if unfinished.
    cells.iter().for_each(|cell| cell.clear_poison());
    let places: HashMap<usize, usize> = cells.iter().map(address_in).zip(0..).collect();
    let leads: Vec<Vec<usize>> = cells.iter().map(|cell| leads(cell, &places)).collect();
    let mut holders: Vec<usize> = cells
        .iter()
        .map(|cell| Arc::strong_count(cell) - 1)
        .collect();
    for &place in leads.iter().flatten() {
        holders[place] = holders[place].saturating_sub(1);
    }
    let mut held = vec![false; cells.len()];
    let mut todo: Vec<usize> = (0..cells.len())
        .filter(|&place| holders[place] > 0)
        .collect();
    while let Some(place) = todo.pop() {
        if !std::mem::replace(&mut held[place], true) {
            todo.extend(&leads[place]);
        }
    }
    held
}

/// The cells of the group that the value in this one holds, once for each time.
fn leads(cell: &Cell, places: &HashMap<usize, usize>) -> Vec<usize> {
    let Ok(value) = cell.try_read() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut todo: Vec<*const Dynamic> = vec![&raw const *value];
    while let Some(value) = todo.pop() {
        // SAFETY: all of it lies in the cell, which is locked against change.
        let value = unsafe { &*value };
        match value.is_shared() {
            true => found.extend(address(value).and_then(|address| places.get(&address))),
            false => todo.extend(inside(value)),
        }
    }
    found
}

/// What a value holds that may hold more.
fn inside(value: &Dynamic) -> Vec<*const Dynamic> {
    if let Ok(array) = value.as_array_ref() {
        holders(array.iter())
    } else if let Ok(map) = value.as_map_ref() {
        holders(map.values())
    } else if let Some(pointer) = value.read_lock::<FnPtr>() {
        holders(pointer.iter_curry())
    } else {
        Vec::new()
    }
}

fn holders<'v>(values: impl Iterator<Item = &'v Dynamic>) -> Vec<*const Dynamic> {
    let holds = |value: &&Dynamic| {
        value.is_shared() || value.is_array() || value.is_map() || value.is_fnptr()
    };
    values.filter(holds).map(std::ptr::from_ref).collect()
}
