//! Models with layers that learned from data, in `.keras` files.

use saola_data::Element;
use saola_keras::{Model, Predict};
use saola_tensor::{DType, Error, Result, Tensor};
use saola_testkit::{Golden, Tolerance, assert_close_within};

fn check(model: &Model, golden: &Golden) -> Result<()> {
    let case = &golden.cases()?[0];
    let inputs = case.get("inputs")?.items()?.into_iter().map(|e| e.tensor().map(Element::Tensor));
    let inputs = Element::Tuple(inputs.collect::<Result<_>>()?);
    let found = model.predict(inputs, Predict::new())?;
    let wanted: Tensor = case.get("output")?.tensor()?;
    assert_close_within(&found, &wanted, Tolerance::of(DType::F32).times(20.0));
    Ok(())
}

#[test]
fn what_layers_learned_is_in_files_of_keras_and_of_ours() -> Result<()> {
    let golden = Golden::read("keras_preprocessing.json")?;
    let model = Model::load(Golden::path("keras_preprocessing.keras")?)?;
    check(&model, &golden)?;
    let dir = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
    let path = dir.path().join("m.keras");
    model.save(&path)?;
    check(&Model::load(&path)?, &golden)
}
