//! Rhai for Python. `python/rhai` has the public names; this crate is `rhai._rhai`.

mod ast;
mod callback;
mod cells;
mod compile;
mod convert;
mod engine;
mod engine_core;
mod entry;
mod errors;
mod evaluator;
mod format;
mod function;
mod gil;
mod host;
mod hush;
mod importer;
mod instance;
mod keeper;
mod limits;
mod memory;
mod meter;
mod object;
mod offer;
mod options;
mod owner;
mod package;
mod reach;
mod register;
mod scope;
mod stack;
mod state;
mod survey;
mod weigh;

use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;

/// The native half of `rhai`.
#[pymodule]
mod _rhai {
    #[pymodule_export]
    use crate::ast::{Ast, FunctionInfo};
    #[pymodule_export]
    use crate::engine::Engine;
    #[pymodule_export]
    use crate::function::FnPtr;
    #[pymodule_export]
    use crate::instance::Instance;
    #[pymodule_export]
    use crate::scope::ScopeBase;

    /// A closure's name comes from a hash: it must be the same in every process.
    #[pymodule_init]
    fn init(_module: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
        crate::hush::panics_of_scripts();
        let _already_set = rhai::config::hashing::set_hashing_seed(Some([7, 11, 13, 17]));
        Ok(())
    }

    #[allow(non_upper_case_globals)]
    #[pymodule_export]
    const rhai_version: &str = "1.27.0";
}
