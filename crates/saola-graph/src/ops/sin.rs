//! `sin`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The sine of each element, in radians.
    Sin, sin, Unary::Sin, |x, _y, dy| Some(dy * x.cos())
}
