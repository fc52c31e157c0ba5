//! `sum`, `mean`, `max`, `min`, `prod`: reductions over axes.

use saola_kernels::math::Float;
use saola_kernels::memory::Call;
use saola_kernels::reduce::{Reduce as Fold, Reduction, reduce};
use saola_tensor::{DType, Error, Result};

use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

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

    /// The axes of a value of `dims`, ascending.
    fn of(&self, dims: &Dims) -> Result<Vec<usize>> {
        let Some(axes) = &self.axes else { return Ok((0..dims.len()).collect()) };
        let mut found: Vec<usize> = axes.iter().map(|&a| dims.axis(a)).collect::<Result<_>>()?;
        found.sort_unstable();
        if found.windows(2).any(|w| w[0] == w[1]) {
            return Err(Error::shape(format!("an axis is named twice in {axes:?}")));
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

/// A reduction over neighbouring axes, `first..last`. Reductions over others are made of several.
#[derive(Debug)]
struct Reduce {
    op: Reduction,
    mean: bool,
    first: usize,
    last: usize,
    keep: bool,
}

macro_rules! reductions {
    ($($(#[$doc:meta])* $all:ident, $over:ident, $op:expr, $mean:expr;)*) => {
        impl Symbol {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $all(&self) -> Symbol {
                reduction(self, Axes::all(), $op, $mean)
            }

            $(#[$doc])*
            ///
            /// Over some axes: one, or an array of them, or [`Axes`] to keep them with extent 1.
            #[track_caller]
            pub fn $over(&self, axes: impl Into<Axes>) -> Symbol {
                reduction(self, axes.into(), $op, $mean)
            }
        )*}
    };
}
reductions! {
    /// The sum of the elements; 0 where there are none.
    sum, sum_over, Reduction::Sum, false;
    /// The mean of the elements. Takes floats.
    mean, mean_over, Reduction::Sum, true;
    /// The product of the elements; 1 where there are none. It has no gradient.
    prod, prod_over, Reduction::Prod, false;
    /// The largest element. The gradient is shared among equal ones.
    max, max_over, Reduction::Max, false;
    /// The smallest element. The gradient is shared among equal ones.
    min, min_over, Reduction::Min, false;
}

#[track_caller]
fn reduction(x: &Symbol, axes: Axes, op: Reduction, mean: bool) -> Symbol {
    if x.error().is_some() {
        return x.clone();
    }
    let found = match axes.of(x.dims()) {
        Ok(found) => found,
        Err(error) => {
            let error = error.note_at(
                "input",
                format!("{} {}", x.spec(), x.label()),
                "created at",
                x.node().location(),
            );
            return Symbol::poisoned(error);
        }
    };
    let mut out = x.clone();
    // From the last run of neighbouring axes to the first, so that earlier axes keep their numbers.
    let mut end = found.len();
    while end > 0 {
        let mut start = end - 1;
        while start > 0 && found[start - 1] + 1 == found[start] {
            start -= 1;
        }
        let (first, last) = (found[start], found[end - 1] + 1);
        out = Symbol::apply(Reduce { op, mean, first, last, keep: axes.keep }, vec![out]);
        end = start;
    }
    if found.is_empty() && mean && !x.dtype().is_float() {
        return Symbol::apply(Reduce { op, mean, first: 0, last: 0, keep: false }, vec![out]);
    }
    out
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
        let numeric = matches!(dtype, DType::F32 | DType::F64 | DType::I32 | DType::I64);
        if !numeric || self.mean && !dtype.is_float() {
            let takes = if self.mean { "floats" } else { "f32, f64, i32 or i64" };
            return Err(Error::dtype(format!("takes {takes}, not {dtype}"))
                .help("convert the values with `.cast(F32)`"));
        }
        let reduced = &dims[self.first..self.last];
        if matches!(self.op, Reduction::Max | Reduction::Min) && reduced.contains(&Dim::Known(0)) {
            return Err(Error::shape(format!("an empty axis of {dims} has no largest or smallest element")));
        }
        let kept = reduced.iter().filter(|_| self.keep).map(|_| Dim::Known(1));
        let dims: Dims =
            dims[..self.first].iter().copied().chain(kept).chain(dims[self.last..].iter().copied()).collect();
        Ok(vec![Spec::new(*dtype, dims)])
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (x, y, dy) = (at.input(0), at.output(0), at.dy()?);
        let expand = |s: &Symbol| {
            let axes: Vec<usize> = if self.keep { vec![] } else { (self.first..self.last).collect() };
            s.expand_like(x, &axes)
        };
        let dx = match self.op {
            Reduction::Sum if self.mean => expand(&(dy / x.size_ratio(&y))),
            Reduction::Sum => expand(dy),
            Reduction::Max | Reduction::Min => {
                let equal = x.equal(expand(&y)).cast(x.dtype());
                let axes = Axes {
                    axes: Some((self.first..self.last).map(|a| a as isize).collect()),
                    keep: self.keep,
                };
                let share = dy / equal.sum_over(axes);
                expand(&share) * equal
            }
            Reduction::Prod => {
                return Err(
                    Error::value("`prod` has no gradient").help("write the product as `x.log().sum().exp()`")
                );
            }
        };
        Ok(vec![Some(dx)])
    }

    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let shape = &inputs[0].shape;
        let n: usize = shape[self.first..self.last].iter().product();
        let inner: usize = shape[self.last..].iter().product();
        if n == 1 {
            return Ok(Lowering::Alias);
        }
        let (op, mean) = (self.op, self.mean);
        Ok(match inputs[0].dtype {
            DType::F32 => Lowering::kernel(move |call: &mut Call<'_>| {
                floats::<f32>(call, op, mean, n, inner);
                Ok(())
            }),
            DType::F64 => Lowering::kernel(move |call: &mut Call<'_>| {
                floats::<f64>(call, op, mean, n, inner);
                Ok(())
            }),
            DType::I32 => Lowering::kernel(move |call: &mut Call<'_>| {
                reduce(op, call.output::<i32>(0), call.input(0), n, inner);
                Ok(())
            }),
            _ => Lowering::kernel(move |call: &mut Call<'_>| {
                reduce(op, call.output::<i64>(0), call.input(0), n, inner);
                Ok(())
            }),
        })
    }
}

fn floats<T: Float + Fold + saola_kernels::memory::Pod>(
    call: &mut Call<'_>,
    op: Reduction,
    mean: bool,
    n: usize,
    inner: usize,
) {
    let out = call.output::<T>(0);
    reduce(op, out, call.input(0), n, inner);
    if mean {
        let count = T::of(n as f64);
        out.iter_mut().for_each(|o| *o = *o / count);
    }
}
