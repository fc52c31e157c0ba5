//! Training with evaluations, listeners to checkpoints, and what ends training early.

use std::path::Path;

use saola_data::{Dataset, Element};
use saola_estimator::hooks::{CheckpointSaverListener, EarlyStoppingHook, read_eval_metrics};
use saola_estimator::{
    BaselineRegressor, Estimator, EvalSpec, Evaluate, Hook, RunConfig, StepContext, StepValues, Train,
    TrainSpec, train_and_evaluate,
};
use saola_nn::optimizers::Sgd;
use saola_tensor::{Error, Result, Tensor};

fn folder() -> Result<tempfile::TempDir> {
    tempfile::tempdir().map_err(|e| Error::io("making", "a folder", e))
}

fn data() -> Result<Dataset> {
    let x: Vec<f32> = (0..12).map(|i| i as f32 / 12.0).collect();
    let y: Vec<f32> = x.iter().map(|x| 2.0 * x).collect();
    Dataset::from_tensor_slices((Element::from([("x", Tensor::from(x))]), Tensor::from(y)))
}

fn endless() -> Result<Dataset> {
    Ok(data()?.repeat_forever().batch(4))
}

fn once() -> Result<Dataset> {
    Ok(data()?.batch(5))
}

fn estimator(folder: &Path, rate: f64) -> Result<Estimator> {
    let config = RunConfig::new().model_dir(folder).save_checkpoints_steps(10).quiet();
    BaselineRegressor::new().optimizer(Sgd::new(rate)).config(config).build()
}

fn evaluated(folder: &Path) -> Result<Vec<i64>> {
    Ok(read_eval_metrics(folder.join("eval"))?.into_keys().collect())
}

#[test]
fn every_checkpoint_is_evaluated_but_the_first() -> Result<()> {
    let folder = folder()?;
    let estimator = estimator(folder.path(), 0.1)?;
    let run = |throttle: u64, max_steps: u64| {
        let eval = EvalSpec::new(once).all().throttle_steps(throttle);
        train_and_evaluate(&estimator, TrainSpec::new(endless).max_steps(max_steps), eval)
    };
    let metrics = run(0, 45)?;
    assert_eq!(evaluated(folder.path())?, [10, 20, 30, 40, 45]);
    let last = &read_eval_metrics(folder.path().join("eval"))?[&45];
    let metrics = metrics.ok_or_else(|| Error::internal("no metrics"))?;
    assert_eq!(metrics.global_step, 45);
    for (name, value) in metrics.iter() {
        assert_eq!(value as f32, last[name] as f32, "{name}");
    }
    assert!(run(0, 45)?.is_none());
    // The first checkpoint of a call that is new, then those that are far enough from the last, then the end.
    run(25, 88)?;
    assert_eq!(evaluated(folder.path())?, [10, 20, 30, 40, 45, 55, 85, 88]);
    Ok(())
}

#[test]
fn evaluations_end_training() -> Result<()> {
    type Make = fn(&Estimator) -> EarlyStoppingHook<'static>;
    let cases: [(Make, f64, i64); 5] = [
        // The mean of the labels never changes: 20 steps after the first evaluation are enough.
        (|e| EarlyStoppingHook::stop_if_no_decrease(e, "label/mean", 20), 0.1, 30),
        (|e| EarlyStoppingHook::stop_if_no_increase(e, "label/mean", 20).min_steps(20), 0.1, 40),
        (|e| EarlyStoppingHook::stop_if_higher(e, "label/mean", 0.5), 0.1, 10),
        (|e| EarlyStoppingHook::stop_if_lower(e, "label/mean", 1.0).min_steps(25), 0.1, 30),
        // A loss that falls all the time ends nothing.
        (|e| EarlyStoppingHook::stop_if_no_decrease(e, "loss", 20), 0.001, 60),
    ];
    for (make, rate, expected) in cases {
        let folder = folder()?;
        let estimator = estimator(folder.path(), rate)?;
        let train = TrainSpec::new(endless).max_steps(60).hook(make(&estimator).run_every_steps(1));
        let metrics = train_and_evaluate(&estimator, train, EvalSpec::new(once).all().throttle_steps(0))?;
        assert_eq!(metrics.map(|m| m.global_step), Some(expected));
    }
    Ok(())
}

#[test]
fn a_question_of_the_users_own_is_put_at_its_cadence() -> Result<()> {
    let folder = folder()?;
    let estimator = estimator(folder.path(), 0.1)?;
    let mut asked = 0;
    let hook = EarlyStoppingHook::stop_if(&estimator, || {
        asked += 1;
        Ok(asked == 4)
    });
    estimator.train(endless, Train::new().hook(hook.run_every_steps(3)))?;
    assert_eq!(estimator.variable_value("global_step")?.item::<i64>()?, 10);
    Ok(())
}

#[derive(Default)]
struct Diary(Vec<String>);

impl CheckpointSaverListener for Diary {
    fn begin(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        self.0.push(format!("begin {}", cx.global_step()));
        Ok(())
    }
    fn before_save(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        self.0.push(format!("before {}", cx.global_step()));
        Ok(())
    }
    fn after_save(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        self.0.push(format!("after {}", cx.global_step()));
        if cx.global_step() == 20 {
            cx.request_stop();
        }
        Ok(())
    }
    fn end(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        self.0.push(format!("end {}", cx.global_step()));
        Ok(())
    }
}

#[test]
fn listeners_hear_of_every_checkpoint() -> Result<()> {
    let folder = folder()?;
    let estimator = estimator(folder.path(), 0.1)?;
    let mut diary = Diary::default();
    estimator.train(endless, Train::max_steps(99).saving_listener(&mut diary))?;
    let expected =
        ["begin 0", "before 0", "after 0", "before 10", "after 10", "before 20", "after 20", "end 20"];
    assert_eq!(diary.0, expected);
    let mut diary = Diary::default();
    estimator.train(endless, Train::steps(5).saving_listener(&mut diary))?;
    assert_eq!(diary.0, ["begin 20", "before 20", "after 20", "before 25", "after 25", "end 25"]);
    Ok(())
}

struct FailAt(i64);

impl Hook for FailAt {
    fn after_run(&mut self, cx: &mut StepContext<'_>, _values: &StepValues) -> Result<()> {
        if cx.global_step() == self.0 { Err(Error::state("out of patience")) } else { Ok(()) }
    }
}

#[test]
fn what_went_wrong_is_said_and_the_evaluations_stay() -> Result<()> {
    let folder = folder()?;
    let estimator = estimator(folder.path(), 0.1)?;
    let train = TrainSpec::new(endless).max_steps(60).hook(FailAt(15));
    let error = train_and_evaluate(&estimator, train, EvalSpec::new(once).throttle_steps(0)).unwrap_err();
    assert!(error.to_string().contains("out of patience"), "{error}");
    assert_eq!(evaluated(folder.path())?, [10]);

    let misnamed = EarlyStoppingHook::stop_if_lower(&estimator, "los", 0.1).run_every_steps(1);
    let error = estimator.train(endless, Train::steps(5).hook(misnamed)).map(|_| ()).unwrap_err().to_string();
    assert!(
        error.contains("no evaluation has a metric `los`") && error.contains("did you mean `loss`"),
        "{error}"
    );

    let without = BaselineRegressor::new().config(RunConfig::new().no_checkpoints().quiet()).build()?;
    let error = train_and_evaluate(&without, TrainSpec::new(endless), EvalSpec::new(once)).unwrap_err();
    assert!(error.to_string().contains("writes no checkpoints"), "{error}");
    let error =
        without.train(endless, Train::steps(1).saving_listener(Diary::default())).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("listeners to checkpoints, and no checkpoints"), "{error}");

    let broken = || Err(Error::value("the test file is gone"));
    let train = TrainSpec::new(endless).max_steps(60);
    let error = train_and_evaluate(&estimator, train, EvalSpec::new(broken)).unwrap_err().to_string();
    assert!(
        error.contains("evaluating the checkpoint of step 20") && error.contains("file is gone"),
        "{error}"
    );
    let folder = estimator.evaluate(once, Evaluate::new())?;
    assert_eq!(folder.global_step, 20);
    Ok(())
}
