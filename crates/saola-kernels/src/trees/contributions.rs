//! What each feature adds to an output: directional feature contributions (Palczewska et al., *Interpreting random forest
//! models using a feature contribution method*, 2013).

use super::walk::{Trees, next};
use crate::pool;

/// Rows that one thread looks at.
const ROWS: usize = 64;

/// `out` of `[rows, outputs, features + 1]`: by how much each split on a row's way changed the value, added up by the
/// feature that it splits by, over the first `count` trees; then the values of the roots.
pub fn contributions(out: &mut [f32], bins: &[u8], features: usize, trees: Trees<'_>, count: usize) {
    let (k, depth, width) = (trees.outputs, trees.depth, features + 1);
    let rows = out.len().checked_div(k * width).unwrap_or(0);
    assert!(bins.len() == rows * features, "rows of other extents");
    let count = count.min(trees.len());
    let time = (rows * k * count * depth * 5) as u64;
    pool::run_mut(out, ROWS * k * width, time, |i, out| {
        for (j, out) in out.chunks_exact_mut(width).enumerate() {
            let (row, output) = (i * ROWS + j / k, j % k);
            let bins = &bins[row * features..][..features];
            out.fill(0.0);
            for tree in 0..count {
                let (feature, rule, value) = trees.tree(tree, output);
                out[features] += value[0];
                let mut at = 0;
                for _ in 0..depth {
                    let to = next(feature, rule, bins, at);
                    if to == at {
                        break;
                    }
                    out[feature[at] as usize] += value[to] - value[at];
                    at = to;
                }
            }
        }
    });
}
