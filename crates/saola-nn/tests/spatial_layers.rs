//! What layers refuse, and layers that are called twice.

use saola_graph::{DType, Symbol, placeholder};
use saola_nn::layers::{
    AveragePooling2D, BatchNormalization, Conv1D, Conv2D, Conv2DTranspose, DepthwiseConv2D,
    GlobalMaxPooling1D, LayerNormalization, SeparableConv2D, ZeroPadding2D,
};
use saola_nn::{IntoLayer, Layer, Scope, Weights};
use saola_runtime::{Phase, Session, feed};
use saola_tensor::{Result, Tensor};

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
