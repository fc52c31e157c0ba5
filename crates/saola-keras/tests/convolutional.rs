//! A convolutional network that Keras saved, read and trained as Keras trained it.

use saola_keras::{Compile, Fit, Model, Predict};
use saola_nn::losses::SparseCategoricalCrossentropy;
use saola_nn::optimizers::Sgd;
use saola_tensor::{DType, Result, Tensor};
use saola_testkit::{Golden, Tolerance, assert_close_within};

#[test]
fn trains_as_keras_does() -> Result<()> {
    let golden = Golden::read("keras_convolutional.json")?;
    let case = golden.case("network")?;
    let (x, y) = (case.get("x")?.tensor()?, case.get("y")?.tensor()?);
    let near = |got: &Tensor, key: &str, times: f64| -> Result<()> {
        assert_close_within(got, &case.get(key)?.tensor()?, Tolerance::of(DType::F32).times(times));
        Ok(())
    };
    let mut model = Model::load(Golden::path("keras_convolutional.keras")?)?;
    near(&model.predict(&x, Predict::new())?, "before", 10.0)?;
    model.compile(Compile::new(Sgd::new(0.05), SparseCategoricalCrossentropy::new()))?;
    let history = model.fit((&x, &y), Fit::epochs(3).batch_size(4).shuffle(false).silent())?;
    for (got, wanted) in history.get("loss")?.iter().zip(case.get("losses")?.items()?) {
        assert!(Tolerance::of(DType::F32).times(20.0).takes(*got, wanted.number()?), "{got} {wanted:?}");
    }
    near(&model.predict(&x, Predict::new())?, "after", 100.0)?;
    let values = case.get("weights")?.items()?;
    for (path, value) in case.get("paths")?.items()?.iter().zip(&values) {
        let got = model.weight(path.text()?)?;
        assert_close_within(&got, &value.tensor()?, Tolerance::of(DType::F32).times(100.0));
    }
    assert_eq!(values.len(), model.weights().len());
    // Written and read again, it predicts the same.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.keras");
    model.save(&path)?;
    let again = Model::load(&path)?;
    assert_eq!(again.predict(&x, Predict::new())?, model.predict(&x, Predict::new())?);
    Ok(())
}
