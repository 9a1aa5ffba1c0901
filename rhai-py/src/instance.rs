//! `Instance`: a script with the state that it keeps.

use std::sync::Arc;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use rhai::{Dynamic, Map};
use smallvec::SmallVec;

use crate::ast::Script;
use crate::convert::{Inward, Outward};
use crate::engine_core::Core;
use crate::entry::Entry;
use crate::errors;
use crate::host::Functions;
use crate::keeper::lock;
use crate::meter;
use crate::owner::Owner;
use crate::scope::ScopeBase;
use crate::state::State;

fn map(values: Option<&Bound<'_, PyDict>>, memory: Option<isize>) -> PyResult<Map> {
    let Some(values) = values else {
        return Ok(Map::new());
    };
    let converted = Inward::new(memory).convert(values)?;
    Ok(converted.cast::<Map>())
}

/// A script that ran once and keeps its state. Made by `Engine.instantiate`.
///
/// Functions see the state as `this`, a map; closures keep what they captured.
#[pyclass(frozen, module = "rhai")]
pub struct Instance {
    owner: Owner,
    functions: Py<Functions>,
}

impl Instance {
    pub fn start(
        py: Python<'_>,
        core: Arc<Core>,
        ast: Arc<Script>,
        constants: Option<&Bound<'_, PyDict>>,
        state: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let memory = core.budget.memory;
        let state = State::new(core, ast, map(constants, memory)?, map(state, memory)?);
        let owner = Owner::Instance(state.clone());
        Entry::new(py, &owner)?.run(py, "<script>", || state.run_top_level())?;
        let functions = owner.core().functions.find(py);
        Ok(Instance { owner, functions })
    }

    fn inner(&self) -> &Arc<State> {
        match &self.owner {
            Owner::Instance(state) => state,
            Owner::Script { .. } => unreachable!("an instance owns itself"),
        }
    }
}

#[pymethods]
impl Instance {
    /// Call a function of the script and return its result.
    ///
    /// Raises FunctionNotFound when there is no such function; what else `Engine.eval` raises.
    #[pyo3(signature = (name, *args))]
    fn call<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let entry = Entry::new(py, &self.owner)?;
        let mut args: SmallVec<[Dynamic; 4]> = entry.arguments(args)?;
        let state = self.inner();
        let result = entry.run(py, name, || state.call(name, &mut args));
        state.recount();
        result
    }

    /// As `call`, in a thread: `await mod.acall("f", 1)`. Cancelling the task stops the script.
    ///
    /// One call at a time may be inside an engine; a second raises EngineBusy.
    #[pyo3(signature = (name, *args))]
    fn acall<'py>(
        slf: &Bound<'py, Self>,
        name: &str,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let acall = slf.py().import("rhai.aio")?.getattr("acall")?;
        acall.call1((slf, name, args))
    }

    /// Stop the script that runs on this instance's engine, as `Engine.cancel` does.
    fn cancel(&self) {
        self.owner.core().cancel();
    }

    /// Whether the script defines a function; with `arity`, one with so many parameters.
    #[pyo3(signature = (name, arity=None))]
    fn has(&self, name: &str, arity: Option<usize>) -> bool {
        self.inner().has(name, arity)
    }

    /// The state map as a copy; assign a dict to replace it, as on a hot reload.
    #[getter]
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let entry = Entry::new(py, &self.owner)?;
        entry.read(py, &self.inner().this)
    }

    #[setter]
    fn set_state(&self, py: Python<'_>, state: &Bound<'_, PyDict>) -> PyResult<()> {
        let inner = self.inner();
        let entry = Entry::new(py, &self.owner)?;
        let new = map(Some(state), inner.core.budget.memory)?;
        inner.keeper.keep_text(meter::holdings().text);
        if !inner.replace_this(new) {
            return Err(errors::plain(
                py,
                "RhaiError",
                "the script is using its state",
            ));
        }
        entry.free();
        Ok(())
    }

    /// The top-level variables and constants. Setting a variable here changes the script's.
    #[getter]
    fn scope<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let inner = self.inner();
        inner.open(py)?;
        ScopeBase::present(py, lock(&inner.variables).clone(), self.owner.clone())
    }

    /// The compiled script's name, or None.
    #[getter]
    fn name(&self) -> Option<&str> {
        self.inner().ast.source()
    }

    /// Free the state. Later calls, also through FnPtr, raise RhaiError.
    ///
    /// Harmless when repeated.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let entry = match self.inner().open(py) {
            Ok(_) => Entry::new(py, &self.owner)?,
            Err(_) => return Ok(()),
        };
        self.inner().close();
        entry.free();
        Ok(())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.functions)
    }

    fn __repr__(&self) -> String {
        format!(
            "<rhai.Instance {}>",
            self.inner().ast.source().unwrap_or("<script>")
        )
    }
}

impl Entry<'_> {
    /// Convert a value that the script keeps.
    fn read<'py>(&self, py: Python<'py>, value: &Dynamic) -> PyResult<Bound<'py, PyAny>> {
        Outward::new(Some(self.owner()), self.owner().core().budget.memory).convert(py, value)
    }
}
