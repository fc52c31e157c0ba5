//! `RmsProp`.

use saola_graph::{Effect, Symbol, UpdateRule};

use super::{LearningRate, Optimizer, Plan, optimizer};

optimizer! {
    /// Steps divided by the root of a running mean of squares: `v = ρ·v + (1 − ρ)·g²`, `w −= lr·g/√(v + ε)` (Tieleman and
    /// Hinton, 2012); centred, the square of a running mean is taken from v. Keras's `RMSprop`.
    pub struct RmsProp("RMSprop", "rmsprop", 0.001, None) {
        /// How much of the averages stays; 0.9 by default.
        rho: f64 = 0.9,
        /// How much of the last step goes on; 0 by default.
        momentum: f64 = 0.0,
        /// What is added under the root; 1e-7 by default.
        epsilon: f64 = 1e-7,
        /// Whether the variance is taken instead of the mean square; not by default.
        centered: bool = false,
    }
}

impl RmsProp {
    /// With this learning rate.
    pub fn new(learning_rate: impl Into<LearningRate>) -> RmsProp {
        RmsProp { learning_rate: learning_rate.into(), ..RmsProp::default() }
    }
}

impl Optimizer for RmsProp {
    super::methods!();
    fn slots(&self) -> Vec<Vec<(&'static str, f64)>> {
        let mut slots = vec![vec![("velocity", 0.0)]];
        if self.momentum > 0.0 {
            slots.push(vec![("momentum", 0.0)]);
        }
        if self.centered {
            slots.push(vec![("average_gradient", 0.0)]);
        }
        slots
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        let moves = self.momentum > 0.0;
        let names: Vec<&str> = self.slots().concat().into_iter().map(|(name, _)| name).collect();
        let slots: Vec<Symbol> = names.into_iter().map(|name| plan.slot(variable, name, 0.0)).collect();
        let number = |x: f64| plan.number(x, variable);
        let hyper = [plan.rate(variable), number(self.rho), number(self.momentum), number(self.epsilon)];
        let rule = UpdateRule::RmsProp { moves, centered: self.centered };
        plan.update(rule, variable, &slots, gradient, &hyper)
    }
}
