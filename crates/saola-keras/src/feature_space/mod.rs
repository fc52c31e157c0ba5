//! Whole tables of named features, made ready for a network: Keras's `keras.utils.FeatureSpace`.

mod column;
mod cross;
mod feature;
mod space;

pub use cross::Cross;
pub use feature::Feature;
pub use space::FeatureSpace;
