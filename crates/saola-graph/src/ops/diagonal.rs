//! `diagonal` and `diag`: out of a matrix, and into one.

use saola_kernels::layout::{Walk, scatter, strides};
use saola_kernels::memory::Call;
use saola_tensor::{Error, Result, Shape};

use super::dispatch::any_dtype;
use super::expand_like::walk_kernel;
use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

#[derive(Clone, Debug)]
struct Diagonal {
    offset: isize,
    rows: isize,
    columns: isize,
}

/// Zeros in the shape of the second input, with the first on a diagonal.
#[derive(Clone, Debug)]
struct DiagonalLike(Diagonal);

/// The last axis on a diagonal of a square matrix.
#[derive(Debug)]
struct Diag {
    offset: isize,
}

impl Symbol {
    /// The elements on a diagonal of the matrices along the axes `rows` and `columns`, as a last axis; both axes go.
    /// `offset` columns to the right of the main one, or below it where negative. Keras's `diagonal`.
    #[track_caller]
    pub fn diagonal(&self, offset: isize, rows: isize, columns: isize) -> Symbol {
        Symbol::apply(Diagonal { offset, rows, columns }, vec![self.clone()])
    }

    /// Square matrices that are zero but for the elements of the last axis on a diagonal, `offset` columns to the right
    /// of the main one: `[.., n]` gives `[.., m, m]` with m = n + |offset|. TensorFlow's `linalg.diag`.
    #[track_caller]
    pub fn diag(&self, offset: isize) -> Symbol {
        Symbol::apply(Diag { offset }, vec![self.clone()])
    }

    /// The sum of the main diagonal of the matrices along the last two axes. TensorFlow's `linalg.trace`.
    #[track_caller]
    pub fn trace(&self) -> Symbol {
        self.diagonal(0, -2, -1).sum_over(-1)
    }
}

/// How many elements a diagonal of `rows` × `columns` has.
fn length(rows: usize, columns: usize, offset: isize) -> usize {
    let (down, right) = if offset < 0 { (offset.unsigned_abs(), 0) } else { (0, offset.unsigned_abs()) };
    rows.saturating_sub(down).min(columns.saturating_sub(right))
}

impl Diagonal {
    fn axes(&self, dims: &Dims) -> Result<(usize, usize)> {
        let (rows, columns) = (dims.axis(self.rows)?, dims.axis(self.columns)?);
        if rows == columns {
            return Err(
                Error::shape(format!("axis {rows} is named twice")).help("a diagonal lies between two axes")
            );
        }
        Ok((rows, columns))
    }

    fn dims(&self, dims: &Dims) -> Result<Dims> {
        let (r, c) = self.axes(dims)?;
        let n = match (dims[r], dims[c]) {
            (Dim::Known(m), Dim::Known(n)) => Dim::Known(length(m, n, self.offset)),
            _ => Dim::Any,
        };
        let kept = dims.iter().enumerate().filter(|&(a, _)| a != r && a != c).map(|(_, d)| *d);
        Ok(kept.chain([n]).collect())
    }

    /// The walk over the diagonals of an array of `shape`.
    fn walk(&self, shape: &Shape) -> Result<Walk> {
        let dims = Dims::from(shape);
        let (r, c) = self.axes(&dims)?;
        let own = strides(shape);
        let n = length(shape[r], shape[c], self.offset);
        let start = match self.offset {
            _ if n == 0 => 0,
            o if o < 0 => o.unsigned_abs() * own[r],
            o => o.unsigned_abs() * own[c],
        };
        let kept = || (0..shape.rank()).filter(|&a| a != r && a != c);
        let extents: Vec<usize> = kept().map(|a| shape[a]).chain([n]).collect();
        let steps: Vec<usize> = kept().map(|a| own[a]).chain([own[r] + own[c]]).collect();
        Ok(Walk::new(&extents, &steps, start))
    }
}

impl Operation for Diagonal {
    fn name(&self) -> &'static str {
        "diagonal"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![Spec::new(inputs[0].dtype, self.dims(&inputs[0].dims)?)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let inputs = vec![at.dy()?.clone(), at.input(0).clone()];
        Ok(vec![Some(Symbol::apply(DiagonalLike(self.clone()), inputs))])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        walk_kernel(inputs[0].dtype, self.walk(&inputs[0].shape)?)
    }
}

impl Operation for DiagonalLike {
    fn name(&self) -> &'static str {
        "diagonal_gradient"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![Spec::new(inputs[0].dtype, &inputs[1].dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let Diagonal { offset, rows, columns } = self.0;
        Ok(vec![Some(at.dy()?.diagonal(offset, rows, columns)), None])
    }
    fn shape_only(&self, index: usize) -> bool {
        index == 1
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        spread(&inputs[0], self.0.walk(&outputs[0].shape)?)
    }
}

impl Operation for Diag {
    fn name(&self) -> &'static str {
        "diag"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let Spec { dtype, dims } = inputs[0];
        let Some((last, lead)) = dims.split_last() else {
            return Err(Error::shape("a scalar is no diagonal").help("give at least one axis"));
        };
        let side = match last {
            Dim::Any => Dim::Any,
            Dim::Known(n) => n
                .checked_add(self.offset.unsigned_abs())
                .map(Dim::Known)
                .ok_or_else(|| Error::shape("an extent leaves the range of sizes"))?,
        };
        Ok(vec![Spec::new(*dtype, lead.iter().copied().chain([side, side]).collect::<Dims>())])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(at.dy()?.diagonal(self.offset, -2, -1))])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let diagonal = Diagonal { offset: self.offset, rows: -2, columns: -1 };
        spread(&inputs[0], diagonal.walk(&outputs[0].shape)?)
    }
}

/// The kernel that puts its input where `walk` goes in an array of zeros.
fn spread(input: &Value, walk: Walk) -> Result<Lowering> {
    Ok(any_dtype!(input.dtype, T => Lowering::kernel(move |call: &mut Call<'_>| {
        let out = call.output::<T>(0);
        out.fill(T::default());
        scatter(out, call.input(0), &walk);
        Ok(())
    })))
}
