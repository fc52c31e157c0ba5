//! Boosted trees: bins, the growth of trees, and the way of rows through them.
//!
//! **The problem.** A tree is fitted to the first and second derivatives of a loss, `g` and `h`, one pair for each row. A
//! node's rows give G = Σg and H = Σh; its weight is −G/(H + l2) and its score G²/(H + l2), where l1 moves G towards 0
//! first. A split is worth the scores of its sides minus that of the node (Chen and Guestrin, *XGBoost*, 2016). Values are
//! cut into at most 255 bins beforehand, so that the best split of a feature is found by one look at a *histogram*: the
//! sums of g and h in each bin.
//!
//! **Trees.** A tree of depth d is the array of a complete binary tree: the children of node i are 2i + 1 and 2i + 2. For
//! each node there are the number of the feature that it splits by (−1 where it does not), a [`Rule`] as a number, the
//! node's own value and what its split was worth. Arrays of fixed extents are what checkpoints and plans take.
//!
//! **Growth in memory** ([`grow`]). All rows are there, as `[rows, features]` of `u8`, and a tree grows level by level. The
//! rows of each node lie together in a list, which a stable partition keeps in ascending order, so that memory is read
//! forwards at every depth. Histograms of eight features at a time, 32 KB of `f64` pairs, stay in the first cache while a
//! thousand rows, whose bins are then in the cache too, go through them; a bin is one addition of two lanes. Only the
//! smaller of two siblings is counted, the other is their parent minus it. Where the histograms of a level are too many to
//! be kept, all of its nodes are counted, some at a time.
//!
//! **Growth from batches** ([`layer`]). Rows pass by and are forgotten; histograms of a layer's nodes add up over batches,
//! and then the layer grows.
//!
//! **Numerics.** g and h are `f32`, all sums `f64`. A bin that has no rows may be left with a rounding of its parent's
//! sum, so a side counts as empty below 10⁻¹² of the root's H. Work is cut by rows, features and nodes, never by threads.
//!
//! **Tried.** Features side by side in memory (a column after the other) need one gather for each feature and row at depth;
//! rows of bins need one for eight features. Asking for the rows to come (`ahead`) takes a fifth off the time of a tree.

mod ahead;
pub mod bins;
pub mod contributions;
pub mod grow;
mod histogram;
pub mod layer;
mod rows;
pub mod split;
pub mod walk;

pub use split::{Feature, Pruning, Rule, Settings};

/// The bin of a value that is missing.
pub const MISSING: u8 = 255;

/// The most bins that the values of a feature have.
pub const MOST_BINS: usize = 255;

/// The greatest depth of a tree.
pub const MOST_DEPTH: usize = 14;

/// How many nodes a tree of this depth has.
pub const fn nodes(depth: usize) -> usize {
    (2 << depth) - 1
}

/// One tree, to be written.
#[derive(Debug)]
pub struct Tree<'a> {
    /// The feature that each node splits by, or −1.
    pub feature: &'a mut [i32],
    /// The [`Rule`] of each node that splits.
    pub rule: &'a mut [i32],
    /// What each node adds to the output of a row that ends there.
    pub value: &'a mut [f32],
    /// What each split was worth.
    pub gain: &'a mut [f32],
}

impl Tree<'_> {
    /// Makes the tree one leaf.
    fn clear(&mut self) {
        self.feature.fill(-1);
        self.rule.fill(0);
        self.value.fill(0.0);
        self.gain.fill(0.0);
    }

    /// Takes away splits that are worth less than nothing, from the leaves up.
    fn prune(&mut self) {
        let inner = self.feature.len() / 2;
        for node in (0..inner).rev() {
            let ends = |child: usize| self.feature[child] < 0;
            let split = self.feature[node] >= 0;
            if split && ends(2 * node + 1) && ends(2 * node + 2) && self.gain[node] < 0.0 {
                self.feature[node] = -1;
                self.gain[node] = 0.0;
            }
        }
    }
}

/// All trees, `[trees, outputs, nodes]`, to be written.
#[derive(Debug)]
pub struct Forest<'a> {
    /// As in [`Tree`].
    pub feature: &'a mut [i32],
    /// As in [`Tree`].
    pub rule: &'a mut [i32],
    /// As in [`Tree`].
    pub value: &'a mut [f32],
    /// As in [`Tree`].
    pub gain: &'a mut [f32],
}

impl Forest<'_> {
    /// Tree number `index`, of `nodes` nodes.
    fn tree(&mut self, index: usize, nodes: usize) -> Tree<'_> {
        let range = index * nodes..(index + 1) * nodes;
        Tree {
            feature: &mut self.feature[range.clone()],
            rule: &mut self.rule[range.clone()],
            value: &mut self.value[range.clone()],
            gain: &mut self.gain[range],
        }
    }
}
