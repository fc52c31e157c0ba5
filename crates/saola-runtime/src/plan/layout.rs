//! Orders of axes that meet.
//!
//! Kernels have one layout each: convolutions and pooling go over images with the channels last. Where a graph has them
//! second, every layer turns its images twice, and most of these turns cancel: two that follow each other, or two with
//! nothing but elementwise operations in between, which compute the same in any order of axes. What is left turns a matrix
//! for a product, and a product can read its operands either way.

use std::collections::BTreeMap;

use saola_graph::Value;
use saola_tensor::Shape;

use super::fold::constant;
use super::ir::{Id, Instruction, Ir, Kind, Source};

/// Removes transposes as far as they cancel or become part of products. What nothing reads any more is left to the removal
/// of dead instructions.
pub(crate) fn arrange(ir: &mut Ir) {
    if !ir.instructions.iter().any(|i| matches!(i.kind, Kind::Transpose(_))) {
        return;
    }
    join(ir);
    // Each turn moves fewer elements than before, and changes what is read elsewhere.
    while let Some(region) = Regions::find(ir) {
        turn(ir, &region);
        join(ir);
    }
    absorb(ir);
}

/// The transpose that computes `id` as it is, and not a view of it under another shape: its order and its input.
fn transpose_of<'a>(ir: &'a Ir, producers: &[Option<usize>], id: Id) -> Option<(usize, &'a [usize], Id)> {
    let producer = producers[ir.root(id)]?;
    let instruction = &ir.instructions[producer];
    let Kind::Transpose(order) = &instruction.kind else { return None };
    let same = ir.shape(id) == ir.shape(ir.root(id));
    let free = instruction.after.is_empty() && ir.waits(id).is_empty() && !instruction.dead;
    (same && free).then_some((producer, order, instruction.inputs[0]))
}

/// Makes one of two transposes that follow each other, or none.
fn join(ir: &mut Ir) {
    let producers = ir.producers();
    for i in 0..ir.instructions.len() {
        let instruction = &ir.instructions[i];
        let Kind::Transpose(order) = &instruction.kind else { continue };
        if instruction.dead || !instruction.after.is_empty() {
            continue;
        }
        let Some((_, inner, from)) = transpose_of(ir, &producers, instruction.inputs[0]) else { continue };
        let order: Vec<usize> = order.iter().map(|&a| inner[a]).collect();
        if keeps_memory(ir.shape(from), &order) {
            let output = instruction.outputs[0];
            ir.values[output].source = Source::Alias(from);
            ir.instructions[i].dead = true;
        } else {
            ir.instructions[i].inputs[0] = from;
            ir.instructions[i].kind = Kind::Transpose(order);
        }
    }
}

/// Whether the elements stay where they are when the axes of `shape` come in this order.
fn keeps_memory(shape: &Shape, order: &[usize]) -> bool {
    order.iter().filter(|&&a| shape[a] != 1).is_sorted()
}

/// The order that undoes `order`.
fn inverse(order: &[usize]) -> Vec<usize> {
    let mut back = vec![0; order.len()];
    order.iter().enumerate().for_each(|(i, &a)| back[a] = i);
    back
}

/// Lets products read matrices that are turned for them.
fn absorb(ir: &mut Ir) {
    let producers = ir.producers();
    for i in 0..ir.instructions.len() {
        let Kind::MatMul(mut form) = ir.instructions[i].kind else { continue };
        for k in 0..2 {
            let input = ir.instructions[i].inputs[k];
            let Some((_, order, from)) = transpose_of(ir, &producers, input) else { continue };
            let (shape, rank) = (ir.shape(input), order.len());
            let rows_and_columns = rank >= 2 && {
                let (batch, matrix) = order.split_at(rank - 2);
                batch.iter().copied().eq(0..rank - 2) && matrix == [rank - 1, rank - 2]
            };
            // Where the product takes the leading axes for rows, these rows are not turned one by one.
            if !rows_and_columns || shape[..rank - 2].iter().product::<usize>() != form.batch {
                continue;
            }
            let flag = if k == 0 { &mut form.transpose_a } else { &mut form.transpose_b };
            *flag = !*flag;
            ir.instructions[i].inputs[k] = from;
            ir.instructions[i].kind = Kind::MatMul(form);
        }
    }
}

/// Elementwise instructions that could as well work on their operands before these are turned.
struct Region {
    /// How the operands are turned.
    order: Vec<usize>,
    /// Instructions, ascending.
    members: Vec<usize>,
}

struct Regions<'a> {
    ir: &'a Ir,
    producers: Vec<Option<usize>>,
    readers: Vec<Vec<usize>>,
    /// For each instruction: its region.
    region: Vec<Option<usize>>,
    regions: Vec<Region>,
}

impl<'a> Regions<'a> {
    /// One in which fewer elements are turned if its members work on unturned operands.
    fn find(ir: &'a Ir) -> Option<Region> {
        let mut all = Regions {
            ir,
            producers: ir.producers(),
            readers: ir.readers(),
            region: vec![None; ir.instructions.len()],
            regions: Vec::new(),
        };
        (0..ir.instructions.len()).for_each(|i| all.visit(i));
        let regions = std::mem::take(&mut all.regions);
        regions.into_iter().find(|r| all.pays(r))
    }

    /// Puts an instruction into the region of its operands, if they have one.
    fn visit(&mut self, i: usize) {
        let instruction = &self.ir.instructions[i];
        let elementwise = matches!(instruction.kind, Kind::Scalar(_) | Kind::Cast);
        if !elementwise || instruction.dead || !instruction.after.is_empty() {
            return;
        }
        let Some(order) = self.order_of(instruction) else { return };
        let mut members = vec![i];
        for id in &instruction.inputs {
            if let Some(other) = self.region_of(*id) {
                members.append(&mut self.regions[other].members);
            }
        }
        members.sort_unstable();
        members.iter().for_each(|&m| self.region[m] = Some(self.regions.len()));
        self.regions.push(Region { order, members });
    }

    /// The region that computes `id` as it is.
    fn region_of(&self, id: Id) -> Option<usize> {
        let ir = self.ir;
        let as_it_is = ir.shape(id) == ir.shape(ir.root(id)) && ir.waits(id).is_empty();
        self.producers[ir.root(id)].filter(|_| as_it_is).and_then(|p| self.region[p])
    }

    /// Whether a region that turns by `order` makes the memory of `id`.
    fn makes(&self, id: Id, order: &[usize]) -> bool {
        let region = self.producers[self.ir.root(id)].and_then(|p| self.region[p]);
        region.is_some_and(|r| self.regions[r].order == order)
    }

    /// How the operands are turned, all of them but for those that look the same unturned.
    fn order_of(&self, instruction: &Instruction) -> Option<Vec<usize>> {
        let ir = self.ir;
        let mut found: Option<&[usize]> = None;
        let mut others = Vec::new();
        for &id in &instruction.inputs {
            let own = match (self.region_of(id), transpose_of(ir, &self.producers, id)) {
                (Some(region), _) => Some(&self.regions[region].order[..]),
                // An order that undoes itself turns back what a region with that order makes.
                (None, Some((_, order, from))) if self.makes(from, order) => return None,
                (None, turn) => turn.map(|t| t.1),
            };
            match own {
                Some(own) if found.is_none_or(|f| f == own) => found = Some(own),
                Some(_) => return None,
                // Another shape of what a region makes means the elements in their turned order.
                None if self.producers[ir.root(id)].is_some_and(|p| self.region[p].is_some()) => return None,
                None => others.push(id),
            }
        }
        let order = found.filter(|f| f.len() == ir.shape(instruction.outputs[0]).rank())?;
        others.iter().all(|&id| ir.unturned(id, order).is_some()).then(|| order.to_vec())
    }

    /// Whether turning the results of a region moves fewer elements than turning its operands does.
    fn pays(&self, region: &Region) -> bool {
        let ir = self.ir;
        let inside = |i: &usize| region.members.binary_search(i).is_ok();
        let fetched = |root: Id| ir.fetches.iter().any(|&f| ir.root(f) == root);
        let mut saved: BTreeMap<usize, usize> = BTreeMap::new();
        let mut spent = 0;
        for &m in &region.members {
            for &id in &ir.instructions[m].inputs {
                if let Some((turn, _, _)) = transpose_of(ir, &self.producers, id)
                    && self.readers[ir.root(id)].iter().all(inside)
                    && !fetched(ir.root(id))
                {
                    saved.insert(turn, ir.shape(id).elements());
                }
            }
            let output = ir.instructions[m].outputs[0];
            let (back, others): (Vec<usize>, Vec<usize>) = self.readers[output]
                .iter()
                .filter(|i| !inside(i))
                .partition(|&&i| turns_back(ir, i, output, &region.order));
            let elements = ir.shape(output).elements();
            saved.extend(back.into_iter().map(|i| (i, elements)));
            if !others.is_empty() || fetched(output) {
                spent += elements;
            }
        }
        saved.values().sum::<usize>() > spent
    }
}

/// Whether instruction `i` undoes `order` on `value` as it is.
fn turns_back(ir: &Ir, i: usize, value: Id, order: &[usize]) -> bool {
    let instruction = &ir.instructions[i];
    let Kind::Transpose(own) = &instruction.kind else { return false };
    *own == inverse(order)
        && instruction.inputs[0] == value
        && instruction.after.is_empty()
        && !instruction.dead
}

impl Ir {
    /// The shape that `id` has where the axes of what it is broadcast to are not turned by `order`, if its elements are
    /// then in the same places.
    fn unturned(&self, id: Id, order: &[usize]) -> Option<Shape> {
        let shape = self.shape(id);
        if constant(self, id).is_some() {
            return Some(shape.clone());
        }
        let missing = order.len().checked_sub(shape.rank())?;
        let whole: Vec<usize> = std::iter::repeat_n(1, missing).chain(shape.iter().copied()).collect();
        let back = inverse(order);
        let turned = Shape::from(back.iter().map(|&a| whole[a]).collect::<Vec<_>>());
        keeps_memory(&Shape::from(whole), &back).then_some(turned)
    }
}

/// Makes the members of a region work on unturned operands, and turns what others read of their results.
fn turn(ir: &mut Ir, region: &Region) {
    let producers = ir.producers();
    let back = inverse(&region.order);
    for &m in &region.members {
        for k in 0..ir.instructions[m].inputs.len() {
            ir.instructions[m].inputs[k] = operand(ir, region, &producers, ir.instructions[m].inputs[k]);
        }
    }
    let readers = ir.readers();
    for &m in &region.members {
        let output = ir.instructions[m].outputs[0];
        let turned = ir.values[output].value.clone();
        let shape = Shape::from(back.iter().map(|&a| turned.shape[a]).collect::<Vec<_>>());
        let outside: Vec<usize> =
            readers[output].iter().copied().filter(|i| region.members.binary_search(i).is_err()).collect();
        let (undone, others): (Vec<usize>, Vec<usize>) =
            outside.into_iter().partition(|&i| turns_back(ir, i, output, &region.order));
        let fetched = ir.fetches.iter().any(|&f| ir.root(f) == output);
        if !others.is_empty() || fetched {
            result(ir, m, region, turned, &others);
        }
        ir.values[output].value.shape = shape;
        for i in undone {
            let same = ir.instructions[i].outputs[0];
            ir.values[same].source = Source::Alias(output);
            ir.instructions[i].dead = true;
        }
    }
}

/// What a member reads in the place of `id`.
fn operand(ir: &mut Ir, region: &Region, producers: &[Option<usize>], id: Id) -> Id {
    let root = ir.root(id);
    if producers[root].is_some_and(|p| region.members.binary_search(&p).is_ok()) {
        return root;
    }
    if let Some((_, order, from)) = transpose_of(ir, producers, id)
        && order == region.order
    {
        return from;
    }
    match ir.unturned(id, &region.order) {
        Some(shape) if shape != *ir.shape(id) => {
            let value = Value { dtype: ir.values[id].value.dtype, shape };
            ir.value(value, Source::Alias(id))
        }
        _ => id,
    }
}

/// Turns the result of member `m` for the `readers` outside of its region.
fn result(ir: &mut Ir, m: usize, region: &Region, value: Value, readers: &[usize]) {
    let output = ir.instructions[m].outputs[0];
    let turned = ir.value(value, Source::Computed);
    // Its views belong to readers outside: members read it as it is.
    for id in 0..turned {
        if ir.values[id].source == Source::Alias(output) {
            ir.values[id].source = Source::Alias(turned);
        }
    }
    let direct = |id: &mut Id| {
        if *id == output {
            *id = turned;
        }
    };
    for &reader in readers {
        ir.instructions[reader].inputs.iter_mut().for_each(direct);
    }
    ir.fetches.iter_mut().for_each(direct);
    let Instruction { origin, rank, .. } = &ir.instructions[m];
    let made = Instruction::new(Kind::Transpose(region.order.clone()), origin, *rank);
    ir.instructions.push(Instruction { inputs: vec![output], outputs: vec![turned], ..made });
}

#[cfg(test)]
mod tests {
    use saola_graph::{DType, MatMul, Symbol, placeholder, variable};
    use saola_tensor::{Result, Tensor};

    use super::super::dead::remove_dead;
    use super::arrange;
    use crate::plan::ir::Ir;
    use crate::plan::testing::assert_pass;

    fn arranged(ir: &mut Ir) {
        arrange(ir);
        remove_dead(ir);
    }

    /// Something that wants its channels last, on images that have them second.
    fn last(x: &Symbol) -> Symbol {
        x.permute([0, 2, 3, 1]).softmax().permute([0, 3, 1, 2])
    }

    fn images() -> Symbol {
        placeholder("x", DType::F32, [2, 3, 4, 5])
    }

    #[test]
    fn two_turns_are_one_or_none() {
        let x = images();
        let before: &[&str] = &[
            "%0 = transpose(feed0) : f32[2, 4, 5, 3]",
            "%1 = transpose(%0) : f32[2, 3, 4, 5]",
            "%2 = exp(%1) : f32[2, 3, 4, 5]",
        ];
        let y = x.permute([0, 2, 3, 1]).permute([0, 3, 1, 2]).exp();
        assert_pass(arranged, &[&y], &[&x], [before, &["%0 = exp(feed0) : f32[2, 3, 4, 5]"]]);
        let before: &[&str] = &[
            "%0 = transpose(feed0) : f32[2, 4, 5, 3]",
            "%1 = transpose(%0) : f32[4, 3, 5, 2]",
            "%2 = softmax(%1) : f32[4, 3, 5, 2]",
        ];
        let y = x.permute([0, 2, 3, 1]).permute([1, 3, 2, 0]).softmax();
        let after: &[&str] =
            &["%0 = transpose(feed0) : f32[4, 3, 5, 2]", "%1 = softmax(%0) : f32[4, 3, 5, 2]"];
        assert_pass(arranged, &[&y], &[&x], [before, after]);
    }

    #[test]
    fn elementwise_operations_in_between_work_unturned() -> Result<()> {
        let x = images();
        let bias = variable("b", Tensor::zeros(DType::F32, [3, 1, 1])?);
        let y = last(&(last(&x) + &bias).relu());
        let before: &[&str] = &[
            "%0 = transpose(feed0) : f32[2, 4, 5, 3]",
            "%1 = softmax(%0) : f32[2, 4, 5, 3]",
            "%2 = transpose(%1) : f32[2, 3, 4, 5]",
            "%3 = add(%2, @b) : f32[2, 3, 4, 5]",
            "%4 = relu(%3) : f32[2, 3, 4, 5]",
            "%5 = transpose(%4) : f32[2, 4, 5, 3]",
            "%6 = softmax(%5) : f32[2, 4, 5, 3]",
            "%7 = transpose(%6) : f32[2, 3, 4, 5]",
        ];
        let after: &[&str] = &[
            "%0 = transpose(feed0) : f32[2, 4, 5, 3]",
            "%1 = softmax(%0) : f32[2, 4, 5, 3]",
            "%2 = add(%1, @b) : f32[2, 4, 5, 3]",
            "%3 = relu(%2) : f32[2, 4, 5, 3]",
            "%4 = softmax(%3) : f32[2, 4, 5, 3]",
            "%5 = transpose(%4) : f32[2, 3, 4, 5]",
        ];
        assert_pass(arranged, &[&y], &[&x], [before, after]);
        Ok(())
    }

    #[test]
    fn what_others_read_is_turned_where_that_moves_less() {
        let x = images();
        let a = last(&x).relu();
        let y = last(&(last(&a) + &a));
        let before: &[&str] = &[
            "%0 = transpose(feed0) : f32[2, 4, 5, 3]",
            "%1 = softmax(%0) : f32[2, 4, 5, 3]",
            "%2 = transpose(%1) : f32[2, 3, 4, 5]",
            "%3 = relu(%2) : f32[2, 3, 4, 5]",
            "%4 = transpose(%3) : f32[2, 4, 5, 3]",
            "%5 = softmax(%4) : f32[2, 4, 5, 3]",
            "%6 = transpose(%5) : f32[2, 3, 4, 5]",
            "%7 = add(%6, %3) : f32[2, 3, 4, 5]",
            "%8 = transpose(%7) : f32[2, 4, 5, 3]",
            "%9 = softmax(%8) : f32[2, 4, 5, 3]",
            "%10 = transpose(%9) : f32[2, 3, 4, 5]",
        ];
        let after: &[&str] = &[
            "%0 = transpose(feed0) : f32[2, 4, 5, 3]",
            "%1 = softmax(%0) : f32[2, 4, 5, 3]",
            "%2 = relu(%1) : f32[2, 4, 5, 3]",
            "%3 = softmax(%2) : f32[2, 4, 5, 3]",
            "%4 = add(%3, %2) : f32[2, 4, 5, 3]",
            "%5 = softmax(%4) : f32[2, 4, 5, 3]",
            "%6 = transpose(%5) : f32[2, 3, 4, 5]",
        ];
        assert_pass(arranged, &[&y], &[&x], [before, after]);
        // One turned operand, one turned result: nothing is gained.
        let y = last(&x).relu();
        let same: &[&str] = &[
            "%0 = transpose(feed0) : f32[2, 4, 5, 3]",
            "%1 = softmax(%0) : f32[2, 4, 5, 3]",
            "%2 = transpose(%1) : f32[2, 3, 4, 5]",
            "%3 = relu(%2) : f32[2, 3, 4, 5]",
        ];
        assert_pass(arranged, &[&y], &[&x], [same, same]);
    }

    #[test]
    fn an_order_that_undoes_itself_is_no_reason_to_mix_both() {
        let x = placeholder("x", DType::F32, [3, 3]);
        let a = x.softmax().transpose().exp();
        let y = &a + a.transpose();
        let lines: &[&str] = &[
            "%0 = softmax(feed0) : f32[3, 3]",
            "%1 = transpose(%0) : f32[3, 3]",
            "%2 = exp(%1) : f32[3, 3]",
            "%3 = transpose(%2) : f32[3, 3]",
            "%4 = add(%2, %3) : f32[3, 3]",
        ];
        let after: &[&str] = &[
            "%0 = softmax(feed0) : f32[3, 3]",
            "%1 = exp(%0) : f32[3, 3]",
            "%2 = transpose(%1) : f32[3, 3]",
            "%3 = add(%2, %1) : f32[3, 3]",
        ];
        assert_pass(arranged, &[&y], &[&x], [lines, after]);
    }

    #[test]
    fn products_read_turned_matrices() {
        let x = placeholder("x", DType::F32, [4, 3]);
        let w = placeholder("w", DType::F32, [4, 5]);
        let before: &[&str] = &["%0 = transpose(feed0) : f32[3, 4]", "%1 = matmul(%0, feed1) : f32[3, 5]"];
        let after: &[&str] = &["%0 = matmul(feed0ᵀ, feed1) : f32[3, 5]"];
        assert_pass(arranged, &[&x.transpose().matmul(&w)], &[&x, &w], [before, after]);
        let v = placeholder("v", DType::F32, [5, 3]);
        let y = MatMul::new().transpose_a().call(&w.transpose(), &v);
        let before: &[&str] = &["%0 = transpose(feed0) : f32[5, 4]", "%1 = matmul(%0ᵀ, feed1) : f32[4, 3]"];
        assert_pass(arranged, &[&y], &[&w, &v], [before, &["%0 = matmul(feed0, feed1) : f32[4, 3]"]]);
    }
}
