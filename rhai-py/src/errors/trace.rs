//! Where an error rose, and through which calls.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use rhai::{EvalAltResult, Position};

use super::class;

/// Where an error rose, and through which calls.
pub struct Trace {
    pub position: Position,
    pub source: Option<String>,
    /// Function, source, and where it was, outermost first.
    pub calls: Vec<(String, Option<String>, Position)>,
}

impl Trace {
    /// Rhai's default position is the first character; what is unknown is no position.
    pub fn nowhere() -> Self {
        Trace {
            position: Position::NONE,
            source: None,
            calls: Vec::new(),
        }
    }

    /// Unwrap the calls round an error. `entry` is what the host called.
    pub fn unwind(
        mut err: EvalAltResult,
        entry: &str,
        source: Option<&str>,
    ) -> (EvalAltResult, Self) {
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

    pub fn frames<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let frame = class(py, "Frame")?;
        let frames = self.calls.iter().map(|(function, source, position)| {
            let (line, column) = place(*position);
            frame.call1((function, source.as_deref(), line, column))
        });
        PyTuple::new(py, frames.collect::<PyResult<Vec<_>>>()?)
    }

    /// The frames as the text that goes under a Python exception.
    pub fn note(&self) -> String {
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

/// How the generated name of a closure begins.
pub const ANONYMOUS: &str = "anon$";

fn shown_name(name: &str) -> String {
    match name.starts_with(ANONYMOUS) {
        true => "<closure>".into(),
        false => name.into(),
    }
}

pub fn place(position: Position) -> (Option<usize>, Option<usize>) {
    match position.line() {
        Some(line) => (Some(line), Some(position.position().unwrap_or(0).max(1))),
        None => (None, None),
    }
}
