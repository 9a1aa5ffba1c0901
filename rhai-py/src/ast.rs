//! `AST`: a compiled script, and what it says about its functions.

use std::ops::Deref;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use rhai::{ASTNode, Expr, Stmt};

/// Rhai's tree, and what the meter needs to know of it.
pub struct Script {
    pub ast: rhai::AST,
    pub switches: bool,
    /// Whether some closure captures a variable.
    pub captures: bool,
    /// The largest text that compiling made.
    pub text: usize,
}

impl Deref for Script {
    type Target = rhai::AST;

    fn deref(&self) -> &rhai::AST {
        &self.ast
    }
}

/// Whether some closure in a tree captures a variable.
pub fn captures(ast: &rhai::AST) -> bool {
    !ast.walk(&mut captures_nothing)
}

fn captures_nothing(path: &[ASTNode]) -> bool {
    match path.last() {
        Some(ASTNode::Stmt(Stmt::Share(_))) => false,
        // Rhai's walk leaves this value out.
        Some(ASTNode::Stmt(Stmt::BreakLoop(Some(value), ..))) => {
            value.walk(&mut Vec::new(), &mut captures_nothing)
        }
        _ => true,
    }
}

/// A compiled script. Immutable, so engines and threads may share it.
#[pyclass(frozen, module = "rhai", name = "AST")]
pub struct Ast {
    pub ast: Arc<Script>,
}

/// One function of a script: its name, the names of its parameters, its doc comment.
#[pyclass(frozen, eq, hash, get_all, module = "rhai")]
#[derive(PartialEq, Eq, Hash)]
pub struct FunctionInfo {
    name: String,
    params: Vec<String>,
    doc: Option<String>,
}

#[pymethods]
impl Ast {
    /// The name given to `Engine.compile`, or None.
    #[getter]
    fn name(&self) -> Option<&str> {
        self.ast.source()
    }

    /// The functions that the script defines, by name, then by number of parameters.
    #[getter]
    fn functions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let mut found: Vec<FunctionInfo> = self
            .ast
            .iter_functions()
            .filter(|function| !function.name.starts_with("anon$"))
            .map(|function| FunctionInfo::read(&function))
            .collect();
        found.sort_by(|a, b| (&a.name, a.params.len()).cmp(&(&b.name, b.params.len())));
        PyTuple::new(py, found)
    }

    /// The modules that the script imports by a literal name, each once, in source order.
    #[getter]
    fn imports<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let mut names: Vec<String> = Vec::new();
        self.ast.walk(&mut |path: &[ASTNode]| {
            if let Some(ASTNode::Stmt(Stmt::Import(import, _))) = path.last() {
                if let Expr::StringConstant(name, _) = &import.0 {
                    if !names.iter().any(|known| known == name.as_str()) {
                        names.push(name.to_string());
                    }
                }
            }
            true
        });
        PyTuple::new(py, names)
    }

    /// A script that runs this one's top level, then the other's, with the functions of both.
    ///
    /// Where both define a function with the same number of parameters, the other's counts.
    fn merge(&self, other: &Bound<'_, Ast>) -> Ast {
        let other = &other.get().ast;
        let script = Script {
            ast: self.ast.ast.merge(&other.ast),
            switches: self.ast.switches || other.switches,
            captures: self.ast.captures || other.captures,
            text: self.ast.text.max(other.text),
        };
        Ast {
            ast: Arc::new(script),
        }
    }

    fn __repr__(&self) -> String {
        format!("<rhai.AST {}>", self.ast.source().unwrap_or("<script>"))
    }
}

impl FunctionInfo {
    fn read(function: &rhai::ScriptFnMetadata) -> Self {
        FunctionInfo {
            name: function.name.into(),
            params: function.params.iter().map(|&name| name.into()).collect(),
            doc: doc(&function.comments),
        }
    }
}

#[pymethods]
impl FunctionInfo {
    fn __repr__(&self) -> String {
        format!(
            "<rhai.FunctionInfo {}({})>",
            self.name,
            self.params.join(", ")
        )
    }
}

/// The text of `///` and `/** */` comments without their marks.
fn doc(comments: &[&str]) -> Option<String> {
    let lines = comments.iter().flat_map(|comment| comment.lines());
    let text: Vec<&str> = lines
        .map(|line| {
            let line = line.trim();
            let line = line
                .strip_prefix("///")
                .or(line.strip_prefix("/**"))
                .unwrap_or(line);
            line.strip_suffix("*/").unwrap_or(line).trim()
        })
        .collect();
    let text = text.join("\n").trim().to_string();
    (!text.is_empty()).then_some(text)
}
