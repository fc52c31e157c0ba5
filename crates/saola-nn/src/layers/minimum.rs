//! `Minimum`: the smallest of several inputs.

use saola_graph::Symbol;

use super::merge::{extreme, merging_layer};

merging_layer! {
    /// The smallest of its inputs, element by element. Where inputs have masks, what they do not count is not compared.
    /// Keras's `Minimum`.
    Minimum, |cx, xs| extreme(cx, "Minimum", xs, |a, b| a.minimum(b))
}
