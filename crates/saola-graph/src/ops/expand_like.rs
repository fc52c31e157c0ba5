//! `expand_like` and `broadcast_to`: repeating elements along axes.

use saola_kernels::layout::{Walk, gather, strides};
use saola_kernels::memory::{Call, Pod};
use saola_tensor::{DType, Error, Result, Shape, bf16, f16};

use crate::tensorflow::Translation;
use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// The first input, with axes of extent 1 inserted, broadcast to the shape of the second.
#[derive(Debug)]
struct ExpandLike {
    axes: Vec<usize>,
}

#[derive(Debug)]
struct BroadcastTo(Dims);

impl Symbol {
    /// Broadcast to the shape of `like`, after axes of extent 1 were inserted so that they have the numbers `axes`.
    /// Only the shape of `like` counts. This is the gradient of a sum over `axes`.
    #[track_caller]
    pub fn expand_like(&self, like: &Symbol, axes: &[usize]) -> Symbol {
        Symbol::apply(ExpandLike { axes: axes.to_vec() }, vec![self.clone(), like.clone()])
    }

    /// Broadcast to `dims`; [`Dim::Any`] keeps the extent that is there.
    #[track_caller]
    pub fn broadcast_to(&self, dims: impl Into<Dims>) -> Symbol {
        Symbol::apply(BroadcastTo(dims.into()), vec![self.clone()])
    }
}

impl Operation for ExpandLike {
    fn name(&self) -> &'static str {
        "expand_like"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let mut dims: Vec<Dim> = inputs[0].dims.to_vec();
        for &axis in &self.axes {
            if axis > dims.len() {
                return Err(Error::shape(format!("no axis {axis} in {}", inputs[1].dims))
                    .help("name axes of the value to be like, ascending"));
            }
            dims.insert(axis, Dim::Known(1));
        }
        fits(&Dims::from(dims), &inputs[1].dims)?;
        Ok(vec![Spec::new(inputs[0].dtype, &inputs[1].dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (x, dy) = (at.input(0), at.dy()?);
        let axes: Vec<isize> = self.axes.iter().map(|&a| a as isize).collect();
        let summed = if axes.is_empty() { dy.clone() } else { dy.sum_over(axes) };
        Ok(vec![Some(summed.sum_like(x)), None])
    }
    fn shape_only(&self, index: usize) -> bool {
        index == 1
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let dtype = to.spec(0).dtype;
        let mut x = to.input(0);
        for &axis in &self.axes {
            x = to.expand_dims(x, axis as i64, dtype)?;
        }
        let shape = to.shape_of(to.input(1), to.spec(1).dtype);
        Ok(vec![to.node("BroadcastTo", [x, shape], [("T", dtype.into()), ("Tidx", DType::I32.into())])])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let mut shape = inputs[0].shape.to_vec();
        self.axes.iter().for_each(|&axis| shape.insert(axis, 1));
        Ok(broadcast(Shape::from(shape), &outputs[0].shape))
    }
}

impl Operation for BroadcastTo {
    fn name(&self) -> &'static str {
        "broadcast_to"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        fits(&inputs[0].dims, &self.0)?;
        let shift = self.0.len() - inputs[0].dims.len();
        let keep = |(i, d): (usize, &Dim)| match d {
            Dim::Any if i >= shift => inputs[0].dims[i - shift],
            d => *d,
        };
        Ok(vec![Spec::new(inputs[0].dtype, self.0.iter().enumerate().map(keep).collect::<Dims>())])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(at.dy()?.sum_like(at.input(0)))])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let dtype = to.spec(0).dtype;
        // An extent that is open is that of the value.
        let known: Vec<i64> = self.0.iter().map(|d| d.known().map_or(1, |n| n as i64)).collect();
        let wanted = to.ints(&known)?;
        let own = to.shape_of(to.input(0), dtype);
        let shape = to.node("BroadcastArgs", [own, wanted], [("T", DType::I32.into())]);
        Ok(vec![to.node(
            "BroadcastTo",
            [to.input(0), shape],
            [("T", dtype.into()), ("Tidx", DType::I32.into())],
        )])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        Ok(broadcast(inputs[0].shape.clone(), &outputs[0].shape))
    }
}

/// Whether `from` can be broadcast to `to` and nothing larger.
fn fits(from: &Dims, to: &Dims) -> Result<()> {
    let grows = |(f, t): (&Dim, &Dim)| *f == Dim::Known(1) || f.fits(*t);
    if from.len() > to.len() || !from.iter().zip(&to[to.len() - from.len()..]).all(grows) {
        return Err(Error::shape(format!("{from} cannot be broadcast to {to}"))
            .help("axes are counted from the last; only an axis of extent 1 can grow"));
    }
    Ok(())
}

fn broadcast(from: Shape, to: &Shape) -> Lowering {
    if from.elements() == to.elements() { Lowering::Alias } else { Lowering::Broadcast(from) }
}

/// The walk that reads a contiguous array of shape `from` as often as an array of shape `to` needs it.
pub fn broadcast_walk(from: &Shape, to: &Shape) -> Walk {
    let own = strides(from);
    let shift = to.rank() - from.rank();
    let step = |axis: usize| if axis < shift || from[axis - shift] == 1 { 0 } else { own[axis - shift] };
    let steps: Vec<usize> = (0..to.rank()).map(step).collect();
    Walk::new(to, &steps, 0)
}

/// The kernel that copies the elements which `walk` visits.
///
/// # Errors
/// [`saola_tensor::ErrorKind::DType`] for strings.
pub fn walk_kernel(dtype: DType, walk: Walk) -> Result<Lowering> {
    fn kernel<T: Pod>(walk: Walk) -> Lowering {
        Lowering::kernel(move |call: &mut Call<'_>| {
            gather(call.output::<T>(0), call.input::<T>(0), &walk);
            Ok(())
        })
    }
    Ok(match dtype {
        DType::F32 => kernel::<f32>(walk),
        DType::F64 => kernel::<f64>(walk),
        DType::I32 => kernel::<i32>(walk),
        DType::I64 => kernel::<i64>(walk),
        DType::U8 | DType::Bool => kernel::<u8>(walk),
        DType::BF16 => kernel::<bf16>(walk),
        DType::F16 => kernel::<f16>(walk),
        other => return Err(Error::dtype(format!("{other} elements cannot be moved inside a plan"))),
    })
}
