//! Wide and deep: a linear model beside dense layers.

use std::sync::Arc;

use saola_graph::{Effect, Symbol, constant, group, trainable_variables};
use saola_nn::activations::Function;
use saola_nn::optimizers::OptimizerRef;
use saola_tensor::{Result, Tensor};

use super::target::{Classes, Given, Numbers};
use super::{Differentiable, Dnn, Linear, Premade, Target};
use crate::head::Head;
use crate::model_fn::ModelContext;
use crate::restore::name;
use crate::{Column, Combiner, Features};

/// A linear model of some feature columns beside dense layers behind others, whose logits are added.
#[derive(Clone, Debug)]
pub struct DnnLinearCombined {
    linear: Linear,
    dnn: Dnn,
}

/// A classifier of a linear model beside dense layers, each with an optimizer of its own: the reference's
/// `DNNLinearCombinedClassifier`, also called wide and deep (Cheng et al., 2016). The linear part has
/// [`Ftrl`](saola_nn::optimizers::Ftrl) with a learning rate of 1/√n for n columns, at most 0.005, the dense part
/// [`Adagrad`](saola_nn::optimizers::Adagrad) with 0.001. One of the parts may be left out.
///
/// ```
/// use saola_estimator::{DnnLinearCombinedClassifier, column};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let city = column::vocabulary("city", ["Rome", "Oslo", "Lima"]);
/// let classifier = DnnLinearCombinedClassifier::new()
///     .linear_columns([&city])
///     .dnn_columns([column::numeric("age"), city.embedding(4)])
///     .dnn_hidden_units([16, 8])
///     .build()?;
/// # Ok(())
/// # }
/// ```
pub type DnnLinearCombinedClassifier = Premade<DnnLinearCombined, Classes>;

/// A regressor of a linear model beside dense layers: the reference's `DNNLinearCombinedRegressor`. See
/// [`DnnLinearCombinedClassifier`].
pub type DnnLinearCombinedRegressor = Premade<DnnLinearCombined, Numbers>;

/// A linear model beside dense layers for a given head: the reference's `DNNLinearCombinedEstimator`. See
/// [`DnnLinearCombinedClassifier`].
pub type DnnLinearCombinedEstimator = Premade<DnnLinearCombined, Given>;

impl Default for DnnLinearCombined {
    fn default() -> DnnLinearCombined {
        let linear = Linear { at_most: 0.005, ..Linear::new(Vec::<Column>::new()) };
        DnnLinearCombined { linear, dnn: Dnn::new(Vec::new(), Vec::new()) }
    }
}

impl DnnLinearCombinedClassifier {
    /// A classifier of two classes, without columns yet.
    pub fn new() -> DnnLinearCombinedClassifier {
        Premade::of(DnnLinearCombined::default(), Classes::default())
    }
}

impl Default for DnnLinearCombinedClassifier {
    fn default() -> DnnLinearCombinedClassifier {
        DnnLinearCombinedClassifier::new()
    }
}

impl DnnLinearCombinedRegressor {
    /// A regressor of one number, without columns yet.
    pub fn new() -> DnnLinearCombinedRegressor {
        Premade::of(DnnLinearCombined::default(), Numbers::default())
    }
}

impl Default for DnnLinearCombinedRegressor {
    fn default() -> DnnLinearCombinedRegressor {
        DnnLinearCombinedRegressor::new()
    }
}

impl DnnLinearCombinedEstimator {
    /// What `head` says of the logits, without columns yet.
    pub fn new(head: impl Head + 'static) -> DnnLinearCombinedEstimator {
        Premade::of(DnnLinearCombined::default(), Given(Arc::new(head)))
    }
}

impl<T: Target> Premade<DnnLinearCombined, T> {
    /// The columns of the linear part.
    pub fn linear_columns<C: Into<Column>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.architecture.linear.columns = columns.into_iter().map(Into::into).collect();
        self
    }

    /// The optimizer of the linear part.
    pub fn linear_optimizer(mut self, optimizer: impl Into<OptimizerRef>) -> Self {
        self.architecture.linear.optimizer = Some(optimizer.into());
        self
    }

    /// How the weights of an example's several classes in one column of the linear part become one number; their sum by
    /// default.
    pub fn linear_sparse_combiner(mut self, combiner: Combiner) -> Self {
        self.architecture.linear.combiner = combiner;
        self
    }

    /// The columns of the dense part.
    pub fn dnn_columns<C: Into<Column>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.architecture.dnn.columns = columns.into_iter().map(Into::into).collect();
        self
    }

    /// The widths of the hidden layers.
    pub fn dnn_hidden_units(mut self, units: impl Into<Vec<usize>>) -> Self {
        self.architecture.dnn.hidden_units = units.into();
        self
    }

    /// The optimizer of the dense part.
    pub fn dnn_optimizer(mut self, optimizer: impl Into<OptimizerRef>) -> Self {
        self.architecture.dnn.optimizer = optimizer.into();
        self
    }

    /// The activation of the hidden layers; ReLU by default.
    pub fn dnn_activation(mut self, activation: impl Into<Function>) -> Self {
        self.architecture.dnn.activation = activation.into();
        self
    }

    /// The fraction of each hidden layer's outputs that is left out in training.
    pub fn dnn_dropout(mut self, rate: f64) -> Self {
        self.architecture.dnn.dropout = Some(rate);
        self
    }

    /// Whether each hidden layer's outputs are normalized over the batch; false by default.
    pub fn batch_norm(mut self, normalize: bool) -> Self {
        self.architecture.dnn.batch_norm = normalize;
        self
    }
}

impl Differentiable for DnnLinearCombined {
    const NAME: &'static str = "DnnLinearCombined";

    fn faults(&self) -> Vec<String> {
        let DnnLinearCombined { linear, dnn } = self;
        if linear.columns.is_empty() && dnn.columns.is_empty() {
            return vec!["there are neither linear_columns nor dnn_columns".into()];
        }
        if dnn.columns.is_empty() {
            return Vec::new();
        }
        let mut wrong = dnn.faults();
        if dnn.hidden_units.is_empty() {
            wrong.push("there are dnn_columns, and no dnn_hidden_units".into());
        }
        wrong
    }

    fn settings(&self) -> Vec<(String, String)> {
        let (mut all, linear) = (self.dnn.settings(), self.linear.settings());
        all.extend(linear);
        all
    }

    fn logits(&self, features: &Features, n: usize, cx: &mut ModelContext<'_>) -> Result<Symbol> {
        let DnnLinearCombined { linear, dnn } = self;
        match (dnn.columns.is_empty(), linear.columns.is_empty()) {
            (false, false) => Ok(dnn.logits(features, n, cx)? + linear.logits(features, n, cx)?),
            (false, true) => dnn.logits(features, n, cx),
            (true, _) => linear.logits(features, n, cx),
        }
    }

    fn train(&self, cx: &mut ModelContext<'_>, loss: &Symbol) -> Result<Effect> {
        let DnnLinearCombined { linear, dnn } = self;
        let (deep, wide): (Vec<Symbol>, Vec<Symbol>) =
            trainable_variables([loss]).into_iter().partition(|v| name(v).starts_with("dnn/"));
        let mut steps = vec![cx.global_step().assign_add(&constant(Tensor::scalar(1i64)))];
        for (optimizer, variables) in [(dnn.optimizer.clone(), deep), (linear.optimizer(), wide)] {
            if !variables.is_empty() {
                let step = cx.minimize_over(optimizer.optimizer(), loss, &variables);
                steps.push(Symbol::from(&step));
            }
        }
        Ok(group(steps))
    }
}
