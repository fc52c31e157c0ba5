//! A step of training.

use saola_graph::ops::trees::{TreeArrays, nodes};
use saola_graph::{
    Effect, LayerGrowth, Symbol, Variable, assign, cond, constant, gradients, group, grow_layer, grow_tree,
    layer_sums, select, tree_sample,
};
use saola_tensor::{Error, Result, Tensor};

use super::features::Binned;
use super::model::BoostedTrees;
use crate::head::Head;
use crate::model_fn::{EstimatorSpec, First, Mode, ModelContext};
use crate::{Features, Labels};

/// How many rows the bins are learned from where they come in batches, at most.
const SAMPLE: usize = 1 << 14;

/// The same where all rows are there.
const WHOLE_SAMPLE: usize = 200_000;

/// How many steps the bias is learned in, at most.
const CENTERING: i64 = 32;

/// By how little the bias changes in the last of them.
const CENTERED: f64 = 1e-6;

/// The variables of a model.
pub(super) struct Trees {
    pub(super) arrays: TreeArrays,
    pub(super) bias: Symbol,
    names: Symbol,
}

/// A variable under `boosted_trees`, which no optimizer changes.
pub(super) fn variable(name: &str, value: Result<Tensor>) -> Symbol {
    match value {
        Ok(value) => Variable::new(format!("boosted_trees/{name}"), value).trainable(false).symbol(),
        Err(error) => Symbol::poisoned(error),
    }
}

/// The first and second derivatives of `loss` for each of the logits `[batch, n]`, of which those of one example do not
/// depend on another's.
fn derivatives(loss: &Symbol, logits: &Symbol, n: usize) -> (Symbol, Symbol) {
    let derivative = |y: &Symbol| gradients([y], [logits]).remove(0);
    let g = derivative(loss);
    if n == 1 {
        let h = derivative(&g);
        return (g, h);
    }
    let one =
        |k: usize| constant(Tensor::from((0..n).map(|i| f32::from(u8::from(i == k))).collect::<Vec<f32>>()));
    let own = |k: usize| derivative(&(&g * one(k)).sum()) * one(k);
    let h = (1..n).fold(own(0), |h, k| h + own(k));
    (g, h)
}

impl Trees {
    pub(super) fn new(model: &BoostedTrees, outputs: usize, binned: &Binned) -> Trees {
        let shape = [model.trees, outputs, nodes(model.depth)];
        let arrays = TreeArrays {
            feature: variable("feature", Tensor::full(-1i32, shape)),
            rule: variable("rule", Tensor::full(0i32, shape)),
            value: variable("value", Tensor::full(0.0f32, shape)),
            gain: variable("gain", Tensor::full(0.0f32, shape)),
            progress: variable("progress", Ok(Tensor::from(vec![0i64; 3]))),
        };
        // With the names in it a checkpoint speaks for itself.
        let names: Vec<u8> = binned.names.join("\n").into_bytes();
        Trees {
            arrays,
            bias: variable("bias", Tensor::full(0.0f32, [outputs])),
            names: variable("names", Ok(Tensor::from(names))),
        }
    }

    /// The specification to train.
    pub(super) fn train(
        &self,
        model: &BoostedTrees,
        binned: &Binned,
        head: &dyn Head,
        features: &Features,
        labels: Option<&Labels>,
        cx: &mut ModelContext<'_>,
    ) -> Result<EstimatorSpec> {
        let n = head.logits_dimension();
        let kept = model.in_memory.then(|| Kept::new(binned, n, cx)).transpose()?;
        let said = match &kept {
            Some(kept) => kept.logits.clone(),
            None => binned.bins.tree_logits(&self.arrays, model.by_layer),
        };
        let logits = said + &self.bias;
        let mut train = |cx: &mut ModelContext<'_>, loss: &Symbol| {
            let (g, h) = derivatives(loss, &logits, n);
            let mut step =
                Step { trees: self, effects: Vec::new(), variables: Vec::new(), grows: constant(true) };
            match &kept {
                Some(kept) => {
                    step.center(model, (&g, &h), n, 1);
                    step.tree(model, kept, binned, (&g, &h));
                }
                None => {
                    step.sample(model, binned);
                    step.center(model, (&g, &h), n, model.batches as i64);
                    step.layer(model, binned, (&g, &h), n);
                }
            }
            step.effects.push(cx.global_step.assign_add(&constant(1i64)));
            cx.optimizer_variables.extend(step.variables);
            cx.optimizer_variables.push(self.names.clone());
            cx.optimizer_variables.extend(binned.numbers.iter().map(|(_, boundaries)| boundaries.clone()));
            Ok(group(step.effects))
        };
        let mut spec = head.spec(Mode::Train, features, &logits, labels, cx, &mut train)?;
        let last = model.trees as i64;
        spec.done = Some((self.arrays.progress.clone(), last));
        if let Some(kept) = kept {
            (spec.first, spec.prepare) = (kept.first(binned), Some(kept.prepare(self, binned)));
        }
        Ok(spec)
    }

    /// The specification with what each feature adds.
    pub(super) fn explained(&self, spec: EstimatorSpec, binned: &Binned) -> EstimatorSpec {
        let all = binned.bins.tree_contributions(&self.arrays);
        let parts = all.split_sizes([binned.features.len(), 1], -1);
        let bias = parts[1].squeeze(-1) + &self.bias;
        let one = self.bias.dim(0) == saola_graph::Dim::Known(1);
        let dfc = if one { parts[0].squeeze(1) } else { parts[0].clone() };
        spec.prediction("dfc", &dfc).prediction("bias", &bias)
    }
}

/// The rows of an input that is read once: variables that no checkpoint holds.
struct Kept {
    bins: Symbol,
    logits: Symbol,
    rows: usize,
}

impl Kept {
    fn new(binned: &Binned, outputs: usize, cx: &mut ModelContext<'_>) -> Result<Kept> {
        let rows = cx.rows.ok_or_else(|| Error::internal("training in memory without rows"))?;
        let kept = Kept {
            bins: variable("rows", Tensor::full(0u8, [rows, binned.features.len()])),
            logits: variable("logits", Tensor::full(0.0f32, [rows, outputs])),
            rows,
        };
        cx.local_variables.extend([kept.bins.clone(), kept.logits.clone()]);
        Ok(kept)
    }

    /// What happens once in a model's life: its bins are learned.
    fn first(&self, binned: &Binned) -> Option<First> {
        let (values, boundaries) = binned.numbers.as_ref()?;
        let sample = match self.rows > WHOLE_SAMPLE {
            true => {
                let rows: Vec<i64> =
                    (0..WHOLE_SAMPLE).map(|i| (i * self.rows / WHOLE_SAMPLE) as i64).collect();
                values.gather(&constant(Tensor::from(rows)), 0)
            }
            false => values.clone(),
        };
        let learned = group([assign(boundaries, &sample.tree_boundaries())]);
        let reads = [learned.symbol().clone()];
        Some(First::new(reads, move |session, feeds| session.run(&learned, feeds)))
    }

    /// What happens once in a session: rows become bins, and get what the trees so far say.
    fn prepare(&self, trees: &Trees, binned: &Binned) -> Effect {
        let said = binned.bins.tree_logits(&trees.arrays, false);
        group([assign(&self.bins, &binned.bins), assign(&self.logits, &said)])
    }
}

/// What a step does, one thing after the other.
struct Step<'a> {
    trees: &'a Trees,
    effects: Vec<Symbol>,
    /// What a checkpoint holds beside trees.
    variables: Vec<Symbol>,
    /// Whether nothing that comes before is still to be done.
    grows: Symbol,
}

impl Step<'_> {
    fn variable(&mut self, name: &str, value: Result<Tensor>) -> Symbol {
        let variable = variable(name, value);
        self.variables.push(variable.clone());
        variable
    }

    /// Learns the bins of numbers from a sample of the first batches.
    fn sample(&mut self, model: &BoostedTrees, binned: &Binned) {
        let Some((values, boundaries)) = &binned.numbers else { return };
        let n = boundaries.dim(0).known().unwrap_or(0);
        // Places that are not filled are no numbers, which bins leave out.
        let sample = self.variable("sample", Tensor::full(f32::NAN, [SAMPLE, n]));
        let seen = self.variable("sampled", Ok(Tensor::scalar(0i64)));
        let left = self.variable("sampling", Ok(Tensor::scalar(model.batches as i64)));
        let now = left.greater(0);
        let taken = tree_sample(&sample, &seen, values, &now);
        let whole = sample.read([&taken]);
        let learned =
            cond(&left.equal(1), || vec![whole.tree_boundaries()], || vec![boundaries.clone()]).remove(0);
        self.effects.extend([
            taken.symbol().clone(),
            assign(boundaries, &learned),
            assign(&left, &(&left - 1).maximum(0)),
        ]);
        self.grows = self.grows.logical_and(now.logical_not());
    }

    /// Learns the bias by Newton's method.
    fn center(&mut self, model: &BoostedTrees, (g, h): (&Symbol, &Symbol), n: usize, batches: i64) {
        if !model.center_bias {
            return;
        }
        let zero = || Tensor::full(0.0f32, [n]);
        let left = self.variable("centering", Ok(Tensor::scalar(CENTERING)));
        let seen = self.variable("centering_batches", Ok(Tensor::scalar(0i64)));
        let sums = [("centering_g", g), ("centering_h", h)].map(|(name, x)| (self.variable(name, zero()), x));
        let now = self.grows.logical_and(left.greater(0));
        let full = now.logical_and((&seen + 1).equal(batches));
        let more = now.logical_and(full.logical_not());
        let totals = sums.map(|(sum, x)| {
            let total = &sum + x.sum_over(0);
            self.effects.push(assign(&sum, &select(&more, &total, 0.0)));
            total
        });
        let change = -totals[0].div_no_nan(&totals[1]);
        let bias = &self.trees.bias;
        self.effects.push(assign(bias, &(bias + select(&full, &change, 0.0))));
        let done = change.abs().max().less_equal(CENTERED);
        let after = select(&full, select(&done, left.zeros_like(), &left - 1), &left);
        self.effects.push(assign(&left, &after));
        self.effects.push(assign(&seen, &select(&more, &seen + 1, 0)));
        self.grows = self.grows.logical_and(now.logical_not());
    }

    /// Grows a tree from all rows.
    fn tree(&mut self, model: &BoostedTrees, kept: &Kept, binned: &Binned, derivatives: (&Symbol, &Symbol)) {
        let Trees { arrays, .. } = self.trees;
        let (features, settings) = (&binned.features, model.growth());
        let grown = grow_tree(arrays, &kept.logits, &kept.bins, derivatives, &self.grows, features, settings);
        self.effects.push(grown.symbol().clone());
    }

    /// Adds a batch to the next layer.
    fn layer(&mut self, model: &BoostedTrees, binned: &Binned, derivatives: (&Symbol, &Symbol), n: usize) {
        let width = layer_sums(&binned.features, model.depth);
        let sums = self.variable("sums", Tensor::full(0.0f64, [n, width]));
        let growth = LayerGrowth {
            features: binned.features.clone(),
            settings: model.growth(),
            batches: model.batches,
            by_layer: model.by_layer,
        };
        let grown = grow_layer(&self.trees.arrays, &sums, &binned.bins, derivatives, &self.grows, growth);
        self.effects.push(grown.symbol().clone());
    }
}
