//! Calls one mod after the other, counts the time of each, and goes on when one raises.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// After how long other threads may run: what Python's own loop gives them.
const PATIENCE: Duration = Duration::from_millis(5);

/// What one mod used: `nanos` of `round`, and nothing of any other.
#[pyclass(frozen, module = "turn_call._turn_call")]
struct Share {
    here: AtomicBool,
    round: AtomicU64,
    nanos: AtomicU64,
}

impl Share {
    fn add(&self, round: u64, used: Duration) {
        let before = match self.round.load(Relaxed) == round {
            true => self.nanos.load(Relaxed),
            false => 0,
        };
        self.nanos.store(before + used.as_nanos() as u64, Relaxed);
        self.round.store(round, Relaxed);
    }
}

#[pymethods]
impl Share {
    #[new]
    fn new() -> Self {
        Share {
            here: AtomicBool::new(true),
            round: AtomicU64::new(0),
            nanos: AtomicU64::new(0),
        }
    }

    #[getter]
    fn here(&self) -> bool {
        self.here.load(Relaxed)
    }

    #[setter]
    fn set_here(&self, here: bool) {
        self.here.store(here, Relaxed);
    }

    fn seconds(&self, round: u64) -> f64 {
        match self.round.load(Relaxed) == round {
            true => Duration::from_nanos(self.nanos.load(Relaxed)).as_secs_f64(),
            false => 0.0,
        }
    }
}

/// A mod, what calls it, and its share.
type Cue = (Py<PyAny>, Py<PyAny>, Py<Share>);

/// Who is called, in this order.
#[pyclass(frozen, generic, module = "turn_call._turn_call")]
struct Cast {
    cues: Vec<Cue>,
}

#[pymethods]
impl Cast {
    #[new]
    fn new(cues: Vec<Cue>) -> Self {
        Cast { cues }
    }

    #[pyo3(signature = (args, round, seconds, raised, without=None))]
    fn call<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        round: u64,
        seconds: f64,
        raised: &Bound<'py, PyAny>,
        without: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(f64, Vec<&Py<PyAny>>)> {
        let until = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX);
        let began = Instant::now();
        let mut used = Duration::ZERO;
        let mut alone = PATIENCE;
        let mut cues = self
            .cues
            .iter()
            .filter(|(who, ..)| !without.is_some_and(|without| who.is(without)));
        while used < until {
            let Some((who, run, share)) = cues.next() else {
                break;
            };
            let share = share.get();
            if !share.here.load(Relaxed) {
                continue;
            }
            if let Err(error) = run.bind(py).call1(args) {
                raised.call1((who, error))?;
            }
            let now = began.elapsed();
            share.add(round, now - used);
            used = now;
            if used > alone {
                py.detach(|| ());
                py.check_signals()?;
                alone = used + PATIENCE;
            }
        }
        let left_out = cues.map(|(who, ..)| who).collect();
        Ok((used.as_secs_f64(), left_out))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        for (who, run, share) in &self.cues {
            visit.call(who)?;
            visit.call(run)?;
            visit.call(share)?;
        }
        Ok(())
    }
}

/// See `python/turn_call/_turn_call.pyi`.
#[pymodule]
mod _turn_call {
    #[pymodule_export]
    use crate::{Cast, Share};
}
