//! Models that ignore the features.

use std::sync::Arc;

use saola_graph::{Dim, Effect, Symbol};
use saola_nn::initializers::Zeros;
use saola_nn::optimizers::{Ftrl, OptimizerRef};
use saola_tensor::{DType, Error, Result};

use super::target::{Classes, Given, Numbers};
use super::{Differentiable, Premade, Target};
use crate::Features;
use crate::head::Head;
use crate::model_fn::ModelContext;

/// A bias and nothing else: what a model must be better than.
#[derive(Clone, Debug)]
pub struct Baseline {
    optimizer: OptimizerRef,
}

/// A classifier that learns how common each class is, whatever the features: the reference's `BaselineClassifier`. The
/// default optimizer is [`Ftrl`] with a learning rate of 0.3.
///
/// ```
/// use saola_estimator::BaselineClassifier;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let classifier = BaselineClassifier::new().n_classes(3).build()?;
/// # Ok(())
/// # }
/// ```
pub type BaselineClassifier = Premade<Baseline, Classes>;

/// A regressor that learns the mean of the labels: the reference's `BaselineRegressor`. See [`BaselineClassifier`].
pub type BaselineRegressor = Premade<Baseline, Numbers>;

/// A bias for a given head: the reference's `BaselineEstimator`. See [`BaselineClassifier`].
pub type BaselineEstimator = Premade<Baseline, Given>;

impl Default for Baseline {
    fn default() -> Baseline {
        Baseline { optimizer: Ftrl::new(0.3).into() }
    }
}

impl BaselineClassifier {
    /// A classifier of two classes.
    pub fn new() -> BaselineClassifier {
        Premade::of(Baseline::default(), Classes::default())
    }
}

impl Default for BaselineClassifier {
    fn default() -> BaselineClassifier {
        BaselineClassifier::new()
    }
}

impl BaselineRegressor {
    /// A regressor of one number.
    pub fn new() -> BaselineRegressor {
        Premade::of(Baseline::default(), Numbers::default())
    }
}

impl Default for BaselineRegressor {
    fn default() -> BaselineRegressor {
        BaselineRegressor::new()
    }
}

impl BaselineEstimator {
    /// What `head` says of a bias.
    pub fn new(head: impl Head + 'static) -> BaselineEstimator {
        Premade::of(Baseline::default(), Given(Arc::new(head)))
    }
}

impl<T: Target> Premade<Baseline, T> {
    /// The optimizer.
    pub fn optimizer(mut self, optimizer: impl Into<OptimizerRef>) -> Self {
        self.architecture.optimizer = optimizer.into();
        self
    }
}

impl Differentiable for Baseline {
    const NAME: &'static str = "Baseline";

    fn faults(&self) -> Vec<String> {
        Vec::new()
    }

    fn settings(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn logits(&self, features: &Features, n: usize, cx: &mut ModelContext<'_>) -> Result<Symbol> {
        // Any feature tells how many examples there are.
        let Some((_, feature)) = features.iter().next() else {
            return Err(Error::value("the input has no features").help("give at least one, of any kind"));
        };
        let bias = cx.scope.inside("baseline", |cx| cx.weight("bias", [Dim::Known(n)], Zeros));
        let ones = feature.fill_like(1.0, DType::F32);
        let rest: Vec<isize> = (1..ones.rank() as isize).collect();
        let examples = if rest.is_empty() { ones } else { ones.max_over(rest) };
        Ok(examples.expand_dims(-1) * bias.expand_dims(0))
    }

    fn train(&self, cx: &mut ModelContext<'_>, loss: &Symbol) -> Result<Effect> {
        Ok(cx.minimize(self.optimizer.optimizer(), loss))
    }
}
