//! `bitwise_not`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// Every bit of each integer turned over. Keras's `bitwise_not`, TensorFlow's `bitwise.invert`.
    BitNot, bitwise_not, Unary::BitNot
}
