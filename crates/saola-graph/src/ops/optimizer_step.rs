//! `optimizer_step`: one step of an optimizer on one variable, as one fused kernel.

use saola_kernels::math::Float;
use saola_kernels::memory::{Call, Kernel, KernelError, Pod};
use saola_kernels::optimizer::{self, Rule, Scratch};
use saola_tensor::{DType, Error, Result};

use crate::{Dim, Effect, Lowering, Operation, Spec, Symbol, UpdateRule, Value};

const UPDATE: &str = "it is an update; differentiate the loss";

/// Inputs: variable, slots, gradient, hyper-parameters.
#[derive(Debug)]
struct DenseStep {
    rule: UpdateRule,
    writes: Vec<usize>,
}

/// Inputs: variable, slots, indices, rows, hyper-parameters.
#[derive(Debug)]
struct SparseStep {
    rule: UpdateRule,
    writes: Vec<usize>,
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
    for target in std::iter::once(variable).chain(slots) {
        if let Err(error) = super::only_variable(target) {
            return Effect::new(Symbol::poisoned(error));
        }
    }
    let writes = (0..=slots.len()).collect();
    let mut inputs = vec![variable.clone()];
    inputs.extend_from_slice(slots);
    let by_rows = matches!(rule, UpdateRule::Sgd | UpdateRule::Adagrad { .. } | UpdateRule::Ftrl);
    match gradient.as_indexed_rows().filter(|_| by_rows) {
        Some((indices, rows)) => {
            inputs.extend([indices.clone(), rows.clone()]);
            inputs.extend_from_slice(hyper);
            Effect::new(Symbol::apply(SparseStep { rule, writes }, inputs))
        }
        None => {
            inputs.push(gradient.clone());
            inputs.extend_from_slice(hyper);
            Effect::new(Symbol::apply(DenseStep { rule, writes }, inputs))
        }
    }
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
        }
    }

    /// How many hyper-parameters it takes.
    fn hyper_parameters(self) -> usize {
        match self {
            UpdateRule::Sgd => 1,
            UpdateRule::Momentum { .. } | UpdateRule::Adagrad { .. } => 2,
            UpdateRule::Adam => 4,
            UpdateRule::Ftrl => 6,
        }
    }

    /// The kernel of a dense step: its inputs are the gradient and the hyper-parameters, its outputs the variable and
    /// its slots.
    pub fn dense_kernel(self, dtype: DType, slots: usize) -> Box<dyn Kernel> {
        fn run<T: Pod + Float>(
            rule: UpdateRule,
            slots: usize,
            call: &mut Call<'_>,
        ) -> Result<(), KernelError> {
            let rule = rule.with::<T>(&hyper(call, 1));
            let w = call.output::<T>(0);
            let mut parts: [&mut [T]; 3] = [&mut [], &mut [], &mut []];
            (0..slots).for_each(|i| parts[i] = call.output(1 + i));
            optimizer::dense(rule, w, &mut parts[..slots], call.input(0));
            Ok(())
        }
        match dtype {
            DType::F32 => Box::new(move |call: &mut Call<'_>| run::<f32>(self, slots, call)),
            _ => Box::new(move |call: &mut Call<'_>| run::<f64>(self, slots, call)),
        }
    }
}

/// The hyper-parameters, from input `first` on.
fn hyper<T: Pod + Float>(call: &Call<'_>, first: usize) -> [T; 6] {
    std::array::from_fn(|i| if first + i < call.n_inputs() { call.input::<T>(first + i)[0] } else { T::ZERO })
}

fn check(rule: UpdateRule, targets: &[&Spec], hyper: &[&Spec]) -> Result<()> {
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
    Ok(())
}

impl Operation for DenseStep {
    fn name(&self) -> &'static str {
        "optimizer_step"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let n = self.writes.len();
        check(self.rule, &inputs[..n], &inputs[n + 1..])?;
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
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(Lowering::Update { rule: self.rule, slots: self.writes.len() - 1 })
    }
}

impl Operation for SparseStep {
    fn name(&self) -> &'static str {
        "sparse_optimizer_step"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let n = self.writes.len();
        check(self.rule, &inputs[..n], &inputs[n + 2..])?;
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
        fn kernel<T: Pod + Float>(rule: UpdateRule, slots: usize) -> Box<dyn Kernel> {
            Box::new(move |call: &mut Call<'_>| {
                let rule = rule.with::<T>(&hyper(call, 2));
                let w = call.output::<T>(0);
                let mut parts: [&mut [T]; 3] = [&mut [], &mut [], &mut []];
                (0..slots).for_each(|i| parts[i] = call.output(1 + i));
                let scratch = Scratch { order: call.output(slots + 1), row: call.output(slots + 2) };
                optimizer::sparse(rule, w, &mut parts[..slots], call.input(0), call.input(1), scratch)
            })
        }
        let slots = self.writes.len() - 1;
        let (w, indices) = (&inputs[0], &inputs[slots + 1]);
        let row = w.shape[1..].iter().product();
        let scratch = vec![(DType::I64, indices.len()), (w.dtype, row)];
        Ok(match w.dtype {
            DType::F32 => Lowering::Kernel(kernel::<f32>(self.rule, slots), scratch),
            _ => Lowering::Kernel(kernel::<f64>(self.rule, slots), scratch),
        })
    }
}
