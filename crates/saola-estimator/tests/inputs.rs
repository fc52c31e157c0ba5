//! Arrays as inputs, and hooks that a model brings with it.

use saola_data::Dataset;
use saola_estimator::hooks::StopAtStepHook;
use saola_estimator::{
    ArrayInput, Estimator, EstimatorSpec, LinearClassifier, Mode, RunConfig, Train, column,
};
use saola_nn::layers::Dense;
use saola_nn::optimizers::Sgd;
use saola_tensor::{Error, Result, Tensor};

fn numbers(dataset: &Dataset) -> Result<Vec<Vec<f32>>> {
    dataset.iter().map(|e| e?.pair()?.0.get("x")?.tensor()?.to_vec::<f32>()).collect()
}

fn input() -> ArrayInput {
    ArrayInput::new([("x", Tensor::from([0.0f32, 1.0, 2.0]))]).labels(Tensor::from([0i64, 1, 0]))
}

#[test]
fn batches_run_on_from_one_epoch_into_the_next() -> Result<()> {
    let batches = numbers(&input().batch_size(2).num_epochs(3).dataset()?)?;
    assert_eq!(batches, [vec![0.0, 1.0], vec![2.0, 0.0], vec![1.0, 2.0], vec![0.0, 1.0], vec![2.0]]);
    assert_eq!(numbers(&input().dataset()?)?, [[0.0, 1.0, 2.0]]);
    let endless = input().batch_size(3).repeat_forever().dataset()?;
    assert_eq!(numbers(&endless.take(4))?.len(), 4);
    Ok(())
}

#[test]
fn every_epoch_has_an_order_of_its_own_that_the_seed_decides() -> Result<()> {
    let epochs = |seed| numbers(&input().batch_size(3).num_epochs(20).shuffle(seed).dataset()?);
    let first = epochs(1)?;
    for epoch in &first {
        let mut sorted = epoch.clone();
        sorted.sort_by(f32::total_cmp);
        assert_eq!(sorted, [0.0, 1.0, 2.0]);
    }
    assert!(first.iter().any(|epoch| *epoch != first[0]));
    assert_eq!(first, epochs(1)?);
    assert_ne!(first, epochs(2)?);
    Ok(())
}

#[test]
fn arrays_that_cannot_be_are_refused() {
    let wrong = |input: ArrayInput| input.dataset().err().map_or_else(String::new, |e| e.to_string());
    assert!(wrong(input().batch_size(0)).contains("batch_size is 0"));
    assert!(wrong(input().num_epochs(0)).contains("num_epochs is 0"));
    assert!(wrong(input().labels(Tensor::from([1i64]))).contains("rows"));
    let empty = Tensor::new(Vec::<f32>::new(), [0]);
    assert!(wrong(ArrayInput::new([("x", empty.unwrap_or(Tensor::scalar(0.0f32)))])).contains("no examples"));
}

#[test]
fn hooks_of_the_model_itself_are_made_for_each_training() -> Result<()> {
    let folder = tempfile::tempdir().map_err(|e| Error::io("making", "a folder", e))?;
    let estimator = Estimator::new(
        |features, labels, mode, cx| {
            let y = cx.scope.call(&Dense::new(1).named("line"), &features.get("x")?.expand_dims(-1));
            let spec = EstimatorSpec::new(mode).prediction("y", &y);
            let Some(labels) = labels else { return Ok(spec) };
            let loss = (y.squeeze(-1) - labels.cast(saola_tensor::DType::F32)).square().mean();
            let spec = spec.loss(&loss).training_hook(|| StopAtStepHook::num_steps(7));
            Ok(if mode == Mode::Train { spec.train_op(cx.minimize(&Sgd::new(0.1), &loss)) } else { spec })
        },
        RunConfig::new().model_dir(folder.path()).quiet(),
    )?;
    for steps in [7, 14] {
        estimator.train(|| input().repeat_forever().dataset(), Train::new())?;
        assert_eq!(estimator.variable_value("global_step")?, Tensor::from(steps as i64));
    }
    Ok(())
}

#[test]
fn a_training_without_checkpoints_needs_no_folder() -> Result<()> {
    let folder = tempfile::tempdir().map_err(|e| Error::io("making", "a folder", e))?;
    let new = folder.path().join("new/model");
    let classifier = LinearClassifier::new([column::numeric("x")])
        .config(RunConfig::new().model_dir(&new).no_checkpoints().quiet())
        .build()?;
    classifier.train(|| input().num_epochs(3).dataset(), Train::new())?;
    assert!(classifier.latest_checkpoint()?.is_none());
    Ok(())
}
