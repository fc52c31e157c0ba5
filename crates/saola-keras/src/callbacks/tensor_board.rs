//! `TensorBoard`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use saola_io::EventWriter;
use saola_runtime::Trace;
use saola_tensor::{Error, Result};

use super::{Callback, Frequency, Logs, board_graph};
use crate::training::Run;

/// Writes what TensorBoard shows: losses, metrics and the learning rate under `train`, those of the validation under
/// `validation`, the layers as a graph, distributions of the weights, and traces. Keras's `TensorBoard`, with its tags.
#[derive(Debug)]
pub struct TensorBoard {
    dir: PathBuf,
    histogram_freq: usize,
    update_freq: Frequency,
    steps_per_second: bool,
    write_graph: bool,
    profile: Option<(usize, usize)>,
    trace: Option<Trace>,
    train: Option<EventWriter>,
    validation: Option<EventWriter>,
    steps: i64,
    begin: Instant,
}

impl TensorBoard {
    /// Into the folder `dir`.
    pub fn new(dir: impl Into<PathBuf>) -> TensorBoard {
        TensorBoard {
            dir: dir.into(),
            histogram_freq: 0,
            update_freq: Frequency::Epoch,
            steps_per_second: false,
            write_graph: true,
            profile: None,
            trace: None,
            train: None,
            validation: None,
            steps: 0,
            begin: Instant::now(),
        }
    }

    /// After how many epochs distributions of the weights are written; never by default.
    #[must_use]
    pub fn histogram_freq(mut self, epochs: usize) -> TensorBoard {
        self.histogram_freq = epochs;
        self
    }

    /// Whether loss and metrics are also written after some steps; only after epochs by default.
    #[must_use]
    pub fn update_freq(mut self, frequency: Frequency) -> TensorBoard {
        self.update_freq = frequency;
        self
    }

    /// Whether the steps in a second are written; not by default.
    #[must_use]
    pub fn write_steps_per_second(mut self, write: bool) -> TensorBoard {
        self.steps_per_second = write;
        self
    }

    /// Whether the model's layers are written as a graph; they are by default.
    #[must_use]
    pub fn write_graph(mut self, write: bool) -> TensorBoard {
        self.write_graph = write;
        self
    }

    /// Traces the kernels of the steps from `first` to `last`, counted from 1 over all epochs, into
    /// `train/plugins/profile`; none by default.
    #[must_use]
    pub fn profile_batch(mut self, first: usize, last: usize) -> TensorBoard {
        self.profile = Some((first, last));
        self
    }

    /// Ends the trace, if there is one, and writes it.
    fn end_trace(&mut self, run: &mut Run<'_>) -> Result<()> {
        let Some(trace) = self.trace.take() else { return Ok(()) };
        run.trace(None);
        let dir = self.dir.join("train/plugins/profile").join(format!("step_{}", self.steps));
        std::fs::create_dir_all(&dir).map_err(|e| Error::io("making", &dir, e))?;
        trace.write_chrome(dir.join("local.trace.json"))
    }

    /// The writer of a part, made when it is first needed.
    fn writer<'a>(dir: &Path, part: &str, slot: &'a mut Option<EventWriter>) -> Result<&'a mut EventWriter> {
        match slot {
            Some(writer) => Ok(writer),
            None => Ok(slot.insert(EventWriter::create(dir.join(part), Some(".v2"))?)),
        }
    }

    fn train(&mut self) -> Result<&mut EventWriter> {
        TensorBoard::writer(&self.dir, "train", &mut self.train)
    }
}

impl Callback for TensorBoard {
    fn on_train_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        self.steps = 0;
        let graph = self.write_graph.then(|| board_graph::encode(run.model()));
        let writer = self.train()?;
        graph.map_or(Ok(()), |graph| writer.graph(graph))
    }
    fn on_epoch_begin(&mut self, _run: &mut Run<'_>) -> Result<()> {
        self.begin = Instant::now();
        Ok(())
    }
    fn on_batch_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        if self.profile.is_some_and(|(first, _)| self.steps + 1 == first as i64) {
            let trace = Trace::new();
            run.trace(Some(&trace));
            self.trace = Some(trace);
        }
        Ok(())
    }
    fn on_batch_end(&mut self, run: &mut Run<'_>) -> Result<()> {
        let step = self.steps;
        self.steps += 1;
        if self.profile.is_some_and(|(_, last)| self.steps == last as i64) {
            self.end_trace(run)?;
        }
        match self.update_freq {
            Frequency::Steps(n) if n > 0 && step % n as i64 == 0 => {
                let logs = run.logs()?;
                let writer = self.train()?;
                logs.iter().try_for_each(|(name, value)| writer.scalar(&format!("batch_{name}"), step, value))
            }
            _ => Ok(()),
        }
    }
    fn on_epoch_end(&mut self, run: &mut Run<'_>, logs: &Logs) -> Result<()> {
        let epoch = run.epoch() as i64;
        let per_second = run.step() as f64 / self.begin.elapsed().as_secs_f64().max(1e-9);
        let (rate, speed) = (run.learning_rate()?, self.steps_per_second);
        for (name, value) in logs.iter() {
            let (writer, name) = match name.strip_prefix("val_") {
                Some(name) => (TensorBoard::writer(&self.dir, "validation", &mut self.validation)?, name),
                None if name == "learning_rate" => continue,
                None => (self.train()?, name),
            };
            writer.scalar(&format!("epoch_{name}"), epoch, value)?;
        }
        let writer = self.train()?;
        writer.scalar("epoch_learning_rate", epoch, rate)?;
        if speed {
            writer.scalar("epoch_steps_per_second", epoch, per_second)?;
        }
        if self.histogram_freq > 0 && run.epoch().is_multiple_of(self.histogram_freq) {
            let writer = self.train()?;
            let model = run.model();
            for (path, weight) in model.weights().iter() {
                writer.histogram(
                    &format!("{path}/histogram"),
                    epoch,
                    &model.session().value(&weight.symbol)?,
                )?;
            }
        }
        self.train.iter_mut().chain(&mut self.validation).try_for_each(EventWriter::flush)
    }
    fn on_test_end(&mut self, run: &mut Run<'_>, logs: &Logs) -> Result<()> {
        let iterations = run.model().iterations()?;
        let writer = TensorBoard::writer(&self.dir, "validation", &mut self.validation)?;
        for (name, value) in logs.iter() {
            writer.scalar(&format!("evaluation_{name}_vs_iterations"), iterations, value)?;
        }
        writer.flush()
    }
    fn on_train_end(&mut self, run: &mut Run<'_>) -> Result<()> {
        self.end_trace(run)?;
        (self.train, self.validation) = (None, None);
        Ok(())
    }
}
