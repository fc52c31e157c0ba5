//! An optimizer to be used, by type or by name.

use std::sync::Arc;

use saola_graph::{Effect, Symbol};
use saola_tensor::Error;

use super::{Adagrad, Adam, Ftrl, Optimizer, Plan, Sgd};
use crate::initializers::unknown;

/// An optimizer to be used: a typed one, or a Keras name.
#[derive(Clone, Debug)]
pub struct OptimizerRef(Arc<dyn Optimizer>);

impl OptimizerRef {
    /// The optimizer.
    pub fn optimizer(&self) -> &dyn Optimizer {
        &*self.0
    }
}

impl<O: Optimizer + 'static> From<O> for OptimizerRef {
    fn from(optimizer: O) -> OptimizerRef {
        OptimizerRef(Arc::new(optimizer))
    }
}

/// The optimizer of a Keras name; an unknown one gives an error where it is used.
impl From<&str> for OptimizerRef {
    fn from(name: &str) -> OptimizerRef {
        match name.to_lowercase().as_str() {
            "sgd" => Sgd::default().into(),
            "adam" => Adam::default().into(),
            "adagrad" => Adagrad::default().into(),
            "ftrl" => Ftrl::default().into(),
            _ => OptimizerRef(Arc::new(Unknown(unknown(
                "optimizer",
                name,
                &["sgd", "adam", "adagrad", "ftrl"],
            )))),
        }
    }
}

#[derive(Debug)]
struct Unknown(Error);

impl Optimizer for Unknown {
    fn name(&self) -> &'static str {
        "unknown"
    }
    fn learning_rate(&self) -> f64 {
        0.0
    }
    fn fault(&self) -> Option<Error> {
        Some(self.0.clone())
    }
    fn step(&self, _plan: &mut Plan, _variable: &Symbol, _gradient: &Symbol) -> Effect {
        Effect::new(Symbol::poisoned(self.0.clone()))
    }
}
