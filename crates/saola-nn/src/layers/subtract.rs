//! `Subtract`: one input less another.

use saola_graph::Symbol;
use saola_tensor::Error;

use super::merge::{aligned, either, merging_layer};

merging_layer! {
    /// The first of two inputs less the second. Keras's `Subtract`.
    Subtract, |cx, xs| {
        if xs.len() != 2 {
            let error = Error::value(format!("Subtract: takes two inputs, not {}", xs.len()));
            return Err(error.help("give what to subtract from and what to subtract"));
        }
        let y = aligned("Subtract", xs)?.into_iter().reduce(|a, b| a - b);
        either(cx, xs, y)
    }
}
