//! `Sgd`.

use saola_graph::{Effect, Symbol, UpdateRule};

use super::{LearningRate, Optimizer, Plan, optimizer};

optimizer! {
    /// `w −= lr·g`, or with momentum `m = μ·m − lr·g` and `w += m`, or with Nesterov's look-ahead `w += μ·m − lr·g`.
    /// Keras's `SGD`; the learning rate is 0.01 by default.
    ///
    /// ```
    /// use saola_nn::optimizers::Sgd;
    ///
    /// let optimizer = Sgd::new(0.1).momentum(0.9).nesterov(true).clipnorm(1.0);
    /// ```
    pub struct Sgd("SGD", "SGD", 0.01, None) {
        /// How much of the last step goes on; 0 by default.
        momentum: f64 = 0.0,
        /// Whether to look ahead; not by default.
        nesterov: bool = false,
    }
}

impl Sgd {
    /// Plain gradient descent.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Sgd {
        Sgd { learning_rate: learning_rate.into(), ..Sgd::default() }
    }
}

impl Optimizer for Sgd {
    super::methods!();
    fn slots(&self) -> Vec<Vec<(&'static str, f64)>> {
        if self.momentum == 0.0 { Vec::new() } else { vec![vec![("momentum", 0.0)]] }
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        let rate = plan.rate(variable);
        if self.momentum == 0.0 {
            return plan.update(UpdateRule::Sgd, variable, &[], gradient, &[rate]);
        }
        let slot = plan.slot(variable, "momentum", 0.0);
        let rule = UpdateRule::Momentum { nesterov: self.nesterov };
        let momentum = plan.number(self.momentum, variable);
        plan.update(rule, variable, &[slot], gradient, &[rate, momentum])
    }
}
