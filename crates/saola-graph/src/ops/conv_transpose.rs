//! `conv_transpose`: a convolution run backward.

use saola_kernels::conv::InputGradient;
use saola_kernels::lanes::Vector;
use saola_kernels::memory::{Call, Kernel, Pod};
use saola_tensor::{DType, Error, Result};

use super::conv::{Convolution, flops};
use super::conv_gradient::filter_gradient;
use super::windows::{Padding, PerAxis, Windows, channels_last_order, only_computed};
use crate::tensorflow::Translation;
use crate::{Dim, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// Transposed convolution: the gradient of a convolution's input, as a layer that makes images larger.
///
/// Shapes: input `[batch, i.., inputs]`, kernel `[k.., outputs, inputs]`, output `[batch, o.., outputs]`. With
/// [`Padding::Same`] an axis grows to `input · stride`, with [`Padding::Valid`] to `input · stride + max(window − stride,
/// 0)`; an output padding says otherwise. Takes `f32` and `f64`. Keras's `ops.conv_transpose`.
///
/// ```
/// use saola_graph::{ConvTranspose, DType, Padding, placeholder};
///
/// let x = placeholder("x", DType::F32, [1, 7, 7, 4]);
/// let kernel = placeholder("kernel", DType::F32, [3, 3, 2, 4]);
/// let y = ConvTranspose::new().strides(2).padding(Padding::Same).call(&x, &kernel);
/// assert_eq!(y.spec().to_string(), "f32[1, 14, 14, 2]");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ConvTranspose {
    form: Transposed,
    channels_first: bool,
}

/// Inputs: values and kernel.
#[derive(Clone, Debug)]
struct Transposed {
    windows: Windows,
    output_padding: Option<PerAxis>,
}

impl Default for ConvTranspose {
    fn default() -> ConvTranspose {
        ConvTranspose::new()
    }
}

impl ConvTranspose {
    /// Windows that move by one and stay inside of the output.
    pub fn new() -> ConvTranspose {
        let form = Transposed { windows: Windows::new(), output_padding: None };
        ConvTranspose { form, channels_first: false }
    }

    /// How far windows move in the output from one input to the next; 1 by default.
    pub fn strides(mut self, strides: impl Into<PerAxis>) -> ConvTranspose {
        self.form.windows.strides = strides.into();
        self
    }

    /// The distance of the kernel's elements in the output; 1 by default.
    pub fn dilations(mut self, dilations: impl Into<PerAxis>) -> ConvTranspose {
        self.form.windows.dilations = dilations.into();
        self
    }

    /// [`Padding::Valid`], the default, or [`Padding::Same`].
    pub fn padding(mut self, padding: Padding) -> ConvTranspose {
        self.form.windows.padding = padding;
        self
    }

    /// How much is added to `(input − 1) · stride + window`, less twice half of the window for [`Padding::Same`], to give
    /// the output's extent. It must be below the stride.
    pub fn output_padding(mut self, padding: impl Into<PerAxis>) -> ConvTranspose {
        self.form.output_padding = Some(padding.into());
        self
    }

    /// Channels are the second axis of input and output instead of the last.
    pub fn channels_first(mut self) -> ConvTranspose {
        self.channels_first = true;
        self
    }

    /// The transposed convolution of `x` with `kernel`.
    #[track_caller]
    pub fn call(&self, x: &Symbol, kernel: &Symbol) -> Symbol {
        if !self.channels_first || x.rank() < 3 {
            return Symbol::apply(self.form.clone(), vec![x.clone(), kernel.clone()]);
        }
        let (to, back) = channels_last_order(x.rank());
        Symbol::apply(self.form.clone(), vec![x.permute(to), kernel.clone()]).permute(back)
    }
}

impl Transposed {
    /// The convolution that this is the gradient of.
    fn convolution(&self) -> Convolution {
        Convolution { windows: self.windows.clone(), groups: 1, depthwise: false, relu: false }
    }

    fn check(&self, rank: usize) -> Result<()> {
        self.windows.check(rank)?;
        if !matches!(self.windows.padding, Padding::Valid | Padding::Same) {
            return Err(Error::value("a transposed convolution with explicit or causal padding")
                .help("use `Padding::Valid` or `Padding::Same`, and slice or pad the result"));
        }
        let Some(extra) = &self.output_padding else { return Ok(()) };
        if extra.len() != 1 && extra.len() != rank {
            return Err(Error::value(format!("{} output paddings for {rank} spatial axes", extra.len()))
                .help("give one number for all axes, or one for each"));
        }
        let wrong = (0..rank).find(|&a| extra.get(a) >= self.windows.strides.get(a));
        wrong.map_or(Ok(()), |a| {
            let (extra, stride) = (extra.get(a), self.windows.strides.get(a));
            Err(Error::value(format!("an output padding of {extra} with a stride of {stride}"))
                .help("the output padding must be below the stride"))
        })
    }

    /// The extent of the output on axis `a`.
    fn output(&self, a: usize, input: Dim, window: Dim) -> Result<Dim> {
        let (Dim::Known(input), Dim::Known(window)) = (input, window) else { return Ok(Dim::Any) };
        let (stride, same) = (self.windows.strides.get(a), self.windows.padding == Padding::Same);
        let last = window.checked_sub(1).ok_or_else(|| {
            Error::shape("a window of extent 0").help("give windows an extent of at least 1 on each axis")
        })?;
        let huge = || Error::shape("the output would be larger than any memory").help("give smaller strides");
        let reach = last.checked_mul(self.windows.dilations.get(a)).ok_or_else(huge)? + 1;
        let steps = |n: usize| n.checked_mul(stride).ok_or_else(huge);
        let output = match &self.output_padding {
            None if same => steps(input)?,
            None => steps(input)?.saturating_add(reach.saturating_sub(stride)),
            Some(extra) => {
                let cut = if same { reach / 2 * 2 } else { 0 };
                steps(input.saturating_sub(1))?
                    .saturating_add(reach)
                    .saturating_add(extra.get(a))
                    .saturating_sub(cut)
            }
        };
        // Windows over the output must stand where the inputs are.
        let back = self.windows.output(a, Dim::Known(output), Dim::Known(window));
        let none = input == 0 && self.output_padding.is_none();
        if !none && !back.is_ok_and(|n| n == Dim::Known(input)) {
            return Err(Error::value(format!(
                "an output of {output} has not {input} windows of {window} with a stride of {stride}"
            ))
            .help("leave the output padding out, or give another one"));
        }
        Ok(Dim::Known(output))
    }
}

impl Operation for Transposed {
    fn name(&self) -> &'static str {
        "conv_transpose"
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let (x, kernel) = (inputs[0], inputs[1]);
        only_computed(x)?;
        if kernel.dtype != x.dtype {
            return Err(Error::dtype(format!("the input is {}, the kernel {}", x.dtype, kernel.dtype))
                .help("convert one of them with `.cast(..)`"));
        }
        let rank = kernel.dims.len().saturating_sub(2);
        if !(1..=3).contains(&rank) || x.dims.len() != rank + 2 {
            return Err(Error::shape(format!("the input is {}, the kernel {}", x.dims, kernel.dims))
                .help("the input is [batch, spatial axes.., channels], the kernel [spatial axes.., outputs, inputs], with one to three spatial axes"));
        }
        self.check(rank)?;
        let (inputs, taken) = (x.dims[rank + 1], kernel.dims[rank + 1]);
        if !inputs.fits(taken) {
            return Err(Error::shape(format!("the input has {inputs} channels, the kernel takes {taken}"))
                .help("the kernel is [.., outputs, inputs], and channels are the last axis of the input"));
        }
        let mut dims = vec![x.dims[0]];
        for a in 0..rank {
            dims.push(self.output(a, x.dims[1 + a], kernel.dims[a])?);
        }
        dims.push(kernel.dims[rank]);
        Ok(vec![Spec::new(x.dtype, dims)])
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (x, kernel, dy) = (at.input(0), at.input(1), at.dy()?);
        let form = self.convolution();
        let dx = Symbol::apply(form.clone(), vec![dy.clone(), kernel.clone()]);
        Ok(vec![Some(dx), Some(filter_gradient(&form, dy, x, kernel))])
    }

    fn flops(&self, inputs: &[Value], _outputs: &[Value]) -> u64 {
        flops(&inputs[1], &inputs[0])
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let (x, kernel) = (to.spec(0), to.spec(1));
        let (dtype, rank) = (x.dtype, kernel.dims.rank() - 2);
        let windows = self.windows.to_tensorflow(&kernel.dims[..rank])?;
        let extents = to.output(0).dims[1..].iter().map(|d| d.known().map(|n| n as i64));
        let Some(extents) = extents.collect::<Option<Vec<i64>>>() else {
            return Err(to.refuse("of inputs of open extents cannot be exported"));
        };
        let values = windows.enter(to.input(0), dtype, to)?;
        let filter = windows.kernel(to.input(1), dtype, to)?;
        let shape = to.shape_of(to.input(0), dtype);
        let batch = to.slice(shape, 0, 1, (0, Some(1)), DType::I32)?;
        let row = if rank == 1 { vec![1] } else { Vec::new() };
        let rest = to.ints(&[row, extents].concat())?;
        let axis = to.int(0)?;
        let of = [("N", 2i64.into()), ("T", DType::I32.into()), ("Tidx", DType::I32.into())];
        let shape = to.node("ConcatV2", [batch, rest, axis], of);
        let op = if windows.rank == 2 { "Conv2DBackpropInput" } else { "Conv3DBackpropInputV2" };
        let of = [
            ("T", dtype.into()),
            ("strides", windows.strides.clone().into()),
            ("dilations", windows.dilations.clone().into()),
            ("padding", windows.padding.into()),
        ];
        let y = to.node(op, [shape, filter, values], of);
        Ok(vec![windows.leave(y, dtype, to)])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Vector>(of: InputGradient) -> Box<dyn Kernel> {
            Box::new(move |call: &mut Call<'_>| {
                of.run(call.output(0), call.input::<T>(0), call.input(1), call.output(1));
                Ok(())
            })
        }
        let (x, filter, y) = (&inputs[0], &inputs[1].shape, &outputs[0].shape);
        let of = InputGradient::new(&self.convolution().geometry(y, filter, &x.shape)?);
        let scratch = vec![(x.dtype, of.scratch_len())];
        Ok(match x.dtype {
            DType::F32 => Lowering::Kernel(kernel::<f32>(of), scratch),
            _ => Lowering::Kernel(kernel::<f64>(of), scratch),
        })
    }
}
