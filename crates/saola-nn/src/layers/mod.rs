//! The layers, one file each.
//!
//! To add one, write its file and add its line to the table below: it declares the file, exports the layer and enters
//! it in the register of Keras's classes. The file holds the configuration with its builder methods,
//! [`crate::Layer::call`], and how it stands in a Keras file.

mod convolution;
mod pooling;
mod registry;
mod separable;
mod spatial;
mod transposed;

pub(crate) use registry::from_object;
pub use registry::{classes, from_config, to_object};
pub use spatial::PaddingName;
pub use zero_padding2d::Margins;

registry::layers! {
    activation: Activation,
    add: Add,
    average_pooling1d: AveragePooling1D,
    average_pooling2d: AveragePooling2D,
    average_pooling3d: AveragePooling3D,
    batch_normalization: BatchNormalization,
    concatenate: Concatenate,
    conv1d: Conv1D,
    conv1d_transpose: Conv1DTranspose,
    conv2d: Conv2D,
    conv2d_transpose: Conv2DTranspose,
    conv3d: Conv3D,
    conv3d_transpose: Conv3DTranspose,
    dense: Dense,
    depthwise_conv1d: DepthwiseConv1D,
    depthwise_conv2d: DepthwiseConv2D,
    dropout: Dropout,
    embedding: Embedding,
    flatten: Flatten,
    global_average_pooling1d: GlobalAveragePooling1D,
    global_average_pooling2d: GlobalAveragePooling2D,
    global_average_pooling3d: GlobalAveragePooling3D,
    global_max_pooling1d: GlobalMaxPooling1D,
    global_max_pooling2d: GlobalMaxPooling2D,
    global_max_pooling3d: GlobalMaxPooling3D,
    identity: Identity,
    layer_normalization: LayerNormalization,
    max_pooling1d: MaxPooling1D,
    max_pooling2d: MaxPooling2D,
    max_pooling3d: MaxPooling3D,
    separable_conv1d: SeparableConv1D,
    separable_conv2d: SeparableConv2D,
    zero_padding2d: ZeroPadding2D,
}
