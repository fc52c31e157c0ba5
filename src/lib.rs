//! Keras, Estimator and the dataflow graph under them, native in Rust: no Python, no C++.
//!
//! Three floors, each usable alone and open to the next:
//!
//! * [`keras`]: `Sequential` and functional models, `compile`, `fit`, `evaluate`, `predict`, callbacks.
//! * [`estimator`]: input functions, feature columns, model functions, premade classifiers, hooks, checkpoints.
//! * [`nn`] and [`data`]: layers, losses, metrics, optimizers; datasets and readers.
//! * [`graph`] and [`runtime`]: placeholders, variables, operations, gradients, and sessions that compile them to plans.
//!
//! [`prelude`] brings in what programs use most.

pub use saola_data as data;
pub use saola_estimator as estimator;
pub use saola_graph as graph;
pub use saola_io as io;
pub use saola_keras as keras;
pub use saola_nn as nn;
pub use saola_runtime as runtime;
pub use saola_runtime::feed;
pub use saola_tensor::{DType, Error, ErrorKind, Result, Shape, Tensor};

/// The programs of the README, compiled and run with the documents' tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

pub mod prelude {
    //! What programs use most: `use saola::prelude::*;`.

    pub use saola_data::{Dataset, Element};
    pub use saola_graph::{
        Axes, Dim, Effect, MatMul, Random, Symbol, Variable, WhileLoop, assign, concatenate, cond, constant,
        gradients, group, placeholder, scan, select, stack, trainable_variables, variable,
    };
    pub use saola_keras::{
        Callback, Compile, Evaluate, Event, Fit, History, Input, KerasTensor, Logs, Model, Predict, Run,
        Sequential,
    };
    pub use saola_nn::activations::{Elu, Gelu, Relu, Selu, Sigmoid, Silu, Softmax, Tanh};
    pub use saola_nn::constraints::{MaxNorm, MinMaxNorm, NonNeg, UnitNorm};
    pub use saola_nn::initializers::{Constant, GlorotUniform, HeNormal, Ones, Zeros};
    pub use saola_nn::layers::{Activation, Dense, EinsumDense, Embedding, Identity, Lambda, Masking};
    pub use saola_nn::layers::{
        ActivityRegularization, AlphaDropout, Dropout, GaussianDropout, GaussianNoise,
    };
    pub use saola_nn::layers::{Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract};
    pub use saola_nn::layers::{AdditiveAttention, Attention, GroupQueryAttention, MultiHeadAttention};
    pub use saola_nn::layers::{AveragePooling1D, AveragePooling2D, AveragePooling3D};
    pub use saola_nn::layers::{BatchNormalization, GroupNormalization, LayerNormalization};
    pub use saola_nn::layers::{Bidirectional, Cell, GRU, LSTM, RNN, SimpleRNN, Step, TimeDistributed};
    pub use saola_nn::layers::{CategoryEncoding, Discretization, Normalization, OutputMode, Rescaling};
    pub use saola_nn::layers::{CenterCrop, Resizing};
    pub use saola_nn::layers::{Conv1D, Conv1DTranspose, Conv2D, Conv2DTranspose, Conv3D, Conv3DTranspose};
    pub use saola_nn::layers::{
        Cropping1D, Cropping2D, Cropping3D, UpSampling1D, UpSampling2D, UpSampling3D,
    };
    pub use saola_nn::layers::{DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D};
    pub use saola_nn::layers::{ELU, LeakyReLU, PReLU, ReLU};
    pub use saola_nn::layers::{Flatten, Permute, RepeatVector, Reshape};
    pub use saola_nn::layers::{GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells};
    pub use saola_nn::layers::{GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalAveragePooling3D};
    pub use saola_nn::layers::{GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D};
    pub use saola_nn::layers::{HashedCrossing, Hashing, IntegerLookup, StringLookup, TextVectorization};
    pub use saola_nn::layers::{MaxPooling1D, MaxPooling2D, MaxPooling3D};
    pub use saola_nn::layers::{RMSNormalization, UnitNormalization};
    pub use saola_nn::layers::{RandomBrightness, RandomContrast, RandomCrop, RandomFlip};
    pub use saola_nn::layers::{RandomRotation, RandomTranslation, RandomZoom};
    pub use saola_nn::layers::{SpatialDropout1D, SpatialDropout2D, SpatialDropout3D};
    pub use saola_nn::layers::{ZeroPadding1D, ZeroPadding2D, ZeroPadding3D};
    pub use saola_nn::losses::{
        BinaryCrossentropy, CategoricalCrossentropy, Loss, MeanSquaredError, SparseCategoricalCrossentropy,
    };
    pub use saola_nn::metrics::{Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy};
    pub use saola_nn::optimizers::{Adagrad, Adam, Ftrl, Optimizer, Sgd};
    pub use saola_nn::regularizers::{L1, L1L2, L2};
    pub use saola_nn::{Adapt, Eager, Layer, LayerRef, Masking as Masks, Scope};
    pub use saola_runtime::{Feeds, RunOptions, Session, Trace, feed};
    pub use saola_tensor::DType::{self, BF16, Bool, F16, F32, F64, I32, I64, Str, U8};
    pub use saola_tensor::{Error, Result, Tensor};
}
