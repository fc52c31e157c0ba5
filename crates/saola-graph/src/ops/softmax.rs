//! `softmax` and `log_softmax` over the last axis.

use saola_kernels::math::Float;
use saola_kernels::memory::{Call, Pod};
use saola_kernels::softmax;
use saola_tensor::{DType, Error, Result};

use crate::{Axes, Gradient, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct Softmax {
    log: bool,
}

/// Inputs: the softmax's result and its gradient.
#[derive(Debug)]
struct SoftmaxGradient {
    log: bool,
}

impl Symbol {
    /// e^x divided by its sum over the last axis. Takes `f32` and `f64`.
    #[track_caller]
    pub fn softmax(&self) -> Symbol {
        Symbol::apply(Softmax { log: false }, vec![self.clone()])
    }

    /// The logarithm of [`Symbol::softmax`], without its rounding errors. Takes `f32` and `f64`.
    #[track_caller]
    pub fn log_softmax(&self) -> Symbol {
        Symbol::apply(Softmax { log: true }, vec![self.clone()])
    }

    /// The logits, where this symbol is their softmax: losses on probabilities use it to skip a detour that loses
    /// digits.
    pub fn softmax_logits(&self) -> Option<&Symbol> {
        let node = self.node();
        (node.operation().name() == "softmax").then(|| &node.inputs()[0])
    }
}

/// The gradient for the logits of a softmax, or its logarithm, with result `y`.
#[track_caller]
pub(super) fn gradient_of(log: bool, y: &Symbol, dy: &Symbol) -> Symbol {
    Symbol::apply(SoftmaxGradient { log }, vec![y.clone(), dy.clone()])
}

impl Operation for Softmax {
    fn name(&self) -> &'static str {
        if self.log { "log_softmax" } else { "softmax" }
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        if !matches!(inputs[0].dtype, DType::F32 | DType::F64) {
            return Err(Error::dtype(format!("takes f32 or f64, not {}", inputs[0].dtype))
                .help("convert the values with `.cast(F32)`"));
        }
        if inputs[0].dims.is_empty() {
            return Err(Error::shape("takes at least one axis").help("give the value a class axis"));
        }
        Ok(vec![inputs[0].clone()])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(gradient_of(self.log, &at.output(0), at.dy()?))])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float>(log: bool, n: usize) -> Lowering {
            Lowering::kernel(move |call: &mut Call<'_>| {
                let rows = if log { softmax::log_softmax::<T> } else { softmax::softmax::<T> };
                rows(call.output(0), call.input(0), n);
                Ok(())
            })
        }
        let n = inputs[0].shape.last().copied().unwrap_or(1);
        Ok(if inputs[0].dtype == DType::F32 {
            kernel::<f32>(self.log, n)
        } else {
            kernel::<f64>(self.log, n)
        })
    }
}

impl Operation for SoftmaxGradient {
    fn name(&self) -> &'static str {
        if self.log { "log_softmax_gradient" } else { "softmax_gradient" }
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![inputs[0].clone()])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (y, dy, g) = (at.input(0), at.input(1), at.dy()?);
        let row = |x: Symbol| x.sum_over(Axes::from(-1).keep());
        let (for_y, for_dy) = match self.log {
            // dx = (dy − Σ dy·y) · y
            false => (g * (dy - row(dy * y)) - dy * row(g * y), gradient_of(false, y, g)),
            // dx = dy − e^y · Σ dy
            true => (-(g * y.exp() * row(dy.clone())), g - row(g * y.exp())),
        };
        Ok(vec![Some(for_y), Some(for_dy)])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float>(log: bool, n: usize) -> Lowering {
            Lowering::kernel(move |call: &mut Call<'_>| {
                let rows =
                    if log { softmax::log_softmax_gradient::<T> } else { softmax::softmax_gradient::<T> };
                rows(call.output(0), call.input(0), call.input(1), n);
                Ok(())
            })
        }
        let n = inputs[0].shape.last().copied().unwrap_or(1);
        Ok(if inputs[0].dtype == DType::F32 {
            kernel::<f32>(self.log, n)
        } else {
            kernel::<f64>(self.log, n)
        })
    }
}
