//! `conv`: convolution over one, two or three spatial axes.

use saola_kernels::conv::{Epilogue, Forward, Geometry};
use saola_kernels::lanes::Vector;
use saola_kernels::memory::{Call, Kernel, Pod};
use saola_tensor::{DType, Error, Result, Shape};

use super::conv_gradient::{filter_gradient, input_gradient};
use super::windows::{Padding, PerAxis, Windows, channels_last_order, only_computed};
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value, select};

/// Convolution (cross-correlation) over one, two or three spatial axes.
///
/// Shapes: input `[batch, i.., inputs]`, kernel `[k.., inputs / groups, outputs]`, output `[batch, o.., outputs]`; the
/// rank of the kernel says how many spatial axes there are. Takes `f32` and `f64`. TensorFlow's `tf.nn.convolution`,
/// Keras's `ops.conv`.
///
/// ```
/// use saola_graph::{Conv, DType, Dim, Padding, placeholder};
///
/// let x = placeholder("x", DType::F32, [Dim::Any, 28.into(), 28.into(), 3.into()]);
/// let kernel = placeholder("kernel", DType::F32, [3, 3, 3, 16]);
/// let y = Conv::new().strides(2).padding(Padding::Same).call(&x, &kernel);
/// assert_eq!(y.spec().to_string(), "f32[?, 14, 14, 16]");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Conv {
    pub(super) form: Convolution,
    pub(super) channels_first: bool,
}

/// The operation. Inputs: values, kernel and perhaps a bias.
#[derive(Clone, Debug)]
pub(super) struct Convolution {
    pub(super) windows: Windows,
    pub(super) groups: usize,
    /// Whether each channel is convolved alone, with a kernel `[k.., inputs, copies]`.
    pub(super) depthwise: bool,
    pub(super) relu: bool,
}

impl Default for Conv {
    fn default() -> Conv {
        Conv::new()
    }
}

impl Conv {
    /// Windows that move by one and stay inside of the input.
    pub fn new() -> Conv {
        let form = Convolution { windows: Windows::new(), groups: 1, depthwise: false, relu: false };
        Conv { form, channels_first: false }
    }

    /// How far windows move from one output to the next; 1 by default.
    pub fn strides(mut self, strides: impl Into<PerAxis>) -> Conv {
        self.form.windows.strides = strides.into();
        self
    }

    /// The distance of the kernel's elements in the input; 1 by default.
    pub fn dilations(mut self, dilations: impl Into<PerAxis>) -> Conv {
        self.form.windows.dilations = dilations.into();
        self
    }

    /// What windows see beyond the border; [`Padding::Valid`] by default.
    pub fn padding(mut self, padding: Padding) -> Conv {
        self.form.windows.padding = padding;
        self
    }

    /// Into how many parts the channels are divided; outputs of a part see inputs of the same part alone.
    pub fn groups(mut self, groups: usize) -> Conv {
        self.form.groups = groups;
        self
    }

    /// Channels are the second axis of input and output instead of the last.
    pub fn channels_first(mut self) -> Conv {
        self.channels_first = true;
        self
    }

    /// Negative results become 0, in the same pass.
    pub fn relu(mut self) -> Conv {
        self.form.relu = true;
        self
    }

    /// The convolution of `x` with `kernel`.
    #[track_caller]
    pub fn call(&self, x: &Symbol, kernel: &Symbol) -> Symbol {
        self.apply(x, vec![kernel.clone()])
    }

    /// As [`Conv::call`], and `bias`, a number for each channel of the output, is added in the same pass.
    #[track_caller]
    pub fn call_with_bias(&self, x: &Symbol, kernel: &Symbol, bias: &Symbol) -> Symbol {
        self.apply(x, vec![kernel.clone(), bias.clone()])
    }

    #[track_caller]
    pub(super) fn apply(&self, x: &Symbol, rest: Vec<Symbol>) -> Symbol {
        let with = |x: Symbol| std::iter::once(x).chain(rest.iter().cloned()).collect();
        if !self.channels_first || x.rank() < 3 {
            return Symbol::apply(self.form.clone(), with(x.clone()));
        }
        let (to, back) = channels_last_order(x.rank());
        Symbol::apply(self.form.clone(), with(x.permute(to))).permute(back)
    }
}

impl Convolution {
    /// Extents for a kernel.
    pub(super) fn geometry(&self, x: &Shape, kernel: &Shape, y: &Shape) -> Result<Geometry> {
        let n = x.rank() - 2;
        let axes = self.windows.axes(&x[1..1 + n], &kernel[..n], &y[1..1 + n])?;
        let inputs = x[n + 1];
        let groups = if self.depthwise { inputs.max(1) } else { self.groups };
        Ok(Geometry { batch: x[0], axes, inputs, outputs: y[n + 1], groups })
    }

    /// The channels of the output.
    fn outputs(&self, inputs: Dim, kernel: &Dims) -> Result<Dim> {
        let (given, made) = (kernel[kernel.len() - 2], kernel[kernel.len() - 1]);
        if self.groups == 0 {
            return Err(Error::value("0 groups").help("give at least one group"));
        }
        let wanted = match given {
            Dim::Known(n) if !self.depthwise => n.checked_mul(self.groups).map_or(Dim::Any, Dim::Known),
            other => other,
        };
        if !inputs.fits(wanted) {
            let groups = if self.groups > 1 { format!(" in {} groups", self.groups) } else { String::new() };
            return Err(Error::shape(format!(
                "the input has {inputs} channels, the kernel takes {wanted}{groups}"
            ))
            .help("the kernel is [.., inputs / groups, outputs], and channels are the last axis of the input; use `.channels_first()` where they are the second"));
        }
        if self.depthwise {
            return Ok(match (given, inputs, made) {
                (Dim::Known(n), _, Dim::Known(copies)) | (Dim::Any, Dim::Known(n), Dim::Known(copies)) => {
                    let outputs = n.checked_mul(copies);
                    Dim::Known(outputs.ok_or_else(|| Error::shape("more channels than can be counted"))?)
                }
                _ => Dim::Any,
            });
        }
        match made {
            Dim::Known(n) if !n.is_multiple_of(self.groups) => {
                Err(Error::shape(format!("{n} outputs in {} groups", self.groups))
                    .help("the number of outputs must be a multiple of the number of groups"))
            }
            made => Ok(made),
        }
    }
}

impl Operation for Convolution {
    fn name(&self) -> &'static str {
        if self.depthwise { "depthwise_conv" } else { "conv" }
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let (x, kernel) = (inputs[0], inputs[1]);
        only_computed(x)?;
        if let Some(other) = inputs.iter().find(|s| s.dtype != x.dtype) {
            return Err(Error::dtype(format!("the input is {}, another operand {}", x.dtype, other.dtype))
                .help("convert one of them with `.cast(..)`"));
        }
        let rank = kernel.dims.len().saturating_sub(2);
        if !(1..=3).contains(&rank) || x.dims.len() != rank + 2 {
            return Err(Error::shape(format!("the input is {}, the kernel {}", x.dims, kernel.dims))
                .help("the input is [batch, spatial axes.., channels], the kernel [spatial axes.., inputs, outputs], with one to three spatial axes"));
        }
        self.windows.check(rank)?;
        let mut dims = vec![x.dims[0]];
        for a in 0..rank {
            dims.push(self.windows.output(a, x.dims[1 + a], kernel.dims[a])?);
        }
        let outputs = self.outputs(x.dims[rank + 1], &kernel.dims)?;
        if let Some(bias) = inputs.get(2)
            && (bias.dims.len() != 1 || !bias.dims[0].fits(outputs))
        {
            return Err(Error::shape(format!("the bias is {} for {outputs} channels", bias.dims))
                .help("the bias has one number for each channel of the output"));
        }
        dims.push(outputs);
        Ok(vec![Spec::new(x.dtype, dims)])
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (x, kernel) = (at.input(0), at.input(1));
        let dy = match self.relu {
            true => through_relu(&at.output(0), at.dy()?),
            false => at.dy()?.clone(),
        };
        let form = Convolution { relu: false, ..self.clone() };
        let mut all =
            vec![Some(input_gradient(&form, &dy, kernel, x)), Some(filter_gradient(&form, x, &dy, kernel))];
        if at.inputs().len() > 2 {
            all.push(Some(dy.sum_over((0..dy.rank() as isize - 1).collect::<Vec<_>>())));
        }
        Ok(all)
    }

    fn flops(&self, inputs: &[Value], outputs: &[Value]) -> u64 {
        flops(&inputs[1], &outputs[0])
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let (x, kernel) = (to.spec(0), to.spec(1));
        let rank = kernel.dims.rank() - 2;
        let dtype = x.dtype;
        let windows = self.windows.to_tensorflow(&kernel.dims[..rank])?;
        let values = windows.enter(to.input(0), dtype, to)?;
        let filter = windows.kernel(to.input(1), dtype, to)?;
        let op = match (self.depthwise, windows.rank) {
            (false, 2) => "Conv2D",
            (false, _) => "Conv3D",
            (true, 2) => "DepthwiseConv2dNative",
            (true, _) => return Err(to.refuse("of three spatial axes has no counterpart in TensorFlow")),
        };
        let mut strides = windows.strides.clone();
        if self.depthwise && rank == 1 {
            // The operation takes one stride for both axes; the one row of a sequence is there with any.
            strides[1] = strides[2];
        }
        if self.depthwise && strides[1] != strides[2] {
            return Err(to.refuse("with different strides has no counterpart in TensorFlow"));
        }
        let of = [
            ("T", dtype.into()),
            ("strides", strides.into()),
            ("dilations", windows.dilations.clone().into()),
            ("padding", windows.padding.into()),
        ];
        let mut y = to.node(op, [values, filter], of);
        if to.inputs().len() > 2 {
            y = to.node("BiasAdd", [y, to.input(2)], [("T", dtype.into())]);
        }
        if self.relu {
            y = to.elementwise("Relu", [y], dtype);
        }
        Ok(vec![windows.leave(y, dtype, to)])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Vector>(of: Forward, bias: bool, relu: bool) -> Box<dyn Kernel> {
            Box::new(move |call: &mut Call<'_>| {
                let (x, kernel) = (call.input::<T>(0), call.input(1));
                let bias = if bias { Some(call.input(2)) } else { None };
                of.run(call.output(0), x, kernel, Epilogue { bias, relu }, call.output(1));
                Ok(())
            })
        }
        let of = Forward::new(&self.geometry(&inputs[0].shape, &inputs[1].shape, &outputs[0].shape)?);
        let dtype = inputs[0].dtype;
        let (bias, scratch) = (inputs.len() > 2, vec![(dtype, of.scratch_len())]);
        Ok(match dtype {
            DType::F32 => Lowering::Kernel(kernel::<f32>(of, bias, self.relu), scratch),
            _ => Lowering::Kernel(kernel::<f64>(of, bias, self.relu), scratch),
        })
    }
}

/// The gradient `dy` of the ReLU with result `y`, for what it was applied to.
fn through_relu(y: &Symbol, dy: &Symbol) -> Symbol {
    let node = dy.node();
    let of_y = node.inputs().first().is_some_and(|first| first.id() == y.id());
    let fused = if of_y { node.operation().where_positive(node.inputs()) } else { None };
    fused.unwrap_or_else(|| select(&y.greater(0.0), dy, 0.0))
}

/// Multiplications and additions of a convolution, from its kernel and its output.
pub(super) fn flops(kernel: &Value, output: &Value) -> u64 {
    let outputs = output.shape.last().copied().unwrap_or(1).max(1);
    (output.len() as u64).saturating_mul((kernel.len() / outputs) as u64).saturating_mul(2)
}
