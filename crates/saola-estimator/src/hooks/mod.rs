//! Hooks: what happens around each step of training, one file each.

mod checkpoint_saver;
mod early_stopping;
mod events;
mod feed_fn;
mod final_ops;
mod graph_saver;
mod in_memory_evaluator;
mod logging;
mod nan;
mod profiler;
mod step_counter;
mod stop_at_step;
mod stop_when_done;
mod stop_when_steady;
mod summary_saver;
mod timer;

pub use checkpoint_saver::{CheckpointSaverHook, CheckpointSaverListener};
pub use early_stopping::{EarlyStoppingHook, read_eval_metrics};
pub(crate) use events::Events;
pub use feed_fn::FeedFnHook;
pub use final_ops::FinalOpsHook;
pub(crate) use graph_saver::GraphSaver;
pub use in_memory_evaluator::InMemoryEvaluatorHook;
pub use logging::LoggingHook;
pub use nan::NanHook;
pub use profiler::ProfilerHook;
pub(crate) use step_counter::StepCounter;
pub use stop_at_step::StopAtStepHook;
pub(crate) use stop_when_done::StopWhenDone;
pub(crate) use stop_when_steady::StopWhenSteady;
pub(crate) use summary_saver::SummarySaver;
pub use timer::SecondOrStepTimer;

use indexmap::IndexMap;
use saola_graph::Symbol;
use saola_runtime::{Session, Trace};
use saola_tensor::{Result, Tensor};

/// Something that happens around each step of training. Every method does nothing by default; an error ends training
/// and is what `train` returns. [`Hook::end`] is not called after an error.
///
/// ```
/// use saola_estimator::{Hook, StepContext, StepValues};
/// use saola_tensor::Result;
///
/// /// Stops once the loss is small.
/// struct StopBelow(f32);
///
/// impl Hook for StopBelow {
///     fn after_run(&mut self, cx: &mut StepContext<'_>, values: &StepValues) -> Result<()> {
///         if values.loss < self.0 {
///             cx.request_stop();
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Hook {
    /// Once, when variables have their values: restored or initial.
    ///
    /// # Errors
    /// Whatever the hook finds wrong.
    fn begin(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
        Ok(())
    }

    /// When a session was made and variables have their values: after [`Hook::begin`], and again each time a session that
    /// was lost is made anew.
    ///
    /// # Errors
    /// Whatever the hook finds wrong.
    fn after_create_session(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
        Ok(())
    }

    /// Before each step: symbols that are to be computed in it as well.
    ///
    /// # Errors
    /// Whatever the hook finds wrong.
    fn before_run(&mut self, _cx: &mut StepContext<'_>) -> Result<Vec<Symbol>> {
        Ok(Vec::new())
    }

    /// After each step.
    ///
    /// # Errors
    /// Whatever the hook finds wrong.
    fn after_run(&mut self, _cx: &mut StepContext<'_>, _values: &StepValues) -> Result<()> {
        Ok(())
    }

    /// Once, after the last step of training that ended well.
    ///
    /// # Errors
    /// Whatever the hook finds wrong.
    fn end(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
        Ok(())
    }
}

impl<H: Hook + ?Sized> Hook for &mut H {
    fn begin(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        (**self).begin(cx)
    }
    fn after_create_session(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        (**self).after_create_session(cx)
    }
    fn before_run(&mut self, cx: &mut StepContext<'_>) -> Result<Vec<Symbol>> {
        (**self).before_run(cx)
    }
    fn after_run(&mut self, cx: &mut StepContext<'_>, values: &StepValues) -> Result<()> {
        (**self).after_run(cx, values)
    }
    fn end(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        (**self).end(cx)
    }
}

/// Where training is, and a way to end it.
pub struct StepContext<'a> {
    pub(crate) session: &'a Session,
    pub(crate) saved: &'a [Symbol],
    pub(crate) training_values: &'a IndexMap<String, Symbol>,
    pub(crate) global_step: i64,
    pub(crate) last_step: Option<i64>,
    pub(crate) stop: bool,
    pub(crate) has_loss: bool,
    /// What hooks feed to the next step.
    pub(crate) fed: Vec<(Symbol, Tensor)>,
    /// What looks on during the next step.
    pub(crate) trace: Option<Trace>,
}

impl StepContext<'_> {
    /// How many steps of training there have been, over all calls of `train`.
    pub fn global_step(&self) -> i64 {
        self.global_step
    }

    /// The global step at which training is to end, if it is to end at one.
    pub fn last_step(&self) -> Option<i64> {
        self.last_step
    }

    /// The session that training runs in.
    pub fn session(&self) -> &Session {
        self.session
    }

    /// The numbers of a step that the model function named, such as an accuracy.
    pub fn training_values(&self) -> &IndexMap<String, Symbol> {
        self.training_values
    }

    /// The variables that checkpoints hold.
    pub fn saved(&self) -> &[Symbol] {
        self.saved
    }

    /// Feeds `symbol` in the next step; to be called in [`Hook::before_run`]. What is fed twice is an error of the step.
    pub fn feed(&mut self, symbol: &Symbol, value: impl Into<Tensor>) {
        self.fed.push((symbol.clone(), value.into()));
    }

    /// Lets `trace` look on during the next step; to be called in [`Hook::before_run`].
    pub fn trace(&mut self, trace: &Trace) {
        self.trace = Some(trace.clone());
    }

    /// Ends training after this step.
    pub fn request_stop(&mut self) {
        self.stop = true;
    }
}

/// What a step gave.
#[derive(Clone, Debug)]
pub struct StepValues {
    /// The loss; NaN in a session that was not told of one.
    pub loss: f32,
    /// What the hook asked for in [`Hook::before_run`], in its order.
    pub fetched: Vec<Tensor>,
}
