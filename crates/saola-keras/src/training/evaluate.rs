//! `evaluate`.

use std::sync::Arc;

use saola_runtime::{Feeds, RunOptions};
use saola_tensor::{Error, Result};

use super::run::{Run, feeds};
use crate::Model;
use crate::callbacks::{Callback, Logs};
use crate::data::{Data, IntoData};
use crate::history::Scores;
use crate::options::{Evaluate, Verbose};
use crate::progress::Progress;
use crate::train_graph::{GraphKey, TrainGraph};

impl Model {
    /// Loss and metrics on `data`: arrays `(&x, &y)` in batches, or a batched dataset of (inputs, labels).
    ///
    /// # Errors
    /// A model that is not compiled, data that does not fit or has no end, an error of a callback, or a value that an
    /// operation refuses.
    pub fn evaluate(&mut self, data: impl IntoData, options: Evaluate<'_>) -> Result<Scores> {
        let data = data.into_data()?;
        let Evaluate { batch_size, steps, verbose, mut callbacks } = options;
        let mut run = Run::new(self, 0, 0, None);
        test(&mut run, data, (batch_size, steps, verbose), &mut callbacks)
    }
}

/// An evaluation with callbacks, by batch size, number of steps, and what is printed.
pub(super) fn test<'a, 'c>(
    run: &mut Run<'a>,
    data: Data,
    (batch_size, steps, verbose): (usize, Option<usize>, Verbose),
    callbacks: &mut [Box<dyn Callback + 'c>],
) -> Result<Scores> {
    run.model.compiled()?;
    let mut feeder = run.model.feeder(data, batch_size, None, true, false)?;
    if feeder.is_endless() && steps.is_none() {
        return Err(Error::value("the dataset never ends, and steps is not given")
            .help("give `Evaluate::steps`, or a dataset that ends"));
    }
    let steps = steps.or(feeder.len());
    let mut progress = Progress::new(verbose, steps);
    let mut current: Option<(GraphKey, Arc<TrainGraph>)> = None;
    let mut step = 0;
    callbacks.iter_mut().try_for_each(|c| c.on_test_begin(run))?;
    feeder.begin(0);
    while steps.is_none_or(|n| step < n) {
        let Some(batch) = feeder.next(run.model, true)? else { break };
        if !current.as_ref().is_some_and(|(key, _)| batch.fits(key)) {
            let key = batch.key();
            let graph = run.model.train_graph(&key)?;
            run.model.session.run(&graph.reset, Feeds::new())?;
            current = Some((key, graph));
        }
        let Some((_, graph)) = &current else { break };
        callbacks.iter_mut().try_for_each(|c| c.on_test_batch_begin(run, step))?;
        run.model.session.run_with(RunOptions::default(), &graph.test, feeds(graph, &batch))?;
        callbacks.iter_mut().try_for_each(|c| c.on_test_batch_end(run, step))?;
        step += 1;
        if progress.is_due() {
            progress.update(step, run.model.results_of(graph)?.iter());
        }
    }
    let Some((_, graph)) = &current else { return Err(Error::value("the data has no examples")) };
    let logs = run.model.results_of(graph)?;
    callbacks.iter_mut().try_for_each(|c| c.on_test_end(run, &logs))?;
    progress.finish(step, logs.iter());
    Ok(in_order(graph, logs))
}

/// The scores in the order of the graph: the loss first.
fn in_order(graph: &TrainGraph, logs: Logs) -> Scores {
    let order = |name: &String| graph.names.iter().position(|n| name.starts_with(n.as_str()));
    let mut scores = Scores(logs.0);
    scores.0.sort_by(|a, _, b, _| {
        let exact = |name: &String| graph.names.iter().position(|n| n == name).or_else(|| order(name));
        exact(a).cmp(&exact(b))
    });
    scores
}
