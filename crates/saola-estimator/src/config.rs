//! How an estimator runs: where it writes, and how often.

use std::path::PathBuf;

use saola_tensor::{Error, Result};

use crate::monitored::PATIENCE;

/// Settings of an estimator's runs, with the reference's defaults.
///
/// ```
/// use saola_estimator::RunConfig;
///
/// let config = RunConfig::new().save_checkpoints_steps(500).keep_checkpoint_max(3).seed(7);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RunConfig {
    pub(crate) model_dir: Option<PathBuf>,
    pub(crate) seed: u64,
    pub(crate) save_summary_steps: u64,
    pub(crate) checkpoints: Cadence,
    pub(crate) keep_checkpoint_max: usize,
    pub(crate) log_step_count_steps: u64,
    pub(crate) quiet: bool,
    pub(crate) session_creation_timeout_secs: f64,
    pub(crate) save_graph_def: bool,
    twice: bool,
}

/// How often something happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cadence {
    Never,
    Steps(u64),
    Seconds(f64),
}

impl Default for RunConfig {
    fn default() -> RunConfig {
        RunConfig {
            model_dir: None,
            seed: 0,
            save_summary_steps: 100,
            checkpoints: Cadence::Seconds(600.0),
            keep_checkpoint_max: 5,
            log_step_count_steps: 100,
            quiet: false,
            session_creation_timeout_secs: PATIENCE,
            save_graph_def: true,
            twice: false,
        }
    }
}

impl RunConfig {
    /// The defaults: a checkpoint every 600 seconds, a summary and a log line every 100 steps, five checkpoints kept.
    pub fn new() -> RunConfig {
        RunConfig::default()
    }

    /// The folder of checkpoints and events.
    pub fn model_dir(mut self, path: impl Into<PathBuf>) -> RunConfig {
        self.model_dir = Some(path.into());
        self
    }

    /// The seed of initial weights, dropout and any other random number; 0 by default.
    pub fn seed(mut self, seed: u64) -> RunConfig {
        self.seed = seed;
        self
    }

    /// For how many seconds a session that is lost again and again is made anew; 7200 by default.
    pub fn session_creation_timeout_secs(mut self, seconds: f64) -> RunConfig {
        self.session_creation_timeout_secs = seconds;
        self
    }

    /// How many steps lie between two summaries in the event file; 0 for none.
    pub fn save_summary_steps(mut self, steps: u64) -> RunConfig {
        self.save_summary_steps = steps;
        self
    }

    /// A checkpoint every so many steps, instead of by time.
    pub fn save_checkpoints_steps(mut self, steps: u64) -> RunConfig {
        self.twice |= matches!(self.checkpoints, Cadence::Seconds(s) if s != 600.0);
        self.checkpoints = Cadence::Steps(steps);
        self
    }

    /// A checkpoint every so many seconds.
    pub fn save_checkpoints_secs(mut self, seconds: f64) -> RunConfig {
        self.twice |= matches!(self.checkpoints, Cadence::Steps(_));
        self.checkpoints = Cadence::Seconds(seconds);
        self
    }

    /// No checkpoints at all.
    pub fn no_checkpoints(mut self) -> RunConfig {
        self.checkpoints = Cadence::Never;
        self
    }

    /// How many checkpoints are kept; 0 keeps all.
    pub fn keep_checkpoint_max(mut self, n: usize) -> RunConfig {
        self.keep_checkpoint_max = n;
        self
    }

    /// Whether the graph is written when training begins: as `graph.pbtxt`, and into the event file. It is by default,
    /// where checkpoints are.
    pub fn checkpoint_save_graph_def(mut self, save: bool) -> RunConfig {
        self.save_graph_def = save;
        self
    }

    /// How many steps lie between two log lines; 0 for none.
    pub fn log_step_count_steps(mut self, steps: u64) -> RunConfig {
        self.log_step_count_steps = steps;
        self
    }

    /// Writes no log lines.
    pub fn quiet(mut self) -> RunConfig {
        self.quiet = true;
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.twice {
            return Err(Error::value("both save_checkpoints_steps and save_checkpoints_secs are given")
                .help("give one of them"));
        }
        if matches!(self.checkpoints, Cadence::Steps(0)) {
            return Err(Error::value("save_checkpoints_steps is 0").help("use `no_checkpoints()` for none"));
        }
        Ok(())
    }
}
