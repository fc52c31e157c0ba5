//! Trees from batches, a layer at a time. See the [module](super).

use super::grow::{Data, EMPTY};
use super::split::{Search, without};
use super::walk::next;
use super::{Feature, Forest, Pruning, Settings, Tree, nodes};
use crate::pool;

/// How layers grow from batches.
#[derive(Clone, Debug)]
pub struct Layers {
    features: Vec<Feature>,
    depth: usize,
    outputs: usize,
    settings: Settings,
    /// How many batches a layer takes.
    batches: i64,
    /// Whether the loss sees a layer as soon as it is there, so that each adds to the one above.
    by_layer: bool,
    /// Where each feature's bins begin, and at last how many there are.
    starts: Vec<usize>,
}

/// How far growth has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many trees are there.
    pub trees: i64,
    /// How many layers of splits the next one has.
    pub layer: i64,
    /// How many batches the next layer has seen.
    pub batches: i64,
}

impl Layers {
    /// Of trees of `depth` for `outputs` outputs, of which each layer is made of so many `batches`.
    pub fn new(
        features: &[Feature],
        depth: usize,
        outputs: usize,
        settings: Settings,
        batches: usize,
        by_layer: bool,
    ) -> Layers {
        let (features, batches) = (features.to_vec(), batches as i64);
        let mut starts = vec![0];
        for feature in &features {
            starts.push(starts.last().copied().unwrap_or(0) + feature.bins + 1);
        }
        Layers { features, depth, outputs, settings, batches, by_layer, starts }
    }

    /// How many numbers the sums of one output have: a pair for each node of a layer and each bin, missing ones included.
    pub fn sums(features: &[Feature], depth: usize) -> usize {
        let bins: usize = features.iter().map(|f| f.bins + 1).sum();
        (bins * 2) << (depth - 1)
    }

    /// Adds a batch to the sums, and grows a layer where that was the last batch for it. `sums` is
    /// `[outputs, nodes of the last layer, bins, 2]`, and zero where a layer begins.
    pub fn take(
        &self,
        data: Data<'_>,
        forest: &mut Forest<'_>,
        sums: &mut [f64],
        progress: Progress,
    ) -> Progress {
        let (k, n) = (self.outputs, nodes(self.depth));
        let trees = forest.feature.len() / (k * n).max(1);
        let Some(index) = usize::try_from(progress.trees).ok().filter(|&t| t < trees) else {
            return progress;
        };
        let layer = progress.layer.clamp(0, self.depth as i64 - 1) as usize;
        if layer == 0 && progress.batches == 0 {
            (0..k).for_each(|output| forest.tree(index * k + output, n).clear());
        }
        let part = Layers::sums(&self.features, self.depth);
        assert!(sums.len() == part * k, "sums of another length");
        let time = (data.g.len() * self.features.len() * 4) as u64;
        let feature = &*forest.feature;
        let rule = &*forest.rule;
        pool::run_mut(sums, part, time, |output, sums| {
            let range = (index * k + output) * n..(index * k + output + 1) * n;
            self.add(data, output, &feature[range.clone()], &rule[range], layer, sums);
        });
        if progress.batches + 1 < self.batches {
            return Progress { batches: progress.batches + 1, ..progress };
        }
        let mut grown = false;
        for output in 0..k {
            let mut tree = forest.tree(index * k + output, n);
            grown |= self.grow(layer, &mut tree, &sums[output * part..(output + 1) * part]);
        }
        sums.fill(0.0);
        if grown && layer + 1 < self.depth {
            return Progress { layer: layer as i64 + 1, batches: 0, ..progress };
        }
        if self.settings.pruning == Pruning::Post {
            (0..k).for_each(|output| forest.tree(index * k + output, n).prune());
        }
        Progress { trees: progress.trees + 1, layer: 0, batches: 0 }
    }

    /// Adds the rows of a batch to the sums of the nodes of this layer.
    fn add(
        &self,
        data: Data<'_>,
        output: usize,
        feature: &[i32],
        rule: &[i32],
        layer: usize,
        sums: &mut [f64],
    ) {
        let (k, width) = (self.outputs, self.features.len());
        let sums = sums.as_chunks_mut::<2>().0;
        let all = self.starts[width];
        let first = (1 << layer) - 1;
        for (row, bins) in data.bins.chunks_exact(width.max(1)).enumerate() {
            let node = (0..layer).fold(0, |node, _| next(feature, rule, bins, node));
            // Rows that have ended above are in none of them.
            if node < first {
                continue;
            }
            let [g, h] = [data.g, data.h].map(|x| f64::from(x[row * k + output]));
            let own = &mut sums[(node - first) * all..(node - first + 1) * all];
            for (i, (&bin, kind)) in bins.iter().zip(&self.features).enumerate() {
                let pair = &mut own[self.starts[i] + usize::from(bin).min(kind.bins)];
                *pair = [pair[0] + g, pair[1] + h];
            }
        }
    }

    /// Splits the nodes of this layer; whether any could be.
    fn grow(&self, layer: usize, tree: &mut Tree<'_>, sums: &[f64]) -> bool {
        let settings = self.settings.scaled(self.batches as f64);
        let (sums, all) = (sums.as_chunks::<2>().0, self.starts[self.features.len()]);
        let (first, end) = ((1 << layer) - 1, (2 << layer) - 1);
        let of_first = self.features.first().map_or(0, |f| f.bins + 1);
        let total =
            |own: &[[f64; 2]]| own[..of_first].iter().fold([0.0; 2], |a, b| [a[0] + b[0], a[1] + b[1]]);
        let whole: f64 = sums.chunks_exact(all.max(1)).map(|own| total(own)[1]).sum();
        let empty = EMPTY * whole;
        let mut grown = false;
        for node in first..end {
            let own = &sums[(node - first) * all..(node - first + 1) * all];
            let here = total(own);
            // A tree of one leaf says something, too, unless the layers above have said it.
            if node == 0 && !self.by_layer {
                tree.value[0] = self.value(&settings, here);
            }
            let mut search = Search::new(&settings, here, empty);
            for (i, kind) in self.features.iter().enumerate() {
                let bins = &own[self.starts[i]..self.starts[i + 1]];
                search.look(i, *kind, &bins[..kind.bins], bins[kind.bins], empty);
            }
            let Some(split) = search.best() else { continue };
            let worth = split.gain - settings.complexity;
            if settings.pruning == Pruning::Pre && worth < 0.0 {
                continue;
            }
            grown = true;
            (tree.feature[node], tree.rule[node]) = (split.feature as i32, split.rule.code());
            tree.gain[node] = (worth / self.batches as f64) as f32;
            let before = if self.by_layer { tree.value[node] } else { 0.0 };
            for (child, sums) in [(2 * node + 1, split.left), (2 * node + 2, without(here, split.left))] {
                tree.value[child] = before + self.value(&settings, sums);
            }
        }
        grown
    }

    fn value(&self, settings: &Settings, sums: [f64; 2]) -> f32 {
        (settings.learning_rate * settings.weight(sums)) as f32
    }
}
