//! From Rhai's errors to the exceptions of `rhai.errors`, and back for exceptions in callbacks.

mod raised;
mod trace;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use rhai::{Dynamic, EvalAltResult, ParseError, ParseErrorType};

use crate::convert::{self, Outward};
use crate::meter::Stop;
use crate::owner::Owner;
use crate::package::Outcome;
use crate::weigh::weigh;

pub use raised::{describe, from_callback, Raised};
use trace::{place, Trace, ANONYMOUS};

/// Thrown values larger than this are named, not shown, in a message.
const SHOWN: usize = 4096;

/// Types that Rhai sometimes calls by what Rust does.
const SPELLINGS: [(&str, &str); 4] = [
    ("&str | ImmutableString | String", "string"),
    ("core::ops::range::RangeInclusive<i64>", "range="),
    ("core::ops::range::Range<i64>", "range"),
    ("(expecting INT)", "(expecting i64)"),
];

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

/// The exception for an error of a running script. `entry` is what the host called.
pub fn from_eval(py: Python<'_>, err: EvalAltResult, entry: &str, owner: &Owner) -> PyErr {
    let (err, trace) = Trace::unwind(err, entry, owner.ast().source());
    translate(py, err, &trace, owner).unwrap_or_else(|err| err)
}

/// What `exit` was called with, in however many calls, or the error as it is.
pub fn unless_exit(mut err: Box<EvalAltResult>) -> Outcome {
    if !matches!(err.unwrap_inner(), EvalAltResult::Exit(..)) {
        return Err(err);
    }
    loop {
        err = match *err {
            EvalAltResult::Exit(value, _) => return Ok(value),
            EvalAltResult::ErrorInFunctionCall(_, _, inner, _)
            | EvalAltResult::ErrorInModule(_, inner, _) => inner,
            other => return Err(other.into()),
        }
    }
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
        EvalAltResult::ErrorFunctionNotFound(what, _) if what.ends_with("cannot be sorted") => {
            build(py, "TypeMismatch", &what, &[], trace)
        }
        err => build(py, kind(&err), &said(&err), &[], trace),
    }
}

/// An error as text, in the words of scripts.
fn said(err: &EvalAltResult) -> String {
    let mut text = err.to_string();
    for (rust, script) in SPELLINGS {
        text = text.replace(rust, script);
    }
    while let Some(start) = text.find(ANONYMOUS) {
        let hash = &text[start + ANONYMOUS.len()..];
        let end = text.len()
            - hash
                .trim_start_matches(|c: char| c.is_ascii_hexdigit())
                .len();
        text.replace_range(start..end, "<closure>");
    }
    text
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
