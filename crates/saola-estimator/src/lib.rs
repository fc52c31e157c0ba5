//! Estimators: what TensorFlow's `tf.estimator` was, on the graph of saola.
//!
//! An [`Estimator`] is a model function and a folder, which is the model. Each call builds the graph for its mode, restores
//! the latest checkpoint of the folder, and works through the data that an input function gives; what `evaluate` and
//! `predict` built stays warm for as long as the checkpoint is the same. Checkpoints are TensorFlow's, under TensorFlow's variable names.
//! [`export`] writes models that TensorFlow itself loads.
//!
//! ```no_run
//! use saola_data::Dataset;
//! use saola_estimator::{DnnClassifier, Evaluate, Train, column};
//!
//! # fn main() -> saola_tensor::Result<()> {
//! let columns = ["sepal_length", "petal_length"].map(column::numeric);
//! let classifier = DnnClassifier::new(columns, [10, 10])
//!     .n_classes(3)
//!     .label_vocabulary(["setosa", "versicolor", "virginica"])
//!     .model_dir("runs/iris")
//!     .build()?;
//! let iris = || Dataset::csv("data/iris.csv", Some("species"));
//! classifier.train(|| Ok(iris()?.shuffle(150).repeat(20).batch(32)), Train::new())?;
//! println!("{}", classifier.evaluate(|| Ok(iris()?.batch(32)), Evaluate::new())?);
//! # Ok(())
//! # }
//! ```

mod add_metrics;
pub mod column;
mod config;
mod estimator;
mod evaluate;
pub mod export;
mod exporters;
mod features;
mod fingerprint;
pub mod head;
pub mod hooks;
mod inputs;
mod labels;
mod linear_model;
mod model_fn;
mod model_to_estimator;
mod monitored;
mod options;
mod predict;
mod predictor;
pub mod premade;
mod restore;
mod train;
mod train_and_evaluate;
mod warm;
mod warm_start;

pub use add_metrics::Evaluated;
pub use column::Column;
pub use config::RunConfig;
pub use estimator::Estimator;
pub use evaluate::Metrics;
pub use exporters::{BestExporter, Evaluation, Exporter, FinalExporter, LatestExporter};
pub use features::{Features, dense_features};
pub use head::Head;
pub use hooks::{Hook, StepContext, StepValues};
pub use inputs::ArrayInput;
pub use labels::Labels;
pub use linear_model::linear_model;
pub use model_fn::{EstimatorSpec, Mode, ModelContext};
pub use model_to_estimator::model_to_estimator;
pub use monitored::{MonitoredSession, MonitoredSessionBuilder, MonitoredTrainingSession, Scaffold};
pub use options::{Evaluate, Predict, Train};
pub use predict::Prediction;
pub use predictor::Predictor;
pub use premade::{
    BaselineClassifier, BaselineEstimator, BaselineRegressor, BoostedTreesClassifier, BoostedTreesEstimator,
    BoostedTreesRegressor, DistanceMetric, DnnClassifier, DnnEstimator, DnnLinearCombinedClassifier,
    DnnLinearCombinedEstimator, DnnLinearCombinedRegressor, DnnRegressor, InitialClusters, KMeans,
    KMeansBuilder, LinearClassifier, LinearEstimator, LinearRegressor, PruningMode,
};
pub use saola_graph::Combiner;
pub use train_and_evaluate::{EvalSpec, TrainSpec, train_and_evaluate};
pub use warm_start::{VocabInfo, WarmStartSettings, Words};
