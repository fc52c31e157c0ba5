//! Writes four `.keras` files, and beside each its inputs and predictions as JSON, for
//! `tools/golden/keras_file.py check` to compare with Keras's.
//!
//! `cargo run -p saola-keras --example write_keras_file -- <directory>`

use std::path::Path;

use saola_data::Element;
use saola_keras::{Input, Model, Predict, Sequential};
use saola_nn::activations::{self, Gelu, Relu};
use saola_nn::constraints::UnitNorm;
use saola_nn::initializers::{HeNormal, VarianceScaling};
use saola_nn::layers::{
    Activation, ActivityRegularization, AdaptiveAveragePooling1D, Add, AlphaDropout, Attention, Average,
    BatchNormalization, Bidirectional, Concatenate, Conv1DTranspose, Cropping2D, Dense, Dot, Dropout,
    EinsumDense, Embedding, Flatten, GRU, GRUCell, GaussianNoise, GlobalAveragePooling1D, GroupNormalization,
    LSTM, LSTMCell, LeakyReLU, Merge, MultiHeadAttention, PReLU, Permute, RMSNormalization, RNN, ReLU,
    Renorm, Reshape, SeparableConv1D, SimpleRNN, Softmax, SpatialDropout1D, StackedRNNCells, TimeDistributed,
    UnitNormalization, UpSampling2D, ZeroPadding2D,
};
use saola_nn::regularizers::L1L2;
use saola_tensor::{DType, Error, Result, Tensor};
use serde_json::{Value, json};

fn main() -> Result<()> {
    let dir = std::env::args().nth(1).ok_or_else(|| Error::value("usage: write_keras_file <directory>"))?;
    let dir = Path::new(&dir);
    let mut sequential = Sequential::new()
        .add(Flatten::new())
        .add(Dense::new(6).activation(Gelu).kernel_initializer(HeNormal.seed(5)))
        .add(Relu)
        .add(Dropout::new(0.4).seed(1))
        .add(Dense::new(3).kernel_initializer(VarianceScaling::default()).trainable(false))
        .add(Activation::new(activations::Softmax).named("classes"));
    let numbers = (0..48).map(|i| (i as f32 * 0.7).sin()).collect::<Vec<_>>();
    let x = Tensor::new(numbers.clone(), [6, 4, 2])?;
    write(sequential.build([4, 2])?, dir, "sequential", &Element::from(&x), &[&x])?;

    let tokens = Tensor::new((0..18).map(|i| (i * 5) % 7).collect::<Vec<i32>>(), [6, 3])?;
    let numbers = Tensor::new(numbers[..24].to_vec(), [6, 4])?;
    let both = Element::from((&tokens, &numbers));
    write(&functional()?, dir, "functional", &both, &[&tokens, &numbers])?;

    let padded =
        Tensor::new((0..30).map(|i| (i * 5) % 7 * i32::from(i % 5 < 3)).collect::<Vec<i32>>(), [6, 5])?;
    write(&sequences()?, dir, "sequences", &Element::from(&padded), &[&padded])?;
    let x = Tensor::new((0..144).map(|i| (i as f32 * 0.7).sin()).collect::<Vec<_>>(), [2, 6, 4, 3])?;
    let mut plain = plain();
    write(plain.build([6, 4, 3])?, dir, "plain", &Element::from(&x), &[&x])?;

    let x = Tensor::new((0..36).map(|i| (i as f32 * 0.7).sin()).collect::<Vec<_>>(), [6, 6])?;
    write(&nested()?, dir, "nested", &Element::from((&x, &x)), &[&x, &x])
}

/// Models in a model: sequential and functional, one in the other, and one called twice.
fn nested() -> Result<Model> {
    let inner = Sequential::new().add(Dense::new(3).activation(Relu)).add(Dense::new(2)).named("inner");
    let (u, v) = (Input::new([2]).named("u"), Input::new([2]).named("v"));
    let sum = u.apply(&inner).with(&v).apply(Add::new());
    let pair = Model::new([&u, &v], [&sum.apply(Dense::new(2)), &v.apply(&inner).apply(Dense::new(1))])?;
    let encoder = Sequential::new().add(Dense::new(4)).add(BatchNormalization::new()).add(Dense::new(2));
    let (a, b) = (Input::new([6]), Input::new([6]));
    let out = a.apply(&encoder).with(b.apply(&encoder)).apply_many(pair.named("pair").trainable(false));
    Model::new([&a, &b], [&out[0].apply(Dense::new(1)), &out[1]])
}

/// Layers in layers, several outputs of a layer, named arguments, masks.
fn sequences() -> Result<Model> {
    let tokens = Input::new([5]).dtype(DType::I32).named("tokens");
    let x = tokens.apply(Embedding::new(7, 3).mask_zero(true).embeddings_regularizer("l2"));
    let both = x.apply_many(Bidirectional::new(LSTM::new(2).return_sequences(true).return_state(true)));
    let x = both[0].apply(SpatialDropout1D::new(0.2));
    let attention = MultiHeadAttention::new(2, 3).kernel_constraint(UnitNorm::new()).use_gate(true);
    let attended = x.with(&x).with_argument("use_causal_mask", true).apply(attention);
    let scored = x.with(&attended).with_argument("return_attention_scores", true);
    let scored = scored.apply_many(Attention::new().use_scale(true));
    let stacked = StackedRNNCells::new().add(GRUCell::new(3).reset_after(false)).add(LSTMCell::new(2));
    let y = x.apply(RNN::new(stacked).return_sequences(true));
    let states = both[1].with(&both[2]).apply(Average::new());
    let z =
        y.with(&states).apply(GRU::new(2).activity_regularizer(L1L2::new(0.1, 0.2)).return_sequences(true));
    let z = z.apply(TimeDistributed::new(Dense::new(3).activation("tanh").bias_regularizer("l1")));
    let end = z.apply(Bidirectional::new(SimpleRNN::new(2).activation("relu")).merge_mode(Merge::Sum));
    let pooled = scored[0].apply(GlobalAveragePooling1D::new());
    let out = end.with(&pooled).apply(Concatenate::new()).apply(Dense::new(2).kernel_regularizer("l1_l2"));
    let shared = states.with(&states).apply(Dot::along(1).normalize(true));
    Model::new([&tokens], [&out, &scored[1], &shared])
}

/// One layer behind the other, of many kinds.
fn plain() -> Sequential {
    Sequential::new()
        .add(GaussianNoise::new(0.1))
        .add(ZeroPadding2D::new([(1, 0), (0, 2)]))
        .add(GroupNormalization::new(3).gamma_constraint("non_neg"))
        .add(PReLU::new().shared_axes([1, 2]))
        .add(UpSampling2D::new([1, 2]).bilinear())
        .add(Cropping2D::new(1))
        .add(BatchNormalization::new().renorm(Renorm { d: Some(0.5), ..Renorm::default() }))
        .add(LeakyReLU::new())
        .add(EinsumDense::new("abcd,de->abce", [None, None, Some(4)]).bias_axes("e").activation("selu"))
        .add(Permute::new([3, 1, 2]))
        .add(Reshape::new([4, -1]))
        .add(RMSNormalization::new())
        .add(Conv1DTranspose::new(3, 2).strides(2).kernel_initializer("orthogonal"))
        .add(SeparableConv1D::new(4, 3).pointwise_regularizer("l2"))
        .add(UnitNormalization::new())
        .add(ReLU::new().max_value(0.4))
        .add(AdaptiveAveragePooling1D::new(3))
        .add(AlphaDropout::new(0.1))
        .add(ActivityRegularization::new(0.1, 0.0))
        .add(Flatten::new())
        .add(Softmax::new().axis(1))
}

/// Many layers of one class and shape, made in another order than Keras's, and one that is called at two depths.
fn functional() -> Result<Model> {
    let numbers = Input::new([4]).named("numbers");
    let tokens = Input::new([3]).dtype(DType::I32).named("tokens");
    let shared = Dense::new(4).activation("tanh").named("shared");
    let early = numbers.apply(Dense::new(4).named("made_first"));
    let once = numbers.apply(shared.clone());
    let flat = tokens.apply(Embedding::new(7, 2)).apply(Flatten::new());
    let deep = flat.apply(Dense::new(4)).apply(Dense::new(4).activation("elu")).apply(shared);
    let sum = deep.with(&once).with(&early).apply(Add::new());
    let all = flat.with(&sum).apply(Concatenate::new()).apply(Dropout::new(0.5));
    let first = all.apply(Dense::new(2).activation(activations::Softmax).named("first"));
    let second = sum.apply(Dense::new(4)).apply(Dense::new(1).use_bias(false));
    Model::new([&tokens, &numbers], [&second, &first, &deep])
}

fn write(model: &Model, dir: &Path, name: &str, x: &Element, inputs: &[&Tensor]) -> Result<()> {
    model.save(dir.join(format!("{name}.keras")))?;
    let outputs = model.predict_many(x.clone(), Predict::new())?;
    let inputs: Vec<Value> = inputs.iter().map(|t| tensor(t)).collect::<Result<_>>()?;
    let outputs: Vec<Value> = outputs.iter().map(tensor).collect::<Result<_>>()?;
    let text = json!({"inputs": inputs, "outputs": outputs}).to_string();
    saola_tensor::write_atomic(dir.join(format!("{name}.json")), |file| file.write_all(text.as_bytes()))
}

fn tensor(tensor: &Tensor) -> Result<Value> {
    let data = tensor.cast(DType::F64)?.to_vec::<f64>()?;
    Ok(json!({"dtype": tensor.dtype().keras_name(), "shape": tensor.shape().to_vec(), "data": data}))
}
