//! The native copy of `rhai.Limits`.

use std::time::Duration;

use pyo3::prelude::*;

/// What one call may use, in the units of the meter; None is unlimited.
#[derive(Clone)]
pub struct Budget {
    pub operations: Option<u64>,
    pub timeout: Option<Duration>,
    pub memory: Option<isize>,
    pub call_levels: usize,
    pub expr_depth: usize,
    pub string: usize,
    pub array: usize,
    pub map: usize,
    pub variables: usize,
    pub functions: usize,
    pub modules: usize,
    pub callback_depth: u32,
}

/// A year: longer waits overflow clocks and mean nothing.
const LONGEST: f64 = 366.0 * 86_400.0;

impl Budget {
    /// Read a `rhai.Limits`, or one of defaults.
    pub fn read(py: Python<'_>, limits: Option<Bound<'_, PyAny>>) -> PyResult<Self> {
        let defaults = || py.import("rhai.limits")?.getattr("Limits")?.call0();
        let limits = limits.map_or_else(defaults, Ok)?;
        let number = |name: &str| limits.getattr(name)?.extract::<Option<u64>>();
        let size = |name: &str| Ok::<_, PyErr>(number(name)?.unwrap_or(0) as usize);
        let count = |name: &str| Ok::<_, PyErr>(number(name)?.map_or(usize::MAX, |n| n as usize));
        let timeout: Option<f64> = limits.getattr("timeout")?.extract()?;
        Ok(Budget {
            operations: number("operations")?,
            timeout: timeout.map(|seconds| Duration::from_secs_f64(seconds.min(LONGEST))),
            memory: number("memory")?.map(|n| isize::try_from(n).unwrap_or(isize::MAX / 4)),
            call_levels: size("call_levels")?,
            expr_depth: size("expr_depth")?,
            string: size("string")?,
            array: size("array")?,
            map: size("map")?,
            variables: count("variables")?,
            functions: count("functions")?,
            modules: count("modules")?,
            callback_depth: limits.getattr("callback_depth")?.extract()?,
        })
    }

    /// Tell Rhai what it can keep itself. Operations and time are the meter's.
    pub fn apply(&self, engine: &mut rhai::Engine) {
        engine
            .set_max_call_levels(self.call_levels)
            .set_max_expr_depths(self.expr_depth, self.expr_depth)
            .set_max_string_size(self.string)
            .set_max_array_size(self.array)
            .set_max_map_size(self.map)
            .set_max_variables(self.variables)
            .set_max_functions(self.functions)
            .set_max_modules(self.modules);
    }
}
