//! `sleep`, which Rhai leaves to the system: ours wakes for the meter.

use std::time::{Duration, Instant};

use rhai::{Dynamic, NativeCallContext, INT};

use super::{id, stop_error, Guards, Outcome};
use crate::gil;
use crate::meter;

const NAP: Duration = Duration::from_millis(10);

impl Guards<'_> {
    pub(super) fn sleep(&mut self) {
        self.set("sleep", &[id::<INT>()], true, |context, args| {
            sleep(args[0].as_int()? as f64, &context)
        });
        self.set("sleep", &[id::<f64>()], true, |context, args| {
            sleep(args[0].as_float()?, &context)
        });
    }
}

/// Sleep, but wake for the deadline, a cancellation and Ctrl-C.
fn sleep(seconds: f64, context: &NativeCallContext) -> Outcome {
    let until = Duration::try_from_secs_f64(seconds.max(0.0))
        .ok()
        .and_then(|wait| Instant::now().checked_add(wait));
    gil::release();
    loop {
        if let Some(stop) = meter::look() {
            return Err(stop_error(stop, context.call_position()));
        }
        let left = until.map_or(NAP, |until| until.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            return Ok(Dynamic::UNIT);
        }
        std::thread::sleep(left.min(NAP));
    }
}
