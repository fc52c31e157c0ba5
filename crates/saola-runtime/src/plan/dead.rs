//! What no fetch and no effect needs any more is taken out.

use super::ir::Ir;

/// Takes out the instructions that nothing needs: passes before leave behind what they have found another way to do.
pub(crate) fn remove_dead(ir: &mut Ir) {
    let producers = ir.producers();
    let mut waiting: Vec<usize> = ir.kept.clone();
    waiting.extend((0..ir.instructions.len()).filter(|&i| !ir.instructions[i].writes.is_empty()));
    for &fetch in &ir.fetches {
        waiting.extend(producers[ir.root(fetch)]);
        waiting.extend(ir.waits(fetch));
    }
    let mut needed = vec![false; ir.instructions.len()];
    while let Some(i) = waiting.pop() {
        if !std::mem::replace(&mut needed[i], true) {
            waiting.extend(ir.before(i, &producers));
        }
    }
    for (instruction, needed) in ir.instructions.iter_mut().zip(needed) {
        instruction.dead |= !needed;
    }
}

#[cfg(test)]
mod tests {
    use saola_graph::{DType, placeholder, variable};

    use super::remove_dead;
    use crate::plan::ir::Ir;
    use crate::plan::testing::assert_pass;

    /// Leaves the second fetch away.
    fn forget(ir: &mut Ir) {
        ir.fetches.truncate(1);
        ir.kept.clear();
        remove_dead(ir);
    }

    #[test]
    fn what_nothing_needs_goes() {
        let x = placeholder("x", DType::F32, [3]);
        let (a, b) = (x.exp(), x.exp().softmax());
        let before: &[&str] =
            &["%0 = exp(feed0) : f32[3]", "%1 = exp(feed0) : f32[3]", "%2 = softmax(%1) : f32[3]"];
        assert_pass(forget, &[&a, &b], &[&x], [before, &["%0 = exp(feed0) : f32[3]"]]);
    }

    #[test]
    fn effects_stay() {
        let x = placeholder("x", DType::F32, [3]);
        let v = variable("v", [0.0f32; 3]);
        let (a, update) = (x.exp(), v.assign_add(&x.softmax()));
        let lines: &[&str] =
            &["%0 = exp(feed0) : f32[3]", "%1 = softmax(feed0) : f32[3]", "@v = assign_add(%1) : f32[3]"];
        assert_pass(forget, &[&a, &update], &[&x], [lines, lines]);
    }
}
