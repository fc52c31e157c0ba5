//! A training step of one's own: digits that are changed a little so as to be mistaken.
//!
//! Each picture is also shown moved by a small step in the direction in which the loss grows fastest, and the model
//! learns from both. (Goodfellow, Shlens and Szegedy, "Explaining and harnessing adversarial examples", 2015.)
//!
//! `cargo run --release --example custom_train_step [FOLDER]`, where FOLDER holds the MNIST test files.

mod mnist_data;

use saola::prelude::*;

/// How far each pixel, from 0 to 1, may be moved.
const STEP: f64 = 0.05;

fn model(hardened: bool) -> Result<Sequential> {
    let mut model = Sequential::new().add(Dense::new(128).activation(Relu)).add(Dense::new(10));
    let mut compile =
        Compile::new(Adam::default(), SparseCategoricalCrossentropy::from_logits()).metric(Accuracy::new());
    if hardened {
        compile = compile.train_step(|step| {
            let x = &step.inputs()[0];
            let loss = step.loss(&step.call(step.inputs()));
            let moved = x + gradients([&loss], [x])[0].stop_gradient().sign() * STEP;
            loss * 0.5 + step.loss(&step.call(&[moved])) * 0.5
        });
    }
    model.compile(compile)?;
    Ok(model)
}

/// The share of moved pictures that the model still knows.
fn accuracy_when_moved(model: &mut Sequential, x: &Tensor, y: &Tensor) -> Result<f64> {
    let model = model.model()?;
    let (images, labels) =
        (placeholder("images", F32, [Dim::Any, Dim::Known(784)]), placeholder("labels", I64, [Dim::Any]));
    let loss = SparseCategoricalCrossentropy::from_logits().call(&labels, &model.call(&images));
    let moved = &images + gradients([&loss], [&images])[0].sign() * STEP;
    let right = model.call(&moved).argmax(-1).equal(&labels).cast(F32).mean();
    Ok(f64::from(model.session().run(&right, feed![&images => x, &labels => y])?.item::<f32>()?))
}

fn main() -> Result<()> {
    let digits = mnist_data::load()?;
    let mut kept = Vec::new();
    for hardened in [false, true] {
        let mut model = model(hardened)?;
        model.fit((&digits.x_train, &digits.y_train), Fit::epochs(3).batch_size(32).silent())?;
        let scores = model.evaluate((&digits.x_test, &digits.y_test), Evaluate::new().silent())?;
        let moved = accuracy_when_moved(&mut model, &digits.x_test, &digits.y_test)?;
        println!("hardened: {hardened:5}  accuracy {:.3}  when moved {moved:.3}", scores.get("accuracy")?);
        kept.push(moved);
    }
    assert!(kept[1] > kept[0]);
    Ok(())
}
