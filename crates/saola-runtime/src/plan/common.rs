//! Equal computations are done once.

use std::collections::{BTreeMap, HashMap};

use super::ir::{Id, Ir, Source};

/// What makes two instructions the same: the operation with shapes, the memory of the operands, and what a view of them
/// waits for.
type Key = (String, Vec<(Id, Vec<usize>)>);

/// Takes out each instruction that computes what an earlier one does; its results become views of that one's. Instructions
/// that write a variable, or that wait for others, stay.
pub(crate) fn merge_common(ir: &mut Ir) {
    let mut known: HashMap<Key, usize> = HashMap::new();
    let mut moved = BTreeMap::new();
    for i in 0..ir.instructions.len() {
        let instruction = &ir.instructions[i];
        if instruction.dead || !instruction.after.is_empty() || !instruction.writes.is_empty() {
            continue;
        }
        let Some(same) = &instruction.same else { continue };
        let operands = instruction.inputs.iter().map(|&id| (ir.root(id), ir.waits(id))).collect();
        let first = *known.entry((same.clone(), operands)).or_insert(i);
        if first == i {
            continue;
        }
        for k in 0..ir.instructions[i].outputs.len() {
            let (own, other) = (ir.instructions[i].outputs[k], ir.instructions[first].outputs[k]);
            ir.values[own].source = Source::Alias(other);
        }
        ir.instructions[i].dead = true;
        moved.insert(i, first);
    }
    ir.renumber(&moved);
}

#[cfg(test)]
mod tests {
    use saola_graph::{DType, Random, placeholder};
    use saola_tensor::Result;

    use super::merge_common;
    use crate::plan::testing::{assert_pass, lowered, text};

    #[test]
    fn equal_computations_become_one() {
        let x = placeholder("x", DType::F32, [2, 3]);
        let half = || x.exp().reshape([6]).reshape([3, 2]).softmax();
        let before: &[&str] = &[
            "%0 = exp(feed0) : f32[2, 3]",
            "%1 = softmax(%0) : f32[3, 2]",
            "%2 = exp(feed0) : f32[2, 3]",
            "%3 = softmax(%2) : f32[3, 2]",
            "%4 = add(%1, %3) : f32[3, 2]",
        ];
        let after: &[&str] =
            &["%0 = exp(feed0) : f32[2, 3]", "%1 = softmax(%0) : f32[3, 2]", "%2 = add(%1, %1) : f32[3, 2]"];
        assert_pass(merge_common, &[&(half() + half())], &[&x], [before, after]);
    }

    #[test]
    fn another_shape_of_the_same_memory_is_another_computation() {
        let x = placeholder("x", DType::F32, [2, 3]);
        let y = x.softmax().reshape([6]) + x.reshape([3, 2]).softmax().reshape([6]);
        let lines: &[&str] = &[
            "%0 = softmax(feed0) : f32[2, 3]",
            "%1 = softmax(feed0) : f32[3, 2]",
            "%2 = add(%0, %1) : f32[6]",
        ];
        assert_pass(merge_common, &[&y], &[&x], [lines, lines]);
    }

    #[test]
    fn draws_stay_apart() -> Result<()> {
        let (a, b) = (Random::new([2]).normal(0.0, 1.0), Random::new([2]).normal(0.0, 1.0));
        let mut ir = lowered(&[&a, &b], &[])?;
        merge_common(&mut ir);
        assert_eq!(text(ir)?.lines().count(), 2);
        Ok(())
    }
}
