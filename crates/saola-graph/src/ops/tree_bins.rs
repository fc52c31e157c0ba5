//! `tree_bins`: values as the numbers of the bins that they lie in.

use saola_kernels::memory::Call;
use saola_kernels::trees::bins::{self, BOUNDARIES};
use saola_tensor::{DType, Result};

use super::trees::expect;
use crate::{Dim, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct TreeBins;

impl Symbol {
    /// For these values, `f32` of `[rows, features]`, the numbers (`u8`) of the bins that they lie in: how many of a
    /// feature's `boundaries`, `[features, 254]` in ascending order, are below the value. NaN is in bin 255. See
    /// [`Symbol::tree_boundaries`].
    #[track_caller]
    pub fn tree_bins(&self, boundaries: &Symbol) -> Symbol {
        Symbol::apply(TreeBins, vec![self.clone(), boundaries.clone()])
    }
}

impl Operation for TreeBins {
    fn name(&self) -> &'static str {
        "tree_bins"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        expect("values", inputs[0], DType::F32, &[Dim::Any, Dim::Any])?;
        let width = inputs[0].dims[1];
        expect("boundaries", inputs[1], DType::F32, &[width, Dim::Known(BOUNDARIES)])?;
        Ok(vec![Spec::new(DType::U8, &inputs[0].dims)])
    }
    fn flops(&self, _inputs: &[Value], outputs: &[Value]) -> u64 {
        8 * outputs[0].len() as u64
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(Lowering::kernel(|call: &mut Call<'_>| {
            bins::assign(call.output(0), call.input(0), call.input(1));
            Ok(())
        }))
    }
}
