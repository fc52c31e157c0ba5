//! Trees that grow in memory beside the same trees grown layer by layer, on rows enough for several pieces, parts and
//! blocks of nodes.

use saola_kernels::pool;
use saola_kernels::trees::grow::{Data, Growth, Scratch};
use saola_kernels::trees::layer::{Layers, Progress};
use saola_kernels::trees::{Feature, Forest, Pruning, Settings, nodes};
use saola_tensor::Rng;

#[derive(Clone, Debug, PartialEq)]
struct Grown {
    feature: Vec<i32>,
    rule: Vec<i32>,
    value: Vec<f32>,
    gain: Vec<f32>,
    logits: Vec<f32>,
}

impl Grown {
    fn empty(rows: usize, depth: usize) -> Grown {
        let n = nodes(depth);
        let (feature, rule) = (vec![7; n], vec![7; n]);
        Grown { feature, rule, value: vec![7.0; n], gain: vec![7.0; n], logits: vec![0.0; rows] }
    }

    fn forest(&mut self) -> Forest<'_> {
        Forest {
            feature: &mut self.feature,
            rule: &mut self.rule,
            value: &mut self.value,
            gain: &mut self.gain,
        }
    }
}

struct Rows {
    features: Vec<Feature>,
    bins: Vec<u8>,
    g: Vec<f32>,
    h: Vec<f32>,
}

impl Rows {
    fn new(rows: usize, width: usize) -> Rows {
        let mut rng = Rng::new(5, 6);
        let kinds = [(255, false), (12, false), (3, true), (1, false), (90, false)];
        let features: Vec<Feature> =
            (0..width).map(|i| kinds[i % 5]).map(|(bins, equal)| Feature { bins, equal }).collect();
        let bin = |rng: &mut Rng, i: usize| match rng.below(9) {
            0 => 255,
            _ => rng.below(features[i % width].bins) as u8,
        };
        let bins: Vec<u8> = (0..rows * width).map(|i| bin(&mut rng, i)).collect();
        let g = |row: usize| {
            (f32::from(bins[row * width]) / 50.0).sin() + f32::from(bins[row * width + 1]) / 40.0
        };
        let g: Vec<f32> = (0..rows).map(|row| g(row) + rng.unit() as f32 - 0.9).collect();
        let h = (0..rows).map(|_| 0.1 + rng.unit() as f32).collect();
        Rows { features, bins, g, h }
    }

    fn data(&self) -> Data<'_> {
        Data { bins: &self.bins, g: &self.g, h: &self.h }
    }
}

const SETTINGS: Settings =
    Settings { learning_rate: 0.3, l1: 0.2, l2: 1.5, complexity: 0.0, least: 2.0, pruning: Pruning::None };

fn in_memory(rows: &Rows, depth: usize) -> Grown {
    let n = rows.g.len();
    let growth = Growth::new(n, &rows.features, depth, 1, SETTINGS);
    let [pairs, lists, sums] = growth.scratch();
    let (mut pairs, mut lists, mut sums) = (vec![9.0; pairs], vec![9; lists], vec![9.0; sums]);
    let scratch = Scratch { pairs: &mut pairs, lists: &mut lists, sums: &mut sums };
    let mut grown = Grown::empty(n, depth);
    let mut logits = std::mem::take(&mut grown.logits);
    growth.trees(rows.data(), 0, &mut grown.forest(), &mut logits, scratch);
    grown.logits = logits;
    grown
}

fn in_layers(rows: &Rows, depth: usize) -> Grown {
    let layers = Layers::new(&rows.features, depth, 1, SETTINGS, 1, false);
    let mut sums = vec![0.0; Layers::sums(&rows.features, depth)];
    let mut grown = Grown::empty(rows.g.len(), depth);
    let mut progress = Progress { trees: 0, layer: 0, batches: 0 };
    while progress.trees == 0 {
        progress = layers.take(rows.data(), &mut grown.forest(), &mut sums, progress);
    }
    grown
}

fn check(rows: &Rows, depth: usize) {
    pool::set_threads(2);
    let (grown, layers) = (in_memory(rows, depth), in_layers(rows, depth));
    assert!(grown.feature.iter().filter(|&&f| f >= 0).count() > 1 << (depth - 2), "hardly a split");
    assert_eq!(grown.feature, layers.feature);
    assert_eq!(grown.rule, layers.rule);
    let near = |a: &f32, b: &f32| (a - b).abs() <= 1e-5 * (1.0 + b.abs());
    assert!(grown.value.iter().zip(&layers.value).all(|(a, b)| near(a, b)));
    assert!(grown.gain.iter().zip(&layers.gain).all(|(a, b)| near(a, b)));
    let width = rows.features.len();
    let walk = saola_kernels::trees::walk::Trees {
        feature: &grown.feature,
        rule: &grown.rule,
        value: &grown.value,
        depth,
        outputs: 1,
    };
    let mut said = vec![0.0; rows.g.len()];
    saola_kernels::trees::walk::logits(&mut said, &rows.bins, width, walk, 1);
    assert_eq!(grown.logits, said);
    for threads in [1, 3] {
        pool::set_threads(threads);
        assert_eq!(in_memory(rows, depth), grown, "{threads} threads");
    }
}

#[test]
fn many_rows() {
    check(&Rows::new(40_000, 11), 6);
}

#[test]
fn more_features_than_histograms_are_kept_for() {
    check(&Rows::new(900, 2100), 5);
}

#[test]
fn a_tree_of_one_row() {
    let rows = Rows::new(1, 3);
    let grown = in_memory(&rows, 3);
    assert!(grown.feature.iter().all(|&f| f == -1));
    assert!((grown.logits[0] - grown.value[0]).abs() == 0.0 && grown.value[0] != 0.0);
}
