//! `import`: modules that a host's resolver finds, compiled and run within the call that asks.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use pyo3::prelude::*;
use pyo3::types::PyString;
use rhai::{EvalAltResult, Module, ModuleResolver, Position, Scope};

use crate::ast::{Ast, Script};
use crate::engine_core::Core;
use crate::errors::{self, from_callback};
use crate::host::Slot;
use crate::keeper::lock;
use crate::meter::{self, Stop};
use crate::package::{stop_error, SharedModule};

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// The modules of one engine or one instance. Each is run once.
pub struct Importer {
    core: Weak<Core>,
    resolver: Arc<Slot>,
    loaded: Mutex<Loaded>,
    /// Whether some module has a `switch`, and the largest text in one: see `Script`.
    switches: AtomicBool,
    text: AtomicUsize,
}

#[derive(Default)]
struct Loaded {
    modules: HashMap<String, SharedModule>,
    /// The names whose modules are running now.
    loading: Vec<String>,
    bytes: isize,
}

/// What a resolver in Python answers.
enum Found {
    Nothing,
    Source(String),
    Script(Arc<Script>),
}

impl Importer {
    pub fn new(core: Weak<Core>, resolver: Arc<Slot>) -> Self {
        Importer {
            core,
            resolver,
            loaded: Mutex::default(),
            switches: AtomicBool::new(false),
            text: AtomicUsize::new(0),
        }
    }

    pub fn switches(&self) -> bool {
        self.switches.load(Ordering::Relaxed)
    }

    pub fn text(&self) -> usize {
        self.text.load(Ordering::Relaxed)
    }

    fn import(
        &self,
        engine: &rhai::Engine,
        name: &str,
        position: Position,
    ) -> Fallible<SharedModule> {
        if let Some(module) = lock(&self.loaded).modules.get(name) {
            return Ok(module.clone());
        }
        let core = self.core.upgrade().expect("a running script has an engine");
        let before = meter::holdings().bytes;
        let _loading = self.begin(&core, name, position)?;
        let script = self.load(&core, name, position)?;
        self.note(&script);
        let module = Module::eval_ast_as_new(Scope::new(), &script.ast, engine)
            .map_err(|err| in_module(script.source().unwrap_or(name), err, position))?;
        let bytes = meter::holdings().bytes - before;
        self.keep(&core, name, module.into(), bytes, position)
    }

    fn begin(&self, core: &Core, name: &str, position: Position) -> Fallible<Loading<'_>> {
        let mut loaded = lock(&self.loaded);
        if loaded.loading.iter().any(|other| other == name) {
            let what = format!("{name} (which is importing this one)");
            let err = EvalAltResult::ErrorModuleNotFound(what, position);
            return Err(in_module(name, err.into(), position));
        }
        if loaded.modules.len() + loaded.loading.len() >= core.budget.modules {
            return Err(EvalAltResult::ErrorTooManyModules(position).into());
        }
        loaded.loading.push(name.to_string());
        Ok(Loading(self))
    }

    fn load(&self, core: &Core, name: &str, position: Position) -> Fallible<Arc<Script>> {
        match self.find(name, position)? {
            Found::Nothing => Err(EvalAltResult::ErrorModuleNotFound(name.into(), position).into()),
            Found::Script(script) => Ok(script),
            Found::Source(source) => {
                let parsed = core.parse(&source, Some(name));
                if let Some(stop) = meter::take_pending().or_else(meter::exhausted) {
                    return Err(stop_error(stop, position));
                }
                let script = parsed.map_err(|err| in_module(name, err.into(), position))?;
                Ok(Arc::new(script))
            }
        }
    }

    fn find(&self, name: &str, position: Position) -> Fallible<Found> {
        meter::in_python(|py| {
            self.resolver
                .get(py)
                .and_then(|resolver| Found::read(&resolver.bind(py).call1((name,))?))
                .map_err(|err| from_callback(py, err, position))
        })
    }

    fn note(&self, script: &Script) {
        meter::note_text(script.text);
        self.text.fetch_max(script.text, Ordering::Relaxed);
        if script.switches {
            meter::switches();
            self.switches.store(true, Ordering::Relaxed);
        }
    }

    /// Modules outlive the call that imports them, so together they have one call's memory.
    fn keep(
        &self,
        core: &Core,
        name: &str,
        module: SharedModule,
        bytes: isize,
        position: Position,
    ) -> Fallible<SharedModule> {
        let mut loaded = lock(&self.loaded);
        loaded.bytes += bytes.max(0);
        if core.budget.memory.is_some_and(|most| loaded.bytes > most) {
            return Err(stop_error(Stop::Memory, position));
        }
        loaded.modules.insert(name.to_string(), module.clone());
        Ok(module)
    }
}

impl Found {
    fn read(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if value.is_none() {
            Ok(Found::Nothing)
        } else if let Ok(ast) = value.cast_exact::<Ast>() {
            Ok(Found::Script(ast.get().ast.clone()))
        } else if let Ok(text) = value.cast::<PyString>() {
            Ok(Found::Source(text.to_cow()?.into_owned()))
        } else {
            let expected = "a str, an AST or None from the resolver";
            Err(errors::wrong_type(expected, value))
        }
    }
}

/// Name the module that an error rose in. Scripts can catch what is so wrapped, so limits are not.
fn in_module(name: &str, mut err: Box<EvalAltResult>, position: Position) -> Box<EvalAltResult> {
    if err.is_system_exception() && !matches!(*err, EvalAltResult::ErrorParsing(..)) {
        err.set_position(position);
        return err;
    }
    EvalAltResult::ErrorInModule(name.into(), err, position).into()
}

/// Held while the innermost module runs.
struct Loading<'i>(&'i Importer);

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        lock(&self.0.loaded).loading.pop();
    }
}

/// Rhai's side of an importer.
pub struct Import(pub Arc<Importer>);

impl ModuleResolver for Import {
    fn resolve(
        &self,
        engine: &rhai::Engine,
        _: Option<&str>,
        name: &str,
        position: Position,
    ) -> Fallible<SharedModule> {
        self.0.import(engine, name, position)
    }
}
