//! Early stopping: training ends by what evaluations found.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use saola_io::EventReader;
use saola_tensor::{Error, Result, suggest};

use super::{Hook, SecondOrStepTimer, StepContext, StepValues};
use crate::Estimator;

/// Ends training when a question about the evaluations so far is answered with yes. Evaluations are read from the event
/// files that [`Estimator::evaluate`] writes, so that they may come from another process. The question is put at the first
/// step and then every 60 seconds, unless the cadence is set. The reference's `make_early_stopping_hook`.
///
/// ```
/// use saola_estimator::hooks::EarlyStoppingHook;
/// # use saola_estimator::{BaselineClassifier, Train};
/// # fn main() -> saola_tensor::Result<()> {
/// # let estimator = BaselineClassifier::new().build()?;
/// let patience = EarlyStoppingHook::stop_if_no_decrease(&estimator, "loss", 1000).run_every_steps(100);
/// let train = Train::max_steps(100_000).hook(patience);
/// # Ok(())
/// # }
/// ```
pub struct EarlyStoppingHook<'a> {
    question: Question<'a>,
    eval_dir: PathBuf,
    min_steps: i64,
    timer: SecondOrStepTimer,
}

enum Question<'a> {
    Users(Box<dyn FnMut() -> Result<bool> + 'a>),
    Beyond { metric: String, threshold: f64, higher: bool },
    NoBetter { metric: String, steps: i64, higher: bool },
}

impl<'a> EarlyStoppingHook<'a> {
    fn new(estimator: &Estimator, question: Question<'a>) -> EarlyStoppingHook<'a> {
        EarlyStoppingHook {
            question,
            eval_dir: estimator.eval_dir(None),
            min_steps: 0,
            timer: SecondOrStepTimer::every_secs(60.0),
        }
    }

    /// Ends training when `should_stop` says so.
    pub fn stop_if(
        estimator: &Estimator,
        should_stop: impl FnMut() -> Result<bool> + 'a,
    ) -> EarlyStoppingHook<'a> {
        EarlyStoppingHook::new(estimator, Question::Users(Box::new(should_stop)))
    }

    /// Ends training once an evaluation found a `metric` above `threshold`. The reference's `stop_if_higher_hook`.
    pub fn stop_if_higher(estimator: &Estimator, metric: &str, threshold: f64) -> EarlyStoppingHook<'a> {
        let metric = metric.to_string();
        EarlyStoppingHook::new(estimator, Question::Beyond { metric, threshold, higher: true })
    }

    /// Ends training once an evaluation found a `metric` below `threshold`. The reference's `stop_if_lower_hook`.
    pub fn stop_if_lower(estimator: &Estimator, metric: &str, threshold: f64) -> EarlyStoppingHook<'a> {
        let metric = metric.to_string();
        EarlyStoppingHook::new(estimator, Question::Beyond { metric, threshold, higher: false })
    }

    /// Ends training when the evaluations of so many steps found no `metric` above the best one. The reference's
    /// `stop_if_no_increase_hook`.
    pub fn stop_if_no_increase(estimator: &Estimator, metric: &str, steps: u64) -> EarlyStoppingHook<'a> {
        let metric = metric.to_string();
        EarlyStoppingHook::new(estimator, Question::NoBetter { metric, steps: steps as i64, higher: true })
    }

    /// Ends training when the evaluations of so many steps found no `metric` below the best one. The reference's
    /// `stop_if_no_decrease_hook`.
    pub fn stop_if_no_decrease(estimator: &Estimator, metric: &str, steps: u64) -> EarlyStoppingHook<'a> {
        let metric = metric.to_string();
        EarlyStoppingHook::new(estimator, Question::NoBetter { metric, steps: steps as i64, higher: false })
    }

    /// The evaluations of another folder than the estimator's `eval`.
    #[must_use]
    pub fn eval_dir(mut self, folder: impl Into<PathBuf>) -> EarlyStoppingHook<'a> {
        self.eval_dir = folder.into();
        self
    }

    /// Evaluations of checkpoints before this step do not count.
    #[must_use]
    pub fn min_steps(mut self, steps: u64) -> EarlyStoppingHook<'a> {
        self.min_steps = steps as i64;
        self
    }

    /// Asks every so many seconds.
    #[must_use]
    pub fn run_every_secs(mut self, seconds: f64) -> EarlyStoppingHook<'a> {
        self.timer = SecondOrStepTimer::every_secs(seconds);
        self
    }

    /// Asks every so many steps.
    #[must_use]
    pub fn run_every_steps(mut self, steps: u64) -> EarlyStoppingHook<'a> {
        self.timer = SecondOrStepTimer::every_steps(steps);
        self
    }

    fn should_stop(&mut self) -> Result<bool> {
        let (metric, higher) = match &mut self.question {
            Question::Users(ask) => return ask(),
            Question::Beyond { metric, higher, .. } | Question::NoBetter { metric, higher, .. } => {
                (metric, *higher)
            }
        };
        let mut found = Vec::new();
        for (step, metrics) in read_eval_metrics(&self.eval_dir)? {
            if step >= self.min_steps {
                found.push((step, *metrics.get(metric.as_str()).ok_or_else(|| unknown(metric, &metrics))?));
            }
        }
        let better = |a: f64, b: f64| if higher { a > b } else { a < b };
        Ok(match &self.question {
            Question::Beyond { threshold, .. } => found.iter().any(|f| better(f.1, *threshold)),
            Question::NoBetter { steps, .. } => {
                let mut best: Option<(i64, f64)> = None;
                found.iter().any(|&(step, value)| {
                    let now = best.filter(|b| !better(value, b.1)).unwrap_or((step, value));
                    best = Some(now);
                    step - now.0 >= *steps
                })
            }
            Question::Users(_) => false,
        })
    }
}

fn unknown(metric: &str, metrics: &BTreeMap<String, f64>) -> Error {
    let names: Vec<&str> = metrics.keys().map(String::as_str).collect();
    let near =
        suggest(metric, names.iter().copied()).map_or(String::new(), |n| format!("did you mean `{n}`? "));
    Error::not_found(format!("no evaluation has a metric `{metric}`"))
        .help(format!("{near}there are {}", names.join(", ")))
}

/// The metrics of all evaluations in `eval_dir`, by global step; none where the folder is not there yet. Of several
/// evaluations of one step the last counts. The reference's `read_eval_metrics`.
///
/// # Errors
/// Files that cannot be read or are damaged.
pub fn read_eval_metrics(eval_dir: impl AsRef<Path>) -> Result<BTreeMap<i64, BTreeMap<String, f64>>> {
    let folder = eval_dir.as_ref();
    let mut all: BTreeMap<i64, BTreeMap<String, f64>> = BTreeMap::new();
    if !folder.exists() {
        return Ok(all);
    }
    let reading = |e| Error::io("reading", folder, e);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(reading)? {
        let path = entry.map_err(reading)?.path();
        if path.file_name().is_some_and(|n| n.to_string_lossy().contains(".tfevents.")) {
            files.push(path);
        }
    }
    // Their names begin with the time.
    files.sort();
    for path in files {
        for scalar in EventReader::open(path)?.scalars()? {
            all.entry(scalar.step).or_default().insert(scalar.tag, scalar.value);
        }
    }
    Ok(all)
}

impl Hook for EarlyStoppingHook<'_> {
    fn after_run(&mut self, cx: &mut StepContext<'_>, _values: &StepValues) -> Result<()> {
        if self.timer.triggers(cx.global_step()) && self.should_stop()? {
            cx.request_stop();
        }
        Ok(())
    }
}
