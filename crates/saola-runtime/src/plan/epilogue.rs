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
