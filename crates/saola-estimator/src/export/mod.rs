//! Models for other programs: exports that TensorFlow loads.
//!
//! [`Estimator::export_saved_model`](crate::Estimator::export_saved_model) writes the graph that predicts, from what a
//! client sends to what it gets back, in TensorFlow's operations. How a client's request becomes features is said by a
//! [`ServingInputReceiver`]; which questions the model answers by the model's [`ExportOutput`]s.
//!
//! ```
//! use saola_data::{Dataset, Element};
//! use saola_estimator::export::{Export, parsing_serving_input_receiver};
//! use saola_estimator::{LinearRegressor, RunConfig, Train, column};
//! # use saola_tensor::{Error, Tensor};
//!
//! # fn main() -> saola_tensor::Result<()> {
//! # let folder = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
//! # let data = || Ok(Dataset::from_tensor_slices((
//! #     Element::from([("x", Tensor::from([0.0f32, 1.0]))]), Tensor::from([3.0f32, 5.0])))?.batch(2));
//! let columns = [column::numeric("x")];
//! let spec = column::make_parse_example_spec(&columns)?;
//! let config = RunConfig::new().model_dir(folder.path()).quiet();
//! let estimator = LinearRegressor::new(columns).config(config).build()?;
//! estimator.train(data, Train::new())?;
//! let serving = parsing_serving_input_receiver(spec);
//! let written = estimator.export_saved_model(folder.path().join("served"), serving, Export::new())?;
//! assert!(written.join("saved_model.pb").exists());
//! # Ok(())
//! # }
//! ```

mod options;
mod output;
mod parse_example;
mod receiver;
mod saved_model;
mod signatures;

pub use options::Export;
pub use output::{ExportOutput, SERVING_DEFAULT};
pub use receiver::{
    ServingInputReceiver, TensorServingInputReceiver, parsing_serving_input_receiver,
    raw_serving_input_receiver,
};
