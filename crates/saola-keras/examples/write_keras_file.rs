//! Writes two `.keras` files, and beside each its inputs and predictions as JSON, for
//! `tools/golden/keras_file.py check` to compare with Keras's.
//!
//! `cargo run -p saola-keras --example write_keras_file -- <directory>`

use std::path::Path;

use saola_data::Element;
use saola_keras::{Input, Model, Predict, Sequential};
use saola_nn::activations::{Gelu, Relu, Softmax};
use saola_nn::initializers::{HeNormal, VarianceScaling};
use saola_nn::layers::{Activation, Add, Concatenate, Dense, Dropout, Embedding, Flatten};
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
        .add(Activation::new(Softmax).named("classes"));
    let numbers = (0..48).map(|i| (i as f32 * 0.7).sin()).collect::<Vec<_>>();
    let x = Tensor::new(numbers.clone(), [6, 4, 2])?;
    write(sequential.build([4, 2])?, dir, "sequential", &Element::from(&x), &[&x])?;

    let tokens = Tensor::new((0..18).map(|i| (i * 5) % 7).collect::<Vec<i32>>(), [6, 3])?;
    let numbers = Tensor::new(numbers[..24].to_vec(), [6, 4])?;
    let both = Element::from((&tokens, &numbers));
    write(&functional()?, dir, "functional", &both, &[&tokens, &numbers])
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
    let first = all.apply(Dense::new(2).activation(Softmax).named("first"));
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
