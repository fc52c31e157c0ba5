//! `Huber`.

use saola_graph::{Symbol, select};

use super::mean_last;
use super::{Loss, aligned, loss};

loss! {
    /// ½e² for errors e up to δ, and δ·|e| − ½δ² beyond it, the mean over the last axis (Huber, 1964). Keras's `Huber`.
    pub struct Huber("Huber", "huber_loss") {
        /// δ, from where on the loss grows linearly; 1 by default.
        delta: f64 = 1.0,
    }
}

impl Huber {
    /// The loss.
    pub fn new() -> Huber {
        Huber::default()
    }
}

impl Loss for Huber {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        let size = (p - y).abs();
        let quadratic = size.square() * 0.5;
        let linear = &size * self.delta - 0.5 * self.delta * self.delta;
        mean_last(&select(&size.less_equal(self.delta), quadratic, linear))
    }
}

/// The loss of each example, with δ = 1. Keras's `huber`.
#[track_caller]
pub fn huber(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    Huber::default().values(y_true, y_pred)
}
