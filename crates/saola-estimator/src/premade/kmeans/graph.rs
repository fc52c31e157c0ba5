//! The graph of a k-means model, under the reference's variable names.

use std::sync::Arc;

use saola_graph::ops::matmul::MatMul;
use saola_graph::ops::segment::unsorted_segment_sum;
use saola_graph::{Dim, Effect, Symbol, Variable, assign, concatenate, constant, group, select};
use saola_nn::metrics::Mean;
use saola_runtime::{Feeds, Session};
use saola_tensor::{DType, Error, Result, Tensor};

use super::initial::{first_centers, normalized};
use super::settings::{DistanceMetric, InitialClusters, KMeansBuilder};
use crate::Features;
use crate::features::dense_features;
use crate::model_fn::{EstimatorSpec, First, Mode, ModelContext};

/// Below this the square of a length counts as zero, as in the reference.
const EPSILON: f64 = 1e-12;

/// A variable that no optimizer changes.
fn variable(name: &str, value: Tensor) -> Symbol {
    Variable::new(name, value).trainable(false).symbol()
}

/// The examples as `[batch, numbers]`.
fn points(model: &KMeansBuilder, features: &Features, cx: &mut ModelContext<'_>) -> Result<(Symbol, usize)> {
    let points = match model.columns.is_empty() {
        false => dense_features(features, &model.columns, &mut cx.scope)?,
        true => all_numbers(features)?,
    };
    match points.check()?.dim(-1) {
        Dim::Known(n) => Ok((points, n)),
        Dim::Any => Err(Error::shape(format!("the examples are {}", points.spec()))
            .help("each example has the same number of values")),
    }
}

/// All features side by side, in the order of their names.
fn all_numbers(features: &Features) -> Result<Symbol> {
    let mut named: Vec<(&str, &Symbol)> = features.iter().collect();
    named.sort_by_key(|(name, _)| *name);
    let mut parts = Vec::new();
    for (name, x) in named {
        let fault = |what: String| {
            Err(Error::value(format!("feature `{name}` {what}"))
                .help("give the columns to be used by `feature_columns(..)`"))
        };
        match (x.dtype(), x.rank()) {
            (DType::Str, _) => return fault("holds strings, and clusters are of numbers".into()),
            (_, 1) => parts.push(x.cast(DType::F32).expand_dims(-1)),
            (_, 2) => parts.push(x.cast(DType::F32)),
            _ => return fault(format!("is {}, not [batch] or [batch, n]", x.spec())),
        }
    }
    Ok(concatenate(&parts, -1))
}

/// The distances of `points` from `centers`, `[batch, clusters]`. For cosines both are of length one.
fn distances(metric: DistanceMetric, points: &Symbol, centers: &Symbol) -> Symbol {
    let products = MatMul::new().transpose_b().call(points, centers);
    match metric {
        DistanceMetric::Cosine => 1.0 - products,
        DistanceMetric::SquaredEuclidean => {
            let own = points.square().sum_over(-1).expand_dims(-1);
            let theirs = centers.square().sum_over(-1).expand_dims(0);
            // A distance to oneself is no less than nothing, whatever is rounded.
            (own - products * 2.0 + theirs).maximum(0.0)
        }
    }
}

/// The specification for `mode`.
pub(super) fn specification(
    model: &Arc<KMeansBuilder>,
    seed: u64,
    features: &Features,
    mode: Mode,
    cx: &mut ModelContext<'_>,
) -> Result<EstimatorSpec> {
    let (raw, width) = points(model, features, cx)?;
    let points = if model.is_cosine() { raw.l2_normalize(-1, EPSILON) } else { raw.clone() };
    let start = start(model, width)?;
    let step = Step::new(model, &start, mode);
    let centers =
        if model.is_cosine() { step.current.l2_normalize(-1, EPSILON) } else { step.current.clone() };
    let all = distances(model.metric, &points, &centers);
    let index = all.argmin(-1);
    let spec = EstimatorSpec::new(mode).prediction("all_distances", &all).prediction("cluster_index", &index);
    let loss = all.min_over(-1).sum();
    match mode {
        Mode::Predict => Ok(spec),
        Mode::Eval => Ok(spec.loss(&loss).metric("score", Mean.build("metrics/score", &loss, None))),
        Mode::Train => {
            let mut spec = spec.loss(&loss);
            spec.tolerance = model.tolerance;
            if !matches!(model.initial, InitialClusters::Given(_)) {
                spec.first = Some(choose(model, seed, raw, step.centers()));
            }
            Ok(spec.train_op(step.effect(model, &points, &index, cx)))
        }
    }
}

/// What the centres begin with: given ones, or none so far.
fn start(model: &KMeansBuilder, width: usize) -> Result<Tensor> {
    let InitialClusters::Given(centers) = &model.initial else {
        return Tensor::full(0.0f32, [model.clusters, width]);
    };
    let numbers = centers.shape()[1];
    if numbers != width {
        return Err(Error::shape(format!(
            "the initial clusters have {numbers} numbers each, the examples {width}"
        ))
        .help("give as many numbers for each centre as the features have"));
    }
    if model.is_cosine() { normalized(centers) } else { Ok(centers.clone()) }
}

/// The first centres, from the first batch.
fn choose(model: &Arc<KMeansBuilder>, seed: u64, points: Symbol, centers: Vec<Symbol>) -> First {
    let (model, read) = (model.clone(), points.clone());
    let act = move |session: &Session, feeds: Feeds<'_>| {
        let chosen = first_centers(&model, seed, &session.run(&points, feeds)?)?;
        centers.iter().try_for_each(|variable| session.set_value(variable, &chosen))
    };
    First::new([read], act)
}

/// A step of training, and the centres that distances are measured from in it.
struct Step {
    clusters: Symbol,
    /// The centres at the beginning of the step.
    current: Symbol,
    counts: Symbol,
    /// The counts at the beginning of the step.
    counted: Symbol,
    ahead: Option<Ahead>,
}

/// Centres that move while distances are measured from others.
struct Ahead {
    updated: Symbol,
    /// After how many steps the others become these.
    left: Symbol,
    /// Whether they do now.
    due: Symbol,
}

impl Step {
    fn new(model: &KMeansBuilder, start: &Tensor, mode: Mode) -> Step {
        let clusters = variable("clusters", start.clone());
        let several = model.mini_batch && model.steps > 1;
        // A centre that was chosen counts as one example, unless examples are counted anew in each iteration.
        let before = vec![i64::from(!several); model.clusters];
        let counts = variable("Variable", Tensor::from(before));
        if !several || mode != Mode::Train {
            let (current, counted) = (clusters.clone(), counts.clone());
            return Step { clusters, current, counts, counted, ahead: None };
        }
        let updated = variable("clusters_updated", start.clone());
        let left = variable("update_in_steps", Tensor::scalar(model.steps as i64));
        let due = left.less_equal(0);
        let those = if model.is_cosine() { updated.l2_normalize(-1, EPSILON) } else { updated.clone() };
        let (current, counted) = (select(&due, those, &clusters), select(&due, 0, &counts));
        Step { clusters, current, counts, counted, ahead: Some(Ahead { updated, left, due }) }
    }

    /// The variables that begin as the first centres.
    fn centers(&self) -> Vec<Symbol> {
        std::iter::once(&self.clusters).chain(self.ahead.iter().map(|a| &a.updated)).cloned().collect()
    }

    fn effect(
        &self,
        model: &KMeansBuilder,
        points: &Symbol,
        index: &Symbol,
        cx: &mut ModelContext<'_>,
    ) -> Effect {
        let k = model.clusters;
        let sums = unsorted_segment_sum(points, index, k);
        let own = index.bincount(k);
        let n = own.cast(DType::F32).expand_dims(-1);
        let mut effects = vec![cx.global_step.assign_add(&constant(1i64))];
        // So that the reference, which reads it, does not choose centres again.
        cx.optimizer_variables.push(variable("initialized", Tensor::scalar(true)));
        if !model.mini_batch {
            // A centre without examples stays where it is.
            let means = select(&n.greater(0), sums.div_no_nan(&n), &self.current);
            let moved = if model.is_cosine() { means.l2_normalize(-1, EPSILON) } else { means };
            effects.push(assign(&self.clusters, &moved));
            return group(effects);
        }
        let moving = self.ahead.as_ref().map_or(&self.clusters, |a| &a.updated);
        let all = n.clone() + self.counted.cast(DType::F32).expand_dims(-1);
        effects.push(assign(moving, &(moving + (sums - n * moving).div_no_nan(all))));
        effects.push(assign(&self.counts, &(&self.counted + own)));
        if let Some(Ahead { left, due, .. }) = &self.ahead {
            effects.push(assign(&self.clusters, &self.current));
            effects.push(assign(left, &select(due, model.steps as i64 - 1, left - 1)));
        }
        group(effects)
    }
}
