//! The layers, one file each.
//!
//! To add one, write its file and add its line here and in `registry.rs`. The file holds the configuration with its
//! builder methods, [`crate::Layer::call`], how it stands in a Keras file, and the tests.

mod activation;
mod add;
mod average_pooling1d;
mod average_pooling2d;
mod average_pooling3d;
mod batch_normalization;
mod concatenate;
mod conv1d;
mod conv2d;
mod conv2d_transpose;
mod conv3d;
mod convolution;
mod dense;
mod depthwise_conv2d;
mod dropout;
mod embedding;
mod flatten;
mod global_average_pooling1d;
mod global_average_pooling2d;
mod global_average_pooling3d;
mod global_max_pooling1d;
mod global_max_pooling2d;
mod global_max_pooling3d;
mod layer_normalization;
mod max_pooling1d;
mod max_pooling2d;
mod max_pooling3d;
mod pooling;
mod registry;
mod separable;
mod separable_conv2d;
mod spatial;
mod zero_padding2d;

pub use activation::Activation;
pub use add::Add;
pub use average_pooling1d::AveragePooling1D;
pub use average_pooling2d::AveragePooling2D;
pub use average_pooling3d::AveragePooling3D;
pub use batch_normalization::BatchNormalization;
pub use concatenate::Concatenate;
pub use conv1d::Conv1D;
pub use conv2d::Conv2D;
pub use conv2d_transpose::Conv2DTranspose;
pub use conv3d::Conv3D;
pub use dense::Dense;
pub use depthwise_conv2d::DepthwiseConv2D;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use flatten::Flatten;
pub use global_average_pooling1d::GlobalAveragePooling1D;
pub use global_average_pooling2d::GlobalAveragePooling2D;
pub use global_average_pooling3d::GlobalAveragePooling3D;
pub use global_max_pooling1d::GlobalMaxPooling1D;
pub use global_max_pooling2d::GlobalMaxPooling2D;
pub use global_max_pooling3d::GlobalMaxPooling3D;
pub use layer_normalization::LayerNormalization;
pub use max_pooling1d::MaxPooling1D;
pub use max_pooling2d::MaxPooling2D;
pub use max_pooling3d::MaxPooling3D;
pub use registry::from_config;
pub use separable_conv2d::SeparableConv2D;
pub use spatial::PaddingName;
pub use zero_padding2d::{Margins, ZeroPadding2D};
