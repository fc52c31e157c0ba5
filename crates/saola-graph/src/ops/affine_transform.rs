//! `affine_transform`: images turned, moved, scaled and sheared.

use saola_kernels::memory::Call;
pub use saola_kernels::warp::Outside;
use saola_kernels::warp::Warp;
use saola_tensor::{DType, Error, Result, Shape};

use super::dispatch::{only_wide_floats, wide_float};
use crate::{Dim, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// Turns, moves, scales or shears images `[batch, height, width, channels]` of `f32` or `f64` by maps `f32[batch, 8]`, or
/// `[1, 8]` for all of them: the pixel (x, y) of the result is that at ((a₀x + a₁y + a₂) / k, (b₀x + b₁y + b₂) / k) of the
/// image, k = c₀x + c₁y + 1, of a map (a₀, a₁, a₂, b₀, b₁, b₂, c₀, c₁). Bilinear; what is outside of an image is 0.
/// Keras's `ops.image.affine_transform`.
///
/// ```
/// use saola_graph::{AffineTransform, DType, Dim, placeholder};
///
/// let images = placeholder("images", DType::F32, [Dim::Any, 28.into(), 28.into(), 3.into()]);
/// let maps = placeholder("maps", DType::F32, [Dim::Any, 8.into()]);
/// assert_eq!(AffineTransform::new().call(&images, &maps).spec().to_string(), "f32[?, 28, 28, 3]");
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct AffineTransform {
    nearest: bool,
    outside: Outside,
    fill: f64,
}

/// The first input, which has the size of a result, given back to the pixels of the images.
#[derive(Clone, Copy, Debug)]
struct AffineTransformGradient(AffineTransform);

impl Default for AffineTransform {
    fn default() -> AffineTransform {
        AffineTransform::new()
    }
}

impl AffineTransform {
    /// Bilinear, with zeros outside.
    pub fn new() -> AffineTransform {
        AffineTransform { nearest: false, outside: Outside::Constant, fill: 0.0 }
    }

    /// Takes the nearest pixel.
    pub fn nearest(self) -> AffineTransform {
        AffineTransform { nearest: true, ..self }
    }

    /// What stands for places outside of an image; `fill` is the value of [`Outside::Constant`].
    pub fn outside(self, outside: Outside, fill: f64) -> AffineTransform {
        AffineTransform { outside, fill, ..self }
    }

    /// The transformed images, which have a gradient; there is none for the maps.
    #[track_caller]
    pub fn call(self, images: &Symbol, maps: &Symbol) -> Symbol {
        Symbol::apply(self, vec![images.clone(), maps.clone()])
    }

    fn warp(&self, shape: &Shape) -> Warp {
        let AffineTransform { nearest, outside, fill } = *self;
        Warp { height: shape[1], width: shape[2], channels: shape[3], outside, fill, bilinear: !nearest }
    }

    fn check(inputs: &[&Spec]) -> Result<()> {
        let (images, maps) = (&inputs[0].dims, &inputs[1].dims);
        only_wide_floats(inputs[0].dtype)?;
        let fits = |a: Dim, b: Dim| match (a, b) {
            (Dim::Known(maps), Dim::Known(images)) => maps == 1 || maps == images,
            _ => true,
        };
        if images.len() != 4 || maps.len() != 2 || !fits(maps[0], images[0]) {
            return Err(Error::shape(format!("images of {images} and maps of {maps}"))
                .help("give images [batch, height, width, channels], and maps [batch, 8] or [1, 8]"));
        }
        if inputs[1].dtype != DType::F32 || !matches!(maps[1], Dim::Known(8) | Dim::Any) {
            return Err(Error::shape(format!("a map is eight numbers of f32, not {}", inputs[1]))
                .help("give the numbers (a0, a1, a2, b0, b1, b2, c0, c1) for each image"));
        }
        Ok(())
    }

    /// Extents that are known only when they are fed.
    fn check_values(inputs: &[Value]) -> Result<()> {
        let specs: Vec<Spec> = inputs.iter().map(|v| Spec::new(v.dtype, &v.shape)).collect();
        AffineTransform::check(&specs.iter().collect::<Vec<_>>())
    }
}

impl Operation for AffineTransform {
    fn name(&self) -> &'static str {
        "affine_transform"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        AffineTransform::check(inputs)?;
        Ok(vec![inputs[0].clone()])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let inputs = vec![at.dy()?.clone(), at.input(1).clone()];
        let none = Error::value("`affine_transform` has no gradient for its maps")
            .help("put `stop_gradient()` behind them");
        Ok(vec![Some(Symbol::apply(AffineTransformGradient(*self), inputs)), Some(Symbol::poisoned(none))])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        AffineTransform::check_values(inputs)?;
        let warp = self.warp(&outputs[0].shape);
        Ok(wide_float!(inputs[0].dtype, T => Lowering::kernel(move |call: &mut Call<'_>| {
            warp.forward(call.output::<T>(0), call.input(0), call.input::<f32>(1));
            Ok(())
        })))
    }
}

impl Operation for AffineTransformGradient {
    fn name(&self) -> &'static str {
        "affine_transform_gradient"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        AffineTransform::check(inputs)?;
        Ok(vec![inputs[0].clone()])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        // What is outside of an image is a constant, which has no share in the way back.
        let linear = AffineTransform { fill: 0.0, ..self.0 };
        Ok(vec![Some(linear.call(at.dy()?, at.input(1))), None])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        AffineTransform::check_values(inputs)?;
        let warp = self.0.warp(&outputs[0].shape);
        Ok(wide_float!(inputs[0].dtype, T => Lowering::kernel(move |call: &mut Call<'_>| {
            warp.give_back(call.output::<T>(0), call.input(0), call.input::<f32>(1));
            Ok(())
        })))
    }
}
