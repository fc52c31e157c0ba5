//! A schedule of your own.

use std::sync::Arc;

use saola_graph::Symbol;

use super::Schedule;

/// A function of the number of steps so far, built from symbols; see
/// [`LearningRate::of`](crate::optimizers::LearningRate::of).
#[derive(Clone)]
pub struct Function(Arc<dyn Fn(&Symbol) -> Symbol + Send + Sync>);

impl Function {
    /// The schedule.
    pub fn new(function: impl Fn(&Symbol) -> Symbol + Send + Sync + 'static) -> Function {
        Function(Arc::new(function))
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Function")
    }
}

impl Schedule for Function {
    fn rate(&self, step: &Symbol) -> Symbol {
        (self.0)(step)
    }
}
