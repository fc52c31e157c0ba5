//! Elementwise programs as the epilogues of products.
//!
//! A program that is the only reader of a product, such as the bias and the activation of a dense layer, runs on each
//! panel of the product as soon as it is made. The product is then written where one of the program's results will be.

use std::collections::BTreeMap;

use saola_tensor::DType;

use super::fuse::{access, number_type};
use super::ir::{Id, Ir, Kind, Source};

/// Merges each such pair.
pub(crate) fn merge_epilogues(ir: &mut Ir) {
    let producers = ir.producers();
    let readers = ir.readers();
    let mut moved = BTreeMap::new();
    for position in 0..ir.order.len() {
        let program = ir.order[position];
        let Some((product, value, into)) = candidate(ir, program, &producers, &readers) else { continue };
        let Kind::MatMul(form) = ir.instructions[product].kind else { continue };
        let Kind::Program(members) = std::mem::replace(&mut ir.instructions[program].kind, Kind::Copy) else {
            continue;
        };
        let operands = ir.instructions[product].inputs.clone();
        let mut after = std::mem::take(&mut ir.instructions[product].after);
        after.extend(ir.waits(value));
        let flops = ir.instructions[product].flops;
        ir.instructions[product].dead = true;
        let merged = &mut ir.instructions[program];
        let others = merged.inputs.iter().copied().filter(|&i| i != value);
        merged.inputs = operands.into_iter().chain(others).collect();
        merged.kind = Kind::ProductThen { form, members, value, into };
        merged.flops = merged.flops.saturating_add(flops);
        merged.after.extend(after);
        moved.insert(product, program);
    }
    ir.renumber(&moved);
}

/// The product that program `i` is to be the epilogue of: its instruction, the value as the program reads it, and
/// the result whose memory it takes. Of several, the one with the most operations.
fn candidate(
    ir: &Ir,
    i: usize,
    producers: &[Option<usize>],
    readers: &[Vec<usize>],
) -> Option<(usize, Id, usize)> {
    let Kind::Program(members) = &ir.instructions[i].kind else { return None };
    let computes = number_type(ir, members.first()?)?.0;
    let outputs = &ir.instructions[i].outputs;
    let dtype_of = |id: Id| ir.values[id].value.dtype;
    let fits = |&value: &Id| {
        let root = ir.root(value);
        let product = producers[root]?;
        let Kind::MatMul(form) = ir.instructions[product].kind else { return None };
        let dtype = dtype_of(root);
        let into = outputs.iter().position(|&o| dtype_of(o) == dtype)?;
        let whole =
            access(ir.shape(value), ir.shape(outputs[into]))?.is_full(ir.shape(outputs[into]).elements());
        let once = ir.instructions[i].inputs.iter().filter(|&&v| ir.root(v) == root).count() == 1;
        let alone = readers[root] == [i] && !ir.fetches.iter().any(|&f| ir.root(f) == root);
        let computed = ir.values[root].source == Source::Computed;
        let floats = matches!(dtype, DType::F32 | DType::F64) && dtype == computes;
        let same = ir.shape(value).elements() == ir.shape(outputs[into]).elements();
        (form.batch == 1 && whole && same && once && alone && computed && floats && !awaited(ir, product, i))
            .then_some((product, value, into))
    };
    let found = ir.instructions[i].inputs.iter().filter_map(fits);
    found.max_by_key(|f| (ir.instructions[f.0].flops, std::cmp::Reverse(f.0)))
}

/// Whether anything waits for `product`, without reading it, and runs before its `reader` does: an update of a
/// variable that the product reads, for one.
fn awaited(ir: &Ir, product: usize, reader: usize) -> bool {
    let earlier = ir.order.iter().take_while(|&&i| i != reader);
    let mut earlier = earlier.map(|&i| &ir.instructions[i]).filter(|x| !x.dead);
    earlier.any(|x| x.after.contains(&product)) || ir.values.iter().any(|v| v.after.contains(&product))
}

#[cfg(test)]
mod tests {
    use saola_graph::{DType, Symbol, placeholder};

    use super::super::fuse::fuse;
    use super::super::order::sort;
    use super::merge_epilogues;
    use crate::plan::ir::Ir;
    use crate::plan::testing::assert_pass;

    fn merged(ir: &mut Ir) {
        fuse(ir, false).and_then(|()| sort(ir)).expect("no circle");
        merge_epilogues(ir);
    }

    fn operands() -> [Symbol; 3] {
        [[2, 3].as_slice(), &[3, 4], &[4]].map(|dims| placeholder("x", DType::F32, dims))
    }

    #[test]
    fn bias_and_activation_end_the_product() {
        let [x, w, b] = operands();
        let y = (x.matmul(&w) + &b).relu();
        assert_pass(
            merged,
            &[&y],
            &[&x, &w, &b],
            [
                &[
                    "%0 = matmul(feed0, feed1) : f32[2, 4]",
                    "%1 = add(%0, feed2) : f32[2, 4]",
                    "%2 = relu(%1) : f32[2, 4]",
                ],
                &["%0 = matmul then {add, relu}(feed0, feed1, feed2) : f32[2, 4]"],
            ],
        );
    }

    #[test]
    fn of_two_products_one_has_the_program() {
        let [x, w, _] = operands();
        let y = x.matmul(&w).tanh() * (&x + 1.0).matmul(&w);
        assert_pass(
            merged,
            &[&y],
            &[&x, &w],
            [
                &[
                    "%0 = matmul(feed0, feed1) : f32[2, 4]",
                    "%1 = tanh(%0) : f32[2, 4]",
                    "%2 = add(feed0, 1) : f32[2, 3]",
                    "%3 = matmul(%2, feed1) : f32[2, 4]",
                    "%4 = mul(%1, %3) : f32[2, 4]",
                ],
                &[
                    "%0 = fused {add}(feed0) : f32[2, 3]",
                    "%1 = matmul(%0, feed1) : f32[2, 4]",
                    "%2 = matmul then {tanh, mul}(feed0, feed1, %1) : f32[2, 4]",
                ],
            ],
        );
    }

    #[test]
    fn a_product_that_others_read_stays() {
        let [x, w, b] = operands();
        let product = x.matmul(&w);
        let y = (&product + &b).relu();
        assert_pass(
            merged,
            &[&y, &product],
            &[&x, &w, &b],
            [
                &[
                    "%0 = matmul(feed0, feed1) : f32[2, 4]",
                    "%1 = add(%0, feed2) : f32[2, 4]",
                    "%2 = relu(%1) : f32[2, 4]",
                ],
                &["%0 = matmul(feed0, feed1) : f32[2, 4]", "%1 = fused {add, relu}(%0, feed2) : f32[2, 4]"],
            ],
        );
    }
}
