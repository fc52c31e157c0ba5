//! `LossScaleOptimizer`: gradients that would vanish in half precision.

use saola_graph::{Effect, Symbol, Variable, assign, constant, gradients, group, select};
use saola_tensor::{DType, Error, Result};
use serde_json::{Value, json};

use super::{LearningRate, Optimizer, OptimizerRef, Plan, Shared, mechanism};

/// Multiplies the loss by a number that is as large as it can be, and divides the gradients by it again. Where a gradient
/// is not finite, nothing changes but that number, which is halved; after many finite steps it is doubled (Micikevicius
/// et al., 2018). Keras's `LossScaleOptimizer`.
#[derive(Clone, Debug)]
pub struct LossScaleOptimizer {
    inner: OptimizerRef,
    initial_scale: f64,
    dynamic_growth_steps: usize,
}

impl LossScaleOptimizer {
    /// Around `inner`, from 2¹⁵ on, doubled after 2000 finite steps.
    pub fn new(inner: impl Into<OptimizerRef>) -> LossScaleOptimizer {
        LossScaleOptimizer { inner: inner.into(), initial_scale: 32768.0, dynamic_growth_steps: 2000 }
    }

    /// What the loss is multiplied by at first.
    #[must_use]
    pub fn initial_scale(mut self, scale: f64) -> LossScaleOptimizer {
        self.initial_scale = scale;
        self
    }

    /// After how many finite steps the scale is doubled.
    #[must_use]
    pub fn dynamic_growth_steps(mut self, steps: usize) -> LossScaleOptimizer {
        self.dynamic_growth_steps = steps;
        self
    }
}

/// The variables that Keras keeps before those of the optimizer inside: two that nothing uses, and the two that count.
fn own(scale: f64) -> Vec<Symbol> {
    let count = |name: &str| Variable::new(format!("loss_scale_optimizer/{name}"), 0i64).trainable(false);
    let number = |name: &str, x: f64| {
        Variable::new(format!("loss_scale_optimizer/{name}"), x as f32).trainable(false).symbol()
    };
    vec![
        count("iteration").symbol(),
        number("learning_rate", 0.0),
        count("step_counter").symbol(),
        number("dynamic_scale", scale),
    ]
}

impl Optimizer for LossScaleOptimizer {
    fn name(&self) -> &'static str {
        "LossScaleOptimizer"
    }
    fn variable_prefix(&self) -> &str {
        self.inner.optimizer().variable_prefix()
    }
    fn learning_rate(&self) -> LearningRate {
        self.inner.optimizer().learning_rate()
    }
    fn shared(&self) -> Shared {
        self.inner.optimizer().shared()
    }
    fn fault(&self) -> Option<Error> {
        let sound =
            self.initial_scale.is_finite() && self.initial_scale > 0.0 && self.dynamic_growth_steps > 0;
        let wrong = Error::value("LossScaleOptimizer: the scale or its growth is not above 0")
            .help("give numbers above 0");
        (!sound).then_some(wrong).or_else(|| self.inner.optimizer().fault())
    }
    fn config(&self) -> Result<Value> {
        Ok(json!({
            "module": "keras.optimizers",
            "class_name": "LossScaleOptimizer",
            "config": {
                "name": "loss_scale_optimizer",
                "inner_optimizer": self.inner.optimizer().config()?,
                "initial_scale": self.initial_scale,
                "dynamic_growth_steps": self.dynamic_growth_steps,
            },
            "registered_name": null,
        }))
    }
    fn inner(&self) -> Option<&dyn Optimizer> {
        Some(self.inner.optimizer())
    }
    fn build(&self, variables: &[Symbol], plan: &mut Plan) {
        if plan.before.is_empty() {
            plan.before = own(self.initial_scale);
        }
        self.inner.optimizer().build(variables, plan);
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        self.inner.optimizer().step(plan, variable, gradient)
    }
    fn plan(&self, loss: &Symbol, variables: &[Symbol], plan: &mut Plan) -> Effect {
        if variables.is_empty() || self.fault().is_some() {
            return mechanism::minimize(self, loss, variables, plan);
        }
        self.build(variables, plan);
        let (counter, scale) = (plan.before[2].clone(), plan.before[3].clone());
        let found = gradients([&(loss * scale.cast(loss.dtype()))], variables);
        let finite = found.iter().map(|g| g.is_finite().all());
        let finite = finite.reduce(|a, b| a.logical_and(b)).unwrap_or_else(|| constant(true));
        let inverse = scale.reciprocal();
        let found: Vec<Symbol> = found.iter().map(|g| g * inverse.cast(g.dtype())).collect();
        plan.active = Some(finite.clone());
        let inner = mechanism::apply(self.inner.optimizer(), variables, &found, plan);
        let grown = counter.equal(constant(self.dynamic_growth_steps as i64 - 1));
        let again = finite.logical_and(grown.logical_not());
        let next = select(&again, &counter + 1, constant(0i64));
        let factor = select(&grown, 2.0, constant(1.0f32));
        let factor = select(&finite, factor, constant(0.5f32));
        group([
            Symbol::from(&inner),
            assign(&counter, &next.cast(DType::I64)),
            assign(&scale, &(&scale * factor)),
        ])
    }
}
