//! `Add`: the sum of several inputs.

use saola_graph::Symbol;

use super::merge::{aligned, either, merging_layer};

merging_layer! {
    /// The sum of its inputs, which broadcast. Keras's `Add`.
    Add, |cx, xs| {
        let y = aligned("Add", xs)?.into_iter().reduce(|a, b| a + b);
        either(cx, xs, y)
    }
}
