//! A plan to look at.

use std::sync::Arc;

use saola_kernels::memory::Schedule;

use crate::columns::Columns;
use crate::plan::{Plan, StepInfo};

/// The plan for a set of fetches and feeds: what [`crate::Session::plan`] gives.
pub struct PlanView {
    pub(crate) prepared: Arc<crate::session::Prepared>,
}

impl StepInfo {
    /// The first result's dtype and shape.
    pub(crate) fn result(&self) -> String {
        self.results.first().map_or(String::new(), |v| format!("{}{}", v.dtype, v.shape))
    }
}

impl PlanView {
    fn plan(&self) -> &Plan {
        &self.prepared.plan
    }

    fn schedule(&self) -> &Schedule {
        &self.plan().schedule
    }

    /// One line per kernel, in order: results, what is done, operands.
    pub fn text(&self) -> &str {
        &self.plan().text
    }

    /// Bytes of working memory of one run: what the values that live at one time need at most.
    pub fn working_memory(&self) -> usize {
        self.schedule().arena_bytes()
    }

    /// How many additions, multiplications and the like one run takes.
    pub fn flops(&self) -> u64 {
        self.plan().steps.iter().fold(0, |n, s| n.saturating_add(s.flops))
    }

    /// A table of the plan's kernels with their layers, results and costs, and the memory that a run needs at most.
    pub fn summary(&self) -> String {
        let header = ["kernel", "layer", "result", "operations", "bytes"];
        let mut table = Columns::new(&header, 3);
        for step in &self.plan().steps {
            let path = step.origin.node().path().unwrap_or_default().to_string();
            table.row([
                step.what.clone(),
                path,
                step.result(),
                scaled(step.flops, 1000),
                scaled(step.bytes, 1024),
            ]);
        }
        let bytes = |n: usize| scaled(n as u64, 1024);
        let (constants, variables, feeds) = self.schedule().held();
        let peak = self.working_memory() + constants + variables + feeds;
        format!(
            "{table}{} kernels, {} operations\nmemory: {} bytes at most, of which working memory {}, variables {}, \
             constants {}, feeds {}\n",
            self.plan().steps.len(),
            scaled(self.flops(), 1000),
            bytes(peak),
            bytes(self.working_memory()),
            bytes(variables),
            bytes(constants),
            bytes(feeds),
        )
    }
}

impl std::fmt::Debug for PlanView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}

/// A number with a unit prefix: of 1000, or of 1024.
fn scaled(n: u64, base: u64) -> String {
    let prefixes = if base == 1024 { ["", "Ki", "Mi", "Gi", "Ti"] } else { ["", "k", "M", "G", "T"] };
    let mut value = n as f64;
    let mut k = 0;
    while value >= base as f64 && k + 1 < prefixes.len() {
        value /= base as f64;
        k += 1;
    }
    if k == 0 { n.to_string() } else { format!("{value:.1} {}", prefixes[k]) }
}
