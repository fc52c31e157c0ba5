//! `group_norm`: groups of channels of each image brought to mean 0 and variance 1.

use saola_kernels::math::Float;
use saola_kernels::memory::{Call, Kernel, Pod};
use saola_kernels::normalization::Group;
use saola_tensor::{DType, Error, Result, Shape};

use super::batch_norm::{check_epsilon, check_parameters, normalized, scale_and_shift};
use super::windows::only_computed;
use crate::tensorflow::Translation;
use crate::{Dim, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// Group normalization: `(x − mean) / √(variance + ε) · scale + shift` with the mean and the variance over all positions
/// of an image and a group of neighbouring channels (Wu and He, 2018).
///
/// Shapes: `[batch, .., channels]`, of which the number of groups must be a divisor. Takes `f32` and `f64`.
///
/// ```
/// use saola_graph::{DType, GroupNorm, placeholder};
///
/// let x = placeholder("x", DType::F32, [8, 5, 5, 16]);
/// assert_eq!(GroupNorm::new(4).call(&x, None, None).spec(), x.spec());
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct GroupNorm {
    groups: usize,
    epsilon: f64,
}

/// Inputs: values, and scale and shift where they are there. Outputs: the result, and means and inverse deviations of
/// each image and channel.
#[derive(Clone, Debug)]
struct Groups {
    groups: usize,
    epsilon: f64,
    scale: bool,
    shift: bool,
}

/// Inputs: values, the result's gradient, what was kept, and scale where it is there. Outputs: the gradients of
/// values, scale and shift.
#[derive(Clone, Debug)]
struct GroupsGradient(Groups);

impl GroupNorm {
    /// With an ε of 0.001, as in Keras.
    pub fn new(groups: usize) -> GroupNorm {
        GroupNorm { groups, epsilon: 1e-3 }
    }

    /// What is added to the variance.
    pub fn epsilon(self, epsilon: f64) -> GroupNorm {
        GroupNorm { epsilon, ..self }
    }

    /// Normalizes `x`. Scale and shift have a number for each channel; they are 1 and 0 where they are missing.
    #[track_caller]
    pub fn call(&self, x: &Symbol, scale: Option<&Symbol>, shift: Option<&Symbol>) -> Symbol {
        let (groups, epsilon) = (self.groups, self.epsilon);
        let form = Groups { groups, epsilon, scale: scale.is_some(), shift: shift.is_some() };
        Symbol::apply(form, std::iter::once(x).chain(scale).chain(shift).cloned().collect())
    }
}

impl Groups {
    fn extents(&self, shape: &Shape) -> Group {
        let rank = shape.rank();
        Group {
            batch: shape[0],
            positions: shape[1..rank - 1].iter().product(),
            channels: shape[rank - 1],
            groups: self.groups,
            epsilon: self.epsilon,
        }
    }
}

impl Operation for Groups {
    fn name(&self) -> &'static str {
        "group_norm"
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let x = inputs[0];
        only_computed(x)?;
        check_epsilon(self.epsilon)?;
        if x.dims.len() < 2 {
            return Err(Error::shape(format!("takes [batch, .., channels], not {}", x.dims))
                .help("give the value a batch and a channel axis"));
        }
        let channels = x.dims[x.dims.len() - 1];
        if self.groups == 0 || channels.known().is_some_and(|n| !n.is_multiple_of(self.groups)) {
            return Err(Error::value(format!("{} groups of {channels} channels", self.groups))
                .help("the number of channels must be a multiple of the number of groups"));
        }
        check_parameters(x, &[channels], &inputs[1..])?;
        let kept = Spec::new(x.dtype, [x.dims[0], Dim::Known(2), channels]);
        Ok(vec![x.clone(), kept])
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let mut inputs = vec![at.input(0).clone(), at.dy()?.clone(), at.output(1)];
        inputs.extend(self.scale.then(|| at.input(1).clone()));
        let all = Symbol::apply(GroupsGradient(self.clone()), inputs);
        let parameters = [self.scale.then(|| all.sibling(1)), self.shift.then(|| all.sibling(2))];
        Ok(std::iter::once(all).chain(parameters.into_iter().flatten()).map(Some).collect())
    }

    fn flops(&self, inputs: &[Value], _outputs: &[Value]) -> u64 {
        (inputs[0].len() as u64).saturating_mul(7)
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let Spec { dtype, dims } = to.spec(0);
        let rank = dims.rank();
        let Some(channels) = dims[rank - 1].known() else {
            return Err(to.refuse("of an unknown number of channels cannot be exported"));
        };
        let open = dims.iter().filter(|d| d.known().is_none()).count();
        if open > 1 {
            return Err(to.refuse("of several open extents cannot be exported"));
        }
        let split: Vec<Dim> = dims[..rank - 1]
            .iter()
            .copied()
            .chain([Dim::Known(self.groups), Dim::Known(channels / self.groups)])
            .collect();
        let x = to.reshape(to.input(0), &split, *dtype)?;
        let axes: Vec<i64> = (1..rank as i64 - 1).chain([rank as i64]).collect();
        let [y, ..] = normalized(to, x, &axes, (true, self.epsilon), [None, None], *dtype)?;
        let mut y = to.reshape(y, dims, *dtype)?;
        for (op, parameter) in ["Mul", "AddV2"].into_iter().zip(scale_and_shift(to, self.scale, self.shift)) {
            if let Some(parameter) = parameter {
                y = to.elementwise(op, [y, parameter], *dtype);
            }
        }
        Ok(vec![y])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float>(of: Group, form: Groups) -> Box<dyn Kernel> {
            Box::new(move |call: &mut Call<'_>| {
                let scale = form.scale.then(|| call.input(1));
                let shift = form.shift.then(|| call.input(1 + usize::from(form.scale)));
                let (y, kept, scratch) = (call.output::<T>(0), call.output(1), call.output(2));
                of.forward(y, kept, call.input(0), scale, shift, scratch);
                Ok(())
            })
        }
        let (dtype, of) = (inputs[0].dtype, self.extents(&inputs[0].shape));
        let scratch = vec![(dtype, of.scratch_len())];
        Ok(match dtype {
            DType::F32 => Lowering::Kernel(kernel::<f32>(of, self.clone()), scratch),
            _ => Lowering::Kernel(kernel::<f64>(of, self.clone()), scratch),
        })
    }
}

impl Operation for GroupsGradient {
    fn name(&self) -> &'static str {
        "group_norm_gradient"
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let x = inputs[0];
        let channels = Spec::new(x.dtype, &x.dims[x.dims.len() - 1..]);
        Ok(vec![x.clone(), channels.clone(), channels])
    }

    fn no_gradient(&self) -> Option<&'static str> {
        Some("second derivatives of normalizations are not written")
    }

    fn flops(&self, inputs: &[Value], _outputs: &[Value]) -> u64 {
        (inputs[0].len() as u64).saturating_mul(9)
    }

    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float>(of: Group, scaled: bool) -> Box<dyn Kernel> {
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
