//! `resize`: images of another size.

use saola_kernels::memory::Call;
use saola_kernels::resize::{Grid, taps};
use saola_tensor::{DType, Error, Result, Shape};

use super::dispatch::{any_dtype, only_wide_floats, wide_float};
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// Resizes images `[batch, height, width, channels]`, or without the batch, as TensorFlow's `image.resize` does: pixels
/// lie at the centres of their cells, and nothing is smoothed when an image is made smaller. Bilinear unless
/// [`Resize::nearest`] says otherwise.
///
/// ```
/// use saola_graph::{DType, Dim, Resize, placeholder};
///
/// let images = placeholder("images", DType::F32, [Dim::Any, 28.into(), 28.into(), 3.into()]);
/// let larger = Resize::new(56, 64).nearest().call(&images);
/// assert_eq!(larger.spec().to_string(), "f32[?, 56, 64, 3]");
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Resize {
    height: usize,
    width: usize,
    nearest: bool,
    channels_first: bool,
}

/// The first input, which has the size of a result, given back to the pixels of an image like the second.
#[derive(Clone, Copy, Debug)]
struct ResizeGradient(Resize);

impl Resize {
    /// To `height` rows and `width` columns of pixels, bilinear. Takes `f32` and `f64`.
    pub fn new(height: usize, width: usize) -> Resize {
        Resize { height, width, nearest: false, channels_first: false }
    }

    /// Takes the nearest pixel, of any dtype.
    pub fn nearest(self) -> Resize {
        Resize { nearest: true, ..self }
    }

    /// Channels are in front of the rows: `[batch, channels, height, width]`.
    pub fn channels_first(self) -> Resize {
        Resize { channels_first: true, ..self }
    }

    /// The resized images.
    #[track_caller]
    pub fn call(self, images: &Symbol) -> Symbol {
        Symbol::apply(self, vec![images.clone()])
    }

    /// The axis of the rows; that of the columns follows.
    fn rows(&self, rank: usize) -> usize {
        if self.channels_first { rank - 2 } else { rank - 3 }
    }

    fn grid(&self, from: &Shape) -> Grid {
        let axis = self.rows(from.rank());
        let (height, width) = (from[axis], from[axis + 1]);
        let (rows, columns) =
            (taps(height, self.height, !self.nearest), taps(width, self.width, !self.nearest));
        Grid { height, width, inner: from[axis + 2..].iter().product(), rows, columns }
    }
}

impl Operation for Resize {
    fn name(&self) -> &'static str {
        "resize"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let Spec { dtype, dims } = inputs[0];
        if !self.nearest {
            only_wide_floats(*dtype)?;
        }
        if !(3..=4).contains(&dims.len()) {
            return Err(Error::shape(format!("takes images, not {dims}"))
                .help("give height, width and channels, and a batch in front"));
        }
        let axis = self.rows(dims.len());
        let results = self.height > 0 && self.width > 0;
        if results && dims[axis..axis + 2].contains(&Dim::Known(0)) {
            return Err(Error::shape(format!("images of {dims} have no pixels"))
                .help("give images of at least one pixel"));
        }
        let mut out = dims.to_vec();
        out[axis] = Dim::Known(self.height);
        out[axis + 1] = Dim::Known(self.width);
        Ok(vec![Spec::new(*dtype, Dims::from(out))])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let inputs = vec![at.dy()?.clone(), at.input(0).clone()];
        Ok(vec![Some(Symbol::apply(ResizeGradient(*self), inputs))])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let Spec { dtype, dims } = to.spec(0);
        let mut x = to.input(0);
        let image = dims.rank() == 3;
        if image {
            x = to.expand_dims(x, 0, *dtype)?;
        }
        let turned = |to: &mut Translation<'_>, x: String, order: [i64; 4]| -> Result<String> {
            if !self.channels_first {
                return Ok(x);
            }
            let order = to.ints(&order)?;
            Ok(to.node("Transpose", [x, order], [("T", (*dtype).into()), ("Tperm", DType::I32.into())]))
        };
        x = turned(to, x, [0, 2, 3, 1])?;
        let size = to.ints(&[self.height as i64, self.width as i64])?;
        let op = if self.nearest { "ResizeNearestNeighbor" } else { "ResizeBilinear" };
        let resized = to.node(op, [x, size], [("T", (*dtype).into()), ("half_pixel_centers", true.into())]);
        // TensorFlow gives single precision, whatever it is given.
        let resized = if self.nearest { resized } else { to.cast(resized, DType::F32, *dtype) };
        let y = turned(to, resized, [0, 3, 1, 2])?;
        Ok(vec![if image { to.squeeze(y, &[0], *dtype) } else { y }])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        if inputs[0].shape == outputs[0].shape {
            return Ok(Lowering::Alias);
        }
        let grid = self.grid(&inputs[0].shape);
        if self.nearest {
            return Ok(any_dtype!(inputs[0].dtype, T => Lowering::kernel(move |call: &mut Call<'_>| {
                grid.nearest(call.output::<T>(0), call.input(0));
                Ok(())
            })));
        }
        Ok(wide_float!(inputs[0].dtype, T => Lowering::kernel(move |call: &mut Call<'_>| {
            grid.bilinear(call.output::<T>(0), call.input(0));
            Ok(())
        })))
    }
}

impl Operation for ResizeGradient {
    fn name(&self) -> &'static str {
        "resize_gradient"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![Spec::new(inputs[0].dtype, &inputs[1].dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(self.0.call(at.dy()?)), None])
    }
    fn shape_only(&self, index: usize) -> bool {
        index == 1
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        if inputs[0].shape == outputs[0].shape {
            return Ok(Lowering::Alias);
        }
        let grid = self.0.grid(&outputs[0].shape);
        Ok(wide_float!(inputs[0].dtype, T => Lowering::kernel(move |call: &mut Call<'_>| {
            let out = call.output::<T>(0);
            match call.input::<T>(0) {
                // A result without pixels gives nothing back.
                [] => out.fill(T::default()),
                x => grid.give_back(out, x),
            }
            Ok(())
        })))
    }
}
