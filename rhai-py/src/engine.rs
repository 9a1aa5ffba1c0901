//! `Engine`: every way into Rhai, as Python sees it.

use std::sync::Arc;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use rhai::{Dynamic, Scope, AST};

use crate::ast::Ast;
use crate::engine_core::Core;
use crate::entry::Entry;
use crate::host::{Functions, Whereabouts};
use crate::instance::Instance;
use crate::limits::Budget;
use crate::offer::Offer;
use crate::options::{self, Options};
use crate::owner::{call_function, Owner};
use crate::package::{Outcome, Packages};
use crate::register::{self, Names};
use crate::scope::ScopeBase;

/// Runs scripts, within `limits`, with the functions registered on it.
///
/// An engine is cheap (microseconds, a few hundred bytes): give each mod its own. One thread at a
/// time may be inside; a second gets EngineBusy. Scripts reach nothing but what is registered.
///
/// `resolver` finds what scripts `import`; without one, nothing. Each instance, and the engine for
/// `eval`, `run` and `call`, runs a module once, and all share the limits of the call.
///
/// `packages` are those of Rhai that scripts have: "standard", which is all of them, or some of
/// "core" (that is "language_core", "arithmetic", "basic_string", "basic_iterator" and "basic_fn"),
/// "bit_field", "logic", "basic_math", "basic_array", "basic_blob", "basic_map", "basic_time" and
/// "more_string". Raises ValueError for others.
///
/// `optimize` is "simple", which computes constant expressions while compiling and drops what has
/// no effect, or "none". A script without mistakes gives the same with both. These mistakes pass
/// unseen with "simple": a name that is not there, alone in a statement whose value nobody uses; an
/// import that is not there, in a block of nothing but imports; a value that is no bool, beside a
/// literal `true` or `false` (`x && true` is `x`) or before an empty block (`if x {}`). And where a
/// back-tick string has a literal array or map in it, that one's characters print with quotes.
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
        limits=None, *, packages=Names::standard(), resolver=None, print=None, debug=None, optimize="simple",
        strict_variables=false, disable=Names::default()
    ))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        limits: Option<Bound<'_, PyAny>>,
        packages: Names,
        resolver: Option<Py<PyAny>>,
        print: Option<Py<PyAny>>,
        debug: Option<Py<PyAny>>,
        optimize: &str,
        strict_variables: bool,
        disable: Names,
    ) -> PyResult<Self> {
        let functions = Py::new(py, Functions::default())?;
        let options = Options {
            packages: Packages::named(&packages.0)?,
            print: options::printer(py, print, functions.get())?,
            debug: options::printer(py, debug, functions.get())?,
            resolver: resolver.map(|resolver| functions.get().add(resolver)),
            optimize: options::optimization(optimize)?,
            strict_variables,
        };
        let budget = Budget::read(py, limits)?;
        let offer = Offer::new(disable.0, budget.memory);
        let core = Core::new(budget, Whereabouts::of(&functions), options, offer);
        Ok(Engine { core, functions })
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
        source: &Bound<'py, PyAny>,
        scope: Option<&Bound<'py, ScopeBase>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.evaluate(source, scope, |engine, scope, ast| {
            engine.eval_ast_with_scope(scope, ast)
        })
    }

    /// Run a script for what it does; the same as `eval` without a result.
    #[pyo3(signature = (source, scope=None))]
    fn run<'py>(
        &self,
        source: &Bound<'py, PyAny>,
        scope: Option<&Bound<'py, ScopeBase>>,
    ) -> PyResult<()> {
        self.evaluate(source, scope, |engine, scope, ast| {
            engine.run_ast_with_scope(scope, ast)?;
            Ok(Dynamic::UNIT)
        })
        .map(drop)
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
        let engine = self.core.engine(owner.ast());
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

    /// Make a Python function callable from scripts; usable as a decorator.
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

    /// Let scripts write `a NAME b` for a call of a Python function with both operands.
    ///
    /// `name` is a word, or a symbol that Rhai keeps free: #, @, $, ~, ++, --, ->, <-, === and the
    /// like. `precedence` is 1 to 255, larger binds tighter: Rhai's || has 30, && 60, == 90, < 130,
    /// + 150, * 180, << 210. The function's annotations count as in `register_fn`.
    ///
    /// Raises ValueError for a name or a precedence that Rhai does not take, TypeError for a
    /// function that does not take two arguments.
    fn register_operator(
        &self,
        name: &str,
        precedence: i64,
        r#fn: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let _inside = self.core.enter_at_rest(r#fn.py())?;
        let precedence = u8::try_from(precedence).unwrap_or(0);
        let callback = register::operator(name, precedence, r#fn, self.functions.get())?;
        self.core
            .change(|offer| offer.add_operator(callback, precedence));
        Ok(())
    }

    /// Let instances of a class cross into scripts, which see what is listed and nothing else.
    ///
    /// They come back as the same objects. Scripts call `methods`, read `properties` and
    /// `writable`, and assign to `writable`. The class is matched exactly; `name`, by default its
    /// own, is its type in scripts: what `type_of` and errors say. Classes beyond the 63 that Rhai
    /// can tell apart are of type "object".
    ///
    /// Raises TypeError for names with a leading underscore, and for methods that the class does
    /// not have.
    #[pyo3(signature = (
        cls, *, name=None, methods=Names::default(), properties=Names::default(),
        writable=Names::default()
    ))]
    fn register_type(
        &self,
        cls: &Bound<'_, PyType>,
        name: Option<&str>,
        methods: Names,
        properties: Names,
        writable: Names,
    ) -> PyResult<()> {
        let _inside = self.core.enter_at_rest(cls.py())?;
        let listed = (cls, name, methods.0, properties.0, writable.0);
        let (class, name, members) = register::members(listed, self.functions.get())?;
        self.core
            .change(|offer| offer.add_class(class, name, members));
        Ok(())
    }

    /// Offer functions and constants as `name::member`, without an import.
    fn register_module(
        &self,
        py: Python<'_>,
        name: &str,
        members: &Bound<'_, PyDict>,
    ) -> PyResult<()> {
        let _inside = self.core.enter_at_rest(py)?;
        let memory = self.core.budget.memory;
        let module = register::module(name, members, self.functions.get(), memory)?;
        self.core.change(|offer| offer.add_module(name, module));
        Ok(())
    }

    /// Stop the script that runs on this engine, from another thread or a callback.
    ///
    /// It raises Cancelled where it was called. Does nothing when no script runs.
    fn cancel(&self) {
        self.core.cancel();
    }

    /// The registered functions as scripts see them, one line an overload, sorted.
    fn signatures(&self) -> Vec<String> {
        self.core.signatures()
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.functions)
    }

    fn __repr__(&self) -> &'static str {
        "<rhai.Engine>"
    }
}

impl Engine {
    fn evaluate<'py>(
        &self,
        source: &Bound<'py, PyAny>,
        scope: Option<&Bound<'py, ScopeBase>>,
        work: impl FnOnce(&rhai::Engine, &mut Scope, &AST) -> Outcome + Send,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = source.py();
        let owner = Owner::Script {
            core: self.core.clone(),
            ast: self.core.script(source)?,
        };
        let engine = self.core.engine(owner.ast());
        let entry = Entry::new(py, &owner)?;
        let Some(scope) = scope.map(Bound::get) else {
            let alone = || work(&engine, &mut Scope::new(), owner.ast());
            return entry.run(py, "<script>", alone);
        };
        let entry = entry.keeping(&scope.keeper);
        let mut variables = scope.borrow(py)?;
        let result = entry.run(py, "<script>", || {
            work(&engine, &mut variables, owner.ast())
        });
        scope.give_back(py, variables, &owner);
        result
    }

    fn add(&self, function: &Bound<'_, PyAny>, name: Option<&Bound<'_, PyString>>) -> PyResult<()> {
        let _inside = self.core.enter_at_rest(function.py())?;
        let callback = register::function(function, name, self.functions.get())?;
        self.core.change(|offer| offer.add(callback));
        Ok(())
    }
}
