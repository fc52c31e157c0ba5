//! Premade estimators by name.

use clap::ValueEnum;
use saola_estimator::{
    BaselineClassifier, BaselineEstimator, BoostedTreesClassifier, BoostedTreesEstimator, Column,
    DnnClassifier, DnnEstimator, DnnLinearCombinedClassifier, DnnLinearCombinedEstimator, Estimator,
    LinearClassifier, LinearEstimator, RunConfig,
};
use saola_nn::optimizers::OptimizerRef;
use saola_tensor::Result;
use serde::{Deserialize, Serialize};

use crate::optimizer::Optimizer;
use crate::quantity::QuantityHead;
use crate::settings::{Forest, Settings};

/// What kind of model it is; the label says whether it is a classifier or a regressor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// A weight for each number and each word
    Linear,
    /// Hidden layers
    #[default]
    Dnn,
    /// Hidden layers and weights side by side
    DnnLinear,
    /// Trees that each correct those before
    BoostedTrees,
    /// How common each class is, or the mean, whatever the columns say: what a model must be better than
    Baseline,
}

impl Kind {
    /// As it is written on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Linear => "linear",
            Kind::Dnn => "dnn",
            Kind::DnnLinear => "dnn-linear",
            Kind::BoostedTrees => "boosted-trees",
            Kind::Baseline => "baseline",
        }
    }

    /// The optimizer that suits it; trees have none.
    pub(crate) fn usual_optimizer(self) -> Option<Optimizer> {
        match self {
            Kind::Dnn | Kind::DnnLinear => Some(Optimizer::Adam),
            Kind::Linear | Kind::Baseline => Some(Optimizer::Ftrl),
            Kind::BoostedTrees => None,
        }
    }

    /// Whether it grows trees, one from all rows in each step.
    pub(crate) fn has_trees(self) -> bool {
        self == Kind::BoostedTrees
    }

    /// Whether it has hidden layers.
    pub(crate) fn is_deep(self) -> bool {
        matches!(self, Kind::Dnn | Kind::DnnLinear)
    }

    /// The estimator of `settings`. What it predicts is in the words and units of the label.
    ///
    /// # Errors
    /// Settings that cannot be.
    pub(crate) fn build(self, settings: &Settings, config: RunConfig) -> Result<Estimator> {
        match settings.label.quantity {
            None => self.classifier(settings, config),
            Some(scale) => self.regressor(settings, QuantityHead::new(scale), config),
        }
    }

    fn classifier(self, settings: &Settings, config: RunConfig) -> Result<Estimator> {
        let Parts { dense, wide, units, optimizer, dropout } = Parts::of(settings);
        let (names, n) = (&settings.label.classes, settings.label.classes.len());
        match self {
            Kind::Dnn => {
                let model = DnnClassifier::new(dense, units).n_classes(n).class_names(names);
                let model = model.optimizer(optimizer).config(config);
                (if dropout > 0.0 { model.dropout(dropout) } else { model }).build()
            }
            Kind::DnnLinear => {
                let model = DnnLinearCombinedClassifier::new().n_classes(n).class_names(names);
                let model = model.linear_columns(wide).dnn_columns(dense).dnn_hidden_units(units);
                let model = model.dnn_optimizer(optimizer).config(config);
                (if dropout > 0.0 { model.dnn_dropout(dropout) } else { model }).build()
            }
            Kind::Linear => {
                let model = LinearClassifier::new(wide).n_classes(n).class_names(names);
                model.optimizer(optimizer).config(config).build()
            }
            Kind::BoostedTrees => {
                let Forest { trees, depth } = settings.forest.unwrap_or_default();
                let columns = settings.columns.iter().map(|feature| feature.tree_column());
                let model = BoostedTreesClassifier::new(columns).n_classes(n).class_names(names);
                let model = model.n_trees(trees).max_depth(depth).learning_rate(settings.learning_rate);
                model.train_in_memory(true).config(config).build()
            }
            Kind::Baseline => {
                let model = BaselineClassifier::new().n_classes(n).class_names(names);
                model.optimizer(optimizer).config(config).build()
            }
        }
    }

    fn regressor(self, settings: &Settings, head: QuantityHead, config: RunConfig) -> Result<Estimator> {
        let Parts { dense, wide, units, optimizer, dropout } = Parts::of(settings);
        match self {
            Kind::Dnn => {
                let model = DnnEstimator::new(head, dense, units).optimizer(optimizer).config(config);
                (if dropout > 0.0 { model.dropout(dropout) } else { model }).build()
            }
            Kind::DnnLinear => {
                let model = DnnLinearCombinedEstimator::new(head).linear_columns(wide).dnn_columns(dense);
                let model = model.dnn_hidden_units(units).dnn_optimizer(optimizer).config(config);
                (if dropout > 0.0 { model.dnn_dropout(dropout) } else { model }).build()
            }
            Kind::BoostedTrees => {
                let Forest { trees, depth } = settings.forest.unwrap_or_default();
                let columns = settings.columns.iter().map(|feature| feature.tree_column());
                let model = BoostedTreesEstimator::new(head, columns).n_trees(trees).max_depth(depth);
                let model = model.learning_rate(settings.learning_rate);
                model.train_in_memory(true).config(config).build()
            }
            Kind::Linear => LinearEstimator::new(head, wide).optimizer(optimizer).config(config).build(),
            Kind::Baseline => BaselineEstimator::new(head).optimizer(optimizer).config(config).build(),
        }
    }
}

/// What models are made of.
struct Parts {
    dense: Vec<Column>,
    wide: Vec<Column>,
    units: Vec<usize>,
    optimizer: OptimizerRef,
    dropout: f64,
}

impl Parts {
    fn of(settings: &Settings) -> Parts {
        Parts {
            dense: settings.columns.iter().map(|feature| feature.column()).collect(),
            wide: settings.columns.iter().map(|feature| feature.linear_column()).collect(),
            units: settings.hidden_units.clone(),
            // Trees have none, and take none of these.
            optimizer: settings.optimizer.unwrap_or(Optimizer::Sgd).with(settings.learning_rate),
            dropout: settings.dropout,
        }
    }
}
