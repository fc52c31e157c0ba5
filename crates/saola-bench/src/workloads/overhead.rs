//! What models cost above the plans that they run: `fit` on the network of the digits beside a bare loop over the same
//! step, and `predict` of one row beside a run of the same graph.

use std::time::Instant;

use saola_graph::{Dim, Symbol, group, placeholder};
use saola_keras::{Fit, Predict};
use saola_nn::losses::{Loss, SparseCategoricalCrossentropy};
use saola_nn::metrics::{Metric, MetricState, SparseCategoricalAccuracy, mean_state};
use saola_nn::optimizers::{Optimizer, Sgd};
use saola_runtime::{RunOptions, feed};
use saola_tensor::{DType, Result};

use super::mlp::{digits, network};
use crate::clock::median;

/// How often both sides run in turn; the first rounds are not counted.
const ROUNDS: usize = 12;
const WARM: usize = 3;
/// Examples of a step.
const BATCH: usize = 32;
/// Calls with one row.
const CALLS: usize = 2000;

/// The median of what the second costs above the first, of turns of both, in the unit that `of` makes of two times.
fn above(
    mut first: impl FnMut() -> Result<()>,
    mut second: impl FnMut() -> Result<()>,
    of: impl Fn(f64, f64) -> f64,
) -> Result<f64> {
    let mut found = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        let start = Instant::now();
        first()?;
        let between = Instant::now();
        second()?;
        let (a, b) = ((between - start).as_secs_f64(), between.elapsed().as_secs_f64());
        if round >= WARM {
            found.push(of(a, b));
        }
    }
    Ok(median(&found).unwrap_or(f64::NAN))
}

/// Percent that an epoch of `fit` takes above a loop over the same batches that runs the same step: forward, loss,
/// accuracy, gradients and update.
pub(super) fn fit() -> Result<f64> {
    let ((x, y), mut bare, mut model) = (digits()?, network()?, network()?);
    let bare = bare.model()?;
    let images = placeholder("x", DType::F32, [Dim::Any, Dim::Known(784)]);
    let labels = placeholder("y", DType::I64, [Dim::Any]);
    let output = bare.call_training(&images);
    let loss = SparseCategoricalCrossentropy::new().call(&labels, &output);
    let states: [MetricState; 2] = [
        mean_state("loss", &loss, None),
        SparseCategoricalAccuracy::new().build("accuracy", &labels, &output, None),
    ];
    let step = Sgd::default().minimize(&loss);
    let updates = states.iter().map(|s| Symbol::from(&s.update)).chain([Symbol::from(&step)]);
    let step = group(updates.collect::<Vec<_>>());
    let epoch = || {
        (0..y.len()).step_by(BATCH).try_for_each(|i| {
            let rows = i..y.len().min(i + BATCH);
            let feeds = feed![&images => x.rows(rows.clone())?, &labels => y.rows(rows)?];
            bare.session().run_with(RunOptions::training(), &step, feeds)
        })
    };
    let options = || Fit::epochs(1).batch_size(BATCH).shuffle(false).silent();
    above(epoch, || model.fit((&x, &y), options()).map(drop), |a, b| (b / a - 1.0) * 100.0)
}

/// Microseconds that `predict` of one row takes above a run of the graph.
pub(super) fn predict() -> Result<f64> {
    let ((x, _), mut model) = (digits()?, network()?);
    let one = x.rows(0..1)?;
    let model = model.model()?;
    let images = placeholder("x", DType::F32, [Dim::Any, Dim::Known(784)]);
    let output = model.call(&images);
    let bare = || (0..CALLS).try_for_each(|_| model.session().run(&output, feed![&images => &one]).map(drop));
    let whole = || (0..CALLS).try_for_each(|_| model.predict(&one, Predict::new()).map(drop));
    above(bare, whole, |a, b| (b - a) / CALLS as f64 * 1e6)
}
