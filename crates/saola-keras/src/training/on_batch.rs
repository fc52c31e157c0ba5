//! One batch at a time: `train_on_batch`, `test_on_batch`.

use saola_runtime::{Feeds, RunOptions};
use saola_tensor::{Error, Result};

use super::batches::Batch;
use super::run::{feeds, results};
use crate::Model;
use crate::data::{Data, IntoData};
use crate::history::Scores;

impl Model {
    /// One step of training on one batch as it is, with loss and metrics of this batch alone. Keras's `train_on_batch`.
    ///
    /// # Errors
    /// As [`Model::fit`].
    pub fn train_on_batch(&mut self, data: impl IntoData) -> Result<Scores> {
        let batch = self.one_batch(data)?;
        self.on_batch(&batch, true)
    }

    /// Loss and metrics of one batch as it is. Keras's `test_on_batch`.
    ///
    /// # Errors
    /// As [`Model::evaluate`].
    pub fn test_on_batch(&mut self, data: impl IntoData) -> Result<Scores> {
        let batch = self.one_batch(data)?;
        self.on_batch(&batch, false)
    }

    /// Forgets what loss and metrics were over past batches.
    ///
    /// # Errors
    /// A model that is not compiled.
    pub fn reset_metrics(&mut self) -> Result<()> {
        for (_, graph) in &self.compiled()?.graphs {
            self.session.run(&graph.reset, Feeds::new())?;
        }
        Ok(())
    }

    fn one_batch(&self, data: impl IntoData) -> Result<Batch> {
        self.compiled()?;
        match data.into_data()? {
            Data::Arrays { x, y, weights } => self.in_order(&x, y.as_ref(), weights.as_ref(), true),
            Data::Dataset(_) => Err(Error::value("one batch is taken, not a dataset")
                .help("give arrays `(&x, &y)`, or use `fit` and `evaluate`")),
        }
    }

    fn on_batch(&mut self, batch: &Batch, training: bool) -> Result<Scores> {
        let graph = self.train_graph(&batch.key())?;
        self.session.run(&graph.reset, Feeds::new())?;
        let (options, effect) = match training {
            true => (RunOptions::training(), &graph.train),
            false => (RunOptions::default(), &graph.test),
        };
        self.session.run_with(options, effect, feeds(&graph, batch))?;
        Ok(Scores(results(self, &graph)?.0))
    }
}
