//! Models in every form of file that Keras 2.15 and 3.15 write: they predict and go on training as there.

use std::path::PathBuf;

use saola_data::Element;
use saola_keras::{Load, Model, Predict, Sequential};
use saola_tensor::{DType, Error, Result, Rng, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::{Golden, Tolerance, assert_close_within};

const VERSIONS: [&str; 2] = ["keras2", "keras3"];

fn path(version: &str, name: &str, ending: &str) -> Result<PathBuf> {
    Golden::path(&format!("model_files/{version}_{name}.{ending}"))
}

fn tensors(case: &Entry<'_>, key: &str) -> Result<Vec<Tensor>> {
    case.get(key)?.items()?.iter().map(Entry::tensor).collect()
}

fn element(tensors: &[Tensor]) -> Element {
    match tensors {
        [one] => Element::from(one),
        many => Element::Tuple(many.iter().map(Element::from).collect()),
    }
}

fn predicts(model: &Model, case: &Entry<'_>, key: &str) -> Result<()> {
    let found = model.predict_many(element(&tensors(case, "inputs")?), Predict::new())?;
    let wanted = tensors(case, key)?;
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(&wanted) {
        assert_close_within(found, wanted, Tolerance::of(DType::F32).times(10.0));
    }
    Ok(())
}

fn trains(model: &mut Model, case: &Entry<'_>) -> Result<()> {
    let (x, y) = (element(&tensors(case, "inputs")?), case.get("y")?.tensor()?);
    for wanted in case.get("losses")?.items()? {
        let (got, wanted) = (model.train_on_batch((x.clone(), &y))?.get("loss")?, wanted.number()?);
        assert!(Tolerance::of(DType::F32).times(20.0).takes(got, wanted), "{got}, not {wanted}");
    }
    predicts(model, case, "trained")
}

#[test]
fn whole_models_of_both_versions_predict_and_train() -> Result<()> {
    for version in VERSIONS {
        for case in Golden::read(&format!("model_files/{version}.json"))?.cases()? {
            let name = case.get("name")?.text()?;
            for ending in ["h5", "keras"] {
                println!("{version} {name} {ending}");
                let mut model = Model::load(path(version, name, ending)?)?;
                predicts(&model, &case, "outputs")?;
                match name {
                    "sequential" | "nested" => trains(&mut model, &case)?,
                    _ => {
                        let text =
                            model.train_on_batch((Element::from(Tensor::from(1.0f32)), Tensor::from(1.0f32)));
                        assert!(
                            text.is_err_and(|e| e.to_string().contains("compile")),
                            "it was not compiled"
                        );
                    }
                }
            }
        }
    }
    Ok(())
}

#[test]
fn weights_of_both_versions_go_into_a_model() -> Result<()> {
    for version in VERSIONS {
        for case in Golden::read(&format!("model_files/{version}.json"))?.cases()? {
            let name = case.get("name")?.text()?;
            for ending in ["weights.h5", "h5"] {
                println!("{version} {name} {ending}");
                let model = Model::load(path(version, name, "keras")?)?.clone_model()?;
                let report = model.load_weights(path(version, name, ending)?)?;
                assert_eq!(report.loaded.len(), model.weights().len());
                predicts(&model, &case, "outputs")?;
            }
        }
    }
    Ok(())
}

#[test]
fn what_is_written_again_is_read_again() -> Result<()> {
    let dir = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
    // With `SAOLA_KEEP` the files stay there, for `tools/golden/model_files.py check`.
    let keep = std::env::var_os("SAOLA_KEEP").map_or_else(|| dir.path().to_path_buf(), PathBuf::from);
    for case in Golden::read("model_files/keras3.json")?.cases()? {
        let name = case.get("name")?.text()?;
        let model = Model::load(path("keras3", name, "h5")?)?;
        let at = |ending: &str| keep.join(format!("{name}.{ending}"));
        model.save(at("keras"))?;
        predicts(&Model::load(at("keras"))?, &case, "outputs")?;
        for ending in ["weights.h5", "safetensors", "ckpt"] {
            model.save_weights(at(ending))?;
            let other = model.clone_model()?;
            other.load_weights(at(ending))?;
            predicts(&other, &case, "outputs")?;
        }
    }
    Ok(())
}

#[test]
fn a_sequential_model_of_an_h5_file_is_one() -> Result<()> {
    let mut model = Sequential::load(path("keras2", "sequential", "h5")?)?;
    assert!(model.summary()?.contains("bidirectional"));
    let text = match Sequential::load(path("keras2", "functional", "h5")?) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    assert!(text.contains("functional model"), "{text}");
    let mut bare = Model::load_with(path("keras2", "sequential", "h5")?, Load::new().compile(false))?;
    let y = Tensor::from([[1.0f32]]);
    assert!(bare.train_on_batch((&Tensor::zeros(DType::F32, [1, 5, 3])?, &y)).is_err());
    let weights = match Model::load(path("keras2", "sequential", "weights.h5")?) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    assert!(weights.contains("without a model") && weights.contains("load_weights"), "{weights}");
    Ok(())
}

#[test]
fn a_damaged_h5_file_is_an_error() -> Result<()> {
    let good = path("keras2", "sequential", "h5")?;
    let good = std::fs::read(&good).map_err(|e| Error::io("reading", &good, e))?;
    let dir = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
    let path = dir.path().join("m.h5");
    let mut random = Rng::new(4, 0);
    for i in 0..150 {
        let mut bytes = good.clone();
        match i % 3 {
            0 => bytes.truncate(random.below(good.len())),
            _ => (0..6).for_each(|_| bytes[random.below(good.len())] ^= 1 << random.below(8)),
        }
        std::fs::write(&path, &bytes).map_err(|e| Error::io("writing", &path, e))?;
        // Numbers may change without harm; a file that is cut off is refused.
        let found = Model::load(&path);
        assert!(i % 3 > 0 || found.is_err(), "cut at {}", bytes.len());
    }
    Ok(())
}
