//! `segment_sum`, `segment_mean`, `segment_max`, `segment_min`, `segment_prod`: rows combined by the number of their
//! segment, in order or not.

use saola_kernels::memory::{Call, Pod};
use saola_kernels::reduce::{Reduce, Reduction};
use saola_kernels::segment::segments;
use saola_tensor::{DType, Error, Result};

use super::dispatch::{only_indices, only_numeric};
use super::lookup::as_indices;
use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value, select};

/// Inputs: data and the segments' numbers.
#[derive(Debug)]
struct Segment {
    op: Reduction,
    number: usize,
    sorted: bool,
}

macro_rules! combinations {
    ($($(#[$doc:meta])* $sorted:ident, $unsorted:ident, $op:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// `ids` has the shape of the first axes of `data` and says for each row which of `0..segments` it belongs to, in
        /// ascending order; another id is an error of the run. Of `[ids.., inner..]` comes `[segments, inner..]`.
        /// Keras's and TensorFlow's function of this name.
        #[track_caller]
        pub fn $sorted(data: &Symbol, ids: &Symbol, segments: usize) -> Symbol {
            Symbol::apply(Segment { op: $op, number: segments, sorted: true }, vec![data.clone(), as_indices(ids)])
        }

        $(#[$doc])*
        ///
        /// `ids` has the shape of the first axes of `data` and says for each row which of `0..segments` it belongs to, in
        /// any order; a negative id leaves the row out, one beyond is an error of the run. Of `[ids.., inner..]` comes
        /// `[segments, inner..]`. TensorFlow's function of this name.
        #[track_caller]
        pub fn $unsorted(data: &Symbol, ids: &Symbol, segments: usize) -> Symbol {
            Symbol::apply(Segment { op: $op, number: segments, sorted: false }, vec![data.clone(), as_indices(ids)])
        }
    )*};
}
combinations! {
    /// The sums of the rows of each segment; 0 for one without rows.
    segment_sum, unsorted_segment_sum, Reduction::Sum;
    /// The products of the rows of each segment; 1 for one without rows.
    segment_prod, unsorted_segment_prod, Reduction::Prod;
    /// The largest elements of the rows of each segment; −∞, or the smallest integer, for one without rows. The gradient
    /// is shared among equal ones.
    segment_max, unsorted_segment_max, Reduction::Max;
    /// The smallest elements of the rows of each segment; ∞, or the largest integer, for one without rows. The gradient is
    /// shared among equal ones.
    segment_min, unsorted_segment_min, Reduction::Min;
}

/// The means of the rows of each segment, whose `ids` ascend; 0 for one without rows. See [`segment_sum`]. TensorFlow's
/// function of this name.
#[track_caller]
pub fn segment_mean(data: &Symbol, ids: &Symbol, segments: usize) -> Symbol {
    let counts = segment_sum(&ids.fill_like(1.0, data.dtype()), ids, segments);
    shared(&segment_sum(data, ids, segments), &counts)
}

/// The means of the rows of each segment; 0 for one without rows. See [`unsorted_segment_sum`]. TensorFlow's function of
/// this name.
#[track_caller]
pub fn unsorted_segment_mean(data: &Symbol, ids: &Symbol, segments: usize) -> Symbol {
    let counts = unsorted_segment_sum(&ids.fill_like(1.0, data.dtype()), ids, segments);
    shared(&unsorted_segment_sum(data, ids, segments), &counts)
}

#[track_caller]
fn shared(sums: &Symbol, counts: &Symbol) -> Symbol {
    sums / widened(&counts.maximum(1.0), sums.rank())
}

/// With axes of extent 1 behind, up to `rank`.
#[track_caller]
fn widened(x: &Symbol, rank: usize) -> Symbol {
    let mut x = x.clone();
    while x.rank() < rank && x.error().is_none() {
        x = x.expand_dims(-1);
    }
    x
}

impl Segment {
    /// For each row of `data` that of its segment, and zeros for one that is left out.
    fn rows(&self, segments: &Symbol, ids: &Symbol, data: &Symbol) -> Symbol {
        if self.sorted {
            return segments.gather(ids, 0);
        }
        // Without segments every row is left out, and there is nothing to look up in.
        if self.number == 0 {
            return data.zeros_like();
        }
        let kept = widened(&ids.greater_equal(0), data.rank());
        select(&kept, segments.gather(&ids.maximum(0), 0), 0.0)
    }
}

impl Operation for Segment {
    fn name(&self) -> &'static str {
        match (self.op, self.sorted) {
            (Reduction::Sum, true) => "segment_sum",
            (Reduction::Sum, false) => "unsorted_segment_sum",
            (Reduction::Prod, true) => "segment_prod",
            (Reduction::Prod, false) => "unsorted_segment_prod",
            (Reduction::Max, true) => "segment_max",
            (Reduction::Max, false) => "unsorted_segment_max",
            (Reduction::Min, true) => "segment_min",
            (Reduction::Min, false) => "unsorted_segment_min",
        }
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let (data, ids) = (inputs[0], inputs[1]);
        only_numeric(data.dtype)?;
        only_indices(ids.dtype)?;
        if matches!(data.dtype, DType::BF16 | DType::F16) {
            return Err(Error::dtype(format!("is computed in f32 or f64, not {}", data.dtype))
                .help("convert the values with `.cast(F32)`"));
        }
        let rank = ids.dims.len();
        if rank > data.dims.len() || !ids.dims.iter().zip(data.dims.iter()).all(|(a, b)| a.fits(*b)) {
            return Err(Error::shape(format!("ids {} for data {}", ids.dims, data.dims))
                .help("the ids have the extents of the first axes of the data"));
        }
        let dims: Dims =
            std::iter::once(Dim::Known(self.number)).chain(data.dims[rank..].iter().copied()).collect();
        Ok(vec![Spec::new(data.dtype, dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (data, ids, dy) = (at.input(0), at.input(1), at.dy()?);
        let dtype = data.dtype();
        let sum = |x: &Symbol| {
            let operation = Segment { op: Reduction::Sum, number: self.number, sorted: self.sorted };
            Symbol::apply(operation, vec![x.clone(), ids.clone()])
        };
        let dx = match self.op {
            Reduction::Sum => self.rows(dy, ids, data),
            Reduction::Max | Reduction::Min => {
                let equal = data.equal(self.rows(&at.output(0), ids, data)).cast(dtype);
                let share = dy / sum(&equal).maximum(1.0);
                self.rows(&share, ids, data) * equal
            }
            Reduction::Prod => {
                // The product of the others: of all but the zeros, where no other row is zero.
                let zero = data.equal(0.0);
                let zeros = self.rows(&sum(&zero.cast(dtype)), ids, data);
                let ones = select(&zero, 1.0, data);
                let prod = Segment { op: Reduction::Prod, number: self.number, sorted: self.sorted };
                let rest = Symbol::apply(prod, vec![ones.clone(), ids.clone()]);
                let others = self.rows(&rest, ids, data) / ones;
                let alone = (zeros - zero.cast(dtype)).equal(0.0);
                select(&alone, others, 0.0) * self.rows(dy, ids, data)
            }
        };
        Ok(vec![Some(dx), None])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let inner = inputs[0].shape[inputs[1].shape.rank()..].iter().product();
        let (op, sorted) = (self.op, self.sorted);
        Ok(match inputs[0].dtype {
            DType::F32 => kernel::<f32>(op, inner, sorted),
            DType::F64 => kernel::<f64>(op, inner, sorted),
            DType::I32 => kernel::<i32>(op, inner, sorted),
            DType::U8 => kernel::<u8>(op, inner, sorted),
            _ => kernel::<i64>(op, inner, sorted),
        })
    }
}

fn kernel<T: Pod + Reduce>(op: Reduction, inner: usize, sorted: bool) -> Lowering {
    Lowering::kernel(move |call: &mut Call<'_>| {
        segments(op, call.output::<T>(0), call.input(0), call.input(1), inner, sorted)
    })
}
