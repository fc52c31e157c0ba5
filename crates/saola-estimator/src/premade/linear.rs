//! Linear models of feature columns.

use std::sync::Arc;

use saola_graph::{Effect, Symbol};
use saola_nn::optimizers::{Ftrl, OptimizerRef};
use saola_tensor::Result;

use super::target::{Classes, Given, Numbers};
use super::{Differentiable, Premade, Target, column_settings};
use crate::head::Head;
use crate::linear_model::linear_model;
use crate::model_fn::ModelContext;
use crate::{Column, Combiner, Features};

/// A linear model of feature columns.
#[derive(Clone, Debug)]
pub struct Linear {
    pub(super) columns: Vec<Column>,
    pub(super) combiner: Combiner,
    pub(super) optimizer: Option<OptimizerRef>,
    /// The default optimizer's greatest learning rate.
    pub(super) at_most: f64,
}

/// A classifier whose logits are linear in its feature columns, categorical ones included: the reference's
/// `LinearClassifier`, with its variable names (`linear/linear_model/<column>/weights`,
/// `linear/linear_model/bias_weights`). The default optimizer is [`Ftrl`] with a learning rate of 1/√n for n columns,
/// at most 0.2.
///
/// ```
/// use saola_estimator::{LinearClassifier, column};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let columns = [column::numeric("age"), column::vocabulary("city", ["Rome", "Oslo"])];
/// let classifier = LinearClassifier::new(columns).label_vocabulary(["no", "yes"]).build()?;
/// # Ok(())
/// # }
/// ```
pub type LinearClassifier = Premade<Linear, Classes>;

/// A regressor that is linear in its feature columns: the reference's `LinearRegressor`. See [`LinearClassifier`].
pub type LinearRegressor = Premade<Linear, Numbers>;

/// Logits that are linear in feature columns, for a given head: the reference's `LinearEstimator`. See
/// [`LinearClassifier`].
pub type LinearEstimator = Premade<Linear, Given>;

impl Linear {
    pub(super) fn new<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> Linear {
        let columns = columns.into_iter().map(Into::into).collect();
        Linear { columns, combiner: Combiner::Sum, optimizer: None, at_most: 0.2 }
    }

    /// The optimizer that was given, or the reference's.
    pub(super) fn optimizer(&self) -> OptimizerRef {
        let rate = self.at_most.min(1.0 / (self.columns.len().max(1) as f64).sqrt());
        self.optimizer.clone().unwrap_or_else(|| Ftrl::new(rate).into())
    }
}

impl LinearClassifier {
    /// A classifier of two classes.
    pub fn new<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> LinearClassifier {
        Premade::of(Linear::new(columns), Classes::default())
    }
}

impl LinearRegressor {
    /// A regressor of one number.
    pub fn new<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> LinearRegressor {
        Premade::of(Linear::new(columns), Numbers::default())
    }
}

impl LinearEstimator {
    /// What `head` says of logits that are linear in the columns.
    pub fn new<C: Into<Column>>(
        head: impl Head + 'static,
        columns: impl IntoIterator<Item = C>,
    ) -> LinearEstimator {
        Premade::of(Linear::new(columns), Given(Arc::new(head)))
    }
}

impl<T: Target> Premade<Linear, T> {
    /// The optimizer.
    pub fn optimizer(mut self, optimizer: impl Into<OptimizerRef>) -> Self {
        self.architecture.optimizer = Some(optimizer.into());
        self
    }

    /// How the weights of an example's several classes in one column become one number; their sum by default.
    pub fn sparse_combiner(mut self, combiner: Combiner) -> Self {
        self.architecture.combiner = combiner;
        self
    }
}

impl Differentiable for Linear {
    const NAME: &'static str = "Linear";

    fn faults(&self) -> Vec<String> {
        let none = self.columns.is_empty().then(|| "there are no feature columns".to_string());
        none.into_iter().collect()
    }

    fn settings(&self) -> Vec<(String, String)> {
        let mut all = column_settings("linear column", &self.columns);
        all.push(("sparse_combiner".into(), format!("{:?}", self.combiner)));
        all
    }

    fn logits(&self, features: &Features, n: usize, cx: &mut ModelContext<'_>) -> Result<Symbol> {
        cx.scope.inside("linear", |cx| linear_model(features, &self.columns, n, self.combiner, cx))
    }

    fn train(&self, cx: &mut ModelContext<'_>, loss: &Symbol) -> Result<Effect> {
        Ok(cx.minimize(self.optimizer().optimizer(), loss))
    }
}
