//! `Multiply`: the product of several inputs.

use saola_graph::{Symbol, select};

use super::merge::{aligned, either, merging_layer, spread};

merging_layer! {
    /// The product of its inputs, element by element. What a mask does not count multiplies by 1, and where no input counts
    /// the result is 0. Keras's `Multiply`.
    Multiply, |cx, xs| {
        let masks: Vec<Option<Symbol>> = xs.iter().map(|x| cx.mask(x)).collect();
        let aligned = aligned("Multiply", xs)?;
        let spread: Vec<Option<Symbol>> =
            aligned.iter().zip(&masks).map(|(x, mask)| mask.as_ref().map(|m| spread(m, x))).collect();
        let counted = aligned.iter().zip(&spread).map(|(x, mask)| match mask {
            Some(mask) => select(mask, x, 1.0),
            None => x.clone(),
        });
        let y = counted.reduce(|a, b| a * b);
        let all: Option<Vec<Symbol>> = spread.into_iter().collect();
        let any = all.and_then(|all| all.into_iter().reduce(|a, b| a.logical_or(b)));
        let y = y.map(|y| any.map_or(y.clone(), |any| select(&any, &y, 0.0)));
        either(cx, xs, y)
    }
}
