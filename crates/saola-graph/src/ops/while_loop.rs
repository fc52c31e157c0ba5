//! `while_loop`: a computation that is repeated while a condition holds.

use super::body::{Body, Steps};
use super::steps::{captured_values, run};
use crate::{Spec, Symbol};

/// A loop that runs while a condition holds. TensorFlow's `while_loop`.
///
/// ```
/// use saola_graph::{WhileLoop, constant};
///
/// // 1, 2, 4, .. until it is above 100.
/// let last = WhileLoop::new().call(&[constant(1.0f32)], |x| x[0].less_equal(100.0), |x| vec![&x[0] * 2.0]);
/// assert_eq!(last[0].spec().to_string(), "f32[]");
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct WhileLoop {
    most: Option<usize>,
}

impl WhileLoop {
    /// A loop of any number of steps. It has no gradient: the states that the way back needs have no place.
    pub fn new() -> WhileLoop {
        WhileLoop::default()
    }

    /// Ends after this many steps in any case. There is room for as many states, and so the loop has a gradient.
    pub fn maximum_iterations(self, most: usize) -> WhileLoop {
        WhileLoop { most: Some(most) }
    }

    /// The state after the last step: `body` gives the next one, while `condition` gives one true value.
    #[track_caller]
    pub fn call(
        self,
        init: &[Symbol],
        condition: impl FnOnce(&[Symbol]) -> Symbol,
        body: impl FnOnce(&[Symbol]) -> Vec<Symbol>,
    ) -> Vec<Symbol> {
        let specs: Vec<Spec> = init.iter().map(|s| s.spec().clone()).collect();
        let condition = Body::new("state", &specs, |x| vec![condition(x)]);
        let body = Body::new("state", &specs, body);
        let captured = captured_values(Some(&condition), &body);
        let states = init.len();
        let steps =
            Steps { condition: Some(condition), body, states, sequences: 0, captured, most: self.most };
        run("while_loop", steps, init, &[]).0
    }
}
