//! `layer_norm`: rows brought to mean 0 and variance 1.

use saola_kernels::math::Float;
use saola_kernels::memory::{Call, Kernel, Pod};
use saola_kernels::normalization::Layer;
use saola_tensor::{DType, Error, Result, Shape};

use super::batch_norm::{check_epsilon, check_parameters, normalized, scale_and_shift};
use super::windows::only_computed;
use crate::tensorflow::Translation;
use crate::{Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// Layer normalization: `(x − mean) / √(variance + ε) · scale + shift` with the mean and the variance of each row (Ba,
/// Kiros and Hinton, 2016). A row is the last axis, or several of the last ones. Takes `f32` and `f64`.
///
/// ```
/// use saola_graph::{DType, LayerNorm, placeholder};
///
/// let x = placeholder("x", DType::F32, [8, 5, 16]);
/// let scale = placeholder("scale", DType::F32, [16]);
/// assert_eq!(LayerNorm::new().call(&x, Some(&scale), None).spec(), x.spec());
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct LayerNorm {
    axes: usize,
    epsilon: f64,
}

/// Inputs: values, and scale and shift where they are there. Outputs: the result, and mean and inverse deviation of
/// each row.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// How many of the last axes are a row.
    pub(super) axes: usize,
    pub(super) center: bool,
    pub(super) epsilon: f64,
    pub(super) scale: bool,
    pub(super) shift: bool,
}

/// Inputs: values, the result's gradient, what was kept of each row, and scale where it is there. Outputs: the
/// gradients of values, scale and shift.
#[derive(Clone, Debug)]
struct RowsGradient(Rows);

impl Default for LayerNorm {
    fn default() -> LayerNorm {
        LayerNorm::new()
    }
}

impl LayerNorm {
    /// Over the last axis, with an ε of 0.001, as in Keras.
    pub fn new() -> LayerNorm {
        LayerNorm { axes: 1, epsilon: 1e-3 }
    }

    /// Over this many of the last axes.
    pub fn last_axes(self, axes: usize) -> LayerNorm {
        LayerNorm { axes, ..self }
    }

    /// What is added to the variance.
    pub fn epsilon(self, epsilon: f64) -> LayerNorm {
        LayerNorm { epsilon, ..self }
    }

    /// Normalizes `x`. Scale and shift have the shape of a row; they are 1 and 0 where they are missing.
    #[track_caller]
    pub fn call(&self, x: &Symbol, scale: Option<&Symbol>, shift: Option<&Symbol>) -> Symbol {
        let (axes, epsilon) = (self.axes, self.epsilon);
        let form = Rows { axes, center: true, epsilon, scale: scale.is_some(), shift: shift.is_some() };
        Symbol::apply(form, std::iter::once(x).chain(scale).chain(shift).cloned().collect())
    }
}

impl Rows {
    fn extents(&self, shape: &Shape) -> Layer {
        let (lead, row) = shape.split_at(shape.rank() - self.axes);
        let (rows, columns) = (lead.iter().product(), row.iter().product());
        Layer { rows, columns, center: self.center, epsilon: self.epsilon }
    }
}

impl Operation for Rows {
    fn name(&self) -> &'static str {
        if self.center { "layer_norm" } else { "rms_norm" }
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let x = inputs[0];
        only_computed(x)?;
        check_epsilon(self.epsilon)?;
        if self.axes == 0 || self.axes > x.dims.len() {
            return Err(Error::shape(format!("rows of {} axes in {}", self.axes, x.dims))
                .help("a row has at least one axis, and no more than the value"));
        }
        let (lead, row) = x.dims.split_at(x.dims.len() - self.axes);
        check_parameters(x, row, &inputs[1..])?;
        let kept: Dims = lead.iter().copied().chain([2.into()]).collect();
        Ok(vec![x.clone(), Spec::new(x.dtype, kept)])
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let mut inputs = vec![at.input(0).clone(), at.dy()?.clone(), at.output(1)];
        inputs.extend(self.scale.then(|| at.input(1).clone()));
        let all = Symbol::apply(RowsGradient(self.clone()), inputs);
        let parameters = [self.scale.then(|| all.sibling(1)), self.shift.then(|| all.sibling(2))];
        Ok(std::iter::once(all).chain(parameters.into_iter().flatten()).map(Some).collect())
    }

    fn flops(&self, inputs: &[Value], _outputs: &[Value]) -> u64 {
        (inputs[0].len() as u64).saturating_mul(8)
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let dtype = to.spec(0).dtype;
        let axes: Vec<i64> = (0..self.axes as i64).map(|a| a - self.axes as i64).collect();
        let parameters = scale_and_shift(to, self.scale, self.shift);
        let form = (self.center, self.epsilon);
        let [y, ..] = normalized(to, to.input(0), &axes, form, parameters, dtype)?;
        // What else there is, is for the way back.
        Ok(vec![y])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float>(of: Layer, form: Rows) -> Box<dyn Kernel> {
            Box::new(move |call: &mut Call<'_>| {
                let scale = form.scale.then(|| call.input(1));
                let shift = form.shift.then(|| call.input(1 + usize::from(form.scale)));
                of.forward(call.output::<T>(0), call.output(1), call.input(0), scale, shift);
                Ok(())
            })
        }
        let of = self.extents(&inputs[0].shape);
        Ok(match inputs[0].dtype {
            DType::F32 => Lowering::Kernel(kernel::<f32>(of, self.clone()), vec![]),
            _ => Lowering::Kernel(kernel::<f64>(of, self.clone()), vec![]),
        })
    }
}

impl Operation for RowsGradient {
    fn name(&self) -> &'static str {
        if self.0.center { "layer_norm_gradient" } else { "rms_norm_gradient" }
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let x = inputs[0];
        let row = Spec::new(x.dtype, &x.dims[x.dims.len() - self.0.axes..]);
        Ok(vec![x.clone(), row.clone(), row])
    }

    fn no_gradient(&self) -> Option<&'static str> {
        Some("second derivatives of normalizations are not written")
    }

    fn flops(&self, inputs: &[Value], _outputs: &[Value]) -> u64 {
        (inputs[0].len() as u64).saturating_mul(14)
    }

    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float>(of: Layer, scaled: bool) -> Box<dyn Kernel> {
            Box::new(move |call: &mut Call<'_>| {
                let (dx, dscale, dshift) = (call.output::<T>(0), call.output(1), call.output(2));
                let (x, dy, kept) = (call.input(0), call.input(1), call.input(2));
                let scale = scaled.then(|| call.input(3));
                of.gradient(dx, dscale, dshift, x, dy, kept, scale, call.output(3));
                Ok(())
            })
        }
        let (dtype, of) = (inputs[0].dtype, self.0.extents(&inputs[0].shape));
        let scratch = vec![(dtype, of.scratch_len())];
        Ok(match dtype {
            DType::F32 => Lowering::Kernel(kernel::<f32>(of, self.0.scale), scratch),
            _ => Lowering::Kernel(kernel::<f64>(of, self.0.scale), scratch),
        })
    }
}
