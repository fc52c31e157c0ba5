//! The dataflow graph: symbols, operations and their gradients.
//!
//! A [`Symbol`] is a tensor to be: a reference-counted node that knows its operation, its inputs, its dtype
//! and shape, and the source line that made it. Free functions and methods build symbols on symbols; there
//! is no graph object to hand around. What a set of symbols reaches is the graph, and it goes when the last
//! of them is dropped.
//!
//! Mistakes do not interrupt an expression. An operation on shapes that do not fit gives a *poisoned* symbol
//! that carries the error; whatever is built on it carries the same error; and the first door that such a
//! symbol comes to, a session's `run` or a model's `compile`, returns it.
//!
//! ```
//! use saola_graph::{DType, Dim, placeholder, variable};
//!
//! let w = variable("W", 0.3f32);
//! let x = placeholder("x", DType::F32, [Dim::Any]);
//! let y = &w * &x + 1.0;
//! assert_eq!(y.spec().to_string(), "f32[?]");
//! assert!(y.error().is_none());
//! ```
//!
//! Each operation is one file under [`ops`], which holds all that there is to know of it: what it means, its
//! shape rule, its gradient and its kernel.

mod broadcast;
mod dim;
mod gradient;
mod graph;
mod operation;
pub mod ops;
mod overload;
mod path;
mod print;
mod spec;
mod symbol;
pub mod tensorflow;

pub use broadcast::broadcast_dims;
pub use dim::{Dim, Dims};
pub use gradient::{gradients, gradients_or_none, gradients_with};
pub use graph::{reachable, trainable_variables, variables};
pub use operation::{Gradient, Lowering, MatMulForm, Operation, Role, UpdateRule, Value, infer};
pub use overload::Operand;
pub use path::{Line, current_path, line_of, with_line, with_path};
pub use print::{to_dot, to_text};
pub use saola_tensor::{DType, Error, ErrorKind, Result, Shape, Tensor};
pub use spec::Spec;
pub use symbol::{Effect, Node, Symbol, input_notes};

pub use ops::affine_transform::{AffineTransform, Outside};
pub use ops::assign::assign;
pub use ops::attention::Attention;
pub use ops::avg_pool::AvgPool;
pub use ops::batch_norm::{BatchNorm, BatchNormalized};
pub use ops::categorical::categorical;
pub use ops::clip_by_norm::{clip_by_global_norm, global_norm};
pub use ops::concatenate::concatenate;
pub use ops::cond::cond;
pub use ops::constant::constant;
pub use ops::conv::Conv;
pub use ops::conv_transpose::ConvTranspose;
pub use ops::cross_hash::cross_hash;
pub use ops::cross_rows::cross_rows;
pub use ops::cumulative::Cumulative;
pub use ops::custom_gradient::custom_gradient;
pub use ops::depthwise_conv::DepthwiseConv;
pub use ops::einsum::einsum;
pub use ops::embedding_lookup::Combiner;
pub use ops::group::group;
pub use ops::group_norm::GroupNorm;
pub use ops::grow_layer::{LayerGrowth, grow_layer, layer_sums};
pub use ops::grow_tree::grow_tree;
pub use ops::gru::gru;
pub use ops::in_phase::in_phase;
pub use ops::layer_norm::LayerNorm;
pub use ops::linear_recurrence::linear_recurrence;
pub use ops::lstm::lstm;
pub use ops::matmul::MatMul;
pub use ops::max_pool::MaxPool;
pub use ops::optimizer_step::{StepOptions, optimizer_step, optimizer_step_with};
pub use ops::pad::PadMode;
pub use ops::placeholder::placeholder;
pub use ops::random::Random;
pub use ops::recurrence::{Recurrence, Recurrent};
pub use ops::reduce::Axes;
pub use ops::resize::Resize;
pub use ops::scan::scan;
pub use ops::scatter_nd::scatter;
pub use ops::searchsorted::Side;
pub use ops::segment::{
    segment_max, segment_mean, segment_min, segment_prod, segment_sum, unsorted_segment_max,
    unsorted_segment_mean, unsorted_segment_min, unsorted_segment_prod, unsorted_segment_sum,
};
pub use ops::select::select;
pub use ops::sequences::{arange, eye, linspace, meshgrid, tri};
pub use ops::shuffle::shuffle;
pub use ops::simple_rnn::simple_rnn;
pub use ops::sort::Direction;
pub use ops::stack::stack;
pub use ops::strided_slice::Span;
pub use ops::string_join::string_join;
pub use ops::string_split::{Excess, Tokens};
pub use ops::text_numbers::Tokenizer;
pub use ops::tree_sample::tree_sample;
pub use ops::trees::TreeArrays;
pub use ops::triangular_solve::Triangle;
pub use ops::unique::UniqueValues;
pub use ops::variable::{Init, Variable, VariableInfo, variable};
pub use ops::while_loop::WhileLoop;
pub use ops::windows::{Padding, PerAxis};
