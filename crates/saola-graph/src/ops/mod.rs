//! The operations, one file each.
//!
//! To add one, write its file and add its line here. The file holds the operation's type with its shape rule,
//! gradient and kernel ([`crate::Operation`]), and the function or method that makes a symbol of it. An
//! elementwise function needs no more than an invocation of one of the macros in `elementwise`, and its scalar
//! loop in `saola_kernels::elementwise`.

mod abs;
pub(crate) mod elementwise;

mod acos;
mod acosh;
pub(crate) mod add;
mod any_all;
mod arg_extreme;
mod asin;
mod asinh;
pub mod assign;
mod atan;
mod atan2;
mod atanh;
pub mod attention;
pub mod avg_pool;
mod axis_map;
mod band_part;
pub mod batch_norm;
mod bincount;
mod bitwise_and;
mod bitwise_not;
mod bitwise_or;
mod bitwise_xor;
pub mod body;
mod cast;
pub mod categorical;
mod ceil;
mod cholesky;
mod clip;
pub mod clip_by_norm;
pub mod concatenate;
pub mod cond;
pub mod constant;
pub mod conv;
mod conv_gradient;
pub mod conv_transpose;
mod cos;
mod cosh;
pub mod cumulative;
pub mod custom_gradient;
pub mod depthwise_conv;
mod det;
mod diagonal;
mod digamma;
pub(crate) mod dispatch;
pub(crate) mod div;
mod div_no_nan;
pub mod einsum;
mod elu;
pub mod embedding_lookup;
mod ensure_shape;
mod equal;
mod erf;
mod erfc;
mod erfinv;
mod exp;
mod exp2;
pub mod expand_like;
mod expm1;
mod flip;
mod floor;
mod floor_div;
mod gather;
mod gather_batched;
mod gather_nd;
mod gelu;
mod greater;
mod greater_equal;
pub mod group;
pub mod group_norm;
pub mod gru;
mod hard_sigmoid;
mod identity;
pub mod in_phase;
pub(crate) mod indexed_rows;
mod inverse;
mod is_finite;
mod is_inf;
mod is_nan;
mod l2_normalize;
pub mod layer_norm;
mod leaky_relu;
mod left_shift;
mod lerp;
mod less;
mod less_equal;
mod lgamma;
pub mod linear_recurrence;
mod log;
mod log10;
mod log1p;
mod log2;
mod log_sigmoid;
mod logical_and;
mod logical_not;
mod logical_or;
mod logical_xor;
mod logsumexp;
mod lookup;
pub mod lstm;
pub mod matmul;
mod matrices;
pub mod max_pool;
mod maximum;
mod minimum;
mod moments;
pub(crate) mod mul;
pub(crate) mod neg;
mod not_equal;
mod one_hot;
pub(crate) mod ones_like;
pub mod optimizer_step;
pub mod pad;
pub mod placeholder;
mod pow;
mod qr;
pub mod random;
mod read;
mod reciprocal;
pub mod recurrence;
pub mod reduce;
mod relu;
mod relu6;
mod repeat;
mod reshape;
pub mod resize;
mod right_shift;
mod rms_norm;
mod roll;
mod round;
mod rsqrt;
mod runs;
pub mod scan;
pub(crate) mod scatter_add;
pub mod scatter_nd;
pub mod searchsorted;
pub mod segment;
pub mod select;
mod selu;
pub mod sequences;
pub mod shuffle;
mod sigmoid;
mod sigmoid_cross_entropy;
mod sign;
mod silu;
pub mod simple_rnn;
mod sin;
mod sinh;
mod size_ratio;
mod slice;
mod softmax;
mod softmax_cross_entropy;
mod softplus;
mod softsign;
mod solve;
pub mod sort;
mod split;
mod sqrt;
mod square;
mod squared_difference;
pub mod stack;
mod steps;
pub mod strided_slice;
pub(crate) mod sub;
mod sum_like;
mod take_along_axis;
mod tan;
mod tanh;
mod tile;
mod transpose;
pub mod triangular_solve;
mod trigamma;
pub mod unique;
pub mod variable;
mod variance;
pub mod vocabulary_lookup;
pub mod while_loop;
pub mod windows;

use saola_tensor::{Error, Result};

use crate::{Role, Symbol};

/// Refuses what is no variable where one is to be updated.
fn only_variable(symbol: &Symbol) -> Result<()> {
    match symbol.check()?.node().operation().role() {
        Role::Variable(_) => Ok(()),
        _ => Err(Error::value(format!("{} is no variable and cannot be updated", symbol.label()))
            .with_note(symbol.note())
            .help("pass the symbol that `variable(..)` returned")),
    }
}
