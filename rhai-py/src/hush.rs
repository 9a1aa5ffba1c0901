//! Panics of Rhai come out as exceptions; nobody needs them on stderr besides.

use std::panic::{set_hook, take_hook};

use crate::meter;

/// Say nothing of panics below a call into a script, and the rest as ever.
pub fn panics_of_scripts() {
    let before = take_hook();
    set_hook(Box::new(move |panic| {
        if meter::nesting() == 0 {
            before(panic);
        }
    }));
}
