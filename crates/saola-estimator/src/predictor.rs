//! `Predictor`: predictions of single rows from many threads.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use indexmap::IndexMap;
use saola_data::Element;
use saola_tensor::{Result, Tensor};

use crate::Estimator;
use crate::estimator::Built;
use crate::features::Batch;
use crate::model_fn::Mode;
use crate::options::Predict;
use crate::predict::{Prediction, rows};
use crate::restore::restore;

/// A model with the weights of one checkpoint, which stays in memory: from [`Estimator::predictor`]. Any number of
/// threads predict with it at once; clones share it.
#[derive(Clone)]
pub struct Predictor(Arc<Shared>);

struct Shared {
    estimator: Estimator,
    checkpoint: PathBuf,
    keys: Option<Vec<String>>,
    /// A graph for each kind of input that there was.
    graphs: RwLock<Vec<Arc<Built>>>,
}

impl Estimator {
    /// A handle that predicts with the latest checkpoint, or the one that `options` name, from many threads. It keeps
    /// that checkpoint's weights, whatever is trained later.
    ///
    /// ```
    /// # use saola_data::{Dataset, Element};
    /// use saola_estimator::{DnnRegressor, Predict, RunConfig, Train, column};
    /// # use saola_tensor::{Error, Tensor};
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// # let folder = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
    /// # let data = || Ok(Dataset::from_tensor_slices((
    /// #     Element::from([("x", Tensor::from([0.0f32, 1.0]))]), Tensor::from([3.0f32, 5.0])))?.batch(2));
    /// let config = RunConfig::new().model_dir(folder.path()).quiet();
    /// let estimator = DnnRegressor::new([column::numeric("x")], [4]).config(config).build()?;
    /// estimator.train(data, Train::new())?;
    /// let predictor = estimator.predictor(Predict::new())?;
    /// let one = predictor.predict_row(Element::from([("x", Tensor::scalar(0.5f32))]))?;
    /// assert_eq!(one.get("predictions")?.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// No checkpoint.
    pub fn predictor(&self, options: Predict) -> Result<Predictor> {
        let checkpoint = match options.checkpoint {
            Some(prefix) => prefix,
            None => self.needed_checkpoint()?,
        };
        let estimator = self.clone();
        Ok(Predictor(Arc::new(Shared {
            estimator,
            checkpoint,
            keys: options.keys,
            graphs: RwLock::default(),
        })))
    }
}

impl Predictor {
    /// The prefix of the checkpoint.
    pub fn checkpoint(&self) -> &Path {
        &self.0.checkpoint
    }

    /// The predictions of a batch of features by name, `[batch, ..]` each.
    ///
    /// # Errors
    /// Features that do not fit, or a checkpoint that is damaged or of another model, at the first call.
    pub fn predict(&self, features: impl Into<Element>) -> Result<IndexMap<String, Tensor>> {
        let batch = Batch::new(&features.into())?;
        self.graph(&batch)?.predictions(&batch, self.0.keys.as_deref())
    }

    /// What the model predicts for one example, whose features have no batch axis.
    ///
    /// # Errors
    /// As [`Predictor::predict`].
    pub fn predict_row(&self, features: impl Into<Element>) -> Result<Prediction> {
        let batch = Batch::of_row(&features.into())?;
        let mut all = rows(&self.graph(&batch)?.predictions(&batch, self.0.keys.as_deref())?)?;
        Ok(all.remove(0))
    }

    /// The graph for batches like this one.
    fn graph(&self, batch: &Batch) -> Result<Arc<Built>> {
        let of = |all: &[Arc<Built>]| all.iter().find(|built| built.inputs.accept(batch)).cloned();
        if let Some(found) = of(&self.0.graphs.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(found);
        }
        let mut graphs = self.0.graphs.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been faster.
        if let Some(found) = of(&graphs) {
            return Ok(found);
        }
        let built = self.0.estimator.build(Mode::Predict, batch)?;
        restore(&built.session, &built.saved, &self.0.checkpoint)?;
        let built = Arc::new(built);
        graphs.push(built.clone());
        Ok(built)
    }
}
