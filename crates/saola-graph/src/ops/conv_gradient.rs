//! `conv_input_gradient`, `conv_filter_gradient`: the gradients of a convolution, which are convolutions themselves.

use saola_kernels::conv::{FilterGradient, InputGradient};
use saola_kernels::lanes::Vector;
use saola_kernels::memory::{Call, Kernel, Pod};
use saola_tensor::{DType, Error, Result};

use super::conv::{Convolution, flops};
use crate::{Gradient, Lowering, Operation, Spec, Symbol, Value};

/// Inputs: the gradient of the output, the kernel, and the input, of which only the shape counts.
#[derive(Debug)]
struct ForInput(Convolution);

/// Inputs: the input, the gradient of the output, and the kernel, of which only the shape counts.
#[derive(Debug)]
struct ForFilter(Convolution);

/// The gradient of the input `like` of the convolution `form`, from the gradient of its output.
#[track_caller]
pub(super) fn input_gradient(form: &Convolution, dy: &Symbol, kernel: &Symbol, like: &Symbol) -> Symbol {
    Symbol::apply(ForInput(form.clone()), vec![dy.clone(), kernel.clone(), like.clone()])
}

/// The gradient of the kernel `like` of the convolution `form`, from the gradient of its output.
#[track_caller]
pub(super) fn filter_gradient(form: &Convolution, x: &Symbol, dy: &Symbol, like: &Symbol) -> Symbol {
    Symbol::apply(ForFilter(form.clone()), vec![x.clone(), dy.clone(), like.clone()])
}

/// Passes where the output of `form` for `x` and `kernel` can be `dy`.
fn check(form: &Convolution, x: &Spec, kernel: &Spec, dy: &Spec) -> Result<()> {
    let y = &form.infer(&[x, kernel])?[0];
    let fits = y.dims.len() == dy.dims.len() && y.dims.iter().zip(dy.dims.iter()).all(|(a, b)| a.fits(*b));
    if y.dtype != dy.dtype || !fits {
        return Err(Error::shape(format!("the output is {y}, its gradient {dy}"))
            .help("a gradient has the shape of what it is the gradient of"));
    }
    Ok(())
}

impl Operation for ForInput {
    fn name(&self) -> &'static str {
        if self.0.depthwise { "depthwise_conv_input_gradient" } else { "conv_input_gradient" }
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        check(&self.0, inputs[2], inputs[1], inputs[0])?;
        Ok(vec![inputs[2].clone()])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (dy, kernel, g) = (at.input(0), at.input(1), at.dy()?);
        let for_dy = Symbol::apply(self.0.clone(), vec![g.clone(), kernel.clone()]);
        Ok(vec![Some(for_dy), Some(filter_gradient(&self.0, g, dy, kernel)), None])
    }
    fn shape_only(&self, index: usize) -> bool {
        index == 2
    }
    fn flops(&self, inputs: &[Value], _outputs: &[Value]) -> u64 {
        flops(&inputs[1], &inputs[0])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Vector>(of: InputGradient) -> Box<dyn Kernel> {
            Box::new(move |call: &mut Call<'_>| {
                of.run(call.output(0), call.input::<T>(0), call.input(1), call.output(1));
                Ok(())
            })
        }
        let (dy, filter, x) = (&inputs[0], &inputs[1].shape, &outputs[0].shape);
        let of = InputGradient::new(&self.0.geometry(x, filter, &dy.shape)?);
        let scratch = vec![(dy.dtype, of.scratch_len())];
        Ok(match dy.dtype {
            DType::F32 => Lowering::Kernel(kernel::<f32>(of), scratch),
            _ => Lowering::Kernel(kernel::<f64>(of), scratch),
        })
    }
}

impl Operation for ForFilter {
    fn name(&self) -> &'static str {
        if self.0.depthwise { "depthwise_conv_filter_gradient" } else { "conv_filter_gradient" }
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        check(&self.0, inputs[0], inputs[2], inputs[1])?;
        Ok(vec![inputs[2].clone()])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (x, dy, g) = (at.input(0), at.input(1), at.dy()?);
        let for_dy = Symbol::apply(self.0.clone(), vec![x.clone(), g.clone()]);
        Ok(vec![Some(input_gradient(&self.0, dy, g, x)), Some(for_dy), None])
    }
    fn shape_only(&self, index: usize) -> bool {
        index == 2
    }
    fn flops(&self, inputs: &[Value], outputs: &[Value]) -> u64 {
        flops(&outputs[0], &inputs[1])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Vector>(of: FilterGradient) -> Box<dyn Kernel> {
            Box::new(move |call: &mut Call<'_>| {
                of.run(call.output(0), call.input::<T>(0), call.input(1), call.output(1));
                Ok(())
            })
        }
        let (x, dy) = (&inputs[0], &inputs[1].shape);
        let of = FilterGradient::new(&self.0.geometry(&x.shape, &outputs[0].shape, dy)?);
        let scratch = vec![(x.dtype, of.scratch_len())];
        Ok(match x.dtype {
            DType::F32 => Lowering::Kernel(kernel::<f32>(of), scratch),
            _ => Lowering::Kernel(kernel::<f64>(of), scratch),
        })
    }
}
