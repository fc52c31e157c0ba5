//! What layers learn from data, against what Keras's learn from the same: the configuration and weights after, and the
//! outputs.

use saola_nn::layers::{
    Discretization, IntegerLookup, Normalization, OutputMode, Standardize, StringLookup, TextSplit,
    TextVectorization,
};
use saola_nn::{Adapt, Eager, IntoLayer, LayerRef, Weights};
use saola_tensor::{DType, Error, Result, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::{Golden, Tolerance, assert_close_within};
use serde_json::Value;

fn tensors(case: &Entry<'_>, key: &str) -> Result<Vec<Tensor>> {
    case.get(key)?.items()?.into_iter().map(|e| e.tensor()).collect()
}

fn near(got: &Tensor, expected: &Tensor) {
    match expected.dtype() {
        DType::F32 => assert_close_within(got, expected, Tolerance::of(DType::F32).times(20.0)),
        _ => assert_eq!(got, expected),
    }
}

/// The layer of a case, as it is before, after the data.
fn learn(class: &str, config: &Value, data: &Vec<Tensor>) -> Result<LayerRef> {
    let size = |key: &str| config[key].as_u64().unwrap_or_default() as usize;
    let mode = |config: &Value| match config["output_mode"].as_str() {
        Some("tf_idf") => OutputMode::TfIdf,
        Some("count") => OutputMode::Count,
        _ => OutputMode::Int,
    };
    Ok(match class {
        "Normalization" => {
            let axes = config["axis"].as_array().into_iter().flatten();
            let axes: Vec<isize> = axes.filter_map(Value::as_i64).map(|a| a as isize).collect();
            let layer = Normalization::new().axes(axes).invert(config["invert"] == true);
            layer.adapt(data)?.into_layer()
        }
        "Discretization" => {
            let layer = Discretization::of_bins(size("num_bins")).output_mode(mode(config));
            layer.epsilon(config["epsilon"].as_f64().expect("a number")).adapt(data)?.into_layer()
        }
        "StringLookup" => {
            let mut layer = StringLookup::new().output_mode(mode(config));
            if let Some(mask) = config["mask_token"].as_str() {
                layer = layer.mask_token(mask);
            }
            if size("max_tokens") > 0 {
                layer = layer.max_tokens(size("max_tokens"));
            }
            let layer = layer.pad_to_max_tokens(config["pad_to_max_tokens"] == true);
            layer.num_oov_indices(size("num_oov_indices")).adapt(data)?.into_layer()
        }
        "IntegerLookup" => {
            let mut layer = IntegerLookup::new().output_mode(mode(config));
            if let Some(mask) = config["mask_token"].as_i64() {
                layer = layer.mask_token(mask).max_tokens(size("max_tokens"));
            }
            layer.adapt(data)?.into_layer()
        }
        "TextVectorization" => {
            let mut layer = TextVectorization::new().output_mode(mode(config));
            if config["standardize"] == "lower" {
                layer = layer.standardize(Standardize::Lower).split(TextSplit::Character);
            }
            if size("output_sequence_length") > 0 {
                layer = layer.output_sequence_length(size("output_sequence_length"));
            }
            if size("max_tokens") > 0 {
                layer = layer.max_tokens(size("max_tokens"));
            }
            if size("ngrams") > 0 {
                layer = layer.ngrams(size("ngrams"));
            }
            layer.adapt(data)?.into_layer()
        }
        _ => return Err(Error::value(format!("no such layer as {class}"))),
    })
}

/// The fields that tell what was learned.
const LEARNED: [&str; 5] = ["bin_boundaries", "num_bins", "vocabulary", "idf_weights", "vocabulary_size"];

/// Numbers of a file as the `f32` that they were.
fn rounded(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(rounded).collect(),
        Value::Number(n) => n.as_f64().map_or(Value::Null, |n| Value::from(n as f32)),
        other => other.clone(),
    }
}

#[test]
fn layers_learn_what_those_of_keras_learn() -> Result<()> {
    for case in Golden::read("layers/adapting.json")?.cases()? {
        let class = case.get("class_name")?.text()?;
        let layer = learn(class, case.get("before")?.json(), &tensors(&case, "data")?)?;
        let config = layer.layer().config()?;
        for key in LEARNED {
            let (ours, theirs) = (config.fields().get(key), case.get("after")?.json().get(key).cloned());
            assert_eq!(
                rounded(ours.unwrap_or(&Value::Null)),
                rounded(&theirs.unwrap_or_default()),
                "{class}: {key}"
            );
        }
        let (inputs, outputs) = (tensors(&case, "inputs")?, tensors(&case, "outputs")?);
        near(&Eager::new(&layer).run(&inputs[0])?, &outputs[0]);
        let weights = tensors(&case, "weights")?;
        let mut store = Weights::new();
        let x = saola_graph::constant(inputs[0].clone());
        saola_nn::Scope::new(&mut store).call_ref(&layer, &[x]);
        let session = saola_runtime::Session::new();
        assert_eq!(store.len(), weights.len(), "{class}");
        for ((_, weight), value) in store.iter().zip(&weights) {
            near(&session.value(&weight.symbol)?, value);
        }
    }
    Ok(())
}

#[test]
fn what_cannot_be_learned_says_so() {
    let x = Tensor::from([[1.0f32, 2.0]]);
    let none = Tensor::zeros(DType::F32, [0, 2]).unwrap();
    let fault = |e: Error| e.to_string();
    let given = Normalization::new().moments(1.0f32, 2.0f32);
    assert!(fault(given.adapt(&x).unwrap_err()).contains("given"));
    assert!(fault(Normalization::new().adapt(&none).unwrap_err()).contains("no data"));
    let apart = vec![x.clone(), Tensor::from([[1.0f32, 2.0, 3.0]])];
    assert!(fault(Normalization::new().adapt(&apart).unwrap_err()).contains("same extents"));
    assert!(fault(Normalization::new().axes([2]).adapt(&x).unwrap_err()).contains("axis 2"));
    assert!(fault(Discretization::new([1.0]).adapt(&x).unwrap_err()).contains("of_bins"));
    assert!(fault(Discretization::of_bins(3).adapt(&none).unwrap_err()).contains("no data"));
    let before = Eager::new(Discretization::of_bins(3)).run(&x).unwrap_err();
    assert!(fault(before).contains("adapt"));
    let unsorted = Eager::new(Discretization::new([2.0, 1.0])).run(&x).unwrap_err();
    assert!(fault(unsorted).contains("ascending"));
}

#[test]
fn texts_that_cannot_be_numbered_say_so() {
    let texts = Tensor::from(vec!["the sea", "the sun"]);
    let fault = |layer: TextVectorization| Eager::new(layer).run(&texts).unwrap_err().to_string();
    let known = |layer: TextVectorization| layer.vocabulary(["the"]).unwrap();
    assert!(fault(known(TextVectorization::new())).contains("output_sequence_length"));
    assert!(fault(TextVectorization::new().output_sequence_length(2)).contains("adapt"));
    let counts = TextVectorization::new().output_mode(OutputMode::Count);
    assert!(fault(known(counts.clone().output_sequence_length(2))).contains("no meaning"));
    assert!(fault(known(counts.clone().ngrams(0))).contains("runs of no words"));
    assert!(fault(known(counts.clone().output_mode(OutputMode::OneHot))).contains("one_hot"));
    assert!(fault(known(counts.clone().output_mode(OutputMode::TfIdf))).contains("tf_idf"));
    assert!(fault(known(counts.clone().split(TextSplit::Off).ngrams(2))).contains("not split"));
    let rows = Tensor::from(vec!["a", "b"]).reshape([1, 2]).unwrap();
    let wide = Eager::new(known(counts.clone())).run(&rows).unwrap_err().to_string();
    assert!(wide.contains("[batch, 1]"), "{wide}");
    assert!(counts.adapt(&rows).unwrap_err().to_string().contains("[batch, 1]"));
}
