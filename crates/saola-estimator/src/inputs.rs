//! Input functions on arrays.

use saola_data::{Dataset, Element};
use saola_tensor::{Error, Result};

/// Arrays as what an input function gives: the reference's `numpy_input_fn`.
///
/// Batches of 128 of one epoch by default, in the arrays' order. Batches run on from one epoch into the next; the last one
/// has what is left.
///
/// ```
/// use saola_estimator::{ArrayInput, Evaluate, LinearRegressor, RunConfig, Train, column};
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let features = [("x", Tensor::from([0.0f32, 1.0, 2.0, 3.0]))];
/// let input = ArrayInput::new(features).labels(Tensor::from([1.0f32, 3.0, 5.0, 7.0])).batch_size(4);
/// let regressor = LinearRegressor::new([column::numeric("x")]).config(RunConfig::new().quiet()).build()?;
/// regressor.train(|| input.clone().shuffle(1).num_epochs(500).dataset(), Train::new())?;
/// assert!(regressor.evaluate(|| input.dataset(), Evaluate::new())?.get("average_loss")? < 0.5);
/// # std::fs::remove_dir_all(regressor.model_dir()).map_err(|e| saola_tensor::Error::io("removing", regressor.model_dir(), e))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ArrayInput {
    features: Element,
    labels: Option<Element>,
    batch_size: usize,
    epochs: Option<usize>,
    seed: Option<u64>,
}

impl ArrayInput {
    /// Features by name, `[examples, ..]` each.
    pub fn new(features: impl Into<Element>) -> ArrayInput {
        ArrayInput { features: features.into(), labels: None, batch_size: 128, epochs: Some(1), seed: None }
    }

    /// The labels: `[examples, ..]`, or several by name.
    pub fn labels(mut self, labels: impl Into<Element>) -> ArrayInput {
        self.labels = Some(labels.into());
        self
    }

    /// How many examples a batch has.
    pub fn batch_size(mut self, size: usize) -> ArrayInput {
        self.batch_size = size;
        self
    }

    /// How often to go through the arrays.
    pub fn num_epochs(mut self, epochs: usize) -> ArrayInput {
        self.epochs = Some(epochs);
        self
    }

    /// Goes through the arrays again and again, until training has its steps.
    pub fn repeat_forever(mut self) -> ArrayInput {
        self.epochs = None;
        self
    }

    /// In another order in each epoch, which the seed decides.
    pub fn shuffle(mut self, seed: u64) -> ArrayInput {
        self.seed = Some(seed);
        self
    }

    /// The batches: what an input function returns.
    ///
    /// # Errors
    /// Arrays of different numbers of examples, no examples, or a batch or a number of epochs of 0.
    pub fn dataset(&self) -> Result<Dataset> {
        for (what, number) in [("batch_size", Some(self.batch_size)), ("num_epochs", self.epochs)] {
            if number == Some(0) {
                return Err(Error::value(format!("{what} is 0")).help("give at least 1"));
            }
        }
        let rows = match &self.labels {
            Some(labels) => Dataset::from_tensor_slices((self.features.clone(), labels.clone()))?,
            None => Dataset::from_tensor_slices(self.features.clone())?,
        };
        let n = rows.cardinality().known().unwrap_or(0) as usize;
        if n == 0 {
            return Err(Error::value("the arrays have no examples").help("give at least one"));
        }
        let rows = match self.seed {
            Some(seed) => rows.shuffle_with(n, seed, true),
            None => rows,
        };
        let rows = match self.epochs {
            Some(epochs) => rows.repeat(epochs),
            None => rows.repeat_forever(),
        };
        Ok(rows.batch(self.batch_size))
    }
}
