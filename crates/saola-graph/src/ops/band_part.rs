//! `band_part`, `tril`, `triu`: matrices that are zero away from their diagonal.

use saola_kernels::memory::{Call, Pod};
use saola_kernels::pool;
use saola_tensor::{Error, Result};

use super::dispatch::any_dtype;
use crate::{Gradient, Lowering, Operation, Spec, Symbol, Value};

/// Kept are the elements with `low <= column - row <= high`.
#[derive(Clone, Debug)]
struct BandPart {
    low: isize,
    high: isize,
}

impl Symbol {
    /// The matrices along the last two axes, zero but where `low ≤ column − row ≤ high`. TensorFlow's
    /// `linalg.band_part`, with the band's ends in place of its widths.
    #[track_caller]
    pub fn band_part(&self, low: isize, high: isize) -> Symbol {
        Symbol::apply(BandPart { low, high }, vec![self.clone()])
    }

    /// The lower triangle of the matrices along the last two axes: zero more than `offset` columns to the right of the
    /// diagonal. Keras's `tril`.
    #[track_caller]
    pub fn tril(&self, offset: isize) -> Symbol {
        self.band_part(isize::MIN, offset)
    }

    /// The upper triangle of the matrices along the last two axes: zero below the diagonal `offset` columns to the
    /// right of the main one. Keras's `triu`.
    #[track_caller]
    pub fn triu(&self, offset: isize) -> Symbol {
        self.band_part(offset, isize::MAX)
    }
}

impl Operation for BandPart {
    fn name(&self) -> &'static str {
        "band_part"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        if inputs[0].dims.len() < 2 {
            return Err(Error::shape(format!("takes matrices, not {}", inputs[0].dims))
                .help("give at least two axes"));
        }
        Ok(vec![inputs[0].clone()])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(at.dy()?.band_part(self.low, self.high))])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let shape = &inputs[0].shape;
        let (rows, columns) = (shape[shape.rank() - 2], shape[shape.rank() - 1]);
        let band = self.clone();
        Ok(any_dtype!(inputs[0].dtype, T => Lowering::kernel(move |call: &mut Call<'_>| {
            cut(call.output::<T>(0), call.input(0), rows, columns, &band);
            Ok(())
        })))
    }
}

fn cut<T: Pod + Default>(out: &mut [T], x: &[T], rows: usize, columns: usize, band: &BandPart) {
    let nanoseconds = out.len() as u64 / 4;
    pool::run_mut(out, columns, nanoseconds, |i, row| {
        let first = (i % rows.max(1)) as isize;
        let bound = |edge: isize| first.saturating_add(edge).clamp(0, columns as isize) as usize;
        let (start, end) = (bound(band.low), bound(band.high.saturating_add(1)));
        let end = end.max(start);
        row[..start].fill(T::default());
        row[start..end].copy_from_slice(&x[i * columns + start..i * columns + end]);
        row[end..].fill(T::default());
    });
}
