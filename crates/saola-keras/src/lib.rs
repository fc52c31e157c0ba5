//! Keras models: `Sequential` and functional, `compile`, `fit`, `evaluate`, `predict`, callbacks.
//!
//! ```
//! use saola_keras::{Compile, Evaluate, Fit, Predict, Sequential};
//! use saola_nn::activations::{Relu, Softmax};
//! use saola_nn::layers::Dense;
//! use saola_nn::losses::SparseCategoricalCrossentropy;
//! use saola_nn::metrics::Accuracy;
//! use saola_nn::optimizers::Adam;
//! use saola_tensor::Tensor;
//!
//! # fn main() -> saola_tensor::Result<()> {
//! // Two classes: is the sum of two numbers above 1?
//! let x = Tensor::new((0..200).map(|i| (i % 20) as f32 / 20.0).collect::<Vec<_>>(), [100, 2])?;
//! let labels = x.as_slice::<f32>()?.chunks(2).map(|p| i64::from(p[0] + p[1] > 1.0));
//! let y = Tensor::from(labels.collect::<Vec<i64>>());
//!
//! let mut model = Sequential::new()
//!     .add(Dense::new(8).activation(Relu))
//!     .add(Dense::new(2).activation(Softmax));
//! model.compile(Compile::new(Adam::new(0.05), SparseCategoricalCrossentropy::new()).metric(Accuracy::new()))?;
//! let history = model.fit((&x, &y), Fit::epochs(10).silent())?;
//! assert!(history.last("loss")? < history.get("loss")?[0]);
//! let scores = model.evaluate((&x, &y), Evaluate::new().silent())?;
//! assert!(scores.get("accuracy")? > 0.5);
//! assert_eq!(&model.predict(&x, Predict::new())?.shape()[..], [100, 2]);
//! # Ok(())
//! # }
//! ```

pub mod applications;
pub mod backend;
pub mod callbacks;
mod compile;
mod data;
mod export;
mod feature_space;
mod functional;
mod history;
mod keras_file;
pub mod merging;
mod model;
mod nested;
mod options;
mod plot;
mod progress;
mod saving;
mod sequential;
mod summary;
mod train_graph;
mod training;

pub use callbacks::{Callback, Logs};
pub use compile::Compile;
pub use data::{Data, IntoData};
pub use feature_space::{Cross, Feature, FeatureSpace};
pub use functional::{Input, KerasTensor};
pub use history::{History, Scores};
pub use keras_file::Load;
pub use model::Model;
pub use options::{Evaluate, Fit, Predict, Verbose};
pub use plot::Plot;
pub use progress::Progress;
pub use saving::LoadReport;
pub use sequential::Sequential;
pub use train_graph::{Objective, StepContext};
pub use training::{Event, Run, TrainLoop};
