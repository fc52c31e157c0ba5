//! Activations with their arguments, and their gradients, against what Keras computed.

use saola_graph::{constant, gradients, placeholder};
use saola_nn::activations::{
    Celu, Elu, Function, Gelu, Glu, HardShrink, LeakyRelu, Relu, SoftShrink, Softmax, Squareplus, threshold,
};
use saola_runtime::{Session, feed};
use saola_tensor::{DType, Result};
use saola_testkit::golden::Entry;
use saola_testkit::{Golden, Tolerance, assert_close_within};

fn activation(case: &Entry<'_>) -> Result<Function> {
    let (name, arguments) = (case.get("name")?.text()?, case.get("arguments")?);
    let number = |key: &str| arguments.find(key).map(|e| e.number()).transpose();
    if arguments.fields()?.is_empty() {
        return Ok(Function::from(name));
    }
    let or = |key: &str, default: f64| Ok::<f64, saola_tensor::Error>(number(key)?.unwrap_or(default));
    let axis = or("axis", -1.0)? as isize;
    Ok(match name {
        "relu" => Relu::with(or("negative_slope", 0.0)?, number("max_value")?, or("threshold", 0.0)?),
        "elu" => Elu::alpha(or("alpha", 1.0)?),
        "celu" => Celu::alpha(or("alpha", 1.0)?),
        "gelu" => Gelu::approximate(),
        "leaky_relu" => LeakyRelu::slope(or("negative_slope", 0.2)?),
        "softmax" => Softmax::axis(axis),
        "glu" => Glu::axis(axis),
        "soft_shrink" => SoftShrink::threshold(or("threshold", 0.5)?),
        "hard_shrink" => HardShrink::threshold(or("threshold", 0.5)?),
        "squareplus" => Squareplus::curve(or("b", 4.0)?),
        "threshold" => threshold(or("threshold", 0.0)?, or("default_value", 0.0)?),
        other => Function::from(format!("{other} with arguments").as_str()),
    })
}

#[test]
fn activations_with_all_of_their_arguments() -> Result<()> {
    let golden = Golden::read("activations.json")?;
    let mut seen = 0;
    for case in golden.cases()? {
        let name = case.get("name")?.text()?;
        let function = activation(&case)?;
        let x = case.get("x")?.tensor()?;
        let xs = placeholder("x", x.dtype(), x.shape());
        let y = function.apply(&xs);
        let upstream = case.get("upstream")?.tensor()?;
        let up = constant(upstream);
        let dx = &gradients([&(&y * up).sum()], [&xs])[0];
        let (y, dx) = Session::new().run((&y, dx), feed![&xs => &x])?;
        // In double precision TensorFlow's gelu and leaky_relu use constants rounded to single precision.
        let rounded = matches!(name, "gelu" | "leaky_relu") && x.dtype() == DType::F64;
        let tolerance = if rounded { Tolerance::of(DType::F32) } else { Tolerance::of(x.dtype()) };
        assert_close_within(&y, &case.get("y")?.tensor()?, tolerance);
        assert_close_within(&dx, &case.get("gradient")?.tensor()?, tolerance);
        seen += 1;
    }
    assert!(seen >= 76, "{seen}");
    Ok(())
}
