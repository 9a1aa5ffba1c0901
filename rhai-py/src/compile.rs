//! From a source to a script.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use pyo3::types::PyString;
use rhai::{LexError, ParseError, Scope, Token};

use crate::ast::{captures, Ast, Script};
use crate::callback;
use crate::engine_core::{Core, Extras};
use crate::errors;
use crate::gil;
use crate::keeper::lock;
use crate::meter;
use crate::survey::Survey;

/// Strings that compiling remembers.
const INTERNED: usize = 256;

const TOO_MANY: &str = "too many arguments in one call";

impl Core {
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

    /// A source, compiled, or a script as it is.
    pub fn script(&self, source: &Bound<'_, PyAny>) -> PyResult<Arc<Script>> {
        if let Ok(ast) = source.cast_exact::<Ast>() {
            Ok(ast.get().ast.clone())
        } else if let Ok(text) = source.cast::<PyString>() {
            self.compile(source.py(), &text.to_cow()?, None)
        } else {
            Err(errors::wrong_type("a str or an AST", source))
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
            captures: captures(&ast),
            ast,
            switches: survey.switches,
            text: meter::holdings().text,
        })
    }
}

/// A token on its way to the parser, or an error that ends parsing when a limit is reached.
pub fn checked(token: Token) -> Token {
    match meter::check_token() {
        None => token,
        Some(stop) => {
            meter::stop_soon(stop);
            Token::LexError(LexError::Runtime("stopped".into()).into())
        }
    }
}
