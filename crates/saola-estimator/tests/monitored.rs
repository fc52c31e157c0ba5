//! Monitored sessions: hooks at the steps at which TensorFlow's act, sessions that are lost and made anew.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use saola_data::{Dataset, Element};
use saola_estimator::hooks::{
    CheckpointSaverHook, CheckpointSaverListener, FeedFnHook, FinalOpsHook, InMemoryEvaluatorHook,
    ProfilerHook, StopAtStepHook,
};
use saola_estimator::{
    DnnRegressor, Estimator, Evaluate, Hook, MonitoredSession, MonitoredTrainingSession, RunConfig, Scaffold,
    StepContext, StepValues, Train, column,
};
use saola_graph::{DType, Dim, Effect, Symbol, Variable, constant, group, placeholder, variable};
use saola_io::EventReader;
use saola_nn::optimizers::{Optimizer, Sgd};
use saola_runtime::feed;
use saola_tensor::{Error, ErrorKind, Result, Tensor};
use saola_testkit::Golden;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// A global step and an effect that counts it.
fn counter() -> (Symbol, Symbol) {
    let step = Variable::new("global_step", 0i64).trainable(false).symbol();
    let count = step.assign_add(&constant(Tensor::scalar(1i64)));
    (step, count)
}

/// Remembers at which steps checkpoints were written.
#[derive(Default)]
struct Saves(Vec<i64>);

impl CheckpointSaverListener for Saves {
    fn after_save(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        self.0.push(cx.global_step());
        Ok(())
    }
}

/// The steps of each tag in the event files of a folder.
fn tags(folder: &Path) -> Result<BTreeMap<String, Vec<i64>>> {
    let mut found: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the folder of events") {
        for scalar in EventReader::open(entry.expect("an event file").path())?.scalars()? {
            found.entry(scalar.tag).or_default().push(scalar.step);
        }
    }
    Ok(found)
}

#[test]
fn hooks_act_at_the_steps_of_tensorflow() -> Result<()> {
    for case in Golden::read("hooks.json")?.cases()? {
        let number = |key: &str| -> Result<u64> { Ok(case.get(key)?.integer()? as u64) };
        let steps =
            |key: &str| -> Result<Vec<i64>> { case.get(key)?.items()?.iter().map(|n| n.integer()).collect() };
        let (begin, last, every) = (number("begin")?, number("last")?, number("every")?);
        let at = folder();
        let (events, profile) = (at.path().join("events"), at.path().join("profile"));
        let mut saves = Saves::default();
        for (end, main) in [(begin, false), (last, true)] {
            if end == 0 {
                continue;
            }
            saves.0.clear();
            let (step, count) = counter();
            let saver = CheckpointSaverHook::every_steps(at.path(), every)?.listener(&mut saves);
            let mut settings = MonitoredTrainingSession::new([&count])
                .checkpoint_dir(at.path())
                .summary_dir(if main { events.clone() } else { at.path().join("before") })
                .no_checkpoints()
                .chief_only_hook(saver)
                .save_summaries_steps(every)
                .log_step_count_steps(every)
                .summary("value", &step.cast(DType::F32))
                .hook(StopAtStepHook::last_step(end));
            if main {
                settings = settings.hook(ProfilerHook::every_steps(&profile, every));
            }
            let mut session = settings.create()?;
            while !session.should_stop() {
                session.run(&count, feed![])?;
            }
            session.close()?;
        }
        assert_eq!(saves.0, steps("checkpoints")?, "{case:?}");
        let mut found = tags(&events)?;
        assert_eq!(found.remove("value").unwrap_or_default(), steps("summaries")?, "{case:?}");
        assert_eq!(
            found.remove("global_step/sec").unwrap_or_default(),
            steps("steps_per_second")?,
            "{case:?}"
        );
        let mut traces: Vec<i64> = Vec::new();
        for entry in std::fs::read_dir(&profile).into_iter().flatten() {
            let name = entry.expect("a trace").file_name().to_string_lossy().into_owned();
            let number = name.strip_prefix("timeline-").and_then(|n| n.strip_suffix(".json"));
            traces.push(number.and_then(|n| n.parse().ok()).expect("a step"));
        }
        traces.sort_unstable();
        assert_eq!(traces, steps("traces")?, "{case:?}");
    }
    Ok(())
}

/// Writes down what is called, and loses the session at some of the calls.
#[derive(Clone, Default)]
struct Script {
    calls: Rc<RefCell<Vec<String>>>,
    /// Before or after which steps, counted from 1, the session is lost once.
    lost: Rc<RefCell<Vec<&'static str>>>,
}

impl Script {
    fn losing(lost: &[&'static str]) -> Script {
        Script { lost: Rc::new(RefCell::new(lost.to_vec())), ..Script::default() }
    }

    fn call(&self, what: String) -> Result<()> {
        let mut lost = self.lost.borrow_mut();
        let at = lost.iter().position(|l| *l == what);
        self.calls.borrow_mut().push(what);
        match at {
            None => Ok(()),
            Some(at) => {
                lost.remove(at);
                Err(Error::unavailable("the machine went away"))
            }
        }
    }
}

impl Hook for Script {
    fn begin(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
        self.call("begin".into())
    }
    fn after_create_session(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        self.call(format!("session {}", cx.global_step()))
    }
    fn before_run(&mut self, cx: &mut StepContext<'_>) -> Result<Vec<Symbol>> {
        self.call(format!("before {}", cx.global_step() + 1))?;
        Ok(Vec::new())
    }
    fn after_run(&mut self, cx: &mut StepContext<'_>, _values: &StepValues) -> Result<()> {
        self.call(format!("after {}", cx.global_step()))
    }
    fn end(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
        self.call("end".into())
    }
}

/// A line through points, its train op, its loss, and its slope.
struct Line {
    x: Symbol,
    train: Effect,
    loss: Symbol,
    slope: Symbol,
}

fn line() -> Line {
    let slope = variable("slope", 0.25f32);
    let x = placeholder("x", DType::F32, [Dim::Any]);
    let loss = (&slope * &x - &x * 3.0).square().mean();
    let (_, count) = counter();
    let train = group([Symbol::from(&Sgd::new(0.05).minimize(&loss)), count]);
    Line { x, train, loss, slope }
}

/// Trains to step 12 with a checkpoint every four steps, the same batch in every step; the slope and what was called.
fn train_line(at: &Path, script: &Script) -> Result<(f32, Vec<String>)> {
    let Line { x, train, loss, slope } = line();
    let mut session = MonitoredTrainingSession::new([train.symbol(), &loss])
        .checkpoint_dir(at)
        .save_checkpoint_steps(4)
        .loss(&loss)
        .hook(script.clone())
        .hook(StopAtStepHook::last_step(12))
        .create()?;
    let points = Tensor::from([0.5f32, 1.0, -2.0]);
    while !session.should_stop() {
        session.run(&train, feed![&x => &points])?;
    }
    let value = session.raw_session().value(&slope)?.item::<f32>()?;
    assert_eq!(session.global_step(), 12);
    session.close()?;
    let calls = script.calls.borrow().clone();
    Ok((value, calls))
}

#[test]
fn a_lost_session_is_made_anew_and_the_step_is_run_again() -> Result<()> {
    let (expected, plain) = train_line(folder().path(), &Script::default())?;
    assert_eq!(plain.len(), 2 + 12 * 2 + 1);
    for (lost, from) in [("before 1", 0), ("before 7", 4), ("after 7", 4), ("before 5", 4), ("before 12", 8)]
    {
        let at = folder();
        let (value, calls) = train_line(at.path(), &Script::losing(&[lost]))?;
        assert_eq!(value.to_bits(), expected.to_bits(), "{lost}");
        let again = calls.iter().position(|c| c == lost).expect("the call") + 1;
        assert_eq!(calls[again], format!("session {from}"), "{lost}");
        assert_eq!(calls[again + 1], format!("before {}", from + 1), "{lost}");
        assert_eq!(calls.iter().filter(|c| *c == "begin" || *c == "end").count(), 2, "{lost}");
    }
    // A step that is in the checkpoint already is told again, and not trained again.
    for (lost, step) in [("after 8", 8), ("after 12", 12)] {
        let (value, calls) = train_line(folder().path(), &Script::losing(&[lost]))?;
        assert_eq!(value.to_bits(), expected.to_bits(), "{lost}");
        let again = calls.iter().position(|c| c == lost).expect("the call") + 1;
        assert_eq!(calls[again..again + 2], [format!("session {step}"), lost.to_string()], "{lost}");
        assert_eq!(calls.iter().filter(|c| **c == format!("before {step}")).count(), 1, "{lost}");
    }
    // The making of the session may fail as well, and the loss of several in a row is one of them.
    let script = Script::losing(&["before 7", "session 4", "before 5", "after 9"]);
    let (value, calls) = train_line(folder().path(), &script)?;
    assert_eq!(value.to_bits(), expected.to_bits());
    assert_eq!(calls.iter().filter(|c| c.starts_with("session")).count(), 5, "{calls:?}");
    Ok(())
}

#[test]
fn what_stays_lost_and_other_errors_end_the_session() -> Result<()> {
    /// Always fails after the first step.
    struct Fails(ErrorKind, Rc<RefCell<usize>>);
    impl Hook for Fails {
        fn after_run(&mut self, cx: &mut StepContext<'_>, _values: &StepValues) -> Result<()> {
            assert_eq!(cx.global_step(), 1);
            *self.1.borrow_mut() += 1;
            Err(Error::new(self.0, "no such luck"))
        }
        fn end(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
            Err(Error::internal("ended after an error"))
        }
    }
    for (kind, singular, most) in
        [(ErrorKind::Unavailable, false, 50), (ErrorKind::Unavailable, true, 1), (ErrorKind::Value, false, 1)]
    {
        let (_, count) = counter();
        let tries = Rc::new(RefCell::new(0));
        let settings = MonitoredSession::builder([&count]).hook(Fails(kind, tries.clone()));
        let settings = settings.session_creation_timeout_secs(0.1);
        let mut session = if singular { settings.singular() } else { settings }.create()?;
        let error = session.run(&count, feed![]).expect_err("the hook always fails");
        assert!(error.to_string().contains("no such luck") && error.kind() == kind, "{error}");
        assert!((1..=most).contains(&*tries.borrow()), "{tries:?}");
        assert!(session.should_stop());
        let after = session.run(&count, feed![]).expect_err("the session is over");
        assert_eq!(after.kind(), ErrorKind::State);
        session.close()?;
    }
    Ok(())
}

#[test]
fn hooks_feed_and_what_is_fed_twice_is_refused() -> Result<()> {
    let x = placeholder("x", DType::F32, [0usize; 0]);
    let rate = {
        let x = x.clone();
        move |step| Ok(vec![(x.clone(), Tensor::scalar(step as f32 + 0.5))])
    };
    let (_, count) = counter();
    let y = &x * 2.0;
    let mut last = FinalOpsHook::new([&x + 1.0]).feed(&x, Tensor::scalar(4.0f32));
    let mut session = MonitoredSession::builder([&y, &count])
        .hook(FeedFnHook::new(rate.clone()))
        .hook(&mut last)
        .create()?;
    for step in 0..3 {
        let (y, _) = session.run((&y, &count), feed![])?;
        assert_eq!(y.item::<f32>()?, step as f32 * 2.0 + 1.0);
    }
    session.close()?;
    assert_eq!(last.values()[0].item::<f32>()?, 5.0);
    let twice = MonitoredSession::builder([&y]).hook(FeedFnHook::new(rate.clone()));
    let error = twice.create()?.run(&y, feed![&x => 1.0f32]).expect_err("fed by hook and call");
    assert!(error.to_string().contains("`x` (placeholder) is fed twice in one step"), "{error}");
    let twice =
        MonitoredSession::builder([&y]).hook(FeedFnHook::new(rate.clone())).hook(FeedFnHook::new(rate));
    assert!(twice.create()?.run(&y, feed![]).is_err());
    Ok(())
}

#[test]
fn a_scaffold_says_what_a_session_begins_with() -> Result<()> {
    let at = folder();
    let ready = Rc::new(RefCell::new(0));
    for (round, expected) in [(0, 7.0f32), (1, 8.0)] {
        let w = variable("w", 1.0f32);
        let (_, count) = counter();
        let grow = w.assign_add(&constant(1.0f32));
        let target = w.clone();
        let scaffold = Scaffold::new()
            .init_fn(move |session| session.set_value(&target, &Tensor::scalar(6.0f32)))
            .ready_fn(|_| Ok(()));
        let mut session = MonitoredTrainingSession::new([&grow, &count])
            .checkpoint_dir(at.path())
            .scaffold(scaffold)
            .create()?;
        session.run((&grow, &count), feed![])?;
        assert_eq!(session.raw_session().value(&w)?.item::<f32>()?, expected, "round {round}");
        assert_eq!(session.global_step(), round + 1);
        session.close()?;
        *ready.borrow_mut() += 1;
    }
    let w = variable("w", 1.0f32);
    let refused = Scaffold::new().ready_fn(|_| Err(Error::state("not yet")));
    let error = MonitoredSession::builder([&w]).scaffold(refused).create().map(drop).expect_err("not ready");
    assert!(error.to_string().contains("the session is not ready") && error.to_string().contains("not yet"));
    Ok(())
}

fn estimator(at: &Path) -> Result<Estimator> {
    let config = RunConfig::new().model_dir(at).save_checkpoints_steps(5).quiet();
    DnnRegressor::new([column::numeric("x")], [6]).dropout(0.2).config(config).build()
}

fn wave() -> Result<Dataset> {
    let x: Vec<f32> = (0..16).map(|i| i as f32 / 8.0).collect();
    let y: Vec<f32> = x.iter().map(|x| x.sin()).collect();
    let features = Element::from([("x", Tensor::from(x))]);
    Ok(Dataset::from_tensor_slices((features, Tensor::from(y)))?.batch(16))
}

#[test]
fn an_estimator_recovers_to_the_same_bits() -> Result<()> {
    let data = || Ok(wave()?.repeat_forever());
    let (whole, lost) = (folder(), folder());
    let undisturbed = estimator(whole.path())?;
    undisturbed.train(data, Train::max_steps(23))?;
    let disturbed = estimator(lost.path())?;
    let script = Script::losing(&["before 3", "after 9", "before 17", "after 17", "after 23"]);
    disturbed.train(data, Train::max_steps(23).hook(script.clone()))?;
    assert!(script.lost.borrow().is_empty());
    for name in undisturbed.variable_names()? {
        assert_eq!(undisturbed.variable_value(&name)?, disturbed.variable_value(&name)?, "{name}");
    }
    Ok(())
}

#[test]
fn evaluations_in_memory_are_those_of_checkpoints() -> Result<()> {
    let at = folder();
    let estimator = estimator(at.path())?;
    let mut evaluator = InMemoryEvaluatorHook::new(&estimator, wave).every_n_iter(5);
    let data = || Ok(wave()?.repeat_forever());
    estimator.train(data, Train::steps(12).hook(&mut evaluator))?;
    let steps: Vec<i64> = evaluator.metrics().iter().map(|m| m.global_step).collect();
    assert_eq!(steps, [0, 5, 10, 12]);
    for metrics in evaluator.metrics() {
        let prefix = at.path().join(format!("model.ckpt-{}", metrics.global_step));
        assert_eq!(estimator.evaluate(wave, Evaluate::new().checkpoint(prefix))?, *metrics);
    }
    assert_eq!(estimator.evaluate(wave, Evaluate::new())?, evaluator.metrics()[3]);
    Ok(())
}
