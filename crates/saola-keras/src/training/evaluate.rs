//! `evaluate`.

use saola_runtime::{Feeds, RunOptions};
use saola_tensor::{Error, Result};

use super::run::feeds;
use crate::Model;
use crate::compile::{GraphKey, TrainGraph};
use crate::data::IntoData;
use crate::history::Scores;
use crate::options::Evaluate;
use crate::progress::Progress;

impl Model {
    /// Loss and metrics on `data`: arrays `(&x, &y)` in batches, or a batched dataset of (inputs, labels).
    ///
    /// # Errors
    /// A model that is not compiled, data that does not fit or has no end, or a value that an operation refuses.
    pub fn evaluate(&mut self, data: impl IntoData, options: Evaluate) -> Result<Scores> {
        self.compiled()?;
        let mut feeder = self.feeder(data.into_data()?, options.batch_size, None, true, false)?;
        if feeder.is_endless() && options.steps.is_none() {
            return Err(Error::value("the dataset never ends, and steps is not given")
                .help("give `Evaluate::steps`, or a dataset that ends"));
        }
        let steps = options.steps.or(feeder.len());
        let mut progress = Progress::new(options.verbose, steps);
        let mut current: Option<(GraphKey, TrainGraph)> = None;
        let mut step = 0;
        feeder.begin(0);
        while steps.is_none_or(|n| step < n) {
            let Some(batch) = feeder.next(self, true)? else { break };
            if !current.as_ref().is_some_and(|(key, _)| batch.fits(key)) {
                let key = batch.key();
                let graph = self.train_graph(&key)?;
                self.session.run(&graph.reset, Feeds::new())?;
                current = Some((key, graph));
            }
            let Some((_, graph)) = &current else { break };
            self.session.run_with(RunOptions::default(), &graph.test, feeds(graph, &batch))?;
            step += 1;
            if progress.is_due() {
                progress.update(step, self.results_of(graph)?.iter());
            }
        }
        let Some((_, graph)) = &current else { return Err(Error::value("the data has no examples")) };
        let logs = self.results_of(graph)?;
        progress.finish(step, logs.iter());
        let order = |name: &String| graph.names.iter().position(|n| n == name);
        let mut scores = Scores(logs.0);
        scores.0.sort_by(|a, _, b, _| order(a).cmp(&order(b)));
        Ok(scores)
    }
}
