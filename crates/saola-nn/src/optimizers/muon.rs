//! `Muon`.

use saola_graph::{Axes, Effect, Symbol, UpdateRule, group};

use super::{LearningRate, Optimizer, Plan, optimizer};

optimizer! {
    /// Momentum whose matrices are made orthogonal by Newton and Schulz's iteration (Jordan et al., 2024); all but matrices, and
    /// embeddings, are trained by Adam. Keras's `Muon`: by default weights decay by 0.004.
    pub struct Muon("Muon", "muon", 0.001, Some(0.004)) {
        /// β₁ of Adam.
        adam_beta_1: f64 = 0.9,
        /// β₂ of Adam.
        adam_beta_2: f64 = 0.999,
        /// ε of Adam.
        epsilon: f64 = 1e-7,
        /// How weights decay that Adam trains; 0.004 by default.
        adam_weight_decay: Option<f64> = Some(0.004),
        /// Parts of paths whose variables Adam trains.
        exclude_layers: Vec<String> = Vec::new(),
        /// Whether Adam trains embeddings; it does by default.
        exclude_embeddings: bool = true,
        /// What Adam's rate is in proportion to the other; 1 by default.
        adam_lr_ratio: f64 = 1.0,
        /// How much of the last direction goes on; 0.95 by default.
        momentum: f64 = 0.95,
        /// How often the iteration goes on; 5 by default.
        ns_steps: usize = 5,
        /// Whether to look ahead; it does by default.
        nesterov: bool = true,
        /// The usual size of a step's elements; 0.2 by default.
        rms_rate: Option<f64> = Some(0.2),
    } plain {
        muon_a: f64 = 3.4445,
        muon_b: f64 = -4.775,
        muon_c: f64 = 2.0315,
    }
}

impl Muon {
    /// With this learning rate.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Muon {
        Muon { learning_rate: learning_rate.into(), ..Muon::default() }
    }

    /// Whether Adam trains the variable.
    fn by_adam(&self, variable: &Symbol) -> bool {
        let name = match variable.node().operation().role() {
            saola_graph::Role::Variable(info) => info.name.as_str(),
            _ => "",
        };
        variable.rank() != 2
            || self.exclude_embeddings && name.to_lowercase().contains("embedding")
            || self.exclude_layers.iter().any(|part| name.contains(part.as_str()))
    }

    /// The matrix with its singular values moved towards 1.
    fn orthogonal(&self, x: &Symbol) -> Symbol {
        let tall = matches!((x.dim(0).known(), x.dim(1).known()), (Some(m), Some(n)) if m > n);
        let mut x = if tall { x.transpose() } else { x.clone() };
        x = &x / (x.square().sum_over(Axes::from([0, 1]).keep()).sqrt() + 1e-7);
        for _ in 0..self.ns_steps {
            let a = x.matmul(&x.transpose());
            let b = &a * self.muon_b + (&a * self.muon_c).matmul(&a);
            x = &x * self.muon_a + b.matmul(&x);
        }
        if tall { x.transpose() } else { x }
    }
}

impl Optimizer for Muon {
    super::methods!();
    fn prepare(&self, plan: &mut Plan, variables: &[Symbol]) {
        for variable in variables {
            plan.slot(variable, "momentum", 0.0);
            if self.by_adam(variable) {
                plan.slot(variable, "velocity", 0.0);
            }
        }
    }
    fn decay_of(&self, variable: &Symbol) -> Option<f64> {
        if self.by_adam(variable) { self.adam_weight_decay } else { self.weight_decay }
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        if self.by_adam(variable) {
            let slots = [plan.slot(variable, "momentum", 0.0), plan.slot(variable, "velocity", 0.0)];
            let power = |beta: f64| plan.power(beta, variable);
            let correction = (1.0 - power(self.adam_beta_2)).sqrt() / (1.0 - power(self.adam_beta_1));
            let number = |x: f64| plan.number(x, variable);
            let rate = plan.rate(variable) * self.adam_lr_ratio * correction;
            let hyper = [rate, number(self.adam_beta_1), number(self.adam_beta_2), number(self.epsilon)];
            return plan.update(UpdateRule::Adam, variable, &slots, gradient, &hyper);
        }
        let m = plan.slot(variable, "momentum", 0.0);
        let new_m = &m * self.momentum + gradient;
        let direction = if self.nesterov { gradient + &new_m * self.momentum } else { new_m.clone() };
        let mut step = self.orthogonal(&direction) * plan.rate(variable);
        if let Some(rate) = self.rms_rate {
            let longest = variable.dims().iter().filter_map(|d| d.known()).max().unwrap_or(1);
            step = step * (longest as f64).sqrt() * rate;
        }
        let w = plan.decayed(variable);
        group([plan.assign(&m, &new_m), plan.assign(variable, &(w - step))])
    }
}
