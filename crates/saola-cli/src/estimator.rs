//! Premade estimators by name.

use clap::ValueEnum;
use saola_estimator::{
    BaselineClassifier, BaselineRegressor, Column, DnnClassifier, DnnLinearCombinedClassifier,
    DnnLinearCombinedRegressor, DnnRegressor, Estimator, LinearClassifier, LinearRegressor, RunConfig,
};
use saola_tensor::Result;
use serde::{Deserialize, Serialize};

use crate::optimizer::Optimizer;
use crate::settings::Settings;

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
            Kind::Baseline => "baseline",
        }
    }

    /// The optimizer that suits it.
    pub(crate) fn usual_optimizer(self) -> Optimizer {
        match self {
            Kind::Dnn | Kind::DnnLinear => Optimizer::Adam,
            Kind::Linear | Kind::Baseline => Optimizer::Ftrl,
        }
    }

    /// Whether it has hidden layers.
    pub(crate) fn is_deep(self) -> bool {
        matches!(self, Kind::Dnn | Kind::DnnLinear)
    }

    /// The estimator of `settings`.
    ///
    /// # Errors
    /// Settings that cannot be.
    pub(crate) fn build(self, settings: &Settings, config: RunConfig) -> Result<Estimator> {
        let dense: Vec<Column> = settings.columns.iter().map(|feature| feature.column()).collect();
        let wide: Vec<Column> = settings.columns.iter().map(|feature| feature.linear_column()).collect();
        let units = settings.hidden_units.clone();
        let optimizer = settings.optimizer.with(settings.learning_rate);
        let (dropout, n) = (settings.dropout, settings.label.classes.len());
        match (self, settings.label.quantity.is_none()) {
            (Kind::Dnn, true) => {
                let model = DnnClassifier::new(dense, units).n_classes(n).optimizer(optimizer).config(config);
                (if dropout > 0.0 { model.dropout(dropout) } else { model }).build()
            }
            (Kind::Dnn, false) => {
                let model = DnnRegressor::new(dense, units).optimizer(optimizer).config(config);
                (if dropout > 0.0 { model.dropout(dropout) } else { model }).build()
            }
            (Kind::DnnLinear, true) => {
                let model = DnnLinearCombinedClassifier::new().n_classes(n).linear_columns(wide);
                let model = model.dnn_columns(dense).dnn_hidden_units(units).dnn_optimizer(optimizer);
                (if dropout > 0.0 { model.dnn_dropout(dropout) } else { model }).config(config).build()
            }
            (Kind::DnnLinear, false) => {
                let model = DnnLinearCombinedRegressor::new().linear_columns(wide);
                let model = model.dnn_columns(dense).dnn_hidden_units(units).dnn_optimizer(optimizer);
                (if dropout > 0.0 { model.dnn_dropout(dropout) } else { model }).config(config).build()
            }
            (Kind::Linear, true) => {
                LinearClassifier::new(wide).n_classes(n).optimizer(optimizer).config(config).build()
            }
            (Kind::Linear, false) => LinearRegressor::new(wide).optimizer(optimizer).config(config).build(),
            (Kind::Baseline, true) => {
                BaselineClassifier::new().n_classes(n).optimizer(optimizer).config(config).build()
            }
            (Kind::Baseline, false) => BaselineRegressor::new().optimizer(optimizer).config(config).build(),
        }
    }
}
