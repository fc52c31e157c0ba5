//! `MonitoredSession`.

use std::time::{Duration, Instant};

use indexmap::IndexMap;
use saola_graph::{Symbol, Variable, variables};
use saola_runtime::{Feeds, Fetch, RunOptions, Session};
use saola_tensor::{Error, ErrorKind, Result, Tensor};

use super::Scaffold;
use crate::evaluate::number;
use crate::hooks::{Hook, StepContext, StepValues};
use crate::restore::name;

/// For how many seconds a lost session is tried to be made anew: the reference's default.
pub(crate) const PATIENCE: f64 = 7200.0;
/// The longest pause between two of these tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A session with hooks around each step, which is made anew when it is lost: the reference's `MonitoredSession`.
///
/// A step that ends with an error of [`ErrorKind::Unavailable`], its own or a hook's, makes a new session with the values
/// of the latest checkpoint, and is run again; so is the making of it. Any other error ends the session without
/// [`Hook::end`]. [`MonitoredTrainingSession`](super::MonitoredTrainingSession) adds hooks that write.
///
/// ```
/// use saola_estimator::MonitoredSession;
/// use saola_estimator::hooks::StopAtStepHook;
/// use saola_graph::{Variable, constant};
/// use saola_runtime::feed;
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let step = Variable::new("global_step", 0i64).trainable(false).symbol();
/// let train = step.assign_add(&constant(Tensor::scalar(1i64)));
/// let mut session = MonitoredSession::builder([&train]).hook(StopAtStepHook::last_step(10)).create()?;
/// while !session.should_stop() {
///     session.run(&train, feed![])?;
/// }
/// assert_eq!(session.global_step(), 10);
/// session.close()?;
/// # Ok(())
/// # }
/// ```
pub struct MonitoredSession<'h> {
    session: Session,
    parts: Parts<'h>,
    step: i64,
    last_step: Option<i64>,
    stop: bool,
    failed: bool,
    /// How often the session was made anew since the last step that went well, and since when it is.
    tries: u32,
    lost: Instant,
}

/// What a monitored session is made of.
pub(crate) struct Parts<'h> {
    pub(crate) scaffold: Scaffold,
    pub(crate) seed: u64,
    pub(crate) saved: Vec<Symbol>,
    pub(crate) global_step: Symbol,
    pub(crate) loss: Option<Symbol>,
    pub(crate) values: IndexMap<String, Symbol>,
    pub(crate) hooks: Vec<Box<dyn Hook + 'h>>,
    pub(crate) options: RunOptions,
    pub(crate) recover: bool,
    /// For how many seconds a lost session is tried to be made anew.
    pub(crate) patience: f64,
}

/// Settings of a [`MonitoredSession`].
#[must_use]
pub struct MonitoredSessionBuilder<'h>(Parts<'h>);

impl<'h> Parts<'h> {
    /// For the variables behind `roots`. The global step is the one called `global_step`.
    pub(crate) fn of<'a>(roots: impl IntoIterator<Item = &'a Symbol>) -> Parts<'h> {
        let mut saved = variables(roots);
        let global_step = match saved.iter().find(|s| name(s) == "global_step") {
            Some(found) => found.clone(),
            None => {
                let own = Variable::new("global_step", 0i64).trainable(false).symbol();
                saved.push(own.clone());
                own
            }
        };
        Parts {
            scaffold: Scaffold::new(),
            seed: 0,
            saved,
            global_step,
            loss: None,
            values: IndexMap::new(),
            hooks: Vec::new(),
            options: RunOptions::training(),
            recover: true,
            patience: PATIENCE,
        }
    }
}

impl<'h> MonitoredSessionBuilder<'h> {
    /// What happens when a session is made.
    pub fn scaffold(mut self, scaffold: Scaffold) -> MonitoredSessionBuilder<'h> {
        self.0.scaffold = scaffold.or(self.0.scaffold);
        self
    }

    /// The folder whose latest checkpoint a session begins with.
    pub fn checkpoint_dir(mut self, folder: impl Into<std::path::PathBuf>) -> MonitoredSessionBuilder<'h> {
        self.0.scaffold.folder = Some(folder.into());
        self
    }

    /// Also this hook; lend it with `&mut` to read it afterwards.
    pub fn hook(mut self, hook: impl Hook + 'h) -> MonitoredSessionBuilder<'h> {
        self.0.hooks.push(Box::new(hook));
        self
    }

    /// Returns every error instead of making a lost session anew: the reference's `SingularMonitoredSession`.
    pub fn singular(mut self) -> MonitoredSessionBuilder<'h> {
        self.0.recover = false;
        self
    }

    /// For how many seconds a session that is lost again and again is made anew; 7200 by default.
    pub fn session_creation_timeout_secs(mut self, seconds: f64) -> MonitoredSessionBuilder<'h> {
        self.0.patience = seconds;
        self
    }

    /// The seed of initial values and random numbers; 0 by default.
    pub fn seed(mut self, seed: u64) -> MonitoredSessionBuilder<'h> {
        self.0.seed = seed;
        self
    }

    /// How steps are run; as steps of training by default.
    pub fn options(mut self, options: RunOptions) -> MonitoredSessionBuilder<'h> {
        self.0.options = options;
        self
    }

    /// The session, with its variables' values and its hooks begun.
    ///
    /// # Errors
    /// A checkpoint that does not fit, or what the scaffold or a hook refuses.
    pub fn create(self) -> Result<MonitoredSession<'h>> {
        MonitoredSession::create(self.0)
    }
}

impl<'h> MonitoredSession<'h> {
    /// Settings of a session for the variables behind `roots`: the train op, the loss, whatever is run. The global step
    /// is the variable called `global_step`; where there is none it stays 0.
    pub fn builder<'a>(roots: impl IntoIterator<Item = &'a Symbol>) -> MonitoredSessionBuilder<'h> {
        MonitoredSessionBuilder(Parts::of(roots))
    }

    pub(crate) fn create(parts: Parts<'h>) -> Result<MonitoredSession<'h>> {
        let mut monitored = MonitoredSession {
            session: Session::with_seed(parts.seed),
            parts,
            step: 0,
            last_step: None,
            stop: false,
            failed: false,
            tries: 0,
            lost: Instant::now(),
        };
        monitored.renew()?;
        monitored.each(|hook, cx| hook.begin(cx))?;
        monitored.each(|hook, cx| hook.after_create_session(cx))?;
        Ok(monitored)
    }

    /// Whether a hook has asked to stop.
    pub fn should_stop(&self) -> bool {
        self.stop || self.failed
    }

    /// How many steps of training there have been.
    pub fn global_step(&self) -> i64 {
        self.step
    }

    /// The session itself. Runs of it know no hooks; it changes when the session is made anew.
    pub fn raw_session(&self) -> &Session {
        &self.session
    }

    /// One step: what `fetches` asks for, with hooks around it.
    ///
    /// # Errors
    /// As [`Session::run`]; what a hook refuses, or feeds twice; a session that was to stop. After an error the session is
    /// over.
    pub fn run<F: Fetch>(&mut self, fetches: F, feeds: Feeds<'_>) -> Result<F::Output> {
        if self.should_stop() {
            return Err(Error::state("the session has stopped").help("ask `should_stop` before each step"));
        }
        self.run_until_told(&fetches, &feeds).inspect_err(|_| self.failed = true)
    }

    /// Runs the step until it and all hooks went well, in new sessions where one is lost.
    fn run_until_told<F: Fetch>(&mut self, fetches: &F, feeds: &Feeds<'_>) -> Result<F::Output> {
        loop {
            let (output, told) = match self.compute(fetches, feeds) {
                Ok(computed) => computed,
                Err(error) => {
                    self.recover(error)?;
                    continue;
                }
            };
            let mut from = 0;
            loop {
                let Err((hook, error)) = self.tell(&told, from) else {
                    self.tries = 0;
                    return Ok(output);
                };
                self.recover(error)?;
                // What is in the checkpoint already is not trained again: the hooks are told the rest.
                if self.step < told.step {
                    break;
                }
                from = hook;
            }
        }
    }

    /// Ends the hooks. After an error there is nothing to end.
    ///
    /// # Errors
    /// What a hook refuses.
    pub fn close(mut self) -> Result<()> {
        if self.failed {
            return Ok(());
        }
        self.each(|hook, cx| hook.end(cx))
    }

    /// A new session with its variables' values.
    fn renew(&mut self) -> Result<()> {
        let Parts { scaffold, seed, saved, global_step, .. } = &self.parts;
        self.session = scaffold.session(*seed, saved)?;
        self.step = self.session.value(global_step)?.item::<i64>()?;
        // Random numbers are those of the step, however often training was interrupted.
        self.session.set_draws(self.step as u64);
        Ok(())
    }

    /// A new session for one that was lost, or else the error.
    fn recover(&mut self, mut error: Error) -> Result<()> {
        loop {
            if !self.parts.recover || error.kind() != ErrorKind::Unavailable {
                return Err(error);
            }
            if self.tries == 0 {
                self.lost = Instant::now();
            } else if self.lost.elapsed().as_secs_f64() >= self.parts.patience {
                return Err(error.context(format!("in each of {} new sessions", self.tries)));
            } else {
                let pause = Duration::from_millis(5) * (1 << self.tries.min(10));
                std::thread::sleep(pause.min(LONGEST_PAUSE));
            }
            self.tries += 1;
            let renewed = self.renew().and_then(|()| self.each(|hook, cx| hook.after_create_session(cx)));
            match renewed {
                Ok(()) => return Ok(()),
                Err(again) => error = again,
            }
        }
    }

    /// Calls `act` on each hook.
    fn each(
        &mut self,
        mut act: impl FnMut(&mut Box<dyn Hook + 'h>, &mut StepContext<'_>) -> Result<()>,
    ) -> Result<()> {
        let (hooks, mut cx) = self.context();
        let done = hooks.iter_mut().try_for_each(|hook| act(hook, &mut cx));
        (self.last_step, self.stop) = (cx.last_step, cx.stop);
        done
    }

    /// One step in this session, of which the hooks are still to be told.
    fn compute<F: Fetch>(&mut self, fetches: &F, feeds: &Feeds<'_>) -> Result<(F::Output, Told)> {
        let mut extra: Vec<Symbol> = Vec::new();
        let mut counts = Vec::with_capacity(self.parts.hooks.len());
        let (hooks, mut cx) = self.context();
        for hook in hooks.iter_mut() {
            let wanted = hook.before_run(&mut cx)?;
            counts.push(wanted.len());
            extra.extend(wanted);
        }
        let (fed, trace, last_step, stop) = (cx.fed, cx.trace, cx.last_step, cx.stop);
        (self.last_step, self.stop) = (last_step, stop);
        refuse_twice(feeds, &fed)?;
        let Parts { loss, options, global_step, .. } = &self.parts;
        let mut how = options.clone();
        if trace.is_some() {
            how.trace = trace;
        }
        let (output, loss, extra) = self.session.run_with(how, (fetches, loss, &extra), feeds.and(&fed))?;
        let loss = loss.map_or(Ok(f64::NAN), |loss| number(&loss))? as f32;
        let mut extra = extra.into_iter();
        let of = |n: usize| StepValues { loss, fetched: extra.by_ref().take(n).collect() };
        let values = counts.into_iter().map(of).collect();
        let step = self.session.value(global_step)?.item::<i64>()?;
        Ok((output, Told { values, step }))
    }

    /// Tells the hooks from `from` on of a step; else which hook failed.
    fn tell(&mut self, told: &Told, from: usize) -> Result<(), (usize, Error)> {
        let (hooks, mut cx) = self.context();
        cx.global_step = told.step;
        for (i, (hook, values)) in hooks.iter_mut().zip(&told.values).enumerate().skip(from) {
            hook.after_run(&mut cx, values).map_err(|e| (i, e))?;
        }
        (self.step, self.last_step, self.stop) = (cx.global_step, cx.last_step, cx.stop);
        Ok(())
    }

    /// The hooks, and what they are shown.
    fn context(&mut self) -> (&mut [Box<dyn Hook + 'h>], StepContext<'_>) {
        let Parts { saved, loss, values, hooks, .. } = &mut self.parts;
        let cx = StepContext {
            session: &self.session,
            saved,
            training_values: values,
            global_step: self.step,
            last_step: self.last_step,
            stop: self.stop,
            has_loss: loss.is_some(),
            fed: Vec::new(),
            trace: None,
        };
        (hooks, cx)
    }
}

/// What hooks are told of a step.
struct Told {
    values: Vec<StepValues>,
    step: i64,
}

/// Refuses a symbol that is fed twice in one step.
fn refuse_twice(feeds: &Feeds<'_>, fed: &[(Symbol, Tensor)]) -> Result<()> {
    for (i, (symbol, _)) in fed.iter().enumerate() {
        if feeds.has(symbol) || fed[..i].iter().any(|(before, _)| before.id() == symbol.id()) {
            return Err(Error::value(format!("{} is fed twice in one step", symbol.label()))
                .help("feed it in the run, or by one hook"));
        }
    }
    Ok(())
}
