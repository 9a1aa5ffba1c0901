//! `Core`: what an engine is, apart from its Python object: settings, host functions, compiling.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use pyo3::prelude::*;
use rhai::{
    FnNamespace, ImmutableString, LexError, Module, OptimizationLevel, ParseError, Scope, Token,
};

use crate::ast::Script;
use crate::callback::{self, Callback};
use crate::errors;
use crate::gil;
use crate::host::{Slot, Whereabouts};
use crate::importer::{Import, Importer};
use crate::keeper::lock;
use crate::limits::Budget;
use crate::meter;
use crate::package::{self, SharedModule};
use crate::survey::Survey;

/// Strings that compiling remembers.
const INTERNED: usize = 256;

/// What an engine is, apart from its Python object.
pub struct Core {
    pub budget: Budget,
    pub functions: Whereabouts,
    me: Weak<Core>,
    options: Options,
    /// The modules that scripts without an instance import.
    importer: Option<Arc<Importer>>,
    host: Mutex<Host>,
    /// Built when first needed and after each registration.
    built: Mutex<Option<Arc<rhai::Engine>>>,
    version: AtomicU64,
    /// The thread that is inside, or 0.
    pub thread: AtomicUsize,
    pub cancelled: AtomicBool,
}

/// What the engine of one instance has besides.
#[derive(Default)]
pub struct Extras {
    pub constants: Option<SharedModule>,
    /// The modules that the top level imported, by alias.
    pub imports: Vec<(ImmutableString, SharedModule)>,
    pub importer: Option<Arc<Importer>>,
}

/// The registered functions, and the module made from them when first needed.
#[derive(Default)]
struct Host {
    callbacks: Vec<Callback>,
    /// Static modules, by name.
    modules: Vec<(String, SharedModule)>,
    module: Option<SharedModule>,
}

impl Host {
    /// None while there is nothing to offer.
    fn module(&mut self, disable: &[String], memory: Option<isize>) -> Option<SharedModule> {
        if self.module.is_none() && !(self.callbacks.is_empty() && disable.is_empty()) {
            let mut module = Module::new();
            for name in disable {
                callback::disable(&mut module, name);
            }
            for callback in &self.callbacks {
                callback.register(&mut module, memory, FnNamespace::Global);
            }
            self.module = Some(module.into());
        }
        self.module.clone()
    }
}

pub struct Options {
    pub print: Arc<Slot>,
    pub debug: Arc<Slot>,
    pub resolver: Option<Arc<Slot>>,
    pub optimize: OptimizationLevel,
    pub strict_variables: bool,
    pub disable: Vec<String>,
}

impl Core {
    pub fn new(budget: Budget, functions: Whereabouts, options: Options) -> Arc<Self> {
        Arc::new_cyclic(|me| Core {
            importer: importer(me, &options),
            me: me.clone(),
            budget,
            functions,
            options,
            host: Mutex::default(),
            built: Mutex::new(None),
            version: AtomicU64::new(0),
            thread: AtomicUsize::new(0),
            cancelled: AtomicBool::new(false),
        })
    }

    /// The Rhai engine without what belongs to any instance.
    pub fn engine(&self) -> Arc<rhai::Engine> {
        let build = || {
            let extras = Extras {
                importer: self.importer.clone(),
                ..Extras::default()
            };
            Arc::new(self.build(&extras))
        };
        lock(&self.built).get_or_insert_with(build).clone()
    }

    pub fn importer(&self) -> Option<&Importer> {
        self.importer.as_deref()
    }

    /// For an instance, which runs modules for itself.
    pub fn new_importer(&self) -> Option<Arc<Importer>> {
        importer(&self.me, &self.options)
    }

    /// Stop the script that runs.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Changes with every registration.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Settings and shared modules; this costs about a microsecond.
    pub fn build(&self, extras: &Extras) -> rhai::Engine {
        let mut engine = rhai::Engine::new_raw();
        for module in package::modules() {
            engine.register_global_module(module);
        }
        if let Some(host) = self.host_module() {
            engine.register_global_module(host);
        }
        for (name, module) in &lock(&self.host).modules {
            engine.register_static_module(name, module.clone());
        }
        extras.apply(&mut engine);
        self.budget.apply(&mut engine);
        engine.on_progress(meter::check);
        #[allow(deprecated)]
        engine.on_parse_token(|token, _, _| {
            if token == Token::Switch {
                meter::switches();
            }
            checked(token)
        });
        self.options.apply(&mut engine);
        engine
    }

    fn host_module(&self) -> Option<SharedModule> {
        lock(&self.host).module(&self.options.disable, self.budget.memory)
    }

    pub fn compile(
        &self,
        py: Python<'_>,
        source: &str,
        name: Option<&str>,
    ) -> PyResult<Arc<Script>> {
        callback::check_nesting(py, self.budget.callback_depth)?;
        let _inside = self.enter(py)?;
        meter::forget_texts();
        let none = meter::Holdings::default();
        let compiled = meter::call(&self.budget, none, &self.cancelled, None, || {
            let parse = || self.parse(source, name);
            let compiled = gil::run(py, || catch_unwind(AssertUnwindSafe(parse)));
            let stop = meter::take_pending().or_else(meter::exhausted);
            (compiled, stop)
        });
        match compiled {
            (_, Some(stop)) => Err(errors::from_stop_alone(py, stop)),
            (Err(panic), _) => Err(errors::from_unwinding(py, panic)),
            (Ok(Err(err)), _) => Err(errors::from_parse(py, &err, name)),
            (Ok(Ok(script)), _) => Ok(Arc::new(script)),
        }
    }

    /// Parse, then optimise if the tokens say that this is safe. Must run inside a metered call.
    ///
    /// Names repeat within a script: sharing them saves a quarter of its memory. The table that
    /// finds them again would cost as much, so it goes with this engine.
    pub fn parse(&self, source: &str, name: Option<&str>) -> Result<Script, ParseError> {
        let mut engine = self.build(&Extras::default());
        let survey = Arc::new(Mutex::new(Survey::default()));
        let seen = survey.clone();
        engine.set_max_strings_interned(INTERNED);
        #[allow(deprecated)]
        engine.on_parse_token(move |token, _, _| match lock(&seen).see(&token) {
            true => checked(token),
            false => Token::LexError(LexError::Runtime(TOO_MANY.into()).into()),
        });
        let ast = engine.compile(source)?;
        let survey = lock(&survey);
        let mut ast = match survey.allows_optimising() {
            true => {
                gil::release();
                engine.optimize_ast(&Scope::new(), ast, self.options.optimize)
            }
            false => ast,
        };
        if let Some(name) = name {
            ast.set_source(name);
        }
        Ok(Script {
            ast,
            switches: survey.switches,
            text: meter::holdings().text,
        })
    }

    /// Offer one more function. No script must be running.
    pub fn add(&self, callback: Callback) {
        let mut host = lock(&self.host);
        host.callbacks.push(callback);
        host.module = None;
        self.renew();
    }

    /// Offer one more static module. No script must be running.
    pub fn add_module(&self, name: &str, mut module: Module) {
        module.set_id(name);
        lock(&self.host)
            .modules
            .push((name.to_string(), module.into()));
        self.renew();
    }

    fn renew(&self) {
        *lock(&self.built) = None;
        self.version.fetch_add(1, Ordering::AcqRel);
    }

    /// The registered functions as scripts see them, one line an overload, sorted.
    pub fn signatures(&self) -> Vec<String> {
        let Some(host) = self.host_module() else {
            return Vec::new();
        };
        let disable = &self.options.disable;
        let mut lines: Vec<String> = host
            .gen_fn_signatures_with_mapper(|name| name.into())
            .filter(|line| !disable.iter().any(|name| starts(line, name)))
            .collect();
        lines.sort();
        lines.dedup();
        lines
    }
}

/// Is this the signature of a function of this name?
fn starts(signature: &str, name: &str) -> bool {
    signature
        .strip_prefix(name)
        .is_some_and(|rest| rest.starts_with('('))
}

fn importer(core: &Weak<Core>, options: &Options) -> Option<Arc<Importer>> {
    let resolver = options.resolver.clone()?;
    Some(Arc::new(Importer::new(core.clone(), resolver)))
}

impl Extras {
    fn apply(&self, engine: &mut rhai::Engine) {
        if let Some(constants) = &self.constants {
            engine.register_global_module(constants.clone());
            engine.register_static_module("global", constants.clone());
        }
        for (alias, module) in &self.imports {
            engine.register_static_module(alias, module.clone());
        }
        if let Some(importer) = &self.importer {
            engine.set_module_resolver(Import(importer.clone()));
        }
    }
}

impl Options {
    fn apply(&self, engine: &mut rhai::Engine) {
        engine
            .set_optimization_level(OptimizationLevel::None)
            .set_strict_variables(self.strict_variables);
        let print = self.print.clone();
        engine.on_print(move |text| callback::tell(&print, |py| (text,).into_pyobject(py)));
        let debug = self.debug.clone();
        engine.on_debug(move |text, source, position| {
            let place = (text, source, position.line());
            callback::tell(&debug, |py| place.into_pyobject(py));
        });
        for name in &self.disable {
            engine.disable_symbol(name.as_str());
        }
    }
}

const TOO_MANY: &str = "too many arguments in one call";

/// A token on its way to the parser, or an error that ends parsing when a limit is reached.
fn checked(token: Token) -> Token {
    match meter::check_token() {
        None => token,
        Some(stop) => {
            meter::stop_soon(stop);
            Token::LexError(LexError::Runtime("stopped".into()).into())
        }
    }
}
