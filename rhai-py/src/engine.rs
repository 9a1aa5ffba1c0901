//! `Engine`: settings, host functions, and every way into Rhai.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use rhai::{Dynamic, LexError, Module, OptimizationLevel, ParseError, Scope, Token};

use crate::ast::{Ast, Script};
use crate::callback::{self, Callback};
use crate::convert::{Inward, Outward};
use crate::errors;
use crate::host::{Functions, Slot, Whereabouts};
use crate::instance::Instance;
use crate::keeper::{lock, Keeper};
use crate::limits::Budget;
use crate::meter::{self, Stop};
use crate::owner::{call_function, Owner};
use crate::package::{self, Outcome, SharedModule};
use crate::scope::ScopeBase;
use crate::survey::Survey;

/// Strings that compiling remembers.
const INTERNED: usize = 256;

/// What an engine is, apart from its Python object.
pub struct Core {
    pub budget: Budget,
    pub functions: Whereabouts,
    options: Options,
    host: Mutex<Host>,
    /// Built when first needed and after each registration.
    built: Mutex<Option<Arc<rhai::Engine>>>,
    version: AtomicU64,
    /// The thread that is inside, or 0.
    thread: AtomicUsize,
    cancelled: AtomicBool,
}

/// The registered functions, and the module made from them when first needed.
#[derive(Default)]
struct Host {
    callbacks: Vec<Callback>,
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
                callback.register(&mut module, memory);
            }
            self.module = Some(module.into());
        }
        self.module.clone()
    }
}

struct Options {
    print: Arc<Slot>,
    debug: Arc<Slot>,
    optimize: OptimizationLevel,
    strict_variables: bool,
    disable: Vec<String>,
}

impl Core {
    /// The Rhai engine without any instance's constants.
    pub fn engine(&self) -> Arc<rhai::Engine> {
        lock(&self.built)
            .get_or_insert_with(|| Arc::new(self.build(None)))
            .clone()
    }

    /// Changes with every registration.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Settings and shared modules; this costs about a microsecond.
    pub fn build(&self, constants: Option<SharedModule>) -> rhai::Engine {
        let mut engine = rhai::Engine::new_raw();
        for module in package::modules() {
            engine.register_global_module(module);
        }
        if let Some(host) = self.host_module() {
            engine.register_global_module(host);
        }
        if let Some(constants) = constants {
            engine.register_global_module(constants.clone());
            engine.register_static_module("global", constants);
        }
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

    fn enter(&self, py: Python<'_>) -> PyResult<Inside<'_>> {
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

    fn compile(&self, py: Python<'_>, source: &str, name: Option<&str>) -> PyResult<Arc<Script>> {
        callback::check_nesting(py, self.budget.callback_depth)?;
        let _inside = self.enter(py)?;
        meter::forget_texts();
        let engine = self.build(None);
        let none = meter::Holdings::default();
        let compiled = meter::call(&self.budget, none, &self.cancelled, None, || {
            let compiled =
                py.detach(|| catch_unwind(AssertUnwindSafe(|| self.parse(engine, source))));
            let stop = meter::take_pending().or_else(too_large);
            (compiled, stop)
        });
        match compiled {
            (_, Some(stop)) => Err(errors::from_stop_alone(py, stop)),
            (Err(panic), _) => Err(errors::from_unwinding(py, panic)),
            (Ok(Err(err)), _) => Err(errors::from_parse(py, &err, name)),
            (Ok(Ok(mut script)), _) => {
                if let Some(name) = name {
                    script.ast.set_source(name);
                }
                Ok(Arc::new(script))
            }
        }
    }

    /// Parse, then optimise if the tokens say that this is safe.
    ///
    /// Names repeat within a script: sharing them saves a quarter of its memory. The table that
    /// finds them again would cost as much, so it goes with this engine.
    fn parse(&self, mut engine: rhai::Engine, source: &str) -> Result<Script, ParseError> {
        let survey = Arc::new(Mutex::new(Survey::default()));
        let seen = survey.clone();
        engine.set_max_strings_interned(INTERNED);
        #[allow(deprecated)]
        engine.on_parse_token(move |token, _, _| {
            lock(&seen).see(&token);
            checked(token)
        });
        let ast = engine.compile(source)?;
        let survey = lock(&survey);
        let ast = match survey.allows_optimising() {
            true => engine.optimize_ast(&Scope::new(), ast, self.options.optimize),
            false => ast,
        };
        Ok(Script {
            ast,
            switches: survey.switches,
            text: meter::holdings().text,
        })
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

/// Held while a thread is inside an engine; nested calls hold nothing.
struct Inside<'c> {
    core: Option<&'c Core>,
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
    _inside: Inside<'a>,
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
            _inside: inside,
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

    pub fn arguments(&self, args: &Bound<'_, PyTuple>) -> PyResult<Vec<Dynamic>> {
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
            let outcome = py.detach(|| catch_unwind(AssertUnwindSafe(work)));
            self.finish(py, name, outcome)
        });
        if let Some(keeper) = self.keeper {
            keeper.end(before);
        }
        meter::forget_texts();
        result
    }

    fn finish<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        outcome: std::thread::Result<Outcome>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let pending = meter::take_pending();
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

/// Runs scripts, within `limits`, with the functions registered on it.
///
/// An engine is cheap (microseconds, a few hundred bytes): give each mod its own. One thread at a
/// time may be inside; a second gets EngineBusy. Scripts reach nothing but what is registered.
///
/// `print` and `debug` take what scripts print: `print(text)` and `debug(text, source, line)`;
/// without them it goes to `print`. `disable` names functions, keywords and operators to refuse.
#[pyclass(frozen, module = "rhai")]
pub struct Engine {
    core: Arc<Core>,
    functions: Py<Functions>,
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (
        limits=None, *, print=None, debug=None, optimize="simple", strict_variables=false,
        disable=Vec::new()
    ))]
    fn new(
        py: Python<'_>,
        limits: Option<Bound<'_, PyAny>>,
        print: Option<Py<PyAny>>,
        debug: Option<Py<PyAny>>,
        optimize: &str,
        strict_variables: bool,
        disable: Vec<String>,
    ) -> PyResult<Self> {
        let limits = match limits {
            Some(limits) => limits,
            None => py.import("rhai.limits")?.getattr("Limits")?.call0()?,
        };
        let optimize = match optimize {
            "simple" => OptimizationLevel::Simple,
            "none" => OptimizationLevel::None,
            _ => return Err(PyValueError::new_err("optimize is \"simple\" or \"none\"")),
        };
        let builtin = || py.import("builtins")?.getattr("print");
        let print = print.map_or_else(|| builtin().map(Bound::unbind), Ok)?;
        let debug = debug.map_or_else(|| builtin().map(Bound::unbind), Ok)?;
        let functions = Py::new(py, Functions::default())?;
        let options = Options {
            print: functions.get().add(print),
            debug: functions.get().add(debug),
            optimize,
            strict_variables,
            disable,
        };
        let core = Core {
            functions: Whereabouts::of(&functions),
            budget: Budget::read(&limits)?,
            options,
            host: Mutex::default(),
            built: Mutex::new(None),
            version: AtomicU64::new(0),
            thread: AtomicUsize::new(0),
            cancelled: AtomicBool::new(false),
        };
        Ok(Engine {
            core: Arc::new(core),
            functions,
        })
    }

    /// Compile a script, to be run later, by any engine. `name` shows in errors.
    ///
    /// Raises ParseError, and LimitError for sources past `expr_depth` or `memory`.
    #[pyo3(signature = (source, *, name=None))]
    fn compile(&self, py: Python<'_>, source: &str, name: Option<&str>) -> PyResult<Ast> {
        let ast = self.core.compile(py, source, name)?;
        Ok(Ast { ast })
    }

    /// Run a script and return the value of its last expression.
    ///
    /// With `scope`, the script sees its variables and leaves its own there. Raises EvalError,
    /// LimitError or Terminated; ConversionError for a result that Python has no value for.
    #[pyo3(signature = (source, scope=None))]
    fn eval<'py>(
        &self,
        py: Python<'py>,
        source: &Bound<'py, PyAny>,
        scope: Option<&Bound<'py, ScopeBase>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let owner = self.owner(source)?;
        let fresh = ScopeBase::default();
        let scope = scope.map_or(&fresh, |scope| scope.get());
        let engine = self.core.engine();
        let entry = Entry::new(py, &owner)?.keeping(&scope.keeper);
        let mut variables = scope.borrow(py)?;
        let result = entry.run(py, "<script>", || {
            engine.eval_ast_with_scope::<Dynamic>(&mut variables, owner.ast())
        });
        scope.give_back(py, variables, &owner);
        result
    }

    /// Run a script for what it does; the same as `eval` without a result.
    #[pyo3(signature = (source, scope=None))]
    fn run<'py>(
        &self,
        py: Python<'py>,
        source: &Bound<'py, PyAny>,
        scope: Option<&Bound<'py, ScopeBase>>,
    ) -> PyResult<()> {
        let owner = self.owner(source)?;
        let fresh = ScopeBase::default();
        let scope = scope.map_or(&fresh, |scope| scope.get());
        let engine = self.core.engine();
        let entry = Entry::new(py, &owner)?.keeping(&scope.keeper);
        let mut variables = scope.borrow(py)?;
        let result = entry.run(py, "<script>", || {
            let done = engine.run_ast_with_scope(&mut variables, owner.ast());
            done.map(|()| Dynamic::UNIT)
        });
        scope.give_back(py, variables, &owner);
        result.map(drop)
    }

    /// Call a function of a script, without running its top level, and return its result.
    ///
    /// For state that lasts between calls, use `instantiate`.
    #[pyo3(signature = (ast, name, *args))]
    fn call<'py>(
        &self,
        py: Python<'py>,
        ast: &Bound<'py, Ast>,
        name: &str,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let owner = Owner::Script {
            core: self.core.clone(),
            ast: ast.get().ast.clone(),
        };
        let engine = self.core.engine();
        let entry = Entry::new(py, &owner)?;
        let args = entry.arguments(args)?;
        entry.run(py, name, || call_function(&engine, owner.ast(), name, args))
    }

    /// Run the top level of a script once and return it with the state that it keeps.
    ///
    /// `constants` and the script's own top-level constants are visible in its functions, by
    /// name and as `global::NAME`. `state` is the map that functions see as `this`.
    #[pyo3(signature = (ast, *, constants=None, state=None))]
    fn instantiate(
        &self,
        py: Python<'_>,
        ast: &Bound<'_, Ast>,
        constants: Option<&Bound<'_, PyDict>>,
        state: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Instance> {
        Instance::start(
            py,
            self.core.clone(),
            ast.get().ast.clone(),
            constants,
            state,
        )
    }

    /// Make a Python function callable from scripts; usable as a decorator. Returns the function.
    ///
    /// Parameters annotated int, float, str, bool, bytes, list, dict or FnPtr take only that type,
    /// and float also takes an int; others take any. A default makes an overload for each number
    /// of arguments. Raises TypeError for `*args`; RhaiError while a script runs.
    #[pyo3(signature = (r#fn=None, *, name=None))]
    fn register_fn<'py>(
        slf: &Bound<'py, Self>,
        r#fn: Option<Bound<'py, PyAny>>,
        name: Option<&Bound<'py, PyString>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let Some(function) = r#fn else {
            let kwargs = PyDict::new(py);
            kwargs.set_item("name", name)?;
            let args = (slf.getattr("register_fn")?,);
            return py
                .import("functools")?
                .getattr("partial")?
                .call(args, Some(&kwargs));
        };
        slf.get().add(&function, name)?;
        Ok(function)
    }

    /// Stop the script that runs on this engine, from another thread or a callback.
    ///
    /// It raises Cancelled where it was called. Does nothing when no script runs.
    fn cancel(&self) {
        self.core.cancelled.store(true, Ordering::Relaxed);
    }

    /// The registered functions as scripts see them, one line an overload, sorted.
    fn signatures(&self) -> Vec<String> {
        let Some(host) = self.core.host_module() else {
            return Vec::new();
        };
        let mut lines: Vec<String> = host
            .gen_fn_signatures_with_mapper(|name| name.into())
            .filter(|line| {
                !self
                    .core
                    .options
                    .disable
                    .iter()
                    .any(|name| starts(line, name))
            })
            .collect();
        lines.sort();
        lines.dedup();
        lines
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.functions)
    }

    fn __repr__(&self) -> &'static str {
        "<rhai.Engine>"
    }
}

impl Engine {
    fn owner(&self, source: &Bound<'_, PyAny>) -> PyResult<Owner> {
        let ast = if let Ok(ast) = source.cast_exact::<Ast>() {
            ast.get().ast.clone()
        } else if let Ok(text) = source.cast::<PyString>() {
            self.core.compile(source.py(), &text.to_cow()?, None)?
        } else {
            return Err(errors::wrong_type("a str or an AST", source));
        };
        Ok(Owner::Script {
            core: self.core.clone(),
            ast,
        })
    }

    fn add(&self, function: &Bound<'_, PyAny>, name: Option<&Bound<'_, PyString>>) -> PyResult<()> {
        let py = function.py();
        let inside = self.core.enter(py)?;
        if inside.core.is_none() {
            let message = "functions cannot be registered while a script runs";
            return Err(errors::plain(py, "RhaiError", message));
        }
        let callback = read_callback(function, name, self.functions.get())?;
        let mut host = lock(&self.core.host);
        host.callbacks.push(callback);
        host.module = None;
        *lock(&self.core.built) = None;
        self.core.version.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }
}

/// Is this the signature of a function of this name?
fn starts(signature: &str, name: &str) -> bool {
    signature
        .strip_prefix(name)
        .is_some_and(|rest| rest.starts_with('('))
}

fn read_callback(
    function: &Bound<'_, PyAny>,
    name: Option<&Bound<'_, PyString>>,
    functions: &Functions,
) -> PyResult<Callback> {
    let py = function.py();
    if !function.is_callable() {
        return Err(errors::wrong_type("a function", function));
    }
    let name: String = match name {
        Some(name) => name.extract()?,
        None => function.getattr("__name__")?.extract()?,
    };
    if !rhai::is_valid_function_name(&name) {
        let message =
            format!("{name:?} is no name for a Rhai function, or a reserved one; pass name=");
        return Err(PyTypeError::new_err(message));
    }
    let fn_ptr = py.get_type::<crate::function::FnPtr>();
    let (parameters, overloads) = py
        .import("rhai.signature")?
        .getattr("overloads")?
        .call1((function, fn_ptr))?
        .extract()?;
    Ok(Callback {
        name,
        doc: function.getattr("__doc__")?.extract()?,
        function: functions.add(function.clone().unbind()),
        parameters,
        overloads,
    })
}

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

/// The stop for a source whose compiled form is too large.
fn too_large() -> Option<Stop> {
    (meter::memory_left() == 0).then_some(Stop::Memory)
}
