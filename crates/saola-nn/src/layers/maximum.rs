//! `Maximum`: the largest of several inputs.

use saola_graph::Symbol;

use super::merge::{extreme, merging_layer};

merging_layer! {
    /// The largest of its inputs, element by element. Where inputs have masks, what they do not count is not compared.
    /// Keras's `Maximum`.
    Maximum, |cx, xs| extreme(cx, "Maximum", xs, |a, b| a.maximum(b))
}
