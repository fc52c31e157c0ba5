//! `tree_boundaries`: where the bins of trees end, learned from values.

use saola_kernels::memory::Call;
use saola_kernels::trees::bins::{self, BOUNDARIES};
use saola_tensor::{DType, Result};

use super::trees::expect;
use crate::{Dim, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct TreeBoundaries;

impl Symbol {
    /// For these values, `f32` of `[rows, features]`, boundaries `[features, 254]` of bins: half way between neighbours
    /// where a feature has no more than 255 different values, at quantiles otherwise. Boundaries ascend, and those that are
    /// not used are infinite. NaN is left out.
    #[track_caller]
    pub fn tree_boundaries(&self) -> Symbol {
        Symbol::apply(TreeBoundaries, vec![self.clone()])
    }
}

impl Operation for TreeBoundaries {
    fn name(&self) -> &'static str {
        "tree_boundaries"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        expect("values", inputs[0], DType::F32, &[Dim::Any, Dim::Any])?;
        Ok(vec![Spec::new(DType::F32, [inputs[0].dims[1], Dim::Known(BOUNDARIES)])])
    }
    fn no_gradient(&self) -> Option<&'static str> {
        Some("boundaries are learned by ranks; it counts as a constant")
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let kernel = |call: &mut Call<'_>| {
            bins::boundaries(call.output(0), call.input(0), call.output(1));
            Ok(())
        };
        Ok(Lowering::Kernel(Box::new(kernel), vec![(DType::F32, inputs[0].len())]))
    }
}
