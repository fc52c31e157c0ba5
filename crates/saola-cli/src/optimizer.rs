//! Optimizers by name.

use clap::ValueEnum;
use saola_nn::optimizers::{Adagrad, Adam, Ftrl, OptimizerRef, Sgd};
use serde::{Deserialize, Serialize};

/// What turns gradients into steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Optimizer {
    Adam,
    Adagrad,
    Sgd,
    Ftrl,
}

impl Optimizer {
    /// As it is written on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Optimizer::Adam => "adam",
            Optimizer::Adagrad => "adagrad",
            Optimizer::Sgd => "sgd",
            Optimizer::Ftrl => "ftrl",
        }
    }

    /// A learning rate that suits standardized columns.
    pub(crate) fn usual_learning_rate(self) -> f64 {
        if self == Optimizer::Adam { 0.001 } else { 0.05 }
    }

    pub(crate) fn with(self, learning_rate: f64) -> OptimizerRef {
        match self {
            Optimizer::Adam => Adam::new(learning_rate).into(),
            Optimizer::Adagrad => Adagrad::new(learning_rate).into(),
            Optimizer::Sgd => Sgd::new(learning_rate).into(),
            Optimizer::Ftrl => Ftrl::new(learning_rate).into(),
        }
    }
}
