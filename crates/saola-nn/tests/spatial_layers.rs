//! Layers over spatial axes and normalizations against what Keras computed, and what they refuse.

use saola_graph::{DType, Dim, Symbol, placeholder};
use saola_nn::layers::{
    AveragePooling2D, BatchNormalization, Conv1D, Conv2D, Conv2DTranspose, DepthwiseConv2D,
    GlobalMaxPooling1D, LayerNormalization, SeparableConv2D, ZeroPadding2D, from_config,
};
use saola_nn::{IntoLayer, Layer, Scope, Weights};
use saola_runtime::{Phase, RunOptions, Session, feed};
use saola_tensor::{Result, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::{Golden, Tolerance, assert_close_within};

fn near(got: &Tensor, expected: &Tensor) {
    assert_close_within(got, expected, Tolerance::of(DType::F32).times(10.0));
}

fn tensors(case: &Entry<'_>, key: &str) -> Result<Vec<Tensor>> {
    case.get(key)?.items()?.iter().map(|e| e.tensor()).collect()
}

fn check(case: &Entry<'_>) -> Result<()> {
    let (class, name) = (case.get("class_name")?.text()?, case.get("name")?.text()?);
    let layer = from_config(class, name, case.get("config")?.json())?;
    let x = case.get("x")?.tensor()?;
    let dims: Vec<Dim> = std::iter::once(Dim::Any).chain(x.shape()[1..].iter().map(|&n| n.into())).collect();
    let input = placeholder("x", DType::F32, dims);
    let mut weights = Weights::new();
    let y = Scope::new(&mut weights).call_ref(&layer, std::slice::from_ref(&input));
    y.check()?;
    let paths: Vec<String> = weights.paths().map(str::to_string).collect();
    let wanted: Vec<String> = case
        .get("paths")?
        .items()?
        .iter()
        .map(|p| p.text().map(|p| format!("{name}/{p}")))
        .collect::<Result<_>>()?;
    assert_eq!(paths, wanted);
    let session = Session::new();
    for ((_, weight), value) in weights.iter().zip(tensors(case, "weights")?) {
        session.set_value(&weight.symbol, &value)?;
    }
    near(&session.run(&y, feed![&input => &x])?, &case.get("inference")?.tensor()?);
    let training = session.run_with(RunOptions::training(), &y, feed![&input => &x])?;
    near(&training, &case.get("training")?.tensor()?);
    for ((_, weight), value) in weights.iter().zip(tensors(case, "after")?) {
        near(&session.value(&weight.symbol)?, &value);
    }
    // What Keras wrote is written again, field by field.
    let written = layer.layer().config()?;
    for (key, value) in written.fields() {
        let theirs = &case.get("config")?.json()[key];
        assert!(theirs == value || theirs.is_object(), "{class}: `{key}` is {value}, in Keras {theirs}");
    }
    Ok(())
}

#[test]
fn layers_are_those_of_keras() -> Result<()> {
    let golden = Golden::read("spatial_layers.json")?;
    for case in golden.cases()? {
        check(&case)
            .map_err(|e| e.context(format!("{:?}", case.get("config").map(|c| c.json().to_string()))))?;
    }
    Ok(())
}

fn call(layer: impl Layer, dims: &[usize]) -> Symbol {
    let x = placeholder("x", DType::F32, dims);
    Scope::new(&mut Weights::new()).call_ref(&layer.into_layer(), &[x])
}

#[track_caller]
fn refused(layer: impl Layer, dims: &[usize], words: &[&str]) {
    let y = call(layer, dims);
    let text = y.error().map(ToString::to_string).unwrap_or_default();
    for word in words.iter().chain(&["help"]) {
        assert!(text.contains(word), "`{word}` is missing in: {text}");
    }
}

#[test]
fn mistakes_are_named() {
    refused(Conv2D::new(0, 3), &[1, 5, 5, 1], &["Conv2D: 0 filters"]);
    refused(Conv2D::new(4, 3), &[1, 5, 5], &["Conv2D: the input is f32[1, 5, 5]", "4 axes"]);
    refused(Conv2D::new(4, 3).groups(2), &[1, 5, 5, 3], &["3 channels in 2 groups"]);
    refused(Conv2D::new(4, 6), &[1, 5, 5, 3], &["does not fit into an extent of 5", "conv2d"]);
    refused(Conv2D::new(4, [3, 3, 3]), &[1, 5, 5, 3], &["3 numbers for 2 spatial axes"]);
    refused(Conv2D::new(4, 3).padding("smae"), &[1, 5, 5, 3], &["\"smae\"", "did you mean `same`"]);
    refused(Conv2D::new(4, 3).padding("causal"), &[1, 5, 5, 3], &["causal padding of 2"]);
    refused(Conv1D::new(4, 3).strides(0), &[1, 5, 3], &["strides of 0"]);
    refused(Conv2DTranspose::new(0, 3), &[1, 5, 5, 3], &["filters is 0"]);
    refused(DepthwiseConv2D::new(3).depth_multiplier(0), &[1, 5, 5, 3], &["depth_multiplier is 0"]);
    refused(SeparableConv2D::new(0, 3), &[1, 5, 5, 3], &["filters is 0"]);
    refused(AveragePooling2D::new(2), &[1, 5, 3], &["AveragePooling2D: the input"]);
    refused(GlobalMaxPooling1D::new(), &[1, 5], &["GlobalMaxPooling1D: the input"]);
    refused(BatchNormalization::new().axis(4), &[1, 5, 3], &["axis 4 does not exist"]);
    refused(BatchNormalization::new().momentum(2.0), &[1, 5], &["momentum is 2"]);
    refused(BatchNormalization::new().epsilon(f64::NAN), &[1, 5], &["epsilon is NaN"]);
    refused(LayerNormalization::new().axes([1, -1]), &[1, 5], &["axes are [1, -1]"]);
    refused(ZeroPadding2D::new(1), &[1, 5, 3], &["ZeroPadding2D: the input"]);
}

#[test]
fn a_layer_that_is_called_twice_moves_its_moments_twice() -> Result<()> {
    let (a, b) = (placeholder("a", DType::F32, [2, 1]), placeholder("b", DType::F32, [2, 1]));
    let layer = BatchNormalization::new().momentum(0.5);
    let mut weights = Weights::new();
    let mut cx = Scope::new(&mut weights).phase(Phase::Training);
    let y = cx.call(&layer, &a).sum() + cx.call(&layer, &b).sum();
    let session = Session::new();
    let (first, second) = (Tensor::from([[1.0f32], [3.0]]), Tensor::from([[10.0f32], [10.0]]));
    session.run(&y, feed![&a => &first, &b => &second])?;
    let mean = weights.get("batch_normalization/moving_mean").expect("the moving mean");
    // From 0 half way to 2, and from there half way to 10.
    assert_eq!(session.value(&mean.symbol)?.to_vec::<f32>()?, [5.5]);
    Ok(())
}
