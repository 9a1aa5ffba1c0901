//! One call from Python into a script: who may enter, within what, and what comes out.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::Ordering;

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use rhai::Dynamic;

use crate::callback;
use crate::convert::{Inward, Outward};
use crate::engine_core::Core;
use crate::errors;
use crate::gil;
use crate::keeper::Keeper;
use crate::meter;
use crate::owner::Owner;
use crate::package::Outcome;

impl Core {
    pub fn enter(&self, py: Python<'_>) -> PyResult<Inside<'_>> {
        let me = meter::thread();
        let entered = self
            .thread
            .compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed);
        match entered {
            Ok(_) => {
                self.cancelled.store(false, Ordering::Relaxed);
                Ok(Inside { core: Some(self) })
            }
            Err(thread) if thread == me => Ok(Inside { core: None }),
            Err(_) => Err(errors::plain(
                py,
                "EngineBusy",
                "another thread is running this engine; use one engine a thread",
            )),
        }
    }
}

/// Held while a thread is inside an engine; nested calls hold nothing.
pub struct Inside<'c> {
    core: Option<&'c Core>,
}

impl Inside<'_> {
    /// Does this thread run a script on this engine already?
    pub fn is_nested(&self) -> bool {
        self.core.is_none()
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        if let Some(core) = self.core {
            core.thread.store(0, Ordering::Release);
        }
    }
}

/// One call from Python into a script.
pub struct Entry<'a> {
    owner: &'a Owner,
    keeper: Option<&'a Keeper>,
    inside: Inside<'a>,
}

impl<'a> Entry<'a> {
    /// Refuses, with an exception, what nests too deeply or comes from a second thread.
    pub fn new(py: Python<'_>, owner: &'a Owner) -> PyResult<Self> {
        let core = owner.core();
        callback::check_nesting(py, core.budget.callback_depth)?;
        let inside = core.enter(py)?;
        let keeper = owner.keeper(py)?;
        Ok(Entry {
            owner,
            keeper,
            inside,
        })
    }

    pub fn owner(&self) -> &'a Owner {
        self.owner
    }

    /// Count what the call leaves behind against `keeper`.
    pub fn keeping(mut self, keeper: &'a Keeper) -> Self {
        self.keeper = Some(keeper);
        self
    }

    pub fn arguments<C: FromIterator<Dynamic>>(&self, args: &Bound<'_, PyTuple>) -> PyResult<C> {
        let memory = self.owner.core().budget.memory;
        args.iter_borrowed()
            .map(|arg| Inward::new(memory).convert(&arg))
            .collect()
    }

    /// Run a part of a script and convert its result. `name` is for the call stack.
    pub fn run<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        work: impl FnOnce() -> Outcome + Send,
    ) -> PyResult<Bound<'py, PyAny>> {
        let core = self.owner.core();
        let before = meter::holdings();
        let kept = self.keeper.map(Keeper::begin).unwrap_or_default();
        let owner = Some(self.owner);
        let result = meter::call(&core.budget, kept, &core.cancelled, owner, || {
            let outcome = gil::run(py, || catch_unwind(AssertUnwindSafe(work)));
            self.finish(py, name, outcome)
        });
        let swept = !self.inside.is_nested() && core.cells.settle(before.bytes);
        if let Some(keeper) = self.keeper {
            keeper.end(before, swept);
        }
        meter::forget_texts();
        result
    }

    /// Free what no script holds any more.
    pub fn free(&self) {
        if !self.inside.is_nested() {
            self.owner.core().cells.free(true);
        }
    }

    fn finish<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        outcome: std::thread::Result<Outcome>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let outcome = outcome.map(|outcome| outcome.or_else(errors::unless_exit));
        let pending = meter::take_pending();
        if !matches!(outcome, Ok(Ok(_))) && meter::nesting() == 1 {
            self.owner.check_locks();
        }
        match (outcome, pending) {
            (Ok(Ok(value)), None) => {
                let memory = self.owner.core().budget.memory;
                Outward::new(Some(self.owner), memory).convert(py, &value)
            }
            (Ok(Err(err)), None) => Err(errors::from_eval(py, *err, name, self.owner)),
            (Ok(Err(err)), Some(_)) if is_termination(&err) => {
                Err(errors::from_eval(py, *err, name, self.owner))
            }
            (Ok(Err(err)), Some(stop)) => {
                Err(errors::from_stopped(py, stop, *err, name, self.owner))
            }
            (Ok(Ok(_)), Some(stop)) => Err(errors::from_stop_alone(py, stop)),
            (Err(panic), _) => Err(errors::from_unwinding(py, panic)),
        }
    }
}

fn is_termination(err: &rhai::EvalAltResult) -> bool {
    matches!(err.unwrap_inner(), rhai::EvalAltResult::ErrorTerminated(..))
}
