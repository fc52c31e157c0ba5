//! Exporters: what they export, when, and what they keep.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};

use saola_data::{Dataset, Element};
use saola_estimator::export::{ServingInputReceiver, raw_serving_input_receiver};
use saola_estimator::{
    BaselineRegressor, BestExporter, Estimator, EvalSpec, Evaluation, Exporter, FinalExporter,
    LatestExporter, RunConfig, TrainSpec, train_and_evaluate,
};
use saola_graph::Dim;
use saola_io::{CheckpointReader, export_folders};
use saola_nn::optimizers::Sgd;
use saola_tensor::{DType, Error, Result, Tensor};

fn folder() -> Result<tempfile::TempDir> {
    tempfile::tempdir().map_err(|e| Error::io("making", "a folder", e))
}

fn data() -> Result<Dataset> {
    let x: Vec<f32> = (0..12).map(|i| i as f32 / 12.0).collect();
    let y: Vec<f32> = x.iter().map(|x| 2.0 * x).collect();
    Ok(Dataset::from_tensor_slices((Element::from([("x", Tensor::from(x))]), Tensor::from(y)))?.batch(4))
}

fn endless() -> Result<Dataset> {
    Ok(data()?.repeat_forever())
}

fn estimator(folder: &Path) -> Result<Estimator> {
    let config = RunConfig::new().model_dir(folder).save_checkpoints_steps(10).quiet();
    BaselineRegressor::new().optimizer(Sgd::new(0.1)).config(config).build()
}

fn serving() -> impl Fn() -> Result<ServingInputReceiver> {
    raw_serving_input_receiver([("x", DType::F32, [Dim::Any])])
}

/// The steps of the exports in `export/<name>`, the oldest first.
fn steps(folder: &Path, name: &str) -> Result<Vec<i64>> {
    let step = |(_, export): (u64, PathBuf)| {
        CheckpointReader::open(export.join("variables/variables"))?.read("global_step")?.item::<i64>()
    };
    export_folders(folder.join("export").join(name))?.into_iter().map(step).collect()
}

fn run<'a>(folder: &Path, max_steps: u64, spec: impl FnOnce(EvalSpec<'a>) -> EvalSpec<'a>) -> Result<()> {
    let eval = spec(EvalSpec::new(data).all().throttle_steps(1));
    train_and_evaluate(&estimator(folder)?, TrainSpec::new(endless).max_steps(max_steps), eval).map(drop)
}

#[test]
fn the_latest_are_kept_and_the_final_one_comes_at_the_end() -> Result<()> {
    let folder = folder()?;
    run(folder.path(), 45, |eval| {
        let latest = LatestExporter::new("latest", serving()).exports_to_keep(3);
        let all = LatestExporter::new("all", serving()).exports_to_keep(None);
        eval.exporter(FinalExporter::new("final", serving())).exporter(latest).exporter(all)
    })?;
    assert_eq!(steps(folder.path(), "final")?, [45]);
    assert_eq!(steps(folder.path(), "latest")?, [30, 40, 45]);
    assert_eq!(steps(folder.path(), "all")?, [10, 20, 30, 40, 45]);
    // Nothing else is left in the folders.
    let listing = std::fs::read_dir(folder.path().join("export/latest"));
    assert_eq!(listing.map_err(|e| Error::io("listing", folder.path(), e))?.count(), 3);
    Ok(())
}

#[test]
fn the_end_of_the_input_is_final_too() -> Result<()> {
    let folder = folder()?;
    let eval = EvalSpec::new(data).all().throttle_steps(1).exporter(FinalExporter::new("final", serving()));
    // The last checkpoint is written and evaluated before training knows that there is no more.
    let train = TrainSpec::new(|| Ok(endless()?.take(20)));
    train_and_evaluate(&estimator(folder.path())?, train, eval)?;
    assert_eq!(steps(folder.path(), "final")?, [20]);
    Ok(())
}

/// An exporter whose evaluations have the losses of a list, one after the other.
struct WithLosses<'a> {
    inner: BestExporter<'a>,
    exported: &'a RefCell<Vec<bool>>,
}

impl Exporter for WithLosses<'_> {
    fn name(&self) -> &str {
        self.inner.name()
    }
    fn export(&mut self, folder: &Path, evaluation: Evaluation<'_>) -> Result<Option<PathBuf>> {
        let done = self.inner.export(folder, evaluation)?;
        self.exported.borrow_mut().push(done.is_some());
        Ok(done)
    }
}

#[test]
fn only_what_is_better_is_exported() -> Result<()> {
    let folder = folder()?;
    // Steps stand for how good a model is: those that are no multiple of 20 are worse than all.
    let rank = |step: i64| if step % 20 == 0 { step } else { -step };
    let better = move |best: &saola_estimator::Metrics, now: &saola_estimator::Metrics| {
        Ok(rank(now.global_step) > rank(best.global_step))
    };
    let exported = RefCell::new(Vec::new());
    let best =
        || WithLosses { inner: BestExporter::new("best", serving()).better(better), exported: &exported };
    run(folder.path(), 55, |eval| eval.exporter(best()))?;
    assert_eq!(steps(folder.path(), "best")?, [10, 20, 40]);
    // Another process goes on with the best so far, and does not begin with a worse one.
    let before = exported.borrow().len();
    run(folder.path(), 57, |eval| eval.exporter(best()))?;
    assert!(exported.borrow()[before..].iter().all(|done| !done) && exported.borrow().len() > before);
    run(folder.path(), 60, |eval| eval.exporter(best()))?;
    assert_eq!(steps(folder.path(), "best")?, [10, 20, 40, 60]);
    // Also where it was killed between an export and the file.
    let file = folder.path().join("export/best/best.json");
    std::fs::remove_file(&file).map_err(|e| Error::io("removing", &file, e))?;
    run(folder.path(), 65, |eval| eval.exporter(best()))?;
    assert_eq!(steps(folder.path(), "best")?, [10, 20, 40, 60]);
    std::fs::write(&file, "{}").map_err(|e| Error::io("writing", &file, e))?;
    let error = run(folder.path(), 85, |eval| eval.exporter(best())).expect_err("an error").to_string();
    assert!(error.contains("best.json") && error.contains("exporter `best`"), "{error}");
    Ok(())
}

#[test]
fn a_smaller_loss_is_better() -> Result<()> {
    let folder = folder()?;
    run(folder.path(), 30, |eval| eval.exporter(BestExporter::new("best", serving()).exports_to_keep(2)))?;
    let text = std::fs::read_to_string(folder.path().join("export/best/best.json"));
    let best: serde_json::Value =
        serde_json::from_str(&text.map_err(|e| Error::io("reading", "best.json", e))?)
            .map_err(|e| Error::format(e.to_string()))?;
    assert_eq!(steps(folder.path(), "best")?.last().copied(), best["global_step"].as_i64());
    let losses = saola_estimator::hooks::read_eval_metrics(folder.path().join("eval"))?;
    let smallest = losses.values().map(|m| m["loss"]).fold(f64::INFINITY, f64::min);
    assert_eq!(best["metrics"]["loss"].as_f64().map(|x| x as f32), Some(smallest as f32));
    Ok(())
}

#[test]
fn names_are_told_apart_and_errors_have_them() -> Result<()> {
    let folder = folder()?;
    let said = |result: Result<()>| result.expect_err("an error").to_string();
    let error = said(run(folder.path(), 5, |eval| {
        eval.exporter(FinalExporter::new("x", serving())).exporter(LatestExporter::new("x", serving()))
    }));
    assert!(error.contains("two exporters are called `x`"), "{error}");
    for name in ["", "..", "/tmp"] {
        let error = said(run(folder.path(), 5, |eval| eval.exporter(FinalExporter::new(name, serving()))));
        assert!(error.contains("an exporter is called"), "{error}");
    }
    assert!(!folder.path().join("checkpoint").exists());
    let calls = Cell::new(0);
    let failing = || -> Result<ServingInputReceiver> {
        calls.set(calls.get() + 1);
        Err(Error::value("no receiver today"))
    };
    let eval = EvalSpec::new(data).all().throttle_steps(1).exporter(FinalExporter::new("final", failing));
    let train = TrainSpec::new(endless).max_steps(5);
    let error = said(train_and_evaluate(&estimator(folder.path())?, train, eval).map(drop));
    assert!(error.contains("no receiver today") && error.contains("exporter `final`, step 5"), "{error}");
    assert_eq!(calls.get(), 1);
    Ok(())
}
