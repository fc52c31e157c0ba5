//! Layers, activations, initializers, losses, metrics and optimizers: the middle floor.
//!
//! Everything here builds symbols. A [`Layer`] is configuration; its weights live in a [`Weights`] store, keyed by
//! the path of layers around it, and it asks a [`Scope`] for them. Losses, metrics and optimizers are values with
//! builder methods, whose names, defaults and formulas are Keras's.
//!
//! ```
//! use saola_graph::{DType, Dim, placeholder};
//! use saola_nn::activations::Relu;
//! use saola_nn::layers::Dense;
//! use saola_nn::losses::{Loss, MeanSquaredError};
//! use saola_nn::optimizers::{Optimizer, Sgd};
//! use saola_nn::{Scope, Weights};
//!
//! let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(3)]);
//! let y = placeholder("y", DType::F32, [Dim::Any, Dim::Known(1)]);
//! let mut weights = Weights::new();
//! let mut cx = Scope::new(&mut weights);
//! let hidden = cx.call(&Dense::new(8).activation(Relu), &x);
//! let out = cx.call(&Dense::new(1), &hidden);
//! let train = Sgd::new(0.1).minimize(&MeanSquaredError::new().call(&y, &out));
//! assert!(train.symbol().error().is_none());
//! let paths: Vec<&str> = weights.paths().collect();
//! assert_eq!(paths, ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]);
//! ```

pub mod activations;
mod adapt;
mod arguments;
mod config;
pub mod constraints;
mod custom;
mod dtype_policy;
mod eager;
pub mod initializers;
mod layer;
pub mod layers;
pub mod losses;
mod masks;
pub mod metrics;
mod names;
pub mod optimizers;
mod recipe;
pub mod regularizers;
mod scope;
mod settings;
mod weights;

pub use adapt::Adapt;
pub use arguments::Argument;
pub use config::{ConfigReader, LayerConfig};
pub use custom::CustomObjects;
pub use dtype_policy::DTypePolicy;
pub use eager::Eager;
pub use layer::{Base, IntoLayer, Layer, LayerId, LayerRef, Masking, Recurrent};
pub use masks::masked_weights;
pub use names::{NameCounter, snake_case};
pub use recipe::Recipe;
pub use scope::Scope;
pub use settings::{Setting, Settings, SettingsReader};
pub use weights::{Weight, Weights};
