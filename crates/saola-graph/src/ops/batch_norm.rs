//! `batch_norm`: each channel brought to mean 0 and variance 1 over the batch.

use saola_kernels::math::Float;
use saola_kernels::memory::{Call, Kernel, Pod};
use saola_kernels::normalization::{Batch, Gradients};
use saola_tensor::{DType, Error, Result, Shape};

use super::windows::only_computed;
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// Batch normalization as in training: `(x − mean) / √(variance + ε) · scale + shift` with the mean and the variance of
/// each channel over all other axes (Ioffe and Szegedy, 2015). The variance is the mean of squared differences.
///
/// Channels are the last axis. Takes `f32` and `f64`.
///
/// ```
/// use saola_graph::{BatchNorm, DType, placeholder};
///
/// let x = placeholder("x", DType::F32, [8, 5, 5, 3]);
/// let normal = BatchNorm::new().epsilon(1e-5).call(&x, None, None);
/// assert_eq!(normal.result.spec().to_string(), "f32[8, 5, 5, 3]");
/// assert_eq!(normal.mean.spec().to_string(), "f32[3]");
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct BatchNorm {
    epsilon: f64,
}

/// What [`BatchNorm::call`] gives.
#[derive(Clone, Debug)]
pub struct BatchNormalized {
    /// The normalized values.
    pub result: Symbol,
    /// The mean of each channel.
    pub mean: Symbol,
    /// The variance of each channel.
    pub variance: Symbol,
}

/// Inputs: values, and scale and shift where they are there. Outputs: result, mean, variance.
#[derive(Clone, Debug)]
struct Normalize {
    epsilon: f64,
    scale: bool,
    shift: bool,
}

/// Inputs: values, the result's gradient, mean, variance, and scale where it is there. Outputs: the gradients of
/// values, scale and shift.
#[derive(Clone, Debug)]
struct NormalizeGradient(Normalize);

impl Default for BatchNorm {
    fn default() -> BatchNorm {
        BatchNorm::new()
    }
}

impl BatchNorm {
    /// With an ε of 0.001, as in Keras.
    pub fn new() -> BatchNorm {
        BatchNorm { epsilon: 1e-3 }
    }

    /// What is added to the variance.
    pub fn epsilon(self, epsilon: f64) -> BatchNorm {
        BatchNorm { epsilon }
    }

    /// Normalizes `x`. Scale and shift have a number for each channel; they are 1 and 0 where they are missing.
    #[track_caller]
    pub fn call(&self, x: &Symbol, scale: Option<&Symbol>, shift: Option<&Symbol>) -> BatchNormalized {
        let form = Normalize { epsilon: self.epsilon, scale: scale.is_some(), shift: shift.is_some() };
        let inputs = std::iter::once(x).chain(scale).chain(shift).cloned().collect();
        let result = Symbol::apply(form, inputs);
        let (mean, variance) = (result.sibling(1), result.sibling(2));
        BatchNormalized { result, mean, variance }
    }
}

/// The rows and channels of values of `shape`.
fn extents(shape: &Shape) -> Batch {
    let channels = shape.last().copied().unwrap_or(1);
    Batch { rows: shape[..shape.rank() - 1].iter().product(), channels }
}

/// Refuses parameters that are not one number for each of `dims`.
pub(super) fn check_parameters(x: &Spec, dims: &[Dim], parameters: &[&Spec]) -> Result<()> {
    for spec in parameters {
        let fits = spec.dims.len() == dims.len() && spec.dims.iter().zip(dims).all(|(a, b)| a.fits(*b));
        if spec.dtype != x.dtype || !fits {
            let wanted = Spec::new(x.dtype, dims);
            return Err(Error::shape(format!("scale or shift is {spec}, not {wanted}")).help(
                "scale and shift have the dtype of the values and a number for each of what is normalized",
            ));
        }
    }
    Ok(())
}

/// Refuses an ε that is negative or no number.
pub(super) fn check_epsilon(epsilon: f64) -> Result<()> {
    if epsilon >= 0.0 && epsilon.is_finite() {
        return Ok(());
    }
    Err(Error::value(format!("epsilon is {epsilon}")).help("give a small positive number, such as 0.001"))
}

/// `x` less its mean over `axes`, by the root of its variance there, times a scale and plus a shift: the result, the mean
/// and the variance, with the axes kept. What is not `centered` keeps its mean.
pub(super) fn normalized(
    to: &mut Translation<'_>,
    x: String,
    axes: &[i64],
    form: (bool, f64),
    parameters: [Option<String>; 2],
    dtype: DType,
) -> Result<[String; 3]> {
    let (centered, epsilon) = form;
    let mean = to.reduce("Mean", x.clone(), axes, true, dtype)?;
    let less = if centered { to.elementwise("Sub", [x, mean.clone()], dtype) } else { x };
    let square = to.elementwise("Square", [less.clone()], dtype);
    let variance = to.reduce("Mean", square, axes, true, dtype)?;
    let epsilon = to.number(epsilon, dtype)?;
    let root = to.elementwise("AddV2", [variance.clone(), epsilon], dtype);
    let root = to.elementwise("Rsqrt", [root], dtype);
    let mut y = to.elementwise("Mul", [less, root], dtype);
    for (op, parameter) in ["Mul", "AddV2"].into_iter().zip(parameters) {
        if let Some(parameter) = parameter {
            y = to.elementwise(op, [y, parameter], dtype);
        }
    }
    Ok([y, mean, variance])
}

/// Scale and shift among the inputs behind the first.
pub(super) fn scale_and_shift(to: &Translation<'_>, scale: bool, shift: bool) -> [Option<String>; 2] {
    let place = |there: bool, at: usize| there.then(|| to.input(at));
    [place(scale, 1), place(shift, 1 + usize::from(scale))]
}

impl Operation for Normalize {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let x = inputs[0];
        only_computed(x)?;
        check_epsilon(self.epsilon)?;
        let Some(last) = x.dims.last() else {
            return Err(Error::shape("takes at least one axis").help("give the value a channel axis"));
        };
        check_parameters(x, &[*last], &inputs[1..])?;
        if x.dims.iter().rev().skip(1).any(|d| *d == Dim::Known(0)) {
            return Err(Error::shape(format!("an empty batch {} has no mean", x.dims))
                .help("give at least one example"));
        }
        let channels = Spec::new(x.dtype, [*last]);
        Ok(vec![x.clone(), channels.clone(), channels])
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (x, mean) = (at.input(0), at.output(1));
        let mut dx: Option<Symbol> = None;
        let mut rest = vec![None; at.inputs().len() - 1];
        if let Some(dy) = at.of(0) {
            let mut inputs = vec![x.clone(), dy.clone(), mean.clone(), at.output(2)];
            inputs.extend(self.scale.then(|| at.input(1).clone()));
            let all = Symbol::apply(NormalizeGradient(self.clone()), inputs);
            let parameters = [self.scale.then(|| all.sibling(1)), self.shift.then(|| all.sibling(2))];
            rest = parameters.into_iter().flatten().map(Some).collect();
            dx = Some(all);
        }
        // The moments are results too.
        let rows = x.size_ratio(&mean);
        let through =
            [at.of(1).map(|g| g / &rows + x.zeros_like()), at.of(2).map(|g| (x - &mean) * (g * 2.0 / &rows))];
        let dx = dx.into_iter().chain(through.into_iter().flatten()).reduce(|a, b| a + b);
        Ok(std::iter::once(dx).chain(rest).collect())
    }

    fn flops(&self, inputs: &[Value], _outputs: &[Value]) -> u64 {
        (inputs[0].len() as u64).saturating_mul(7)
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let Spec { dtype, dims } = to.spec(0);
        let axes: Vec<i64> = (0..dims.rank() as i64 - 1).collect();
        let parameters = scale_and_shift(to, self.scale, self.shift);
        let [y, mean, variance] =
            normalized(to, to.input(0), &axes, (true, self.epsilon), parameters, *dtype)?;
        let flat = |to: &mut Translation<'_>, x| to.squeeze(x, &axes, *dtype);
        Ok(vec![y, flat(to, mean), flat(to, variance)])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float>(of: Batch, form: Normalize) -> Box<dyn Kernel> {
            Box::new(move |call: &mut Call<'_>| {
                let x = call.input::<T>(0);
                let scale = form.scale.then(|| call.input(1));
                let shift = form.shift.then(|| call.input(1 + usize::from(form.scale)));
                let (y, mean, variance) = (call.output(0), call.output::<T>(1), call.output::<T>(2));
                let scratch = call.output(3);
                of.moments(mean, variance, x, scratch);
                of.normalize(y, x, mean, variance, scale, shift, form.epsilon, scratch);
                Ok(())
            })
        }
        let (dtype, of) = (inputs[0].dtype, extents(&inputs[0].shape));
        let scratch = vec![(dtype, of.scratch_len())];
        Ok(match dtype {
            DType::F32 => Lowering::Kernel(kernel::<f32>(of, self.clone()), scratch),
            _ => Lowering::Kernel(kernel::<f64>(of, self.clone()), scratch),
        })
    }
}

impl Operation for NormalizeGradient {
    fn name(&self) -> &'static str {
        "batch_norm_gradient"
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let channels: Dims = inputs[0].dims.last().copied().into_iter().collect();
        let channels = Spec::new(inputs[0].dtype, channels);
        Ok(vec![inputs[0].clone(), channels.clone(), channels])
    }

    fn no_gradient(&self) -> Option<&'static str> {
        Some("second derivatives of normalizations are not written")
    }

    fn flops(&self, inputs: &[Value], _outputs: &[Value]) -> u64 {
        (inputs[0].len() as u64).saturating_mul(9)
    }

    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float>(of: Batch, form: Normalize) -> Box<dyn Kernel> {
            Box::new(move |call: &mut Call<'_>| {
                let found =
                    Gradients { x: call.output::<T>(0), scale: call.output(1), shift: call.output(2) };
                let (x, dy, mean, variance) = (call.input(0), call.input(1), call.input(2), call.input(3));
                let scale = form.scale.then(|| call.input(4));
                of.gradient(found, x, dy, mean, variance, scale, form.epsilon, call.output(3));
                Ok(())
            })
        }
        let (dtype, of) = (inputs[0].dtype, extents(&inputs[0].shape));
        let scratch = vec![(dtype, of.scratch_len())];
        Ok(match dtype {
            DType::F32 => Lowering::Kernel(kernel::<f32>(of, self.0.clone()), scratch),
            _ => Lowering::Kernel(kernel::<f64>(of, self.0.clone()), scratch),
        })
    }
}
