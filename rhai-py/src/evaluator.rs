//! Calls of a script's functions by name, again and again.

use std::sync::Arc;

use rhai::{Caches, Dynamic, EvalAltResult, EvalContext, GlobalRuntimeState, Position, Scope, AST};
use smallvec::{smallvec, SmallVec};

use crate::package::Outcome;

/// What calls of functions need, and can use again: what a call finds out about the functions
/// that it calls serves the next.
pub struct Evaluator {
    pub version: u64,
    engine: Arc<rhai::Engine>,
    scope: Scope<'static>,
    global: GlobalRuntimeState,
    caches: Caches,
    /// Functions that the script is known to have.
    known: Vec<(String, usize)>,
}

impl Evaluator {
    /// For an engine of this version; functions see the variables in `scope`.
    pub fn new(
        version: u64,
        engine: Arc<rhai::Engine>,
        ast: &AST,
        scope: Scope<'static>,
    ) -> Box<Self> {
        let mut global = engine.new_global_runtime_state();
        global.lib.push(ast.shared_lib().clone());
        Box::new(Evaluator {
            version,
            engine,
            scope,
            global,
            caches: Caches::new(),
            known: Vec::new(),
        })
    }

    /// Call a function of the script with `this` bound.
    pub fn call(
        &mut self,
        ast: &AST,
        name: &str,
        this: &mut Dynamic,
        args: &mut [Dynamic],
    ) -> Outcome {
        if !self.knows(ast, name, args.len()) {
            return Err(EvalAltResult::ErrorFunctionNotFound(name.into(), Position::NONE).into());
        }
        self.evaluate(name, this, args).map_err(|err| match *err {
            EvalAltResult::ErrorInFunctionCall(called, _, inner, _) if called == name => inner,
            _ => err,
        })
    }

    fn knows(&mut self, ast: &AST, name: &str, arity: usize) -> bool {
        let known = self.known.iter().any(|(n, a)| n == name && *a == arity);
        if known || ast.shared_lib().get_script_fn(name, arity).is_none() {
            return known;
        }
        self.known.push((name.into(), arity));
        true
    }

    fn evaluate(&mut self, name: &str, this: &mut Dynamic, args: &mut [Dynamic]) -> Outcome {
        self.global.num_modules_loaded = 0;
        let caches = &mut self.caches;
        let scope = &mut self.scope;
        let mut context = EvalContext::new(&self.engine, &mut self.global, caches, scope, None);
        let mut all: SmallVec<[&mut Dynamic; 5]> = smallvec![this];
        all.extend(args);
        context.call_fn_raw(name, true, true, &mut all)
    }
}
