//! `max_pool`: the largest element of each window.

use saola_kernels::math::Float;
use saola_kernels::memory::{Call, Kernel, Pod};
use saola_kernels::pooling::{self, Pooling, Windows as Extents, max_gradient, mean_gradient};
use saola_tensor::{DType, Error, Result, Shape};

use super::windows::{Padding, PerAxis, Windows, channels_last_order, only_computed};
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// The largest element of each window, over one, two or three spatial axes.
///
/// Shapes: `[batch, i.., channels]` gives `[batch, o.., channels]`. What lies beyond the border does not count. Of equal
/// elements, the first gets the gradient. Takes `f32` and `f64`. TensorFlow's `tf.nn.max_pool`.
///
/// ```
/// use saola_graph::{DType, MaxPool, placeholder};
///
/// let x = placeholder("x", DType::F32, [1, 9, 9, 4]);
/// assert_eq!(MaxPool::new(2).call(&x).spec().to_string(), "f32[1, 4, 4, 4]");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct MaxPool(PoolForm);

/// What both poolings have in common.
#[derive(Clone, Debug)]
pub(super) struct PoolForm {
    form: Pool,
    strides: Option<PerAxis>,
    channels_first: bool,
}

/// The operation.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    of: Pooling,
    size: PerAxis,
    windows: Windows,
}

/// The gradient of the input. Inputs for the largest: input, output and the output's gradient; for the mean: the
/// output's gradient, and the input, of which only the shape counts.
#[derive(Debug)]
struct PoolGradient {
    of: Pool,
    /// Whether only elements above 0 get a gradient.
    positive: bool,
}

impl PoolForm {
    pub(super) fn new(of: Pooling, size: PerAxis) -> PoolForm {
        let form = Pool { of, size, windows: Windows::new() };
        PoolForm { form, strides: None, channels_first: false }
    }

    pub(super) fn set_strides(&mut self, strides: PerAxis) {
        self.strides = Some(strides);
    }

    pub(super) fn set_padding(&mut self, padding: Padding) {
        self.form.windows.padding = padding;
    }

    pub(super) fn set_channels_first(&mut self) {
        self.channels_first = true;
    }

    #[track_caller]
    pub(super) fn apply(&self, x: &Symbol) -> Symbol {
        let mut form = self.form.clone();
        form.windows.strides = self.strides.clone().unwrap_or_else(|| form.size.clone());
        if !self.channels_first || x.rank() < 3 {
            return Symbol::apply(form, vec![x.clone()]);
        }
        let (to, back) = channels_last_order(x.rank());
        Symbol::apply(form, vec![x.permute(to)]).permute(back)
    }
}

macro_rules! pool_methods {
    ($name:ident, $of:expr) => {
        impl $name {
            /// Windows of this size that stand side by side and stay inside of the input.
            pub fn new(size: impl Into<$crate::PerAxis>) -> $name {
                $name($crate::ops::max_pool::PoolForm::new($of, size.into()))
            }

            /// How far windows move from one output to the next; by their own size by default.
            pub fn strides(mut self, strides: impl Into<$crate::PerAxis>) -> $name {
                self.0.set_strides(strides.into());
                self
            }

            /// What windows see beyond the border; [`Padding::Valid`] by default.
            pub fn padding(mut self, padding: Padding) -> $name {
                self.0.set_padding(padding);
                self
            }

            /// Channels are the second axis of input and output instead of the last.
            pub fn channels_first(mut self) -> $name {
                self.0.set_channels_first();
                self
            }

            /// The pooled `x`.
            #[track_caller]
            pub fn call(&self, x: &$crate::Symbol) -> $crate::Symbol {
                self.0.apply(x)
            }
        }
    };
}
pub(super) use pool_methods;

pool_methods!(MaxPool, Pooling::Max);

impl Pool {
    fn extents(&self, x: &Shape, y: &Shape) -> Result<Extents> {
        let n = x.rank() - 2;
        let size: Vec<usize> = (0..n).map(|a| self.size.get(a)).collect();
        let axes = self.windows.axes(&x[1..1 + n], &size, &y[1..1 + n])?;
        Ok(Extents { batch: x[0], axes, channels: x[n + 1] })
    }
}

impl Operation for Pool {
    fn name(&self) -> &'static str {
        if self.of == Pooling::Max { "max_pool" } else { "avg_pool" }
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let x = inputs[0];
        only_computed(x)?;
        let rank = x.dims.len().saturating_sub(2);
        if !(1..=3).contains(&rank) {
            return Err(Error::shape(format!("the input is {}", x.dims))
                .help("the input is [batch, spatial axes.., channels], with one to three spatial axes"));
        }
        if self.size.len() != 1 && self.size.len() != rank {
            return Err(Error::value(format!("a window of {} axes for {rank}", self.size.len()))
                .help("give one extent for all axes, or one for each"));
        }
        self.windows.check(rank)?;
        let mut dims: Dims = Dims::from(&x.dims[..1]);
        for a in 0..rank {
            dims.push(self.windows.output(a, x.dims[1 + a], Dim::Known(self.size.get(a)))?);
        }
        dims.push(x.dims[rank + 1]);
        Ok(vec![Spec::new(x.dtype, dims)])
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (x, dy) = (at.input(0).clone(), at.dy()?.clone());
        let inputs = match self.of {
            Pooling::Max => vec![x, at.output(0), dy],
            Pooling::Mean => vec![dy, x],
        };
        Ok(vec![Some(Symbol::apply(PoolGradient { of: self.clone(), positive: false }, inputs))])
    }

    fn flops(&self, inputs: &[Value], outputs: &[Value]) -> u64 {
        let taps: usize = (2..inputs[0].shape.rank()).map(|a| self.size.get(a - 2)).product();
        (outputs[0].len() as u64).saturating_mul(taps as u64)
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let x = to.spec(0);
        let size: Vec<Dim> = (0..x.dims.rank() - 2).map(|a| Dim::Known(self.size.get(a))).collect();
        let windows = self.windows.to_tensorflow(&size)?;
        if windows.pads.is_some() || windows.dilations.iter().any(|d| *d != 1) {
            return Err(to.refuse("with explicit padding or dilations has no counterpart in TensorFlow"));
        }
        let op = match (self.of, windows.rank) {
            (Pooling::Max, 2) => "MaxPool",
            (Pooling::Max, _) => "MaxPool3D",
            (Pooling::Mean, 2) => "AvgPool",
            (Pooling::Mean, _) => "AvgPool3D",
        };
        let lead = if size.len() == 1 { vec![1, 1] } else { vec![1] };
        let own = size.iter().map(|d| d.known().map_or(1, |n| n as i64));
        let extents: Vec<i64> = lead.into_iter().chain(own).chain([1]).collect();
        let values = windows.enter(to.input(0), x.dtype, to)?;
        let of = [
            ("T", x.dtype.into()),
            ("ksize", extents.into()),
            ("strides", windows.strides.clone().into()),
            ("padding", windows.padding.into()),
        ];
        let y = to.node(op, [values], of);
        Ok(vec![windows.leave(y, x.dtype, to)])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float>(of: Pooling, extents: Extents) -> Box<dyn Kernel> {
            Box::new(move |call: &mut Call<'_>| {
                pooling::pool(of, &extents, call.output::<T>(0), call.input(0));
                Ok(())
            })
        }
        let extents = self.extents(&inputs[0].shape, &outputs[0].shape)?;
        Ok(match inputs[0].dtype {
            DType::F32 => Lowering::Kernel(kernel::<f32>(self.of, extents), vec![]),
            _ => Lowering::Kernel(kernel::<f64>(self.of, extents), vec![]),
        })
    }
}

impl Operation for PoolGradient {
    fn name(&self) -> &'static str {
        if self.of.of == Pooling::Max { "max_pool_gradient" } else { "avg_pool_gradient" }
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let like = if self.of.of == Pooling::Max { inputs[0] } else { inputs[1] };
        Ok(vec![like.clone()])
    }

    fn shape_only(&self, index: usize) -> bool {
        self.of.of == Pooling::Mean && index == 1
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        match self.of.of {
            // The gradient is linear in that of the output: its own gradient is the pooling.
            Pooling::Mean => Ok(vec![Some(Symbol::apply(self.of.clone(), vec![at.dy()?.clone()])), None]),
            Pooling::Max => Err(Error::value(
                "`max_pool_gradient` has no gradient: which elements were the largest is not kept",
            )
            .help("use `avg_pool` where second derivatives are needed")),
        }
    }

    fn where_positive(&self, inputs: &[Symbol]) -> Option<Symbol> {
        let masked = || PoolGradient { of: self.of.clone(), positive: true };
        (self.of.of == Pooling::Max).then(|| Symbol::apply(masked(), inputs.to_vec()))
    }

    fn no_gradient(&self) -> Option<&'static str> {
        (self.of.of == Pooling::Max).then_some("which elements were the largest is not kept")
    }

    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float>(of: Pooling, extents: Extents, positive: bool) -> Box<dyn Kernel> {
            Box::new(move |call: &mut Call<'_>| {
                let dx = call.output::<T>(0);
                match of {
                    Pooling::Max => {
                        let (x, y, dy) = (call.input(0), call.input(1), call.input(2));
                        max_gradient(&extents, dx, x, y, dy, positive);
                    }
                    Pooling::Mean => mean_gradient(&extents, dx, call.input(0)),
                }
                Ok(())
            })
        }
        let dy = if self.of.of == Pooling::Max { &inputs[2] } else { &inputs[0] };
        let extents = self.of.extents(&outputs[0].shape, &dy.shape)?;
        Ok(match dy.dtype {
            DType::F32 => Lowering::Kernel(kernel::<f32>(self.of.of, extents, self.positive), vec![]),
            _ => Lowering::Kernel(kernel::<f64>(self.of.of, extents, self.positive), vec![]),
        })
    }
}
