//! The layers, one file each.
//!
//! To add one, write its file and add its line to the table below: it declares the file, exports the layer and enters
//! it in the register of Keras's classes. The file holds the configuration with its builder methods,
//! [`crate::Layer::call`], and how it stands in a Keras file.

mod adaptive;
mod attend;
mod augment;
mod cell;
mod convolution;
mod encoding;
mod gates;
mod index_lookup;
mod margins;
mod merge;
mod pooling;
mod registry;
mod score;
mod separable;
mod sketch;
mod spatial;
mod transposed;
mod words;

pub use augment::Factor;
pub use batch_normalization::Renorm;
pub use bidirectional::Merge;
pub use cell::{Cell, CellRef, IntoCell, Step, Whole};
pub use encoding::OutputMode;
pub use margins::Margins;
pub(crate) use registry::{RENAMED, built_in, from_object};
pub use registry::{classes, from_config, to_object, to_object_in};
pub(crate) use rnn::CELLS;
pub use saola_graph::Outside;
pub use spatial::PaddingName;
pub use text_vectorization::{Standardize, TextSplit};
pub use words::Word;

registry::layers! {
    activation: Activation,
    activity_regularization: ActivityRegularization,
    adaptive_average_pooling1d: AdaptiveAveragePooling1D,
    adaptive_average_pooling2d: AdaptiveAveragePooling2D,
    adaptive_average_pooling3d: AdaptiveAveragePooling3D,
    adaptive_max_pooling1d: AdaptiveMaxPooling1D,
    adaptive_max_pooling2d: AdaptiveMaxPooling2D,
    adaptive_max_pooling3d: AdaptiveMaxPooling3D,
    add: Add,
    additive_attention: AdditiveAttention,
    alpha_dropout: AlphaDropout,
    attention: Attention,
    average: Average,
    average_pooling1d: AveragePooling1D,
    average_pooling2d: AveragePooling2D,
    average_pooling3d: AveragePooling3D,
    batch_normalization: BatchNormalization,
    bidirectional: Bidirectional,
    category_encoding: CategoryEncoding,
    center_crop: CenterCrop,
    concatenate: Concatenate,
    conv1d: Conv1D,
    conv1d_transpose: Conv1DTranspose,
    conv2d: Conv2D,
    conv2d_transpose: Conv2DTranspose,
    conv3d: Conv3D,
    conv3d_transpose: Conv3DTranspose,
    cropping1d: Cropping1D,
    cropping2d: Cropping2D,
    cropping3d: Cropping3D,
    dense: Dense,
    depthwise_conv1d: DepthwiseConv1D,
    depthwise_conv2d: DepthwiseConv2D,
    discretization: Discretization,
    dot: Dot,
    dropout: Dropout,
    einsum_dense: EinsumDense,
    elu: ELU,
    embedding: Embedding,
    flatten: Flatten,
    gaussian_dropout: GaussianDropout,
    gaussian_noise: GaussianNoise,
    global_average_pooling1d: GlobalAveragePooling1D,
    global_average_pooling2d: GlobalAveragePooling2D,
    global_average_pooling3d: GlobalAveragePooling3D,
    global_max_pooling1d: GlobalMaxPooling1D,
    global_max_pooling2d: GlobalMaxPooling2D,
    global_max_pooling3d: GlobalMaxPooling3D,
    group_normalization: GroupNormalization,
    group_query_attention: GroupQueryAttention,
    gru: GRU,
    gru_cell: GRUCell,
    hashed_crossing: HashedCrossing,
    hashing: Hashing,
    identity: Identity,
    integer_lookup: IntegerLookup,
    lambda: Lambda,
    layer_normalization: LayerNormalization,
    leaky_relu: LeakyReLU,
    lstm: LSTM,
    lstm_cell: LSTMCell,
    masking: Masking,
    max_pooling1d: MaxPooling1D,
    max_pooling2d: MaxPooling2D,
    max_pooling3d: MaxPooling3D,
    maximum: Maximum,
    minimum: Minimum,
    multi_head_attention: MultiHeadAttention,
    multiply: Multiply,
    normalization: Normalization,
    permute: Permute,
    pipeline: Pipeline,
    prelu: PReLU,
    random_brightness: RandomBrightness,
    random_contrast: RandomContrast,
    random_crop: RandomCrop,
    random_flip: RandomFlip,
    random_rotation: RandomRotation,
    random_translation: RandomTranslation,
    random_zoom: RandomZoom,
    relu: ReLU,
    repeat_vector: RepeatVector,
    rescaling: Rescaling,
    reshape: Reshape,
    resizing: Resizing,
    rms_normalization: RMSNormalization,
    rnn: RNN,
    separable_conv1d: SeparableConv1D,
    separable_conv2d: SeparableConv2D,
    simple_rnn: SimpleRNN,
    simple_rnn_cell: SimpleRNNCell,
    softmax: Softmax,
    spatial_dropout1d: SpatialDropout1D,
    spatial_dropout2d: SpatialDropout2D,
    spatial_dropout3d: SpatialDropout3D,
    stacked_rnn_cells: StackedRNNCells,
    string_lookup: StringLookup,
    subtract: Subtract,
    text_vectorization: TextVectorization,
    time_distributed: TimeDistributed,
    unit_normalization: UnitNormalization,
    up_sampling1d: UpSampling1D,
    up_sampling2d: UpSampling2D,
    up_sampling3d: UpSampling3D,
    zero_padding1d: ZeroPadding1D,
    zero_padding2d: ZeroPadding2D,
    zero_padding3d: ZeroPadding3D,
}
