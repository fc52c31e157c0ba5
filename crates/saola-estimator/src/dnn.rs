//! `DnnClassifier`: dense layers behind feature columns.

use std::sync::Arc;

use saola_nn::activations::{Function, Relu};
use saola_nn::layers::{Dense, Dropout};
use saola_nn::optimizers::{Adagrad, OptimizerRef};
use saola_tensor::{Error, Result};

use crate::config::RunConfig;
use crate::features::dense_features;
use crate::head::{BinaryClassHead, Head, MultiClassHead};
use crate::model_fn::Mode;
use crate::{Column, Estimator};

/// A classifier of dense layers behind feature columns: the reference's `DNNClassifier`, with its defaults and its
/// variable names (`dnn/hiddenlayer_0/kernel`, `dnn/logits/bias`, ..).
///
/// The default optimizer is [`Adagrad`] with a learning rate of 0.001, as in the reference. It learns slowly; most
/// problems want another.
#[derive(Clone, Debug)]
#[must_use]
pub struct DnnClassifier {
    columns: Vec<Column>,
    hidden_units: Vec<usize>,
    n_classes: usize,
    label_vocabulary: Option<Vec<String>>,
    optimizer: OptimizerRef,
    activation: Function,
    dropout: Option<f64>,
    config: RunConfig,
}

impl DnnClassifier {
    /// A classifier of two classes: dense columns, then a layer for each of `hidden_units`, then the logits.
    pub fn new<C: Into<Column>>(
        columns: impl IntoIterator<Item = C>,
        hidden_units: impl Into<Vec<usize>>,
    ) -> DnnClassifier {
        DnnClassifier {
            columns: columns.into_iter().map(Into::into).collect(),
            hidden_units: hidden_units.into(),
            n_classes: 2,
            label_vocabulary: None,
            optimizer: Adagrad::new(0.001).epsilon_outside(true).into(),
            activation: Relu.into(),
            dropout: None,
            config: RunConfig::new(),
        }
    }

    /// How many classes there are.
    pub fn n_classes(mut self, n: usize) -> DnnClassifier {
        self.n_classes = n;
        self
    }

    /// The classes' names, for labels that are strings.
    pub fn label_vocabulary<S: Into<String>>(
        mut self,
        classes: impl IntoIterator<Item = S>,
    ) -> DnnClassifier {
        self.label_vocabulary = Some(classes.into_iter().map(Into::into).collect());
        self
    }

    /// The optimizer.
    pub fn optimizer(mut self, optimizer: impl Into<OptimizerRef>) -> DnnClassifier {
        self.optimizer = optimizer.into();
        self
    }

    /// The activation of the hidden layers; ReLU by default.
    pub fn activation(mut self, activation: impl Into<Function>) -> DnnClassifier {
        self.activation = activation.into();
        self
    }

    /// The fraction of each hidden layer's outputs that is left out in training.
    pub fn dropout(mut self, rate: f64) -> DnnClassifier {
        self.dropout = Some(rate);
        self
    }

    /// The folder of checkpoints and events.
    pub fn model_dir(mut self, path: impl Into<std::path::PathBuf>) -> DnnClassifier {
        self.config = self.config.model_dir(path);
        self
    }

    /// How it runs. A folder that was set before stays, unless the configuration has one.
    pub fn config(mut self, config: RunConfig) -> DnnClassifier {
        let before = self.config.model_dir.take();
        self.config = config;
        if self.config.model_dir.is_none() {
            self.config.model_dir = before;
        }
        self
    }

    /// The estimator.
    ///
    /// # Errors
    /// Settings that cannot be, all at once.
    pub fn build(self) -> Result<Estimator> {
        let mut wrong = Vec::new();
        if self.n_classes < 2 {
            wrong.push(format!("n_classes is {}", self.n_classes));
        }
        if self.columns.is_empty() {
            wrong.push("there are no feature columns".into());
        }
        if self.hidden_units.contains(&0) {
            wrong.push("a hidden layer has no units".into());
        }
        if let Some(words) = &self.label_vocabulary
            && words.len() != self.n_classes
        {
            wrong.push(format!("n_classes is {}, the label vocabulary has {}", self.n_classes, words.len()));
        }
        if !wrong.is_empty() {
            return Err(
                Error::value(format!("DnnClassifier: {}", wrong.join("; "))).help("correct these settings")
            );
        }
        let head: Arc<dyn Head> = match self.n_classes {
            2 => Arc::new(BinaryClassHead::new(self.label_vocabulary)),
            n => Arc::new(MultiClassHead::new(n, self.label_vocabulary)),
        };
        let hidden: Vec<Dense> = self
            .hidden_units
            .iter()
            .map(|&units| Dense::new(units).activation(self.activation.clone()))
            .collect();
        let logits = Dense::new(head.logits_dimension());
        let (columns, dropout, optimizer) = (self.columns, self.dropout, self.optimizer);
        let model_fn = move |features: &crate::Features,
                             labels: Option<&saola_graph::Symbol>,
                             mode: Mode,
                             cx: &mut crate::ModelContext<'_>| {
            let logits = cx.scope.inside("dnn", |cx| -> Result<_> {
                let columns =
                    cx.inside("input_from_feature_columns", |cx| dense_features(features, &columns, cx));
                let mut x = columns?;
                for (i, layer) in hidden.iter().enumerate() {
                    x = cx.enter(&format!("hiddenlayer_{i}"), layer, &[x]);
                    if let Some(rate) = dropout {
                        x = cx.enter(&format!("dropout_{i}"), &Dropout::new(rate), &[x]);
                    }
                }
                Ok(cx.enter("logits", &logits, &[x]))
            })?;
            logits.check()?;
            head.spec(mode, &logits, labels, optimizer.optimizer(), cx)
        };
        Estimator::new(model_fn, self.config)
    }
}
