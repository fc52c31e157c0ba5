//! `predict`.

use indexmap::IndexMap;
use saola_data::Dataset;
use saola_tensor::{Error, Result, Tensor, suggest};

use crate::estimator::Estimator;
use crate::features::Batch;
use crate::model_fn::Mode;
use crate::options::Predict;
use crate::warm::Source;

/// What a model predicts for one example, by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction(IndexMap<String, Tensor>);

impl Prediction {
    /// The prediction called `name`: `probabilities`, `class_ids`, ..
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there is none; the error lists those that are.
    pub fn get(&self, name: &str) -> Result<&Tensor> {
        self.0.get(name).ok_or_else(|| unknown(name, self.0.keys().map(String::as_str)))
    }

    /// Names and tensors.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Tensor)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v))
    }
}

pub(crate) fn unknown<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Error {
    let names: Vec<&str> = names.collect();
    let near =
        suggest(name, names.iter().copied()).map_or(String::new(), |n| format!("did you mean `{n}`? "));
    Error::not_found(format!("there is no prediction `{name}`"))
        .help(format!("{near}there are {}", names.join(", ")))
}

impl Estimator {
    /// What the model predicts for each example that `input_fn` gives, with the latest checkpoint. Labels are ignored.
    ///
    /// # Errors
    /// No checkpoint, data that does not fit, or a folder whose checkpoints are damaged or of another model.
    pub fn predict(
        &self,
        input_fn: impl Fn() -> Result<Dataset>,
        options: Predict,
    ) -> Result<Vec<Prediction>> {
        let mut examples = Vec::new();
        self.predict_batches(input_fn, options, |batch| {
            examples.extend(rows(&batch)?);
            Ok(())
        })?;
        Ok(examples)
    }

    /// As [`Estimator::predict`], a batch at a time: `take` gets the predictions by name, `[batch, ..]` each.
    ///
    /// # Errors
    /// As [`Estimator::predict`], or an error of `take`.
    pub fn predict_batches(
        &self,
        input_fn: impl Fn() -> Result<Dataset>,
        options: Predict,
        mut take: impl FnMut(IndexMap<String, Tensor>) -> Result<()>,
    ) -> Result<()> {
        let checkpoint = match options.checkpoint {
            Some(prefix) => prefix,
            None => self.needed_checkpoint()?,
        };
        let dataset = input_fn().map_err(|e| e.context("input function"))?;
        let mut elements = dataset.iter();
        let Some(first) = elements.next() else { return Ok(()) };
        let first = Batch::new(&first?)?;
        let warm = self.warm.take(self, Mode::Predict, &first, Source::Checkpoint(Some(&checkpoint)))?;
        let keys = options.keys.as_deref();
        for batch in std::iter::once(Ok(first)).chain(elements.map(|e| e.and_then(|e| Batch::new(&e)))) {
            take(warm.built.predictions(&batch?, keys)?)?;
        }
        self.warm.give(warm);
        Ok(())
    }
}

/// The examples of a batch of predictions.
pub(crate) fn rows(batch: &IndexMap<String, Tensor>) -> Result<Vec<Prediction>> {
    let n = batch.values().next().map_or(Ok(0), Tensor::n_rows)?;
    let row = |at: usize| {
        let part = |(name, tensor): (&String, &Tensor)| {
            let shape = tensor.shape()[1..].to_vec();
            Ok((name.clone(), tensor.rows(at..at + 1)?.reshape(shape)?))
        };
        Ok(Prediction(batch.iter().map(part).collect::<Result<_>>()?))
    };
    (0..n).map(row).collect()
}
