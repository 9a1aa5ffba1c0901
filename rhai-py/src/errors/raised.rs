//! A Python exception on its way through a script, which may catch it.

use std::any::TypeId;
use std::sync::Arc;

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use rhai::{Dynamic, EvalAltResult, Module, Position};

use super::class;
use crate::gil::Held;
use crate::meter::{self, Stop};
use crate::package::{set_function, Args};

/// Bytes that a Python exception with its traceback takes up, besides its text.
const EXCEPTION: usize = 4096;

/// A Python exception on its way through Rhai.
#[derive(Clone)]
pub struct Raised(pub Arc<Carried>);

/// The exception, and as many bytes as it takes up where the memory limit does not look.
pub struct Carried {
    pub exception: Held,
    pub _weight: Box<[u8]>,
}

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

    pub(super) fn clone_err(&self, py: Python<'_>) -> PyErr {
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

/// What a script sees of a Python exception that it caught.
pub fn describe(module: &mut Module) {
    for name in ["to_string", "print", "to_debug", "debug", "get$message"] {
        set_function(module, name, &[TypeId::of::<Raised>()], true, |_, args| {
            Ok(raised(args)?.message().into())
        });
    }
    set_function(
        module,
        "get$type",
        &[TypeId::of::<Raised>()],
        true,
        |_, args| Ok(raised(args)?.type_name().into()),
    );
}

fn raised(args: Args) -> Result<Raised, Box<EvalAltResult>> {
    args[0]
        .read_lock::<Raised>()
        .map(|raised| raised.clone())
        .ok_or_else(|| "not an exception".into())
}
