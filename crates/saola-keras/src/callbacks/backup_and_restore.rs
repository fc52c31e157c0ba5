//! `BackupAndRestore`.

use std::fs;
use std::path::{Path, PathBuf};

use saola_io::{CheckpointReader, CheckpointWriter};
use saola_tensor::{Error, Result};
use serde_json::{Value, json};

use super::{Callback, Frequency, Logs};
use crate::training::Run;
use crate::training::run::Resume;

/// Training that goes on where it was interrupted, to the same bits: weights, states of layers, optimizer, epoch and step,
/// random state, place in the data, loss and metrics so far. Keras's `BackupAndRestore`.
///
/// What is to go on must be given the same data and options. A backup appears whole or not at all.
///
/// ```
/// use saola_keras::Fit;
/// use saola_keras::callbacks::BackupAndRestore;
///
/// let fit = Fit::epochs(100).callback(BackupAndRestore::new("backup"));
/// ```
#[derive(Clone, Debug)]
pub struct BackupAndRestore {
    dir: PathBuf,
    frequency: Frequency,
    double_checkpoint: bool,
    delete_checkpoint: bool,
    steps: usize,
    number: u64,
}

/// The file that names the backup.
const STATE: &str = "training.json";

impl BackupAndRestore {
    /// In the folder `dir`, after every epoch.
    pub fn new(dir: impl Into<PathBuf>) -> BackupAndRestore {
        BackupAndRestore {
            dir: dir.into(),
            frequency: Frequency::Epoch,
            double_checkpoint: false,
            delete_checkpoint: true,
            steps: 0,
            number: 0,
        }
    }

    /// How often; after every epoch by default.
    #[must_use]
    pub fn save_freq(mut self, frequency: Frequency) -> BackupAndRestore {
        self.frequency = frequency;
        self
    }

    /// Whether the backup before the last is kept as well; not by default.
    #[must_use]
    pub fn double_checkpoint(mut self, double: bool) -> BackupAndRestore {
        self.double_checkpoint = double;
        self
    }

    /// Whether the backup is deleted when training has ended; it is by default.
    #[must_use]
    pub fn delete_checkpoint(mut self, delete: bool) -> BackupAndRestore {
        self.delete_checkpoint = delete;
        self
    }

    fn prefix(&self, number: u64) -> PathBuf {
        self.dir.join(format!("backup-{number}"))
    }

    fn save(&mut self, run: &Run<'_>, epoch: usize, step: usize) -> Result<()> {
        fs::create_dir_all(&self.dir).map_err(|e| Error::io("making", &self.dir, e))?;
        self.number += 1;
        let mut writer = CheckpointWriter::new(self.prefix(self.number));
        let model = run.model();
        for (path, weight) in model.weights().iter() {
            writer.add(format!("weights/{path}"), &model.session().value(&weight.symbol)?)?;
        }
        for (i, variable) in model.optimizer_variables().iter().enumerate() {
            writer.add(format!("optimizer/{i}"), &model.session().value(variable)?)?;
        }
        for (path, memory) in model.weights().memories() {
            writer.add(format!("memories/{path}"), &model.session().value(memory)?)?;
        }
        if step > 0 {
            for (i, state) in run.states().iter().enumerate() {
                writer.add(format!("metrics/{i}"), &model.session().value(state)?)?;
            }
        }
        writer.finish()?;
        let (visited, taken) = run.place(epoch);
        let state = json!({
            "number": self.number,
            "epoch": epoch,
            "step": step,
            "steps": self.steps,
            "visited": visited,
            "taken": taken,
            "epochs": model.epochs,
            "draws": model.session().draws(),
            "seed": model.session().seed(),
        });
        let (path, new) = (self.dir.join(STATE), self.dir.join("training.json.new"));
        fs::write(&new, state.to_string())
            .and_then(|()| fs::rename(&new, &path))
            .map_err(|e| Error::io("writing", &path, e))?;
        self.forget(if self.double_checkpoint { self.number.saturating_sub(2) } else { self.number - 1 })
    }

    /// Deletes the backup of a number, if it is there.
    fn forget(&self, number: u64) -> Result<()> {
        let prefix = self.prefix(number);
        for ending in [".index", ".data-00000-of-00001"] {
            remove(Path::new(&format!("{}{ending}", prefix.display())))?;
        }
        Ok(())
    }

    fn restore(&mut self, run: &mut Run<'_>, state: &Value) -> Result<()> {
        let number = |key: &str| {
            state[key].as_u64().ok_or_else(|| Error::format(format!("`{STATE}` has no number `{key}`")))
        };
        self.number = number("number")?;
        self.steps = number("steps")? as usize;
        let reader = CheckpointReader::open(self.prefix(self.number))?;
        let variables = run.model_mut().build_optimizer()?;
        let model = run.model();
        if number("seed")? != model.session().seed() {
            return Err(Error::state("the backup is of training with another seed")
                .help("give the model the same seed, or begin anew in another folder"));
        }
        for (path, weight) in model.weights().iter() {
            model.session().set_value(&weight.symbol, &reader.read(&format!("weights/{path}"))?)?;
        }
        for (i, variable) in variables.iter().enumerate() {
            model.session().set_value(variable, &reader.read(&format!("optimizer/{i}"))?)?;
        }
        for (path, memory) in model.weights().memories() {
            model.session().set_value(memory, &reader.read(&format!("memories/{path}"))?)?;
        }
        let metrics = (0..).map(|i| format!("metrics/{i}")).take_while(|name| reader.contains(name));
        let states = metrics.map(|name| reader.read(&name)).collect::<Result<_>>()?;
        model.session().set_draws(number("draws")?);
        run.resume = Some(Resume {
            epoch: number("epoch")? as usize,
            step: number("step")? as usize,
            visited: number("visited")? as usize,
            taken: number("taken")? as usize,
            epochs: number("epochs")? as usize,
            states,
        });
        Ok(())
    }
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("deleting", path, e)),
        _ => Ok(()),
    }
}

impl Callback for BackupAndRestore {
    fn on_train_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        if self.frequency == Frequency::Steps(0) {
            return Err(Error::value("BackupAndRestore: it saves after 0 steps").help("give at least 1"));
        }
        (self.steps, self.number) = (0, 0);
        let path = self.dir.join(STATE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(Error::io("reading", &path, e)),
        };
        let state = serde_json::from_str(&text)
            .map_err(|e| Error::format(format!("`{}` is damaged: {e}", path.display())))?;
        self.restore(run, &state).map_err(|e| e.context(format!("going on from `{}`", self.dir.display())))
    }
    fn on_batch_end(&mut self, run: &mut Run<'_>) -> Result<()> {
        self.steps += 1;
        match self.frequency {
            Frequency::Steps(n) if self.steps.is_multiple_of(n) => self.save(run, run.epoch(), run.step()),
            _ => Ok(()),
        }
    }
    fn on_epoch_end(&mut self, run: &mut Run<'_>, _logs: &Logs) -> Result<()> {
        if self.frequency == Frequency::Epoch { self.save(run, run.epoch() + 1, 0) } else { Ok(()) }
    }
    fn on_train_end(&mut self, _run: &mut Run<'_>) -> Result<()> {
        if !self.delete_checkpoint {
            return Ok(());
        }
        remove(&self.dir.join(STATE))?;
        (self.number.saturating_sub(2)..=self.number).try_for_each(|n| self.forget(n))
    }
}
