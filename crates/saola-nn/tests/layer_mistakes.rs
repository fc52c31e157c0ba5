//! What layers refuse, each in one clear error; and layers and cells of a user's own.

use saola_graph::{DType, Dim, Symbol, constant, gradients, placeholder};
use saola_nn::initializers::Ones;
use saola_nn::layers::*;
use saola_nn::regularizers::L2;
use saola_nn::{IntoLayer, Layer, Masking as Masks, Scope, Weights};
use saola_runtime::{Session, feed};
use saola_tensor::{Result, Tensor};
use saola_testkit::{Tolerance, assert_close_within};

#[track_caller]
fn refused(layer: impl Layer, shapes: &[&[usize]], words: &[&str]) {
    let xs: Vec<Symbol> = shapes.iter().map(|dims| placeholder("x", DType::F32, *dims)).collect();
    let outputs = Scope::new(&mut Weights::new()).call_all(&layer.into_layer(), &xs, Vec::new());
    let text = outputs[0].error().map(ToString::to_string).unwrap_or_default();
    for word in words.iter().chain(&["help"]) {
        assert!(text.contains(word), "`{word}` is missing in: {text}");
    }
}

#[test]
fn plain_layers_say_what_is_wrong() {
    refused(LeakyReLU::new().negative_slope(-1.0), &[&[2, 3]], &["negative_slope is -1"]);
    refused(ReLU::new().max_value(f64::NAN), &[&[2, 3]], &["max_value is NaN"]);
    refused(PReLU::new().shared_axes([3]), &[&[2, 3]], &["the shared axis 3"]);
    refused(Softmax::new().axis(4), &[&[2, 3]], &["axis 4"]);
    refused(Subtract::new(), &[&[2, 3]], &["takes two inputs, not 1"]);
    refused(Add::new(), &[&[2, 3], &[2, 4]], &["3", "4"]);
    refused(Dot::along(0), &[&[2, 3], &[2, 3]], &["the first axis is the batch"]);
    refused(Dot::along(1), &[&[2, 3], &[2, 4]], &["3 and 4"]);
    refused(Dropout::new(1.5), &[&[2, 3]], &["rate is 1.5"]);
    refused(Dropout::new(0.5).noise_shape([None, Some(2)]), &[&[2, 3]], &["noise shape of [none, 2]"]);
    refused(SpatialDropout2D::new(0.5), &[&[2, 3]], &["SpatialDropout2D: the input"]);
    refused(GaussianNoise::new(-1.0), &[&[2, 3]], &["stddev is -1"]);
    refused(Permute::new([1, 1]), &[&[2, 3, 4]], &["dims are [1, 1]"]);
    refused(RepeatVector::new(2), &[&[2, 3, 4]], &["RepeatVector: the input"]);
    refused(Reshape::new([5]), &[&[2, 3, 4]], &["numbers of elements differ"]);
    refused(Reshape::new([-1, -1]), &[&[2, 3, 4]], &["only one extent"]);
    refused(Cropping1D::new(3), &[&[2, 5, 4]], &["3 and 3 of an extent of 5"]);
    refused(UpSampling2D::new([1, 2, 3]), &[&[2, 5, 4, 1]], &["3 numbers for 2"]);
    refused(GroupNormalization::new(3), &[&[2, 4]], &["4 channels in 3 groups"]);
    refused(RMSNormalization::new().axes([1, -1]), &[&[2, 4]], &["axes are [1, -1]"]);
    refused(UnitNormalization::new().axis(5), &[&[2, 4]], &["axis 5"]);
    refused(EinsumDense::new("ab,bc", [Some(2)]), &[&[2, 4]], &["is none"]);
    refused(EinsumDense::new("abc,cd->abd", [None, Some(2)]), &[&[2, 4]], &["is not for"]);
    refused(EinsumDense::new("ab,bc->ac", [Some(2)]).bias_axes("x"), &[&[2, 4]], &["has no `x`"]);
    refused(AdaptiveMaxPooling1D::new(0), &[&[2, 4, 1]], &["output size of 0"]);
    refused(Conv1DTranspose::new(2, 3).padding("causal"), &[&[2, 4, 1]], &["causal"]);
}

#[test]
fn recurrent_layers_and_attention_say_what_is_wrong() {
    refused(LSTM::new(0), &[&[2, 5, 3]], &["LSTM: 0 units"]);
    refused(GRU::new(2), &[&[2, 5]], &["GRU: the input is f32[2, 5]"]);
    refused(LSTM::new(2).dropout(1.0), &[&[2, 5, 3]], &["dropout"]);
    refused(LSTM::new(2), &[&[2, 5, 3], &[2, 2]], &["1 states are given, and the cell has 2"]);
    refused(GRU::new(2), &[&[2, 5, 3], &[2, 4]], &["initial state"]);
    refused(LSTMCell::new(2), &[&[2, 3], &[2, 2]], &["an input and 2 states"]);
    refused(RNN::new(StackedRNNCells::new()), &[&[2, 5, 3]], &["no cells"]);
    refused(Bidirectional::new(Dense::new(2)), &[&[2, 5, 3]], &["`Dense` is not recurrent"]);
    refused(TimeDistributed::new(Dense::new(2)), &[&[2, 5]], &["steps of f32[2, 5] have no axes"]);
    refused(MultiHeadAttention::new(0, 2), &[&[2, 5, 3], &[2, 5, 3]], &["0 heads"]);
    refused(MultiHeadAttention::new(2, 2), &[&[2, 5, 3]], &["two or three inputs, not 1"]);
    refused(
        MultiHeadAttention::new(2, 2).attention_axes([5]),
        &[&[2, 5, 3], &[2, 5, 3]],
        &["attention_axes"],
    );
    refused(GroupQueryAttention::new(2, 3, 2), &[&[2, 5, 3], &[2, 5, 3]], &["3 heads of the query for 2"]);
    refused(Attention::new(), &[&[2, 5, 3], &[2, 5, 4]], &["3", "4"]);
    let x = placeholder("x", DType::F32, [Dim::Any, 5.into(), 3.into()]);
    let y = Scope::new(&mut Weights::new()).call(&LSTM::new(2).stateful(true), &x);
    assert!(y.error().is_some_and(|e| e.to_string().contains("batch_size(32)")));
}

/// `h' = x·w + h`, of which the output is twice the state.
struct Sum;

impl Cell for Sum {
    fn state_sizes(&self) -> Vec<usize> {
        vec![2]
    }

    fn begin(&self, cx: &mut Scope<'_>, x: &Symbol, _states: &[Symbol]) -> Step {
        let w = cx.weight("w", [x.dim(-1), 2.into()], Ones);
        Step::new(move |x, states| {
            let h = x.matmul(&w) + &states[0];
            (&h * 2.0, vec![h])
        })
    }
}

#[test]
fn a_cell_of_ones_own_is_stepped_along_sequences() -> Result<()> {
    let x = placeholder("x", DType::F32, [Dim::Any, 3.into(), 1.into()]);
    let mut weights = Weights::new();
    let mut cx = Scope::new(&mut weights);
    cx.set_mask(&x, Some(&constant(Tensor::from([[true, false, true]]))));
    let y = cx.call(&RNN::new(Sum).return_sequences(true), &x);
    assert_eq!(weights.paths().collect::<Vec<_>>(), ["rnn/cell/w"]);
    let w = weights.get("rnn/cell/w").expect("a weight").symbol.clone();
    let dw = &gradients([&y.sum()], [&w])[0];
    let values = Tensor::from([[[1.0f32], [10.0], [100.0]]]);
    let (y, dw) = Session::new().run((&y, dw), feed![&x => &values])?;
    assert_eq!(y.to_vec::<f32>()?, [2.0, 2.0, 2.0, 2.0, 202.0, 202.0]);
    assert_eq!(dw.to_vec::<f32>()?, [206.0, 206.0]);
    Ok(())
}

/// Passes masks on, and adds a loss.
struct Half;

impl Layer for Half {
    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        let y = x * 0.5;
        cx.add_loss(&y.sum());
        y
    }

    fn masking(&self) -> Masks {
        Masks::Passes
    }
}

#[test]
fn layers_of_ones_own_pass_masks_and_add_losses() -> Result<()> {
    let x = constant([[1.0f32, 3.0]]);
    let mut weights = Weights::new();
    let mut cx = Scope::new(&mut weights);
    cx.set_mask(&x, Some(&constant(Tensor::from([[true, false]]))));
    let y = cx.call(&Half, &x);
    assert!(cx.mask(&y).is_some());
    let y = cx.call(&Dense::new(1).activity_regularizer(L2::new(1.0)).kernel_initializer("ones"), &y);
    let losses = cx.losses();
    let total = losses.iter().fold(constant(0.0f32), |a, b| a + b);
    let (y, total) = Session::new().run((&y, &total), feed![])?;
    assert_eq!(y.to_vec::<f32>()?, [2.0]);
    assert_close_within(&total, &Tensor::from(2.0f32 + 4.0), Tolerance::of(DType::F32));
    // A layer that knows nothing of masks ends one, which is said.
    let mut cx = Scope::new(&mut weights);
    let image = constant(Tensor::zeros(DType::F32, [1, 2, 2])?);
    cx.set_mask(&image, Some(&constant(Tensor::from([[true, false]]))));
    let flat = cx.call(&Flatten::new(), &image);
    assert!(cx.mask(&flat).is_none());
    assert!(matches!(weights.warnings(), [one] if one.contains("`flatten` (Flatten)")));
    Ok(())
}
