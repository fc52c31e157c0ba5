//! Options of `train`, `evaluate` and `predict`, as values.

use std::path::PathBuf;

use saola_tensor::{Error, Result};

use crate::hooks::{CheckpointSaverListener, Hook};

/// How long to train, and what happens beside.
///
/// ```
/// use saola_estimator::Train;
///
/// let until_the_data_ends = Train::new();
/// let a_thousand_more = Train::steps(1000);
/// let up_to_step_5000 = Train::max_steps(5000);
/// ```
#[must_use]
#[derive(Default)]
pub struct Train<'a> {
    pub(crate) steps: Option<u64>,
    pub(crate) max_steps: Option<u64>,
    pub(crate) check_numerics: bool,
    pub(crate) hooks: Vec<Box<dyn Hook + 'a>>,
    pub(crate) listeners: Vec<Box<dyn CheckpointSaverListener + 'a>>,
}

impl<'a> Train<'a> {
    /// Until the input ends.
    pub fn new() -> Train<'a> {
        Train::default()
    }

    /// So many steps more than there were, or until the input ends.
    pub fn steps(steps: u64) -> Train<'a> {
        Train { steps: Some(steps), ..Train::default() }
    }

    /// Until the global step is `max_steps`, or until the input ends. Nothing happens where it already is.
    pub fn max_steps(max_steps: u64) -> Train<'a> {
        Train { max_steps: Some(max_steps), ..Train::default() }
    }

    /// Ends training with an error at the first operation of a step that makes a NaN or an infinity, which names the
    /// operation, its layer and its line. Such steps are slower, as every operation stands alone.
    pub fn check_numerics(mut self) -> Train<'a> {
        self.check_numerics = true;
        self
    }

    /// Also this hook; lend it with `&mut` to read it afterwards.
    pub fn hook(mut self, hook: impl Hook + 'a) -> Train<'a> {
        self.hooks.push(Box::new(hook));
        self
    }

    /// Also this listener to the estimator's checkpoints; lend it with `&mut` to read it afterwards.
    pub fn saving_listener(mut self, listener: impl CheckpointSaverListener + 'a) -> Train<'a> {
        self.listeners.push(Box::new(listener));
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        match (self.steps, self.max_steps) {
            (Some(0), _) => Err(Error::value("steps is 0").help("train for at least one step")),
            (_, Some(0)) => Err(Error::value("max_steps is 0").help("train to step 1 at least")),
            _ => Ok(()),
        }
    }
}

/// How to evaluate.
#[must_use]
#[derive(Clone, Debug, Default)]
pub struct Evaluate {
    pub(crate) steps: Option<u64>,
    pub(crate) name: Option<String>,
    pub(crate) checkpoint: Option<PathBuf>,
}

impl Evaluate {
    /// On all of the input.
    pub fn new() -> Evaluate {
        Evaluate::default()
    }

    /// On so many batches at most.
    pub fn steps(mut self, steps: u64) -> Evaluate {
        self.steps = Some(steps);
        self
    }

    /// Writes events to `eval_<name>` instead of `eval`.
    pub fn name(mut self, name: impl Into<String>) -> Evaluate {
        self.name = Some(name.into());
        self
    }

    /// With another checkpoint than the latest.
    pub fn checkpoint(mut self, prefix: impl Into<PathBuf>) -> Evaluate {
        self.checkpoint = Some(prefix.into());
        self
    }
}

/// How to predict.
#[must_use]
#[derive(Clone, Debug, Default)]
pub struct Predict {
    pub(crate) keys: Option<Vec<String>>,
    pub(crate) checkpoint: Option<PathBuf>,
}

impl Predict {
    /// All that the model predicts.
    pub fn new() -> Predict {
        Predict::default()
    }

    /// Only the predictions of these names.
    pub fn keys<S: Into<String>>(mut self, keys: impl IntoIterator<Item = S>) -> Predict {
        self.keys = Some(keys.into_iter().map(Into::into).collect());
        self
    }

    /// With another checkpoint than the latest.
    pub fn checkpoint(mut self, prefix: impl Into<PathBuf>) -> Predict {
        self.checkpoint = Some(prefix.into());
        self
    }
}
