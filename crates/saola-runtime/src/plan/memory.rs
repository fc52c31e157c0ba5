//! Memory for the runs of a plan, and whose fault it is where there is not enough.

use saola_graph::{Symbol, Value};
use saola_kernels::memory::Workspace;
use saola_tensor::{Error, Result};

use super::ir::{Instruction, Ir};
use super::place::Places;
use super::{Plan, at};

/// Refuses a plan whose values no machine could hold at one time.
pub(super) fn check(ir: &Ir, places: &Places) -> Result<()> {
    if places.bytes <= isize::MAX as usize / 2 {
        return Ok(());
    }
    let values = |i: &Instruction| i.outputs.iter().map(|&id| ir.values[id].value.clone()).collect();
    let steps = ir.instructions.iter().map(|i| (&i.origin, values(i)));
    let error = Error::value("a run needs more working memory than any machine has");
    Err(with_largest(error.help("use a smaller batch, or smaller shapes"), steps))
}

impl Plan {
    /// Memory for a run.
    ///
    /// # Errors
    /// The system gives none; the error names the operation with the largest result.
    pub(crate) fn workspace(&self) -> Result<Workspace> {
        let steps = self.steps.iter().map(|s| (&s.origin, s.results.clone()));
        self.schedule.workspace().map_err(|error| with_largest(error, steps))
    }
}

/// An error over memory, with the operation whose result is the largest.
fn with_largest<'a>(error: Error, steps: impl Iterator<Item = (&'a Symbol, Vec<Value>)>) -> Error {
    let bytes = |v: &Value| v.len().saturating_mul(v.dtype.size());
    let results = steps.flat_map(|(origin, values)| values.into_iter().map(move |v| (origin, v)));
    let Some((origin, value)) = results.max_by_key(|(_, v)| bytes(v)) else {
        return error;
    };
    let text = format!("{}{}  from `{}`", value.dtype, value.shape, origin.node().asked());
    at(error.note("largest", text), origin)
}
