//! What the operations of linear algebra have in common: matrices along the last two axes.

use saola_kernels::linalg::Factors;
use saola_kernels::memory::{Call, Pod};
use saola_tensor::{DType, Error, Result, Shape};

use super::dispatch::only_wide_floats;
use crate::{Dim, Dims, MatMul, Spec, Symbol};

/// The leading axes and the side of square matrices.
pub(super) fn square(spec: &Spec) -> Result<(&[Dim], Dim)> {
    only_wide_floats(spec.dtype)?;
    match spec.dims.split_last_chunk::<2>() {
        Some((lead, [rows, columns])) if rows.fits(*columns) => {
            Ok((lead, if *rows == Dim::Any { *columns } else { *rows }))
        }
        _ => Err(Error::shape(format!("takes square matrices, not {}", spec.dims))
            .help("the last two axes are the rows and columns of a matrix, as many of one as of the other")),
    }
}

/// The dimensions of the solutions for square matrices `a` and right sides `b`.
pub(super) fn solutions(a: &Spec, b: &Spec) -> Result<Dims> {
    let (lead, n) = square(a)?;
    if a.dtype != b.dtype {
        return Err(Error::dtype(format!("the matrices are {} and the right sides {}", a.dtype, b.dtype))
            .help("convert one of them with `.cast(..)`"));
    }
    let fits = match b.dims.split_last_chunk::<2>() {
        Some((other, [rows, _])) => {
            other.len() == lead.len() && lead.iter().zip(other).all(|(x, y)| x.fits(*y)) && rows.fits(n)
        }
        None => false,
    };
    if !fits {
        return Err(Error::shape(format!("right sides {} for matrices {}", b.dims, a.dims))
            .help("right sides are [.., n, k] for matrices [.., n, n] with the same leading axes"));
    }
    Ok(b.dims.clone())
}

/// The side of the matrices of `shape`.
pub(super) fn side(shape: &Shape) -> usize {
    shape[shape.rank() - 1]
}

/// The working memory of a factorization of matrices of `n` rows.
pub(super) fn room(dtype: DType, n: usize) -> Vec<(DType, usize)> {
    vec![(dtype, n * n), (DType::I64, n)]
}

/// That memory, which is behind the only result of a call.
pub(super) fn factors<'a, T: Pod>(call: &mut Call<'a>) -> Factors<'a, T> {
    Factors { lu: call.output(1), rows: call.output(2) }
}

/// Rows and columns exchanged.
#[track_caller]
pub(super) fn turned(x: &Symbol) -> Symbol {
    let mut order: Vec<usize> = (0..x.rank()).collect();
    if let [.., a, b] = &mut order[..] {
        std::mem::swap(a, b);
    }
    x.permute(order)
}

/// −a·bᵀ.
pub(super) fn minus_outer(a: &Symbol, b: &Symbol) -> Symbol {
    -MatMul::new().transpose_b().call(a, b)
}
