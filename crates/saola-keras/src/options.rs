//! Options of training, evaluation and prediction, as values.

use std::collections::BTreeMap;

use saola_tensor::{Error, Result};

use crate::callbacks::Callback;
use crate::data::{Data, IntoData};

/// What is printed while a model works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbose {
    /// A progress bar on a terminal, a line per epoch elsewhere.
    #[default]
    Auto,
    /// Nothing. Keras's 0.
    Silent,
    /// A line per epoch. Keras's 2.
    Lines,
    /// As [`Verbose::Auto`]: a bar that is drawn over itself needs a terminal. Keras's 1.
    Bar,
}

/// How a model is trained.
///
/// ```
/// use saola_keras::Fit;
///
/// let fit = Fit::epochs(5).batch_size(128).validation_split(0.2).silent();
/// ```
#[must_use]
pub struct Fit<'a> {
    pub(crate) epochs: usize,
    pub(crate) initial_epoch: usize,
    pub(crate) batch_size: usize,
    pub(crate) verbose: Verbose,
    pub(crate) shuffle: bool,
    pub(crate) validation_split: Option<f64>,
    pub(crate) validation: Option<Result<Data>>,
    pub(crate) validation_batch_size: Option<usize>,
    pub(crate) validation_steps: Option<usize>,
    pub(crate) validation_freq: usize,
    pub(crate) validation_epochs: Vec<usize>,
    pub(crate) steps_per_epoch: Option<usize>,
    pub(crate) class_weight: BTreeMap<i64, f64>,
    pub(crate) check_numerics: bool,
    pub(crate) callbacks: Vec<Box<dyn Callback + 'a>>,
}

impl<'a> Fit<'a> {
    /// So many times over the data.
    pub fn epochs(epochs: usize) -> Fit<'a> {
        Fit {
            epochs,
            initial_epoch: 0,
            batch_size: 32,
            verbose: Verbose::Auto,
            shuffle: true,
            validation_split: None,
            validation: None,
            validation_batch_size: None,
            validation_steps: None,
            validation_freq: 1,
            validation_epochs: Vec::new(),
            steps_per_epoch: None,
            class_weight: BTreeMap::new(),
            check_numerics: false,
            callbacks: Vec::new(),
        }
    }

    /// How many examples a step takes; 32 by default. A dataset brings its own batches.
    pub fn batch_size(mut self, batch_size: usize) -> Fit<'a> {
        self.batch_size = batch_size;
        self
    }

    /// The number that the first epoch counts as; [`Fit::epochs`] is then the number of the last.
    pub fn initial_epoch(mut self, epoch: usize) -> Fit<'a> {
        self.initial_epoch = epoch;
        self
    }

    /// Whether arrays are visited in another order in each epoch; they are by default.
    pub fn shuffle(mut self, shuffle: bool) -> Fit<'a> {
        self.shuffle = shuffle;
        self
    }

    /// Keeps the last `fraction` of the arrays back and evaluates on it after each epoch.
    pub fn validation_split(mut self, fraction: f64) -> Fit<'a> {
        self.validation_split = Some(fraction);
        self
    }

    /// Evaluates on `data` after each epoch.
    pub fn validation(mut self, data: impl IntoData) -> Fit<'a> {
        self.validation = Some(data.into_data());
        self
    }

    /// How many examples a step of the evaluation takes; as in training by default.
    pub fn validation_batch_size(mut self, batch_size: usize) -> Fit<'a> {
        self.validation_batch_size = Some(batch_size);
        self
    }

    /// How many steps an evaluation takes; by default as many as there are batches.
    pub fn validation_steps(mut self, steps: usize) -> Fit<'a> {
        self.validation_steps = Some(steps);
        self
    }

    /// Evaluates only after every so many epochs; after each by default.
    pub fn validation_freq(mut self, every: usize) -> Fit<'a> {
        self.validation_freq = every;
        self
    }

    /// Evaluates only after these epochs, counted from 1. Keras's list as `validation_freq`.
    pub fn validation_epochs(mut self, epochs: impl Into<Vec<usize>>) -> Fit<'a> {
        self.validation_epochs = epochs.into();
        self
    }

    /// What an example counts in the loss, by its class; 1 where a class is not named.
    pub fn class_weight(mut self, weights: impl IntoIterator<Item = (i64, f64)>) -> Fit<'a> {
        self.class_weight.extend(weights);
        self
    }

    /// How many steps make an epoch; by default as many as there are batches.
    pub fn steps_per_epoch(mut self, steps: usize) -> Fit<'a> {
        self.steps_per_epoch = Some(steps);
        self
    }

    /// Also this callback; lend it with `&mut` to read it afterwards.
    pub fn callback(mut self, callback: impl Callback + 'a) -> Fit<'a> {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// Ends training with an error at the first operation of a step that makes a NaN or an infinity, which names the
    /// operation, its layer and your line. Such steps are slower, as every operation stands alone.
    pub fn check_numerics(mut self) -> Fit<'a> {
        self.check_numerics = true;
        self
    }

    /// What is printed.
    pub fn verbose(mut self, verbose: Verbose) -> Fit<'a> {
        self.verbose = verbose;
        self
    }

    /// Prints nothing.
    pub fn silent(self) -> Fit<'a> {
        self.verbose(Verbose::Silent)
    }

    /// Options that cannot be, all at once.
    pub(crate) fn check(&self) -> Result<()> {
        let mut wrong = Vec::new();
        if self.batch_size == 0 || self.validation_batch_size == Some(0) {
            wrong.push("a batch size is 0".to_string());
        }
        if self.epochs < self.initial_epoch {
            wrong.push(format!("epochs is {}, before initial_epoch {}", self.epochs, self.initial_epoch));
        }
        if self.steps_per_epoch == Some(0) || self.validation_steps == Some(0) {
            wrong.push("steps_per_epoch or validation_steps is 0".into());
        }
        if self.validation_freq == 0 || self.validation_epochs.contains(&0) {
            wrong.push("validation_freq is 0, or epoch 0 is to be followed by an evaluation".into());
        }
        if self.class_weight.values().any(|w| !(w.is_finite() && *w >= 0.0)) {
            wrong.push("a class weight is negative or not a number".into());
        }
        if self.validation_split.is_some() && self.validation.is_some() {
            wrong.push("both validation data and a validation split are given".into());
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => {
                Err(Error::value(format!("fit: {}", wrong.join("; "))).help("correct the options of `Fit`"))
            }
        }
    }
}

/// How a model is evaluated.
#[must_use]
pub struct Evaluate<'a> {
    pub(crate) batch_size: usize,
    pub(crate) steps: Option<usize>,
    pub(crate) verbose: Verbose,
    pub(crate) callbacks: Vec<Box<dyn Callback + 'a>>,
}

impl Default for Evaluate<'_> {
    fn default() -> Self {
        Evaluate { batch_size: 32, steps: None, verbose: Verbose::Auto, callbacks: Vec::new() }
    }
}

impl<'a> Evaluate<'a> {
    /// In batches of 32.
    pub fn new() -> Evaluate<'a> {
        Evaluate::default()
    }

    /// In batches of this size.
    pub fn batch_size(batch_size: usize) -> Evaluate<'a> {
        Evaluate { batch_size, ..Evaluate::default() }
    }

    /// Only so many batches.
    pub fn steps(mut self, steps: usize) -> Evaluate<'a> {
        self.steps = Some(steps);
        self
    }

    /// Also this callback, of which the hooks of evaluations are called.
    pub fn callback(mut self, callback: impl Callback + 'a) -> Evaluate<'a> {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// What is printed.
    pub fn verbose(mut self, verbose: Verbose) -> Evaluate<'a> {
        self.verbose = verbose;
        self
    }

    /// Prints nothing.
    pub fn silent(self) -> Evaluate<'a> {
        self.verbose(Verbose::Silent)
    }
}

/// How a model predicts.
#[must_use]
pub struct Predict<'a> {
    pub(crate) batch_size: usize,
    pub(crate) steps: Option<usize>,
    pub(crate) callbacks: Vec<Box<dyn Callback + 'a>>,
}

impl Default for Predict<'_> {
    fn default() -> Self {
        Predict { batch_size: 32, steps: None, callbacks: Vec::new() }
    }
}

impl<'a> Predict<'a> {
    /// In batches of 32.
    pub fn new() -> Predict<'a> {
        Predict::default()
    }

    /// In batches of this size.
    pub fn batch_size(batch_size: usize) -> Predict<'a> {
        Predict { batch_size, ..Predict::default() }
    }

    /// Only so many batches.
    pub fn steps(mut self, steps: usize) -> Predict<'a> {
        self.steps = Some(steps);
        self
    }

    /// Also this callback, of which the hooks of predictions are called.
    pub fn callback(mut self, callback: impl Callback + 'a) -> Predict<'a> {
        self.callbacks.push(Box::new(callback));
        self
    }
}
