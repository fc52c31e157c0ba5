//! Where every value lives.
//!
//! Values of the arena live from the instruction that writes them to the last one that reads them. In that order
//! each gets the first gap that it fits into. Computed strings live in slots: one that holds as many strings is
//! taken again once its value is dead. A program's result takes the place of an operand that ends with it
//! and that it reads element by element.

use saola_kernels::memory::aligned;
use saola_tensor::DType;

use super::fuse::access;
use super::ir::{Id, Ir, Kind, Source};

/// The decisions.
pub(crate) struct Places {
    /// For each value of the arena: its offset.
    pub(crate) offsets: Vec<Option<usize>>,
    /// For each computed value of strings: its slot.
    pub(crate) slots: Vec<Option<usize>>,
    /// For each instruction: the offsets of its working memory.
    pub(crate) scratch: Vec<Vec<usize>>,
    /// For each instruction: pairs of an operand and the index of the result that takes its place.
    pub(crate) in_place: Vec<Vec<(Id, usize)>>,
    /// How large the arena is.
    pub(crate) bytes: usize,
}

/// Gives every computed value a place.
pub(crate) fn place(ir: &mut Ir) -> Places {
    let ends = last_readers(ir);
    let n = ir.instructions.len();
    let mut places = Places {
        offsets: vec![None; ir.values.len()],
        slots: vec![None; ir.values.len()],
        scratch: vec![Vec::new(); n],
        in_place: vec![Vec::new(); n],
        bytes: 0,
    };
    let mut gaps = Gaps::default();
    let mut slots = Slots::default();
    for position in 0..ir.order.len() {
        let i = ir.order[position];
        let mut inherited: Vec<Id> = Vec::new();
        for (k, &output) in ir.instructions[i].outputs.iter().enumerate() {
            if ir.values[output].source != Source::Computed {
                continue;
            }
            if ir.values[output].value.dtype == DType::Str {
                places.slots[output] = Some(slots.take(ir.shape(output).elements()));
                continue;
            }
            let from = heir(ir, i, k, position, &ends, &inherited);
            let from = from.filter(|&f| places.offsets[f].is_some());
            if let Some(from) = from {
                places.offsets[output] = places.offsets[from];
                places.in_place[i].push((from, k));
                inherited.push(from);
            } else {
                places.offsets[output] = Some(gaps.take(bytes(ir, output)));
            }
        }
        if let Kind::Kernel(_, scratch) = &ir.instructions[i].kind {
            places.scratch[i] = scratch.iter().map(|(dtype, len)| gaps.take(dtype.size() * len)).collect();
            let taken: Vec<(usize, usize)> = places.scratch[i]
                .iter()
                .zip(scratch)
                .map(|(&offset, (dtype, len))| (offset, dtype.size() * len))
                .collect();
            taken.into_iter().for_each(|(offset, size)| gaps.give(offset, size));
        }
        release(
            ir,
            i,
            &|id| ends[id] == position && !inherited.contains(&id),
            &places,
            (&mut gaps, &mut slots),
        );
    }
    places.bytes = gaps.end;
    places
}

fn bytes(ir: &Ir, id: Id) -> usize {
    let value = &ir.values[id].value;
    value.len() * value.dtype.size()
}

/// For each value: the position of the last instruction that reads it; the end of the plan if it is fetched.
fn last_readers(ir: &Ir) -> Vec<usize> {
    let mut last = vec![0; ir.values.len()];
    for (position, &i) in ir.order.iter().enumerate() {
        let instruction = &ir.instructions[i];
        for &id in instruction.inputs.iter().chain(&instruction.outputs) {
            last[ir.root(id)] = position;
        }
    }
    ir.fetches.iter().for_each(|&f| last[ir.root(f)] = usize::MAX);
    last
}

/// The operand of instruction `i` whose memory output `k` can take.
fn heir(ir: &Ir, i: usize, k: usize, position: usize, ends: &[usize], inherited: &[Id]) -> Option<Id> {
    let instruction = &ir.instructions[i];
    if !matches!(instruction.kind, Kind::Program(_)) {
        return None;
    }
    let output = instruction.outputs[k];
    let fits = |id: &&Id| {
        let root = ir.root(**id);
        let views = instruction.inputs.iter().filter(|&&v| ir.root(v) == root).count();
        ir.values[root].source == Source::Computed
            && ends[root] == position
            && !inherited.contains(&root)
            && views == 1
            && ir.values[root].value.dtype == ir.values[output].value.dtype
            && ir.shape(root).elements() == ir.shape(output).elements()
            && access(ir.shape(**id), ir.shape(output))
                .is_some_and(|a| a.is_full(ir.shape(output).elements()))
    };
    instruction.inputs.iter().find(fits).map(|&id| ir.root(id))
}

/// Frees what ends at instruction `i`: those of its values of which `ends` says so.
fn release(
    ir: &Ir,
    i: usize,
    ends: &dyn Fn(Id) -> bool,
    places: &Places,
    (gaps, slots): (&mut Gaps, &mut Slots),
) {
    let instruction = &ir.instructions[i];
    let mut ended: Vec<Id> =
        instruction.inputs.iter().chain(&instruction.outputs).map(|&id| ir.root(id)).collect();
    ended.sort_unstable();
    ended.dedup();
    for id in ended.into_iter().filter(|&id| ends(id)) {
        if let Some(offset) = places.offsets[id] {
            gaps.give(offset, bytes(ir, id));
        }
        if let Some(slot) = places.slots[id] {
            slots.free.push(slot);
        }
    }
}

/// String slots: how many strings each holds, and which hold none that counts.
#[derive(Default)]
struct Slots {
    lengths: Vec<usize>,
    free: Vec<usize>,
}

impl Slots {
    /// A slot for `len` strings.
    fn take(&mut self, len: usize) -> usize {
        match self.free.iter().position(|&slot| self.lengths[slot] == len) {
            Some(k) => self.free.remove(k),
            None => {
                self.lengths.push(len);
                self.lengths.len() - 1
            }
        }
    }
}

/// Free ranges of the arena, ascending and apart.
#[derive(Default)]
struct Gaps {
    free: Vec<(usize, usize)>,
    end: usize,
}

impl Gaps {
    /// A place for `size` bytes.
    fn take(&mut self, size: usize) -> usize {
        let size = aligned(size.max(1));
        if let Some(k) = self.free.iter().position(|&(from, to)| to - from >= size) {
            let (from, to) = self.free[k];
            self.free[k].0 += size;
            if to - from == size {
                self.free.remove(k);
            }
            return from;
        }
        // A gap at the very end grows.
        let start = match self.free.last() {
            Some(&(from, to)) if to == self.end => {
                self.free.pop();
                from
            }
            _ => self.end,
        };
        self.end = start.saturating_add(size);
        start
    }

    /// Returns a place.
    fn give(&mut self, offset: usize, size: usize) {
        let size = aligned(size.max(1));
        let k = self.free.partition_point(|&(from, _)| from < offset);
        self.free.insert(k, (offset, offset.saturating_add(size)));
        if k + 1 < self.free.len() && self.free[k].1 == self.free[k + 1].0 {
            self.free[k].1 = self.free.remove(k + 1).1;
        }
        if k > 0 && self.free[k - 1].1 == self.free[k].0 {
            self.free[k - 1].1 = self.free.remove(k).1;
        }
    }
}

#[cfg(test)]
mod tests {
    use saola_graph::{Symbol, placeholder};
    use saola_tensor::Result;

    use super::super::fuse::fuse;
    use super::super::order::sort;
    use super::*;
    use crate::plan::testing::lowered;

    #[test]
    fn gaps_merge_and_are_used_again() {
        let mut gaps = Gaps::default();
        let (a, b, c) = (gaps.take(100), gaps.take(64), gaps.take(1));
        assert_eq!((a, b, c, gaps.end), (0, 128, 192, 256));
        gaps.give(a, 100);
        gaps.give(b, 64);
        assert_eq!(gaps.take(192), 0);
        gaps.give(c, 1);
        assert_eq!(gaps.take(128), 192);
        assert_eq!(gaps.end, 320);
    }

    /// The plan of `fetches`, every operation a program of its own, with the offset of each result, and how large the
    /// arena is.
    fn places(fetches: &[&Symbol], x: &Symbol) -> Result<(Vec<String>, usize)> {
        let mut ir = lowered(fetches, &[x])?;
        fuse(&mut ir, true)?;
        sort(&mut ir)?;
        let places = place(&mut ir);
        let text = ir.to_text();
        let line = |(&i, line): (&usize, &str)| {
            let at = |&o: &usize| places.offsets[o].map_or("a slot".into(), |at| at.to_string());
            let at: Vec<String> = ir.instructions[i].outputs.iter().map(at).collect();
            let inherits = if places.in_place[i].is_empty() { "" } else { ", in place" };
            format!("{line} at {}{inherits}", at.join(", "))
        };
        Ok((ir.order.iter().zip(text.lines()).map(line).collect(), places.bytes))
    }

    fn lines(of: &[&str]) -> Vec<String> {
        of.iter().map(|line| line.to_string()).collect()
    }

    #[test]
    fn what_is_dead_gives_its_place() -> Result<()> {
        let x = placeholder("x", DType::F32, [4, 8]);
        let y = x.softmax().softmax().softmax();
        assert_eq!(
            places(&[&y], &x)?,
            (
                lines(&[
                    "%0 = softmax(feed0) : f32[4, 8] at 0",
                    "%1 = softmax(%0) : f32[4, 8] at 128",
                    "%2 = softmax(%1) : f32[4, 8] at 0"
                ]),
                256
            )
        );
        Ok(())
    }

    #[test]
    fn programs_write_over_their_operand() -> Result<()> {
        let x = placeholder("x", DType::F32, [4, 8]);
        let y = x.softmax().exp() + 1.0;
        assert_eq!(
            places(&[&y], &x)?,
            (
                lines(&[
                    "%0 = softmax(feed0) : f32[4, 8] at 0",
                    "%1 = fused {exp}(%0) : f32[4, 8] at 0, in place",
                    "%2 = fused {add}(%1) : f32[4, 8] at 0, in place"
                ]),
                128
            )
        );
        // A value that is fetched keeps its place.
        let a = x.softmax();
        assert_eq!(
            places(&[&a, &a.exp()], &x)?,
            (
                lines(&["%0 = softmax(feed0) : f32[4, 8] at 0", "%1 = fused {exp}(%0) : f32[4, 8] at 128"]),
                256
            )
        );
        Ok(())
    }
}
