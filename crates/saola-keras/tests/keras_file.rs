//! `.keras` files: those of Keras, those of ours, and damaged ones.

use saola_data::Element;
use saola_io::{H5Group, KerasArchive};
use saola_keras::{Input, Model, Predict, Sequential};
use saola_nn::activations::{Function, Relu, Softmax};
use saola_nn::layers::{Add, Concatenate, Dense, Dropout, Embedding, Flatten};
use saola_tensor::{DType, Error, Result, Rng, Tensor};
use saola_testkit::Golden;
use serde_json::json;

fn close(ours: &Tensor, wanted: &Tensor) -> Result<()> {
    assert_eq!(ours.shape(), wanted.shape());
    for (a, b) in ours.as_slice::<f32>()?.iter().zip(wanted.as_slice::<f32>()?) {
        assert!((a - b).abs() <= 1e-6 + 1e-5 * b.abs(), "{a} {b}");
    }
    Ok(())
}

fn tensors(golden: &Golden, case: &str, key: &str) -> Result<Vec<Tensor>> {
    golden.case(case)?.get(key)?.items()?.iter().map(|e| e.tensor()).collect()
}

fn folder() -> Result<tempfile::TempDir> {
    tempfile::tempdir().map_err(|e| Error::value(e.to_string()))
}

/// A small functional model with a shared layer, and its inputs.
fn small() -> Result<(Model, Element)> {
    let tokens = Input::new([3]).dtype(DType::I64).named("tokens");
    let numbers = Input::new([2]).named("numbers");
    let shared = Dense::new(2).activation("tanh").named("shared");
    let once = numbers.apply(shared.clone());
    let flat = tokens.apply(Embedding::new(5, 2)).apply(Flatten::new());
    let twice = flat.apply(Dense::new(2)).apply(shared);
    let sum = once.with(&twice).apply(Add::new()).apply(Dropout::new(0.5)).apply(Relu);
    let out = sum.with(&flat).apply(Concatenate::new()).apply(Dense::new(3).activation(Softmax));
    let x = Tensor::from([[0i64, 4, 1], [2, 3, 3]]);
    let z = Tensor::from([[0.5f32, -1.0], [2.0, 0.25]]);
    Ok((Model::new([&tokens, &numbers], [&out, &twice])?, Element::from((&x, &z))))
}

#[test]
fn files_of_keras_are_read() -> Result<()> {
    let golden = Golden::read("keras_file.json")?;
    let model = Model::load(Golden::path("keras_functional.keras")?)?;
    assert_eq!((model.name(), model.output_names()), ("two", vec!["first", "second"]));
    let [tokens, numbers] = &tensors(&golden, "keras_functional", "inputs")?[..] else { unreachable!() };
    let outputs = model.predict_many(Element::from((tokens, numbers)), Predict::new())?;
    let wanted = tensors(&golden, "keras_functional", "outputs")?;
    assert_eq!(outputs.len(), wanted.len());
    outputs.iter().zip(&wanted).try_for_each(|(a, b)| close(a, b))?;

    let mut model = Sequential::load(Golden::path("keras_sequential.keras")?)?;
    let x = tensors(&golden, "keras_sequential", "inputs")?.remove(0);
    close(&model.predict(&x, Predict::new())?, &tensors(&golden, "keras_sequential", "outputs")?[0])?;
    assert_eq!(model.model()?.name(), "small");
    assert!(Sequential::load(Golden::path("keras_functional.keras")?).is_err());
    Ok(())
}

#[test]
fn a_model_comes_back_bit_for_bit() -> Result<()> {
    let dir = folder()?;
    let path = dir.path().join("m.keras");
    let (model, x) = small()?;
    model.save(&path)?;
    let again = Model::load(&path)?;
    let outputs = again.predict_many(x.clone(), Predict::new())?;
    assert_eq!(outputs, model.predict_many(x, Predict::new())?);
    // What was loaded is written as the same bytes.
    let second = dir.path().join("n.keras");
    again.save(&second)?;
    assert_eq!(std::fs::read(&path).ok(), std::fs::read(&second).ok());

    let mut model = Sequential::new().add(Dense::new(4).activation(Relu)).add(Dense::new(1).trainable(false));
    assert!(model.save(&path).is_err(), "no shape yet");
    model.build([3])?;
    model.save(&path)?;
    let mut again = Sequential::load(&path)?;
    let x = Tensor::from([[1.0f32, 2.0, 3.0]]);
    assert_eq!(again.predict(&x, Predict::new())?, model.predict(&x, Predict::new())?);
    assert_eq!(again.model()?.weights().trainable().len(), 2);
    Ok(())
}

#[test]
fn saving_replaces_a_file_whole_or_leaves_it() -> Result<()> {
    let dir = folder()?;
    let path = dir.path().join("m.keras");
    let (model, _) = small()?;
    model.save(&path)?;
    let old = std::fs::read(&path).ok();
    let input = Input::new([2]);
    let own = Dense::new(1).activation(Function::new("mine", |x| x * 2.0)).named("odd");
    let error = Model::new([&input], [&input.apply(own)])?.save(&path).unwrap_err().to_string();
    assert!(error.contains("odd") && error.contains("mine"), "{error}");
    assert_eq!(std::fs::read(&path).ok(), old);
    Model::new([&input], [&input.apply(Dense::new(1))])?.save(&path)?;
    assert_eq!(Model::load(&path)?.count_params(), 3);
    let left = std::fs::read_dir(dir.path()).map_err(|e| Error::io("listing", dir.path(), e))?;
    assert_eq!(left.count(), 1);
    Ok(())
}

#[test]
fn all_weights_that_do_not_fit_are_named_at_once() -> Result<()> {
    let dir = folder()?;
    let path = dir.path().join("m.keras");
    small()?.0.save(&path)?;
    let mut archive = KerasArchive::read(&path)?;
    let mut root = H5Group::new();
    let layers = root.group("layers");
    layers.group("dense").group("vars").dataset("0", Tensor::from([[1.0f32]]));
    layers.group("lstm").group("vars").dataset("0", Tensor::from([1.0f32]));
    archive.weights = root.to_bytes()?;
    archive.write(&path)?;
    let text = Model::load(&path).err().map(|e| e.to_string()).unwrap_or_default();
    for part in
        ["misshapen", "missing", "unexpected", "layers/lstm/vars/0", "embedding/embeddings", "shared/bias"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    Ok(())
}

#[test]
fn what_a_file_cannot_ask_for_is_an_error() -> Result<()> {
    let dir = folder()?;
    let path = dir.path().join("m.keras");
    small()?.0.save(&path)?;
    let good = KerasArchive::read(&path)?;
    let fault = |change: &dyn Fn(&mut serde_json::Value)| -> Result<String> {
        let mut archive = good.clone();
        change(&mut archive.config);
        archive.write(&path)?;
        Ok(Model::load(&path).err().map(|e| e.to_string()).unwrap_or_default())
    };
    let layers = |config: &serde_json::Value, class: &str| {
        let all = config["config"]["layers"].as_array().cloned().unwrap_or_default();
        all.iter().position(|l| l["class_name"] == class).unwrap_or_default()
    };
    // Weights beyond the file take no memory.
    let text = fault(&|c| {
        let at = layers(c, "Embedding");
        c["config"]["layers"][at]["config"]["input_dim"] = json!(1u64 << 31);
        c["config"]["layers"][at]["config"]["embeddings_initializer"] = json!("zeros");
    })?;
    assert!(text.contains("no larger"), "{text}");
    let text = fault(&|c| {
        let at = layers(c, "Embedding");
        c["config"]["layers"][at]["config"]["sparse"] = json!(true);
    })?;
    assert!(text.contains("sparse") && text.contains("embedding"), "{text}");
    let text = fault(&|c| {
        let at = layers(c, "Flatten");
        c["config"]["layers"][at]["inbound_nodes"][0]["args"][0]["config"]["keras_history"][0] =
            json!("flatten");
    })?;
    assert!(text.contains("nothing makes"), "{text}");
    let text = fault(&|c| c["config"]["output_layers"] = json!([["nobody", 0, 0]]))?;
    assert!(text.contains("output_layers"), "{text}");
    let text = fault(&|c| c["class_name"] = json!("Mine"))?;
    assert!(text.contains("Mine"), "{text}");
    Ok(())
}

#[test]
fn a_damaged_file_is_an_error() -> Result<()> {
    let dir = folder()?;
    let path = dir.path().join("m.keras");
    let input = Input::new([2]);
    Model::new([&input], [&input.apply(Dense::new(1))])?.save(&path)?;
    let good = std::fs::read(&path).map_err(|e| Error::io("reading", &path, e))?;
    let write = |bytes: &[u8]| std::fs::write(&path, bytes).map_err(|e| Error::io("writing", &path, e));
    for n in (0..good.len()).step_by(7) {
        write(&good[..n])?;
        assert!(Model::load(&path).is_err(), "a prefix of {n} bytes");
    }
    let mut random = Rng::new(1, 0);
    let mut refused = 0;
    for _ in 0..2000 {
        let mut bytes = good.clone();
        let at = random.below(bytes.len());
        bytes[at] ^= 1 << random.below(8);
        write(&bytes)?;
        // Dates and the like may change without harm.
        refused += usize::from(Model::load(&path).is_err());
    }
    assert!(refused > 1500, "{refused} of 2000");
    Ok(())
}

#[test]
fn an_architecture_goes_through_text() -> Result<()> {
    let (model, x) = small()?;
    let again = Model::from_json(&model.to_json()?)?;
    let copy = model.clone_model()?;
    for other in [&again, &copy] {
        assert_eq!(other.count_params(), model.count_params());
        assert_eq!(other.layer_names().len(), model.layer_names().len());
        let (a, b) =
            (model.predict_many(x.clone(), Predict::new())?, other.predict_many(x.clone(), Predict::new())?);
        assert_eq!(a[0].shape(), b[0].shape());
        for path in model.weights().paths() {
            other.set_weight(path, &model.weight(path)?)?;
        }
        assert_eq!(other.predict_many(x.clone(), Predict::new())?, a);
    }
    assert_eq!(model.layer("shared")?.name(), Some("shared"));
    let text = model.layer("shred").expect_err("no such layer").to_string();
    assert!(text.contains("did you mean `shared`?"), "{text}");
    assert!(Model::from_json("{").is_err());
    assert!(Model::from_json("{\"class_name\": \"Subclass\"}").is_err());
    Ok(())
}
