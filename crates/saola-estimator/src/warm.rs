//! Graphs, plans and weights that stay between the calls of an estimator.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use saola_graph::Symbol;
use saola_runtime::Session;
use saola_tensor::{Error, Result};

use crate::Estimator;
use crate::estimator::Built;
use crate::features::Batch;
use crate::model_fn::Mode;
use crate::restore::{name, restore};

/// How many graphs are kept: to evaluate and to predict, for two kinds of input each.
const KEPT: usize = 4;

/// What is kept, the last used at the end. A graph in use is not among them, so that two calls at once never share the
/// state of metrics.
#[derive(Default)]
pub(crate) struct Warm(Mutex<Vec<Kept>>);

/// A graph that was built, with the weights of a checkpoint in its session.
pub(crate) struct Kept {
    pub(crate) built: Built,
    mode: Mode,
    weights: Option<Stamp>,
}

/// A checkpoint as it was when it was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stamp {
    prefix: PathBuf,
    modified: SystemTime,
    size: u64,
}

/// Where weights come from.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// A checkpoint, or the initial ones.
    Checkpoint(Option<&'a Path>),
    /// The variables of a session.
    Session(&'a Session, &'a [Symbol]),
}

impl Stamp {
    /// The stamp of weights that no checkpoint has.
    fn of_none() -> Stamp {
        Stamp { prefix: PathBuf::new(), modified: SystemTime::UNIX_EPOCH, size: 0 }
    }

    pub(crate) fn of(prefix: &Path) -> Result<Stamp> {
        let mut index = prefix.as_os_str().to_os_string();
        index.push(".index");
        let found = std::fs::metadata(&index).and_then(|m| Ok((m.modified()?, m.len())));
        let (modified, size) = found.map_err(|e| Error::io("reading", Path::new(&index), e))?;
        Ok(Stamp { prefix: prefix.to_path_buf(), modified, size })
    }
}

/// Gives `variables` the values that those of the same names have in `other`.
fn copy(session: &Session, variables: &[Symbol], other: &Session, others: &[Symbol]) -> Result<()> {
    for variable in variables {
        let same = others.iter().find(|o| name(o) == name(variable)).ok_or_else(|| {
            Error::not_found(format!("training has no variable `{}`, which is evaluated", name(variable)))
                .help("the model function must make the same variables in every mode")
        })?;
        session.set_value(variable, &other.value(same)?)?;
    }
    Ok(())
}

impl Warm {
    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        // What a thread that panicked has taken out is gone; what is in here is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The graph of `mode` for batches like `batch`, with the weights of `source`. It is built, and a checkpoint is read,
    /// unless that is so already. Give it back for the next call.
    pub(crate) fn take(
        &self,
        estimator: &Estimator,
        mode: Mode,
        batch: &Batch,
        source: Source<'_>,
    ) -> Result<Kept> {
        let weights = match source {
            Source::Checkpoint(checkpoint) => checkpoint.map(Stamp::of).transpose()?,
            Source::Session(..) => Some(Stamp::of_none()),
        };
        // A session whose weights were read has no initial ones any more.
        let fits = |k: &Kept| {
            k.mode == mode && k.built.inputs.accept(batch) && (weights.is_some() || k.weights.is_none())
        };
        let found = {
            let mut kept = self.kept();
            let same = kept.iter().position(|k| fits(k) && k.weights == weights);
            same.or_else(|| kept.iter().position(fits)).map(|i| kept.remove(i))
        };
        let mut taken = match found {
            Some(taken) => taken,
            None => Kept { built: estimator.build(mode, batch)?, mode, weights: None },
        };
        let Built { session, saved, .. } = &taken.built;
        match source {
            Source::Checkpoint(Some(prefix)) if taken.weights != weights => {
                estimator.check_fingerprint()?;
                restore(session, saved, prefix)?;
            }
            Source::Checkpoint(_) => {}
            Source::Session(other, variables) => copy(session, saved, other, variables)?,
        }
        taken.weights = weights;
        Ok(taken)
    }

    /// Keeps a graph after a call that ended well.
    pub(crate) fn give(&self, used: Kept) {
        let mut kept = self.kept();
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push(used);
    }
}
