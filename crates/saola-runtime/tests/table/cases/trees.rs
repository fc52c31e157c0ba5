//! Boosted trees: bins, growth, and the way of rows through them.

use saola_graph::ops::trees::{BOUNDARIES, Feature, Pruning, Rule, Settings, TreeArrays, nodes};
use saola_graph::{
    DType, LayerGrowth, Symbol, Variable, constant, grow_layer, grow_tree, select, tree_sample,
};
use saola_tensor::{Result, Tensor};
use saola_testkit::Naive;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;
use crate::draw::Draw;

const ALONE: &str = "no package has this step alone; whole models are compared with scikit-learn's";
const MISSING: i64 = 255;
/// Bins of features, beside that of missing values, which is drawn as this number.
const BINS: i64 = 6;

fn variable(name: &str, value: Result<Tensor>) -> Symbol {
    match value {
        Ok(value) => Variable::new(name, value).trainable(false).symbol(),
        Err(error) => Symbol::poisoned(error),
    }
}

/// Drawn numbers as bins.
fn bins(drawn: &Symbol) -> Symbol {
    select(&drawn.equal(BINS), MISSING, drawn).cast(DType::U8)
}

fn plain_bins(x: &Naive) -> Vec<Vec<i64>> {
    let bin = |&b: &i64| if b == BINS { MISSING } else { b };
    let all: Vec<i64> = x.integers().iter().map(bin).collect();
    all.chunks(x.shape[1].max(1)).map(<[i64]>::to_vec).collect()
}

// ---- bins

fn values(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let shape = [d.extent(), d.extent()];
    (vec![d.floats(&shape), d.floats(&[1, shape[1]])], Attributes::none())
}

fn below(x: &[Naive], boundary: impl Fn(usize) -> Vec<f64>) -> Naive {
    let width = x[0].shape[1];
    let count = |(i, v): (usize, f64)| boundary(i % width).iter().filter(|&&b| b < v).count() as f64;
    let found = x[0].floats().into_iter().enumerate().map(count).collect();
    Naive::new(found, x[0].shape.clone(), DType::U8)
}

/// Half way between neighbours.
fn halves(mut column: Vec<f64>) -> Vec<f64> {
    column.sort_by(f64::total_cmp);
    column.windows(2).map(|w| 0.5 * (w[0] + w[1])).collect()
}

fn column(x: &Naive, i: usize) -> Vec<f64> {
    x.floats()[i..].iter().step_by(x.shape[1]).copied().collect()
}

fn sampled(x: &[Symbol]) -> Vec<Symbol> {
    let width = x[0].dim(-1).known().unwrap_or(1);
    let (sample, seen) =
        (variable("sample", Tensor::full(0.0f32, [4, width])), variable("seen", Ok(Tensor::scalar(0i64))));
    let taken = tree_sample(&sample, &seen, &x[0].cast(DType::F32), &constant(true));
    vec![sample.read([&taken]), seen.read([&taken])]
}

/// Algorithm R, in which the number of a row decides.
fn plain_sample(x: &[Naive], _: &Attributes) -> Vec<Naive> {
    let width = x[0].shape[1];
    let mut sample = vec![0.0; 4 * width];
    for (number, row) in x[0].floats().chunks(width).enumerate() {
        let place = if number < 4 { number } else { (mixed(number as u64) % (number as u64 + 1)) as usize };
        if place < 4 {
            sample[place * width..(place + 1) * width].copy_from_slice(row);
        }
    }
    let seen = x[0].shape[0] as f64;
    vec![Naive::new(sample, vec![4, width], DType::F32), Naive::scalar(seen, DType::I64)]
}

fn mixed(number: u64) -> u64 {
    let mut z = u128::from(number.wrapping_add(0x9E37_79B9_7F4A_7C15));
    for (shift, factor) in [(30, 0xBF58_476D_1CE4_E5B9u128), (27, 0x94D0_49BB_1331_11EB)] {
        z = ((z ^ (z >> shift)) * factor) & u128::from(u64::MAX);
    }
    (z ^ (z >> 31)) as u64
}

// ---- walks

fn forest(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let (rows, features, depth) = (d.extent(), d.between(1, 9), d.between(1, 3));
    let shape = [d.between(1, 4), d.between(1, 3), nodes(depth)];
    let trees = d.between(0, shape[0] - 1) as i64;
    let layer = d.between(0, depth - 1) as i64;
    let inputs = vec![
        d.integers(&[rows, features], 0, BINS + 1, DType::I64),
        d.integers(&shape, -1, features as i64, DType::I64),
        rules(d, &shape),
        d.floats(&shape),
        Tensor::from([trees, layer, 0]),
    ];
    (inputs, Attributes::none())
}

/// Rules whose bins are among those that there are.
fn rules(d: &mut Draw, shape: &[usize]) -> Tensor {
    let n: usize = shape.iter().product();
    let rule = |d: &mut Draw| (d.between(0, BINS as usize) + 256 * d.between(0, 3)) as i64;
    let all: Vec<i64> = (0..n).map(|_| rule(d)).collect();
    Tensor::new(all, shape).expect("rules of the shape")
}

fn arrays(x: &[Symbol]) -> TreeArrays {
    TreeArrays {
        feature: x[1].cast(DType::I32),
        rule: x[2].cast(DType::I32),
        value: x[3].cast(DType::F32),
        gain: x[3].cast(DType::F32),
        progress: x[4].clone(),
    }
}

/// The nodes of a row's way through tree `t` for output `k`.
fn way(x: &[Naive], row: &[i64], t: usize, k: usize) -> Vec<usize> {
    let n = x[1].shape[2];
    let at = |node: usize| (t * x[1].shape[1] + k) * n + node;
    let (feature, rule) = (x[1].integers(), x[2].integers());
    let mut nodes = vec![0];
    loop {
        let node = nodes[nodes.len() - 1];
        let by = feature[at(node)];
        if by < 0 || 2 * node + 2 >= n {
            return nodes;
        }
        let (bin, code) = (row[by as usize], rule[at(node)]);
        let left = match (code & 512 != 0, bin == MISSING) {
            (true, _) => bin == code & 255,
            (false, true) => code & 256 != 0,
            (false, false) => bin <= code & 255,
        };
        nodes.push(2 * node + if left { 1 } else { 2 });
    }
}

fn counted(x: &[Naive]) -> usize {
    let progress = x[4].integers();
    progress[0] as usize + usize::from(progress[1] > 0)
}

fn value(x: &[Naive], t: usize, k: usize, node: usize) -> f64 {
    x[3].floats()[(t * x[1].shape[1] + k) * x[1].shape[2] + node]
}

fn plain_logits(x: &[Naive], _: &Attributes) -> Vec<Naive> {
    let (rows, outputs) = (plain_bins(&x[0]), x[1].shape[1]);
    let mut all = Vec::new();
    for row in &rows {
        for k in 0..outputs {
            let of = |t: usize| way(x, row, t, k).last().map_or(0.0, |&end| value(x, t, k, end));
            all.push((0..counted(x)).map(of).sum());
        }
    }
    vec![Naive::new(all, vec![rows.len(), outputs], DType::F32)]
}

fn plain_contributions(x: &[Naive], _: &Attributes) -> Vec<Naive> {
    let (rows, outputs, width) = (plain_bins(&x[0]), x[1].shape[1], x[0].shape[1]);
    let mut all = Vec::new();
    for row in &rows {
        for k in 0..outputs {
            let mut sums = vec![0.0; width + 1];
            for t in 0..counted(x) {
                let nodes = way(x, row, t, k);
                sums[width] += value(x, t, k, 0);
                for pair in nodes.windows(2) {
                    let by = x[1].integers()[(t * outputs + k) * x[1].shape[2] + pair[0]];
                    sums[by as usize] += value(x, t, k, pair[1]) - value(x, t, k, pair[0]);
                }
            }
            all.extend(sums);
        }
    }
    vec![Naive::new(all, vec![rows.len(), outputs, width + 1], DType::F32)]
}

// ---- growth

fn growing(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let (rows, features, outputs) = (2 * d.extent(), d.between(1, 10), d.between(1, 2));
    let shape = [rows, outputs];
    let inputs = vec![
        d.integers(&[rows, features], 0, BINS + 1, DType::I64),
        d.floats(&shape),
        d.floats_in(&shape, 0.2, 2.0),
    ];
    let pruning = d.between(0, 2);
    let attributes = Attributes::of([
        ("depth", json!(d.between(1, 4))),
        ("l1", json!(d.one_of(&[0.0, 0.31]))),
        ("l2", json!(d.one_of(&[0.0, 0.7]))),
        ("least", json!(d.one_of(&[0.0, 1.1]))),
        ("complexity", json!(if pruning > 0 { 0.2 } else { 0.0 })),
        ("pruning", json!(pruning)),
        ("equal", json!(d.between(0, 2))),
        ("outputs", json!(outputs)),
        ("features", json!(features)),
        ("rows", json!(rows)),
    ]);
    (inputs, attributes)
}

fn settings(a: &Attributes) -> Settings {
    Settings {
        learning_rate: 0.5,
        l1: a.number("l1"),
        l2: a.number("l2"),
        complexity: a.number("complexity"),
        least: a.number("least"),
        pruning: [Pruning::None, Pruning::Pre, Pruning::Post][a.size("pruning")],
    }
}

/// Every feature whose number is a multiple of 2 or 3 has bins without an order, or none has.
fn equal(a: &Attributes, feature: usize) -> bool {
    a.size("equal") > 0 && feature.is_multiple_of(a.size("equal") + 1)
}

fn features(a: &Attributes) -> Vec<Feature> {
    (0..a.size("features")).map(|i| Feature { bins: BINS as usize, equal: equal(a, i) }).collect()
}

fn empty_trees(a: &Attributes) -> TreeArrays {
    let shape = [2, a.size("outputs"), nodes(a.size("depth"))];
    TreeArrays {
        feature: variable("feature", Tensor::full(-1i32, shape)),
        rule: variable("rule", Tensor::full(0i32, shape)),
        value: variable("value", Tensor::full(0.0f32, shape)),
        gain: variable("gain", Tensor::full(0.0f32, shape)),
        progress: variable("progress", Ok(Tensor::from([0i64, 0, 0]))),
    }
}

fn after(trees: &TreeArrays, grown: &saola_graph::Effect) -> TreeArrays {
    TreeArrays {
        feature: trees.feature.read([grown]),
        rule: trees.rule.read([grown]),
        value: trees.value.read([grown]),
        gain: trees.gain.read([grown]),
        progress: trees.progress.read([grown]),
    }
}

/// What a tree says, and how much its splits were worth.
fn grown_tree(x: &[Symbol], a: &Attributes) -> Vec<Symbol> {
    let trees = empty_trees(a);
    let logits = variable("logits", Tensor::full(0.0f32, [a.size("rows"), a.size("outputs")]));
    let (g, h) = (x[1].cast(DType::F32), x[2].cast(DType::F32));
    let bins = bins(&x[0]);
    let grown = grow_tree(&trees, &logits, &bins, (&g, &h), &constant(true), &features(a), settings(a));
    let now = after(&trees, &grown);
    vec![logits.read([&grown]), bins.tree_logits(&now, false), now.gain.sum(), now.progress]
}

fn grown_layer(x: &[Symbol], a: &Attributes) -> Vec<Symbol> {
    let trees = empty_trees(a);
    let width = saola_graph::layer_sums(&features(a), a.size("depth"));
    let sums = variable("sums", Tensor::full(0.0f64, [a.size("outputs"), width]));
    let (g, h) = (x[1].cast(DType::F32), x[2].cast(DType::F32));
    let bins = bins(&x[0]);
    let growth = LayerGrowth { features: features(a), settings: settings(a), batches: 1, by_layer: false };
    let grown = grow_layer(&trees, &sums, &bins, (&g, &h), &constant(true), growth);
    let now = after(&trees, &grown);
    vec![bins.tree_logits(&now, true), now.gain.sum()]
}

/// A node of a plain tree: the rows of its sides, if it splits.
struct PlainTree<'a> {
    bins: Vec<Vec<i64>>,
    sums: Vec<(f64, f64)>,
    a: &'a Attributes,
}

impl PlainTree<'_> {
    fn total(&self, rows: &[usize]) -> (f64, f64) {
        rows.iter().fold((0.0, 0.0), |(g, h), &r| (g + self.sums[r].0, h + self.sums[r].1))
    }

    fn shrunk(&self, g: f64) -> f64 {
        let l1 = self.a.number("l1");
        if g > l1 {
            g - l1
        } else if g < -l1 {
            g + l1
        } else {
            0.0
        }
    }

    fn weight(&self, rows: &[usize]) -> f64 {
        let (g, h) = self.total(rows);
        -self.shrunk(g) / (h + self.a.number("l2"))
    }

    fn score(&self, rows: &[usize]) -> f64 {
        let (g, h) = self.total(rows);
        self.shrunk(g).powi(2) / (h + self.a.number("l2"))
    }

    /// The best way to part these rows, and what it is worth.
    fn best(&self, rows: &[usize]) -> Option<(f64, Vec<usize>, Vec<usize>)> {
        let mut best: Option<(f64, Vec<usize>, Vec<usize>)> = None;
        for feature in 0..self.a.size("features") {
            for bin in (0..BINS).chain([MISSING]) {
                for missing_left in [false, true] {
                    let equal = equal(self.a, feature);
                    let rule = Rule { bin: bin as u8, missing_left, equal };
                    let goes = |&&r: &&usize| {
                        let own = self.bins[r][feature];
                        if equal {
                            own == bin
                        } else if own == MISSING {
                            missing_left
                        } else {
                            own <= bin
                        }
                    };
                    assert_eq!(Rule::of(rule.code()), rule);
                    let (left, right): (Vec<usize>, Vec<usize>) = rows.iter().partition(|r| goes(r));
                    let least = self.a.number("least");
                    if [&left, &right].iter().any(|s| s.is_empty() || self.total(s).1 < least) {
                        continue;
                    }
                    let gain = self.score(&left) + self.score(&right) - self.score(rows);
                    if gain > best.as_ref().map_or(1e-9, |b| b.0) {
                        best = Some((gain, left, right));
                    }
                }
            }
        }
        best
    }

    /// The value of each row, and what the splits were worth.
    fn grow(&self, rows: &[usize], depth: usize, out: &mut [f64]) -> f64 {
        let value = 0.5 * self.weight(rows);
        rows.iter().for_each(|&r| out[r] = value);
        let Some((gain, left, right)) = self.best(rows).filter(|_| depth > 0) else { return 0.0 };
        let (worth, pruning) = (gain - self.a.number("complexity"), self.a.size("pruning"));
        if pruning == 1 && worth < 0.0 {
            return 0.0;
        }
        let below = self.grow(&left, depth - 1, out) + self.grow(&right, depth - 1, out);
        // A split is taken away where its sides do not split.
        let ends = |side: &[usize]| side.iter().all(|&r| out[r] == out[side[0]]);
        if pruning == 2 && worth < 0.0 && below == 0.0 && ends(&left) && ends(&right) {
            rows.iter().for_each(|&r| out[r] = value);
            return 0.0;
        }
        below + worth
    }
}

fn plain_growth(x: &[Naive], a: &Attributes, depth: usize) -> (Naive, Naive) {
    let (outputs, bins) = (a.size("outputs"), plain_bins(&x[0]));
    let (g, h) = (x[1].floats(), x[2].floats());
    let rows: Vec<usize> = (0..bins.len()).collect();
    let mut all = vec![0.0; g.len()];
    let mut worth = 0.0;
    for k in 0..outputs {
        let sums = rows.iter().map(|r| (g[r * outputs + k], h[r * outputs + k])).collect();
        let tree = PlainTree { bins: bins.clone(), sums, a };
        let mut own = vec![0.0; rows.len()];
        worth += tree.grow(&rows, depth, &mut own);
        own.iter().enumerate().for_each(|(r, v)| all[r * outputs + k] = *v);
    }
    (Naive::new(all, vec![rows.len(), outputs], DType::F32), Naive::scalar(worth, DType::F32))
}

fn plain_tree(x: &[Naive], a: &Attributes) -> Vec<Naive> {
    let (logits, worth) = plain_growth(x, a, a.size("depth"));
    vec![logits.clone(), logits, worth, Naive::vector(&[1.0, 0.0, 0.0], DType::I64)]
}

fn plain_layer(x: &[Naive], a: &Attributes) -> Vec<Naive> {
    let (logits, worth) = plain_growth(x, a, 1);
    vec![logits, worth]
}

const IN_VARIABLES: &str = "trees are variables";

pub(crate) fn cases() -> Vec<Case> {
    let mut all = bin_cases();
    all.extend(trees());
    all
}

fn bin_cases() -> Vec<Case> {
    vec![
        Case::new(
            "tree_bins",
            values,
            |x, _| {
                let more =
                    constant(Tensor::full(f32::INFINITY, [1, BOUNDARIES]).unwrap_or(Tensor::scalar(0f32)));
                // One boundary for each feature, and infinite ones behind it.
                let first = x[1].cast(DType::F32).transpose();
                let rest = first.zeros_like() + more;
                let own =
                    saola_graph::concatenate([&first, &rest], -1).split_sizes([BOUNDARIES, 1], -1).remove(0);
                vec![x[0].cast(DType::F32).tree_bins(&own)]
            },
            |x, _| vec![below(x, |i| vec![x[1].floats()[i]])],
        )
        .without_golden(ALONE),
        Case::new(
            "tree_boundaries",
            values,
            |x, _| {
                let x = x[0].cast(DType::F32);
                vec![x.tree_bins(&x.tree_boundaries())]
            },
            |x, _| vec![below(x, |i| halves(column(&x[0], i)))],
        )
        .without_golden(ALONE),
    ]
}

fn trees() -> Vec<Case> {
    vec![
        Case::new("tree_sample", values, |x, _| sampled(x), plain_sample)
            .without_gradient()
            .known(IN_VARIABLES)
            .without_golden(ALONE),
        Case::new(
            "tree_logits",
            forest,
            |x, _| vec![bins(&x[0]).tree_logits(&arrays(x), true)],
            plain_logits,
        )
        .without_gradient()
        .known(IN_VARIABLES)
        .without_golden(ALONE),
        Case::new(
            "tree_contributions",
            forest,
            |x, _| vec![bins(&x[0]).tree_contributions(&arrays(x))],
            plain_contributions,
        )
        .without_gradient()
        .known(IN_VARIABLES)
        .without_golden(ALONE),
        Case::new("grow_tree", growing, grown_tree, plain_tree)
            .without_gradient()
            .known(IN_VARIABLES)
            .tolerance(40.0)
            .without_golden(ALONE),
        Case::new("grow_layer", growing, grown_layer, plain_layer)
            .without_gradient()
            .known(IN_VARIABLES)
            .tolerance(40.0)
            .without_golden(ALONE),
    ]
}
