//! From Rhai's errors to the exceptions of `rhai.errors`, and back for exceptions in callbacks.

use std::sync::Arc;

use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};
use rhai::{Dynamic, EvalAltResult, ParseError, ParseErrorType, Position};

use crate::convert::{self, Outward};
use crate::gil::Held;
use crate::meter::{self, Carried, Raised, Stop};
use crate::owner::Owner;
use crate::weigh::weigh;

/// Thrown values larger than this are named, not shown, in a message.
const SHOWN: usize = 4096;

/// Bytes that a Python exception with its traceback takes up, besides its text.
const EXCEPTION: usize = 4096;

impl Raised {
    pub fn new(py: Python<'_>, err: PyErr, weight: usize) -> Self {
        Raised(Arc::new(Carried {
            exception: Held::new(err.into_value(py).into_any()),
            _weight: vec![0; weight].into(),
        }))
    }

    /// What a script may catch and keep: without what its frames hold, and counted as memory.
    fn catchable(py: Python<'_>, err: PyErr) -> Self {
        if let Some(traceback) = err.traceback(py) {
            let module = py.import("traceback");
            let _running =
                module.and_then(|module| module.call_method1("clear_frames", (traceback,)));
        }
        let text = err.value(py).str().and_then(|text| text.len());
        Raised::new(py, err, EXCEPTION + text.unwrap_or(0))
    }

    pub fn message(&self) -> String {
        meter::in_python(|py| self.0.exception.bind(py).to_string())
    }

    pub fn type_name(&self) -> String {
        meter::in_python(|py| {
            let name = self.0.exception.bind(py).get_type().name();
            name.map_or_else(|_| "Exception".into(), |name| name.to_string())
        })
    }

    fn clone_err(&self, py: Python<'_>) -> PyErr {
        PyErr::from_value(self.0.exception.bind(py).clone())
    }
}

/// A Python exception as the error of the host function that it came from.
///
/// Limits, cancellation, Ctrl-C and exit go through the script; the rest it may catch.
pub fn from_callback(py: Python<'_>, err: PyErr, position: Position) -> Box<EvalAltResult> {
    let catchable = err.is_instance_of::<PyException>(py)
        && !class(py, "LimitError").is_ok_and(|class| err.is_instance(py, &class))
        && !class(py, "Terminated").is_ok_and(|class| err.is_instance(py, &class));
    if catchable {
        let raised = Raised::catchable(py, err);
        EvalAltResult::ErrorRuntime(Dynamic::from(raised), position).into()
    } else {
        let stop = Stop::Raised(Raised::new(py, err, 0));
        EvalAltResult::ErrorTerminated(Dynamic::from(stop), position).into()
    }
}

fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    static ERRORS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    ERRORS
        .get_or_try_init(py, || Ok::<_, PyErr>(py.import("rhai.errors")?.unbind()))?
        .bind(py)
        .getattr(name)
}

/// An exception of `rhai.errors` without a place.
pub fn plain(py: Python<'_>, name: &str, message: &str) -> PyErr {
    build(py, name, message, &[], &Trace::nowhere()).unwrap_or_else(|err| err)
}

pub fn conversion(py: Python<'_>, message: &str) -> PyErr {
    plain(py, "ConversionError", message)
}

fn build(
    py: Python<'_>,
    name: &str,
    message: &str,
    extra: &[(&str, Bound<'_, PyAny>)],
    trace: &Trace,
) -> PyResult<PyErr> {
    let class = class(py, name)?;
    let stack = trace.frames(py)?;
    let (line, column) = place(trace.position);
    let kwargs = PyDict::new(py);
    for (key, value) in extra {
        kwargs.set_item(key, value)?;
    }
    let args = (message, line, column, trace.source.as_deref(), stack);
    Ok(PyErr::from_value(class.call(args, Some(&kwargs))?))
}

fn place(position: Position) -> (Option<usize>, Option<usize>) {
    match position.line() {
        Some(line) => (Some(line), Some(position.position().unwrap_or(0).max(1))),
        None => (None, None),
    }
}

/// Where an error rose, and through which calls.
struct Trace {
    position: Position,
    source: Option<String>,
    /// Function, source, and where it was, outermost first.
    calls: Vec<(String, Option<String>, Position)>,
}

impl Trace {
    /// Rhai's default position is the first character; what is unknown is no position.
    fn nowhere() -> Self {
        Trace {
            position: Position::NONE,
            source: None,
            calls: Vec::new(),
        }
    }

    /// Unwrap the calls round an error. `entry` is what the host called.
    fn unwind(mut err: EvalAltResult, entry: &str, source: Option<&str>) -> (EvalAltResult, Self) {
        let mut function = entry.to_string();
        let mut source = source.map(str::to_string);
        let mut calls = Vec::new();
        loop {
            match err {
                EvalAltResult::ErrorInFunctionCall(name, from, inner, position) => {
                    calls.push((function, source.clone(), position));
                    function = shown_name(&name);
                    source = (!from.is_empty()).then_some(from).or(source);
                    err = *inner;
                }
                EvalAltResult::ErrorInModule(name, inner, position) => {
                    calls.push((function, source.clone(), position));
                    function = "<module>".into();
                    source = (!name.is_empty()).then_some(name).or(source);
                    err = *inner;
                }
                _ => break,
            }
        }
        let mut position = err.take_position();
        if position.is_none() {
            let known = calls.iter().rev().find(|call| !call.2.is_none());
            position = known.map_or(Position::NONE, |call| call.2);
        }
        calls.push((function, source.clone(), position));
        let trace = Trace {
            position,
            source,
            calls,
        };
        (err, trace)
    }

    fn frames<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let frame = class(py, "Frame")?;
        let frames = self.calls.iter().map(|(function, source, position)| {
            let (line, column) = place(*position);
            frame.call1((function, source.as_deref(), line, column))
        });
        PyTuple::new(py, frames.collect::<PyResult<Vec<_>>>()?)
    }

    /// The frames as the text that goes under a Python exception.
    fn note(&self) -> String {
        let mut note = "Rhai traceback (most recent call last):".to_string();
        for (function, source, position) in &self.calls {
            let file = source.as_deref().unwrap_or("<script>");
            note += &match place(*position) {
                (Some(line), _) => format!("\n  File \"{file}\", line {line}, in {function}"),
                _ => format!("\n  File \"{file}\", in {function}"),
            };
        }
        note
    }
}

fn shown_name(name: &str) -> String {
    match name.starts_with("anon$") {
        true => "<closure>".into(),
        false => name.into(),
    }
}

/// The exception for an error of a running script. `entry` is what the host called.
pub fn from_eval(py: Python<'_>, err: EvalAltResult, entry: &str, owner: &Owner) -> PyErr {
    let (err, trace) = Trace::unwind(err, entry, owner.ast().source());
    translate(py, err, &trace, owner).unwrap_or_else(|err| err)
}

fn translate(py: Python<'_>, err: EvalAltResult, trace: &Trace, owner: &Owner) -> PyResult<PyErr> {
    match err {
        EvalAltResult::ErrorTerminated(token, _) => match token.try_cast::<Stop>() {
            Some(stop) => from_stop(py, stop, trace),
            None => build(py, "Terminated", "the script was stopped", &[], trace),
        },
        EvalAltResult::ErrorRuntime(value, _) => from_throw(py, value, trace, owner),
        EvalAltResult::ErrorParsing(kind, _) => {
            build(py, parse_kind(&kind), &kind.to_string(), &[], trace)
        }
        EvalAltResult::ErrorIndexNotFound(index, _) => {
            let message = format!("Invalid index: {}", shown(&index));
            build(py, "IndexOutOfBounds", &message, &[], trace)
        }
        err => build(py, kind(&err), &err.to_string(), &[], trace),
    }
}

fn kind(err: &EvalAltResult) -> &'static str {
    use EvalAltResult as E;
    match err {
        E::ErrorFunctionNotFound(..) => "FunctionNotFound",
        E::ErrorVariableNotFound(..) => "VariableNotFound",
        E::ErrorPropertyNotFound(..) => "PropertyNotFound",
        E::ErrorDotExpr(message, _) if message.starts_with("Unknown property") => {
            "PropertyNotFound"
        }
        E::ErrorDotExpr(message, _) if message.starts_with("No writable") => "PropertyNotFound",
        E::ErrorArrayBounds(..) | E::ErrorStringBounds(..) | E::ErrorBitFieldBounds(..) => {
            "IndexOutOfBounds"
        }
        E::ErrorMismatchDataType(..)
        | E::ErrorMismatchOutputType(..)
        | E::ErrorIndexingType(..)
        | E::ErrorFor(..) => "TypeMismatch",
        E::ErrorArithmetic(..) => "ArithmeticError",
        E::ErrorModuleNotFound(..) => "ModuleNotFound",
        E::ErrorTooManyOperations(..) => "OperationsLimit",
        E::ErrorStackOverflow(..) => "StackLimit",
        E::ErrorDataTooLarge(..) | E::ErrorTooManyVariables(..) | E::ErrorTooManyModules(..) => {
            "DataSizeLimit"
        }
        _ => "EvalError",
    }
}

/// The exception for a limit; a Python exception comes out as itself.
pub fn from_stop_alone(py: Python<'_>, stop: Stop) -> PyErr {
    from_stop(py, stop, &Trace::nowhere()).unwrap_or_else(|err| err)
}

/// The exception for a limit that was found while the script made an error of its own.
pub fn from_stopped(
    py: Python<'_>,
    stop: Stop,
    err: EvalAltResult,
    entry: &str,
    owner: &Owner,
) -> PyErr {
    let (_, trace) = Trace::unwind(err, entry, owner.ast().source());
    from_stop(py, stop, &trace).unwrap_or_else(|err| err)
}

fn from_stop(py: Python<'_>, stop: Stop, trace: &Trace) -> PyResult<PyErr> {
    let (name, message) = match stop {
        Stop::Operations => ("OperationsLimit", "the script used up its operations"),
        Stop::Memory => (
            "MemoryLimit",
            "the script needs more memory than it may use",
        ),
        Stop::Stack => (
            "StackLimit",
            "calls or values nest too deeply for the native stack",
        ),
        Stop::Timeout => ("Timeout", "the script ran out of time"),
        Stop::Cancelled => ("Cancelled", "the script was cancelled"),
        Stop::Raised(raised) => return noted(py, &raised, trace),
    };
    build(py, name, message, &[], trace)
}

fn noted(py: Python<'_>, raised: &Raised, trace: &Trace) -> PyResult<PyErr> {
    let err = raised.clone_err(py);
    if !trace.calls.is_empty() {
        err.value(py).call_method1("add_note", (trace.note(),))?;
    }
    Ok(err)
}

fn from_throw(py: Python<'_>, value: Dynamic, trace: &Trace, owner: &Owner) -> PyResult<PyErr> {
    if let Some(raised) = value.read_lock::<Raised>() {
        return noted(py, &raised, trace);
    }
    let message = shown(&value);
    let most = owner.core().budget.memory;
    let value = Outward::new(Some(owner), most)
        .convert(py, &value)
        .unwrap_or_else(|_| py.None().into_bound(py));
    build(py, "ScriptThrow", &message, &[("value", value)], trace)
}

/// A thrown value as text, bounded.
fn shown(value: &Dynamic) -> String {
    if value.is_unit() {
        return "Runtime error".into();
    }
    match weigh(value, SHOWN) {
        Ok(_) => value.to_string(),
        Err(_) => format!("a large {}", value.type_name()),
    }
}

pub fn from_parse(py: Python<'_>, err: &ParseError, source: Option<&str>) -> PyErr {
    let position = err.position();
    let trace = Trace {
        position,
        source: source.map(str::to_string),
        calls: vec![("<script>".into(), source.map(str::to_string), position)],
    };
    build(py, parse_kind(&err.0), &err.0.to_string(), &[], &trace).unwrap_or_else(|err| err)
}

fn parse_kind(kind: &ParseErrorType) -> &'static str {
    match kind {
        ParseErrorType::ExprTooDeep => "StackLimit",
        ParseErrorType::LiteralTooLarge(..) | ParseErrorType::TooManyFunctions => "DataSizeLimit",
        _ => "ParseError",
    }
}

/// The exception for what unwound to the entry: an abandoned script, or a panic in Rhai or here.
pub fn from_unwinding(py: Python<'_>, panic: Box<dyn std::any::Any + Send>) -> PyErr {
    let panic = match panic.downcast::<Stop>() {
        Ok(stop) => return from_stop_alone(py, *stop),
        Err(panic) => panic,
    };
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    plain(py, "EnginePanic", &format!("internal error: {text}"))
}

pub fn wrong_type(expected: &str, got: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!(
        "expected {expected}, not {}",
        convert::type_name(got)
    ))
}
