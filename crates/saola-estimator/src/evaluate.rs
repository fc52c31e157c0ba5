//! `evaluate`.

use std::fmt;

use indexmap::IndexMap;
use saola_data::Dataset;
use saola_io::EventWriter;
use saola_runtime::Feeds;
use saola_tensor::{DType, Error, Result, Tensor, suggest};

use crate::estimator::Estimator;
use crate::features::Batch;
use crate::model_fn::Mode;
use crate::options::Evaluate;
use crate::warm::Source;

/// What an evaluation found: the model's metrics, `loss`, and the global step of the checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    values: IndexMap<String, f64>,
    /// The global step of the checkpoint.
    pub global_step: i64,
}

impl Metrics {
    /// These values by name, found at this global step.
    pub(crate) fn new(values: IndexMap<String, f64>, global_step: i64) -> Metrics {
        Metrics { values, global_step }
    }

    /// The value of `name`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there is no such metric; the error lists those that are.
    pub fn get(&self, name: &str) -> Result<f64> {
        self.values.get(name).copied().ok_or_else(|| {
            let names: Vec<&str> = self.values.keys().map(String::as_str).collect();
            let near = suggest(name, names.iter().copied())
                .map_or(String::new(), |n| format!("did you mean `{n}`? "));
            Error::not_found(format!("there is no metric `{name}`"))
                .help(format!("{near}there are {}", names.join(", ")))
        })
    }

    /// Names and values, in alphabetic order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, f64)> {
        self.values.iter().map(|(k, v)| (k.as_str(), *v))
    }
}

impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in self.iter() {
            write!(f, "{name} = {value:.5}, ")?;
        }
        write!(f, "global_step = {}", self.global_step)
    }
}

impl Estimator {
    /// Loss and metrics on what `input_fn` gives, with the latest checkpoint; with initial weights where there is
    /// none. Events are written to `eval` in the folder. `loss` is the mean of the batches' losses.
    ///
    /// # Errors
    /// Data that does not fit, or a folder whose checkpoints are damaged or of another model.
    pub fn evaluate(&self, input_fn: impl Fn() -> Result<Dataset>, options: Evaluate) -> Result<Metrics> {
        let checkpoint = match &options.checkpoint {
            Some(prefix) => Some(prefix.clone()),
            None => self.checkpoint()?,
        };
        self.evaluate_from(&input_fn, options, Source::Checkpoint(checkpoint.as_deref()))
    }

    /// As [`Estimator::evaluate`], with weights of any source.
    pub(crate) fn evaluate_from(
        &self,
        input_fn: &dyn Fn() -> Result<Dataset>,
        options: Evaluate,
        source: Source<'_>,
    ) -> Result<Metrics> {
        let dataset = input_fn().map_err(|e| e.context("input function"))?;
        if options.steps.is_none() && dataset.cardinality() == saola_data::Cardinality::Infinite {
            return Err(Error::value("the input never ends, and steps is not given")
                .help("give `Evaluate::steps`, or a dataset that ends"));
        }
        let steps = options.steps.map_or(usize::MAX, |s| s as usize);
        let mut elements = dataset.iter().take(steps);
        let empty = || Error::value("the input function gives no data");
        let first = Batch::new(&elements.next().ok_or_else(empty)??)?;
        let warm = self.warm.take(self, Mode::Eval, &first, source)?;
        let built = &warm.built;
        let metrics = &built.metrics;
        built.session.run(metrics.values().map(|m| &m.reset).collect::<Vec<_>>(), Feeds::new())?;
        let update: Vec<_> = metrics.values().map(|m| &m.update).collect();
        for batch in std::iter::once(Ok(first)).chain(elements.map(|e| e.and_then(|e| Batch::new(&e)))) {
            let batch = batch?;
            built.session.run(&update, built.feeds(&batch)?)?;
        }
        let results =
            built.session.run(metrics.values().map(|m| &m.result).collect::<Vec<_>>(), Feeds::new())?;
        let numbers = results.iter().map(number).collect::<Result<Vec<f64>>>()?;
        let values = metrics.keys().cloned().zip(numbers).collect();
        let global_step = built.session.value(&built.global_step)?.item::<i64>()?;
        let metrics = Metrics { values, global_step };
        self.warm.give(warm);
        self.write_events(options.name.as_deref(), &metrics)?;
        Ok(metrics)
    }

    /// The folder of an evaluation's events.
    pub fn eval_dir(&self, name: Option<&str>) -> std::path::PathBuf {
        self.model_dir().join(name.map_or("eval".to_string(), |n| format!("eval_{n}")))
    }

    fn write_events(&self, name: Option<&str>, metrics: &Metrics) -> Result<()> {
        let folder = self.eval_dir(name);
        std::fs::create_dir_all(&folder).map_err(|e| Error::io("creating", &folder, e))?;
        let mut writer = EventWriter::create(&folder, None)?;
        for (name, value) in metrics.iter().filter(|(_, v)| v.is_finite()) {
            writer.scalar(name, metrics.global_step, value)?;
        }
        writer.flush()
    }
}

/// The number that a scalar tensor of any type holds.
pub(crate) fn number(tensor: &Tensor) -> Result<f64> {
    tensor.cast(DType::F64)?.item::<f64>()
}
