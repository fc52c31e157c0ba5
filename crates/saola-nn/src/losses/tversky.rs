//! `Tversky`.

use saola_graph::Symbol;

use super::EPSILON;
use super::dice::over;
use super::{Loss, aligned, loss};

loss! {
    /// 1 − t / (t + α·Σ (1 − p)·y + β·Σ p·(1 − y) + 1e-7) with t = Σ y·p (Salehi et al., 2017); α = β = ½ is [`Dice`](super::Dice).
    /// Without an axis all examples make one value. Keras's `Tversky`, whose α weighs what it calls false positives: labels
    /// that were missed.
    pub struct Tversky("Tversky", "tversky") {
        /// α; ½ by default.
        alpha: f64 = 0.5,
        /// β; ½ by default.
        beta: f64 = 0.5,
        /// The axes that are summed over; all by default.
        axis: Vec<isize> = Vec::new(),
    }
}

impl Tversky {
    /// The loss.
    pub fn new() -> Tversky {
        Tversky::default()
    }
}

impl Loss for Tversky {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        let sum = |x: &Symbol| x.sum_over(over(&self.axis));
        let hits = sum(&(&y * &p));
        let missed = sum(&((1.0 - &p) * &y)) * self.alpha;
        let wrong = sum(&(&p * (1.0 - &y))) * self.beta;
        1.0 - &hits / (&hits + missed + wrong + EPSILON)
    }
}

/// The loss of all examples together, with α = β = ½. Keras's `tversky`.
#[track_caller]
pub fn tversky(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    Tversky::default().values(y_true, y_pred)
}
