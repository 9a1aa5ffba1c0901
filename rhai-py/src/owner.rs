//! Whom a running script belongs to: what a function pointer needs to be called later.

use std::sync::Arc;

use pyo3::prelude::*;
use rhai::{CallFnOptions, Dynamic, EvalAltResult, Scope, AST};

use crate::ast::Script;
use crate::engine_core::Core;
use crate::importer::Importer;
use crate::keeper::Keeper;
use crate::state::State;

#[derive(Clone)]
pub enum Owner {
    /// A script that an engine evaluated or called by itself.
    Script { core: Arc<Core>, ast: Arc<Script> },
    /// A script with its own state.
    Instance(Arc<State>),
}

impl Owner {
    pub fn core(&self) -> &Arc<Core> {
        match self {
            Owner::Script { core, .. } => core,
            Owner::Instance(state) => &state.core,
        }
    }

    pub fn ast(&self) -> &Arc<Script> {
        match self {
            Owner::Script { ast, .. } => ast,
            Owner::Instance(state) => &state.ast,
        }
    }

    fn importer(&self) -> Option<&Importer> {
        match self {
            Owner::Script { core, .. } => core.importer(),
            Owner::Instance(state) => state.importer(),
        }
    }

    /// Whether its scripts have a `switch`, and the largest text in them.
    pub fn traits(&self) -> (bool, usize) {
        let script = self.ast();
        match self.importer() {
            None => (script.switches, script.text),
            Some(importer) => (
                script.switches || importer.switches(),
                script.text.max(importer.text()),
            ),
        }
    }

    /// Where memory that outlives the call is counted. Refuses closed instances.
    pub fn keeper(&self, py: Python<'_>) -> PyResult<Option<&Keeper>> {
        match self {
            Owner::Script { .. } => Ok(None),
            Owner::Instance(state) => state.open(py).map(Some),
        }
    }

    /// A call has failed, and none is running.
    pub fn check_locks(&self) {
        if let Owner::Instance(state) = self {
            state.check_locks();
        }
    }

    /// Call a function pointer of this script. Must run inside a metered call.
    pub fn call_pointer(
        &self,
        pointer: &rhai::FnPtr,
        args: Vec<Dynamic>,
    ) -> Result<Dynamic, Box<EvalAltResult>> {
        match self {
            Owner::Script { core, ast } => pointer.call(&core.engine(ast), ast, args),
            Owner::Instance(state) => state.call_pointer(pointer, args),
        }
    }
}

/// Call a function by name, without an instance: the top level does not run again.
pub fn call_function(
    engine: &rhai::Engine,
    ast: &AST,
    name: &str,
    args: Vec<Dynamic>,
) -> Result<Dynamic, Box<EvalAltResult>> {
    let options = CallFnOptions::new().eval_ast(false);
    engine.call_fn_with_options(options, &mut Scope::new(), ast, name, args)
}
