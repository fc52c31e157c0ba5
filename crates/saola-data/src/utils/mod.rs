//! Small functions around data, one file each: those of Keras's `keras.utils` that work on whole arrays.

mod normalize;
mod pad_sequences;
mod save_image;
mod split_dataset;
mod to_categorical;

pub use normalize::normalize;
pub use pad_sequences::{PadSequences, Side};
pub use save_image::save_image;
pub use split_dataset::{Size, split_dataset};
pub use to_categorical::to_categorical;
