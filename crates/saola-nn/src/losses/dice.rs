//! `Dice`.

use saola_graph::{Axes, Symbol};

use super::EPSILON;
use super::{Loss, aligned, loss};

/// All of `x` where no axes are given.
pub(crate) fn over(axes: &[isize]) -> Axes {
    if axes.is_empty() { Axes::all() } else { Axes::from(axes.to_vec()) }
}

loss! {
    /// 1 − 2·Σ y·p / (Σ y + Σ p + 1e-7): how little two sets overlap (Dice, 1945). Without an axis all examples make one
    /// value. Keras's `Dice`.
    pub struct Dice("Dice", "dice") {
        /// The axes that are summed over; all by default.
        axis: Vec<isize> = Vec::new(),
    }
}

impl Dice {
    /// The loss.
    pub fn new() -> Dice {
        Dice::default()
    }
}

impl Loss for Dice {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        let sum = |x: &Symbol| x.sum_over(over(&self.axis));
        1.0 - sum(&(&y * &p)) * 2.0 / (sum(&y) + sum(&p) + EPSILON)
    }
}

/// The loss of all examples together. Keras's `dice`.
#[track_caller]
pub fn dice(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    Dice::default().values(y_true, y_pred)
}
