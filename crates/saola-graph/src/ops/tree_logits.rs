//! `tree_logits`: what boosted trees say.

use saola_kernels::memory::Call;
use saola_kernels::trees::walk::{self, Trees};
use saola_tensor::{DType, Result};

use super::trees::{Extents, TreeArrays, expect, extents};
use crate::{Dim, Lowering, Operation, Spec, Symbol, Value};

/// Inputs: bins, features, rules, values and progress.
#[derive(Debug)]
struct TreeLogits {
    growing: bool,
}

impl Symbol {
    /// For each row of these bins, `u8` of `[rows, features]`, what `trees` say: `f32` of `[rows, outputs]`, the sum of the
    /// values of the nodes that the row ends at, in the order of the trees. `growing` says whether the layers of a tree that
    /// is not ready count, too.
    #[track_caller]
    pub fn tree_logits(&self, trees: &TreeArrays, growing: bool) -> Symbol {
        let TreeArrays { feature, rule, value, progress, .. } = trees.clone();
        Symbol::apply(TreeLogits { growing }, vec![self.clone(), feature, rule, value, progress])
    }
}

/// Refuses bins and arrays that are none; else the extents.
pub(super) fn check(inputs: &[&Spec]) -> Result<Extents> {
    expect("bins", inputs[0], DType::U8, &[Dim::Any, Dim::Any])?;
    let trees = extents(&inputs[1..4])?;
    expect("counts of progress", inputs[4], DType::I64, &[Dim::Known(3)])?;
    Ok(trees)
}

/// The trees of a call, and how many of them count.
pub(super) fn trees<'a>(call: &Call<'a>, at: Extents, growing: bool) -> (Trees<'a>, usize) {
    let Extents { outputs, depth } = at;
    let (feature, rule, value) = (call.input(1), call.input(2), call.input(3));
    let progress = call.input::<i64>(4);
    let partial = growing && progress[1] > 0;
    let count = usize::try_from(progress[0]).unwrap_or(0) + usize::from(partial);
    (Trees { feature, rule, value, depth, outputs }, count)
}

pub(super) fn specs(inputs: &[Value]) -> Result<Extents> {
    let specs: Vec<Spec> = inputs.iter().map(|v| Spec::new(v.dtype, &v.shape)).collect();
    check(&specs.iter().collect::<Vec<_>>())
}

impl Operation for TreeLogits {
    fn name(&self) -> &'static str {
        "tree_logits"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let trees = check(inputs)?;
        Ok(vec![Spec::new(DType::F32, [inputs[0].dims[0], Dim::Known(trees.outputs)])])
    }
    fn no_gradient(&self) -> Option<&'static str> {
        Some(
            "trees are constant between their splits; they grow from the loss's derivatives for their logits",
        )
    }
    fn flops(&self, inputs: &[Value], outputs: &[Value]) -> u64 {
        (outputs[0].len() * inputs[1].shape[0] * 4) as u64
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let (extents, width, growing) = (specs(inputs)?, inputs[0].shape[1], self.growing);
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            let (trees, count) = trees(call, extents, growing);
            walk::logits(call.output(0), call.input(0), width, trees, count);
            Ok(())
        }))
    }
}
