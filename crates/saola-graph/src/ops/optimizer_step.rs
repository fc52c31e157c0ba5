//! `optimizer_step`: one step of an optimizer on one variable, as one fused kernel.

use saola_kernels::math::Float;
use saola_kernels::memory::{Call, Kernel, KernelError, Pod};
use saola_kernels::optimizer::{self, Rule, Scratch};
use saola_tensor::{DType, Error, Result};

use crate::{Dim, Effect, Lowering, Operation, Spec, Symbol, UpdateRule, Value};

const UPDATE: &str = "it is an update; differentiate the loss";

/// Inputs: variable, slots, gradient, hyper-parameters, and what [`When`] says.
#[derive(Debug)]
struct DenseStep {
    rule: UpdateRule,
    writes: Vec<usize>,
    when: When,
}

/// Inputs: variable, slots, indices, rows, hyper-parameters, and what [`When`] says.
#[derive(Debug)]
struct SparseStep {
    rule: UpdateRule,
    writes: Vec<usize>,
    when: When,
}

/// Which of the last inputs there are: the fraction of themselves that weights lose before the step, and whether there
/// is a step at all.
#[derive(Clone, Copy, Debug)]
struct When {
    decay: bool,
    gate: bool,
}

impl When {
    fn count(self) -> usize {
        usize::from(self.decay) + usize::from(self.gate)
    }

    /// The decay, or nothing where there is no step.
    fn read<T: Pod>(self, call: &Call<'_>) -> Option<Option<T>> {
        let n = call.n_inputs();
        if self.gate && call.input::<u8>(n - 1)[0] == 0 {
            return None;
        }
        Some(self.decay.then(|| call.input::<T>(n - self.count())[0]))
    }
}

/// One step of `rule` on `variable` and its `slots`, which are variables of the same shape, by `gradient`. The
/// hyper-parameters are scalars of the variable's dtype, in the order that [`UpdateRule`] gives.
///
/// Where the gradient is one of a lookup and the rule allows it (SGD, Adagrad and Ftrl do; momentum and Adam move
/// every row in every step by definition), only the rows that were looked up are touched.
#[track_caller]
pub fn optimizer_step(
    rule: UpdateRule,
    variable: &Symbol,
    slots: &[Symbol],
    gradient: &Symbol,
    hyper: &[Symbol],
) -> Effect {
    optimizer_step_with(rule, variable, slots, gradient, hyper, StepOptions::default())
}

/// As [`optimizer_step`], with weights that decay and steps that may not be taken.
#[track_caller]
pub fn optimizer_step_with(
    rule: UpdateRule,
    variable: &Symbol,
    slots: &[Symbol],
    gradient: &Symbol,
    hyper: &[Symbol],
    more: StepOptions<'_>,
) -> Effect {
    for target in std::iter::once(variable).chain(slots) {
        if let Err(error) = super::only_variable(target) {
            return Effect::new(Symbol::poisoned(error));
        }
    }
    let writes = (0..=slots.len()).collect();
    let mut inputs = vec![variable.clone()];
    inputs.extend_from_slice(slots);
    let by_rows = matches!(rule, UpdateRule::Sgd | UpdateRule::Adagrad { .. } | UpdateRule::Ftrl);
    let (decay, gate) = (more.decay, more.gate);
    let when = When { decay: decay.is_some(), gate: gate.is_some() };
    let last = || hyper.iter().chain(decay).chain(gate).cloned();
    match gradient.as_indexed_rows().filter(|_| by_rows) {
        Some((indices, rows)) => {
            inputs.extend([indices.clone(), rows.clone()]);
            inputs.extend(last());
            Effect::new(Symbol::apply(SparseStep { rule, writes, when }, inputs))
        }
        None => {
            inputs.push(gradient.clone());
            inputs.extend(last());
            Effect::new(Symbol::apply(DenseStep { rule, writes, when }, inputs))
        }
    }
}

/// What a step can do beside its rule.
#[derive(Clone, Copy, Debug, Default)]
pub struct StepOptions<'a> {
    /// The fraction of themselves that all weights lose before the step: a scalar of the variable's dtype.
    pub decay: Option<&'a Symbol>,
    /// Whether there is a step: a truth value. Where it is false nothing changes.
    pub gate: Option<&'a Symbol>,
}

impl UpdateRule {
    /// The rule with its hyper-parameters filled in.
    fn with<T: Float>(self, h: &[T]) -> Rule<T> {
        match self {
            UpdateRule::Sgd => Rule::Sgd { lr: h[0] },
            UpdateRule::Momentum { nesterov } => Rule::Momentum { lr: h[0], momentum: h[1], nesterov },
            UpdateRule::Adam => Rule::Adam { alpha: h[0], beta_1: h[1], beta_2: h[2], epsilon: h[3] },
            UpdateRule::Adagrad { epsilon_outside } => {
                Rule::Adagrad { lr: h[0], epsilon: h[1], epsilon_outside }
            }
            UpdateRule::Ftrl => {
                Rule::Ftrl { lr: h[0], lr_power: h[1], l1: h[2], l2: h[3], l2_shrinkage: h[4], beta: h[5] }
            }
            UpdateRule::RmsProp { moves, centered } => {
                Rule::RmsProp { lr: h[0], rho: h[1], momentum: h[2], epsilon: h[3], moves, centered }
            }
            UpdateRule::Adamax => Rule::Adamax { alpha: h[0], beta_1: h[1], beta_2: h[2], epsilon: h[3] },
            UpdateRule::Nadam => Rule::Nadam {
                lr: h[0],
                beta_1: h[1],
                beta_2: h[2],
                epsilon: h[3],
                ahead: h[4],
                now: h[5],
                correction: h[6],
            },
            UpdateRule::Adadelta => Rule::Adadelta { lr: h[0], rho: h[1], epsilon: h[2] },
            UpdateRule::Lion => Rule::Lion { lr: h[0], beta_1: h[1], beta_2: h[2] },
        }
    }

    /// How many hyper-parameters it takes.
    fn hyper_parameters(self) -> usize {
        match self {
            UpdateRule::Sgd => 1,
            UpdateRule::Momentum { .. } | UpdateRule::Adagrad { .. } => 2,
            UpdateRule::Adadelta | UpdateRule::Lion => 3,
            UpdateRule::Adam | UpdateRule::Adamax | UpdateRule::RmsProp { .. } => 4,
            UpdateRule::Ftrl => 6,
            UpdateRule::Nadam => 7,
        }
    }

    /// The kernel of a dense step: its inputs are the gradient and the hyper-parameters, its outputs the variable and
    /// its slots.
    pub fn dense_kernel(self, dtype: DType, slots: usize) -> Box<dyn Kernel> {
        self.dense_kernel_when(dtype, slots, When { decay: false, gate: false })
    }

    fn dense_kernel_when(self, dtype: DType, slots: usize, when: When) -> Box<dyn Kernel> {
        fn run<T: Pod + Float>(
            rule: UpdateRule,
            slots: usize,
            when: When,
            call: &mut Call<'_>,
        ) -> Result<(), KernelError> {
            let Some(decay) = when.read::<T>(call) else { return Ok(()) };
            let rule = rule.with::<T>(&hyper(rule, call, 1));
            let w = call.output::<T>(0);
            let mut parts: [&mut [T]; 3] = [&mut [], &mut [], &mut []];
            (0..slots).for_each(|i| parts[i] = call.output(1 + i));
            optimizer::dense_decayed(rule, decay, w, &mut parts[..slots], call.input(0));
            Ok(())
        }
        match dtype {
            DType::F32 => Box::new(move |call: &mut Call<'_>| run::<f32>(self, slots, when, call)),
            _ => Box::new(move |call: &mut Call<'_>| run::<f64>(self, slots, when, call)),
        }
    }
}

/// The hyper-parameters, from input `first` on.
fn hyper<T: Pod + Float>(rule: UpdateRule, call: &Call<'_>, first: usize) -> [T; 7] {
    let count = rule.hyper_parameters();
    std::array::from_fn(|i| if i < count { call.input::<T>(first + i)[0] } else { T::ZERO })
}

fn check(rule: UpdateRule, when: When, targets: &[&Spec], last: &[&Spec]) -> Result<()> {
    let (hyper, more) = last.split_at(last.len().saturating_sub(when.count()));
    let variable = targets[0];
    if !matches!(variable.dtype, DType::F32 | DType::F64) {
        return Err(Error::dtype(format!("takes f32 or f64 variables, not {}", variable.dtype))
            .help("keep the weights in f32, and cast where another type is computed in"));
    }
    if let Some(slot) = targets.iter().find(|s| **s != variable) {
        return Err(Error::shape(format!("a slot is {slot}, the variable {variable}"))
            .help("make each slot with the dtype and shape of its variable"));
    }
    let scalar = Spec::new(variable.dtype, crate::Dims::scalar());
    if hyper.len() != rule.hyper_parameters() || hyper.iter().any(|h| **h != scalar) {
        return Err(Error::value(format!(
            "{rule:?} takes {} scalars of {}",
            rule.hyper_parameters(),
            variable.dtype
        ))
        .help("the documentation of `UpdateRule` names them in order"));
    }
    let truth = Spec::new(DType::Bool, crate::Dims::scalar());
    let (decay, gate) = more.split_at(usize::from(when.decay));
    if decay.iter().any(|d| **d != scalar) || gate.iter().any(|g| **g != truth) {
        return Err(Error::value(format!(
            "decay takes a scalar of {}, a gate a truth value",
            variable.dtype
        ))
        .help("cast the decay to the variable's dtype; make the gate with a comparison"));
    }
    Ok(())
}

impl Operation for DenseStep {
    fn name(&self) -> &'static str {
        "optimizer_step"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let n = self.writes.len();
        check(self.rule, self.when, &inputs[..n], &inputs[n + 1..])?;
        let (w, g) = (inputs[0], inputs[n]);
        let fits = w.dims.len() == g.dims.len() && w.dims.iter().zip(g.dims.iter()).all(|(a, b)| a.fits(*b));
        if g.dtype != w.dtype || !fits {
            return Err(Error::shape(format!("the gradient is {g}, the variable {w}"))
                .help("give the gradient of the loss for this variable"));
        }
        Ok(inputs[..n].iter().map(|s| (*s).clone()).collect())
    }
    fn no_gradient(&self) -> Option<&'static str> {
        Some(UPDATE)
    }
    fn writes(&self) -> &[usize] {
        &self.writes
    }
    fn signature(&self) -> Option<String> {
        None
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let slots = self.writes.len() - 1;
        Ok(match self.when.count() {
            0 => Lowering::Update { rule: self.rule, slots },
            _ => Lowering::Kernel(self.rule.dense_kernel_when(inputs[0].dtype, slots, self.when), Vec::new()),
        })
    }
}

impl Operation for SparseStep {
    fn name(&self) -> &'static str {
        "sparse_optimizer_step"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let n = self.writes.len();
        check(self.rule, self.when, &inputs[..n], &inputs[n + 2..])?;
        let (w, indices, rows) = (inputs[0], inputs[n], inputs[n + 1]);
        let fits = rows.dims.len() == w.dims.len() && rows.dims[1..] == w.dims[1..];
        if indices.dtype != DType::I64
            || rows.dtype != w.dtype
            || !fits
            || !indices.dims[0].fits(rows.dims[0])
        {
            return Err(Error::shape(format!(
                "indices {indices} and rows {rows} do not fit the variable {w}"
            ))
            .help("give the gradient of the loss for this variable"));
        }
        debug_assert!(indices.dims[0].fits(Dim::Any));
        Ok(inputs[..n].iter().map(|s| (*s).clone()).collect())
    }
    fn no_gradient(&self) -> Option<&'static str> {
        Some(UPDATE)
    }
    fn writes(&self) -> &[usize] {
        &self.writes
    }
    fn signature(&self) -> Option<String> {
        None
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float>(rule: UpdateRule, slots: usize, when: When) -> Box<dyn Kernel> {
            Box::new(move |call: &mut Call<'_>| {
                let Some(decay) = when.read::<T>(call) else { return Ok(()) };
                let rule = rule.with::<T>(&hyper(rule, call, 2));
                let w = call.output::<T>(0);
                let mut parts: [&mut [T]; 3] = [&mut [], &mut [], &mut []];
                (0..slots).for_each(|i| parts[i] = call.output(1 + i));
                if let Some(decay) = decay {
                    optimizer::decay(decay, w);
                }
                let scratch = Scratch { order: call.output(slots + 1), row: call.output(slots + 2) };
                optimizer::sparse(rule, w, &mut parts[..slots], call.input(0), call.input(1), scratch)
            })
        }
        let slots = self.writes.len() - 1;
        let (w, indices) = (&inputs[0], &inputs[slots + 1]);
        let row = w.shape[1..].iter().product();
        let scratch = vec![(DType::I64, indices.len()), (w.dtype, row)];
        Ok(match w.dtype {
            DType::F32 => Lowering::Kernel(kernel::<f32>(self.rule, slots, self.when), scratch),
            _ => Lowering::Kernel(kernel::<f64>(self.rule, slots, self.when), scratch),
        })
    }
}
