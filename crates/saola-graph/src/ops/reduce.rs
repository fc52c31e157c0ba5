//! `sum`, `mean`, `max`, `min`, `prod`: reductions over axes.

use saola_kernels::math::Float;
use saola_kernels::memory::{Call, Kernel, Pod};
use saola_kernels::reduce::{Reduce as Fold, Reduction};
use saola_tensor::{DType, Error, Result};

use super::runs::{Run, fold, runs, scratch};
use crate::tensorflow::Translation;
use crate::{Cumulative, Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// The axes that a reduction goes over.
///
/// ```
/// use saola_graph::{Axes, DType, placeholder};
///
/// let x = placeholder("x", DType::F32, [2, 3, 4]);
/// assert_eq!(x.sum().spec().to_string(), "f32[]");
/// assert_eq!(x.sum_over(-1).spec().to_string(), "f32[2, 3]");
/// assert_eq!(x.max_over(Axes::from([0, 2]).keep()).spec().to_string(), "f32[1, 3, 1]");
/// ```
#[derive(Clone, Debug, PartialEq, Default)]
#[must_use]
pub struct Axes {
    axes: Option<Vec<isize>>,
    keep: bool,
}

impl Axes {
    /// Every axis.
    pub fn all() -> Axes {
        Axes::default()
    }

    /// Leaves the reduced axes with extent 1 instead of removing them.
    pub fn keep(self) -> Axes {
        Axes { keep: true, ..self }
    }

    /// The dimensions that are left of `dims`.
    pub(crate) fn left(&self, dims: &Dims) -> Result<Dims> {
        let axes = self.of(dims)?;
        let left = |(a, d): (usize, &Dim)| match axes.contains(&a) {
            false => Some(*d),
            true => self.keep.then_some(Dim::Known(1)),
        };
        Ok(dims.iter().enumerate().filter_map(left).collect())
    }

    /// `result`, whose axes were kept, as these axes want it for a reduction of `x`.
    #[track_caller]
    pub(crate) fn dropped(&self, result: &Symbol, x: &Symbol) -> Symbol {
        match self.of(x.dims()) {
            Ok(axes) if !self.keep => {
                let mut out = result.clone();
                for axis in axes.into_iter().rev() {
                    out = out.squeeze(axis as isize);
                }
                out
            }
            _ => result.clone(),
        }
    }

    /// The axes of a value of `dims`, ascending.
    pub(crate) fn of(&self, dims: &Dims) -> Result<Vec<usize>> {
        let Some(axes) = &self.axes else { return Ok((0..dims.len()).collect()) };
        let mut found: Vec<usize> = axes.iter().map(|&a| dims.axis(a)).collect::<Result<_>>()?;
        found.sort_unstable();
        if found.windows(2).any(|w| w[0] == w[1]) {
            return Err(
                Error::shape(format!("an axis is named twice in {axes:?}")).help("name each axis once")
            );
        }
        Ok(found)
    }
}

impl From<isize> for Axes {
    fn from(axis: isize) -> Axes {
        Axes { axes: Some(vec![axis]), keep: false }
    }
}

impl<const N: usize> From<[isize; N]> for Axes {
    fn from(axes: [isize; N]) -> Axes {
        Axes { axes: Some(axes.to_vec()), keep: false }
    }
}

impl From<Vec<isize>> for Axes {
    fn from(axes: Vec<isize>) -> Axes {
        Axes { axes: Some(axes), keep: false }
    }
}

#[derive(Debug)]
struct Reduce {
    op: Reduction,
    mean: bool,
    axes: Axes,
}

/// Halves are reduced in single precision and rounded once; sums and products of bytes are wide.
#[track_caller]
fn reduced(x: &Symbol, op: Reduction, mean: bool, axes: Axes) -> Symbol {
    // Not in closures: a symbol that is made here is to name the line of the caller.
    let wide = match (x.dtype(), op) {
        (DType::BF16 | DType::F16, _) => x.cast(DType::F32),
        (DType::U8, Reduction::Sum | Reduction::Prod) if !mean => x.cast(DType::I64),
        _ => x.clone(),
    };
    let reduced = Symbol::apply(Reduce { op, mean, axes }, vec![wide]);
    if x.dtype().is_float() { reduced.cast(x.dtype()) } else { reduced }
}

macro_rules! reductions {
    ($($(#[$doc:meta])* $all:ident, $over:ident, $op:expr, $mean:expr;)*) => {
        impl Symbol {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $all(&self) -> Symbol {
                reduced(self, $op, $mean, Axes::all())
            }

            $(#[$doc])*
            ///
            /// Over some axes: one, or an array of them, or [`Axes`] to keep them with extent 1.
            #[track_caller]
            pub fn $over(&self, axes: impl Into<Axes>) -> Symbol {
                reduced(self, $op, $mean, axes.into())
            }
        )*}
    };
}
reductions! {
    /// The sum of the elements; 0 where there are none. `bf16` and `f16` are added up in `f32`; the sum of `u8` is `i64`;
    /// `i32` and `i64` wrap.
    sum, sum_over, Reduction::Sum, false;
    /// The mean of the elements, of which there must be one. Takes floats.
    mean, mean_over, Reduction::Sum, true;
    /// The product of the elements; 1 where there are none. Of `u8` it is `i64`; `i32` and `i64` wrap. The gradient is
    /// right where elements are zero.
    prod, prod_over, Reduction::Prod, false;
    /// The largest element, of which there must be one; NaN if one is. The gradient is shared among equal ones.
    max, max_over, Reduction::Max, false;
    /// The smallest element, of which there must be one; NaN if one is. The gradient is shared among equal ones.
    min, min_over, Reduction::Min, false;
}

impl Operation for Reduce {
    fn name(&self) -> &'static str {
        match self.op {
            Reduction::Sum if self.mean => "mean",
            Reduction::Sum => "sum",
            Reduction::Prod => "prod",
            Reduction::Max => "max",
            Reduction::Min => "min",
        }
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let Spec { dtype, dims } = inputs[0];
        let numeric = dtype.is_float() || matches!(dtype, DType::I32 | DType::I64 | DType::U8);
        if !numeric || self.mean && !dtype.is_float() {
            let takes = if self.mean { "floats" } else { "numbers" };
            return Err(Error::dtype(format!("takes {takes}, not {dtype}"))
                .help("convert the values with `.cast(F32)`"));
        }
        let axes = self.axes.of(dims)?;
        let empty = axes.iter().any(|&a| dims[a] == Dim::Known(0));
        if (self.mean || matches!(self.op, Reduction::Max | Reduction::Min)) && empty {
            let what = if self.mean { "mean" } else { "largest or smallest element" };
            return Err(Error::shape(format!("an empty axis of {dims} has no {what}"))
                .help("leave empty values out, or give the axis at least one element"));
        }
        Ok(vec![Spec::new(*dtype, self.axes.left(dims)?)])
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (x, y, dy) = (at.input(0), at.output(0), at.dy()?);
        let inserted = if self.axes.keep { vec![] } else { self.axes.of(x.dims())? };
        let expand = |s: &Symbol| s.expand_like(x, &inserted);
        let dx = match self.op {
            Reduction::Sum if self.mean => expand(&(dy / x.size_ratio(&y))),
            Reduction::Sum => expand(dy),
            Reduction::Max | Reduction::Min => {
                let equal = x.equal(expand(&y)).cast(x.dtype());
                let share = dy / equal.sum_over(self.axes.clone());
                expand(&share) * equal
            }
            Reduction::Prod => expand(dy) * others(x, &self.axes.of(x.dims())?),
        };
        Ok(vec![Some(dx)])
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let Spec { dtype, dims } = to.spec(0);
        let op = match self.op {
            Reduction::Sum if self.mean => "Mean",
            Reduction::Sum => "Sum",
            Reduction::Prod => "Prod",
            Reduction::Max => "Max",
            Reduction::Min => "Min",
        };
        let axes: Vec<i64> = self.axes.of(dims)?.into_iter().map(|a| a as i64).collect();
        Ok(vec![to.reduce(op, to.input(0), &axes, self.axes.keep, *dtype)?])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let shape = &inputs[0].shape;
        let axes = self.axes.of(&Dims::from(shape))?;
        let kept: Vec<usize> =
            shape.iter().enumerate().map(|(a, &n)| if axes.contains(&a) { 1 } else { n }).collect();
        let runs = runs(shape, &kept.into());
        if runs.is_empty() {
            return Ok(Lowering::Alias);
        }
        let scratch = scratch(&runs, inputs[0].dtype);
        let (op, count) = (self.op, axes.iter().map(|&a| shape[a]).product::<usize>());
        let kernel = match inputs[0].dtype {
            DType::F32 if self.mean => mean::<f32>(count, runs),
            DType::F64 if self.mean => mean::<f64>(count, runs),
            DType::F32 => plain::<f32>(op, runs),
            DType::F64 => plain::<f64>(op, runs),
            DType::I32 => plain::<i32>(op, runs),
            DType::U8 => plain::<u8>(op, runs),
            _ => plain::<i64>(op, runs),
        };
        Ok(Lowering::Kernel(kernel, scratch))
    }
}

/// For each element the product of all others along `axes`: of those before and behind it along the last axis, and
/// of the other rows' products.
fn others(x: &Symbol, axes: &[usize]) -> Symbol {
    let Some((&last, rest)) = axes.split_last() else { return x.fill_like(1.0, x.dtype()) };
    let running = Cumulative::along(last as isize).exclusive();
    let along = running.prod(x) * running.reverse().prod(x);
    if rest.is_empty() {
        return along;
    }
    along * others(&x.prod_over(Axes::from(last as isize).keep()), rest)
}

fn plain<T: Fold + Pod>(op: Reduction, runs: Vec<Run>) -> Box<dyn Kernel> {
    Box::new(move |call: &mut Call<'_>| {
        fold::<T>(call, op, &runs);
        Ok(())
    })
}

fn mean<T: Float + Fold + Pod>(count: usize, runs: Vec<Run>) -> Box<dyn Kernel> {
    Box::new(move |call: &mut Call<'_>| {
        let count = T::of(count as f64);
        fold::<T>(call, Reduction::Sum, &runs).iter_mut().for_each(|o| *o = *o / count);
        Ok(())
    })
}
