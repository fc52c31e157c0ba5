//! Dense layers behind feature columns.

use std::sync::Arc;

use saola_graph::{Effect, Symbol};
use saola_nn::activations::{Function, Relu};
use saola_nn::layers::{BatchNormalization, Dense, Dropout};
use saola_nn::optimizers::{Adagrad, OptimizerRef};
use saola_tensor::Result;

use super::target::{Classes, Given, Numbers};
use super::{Differentiable, Premade, Target, column_settings};
use crate::features::dense_features;
use crate::head::Head;
use crate::model_fn::ModelContext;
use crate::{Column, Features};

/// Dense layers behind feature columns.
#[derive(Clone, Debug)]
pub struct Dnn {
    pub(super) columns: Vec<Column>,
    pub(super) hidden_units: Vec<usize>,
    pub(super) activation: Function,
    pub(super) dropout: Option<f64>,
    pub(super) batch_norm: bool,
    pub(super) optimizer: OptimizerRef,
}

/// A classifier of dense layers behind feature columns: the reference's `DNNClassifier`, with its defaults and its
/// variable names (`dnn/hiddenlayer_0/kernel`, `dnn/logits/bias`, ..).
///
/// The default optimizer is [`Adagrad`] with a learning rate of 0.001, as in the reference. It learns slowly; most
/// problems want another.
///
/// ```
/// use saola_estimator::{DnnClassifier, RunConfig, column};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let columns = [column::numeric("age"), column::vocabulary("city", ["Rome", "Oslo"]).indicator()];
/// let classifier = DnnClassifier::new(columns, [16, 8]).n_classes(3).dropout(0.1).build()?;
/// # Ok(())
/// # }
/// ```
pub type DnnClassifier = Premade<Dnn, Classes>;

/// A regressor of dense layers behind feature columns: the reference's `DNNRegressor`. See [`DnnClassifier`].
pub type DnnRegressor = Premade<Dnn, Numbers>;

/// Dense layers behind feature columns, for a given head: the reference's `DNNEstimator`. See [`DnnClassifier`].
pub type DnnEstimator = Premade<Dnn, Given>;

impl Dnn {
    pub(super) fn new(columns: Vec<Column>, hidden_units: Vec<usize>) -> Dnn {
        Dnn {
            columns,
            hidden_units,
            activation: Relu.into(),
            dropout: None,
            batch_norm: false,
            optimizer: Adagrad::new(0.001).epsilon_outside(true).into(),
        }
    }
}

fn all<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> Vec<Column> {
    columns.into_iter().map(Into::into).collect()
}

impl DnnClassifier {
    /// A classifier of two classes: dense columns, then a layer for each of `hidden_units`, then the logits.
    pub fn new<C: Into<Column>>(
        columns: impl IntoIterator<Item = C>,
        hidden_units: impl Into<Vec<usize>>,
    ) -> DnnClassifier {
        Premade::of(Dnn::new(all(columns), hidden_units.into()), Classes::default())
    }
}

impl DnnRegressor {
    /// A regressor of one number: dense columns, then a layer for each of `hidden_units`, then the logits.
    pub fn new<C: Into<Column>>(
        columns: impl IntoIterator<Item = C>,
        hidden_units: impl Into<Vec<usize>>,
    ) -> DnnRegressor {
        Premade::of(Dnn::new(all(columns), hidden_units.into()), Numbers::default())
    }
}

impl DnnEstimator {
    /// What `head` says of dense columns, a layer for each of `hidden_units`, and the logits.
    pub fn new<C: Into<Column>>(
        head: impl Head + 'static,
        columns: impl IntoIterator<Item = C>,
        hidden_units: impl Into<Vec<usize>>,
    ) -> DnnEstimator {
        Premade::of(Dnn::new(all(columns), hidden_units.into()), Given(Arc::new(head)))
    }
}

impl<T: Target> Premade<Dnn, T> {
    /// The optimizer.
    pub fn optimizer(mut self, optimizer: impl Into<OptimizerRef>) -> Self {
        self.architecture.optimizer = optimizer.into();
        self
    }

    /// The activation of the hidden layers; ReLU by default.
    pub fn activation(mut self, activation: impl Into<Function>) -> Self {
        self.architecture.activation = activation.into();
        self
    }

    /// The fraction of each hidden layer's outputs that is left out in training.
    pub fn dropout(mut self, rate: f64) -> Self {
        self.architecture.dropout = Some(rate);
        self
    }

    /// Whether each hidden layer's outputs are normalized over the batch, after its dropout; false by default.
    pub fn batch_norm(mut self, normalize: bool) -> Self {
        self.architecture.batch_norm = normalize;
        self
    }
}

impl Differentiable for Dnn {
    const NAME: &'static str = "Dnn";

    fn faults(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.columns.is_empty() {
            wrong.push("there are no feature columns".into());
        }
        if self.hidden_units.contains(&0) {
            wrong.push("a hidden layer has no units".into());
        }
        if let Some(rate) = self.dropout.filter(|r| !(0.0..1.0).contains(r)) {
            wrong.push(format!("dropout is {rate}, not a fraction below 1"));
        }
        wrong
    }

    fn settings(&self) -> Vec<(String, String)> {
        let mut all = column_settings("column", &self.columns);
        all.push(("hidden_units".into(), format!("{:?}", self.hidden_units)));
        all.push(("activation".into(), self.activation.name().to_string()));
        all.push(("batch_norm".into(), self.batch_norm.to_string()));
        all
    }

    fn logits(&self, features: &Features, n: usize, cx: &mut ModelContext<'_>) -> Result<Symbol> {
        cx.scope.inside("dnn", |cx| -> Result<_> {
            let columns =
                cx.inside("input_from_feature_columns", |cx| dense_features(features, &self.columns, cx));
            let mut x = columns?;
            for (i, &units) in self.hidden_units.iter().enumerate() {
                let layer = Dense::new(units).activation(self.activation.clone());
                x = cx.enter(&format!("hiddenlayer_{i}"), &layer, &[x]);
                if let Some(rate) = self.dropout {
                    x = cx.enter(&format!("dropout_{i}"), &Dropout::new(rate), &[x]);
                }
                if self.batch_norm {
                    let layer = BatchNormalization::new().momentum(MOMENTUM);
                    let name = format!("batchnorm_{i}");
                    x = cx.inside(&format!("hiddenlayer_{i}"), |cx| cx.enter(&name, &layer, &[x]));
                }
            }
            Ok(cx.enter("logits", &Dense::new(n), &[x]))
        })
    }

    fn train(&self, cx: &mut ModelContext<'_>, loss: &Symbol) -> Result<Effect> {
        Ok(cx.minimize(self.optimizer.optimizer(), loss))
    }
}

/// How much of the old averages a batch normalization keeps at a step: the reference's.
const MOMENTUM: f64 = 0.999;
