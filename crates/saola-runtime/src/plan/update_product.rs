//! "Gradient by a product, then a step of plain gradient descent" as one accumulating product.
//!
//! The gradient of a dense kernel is `XᵀdY`, and plain SGD subtracts a multiple of it: `W −= rate · XᵀdY` is what
//! a product with accumulation does anyway. The gradient is then never stored, and the variable passes through
//! the caches once instead of three times.

use saola_graph::UpdateRule;

use super::ir::{Ir, Kind, Source};

/// Merges each such pair whose gradient nobody else needs.
pub(crate) fn fuse_updates(ir: &mut Ir) {
    let producers = ir.producers();
    let readers = ir.readers();
    for update in 0..ir.instructions.len() {
        let plain = matches!(ir.instructions[update].kind, Kind::Update { rule: UpdateRule::Sgd, .. });
        if !plain {
            continue;
        }
        let gradient = ir.root(ir.instructions[update].inputs[0]);
        let Some(product) = producers[gradient] else { continue };
        let Kind::MatMul(form) = ir.instructions[product].kind else { continue };
        let fetched = ir.fetches.iter().any(|&f| ir.root(f) == gradient);
        let awaited = ir.instructions.iter().any(|i| !i.dead && i.after.contains(&product))
            || ir.values.iter().any(|v| v.after.contains(&product));
        let from_variable =
            |id: &usize| matches!(ir.values[ir.root(*id)].source, Source::Variable(..) | Source::Fill(_));
        let operands = ir.instructions[product].inputs.clone();
        if form.batch != 1
            || readers[gradient] != [update]
            || fetched
            || awaited
            || operands.iter().any(from_variable)
        {
            continue;
        }
        let rate = ir.instructions[update].inputs[1];
        let mut after = std::mem::take(&mut ir.instructions[product].after);
        after.extend(ir.waits(ir.instructions[update].inputs[0]));
        ir.instructions[product].dead = true;
        let flops = ir.instructions[product].flops;
        let merged = &mut ir.instructions[update];
        merged.kind = Kind::UpdateProduct(form);
        merged.flops = flops;
        merged.inputs = vec![operands[0], operands[1], rate];
        merged.after.extend(after);
    }
}

#[cfg(test)]
mod tests {
    use saola_graph::{DType, Symbol, UpdateRule, constant, optimizer_step, placeholder, variable};
    use saola_tensor::{Result, Tensor};

    use super::fuse_updates;
    use crate::plan::ir::Ir;
    use crate::plan::order::updates_last;
    use crate::plan::testing::assert_pass;

    fn merged(ir: &mut Ir) {
        updates_last(ir);
        fuse_updates(ir);
    }

    /// A product that has the variable's shape, and a step of plain descent along it.
    fn step(x: &Symbol, dy: &Symbol) -> Result<(Symbol, Symbol)> {
        let w = variable("w", Tensor::zeros(DType::F32, [3, 4])?);
        let gradient = x.transpose().matmul(dy);
        let rate = [constant(0.5f32)];
        Ok((optimizer_step(UpdateRule::Sgd, &w, &[], &gradient, &rate).symbol().clone(), gradient))
    }

    fn operands() -> (Symbol, Symbol) {
        (placeholder("x", DType::F32, [2, 3]), placeholder("dy", DType::F32, [2, 4]))
    }

    #[test]
    fn the_step_along_a_product_is_the_product() -> Result<()> {
        let (x, dy) = operands();
        let (step, _) = step(&x, &dy)?;
        let before: &[&str] = &[
            "%0 = transpose(feed0) : f32[3, 2]",
            "%1 = matmul(%0, feed1) : f32[3, 4]",
            "@w = optimizer_step(%1, 0.5) : f32[3, 4]",
        ];
        let after: &[&str] =
            &["%0 = transpose(feed0) : f32[3, 2]", "@w = update_product(%0, feed1, 0.5) : f32[3, 4]"];
        assert_pass(merged, &[&step], &[&x, &dy], [before, after]);
        Ok(())
    }

    #[test]
    fn a_product_that_is_fetched_stays() -> Result<()> {
        let (x, dy) = operands();
        let (step, gradient) = step(&x, &dy)?;
        let same: &[&str] = &[
            "%0 = transpose(feed0) : f32[3, 2]",
            "%1 = matmul(%0, feed1) : f32[3, 4]",
            "@w = optimizer_step(%1, 0.5) : f32[3, 4]",
        ];
        assert_pass(merged, &[&step, &gradient], &[&x, &dy], [same, same]);
        Ok(())
    }
}
