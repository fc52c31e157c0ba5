//! `Average`: the mean of several inputs.

use saola_graph::Symbol;

use super::merge::{aligned, either, merging_layer};

merging_layer! {
    /// The mean of its inputs, which broadcast. Keras's `Average`.
    Average, |cx, xs| {
        let y = aligned("Average", xs)?.into_iter().reduce(|a, b| a + b).map(|y| y / xs.len() as f64);
        either(cx, xs, y)
    }
}
