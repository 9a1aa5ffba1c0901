//! `Instance`: a script with the state that it keeps.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use rhai::{
    Caches, Dynamic, EvalAltResult, EvalContext, FnPtr, GlobalRuntimeState, ImmutableString, Map,
    Module, Position, Scope, AST,
};
use smallvec::{smallvec, SmallVec};

use crate::ast::Script;
use crate::convert::{Inward, Outward};
use crate::engine_core::{Core, Extras};
use crate::entry::Entry;
use crate::errors;
use crate::host::Functions;
use crate::importer::Importer;
use crate::keeper::{lock, Keeper};
use crate::meter;
use crate::owner::Owner;
use crate::package::{Outcome, SharedModule};
use crate::scope::ScopeBase;

/// Modules by their aliases.
type Imports = Vec<(ImmutableString, SharedModule)>;

/// What calls of functions need, and can use again: what a call finds out about the functions
/// that it calls is half of its cost.
struct Evaluator {
    version: u64,
    engine: Arc<rhai::Engine>,
    scope: Scope<'static>,
    global: GlobalRuntimeState,
    caches: Caches,
    /// Functions that the script is known to have.
    known: Vec<(String, usize)>,
}

/// What an instance keeps, apart from its Python object.
pub struct State {
    pub core: Arc<Core>,
    pub ast: Arc<Script>,
    /// What functions see as `this`: a shared map, so that nested calls see the same one.
    this: Dynamic,
    extras: Mutex<Extras>,
    importer: Option<Arc<Importer>>,
    /// The engine with these extras, and the version of the core that it was built from.
    built: Mutex<Option<(u64, Arc<rhai::Engine>)>>,
    /// The top-level variables as shared cells.
    variables: Mutex<Scope<'static>>,
    /// Ready for the next call; a nested call makes its own.
    spare: Mutex<Option<Box<Evaluator>>>,
    keeper: Keeper,
    closed: AtomicBool,
}

impl Evaluator {
    fn knows(&mut self, ast: &AST, name: &str, arity: usize) -> bool {
        let known = self.known.iter().any(|(n, a)| n == name && *a == arity);
        if known || ast.shared_lib().get_script_fn(name, arity).is_none() {
            return known;
        }
        self.known.push((name.into(), arity));
        true
    }

    fn call(&mut self, name: &str, this: &mut Dynamic, args: &mut [Dynamic]) -> Outcome {
        self.global.num_modules_loaded = 0;
        let caches = &mut self.caches;
        let scope = &mut self.scope;
        let mut context = EvalContext::new(&self.engine, &mut self.global, caches, scope, None);
        let mut all: SmallVec<[&mut Dynamic; 5]> = smallvec![this];
        all.extend(args);
        context.call_fn_raw(name, true, true, &mut all)
    }
}

impl State {
    pub fn open(&self, py: Python<'_>) -> PyResult<&Keeper> {
        match self.closed.load(Ordering::Relaxed) {
            true => Err(errors::plain(py, "RhaiError", "this instance is closed")),
            false => Ok(&self.keeper),
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
    fn run_top_level(&self) -> Outcome {
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
        let _last = engine.eval_statements_raw(&mut global, caches, scope, statements)?;
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
        spare
            .filter(|spare| spare.version == version)
            .unwrap_or_else(|| {
                let engine = self.engine();
                let mut global = engine.new_global_runtime_state();
                global.lib.push(self.ast.shared_lib().clone());
                Box::new(Evaluator {
                    version,
                    engine,
                    scope: lock(&self.variables).clone(),
                    global,
                    caches: Caches::new(),
                    known: Vec::new(),
                })
            })
    }

    fn call(&self, name: &str, args: &mut [Dynamic]) -> Outcome {
        let mut evaluator = self.evaluator();
        if !evaluator.knows(&self.ast, name, args.len()) {
            return Err(EvalAltResult::ErrorFunctionNotFound(name.into(), Position::NONE).into());
        }
        let result = evaluator.call(name, &mut self.this.clone(), args);
        *lock(&self.spare) = Some(evaluator);
        result.or_else(|err| match *err {
            EvalAltResult::Exit(value, _) => Ok(value),
            EvalAltResult::ErrorInFunctionCall(called, _, inner, _) if called == name => Err(inner),
            _ => Err(err),
        })
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

    fn recount(&self) {
        if !self.keeper.is_due() {
            return;
        }
        *lock(&self.spare) = None;
        let variables = lock(&self.variables);
        let values = variables.iter_raw().map(|(_, _, value)| value);
        self.keeper.recount(values.chain([&self.this]));
    }

    fn has(&self, name: &str, arity: Option<usize>) -> bool {
        self.ast.iter_functions().any(|function| {
            function.name == name && arity.is_none_or(|arity| arity == function.params.len())
        })
    }

    fn close(&self) {
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

fn map(values: Option<&Bound<'_, PyDict>>, memory: Option<isize>) -> PyResult<Map> {
    let Some(values) = values else {
        return Ok(Map::new());
    };
    let converted = Inward::new(memory).convert(values)?;
    Ok(converted.cast::<Map>())
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
        let importer = core.new_importer();
        let state = Arc::new(State {
            ast,
            this: Dynamic::from_map(map(state, memory)?).into_shared(),
            extras: Mutex::new(Extras {
                constants: module_with(None, map(constants, memory)?),
                imports: Imports::new(),
                importer: importer.clone(),
            }),
            importer,
            built: Mutex::new(None),
            variables: Mutex::new(Scope::new()),
            spare: Mutex::new(None),
            keeper: Keeper::default(),
            closed: AtomicBool::new(false),
            core,
        });
        state.keeper.keep_text(meter::holdings().text);
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
        let _entry = Entry::new(py, &self.owner)?;
        let new = Dynamic::from_map(map(Some(state), inner.core.budget.memory)?);
        inner.keeper.keep_text(meter::holdings().text);
        let mut this = inner.this.clone();
        let old = match this.is_locked() {
            true => None,
            false => this
                .write_lock::<Dynamic>()
                .map(|mut cell| std::mem::replace(&mut *cell, new)),
        };
        match old {
            Some(_) => Ok(()),
            None => Err(errors::plain(
                py,
                "RhaiError",
                "the script is using its state",
            )),
        }
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

    /// Free the state. Later calls, also through FnPtr, raise RhaiError. Harmless when repeated.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let _entry = match self.inner().open(py) {
            Ok(_) => Entry::new(py, &self.owner)?,
            Err(_) => return Ok(()),
        };
        self.inner().close();
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
