//! `Circle`: embeddings of one class close together, of others far apart.

use saola_graph::{Axes, Symbol, select};
use saola_tensor::{DType, Error};

use super::{Loss, loss};

/// Stands for the logarithm of nothing; finite, so that its gradient is 0.
const NEVER: f64 = -1e30;

loss! {
    /// For each example, how far the batch's examples of its class are and how near the others, each weighed by how far
    /// it is from where it should be (Sun et al., 2020). Labels are class numbers `[batch]` or `[batch, 1]`, predictions
    /// are embeddings `[batch, n]` of length 1. Examples without a loss count for nothing in a mean. Keras's `Circle`.
    pub struct Circle("Circle", "circle") {
        /// The scale; 80 by default.
        gamma: f64 = 80.0,
        /// The relaxation of the goals; 0.4 by default.
        margin: f64 = 0.4,
        /// Whether an example is not one of its own class; it is not by default.
        remove_diagonal: bool = true,
    }
}

impl Circle {
    /// The loss.
    pub fn new() -> Circle {
        Circle::default()
    }
}

impl Loss for Circle {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        if y_pred.rank() != 2 {
            return Symbol::poisoned(
                Error::shape(format!("circle: predictions are {}", y_pred.spec()))
                    .help("give embeddings [batch, n]"),
            );
        }
        let y = if y_true.rank() == 2 { y_true.squeeze(-1) } else { y_true.clone() }.cast(DType::I64);
        let (row, column) = (y.expand_dims(0), y.expand_dims(1));
        let same = column.equal(&row);
        let others = column.not_equal(&row);
        let mine = if self.remove_diagonal {
            let place = y.fill_like(1.0, DType::I64).cumsum(0);
            same.logical_and(place.expand_dims(1).not_equal(place.expand_dims(0)))
        } else {
            same
        };
        let far = (1.0 - y_pred.matmul(&y_pred.transpose())).maximum(0.0);
        let (m, scale) = (self.margin, self.gamma);
        let near = (&far + m).maximum(0.0) * (m - &far) * -scale;
        let away = (1.0 + m - &far).maximum(0.0) * (1.0 - m - &far) * scale;
        let sum = |which: &Symbol, x: &Symbol| select(which, x, NEVER).logsumexp_over(Axes::from(1));
        (sum(&mine, &near) + sum(&others, &away)).softplus()
    }
    #[track_caller]
    fn mask(&self, y_true: &Symbol, y_pred: &Symbol) -> Option<Symbol> {
        Some(self.values(y_true, y_pred).greater(0.0))
    }
}

/// The loss of each example, with γ = 80 and a margin of 0.4. Keras's `circle`.
#[track_caller]
pub fn circle(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    Circle::default().values(y_true, y_pred)
}
