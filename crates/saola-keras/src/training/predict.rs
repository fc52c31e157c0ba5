//! `predict`.

use saola_runtime::Feeds;
use saola_tensor::{Error, Result, Tensor};

use super::batches::Batch;
use crate::Model;
use crate::data::{Data, IntoData, fit_to};
use crate::options::Predict;

impl Model {
    /// The output for `x`, which is an array, a tuple or map of arrays where the model has several inputs, or a
    /// batched dataset. Runs from several threads at once.
    ///
    /// # Errors
    /// Data that does not fit or has no end, a value that an operation refuses, or a model with several outputs
    /// (see [`Model::predict_many`]).
    pub fn predict(&self, x: impl IntoData, options: Predict<'_>) -> Result<Tensor> {
        let mut outputs = self.predict_many(x, options)?;
        match outputs.len() {
            1 => Ok(outputs.remove(0)),
            n => {
                Err(Error::value(format!("model `{}` has {n} outputs", self.name()))
                    .help("use `predict_many`"))
            }
        }
    }

    /// As [`Model::predict`], for any number of outputs, in their order.
    ///
    /// # Errors
    /// As [`Model::predict`].
    pub fn predict_many(&self, x: impl IntoData, options: Predict<'_>) -> Result<Vec<Tensor>> {
        let Predict { batch_size, steps, mut callbacks } = options;
        let data = x.into_data()?;
        if callbacks.is_empty()
            && steps.is_none()
            && let Some(batch) = self.single(&data, batch_size)?
        {
            return self.forward(&batch);
        }
        let mut feeder = self.feeder(data, batch_size, None, false, false)?;
        if feeder.is_endless() && steps.is_none() {
            return Err(Error::value("the dataset never ends, and steps is not given")
                .help("give `Predict::steps`, or take a part of the dataset with `.take(..)`"));
        }
        let mut parts: Vec<Vec<Tensor>> = vec![Vec::new(); self.outputs.len()];
        callbacks.iter_mut().try_for_each(|c| c.on_predict_begin(self))?;
        feeder.begin(0);
        let mut step = 0;
        while steps.is_none_or(|n| step < n) {
            let Some(batch) = feeder.next(self, false)? else { break };
            callbacks.iter_mut().try_for_each(|c| c.on_predict_batch_begin(self, step))?;
            for (all, part) in parts.iter_mut().zip(self.forward(&batch)?) {
                all.push(part);
            }
            callbacks.iter_mut().try_for_each(|c| c.on_predict_batch_end(self, step))?;
            step += 1;
        }
        callbacks.iter_mut().try_for_each(|c| c.on_predict_end(self))?;
        if parts.iter().any(Vec::is_empty) {
            return Err(Error::value("the data has no examples"));
        }
        parts.iter().map(|p| if let [one] = &p[..] { Ok(one.clone()) } else { Tensor::concat(p) }).collect()
    }

    /// The output for one batch as it is, without cutting it up: the shortest way through the model.
    ///
    /// # Errors
    /// As [`Model::predict`].
    pub fn predict_on_batch(&self, x: &Tensor) -> Result<Tensor> {
        let ([input], [output]) = (&self.forward.0[..], &self.forward.1[..]) else {
            return Err(Error::value(format!("model `{}` has several inputs or outputs", self.name()))
                .help("use `predict_many`"));
        };
        if x.dtype() == input.dtype() && x.rank() == input.rank() {
            return self.session.run(output, Feeds::new().with(input, x));
        }
        let x = fit_to(x.clone(), input.dtype(), input.rank())?;
        self.session.run(output, Feeds::new().with(input, &x))
    }

    /// Arrays that are no more than one batch, as that batch: nothing needs to be cut up or put together.
    fn single(&self, data: &Data, batch_size: usize) -> Result<Option<Batch>> {
        let Data::Arrays { x, .. } = data else { return Ok(None) };
        let few = |t: &Tensor| t.shape().first().is_some_and(|&n| n > 0 && n <= batch_size);
        if !x.leaves().iter().all(|t| few(t)) {
            return Ok(None);
        }
        let batch = self.in_order(x, None, None, false)?;
        let rows = batch.inputs.first().and_then(|t| t.shape().first().copied());
        let same = batch.inputs.iter().all(|t| t.shape().first().copied() == rows);
        Ok(same.then_some(batch))
    }

    fn forward(&self, batch: &Batch) -> Result<Vec<Tensor>> {
        let mut feeds = Feeds::new();
        for (symbol, tensor) in self.forward.0.iter().zip(&batch.inputs) {
            feeds.add(symbol, tensor);
        }
        self.session.run(&self.forward.1, feeds)
    }
}
