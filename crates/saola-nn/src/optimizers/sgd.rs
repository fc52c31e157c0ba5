//! `SGD`: gradient descent, with momentum.

use saola_graph::{Effect, Symbol, UpdateRule, optimizer_step};

use super::{Optimizer, Plan};

/// `w −= lr·g`, or with momentum `m = μ·m − lr·g` and `w += m`, or with Nesterov's look-ahead `w += μ·m − lr·g`.
/// Keras's `SGD`; the learning rate is 0.01 by default.
///
/// ```
/// use saola_nn::optimizers::Sgd;
///
/// let optimizer = Sgd::new(0.1).momentum(0.9).nesterov(true);
/// ```
#[derive(Clone, Debug)]
pub struct Sgd {
    learning_rate: f64,
    momentum: f64,
    nesterov: bool,
}

impl Default for Sgd {
    fn default() -> Sgd {
        Sgd::new(0.01)
    }
}

impl Sgd {
    /// Plain gradient descent.
    pub fn new(learning_rate: f64) -> Sgd {
        Sgd { learning_rate, momentum: 0.0, nesterov: false }
    }

    /// How much of the last step goes on; 0 by default.
    #[must_use]
    pub fn momentum(mut self, momentum: f64) -> Sgd {
        self.momentum = momentum;
        self
    }

    /// Whether to look ahead; not by default.
    #[must_use]
    pub fn nesterov(mut self, nesterov: bool) -> Sgd {
        self.nesterov = nesterov;
        self
    }
}

impl Optimizer for Sgd {
    fn name(&self) -> &'static str {
        "SGD"
    }
    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        let rate = plan.rate(variable);
        if self.momentum == 0.0 {
            return optimizer_step(UpdateRule::Sgd, variable, &[], gradient, &[rate]);
        }
        let slot = plan.slot(variable, "momentum", 0.0);
        let rule = UpdateRule::Momentum { nesterov: self.nesterov };
        let momentum = plan.number(self.momentum, variable);
        optimizer_step(rule, variable, &[slot], gradient, &[rate, momentum])
    }
}
