//! `tree_contributions`: what each feature adds to what boosted trees say.

use saola_kernels::memory::Call;
use saola_kernels::trees::contributions::contributions;
use saola_tensor::{DType, Result};

use super::tree_logits::{check, specs, trees};
use super::trees::TreeArrays;
use crate::{Dim, Lowering, Operation, Spec, Symbol, Value};

/// Inputs: bins, features, rules, values and progress.
#[derive(Debug)]
struct TreeContributions;

impl Symbol {
    /// For each row of these bins, `u8` of `[rows, features]`, what each feature adds to what `trees` say, and at last what
    /// no feature adds: `f32` of `[rows, outputs, features + 1]`, whose sum over the last axis is [`Symbol::tree_logits`].
    /// A split adds the difference of the values of the child that the row goes to and of its own node.
    #[track_caller]
    pub fn tree_contributions(&self, trees: &TreeArrays) -> Symbol {
        let TreeArrays { feature, rule, value, progress, .. } = trees.clone();
        Symbol::apply(TreeContributions, vec![self.clone(), feature, rule, value, progress])
    }
}

impl Operation for TreeContributions {
    fn name(&self) -> &'static str {
        "tree_contributions"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let trees = check(inputs)?;
        let width = match inputs[0].dims[1] {
            Dim::Known(n) => Dim::Known(n + 1),
            Dim::Any => Dim::Any,
        };
        Ok(vec![Spec::new(DType::F32, [inputs[0].dims[0], Dim::Known(trees.outputs), width])])
    }
    fn no_gradient(&self) -> Option<&'static str> {
        Some("trees are constant between their splits")
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let (extents, width) = (specs(inputs)?, inputs[0].shape[1]);
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            let (trees, count) = trees(call, extents, true);
            contributions(call.output(0), call.input(0), width, trees, count);
            Ok(())
        }))
    }
}
