//! Elementwise operations merged into programs.
//!
//! Operations are visited in order. Each joins the programs that compute its operands if they go over the same
//! number of elements in the same number type, and if nothing outside would then have to run both before and
//! after the merged program.

use std::collections::{BTreeMap, BTreeSet};

use saola_kernels::elementwise::{Access, Scalar};
use saola_tensor::{DType, Result, Shape, Tensor};

use super::fold::constant;
use super::ir::{Id, Instruction, Ir, Kind, Source};

/// The most members of a program.
const MOST: usize = 40;
/// The most operands and results of a program; its kernel takes 16.
const OPERANDS: usize = 14;

/// The number type that an elementwise instruction computes in, if a program can hold it. Types that are narrower
/// in memory than in a register are rounded when they are stored, so chains of them are not merged.
pub(crate) fn number_type(ir: &Ir, instruction: &Instruction) -> Option<(DType, bool)> {
    let input = |i: usize| ir.values[instruction.inputs[i]].value.dtype;
    let output = || ir.values[instruction.outputs[0]].value.dtype;
    let dtype = match instruction.kind {
        Kind::Scalar(Scalar::Binary(op)) if op.is_logic() => DType::F32,
        Kind::Scalar(Scalar::Select) => input(1),
        Kind::Scalar(_) => input(0),
        Kind::Cast if input(0) == DType::Bool => output(),
        Kind::Cast if output() == DType::Bool => input(0),
        _ => return None,
    };
    match dtype {
        DType::F32 | DType::F64 | DType::I32 | DType::I64 => Some((dtype, true)),
        DType::Bool => Some((DType::F32, true)),
        DType::U8 => Some((DType::I32, false)),
        DType::BF16 | DType::F16 => Some((DType::F32, false)),
        DType::Str => None,
        _ => None,
    }
}

/// How an operand of shape `from` is read where the result has shape `to`, if one rule can say it.
pub(crate) fn access(from: &Shape, to: &Shape) -> Option<Access> {
    if from.elements() == to.elements() {
        return Some(Access::full(to.elements()));
    }
    // Nothing is read for an empty result; a rule made of its extents would divide by zero.
    if from.elements() == 1 || to.elements() == 0 {
        return Some(Access::SCALAR);
    }
    let shift = to.rank() - from.rank();
    let present: Vec<usize> = (shift..to.rank()).filter(|&a| from[a - shift] != 1).collect();
    let (first, last) = (*present.first()?, *present.last()? + 1);
    // Axes of extent 1 in the result do not matter; any other gap inside the block does.
    let whole = (first..last).all(|a| to[a] == 1 || from[a - shift] != 1);
    whole.then(|| Access { repeat: to[last..].iter().product(), period: to[first..last].iter().product() })
}

/// Merges elementwise instructions, or makes each a program of its own where they are to stay `apart`, and
/// materializes constants that other kernels read.
pub(crate) fn fuse(ir: &mut Ir, apart: bool) -> Result<()> {
    broadcast_where_needed(ir);
    super::order::sort(ir)?;
    let groups = Grouping::of(ir, apart).groups;
    // Readers and producers outside of a group stay outside, whatever becomes of the other groups.
    let (readers, producers) = (ir.readers(), ir.producers());
    let mut moved = BTreeMap::new();
    for members in groups {
        replace(ir, members, &readers, &producers, &mut moved);
    }
    ir.renumber(&moved);
    materialize(ir)
}

/// Replaces operands that no access rule covers by copies.
fn broadcast_where_needed(ir: &mut Ir) {
    for i in 0..ir.instructions.len() {
        if ir.instructions[i].dead || number_type(ir, &ir.instructions[i]).is_none() {
            continue;
        }
        let output = ir.instructions[i].outputs[0];
        for k in 0..ir.instructions[i].inputs.len() {
            let input = ir.instructions[i].inputs[k];
            if constant(ir, input).is_some() || access(ir.shape(input), ir.shape(output)).is_some() {
                continue;
            }
            let from = ir.shape(input).clone();
            let value =
                saola_graph::Value { dtype: ir.values[input].value.dtype, shape: ir.shape(output).clone() };
            let copy = ir.value(value, Source::Computed);
            let Instruction { origin, rank, .. } = &ir.instructions[i];
            let made = Instruction::new(Kind::Broadcast(from), origin, *rank);
            ir.instructions.push(Instruction { inputs: vec![input], outputs: vec![copy], ..made });
            ir.instructions[i].inputs[k] = copy;
        }
    }
}

struct Grouping<'a> {
    ir: &'a Ir,
    producers: Vec<Option<usize>>,
    before: Vec<Vec<usize>>,
    readers: Vec<Vec<usize>>,
    group: Vec<Option<usize>>,
    groups: Vec<Vec<usize>>,
    /// For each instruction: its place in the order.
    position: Vec<usize>,
}

impl<'a> Grouping<'a> {
    fn of(ir: &'a Ir, apart: bool) -> Grouping<'a> {
        let producers = ir.producers();
        let before = (0..ir.instructions.len()).map(|i| ir.before(i, &producers)).collect();
        let readers = ir.readers();
        let group = vec![None; ir.instructions.len()];
        let mut position = vec![usize::MAX; ir.instructions.len()];
        ir.order.iter().enumerate().for_each(|(p, &i)| position[i] = p);
        let mut grouping = Grouping { ir, producers, before, readers, group, groups: Vec::new(), position };
        for &i in &ir.order {
            if let Some((dtype, mergeable)) = number_type(ir, &ir.instructions[i]) {
                grouping.visit(i, dtype, mergeable && !apart);
            }
        }
        grouping.groups.retain(|g| !g.is_empty());
        grouping
    }

    fn visit(&mut self, i: usize, dtype: DType, mergeable: bool) {
        let mut members = vec![i];
        let mut joined = Vec::new();
        if mergeable {
            for producer in self.operand_producers(i) {
                let Some(g) = self.group[producer].filter(|g| !joined.contains(g)) else { continue };
                let other = &self.ir.instructions[self.groups[g][0]];
                let fits =
                    number_type(self.ir, other) == Some((dtype, true)) && self.len(other) == self.len_of(i);
                let mut union = members.clone();
                union.extend_from_slice(&self.groups[g]);
                if fits && self.can_be_one(&union) {
                    members = union;
                    joined.push(g);
                }
            }
        }
        joined.iter().for_each(|&g| self.groups[g].clear());
        let number = self.groups.len();
        members.iter().for_each(|&m| self.group[m] = Some(number));
        members.sort_by_key(|&m| self.position[m]);
        self.groups.push(members);
    }

    /// The instructions that run together with `i`: itself, or all of its program.
    fn together(&self, i: &usize) -> &[usize] {
        match self.group[*i] {
            Some(g) => self.groups[g].as_slice(),
            None => self.ir.order.get(self.position[*i]).map_or(&[], std::slice::from_ref),
        }
    }

    fn len(&self, instruction: &Instruction) -> usize {
        self.ir.shape(instruction.outputs[0]).elements()
    }

    fn len_of(&self, i: usize) -> usize {
        self.len(&self.ir.instructions[i])
    }

    fn operand_producers(&self, i: usize) -> Vec<usize> {
        let inputs = &self.ir.instructions[i].inputs;
        inputs.iter().filter_map(|&id| self.producers[self.ir.root(id)]).collect()
    }

    /// Whether `members` can run as one: few enough, and nothing outside runs both after one and before another.
    fn can_be_one(&self, members: &[usize]) -> bool {
        if members.len() > MOST {
            return false;
        }
        let inside: BTreeSet<usize> = members.iter().copied().collect();
        let mut operands = BTreeSet::new();
        let mut results = 0;
        for &m in members {
            let instruction = &self.ir.instructions[m];
            for &input in &instruction.inputs {
                let root = self.ir.root(input);
                if self.producers[root].is_none_or(|p| !inside.contains(&p))
                    && constant(self.ir, input).is_none()
                {
                    operands.insert(way(self.ir, input, instruction.outputs[0]));
                }
            }
            let output = instruction.outputs[0];
            results += usize::from(self.is_needed_outside(output, &inside));
        }
        operands.len() <= OPERANDS && results <= OPERANDS && !self.comes_back(&inside)
    }

    fn is_needed_outside(&self, output: Id, inside: &BTreeSet<usize>) -> bool {
        self.readers[output].iter().any(|r| !inside.contains(r))
            || self.ir.fetches.iter().any(|&f| self.ir.root(f) == output)
    }

    /// Whether a way leads out of `inside` and back.
    fn comes_back(&self, inside: &BTreeSet<usize>) -> bool {
        let outside = |i: &&usize| !inside.contains(i);
        // What ends before the first member begins cannot depend on any member.
        let first = inside.iter().map(|&m| self.position[m]).min().unwrap_or(0);
        let last = |i: &usize| self.together(i).iter().map(|&t| self.position[t]).max().unwrap_or(0);
        let mut waiting: Vec<usize> =
            inside.iter().flat_map(|&m| self.before[m].iter().filter(outside)).copied().collect();
        let mut seen = BTreeSet::new();
        while let Some(i) = waiting.pop() {
            if inside.contains(&i) {
                return true;
            }
            if last(&i) < first || seen.contains(&i) {
                continue;
            }
            // A member of another program stands for all of it.
            for &t in self.together(&i) {
                if seen.insert(t) {
                    waiting.extend_from_slice(&self.before[t]);
                }
            }
        }
        false
    }
}

/// How a program reads `input` for a member that computes `output`. The same memory can be read in several ways:
/// a column of a matrix repeats differently in `[2, 4]` and in `[4, 2]`, though both have eight elements.
fn way(ir: &Ir, input: Id, output: Id) -> (Id, Option<(usize, usize)>) {
    (ir.root(input), access(ir.shape(input), ir.shape(output)).map(|a| (a.repeat, a.period)))
}

/// Makes operands of what the members read from outside: one for each way of reading a value. The members then
/// name these operands, and no operand is read in two ways.
fn operands_of(
    ir: &mut Ir,
    members: &[usize],
    inside: &BTreeSet<usize>,
    producers: &[Option<usize>],
) -> Vec<Id> {
    let mut operands: Vec<Id> = Vec::new();
    let mut ways = Vec::new();
    for &m in members {
        let output = ir.instructions[m].outputs[0];
        for k in 0..ir.instructions[m].inputs.len() {
            let input = ir.instructions[m].inputs[k];
            let own = producers[ir.root(input)].is_some_and(|p| inside.contains(&p));
            if own || constant(ir, input).is_some() {
                continue;
            }
            let way = way(ir, input, output);
            let operand = match ways.iter().position(|w| *w == way) {
                Some(known) => operands[known],
                None => {
                    let again = operands.contains(&input);
                    let value = ir.values[input].value.clone();
                    let operand = if again { ir.value(value, Source::Alias(input)) } else { input };
                    operands.push(operand);
                    ways.push(way);
                    operand
                }
            };
            ir.instructions[m].inputs[k] = operand;
        }
    }
    operands
}

/// Puts one program in the place of its members.
fn replace(
    ir: &mut Ir,
    members: Vec<usize>,
    readers: &[Vec<usize>],
    producers: &[Option<usize>],
    moved: &mut BTreeMap<usize, usize>,
) {
    let inside: BTreeSet<usize> = members.iter().copied().collect();
    let mut outputs: Vec<Id> = Vec::new();
    let mut after = Vec::new();
    for &m in &members {
        let instruction = &ir.instructions[m];
        // What a view waits for, the program waits for, also where the viewed value is its own.
        let waits = instruction.inputs.iter().flat_map(|&input| ir.waits(input));
        after.extend(waits.chain(instruction.after.iter().copied()).filter(|a| !inside.contains(a)));
        let output = instruction.outputs[0];
        let outside = readers[output].iter().any(|r| !inside.contains(r));
        if outside || ir.fetches.iter().any(|&f| ir.root(f) == output) {
            outputs.push(output);
        }
    }
    let inputs = operands_of(ir, &members, &inside, producers);
    let number = ir.instructions.len();
    let Some(&last) = members.last() else { return };
    let origin = ir.instructions[last].origin.clone();
    let taken: Vec<Instruction> = members.iter().map(|&m| take(ir, m)).collect();
    let rank = taken.iter().map(|m| m.rank).max().unwrap_or(0);
    let flops = taken.iter().fold(0u64, |n, m| n.saturating_add(m.flops));
    let made = Instruction::new(Kind::Program(taken), &origin, rank);
    ir.instructions.push(Instruction { inputs, outputs, after, flops, ..made });
    moved.extend(members.iter().map(|&m| (m, number)));
}

/// Takes an instruction out; a dead one stays in its place.
fn take(ir: &mut Ir, i: usize) -> Instruction {
    let dead = Instruction { dead: true, ..Instruction::new(Kind::Copy, &ir.instructions[i].origin, 0) };
    std::mem::replace(&mut ir.instructions[i], dead)
}

/// Gives memory to numbers-everywhere that something other than a program reads, or that are fetched. Programs go
/// on to hold the numbers themselves.
fn materialize(ir: &mut Ir) -> Result<()> {
    let mut made = BTreeMap::new();
    for i in 0..ir.instructions.len() {
        for k in 0..ir.instructions[i].inputs.len() {
            ir.instructions[i].inputs[k] = in_memory(ir, ir.instructions[i].inputs[k], &mut made)?;
        }
    }
    for k in 0..ir.fetches.len() {
        ir.fetches[k] = in_memory(ir, ir.fetches[k], &mut made)?;
    }
    Ok(())
}

/// `id`, or the same view of a constant where it is a number-everywhere; `made` holds the constants so far.
fn in_memory(ir: &mut Ir, id: Id, made: &mut BTreeMap<Id, Id>) -> Result<Id> {
    let root = ir.root(id);
    let Source::Fill(x) = ir.values[root].source else { return Ok(id) };
    let constant = match made.get(&root) {
        Some(&constant) => constant,
        None => {
            let value = ir.values[root].value.clone();
            ir.constants.push(Tensor::full(x, &value.shape)?.cast(value.dtype)?);
            let constant = ir.value(value, Source::Constant(ir.constants.len() - 1));
            made.insert(root, constant);
            constant
        }
    };
    let (value, after) = (ir.values[id].value.clone(), ir.values[id].after.clone());
    let view = ir.value(value, Source::Alias(constant));
    ir.values[view].after = after;
    Ok(view)
}

#[cfg(test)]
mod tests {
    use saola_graph::{DType, placeholder, select};

    use super::fuse;
    use crate::plan::ir::Ir;
    use crate::plan::testing::assert_pass;

    fn fused(ir: &mut Ir) {
        fuse(ir, false).expect("no circle");
    }

    #[test]
    fn a_tree_is_one_program() {
        let x = placeholder("x", DType::F32, [2, 3]);
        let b = placeholder("b", DType::F32, [3]);
        let y = select(&x.greater(0.0), x.exp() + &b, &x * 2.0);
        assert_pass(
            fused,
            &[&y],
            &[&x, &b],
            [
                &[
                    "%0 = greater(feed0, 0) : bool[2, 3]",
                    "%1 = exp(feed0) : f32[2, 3]",
                    "%2 = add(%1, feed1) : f32[2, 3]",
                    "%3 = mul(feed0, 2) : f32[2, 3]",
                    "%4 = select(%0, %2, %3) : f32[2, 3]",
                ],
                &["%0 = fused {greater, exp, add, mul, select}(feed0, feed1) : f32[2, 3]"],
            ],
        );
    }

    #[test]
    fn what_runs_between_keeps_programs_apart() {
        let x = placeholder("x", DType::F32, [2, 3]);
        let a = x.exp();
        let y = a.softmax() * &a + 1.0;
        assert_pass(
            fused,
            &[&y],
            &[&x],
            [
                &[
                    "%0 = exp(feed0) : f32[2, 3]",
                    "%1 = softmax(%0) : f32[2, 3]",
                    "%2 = mul(%1, %0) : f32[2, 3]",
                    "%3 = add(%2, 1) : f32[2, 3]",
                ],
                &[
                    "%0 = fused {exp}(feed0) : f32[2, 3]",
                    "%1 = softmax(%0) : f32[2, 3]",
                    "%2 = fused {mul, add}(%1, %0) : f32[2, 3]",
                ],
            ],
        );
    }

    #[test]
    fn other_lengths_and_types_are_other_programs() {
        let x = placeholder("x", DType::F32, [2, 3]);
        let y = (x.exp().sum_over(0).square() + 1.0).cast(DType::F64) * 2.0;
        assert_pass(
            fused,
            &[&y],
            &[&x],
            [
                &[
                    "%0 = exp(feed0) : f32[2, 3]",
                    "%1 = sum(%0) : f32[3]",
                    "%2 = square(%1) : f32[3]",
                    "%3 = add(%2, 1) : f32[3]",
                    "%4 = cast(%3) : f64[3]",
                    "%5 = mul(%4, 2) : f64[3]",
                ],
                &[
                    "%0 = fused {exp}(feed0) : f32[2, 3]",
                    "%1 = sum(%0) : f32[3]",
                    "%2 = fused {square, add}(%1) : f32[3]",
                    "%3 = cast(%2) : f64[3]",
                    "%4 = fused {mul}(%3) : f64[3]",
                ],
            ],
        );
    }

    #[test]
    fn programs_stand_alone_where_they_are_to_be_looked_at() {
        let x = placeholder("x", DType::F32, [2, 3]);
        let apart = |ir: &mut Ir| fuse(ir, true).expect("no circle");
        assert_pass(
            apart,
            &[&(x.exp() + 1.0)],
            &[&x],
            [
                &["%0 = exp(feed0) : f32[2, 3]", "%1 = add(%0, 1) : f32[2, 3]"],
                &["%0 = fused {exp}(feed0) : f32[2, 3]", "%1 = fused {add}(%0) : f32[2, 3]"],
            ],
        );
    }
}
