//! `clip_by_norm`, `global_norm` and `clip_by_global_norm`: values shortened to a length.

use saola_tensor::Error;

use super::indexed_rows::scaled;
use crate::path::composed;
use crate::{Axes, Symbol, select};

impl Symbol {
    /// Scaled down so that the root of its sum of squares is at most `norm`; unchanged where it is not above. The
    /// gradient of a lookup stays sparse. TensorFlow's `clip_by_norm`.
    #[track_caller]
    pub fn clip_by_norm(&self, norm: f64) -> Symbol {
        composed("clip_by_norm", || {
            if let Err(error) = only_length(norm) {
                return Symbol::poisoned(error);
            }
            let length = root(&self.square().sum());
            scaled(self, &(length.fill_like(norm, self.dtype()) / length.maximum(norm)))
        })
    }

    /// As [`Symbol::clip_by_norm`], for each slice along some axes: one, or an array of them.
    #[track_caller]
    pub fn clip_by_norm_over(&self, norm: f64, axes: impl Into<Axes>) -> Symbol {
        composed("clip_by_norm", || {
            if let Err(error) = only_length(norm) {
                return Symbol::poisoned(error);
            }
            self * norm / root(&self.square().sum_over(axes.into().keep())).maximum(norm)
        })
    }
}

/// The root of the sum of the squares of all elements of all of `values`. TensorFlow's `linalg.global_norm`.
#[track_caller]
pub fn global_norm<'a>(values: impl IntoIterator<Item = &'a Symbol>) -> Symbol {
    composed("global_norm", || {
        let mut total: Option<Symbol> = None;
        for value in values {
            let squares = value.square().sum();
            total = Some(match total {
                None => squares,
                Some(total) => total + squares,
            });
        }
        match total {
            Some(total) => root(&total),
            None => Symbol::poisoned(
                Error::value("global_norm: no values were given").help("give at least one value"),
            ),
        }
    })
}

/// All of `values` scaled by one factor so that their [`global_norm`] is at most `norm`, and that norm before. Gradients
/// of lookups stay sparse. Where the norm is infinite or NaN, all results are NaN, so that nobody takes them for
/// small. TensorFlow's `clip_by_global_norm` (Pascanu et al., 2012).
///
/// ```
/// use saola_graph::{DType, clip_by_global_norm, gradients, placeholder};
///
/// let (x, w) = (placeholder("x", DType::F32, [3]), placeholder("w", DType::F32, [3]));
/// let found = gradients([&(&x * &w).square().sum()], [&x, &w]);
/// let (clipped, norm) = clip_by_global_norm(&found, 1.0);
/// assert_eq!(clipped.len(), 2);
/// assert_eq!(norm.spec().to_string(), "f32[]");
/// ```
#[track_caller]
pub fn clip_by_global_norm<'a>(
    values: impl IntoIterator<Item = &'a Symbol>,
    norm: f64,
) -> (Vec<Symbol>, Symbol) {
    composed("clip_by_global_norm", || {
        let values: Vec<&Symbol> = values.into_iter().collect();
        let length = match only_length(norm) {
            Ok(()) => global_norm(values.iter().copied()),
            Err(error) => Symbol::poisoned(error),
        };
        let factor = select(&length.is_finite(), norm / length.maximum(norm), f64::NAN);
        let mut clipped = Vec::with_capacity(values.len());
        for value in values {
            clipped.push(scaled(value, &factor));
        }
        (clipped, length)
    })
}

fn only_length(norm: f64) -> Result<(), Error> {
    if norm > 0.0 && norm.is_finite() {
        return Ok(());
    }
    Err(Error::value(format!("clip_by_norm: {norm} is no length to clip to"))
        .help("give a finite number above 0"))
}

/// The square root, with a gradient of 0 at 0.
#[track_caller]
fn root(squares: &Symbol) -> Symbol {
    let positive = squares.greater(0.0);
    select(&positive, select(&positive, squares, 1.0).sqrt(), squares)
}
