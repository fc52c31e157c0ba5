//! A step around the rule: scale, accumulate, clip, decay, move, average, count.

use saola_graph::{Effect, Symbol, assign, clip_by_global_norm, constant, gradients, group, select};
use saola_tensor::Error;

use super::{Optimizer, Plan};

/// The effect of one step on `variables` by the gradients of `loss`.
pub(super) fn minimize<O: Optimizer + ?Sized>(
    optimizer: &O,
    loss: &Symbol,
    variables: &[Symbol],
    plan: &mut Plan,
) -> Effect {
    if variables.is_empty() {
        let error = Error::value(format!(
            "{}: the loss depends on no variable that can be trained",
            optimizer.name()
        ))
        .note_at("loss", loss.spec().to_string(), "created at", loss.node().location())
        .help("add layers with weights, or make their weights trainable");
        return Effect::new(Symbol::poisoned(loss.error().cloned().unwrap_or(error)));
    }
    if let Some(error) = optimizer.fault() {
        return Effect::new(Symbol::poisoned(error));
    }
    match optimizer.shared().loss_scale_factor {
        Some(scale) => {
            let found = gradients([&(loss * scale)], variables);
            let found: Vec<Symbol> = found.iter().map(|g| g * (1.0 / scale)).collect();
            apply(optimizer, variables, &found, plan)
        }
        None => apply(optimizer, variables, &gradients([loss], variables), plan),
    }
}

/// Makes all of the optimizer's variables, in Keras's order.
pub(super) fn build<O: Optimizer + ?Sized>(optimizer: &O, variables: &[Symbol], plan: &mut Plan) {
    let shared = optimizer.shared();
    let made = [
        ("average", shared.ema_momentum.is_some()),
        ("gradient_accumulator", shared.gradient_accumulation_steps.is_some()),
    ];
    for (slot, _) in made.iter().filter(|(_, wanted)| *wanted) {
        variables.iter().for_each(|v| drop(plan.slot(v, slot, 0.0)));
    }
    optimizer.prepare(plan, variables);
}

/// The effect of one step on `variables` by `gradients`.
pub(super) fn apply<O: Optimizer + ?Sized>(
    optimizer: &O,
    variables: &[Symbol],
    gradients: &[Symbol],
    plan: &mut Plan,
) -> Effect {
    let shared = optimizer.shared();
    let mut effects: Vec<Symbol> = Vec::new();
    build(optimizer, variables, plan);
    let summed = match shared.gradient_accumulation_steps {
        Some(every) => accumulate(every, variables, gradients, plan, &mut effects),
        None => {
            plan.gate = plan.active.clone();
            gradients.to_vec()
        }
    };
    let clipped = clip(optimizer, &summed);
    let mut moves: Vec<Symbol> = Vec::new();
    for (variable, gradient) in variables.iter().zip(&clipped) {
        let decay = optimizer.decay_of(variable).filter(|_| optimizer.decays(variable));
        plan.decay = decay.map(|decay| plan.rate(variable) * decay);
        moves.push(Symbol::from(&optimizer.step(plan, variable, gradient)));
    }
    plan.decay = None;
    effects.extend(optimizer.finish(plan));
    if let Some(momentum) = shared.ema_momentum {
        for (variable, moved) in variables.iter().zip(&moves) {
            let average = (momentum, shared.ema_overwrite_frequency);
            effects.extend(follow(average, variable, moved, plan));
        }
    }
    effects.extend(moves);
    effects.push(plan.count());
    group(effects)
}

/// Adds gradients up over several runs, the last of which is the step: it gets their mean.
fn accumulate(
    every: usize,
    variables: &[Symbol],
    gradients: &[Symbol],
    plan: &mut Plan,
    effects: &mut Vec<Symbol>,
) -> Vec<Symbol> {
    plan.every = every;
    let runs = plan.iterations() + 1;
    let last = divides(every, &runs);
    plan.gate = match &plan.active {
        Some(active) => Some(active.logical_and(&last)),
        None => Some(last.clone()),
    };
    let sum = |(variable, gradient): (&Symbol, &Symbol)| {
        let kept = plan.slot(variable, "gradient_accumulator", 0.0);
        let sum = &kept + gradient;
        let next = select(&last, kept.zeros_like(), &sum);
        effects.push(match &plan.active {
            Some(active) => assign(&kept, &select(active, next, &kept)),
            None => assign(&kept, &next),
        });
        sum / every as f64
    };
    variables.iter().zip(gradients).map(sum).collect()
}

/// Whether a count is a multiple of `every`.
fn divides(every: usize, count: &Symbol) -> Symbol {
    let every = constant(every as i64);
    (count.floor_div(&every) * every).equal(count)
}

fn clip<O: Optimizer + ?Sized>(optimizer: &O, gradients: &[Symbol]) -> Vec<Symbol> {
    let shared = optimizer.shared();
    if let Some(norm) = shared.clipnorm {
        return gradients.iter().map(|g| g.clip_by_norm(norm)).collect();
    }
    if let Some(norm) = shared.global_clipnorm {
        return clip_by_global_norm(gradients, norm).0;
    }
    match shared.clipvalue {
        Some(value) => gradients.iter().map(|g| g.clip(-value, value)).collect(),
        None => gradients.to_vec(),
    }
}

/// The average follows the variable after it has moved; in the first step it becomes the variable. At times the variable
/// becomes its average.
fn follow(
    (momentum, frequency): (f64, Option<usize>),
    variable: &Symbol,
    moved: &Symbol,
    plan: &mut Plan,
) -> Vec<Symbol> {
    let average = plan.slot(variable, "average", 0.0);
    let now = variable.read([moved]);
    let steps = plan.steps();
    let kept = steps.not_equal(constant(0i64)).cast(variable.dtype()) * momentum;
    let next = &kept * &average + (1.0 - &kept) * &now;
    let next = match &plan.active {
        Some(active) => select(active, next, &average),
        None => next,
    };
    let mut effects = vec![assign(&average, &next)];
    if let Some(every) = frequency {
        let turn = divides(every, &(steps + 1));
        let turn = match &plan.active {
            Some(active) => active.logical_and(&turn),
            None => turn,
        };
        effects.push(assign(variable, &select(&turn, &next, &now)));
    }
    effects
}
