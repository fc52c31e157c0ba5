//! Callbacks: what they do to training, and what they leave behind.

use saola_graph::Symbol;
use saola_io::EventReader;
use saola_keras::callbacks::{
    BackupAndRestore, Callback, CsvLogger, EarlyStopping, Frequency, LambdaCallback, LearningRateScheduler,
    Mode, ModelCheckpoint, ReduceLrOnPlateau, SwapEmaWeights, TensorBoard, TerminateOnNan,
};
use saola_keras::{Compile, Evaluate, Fit, Logs, Model, Predict, Run, Sequential};
use saola_nn::activations::{Relu, Softmax};
use saola_nn::layers::{Dense, Dropout};
use saola_nn::losses::SparseCategoricalCrossentropy;
use saola_nn::optimizers::{Adam, OptimizerRef, Sgd};
use saola_tensor::{Error, Result, Tensor};

fn data() -> Result<(Tensor, Tensor)> {
    let x: Vec<f32> = (0..60 * 3).map(|i| ((i * 37 % 101) as f32 / 50.0) - 1.0).collect();
    let y: Vec<i64> = x.chunks(3).map(|r| i64::from(r[0] + r[1] > r[2])).collect();
    Ok((Tensor::new(x, [60, 3])?, Tensor::from(y)))
}

fn model_with(optimizer: impl Into<OptimizerRef>) -> Result<Sequential> {
    let mut model = Sequential::new()
        .add(Dense::new(8).activation(Relu).named("hidden"))
        .add(Dropout::new(0.3))
        .add(Dense::new(2).activation(Softmax).named("out"))
        .seed(7);
    model.compile(Compile::new(optimizer, SparseCategoricalCrossentropy::new()).metric("accuracy"))?;
    model.build([3])?;
    Ok(model)
}

fn weights(model: &mut Sequential) -> Result<Vec<Tensor>> {
    let model: &Model = model.model()?;
    let mut all: Vec<Symbol> = model.weights().iter().map(|(_, w)| w.symbol.clone()).collect();
    all.extend(model.optimizer_variables());
    all.iter().map(|s| model.session().value(s)).collect()
}

/// Ends training with an error at a step, as if the process had died there.
struct Die {
    at: usize,
}

impl Callback for Die {
    fn on_batch_end(&mut self, _run: &mut Run<'_>) -> Result<()> {
        self.at -= 1;
        if self.at == 0 { Err(Error::value("killed")) } else { Ok(()) }
    }
}

#[test]
fn training_that_was_killed_goes_on_to_the_same_bits() -> Result<()> {
    let (x, y) = data()?;
    let optimizer = || Adam::new(0.01).use_ema(true).gradient_accumulation_steps(2);
    let fit = || Fit::epochs(4).batch_size(8).validation_split(0.2).silent();
    let mut whole = model_with(optimizer())?;
    let undisturbed = whole.fit((&x, &y), fit())?;
    for (at, frequency) in
        [(9, Frequency::Steps(1)), (17, Frequency::Steps(4)), (13, Frequency::Epoch), (3, Frequency::Epoch)]
    {
        let dir = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
        let backup = || BackupAndRestore::new(dir.path().join("backup")).save_freq(frequency);
        let mut killed = model_with(optimizer())?;
        let error = killed.fit((&x, &y), fit().callback(backup()).callback(Die { at })).unwrap_err();
        assert!(error.to_string().contains("killed"), "{error}");
        let mut again = model_with(optimizer())?;
        let history = again.fit((&x, &y), fit().callback(backup()))?;
        assert_eq!(history.last("loss")?, undisturbed.last("loss")?, "{at} {frequency:?}");
        assert_eq!(history.last("val_accuracy")?, undisturbed.last("val_accuracy")?);
        assert_eq!(weights(&mut again)?, weights(&mut whole)?, "{at} {frequency:?}");
        let left = std::fs::read_dir(dir.path().join("backup")).map_err(|e| Error::value(e.to_string()))?;
        assert_eq!(left.count(), 0, "the backup is deleted in the end");
    }
    Ok(())
}

#[test]
fn a_backup_of_other_training_is_refused() -> Result<()> {
    let (x, y) = data()?;
    let dir = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
    let backup = || BackupAndRestore::new(dir.path()).delete_checkpoint(false).double_checkpoint(true);
    let fit = || Fit::epochs(3).silent().callback(backup());
    model_with(Sgd::new(0.1))?.fit((&x, &y), fit())?;
    let count = std::fs::read_dir(dir.path()).map_err(|e| Error::value(e.to_string()))?.count();
    assert_eq!(count, 5, "two backups of two files, and what names them");
    let mut other = model_with(Adam::new(0.1))?;
    let error = other.fit((&x, &y), fit()).unwrap_err().to_string();
    assert!(error.contains("optimizer/2") || error.contains("going on from"), "{error}");
    std::fs::write(dir.path().join("training.json"), "{").map_err(|e| Error::value(e.to_string()))?;
    assert!(model_with(Sgd::new(0.1))?.fit((&x, &y), fit()).unwrap_err().to_string().contains("damaged"));
    Ok(())
}

#[test]
fn early_stopping_ends_and_puts_the_best_back() -> Result<()> {
    let (x, y) = data()?;
    let mut model = model_with(Sgd::new(0.0))?;
    let stop = EarlyStopping::new("val_loss").patience(2).restore_best_weights(true);
    let history = model.fit((&x, &y), Fit::epochs(20).validation_split(0.2).silent().callback(stop))?;
    assert_eq!(history.epoch.len(), 3, "one that is best, two that are not better");
    assert!(history.stopped.as_deref().is_some_and(|s| s.contains("val_loss")));

    let mut seen = Vec::new();
    let mut model = model_with(Sgd::new(0.5))?;
    let worse = LambdaCallback::new().on_epoch_end(|run, _| {
        seen.push(run.model().weight("out/bias")?);
        Ok(())
    });
    let best = EarlyStopping::new("loss").mode(Mode::Max).patience(1).restore_best_weights(true);
    model.fit((&x, &y), Fit::epochs(9).silent().callback(worse).callback(best))?;
    assert_eq!(model.model()?.weight("out/bias")?, seen[0]);

    let missing =
        model.fit((&x, &y), Fit::epochs(2).silent().callback(EarlyStopping::new("val_los"))).unwrap_err();
    assert!(missing.to_string().contains("does not exist"), "{missing}");
    Ok(())
}

#[test]
fn rates_fall_on_a_plateau_and_by_a_schedule() -> Result<()> {
    let (x, y) = data()?;
    let mut model = model_with(Sgd::new(0.5))?;
    let plateau =
        ReduceLrOnPlateau::new("loss").mode(Mode::Max).patience(1).factor(0.5).min_lr(0.2).cooldown(1);
    let history = model.fit((&x, &y), Fit::epochs(6).silent().callback(plateau))?;
    let rates = history.get("learning_rate")?;
    assert_eq!(rates.len(), 6);
    assert!(rates[0] == 0.5 && rates[5] < 0.26 && rates[5] > 0.19, "{rates:?}");

    let scheduler = LearningRateScheduler::new(|epoch, rate| if epoch == 0 { 0.25 } else { rate * 0.5 });
    let mut model = model_with(Sgd::new(0.5))?;
    let history = model.fit((&x, &y), Fit::epochs(3).silent().callback(scheduler))?;
    assert_eq!(history.get("learning_rate")?, [0.25, 0.125, 0.0625]);
    Ok(())
}

#[test]
fn files_are_written() -> Result<()> {
    let (x, y) = data()?;
    let dir = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
    let at = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
    let mut model = model_with(Adam::new(0.01))?;
    let fit = Fit::epochs(2)
        .validation_split(0.2)
        .silent()
        .callback(CsvLogger::new(at("log.csv")))
        .callback(ModelCheckpoint::new(at("m-{epoch:02d}.keras"), "val_loss"))
        .callback(ModelCheckpoint::new(at("w.weights.h5"), "val_loss").save_weights_only(true))
        .callback(TensorBoard::new(at("board")).histogram_freq(1).profile_batch(2, 3));
    model.fit((&x, &y), fit)?;
    let log = std::fs::read_to_string(at("log.csv")).map_err(|e| Error::value(e.to_string()))?;
    let lines: Vec<&str> = log.split("\r\n").collect();
    assert_eq!(lines[0], "epoch,accuracy,loss,val_accuracy,val_loss");
    assert!(lines.len() == 4 && lines[2].starts_with("1,"), "{log}");
    let events = |part: &str| -> Result<Vec<String>> {
        let mut tags = Vec::new();
        for file in
            std::fs::read_dir(dir.path().join("board").join(part)).map_err(|e| Error::value(e.to_string()))?
        {
            let path = file.map_err(|e| Error::value(e.to_string()))?.path();
            if path.is_file() {
                tags.extend(EventReader::open(path)?.scalars()?.into_iter().map(|s| s.tag));
            }
        }
        Ok(tags)
    };
    let train = ["epoch_accuracy", "epoch_loss", "epoch_learning_rate"];
    assert_eq!(events("train")?, [train, train].concat());
    let validation = events("validation")?;
    assert!(validation.contains(&"evaluation_loss_vs_iterations".to_string()), "{validation:?}");
    assert!(validation.contains(&"epoch_loss".to_string()), "{validation:?}");
    assert!(dir.path().join("board/train/plugins/profile/step_3/local.trace.json").is_file());
    let expected = model.predict(&x, Predict::new())?;
    assert_eq!(Model::load(at("m-02.keras"))?.predict(&x, Predict::new())?, expected);
    let mut other = model_with(Sgd::new(0.1))?;
    other.load_weights(at("w.weights.h5"))?;
    assert_eq!(other.predict(&x, Predict::new())?, expected);
    Ok(())
}

#[test]
fn a_loss_that_is_not_finite_ends_training() -> Result<()> {
    let (x, y) = data()?;
    let bad = Tensor::full(f32::NAN, [60, 3])?;
    let mut model = model_with(Sgd::new(0.1))?;
    let history = model.fit((&bad, &y), Fit::epochs(3).silent().callback(TerminateOnNan::new()))?;
    assert!(history.stopped.as_deref().is_some_and(|s| s.contains("step 1 of epoch 1")), "{history:?}");
    let raise = TerminateOnNan::new().raise_error(true);
    assert!(model.fit((&bad, &y), Fit::epochs(3).silent().callback(raise)).is_err());
    drop(x);
    Ok(())
}

#[derive(Default)]
struct Count(Vec<&'static str>);

impl Callback for Count {
    fn on_test_begin(&mut self, _run: &mut Run<'_>) -> Result<()> {
        self.0.push("test begin");
        Ok(())
    }
    fn on_test_batch_end(&mut self, _run: &mut Run<'_>, _step: usize) -> Result<()> {
        self.0.push("test batch");
        Ok(())
    }
    fn on_test_end(&mut self, _run: &mut Run<'_>, logs: &Logs) -> Result<()> {
        logs.get("loss")?;
        self.0.push("test end");
        Ok(())
    }
    fn on_predict_batch_begin(&mut self, _model: &Model, _step: usize) -> Result<()> {
        self.0.push("predict batch");
        Ok(())
    }
}

#[test]
fn evaluations_and_predictions_have_hooks() -> Result<()> {
    let (x, y) = data()?;
    let mut model = model_with(Sgd::new(0.1))?;
    let mut count = Count::default();
    model.evaluate((&x, &y), Evaluate::batch_size(30).silent().callback(&mut count))?;
    model.predict(&x, Predict::batch_size(30).callback(&mut count))?;
    let once = ["test begin", "test batch", "test batch", "test end"];
    assert_eq!(count.0, [&once[..], &["predict batch", "predict batch"]].concat());
    let mut inside = Count::default();
    let fit = Fit::epochs(4).validation_split(0.5).validation_freq(2).validation_batch_size(15).silent();
    model.fit((&x, &y), fit.callback(&mut inside))?;
    assert_eq!(inside.0, [once, once].concat());
    Ok(())
}

#[test]
fn evaluations_see_averages_and_training_does_not() -> Result<()> {
    let (x, y) = data()?;
    let mut plain = model_with(Sgd::new(0.5).use_ema(true).ema_momentum(0.9))?;
    let mut swapped = model_with(Sgd::new(0.5).use_ema(true).ema_momentum(0.9))?;
    let fit = || Fit::epochs(3).validation_split(0.2).silent();
    let a = plain.fit((&x, &y), fit())?;
    let b = swapped.fit((&x, &y), fit().callback(SwapEmaWeights::new()))?;
    assert_eq!(a.get("loss")?, b.get("loss")?);
    assert_ne!(a.get("val_loss")?, b.get("val_loss")?);
    assert_eq!(weights(&mut plain)?, weights(&mut swapped)?);
    let without =
        model_with(Sgd::new(0.1))?.fit((&x, &y), fit().callback(SwapEmaWeights::new())).unwrap_err();
    assert!(without.to_string().contains("use_ema"), "{without}");
    Ok(())
}
