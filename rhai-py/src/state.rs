//! `State`: what an instance keeps, apart from its Python object.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use rhai::{Caches, Dynamic, EvalAltResult, FnPtr, ImmutableString, Map, Module, Scope};

use crate::ast::Script;
use crate::engine_core::{Core, Extras};
use crate::errors;
use crate::evaluator::Evaluator;
use crate::importer::Importer;
use crate::keeper::{lock, Keeper};
use crate::meter;
use crate::owner::call_function;
use crate::package::{Outcome, SharedModule};

const BROKEN: &str =
    "the script was stopped while it changed its state: instantiate it again, with a saved state";

/// Modules by their aliases.
type Imports = Vec<(ImmutableString, SharedModule)>;

/// What an instance keeps, apart from its Python object.
pub struct State {
    pub core: Arc<Core>,
    pub ast: Arc<Script>,
    /// What functions see as `this`: a shared map, so that nested calls see the same one.
    pub this: Dynamic,
    extras: Mutex<Extras>,
    importer: Option<Arc<Importer>>,
    /// The engine with these extras, and the version of the core that it was built from.
    built: Mutex<Option<(u64, Arc<rhai::Engine>)>>,
    /// The top-level variables as shared cells.
    pub variables: Mutex<Scope<'static>>,
    /// Ready for the next call; a nested call makes its own.
    spare: Mutex<Option<Box<Evaluator>>>,
    pub keeper: Keeper,
    closed: AtomicBool,
    /// A script was stopped while it changed the state, which nobody can read any more.
    broken: AtomicBool,
}

impl State {
    pub fn new(core: Arc<Core>, ast: Arc<Script>, constants: Map, state: Map) -> Arc<Self> {
        let importer = core.new_importer();
        let state = State {
            this: Dynamic::from_map(state).into_shared(),
            extras: Mutex::new(Extras {
                constants: module_with(None, constants),
                imports: Imports::new(),
                importer: importer.clone(),
                captures: ast.captures,
            }),
            importer,
            built: Mutex::new(None),
            variables: Mutex::new(Scope::new()),
            spare: Mutex::new(None),
            keeper: Keeper::default(),
            closed: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            ast,
            core,
        };
        state.keeper.keep_text(meter::holdings().text);
        Arc::new(state)
    }

    /// Put another map in the place of the old; false while the script uses it.
    pub fn replace_this(&self, new: Map) -> bool {
        let mut this = self.this.clone();
        if this.is_locked() {
            return false;
        }
        let old = this
            .write_lock::<Dynamic>()
            .map(|mut cell| std::mem::replace(&mut *cell, Dynamic::from_map(new)));
        old.is_some()
    }

    pub fn open(&self, py: Python<'_>) -> PyResult<&Keeper> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(errors::plain(py, "RhaiError", "this instance is closed"));
        }
        match self.broken.load(Ordering::Relaxed) {
            true => Err(errors::plain(py, "RhaiError", BROKEN)),
            false => Ok(&self.keeper),
        }
    }

    /// A call has failed, and none is running: did it leave locks behind that nothing opens?
    pub fn check_locks(&self) {
        let variables = lock(&self.variables);
        let mut values = variables.iter_raw().map(|(_, _, value)| value);
        if self.this.is_locked() || values.any(Dynamic::is_locked) {
            self.broken.store(true, Ordering::Relaxed);
        }
    }

    fn engine(&self) -> Arc<rhai::Engine> {
        let version = self.core.version();
        let mut built = lock(&self.built);
        match &*built {
            Some((at, engine)) if *at == version => engine.clone(),
            _ => {
                let engine = Arc::new(self.core.build(&lock(&self.extras)));
                *built = Some((version, engine.clone()));
                engine
            }
        }
    }

    pub fn importer(&self) -> Option<&Importer> {
        self.importer.as_deref()
    }

    /// Run the top level; keep its variables, and its constants and imports where functions see
    /// them.
    pub fn run_top_level(&self) -> Outcome {
        let mut scope = Scope::new();
        let imports = self.run_statements(&mut scope)?;
        let mut variables = Scope::new();
        for (name, constant, value) in scope.iter_raw() {
            if constant {
                variables.push_constant_dynamic(name, value.clone());
            } else {
                variables.push_dynamic(name, value.clone().into_shared());
            }
        }
        self.publish(&variables, imports);
        *lock(&self.variables) = variables;
        Ok(Dynamic::UNIT)
    }

    /// What `run_ast_with_scope` does, but for telling what was imported.
    fn run_statements(&self, scope: &mut Scope) -> Result<Imports, Box<EvalAltResult>> {
        let engine = self.engine();
        let mut global = engine.new_global_runtime_state();
        global.source = self.ast.source().map(Into::into);
        global.lib.push(self.ast.shared_lib().clone());
        let (caches, statements) = (&mut Caches::new(), self.ast.statements());
        #[allow(deprecated)]
        let result = engine.eval_statements_raw(&mut global, caches, scope, statements);
        let _last = result.or_else(errors::unless_exit)?;
        let imports = global.scan_imports_raw();
        let named = imports.filter(|(alias, _)| !alias.is_empty());
        Ok(named
            .map(|(alias, module)| (alias.clone(), module.clone()))
            .collect())
    }

    fn publish(&self, variables: &Scope, imports: Imports) {
        let found: Map = variables
            .iter_raw()
            .filter(|(_, constant, _)| *constant)
            .map(|(name, _, value)| (name.into(), value.flatten_clone()))
            .collect();
        if found.is_empty() && imports.is_empty() {
            return;
        }
        let mut extras = lock(&self.extras);
        if !found.is_empty() {
            extras.constants = module_with(extras.constants.as_deref(), found);
        }
        extras.imports = imports;
        drop(extras);
        *lock(&self.built) = None;
        *lock(&self.spare) = None;
    }

    fn evaluator(&self) -> Box<Evaluator> {
        let version = self.core.version();
        let spare = lock(&self.spare).take();
        let make = || {
            Evaluator::new(
                version,
                self.engine(),
                &self.ast,
                lock(&self.variables).clone(),
            )
        };
        spare
            .filter(|spare| spare.version == version)
            .unwrap_or_else(make)
    }

    pub fn call(&self, name: &str, args: &mut [Dynamic]) -> Outcome {
        if self.this.is_locked() {
            // A function of the script that works on its state called Python, which calls here.
            let engine = self.engine();
            return call_function(&engine, &self.ast, name, args.to_vec());
        }
        let mut evaluator = self.evaluator();
        let result = evaluator.call(&self.ast, name, &mut self.this.clone(), args);
        *lock(&self.spare) = Some(evaluator);
        result
    }

    /// Script functions get `this`; a pointer to a host function has no use for it.
    pub fn call_pointer(&self, pointer: &FnPtr, args: Vec<Dynamic>) -> Outcome {
        let engine = self.engine();
        let arity = pointer.curry().len() + args.len();
        let library = self.ast.shared_lib();
        if library.get_script_fn(pointer.fn_name(), arity).is_some() {
            let mut this = self.this.clone();
            pointer.call_as_method(&engine, &self.ast, &mut this, args)
        } else {
            pointer.call(&engine, &self.ast, args)
        }
    }

    pub fn recount(&self) {
        if !self.keeper.is_due() {
            return;
        }
        *lock(&self.spare) = None;
        let variables = lock(&self.variables);
        let values = variables.iter_raw().map(|(_, _, value)| value);
        self.keeper.recount(values.chain([&self.this]));
    }

    pub fn has(&self, name: &str, arity: Option<usize>) -> bool {
        self.ast.iter_functions().any(|function| {
            function.name == name && arity.is_none_or(|arity| arity == function.params.len())
        })
    }

    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        *lock(&self.spare) = None;
        let variables = std::mem::take(&mut *lock(&self.variables));
        // Closures that captured each other keep each other alive; emptied cells do not.
        for (_, _, value) in variables.iter_raw() {
            empty(value.clone());
        }
        empty(self.this.clone());
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.close();
    }
}

fn empty(mut value: Dynamic) {
    if !value.is_shared() || value.is_locked() {
        return;
    }
    let content = value
        .write_lock::<Dynamic>()
        .map(|mut cell| std::mem::take(&mut *cell));
    drop(content);
}

/// Constants as a module, None for none.
fn module_with(old: Option<&Module>, values: Map) -> Option<SharedModule> {
    if values.is_empty() {
        return None;
    }
    let mut module = old.cloned().unwrap_or_default();
    for (name, value) in values {
        module.set_var(name.as_str(), value);
    }
    module.build_index();
    Some(module.into())
}
