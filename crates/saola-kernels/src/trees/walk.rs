//! The way of rows through trees.

use super::{Rule, nodes};
use crate::pool;

/// Rows that go through a tree side by side, so that their way, each step of which waits for the one before, overlaps.
const ABREAST: usize = 16;

/// Trees as a plan has them, to be read.
#[derive(Clone, Copy, Debug)]
pub struct Trees<'a> {
    /// The feature that each node splits by, or −1: `[trees, outputs, nodes]`.
    pub feature: &'a [i32],
    /// The rule of each node, `[trees, outputs, nodes]`.
    pub rule: &'a [i32],
    /// What each node adds, `[trees, outputs, nodes]`.
    pub value: &'a [f32],
    /// How deep a tree is.
    pub depth: usize,
    /// How many outputs there are.
    pub outputs: usize,
}

impl<'a> Trees<'a> {
    /// How many trees there are for each output.
    pub fn len(&self) -> usize {
        self.feature.len().checked_div(self.outputs * nodes(self.depth)).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Features, rules and values of one tree.
    pub(super) fn tree(&self, index: usize, output: usize) -> (&'a [i32], &'a [i32], &'a [f32]) {
        let n = nodes(self.depth);
        let at = (index * self.outputs + output) * n;
        (&self.feature[at..at + n], &self.rule[at..at + n], &self.value[at..at + n])
    }
}

/// The child that a row goes to, or `node` where it ends.
#[inline]
pub(super) fn next(feature: &[i32], rule: &[i32], bins: &[u8], node: usize) -> usize {
    match usize::try_from(feature[node]) {
        Ok(by) if by < bins.len() && 2 * node + 2 < feature.len() => {
            2 * node + 2 - usize::from(Rule::of(rule[node]).left(bins[by]))
        }
        _ => node,
    }
}

/// `out` of `[rows, outputs]`: the sum of what the first `count` trees say, in their order, for `bins` of `[rows, features]`.
pub fn logits(out: &mut [f32], bins: &[u8], features: usize, trees: Trees<'_>, count: usize) {
    let (k, depth) = (trees.outputs, trees.depth);
    let rows = out.len().checked_div(k).unwrap_or(0);
    assert!(bins.len() == rows * features, "rows of other extents");
    let count = count.min(trees.len());
    let time = (rows * k * count * depth * 3) as u64;
    pool::run_mut(out, ABREAST * k.max(1), time, |i, out| {
        let bins = &bins[i * ABREAST * features..];
        let mut at = [0usize; ABREAST];
        let rows = out.len() / k;
        out.fill(0.0);
        for tree in 0..count {
            for output in 0..k {
                let (feature, rule, value) = trees.tree(tree, output);
                at.fill(0);
                for _ in 0..depth {
                    for (row, at) in at[..rows].iter_mut().enumerate() {
                        *at = next(feature, rule, &bins[row * features..][..features], *at);
                    }
                }
                for (row, &at) in out.chunks_exact_mut(k).zip(&at) {
                    row[output] += value[at];
                }
            }
        }
    });
}
