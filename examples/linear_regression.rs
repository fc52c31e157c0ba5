//! The low floor: placeholders, variables, a loss, an optimizer's step, a session.
//!
//! Fits y = W·x + b to four points by gradient descent: `cargo run --release --example linear_regression`.

use saola::prelude::*;

fn main() -> Result<()> {
    let x_train = Tensor::from([1.0f32, 2.0, 3.0, 4.0]);
    let y_train = Tensor::from([0.0f32, -1.0, -2.0, -3.0]);

    let w = variable("W", 0.3f32);
    let b = variable("b", -0.3f32);
    let x = placeholder("x", F32, [Dim::Any]);
    let y = placeholder("y", F32, [Dim::Any]);
    let out = &w * &x + &b;
    let loss = (&out - &y).square().sum();
    let train = Sgd::new(0.001).minimize(&loss);

    let sess = Session::new();
    for step in 0..1000 {
        sess.run(&train, feed![&x => &x_train, &y => &y_train])?;
        let loss: f32 = sess.run(&loss, feed![&x => &x_train, &y => &y_train])?.item()?;
        println!("iter step {step} training loss {loss}");
    }
    println!("{} {}", sess.value(&w)?, sess.value(&b)?);
    Ok(())
}
