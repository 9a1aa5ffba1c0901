//! Values crossing between Python and Rhai, by exact type.

mod inward;
mod outward;

use pyo3::prelude::*;

use crate::weigh::MAX_DEPTH;

pub use inward::Inward;
pub use outward::Outward;

pub fn type_name(value: &Bound<'_, PyAny>) -> String {
    let name = value.get_type().fully_qualified_name();
    name.map_or_else(|_| "an object".into(), |name| name.to_string())
}

fn too_deep() -> String {
    format!("values nest deeper than {MAX_DEPTH} levels")
}
