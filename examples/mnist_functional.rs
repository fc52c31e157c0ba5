//! A functional model, and the same model as a function inside a program of the low floor.
//!
//! `cargo run --release --example mnist_functional [FOLDER]`, where FOLDER holds the MNIST test files.

mod mnist_data;

use saola::prelude::*;

fn main() -> Result<()> {
    let digits = mnist_data::load()?;

    let input = Input::new([784]);
    let x = input.apply(Dense::new(512).activation(Relu));
    let output = x.apply(Dense::new(10).activation(Softmax));
    let mut model = Model::new([&input], [&output])?;
    model.compile(
        Compile::new(Adam::default(), SparseCategoricalCrossentropy::new()).metric(Accuracy::new()),
    )?;
    println!("{}", model.summary());

    let data = (&digits.x_train, &digits.y_train);
    model.fit(data, Fit::epochs(5).batch_size(32).validation((&digits.x_test, &digits.y_test)))?;
    let scores = model.evaluate((&digits.x_test, &digits.y_test), Evaluate::batch_size(32))?;
    // What Keras reaches on the same split with three seeds: .957 to .966.
    assert!(scores.get("accuracy")? >= 0.95, "the network learned less than Keras's");

    // A model is a function too, and goes on in low-level code.
    let x = placeholder("images", F32, [Dim::Any, Dim::Known(784)]);
    let y = placeholder("labels", I64, [Dim::Any]);
    let y_hat = model.call(&x);
    let loss = SparseCategoricalCrossentropy::new().call(&y, &y_hat);
    let train = Sgd::new(0.01).minimize(&loss);
    let (images, labels) = (digits.x_test.rows(0..32)?, digits.y_test.rows(0..32)?);
    for step in 0..5 {
        let before: f32 = model.session().run(&loss, feed![&x => &images, &y => &labels])?.item()?;
        model.session().run(&train, feed![&x => &images, &y => &labels])?;
        println!("step {step} of a loop of our own: loss {before:.4}");
    }
    Ok(())
}
