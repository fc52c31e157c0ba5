//! Activations and initializers against what Keras computed.

use saola_graph::{Dim, Dims, Symbol, gradients, placeholder, variable};
use saola_nn::activations::Function;
use saola_nn::initializers::{
    Constant, Distribution, Initializer, Mode, RandomNormal, RandomUniform, TruncatedNormal, VarianceScaling,
};
use saola_nn::losses::{CategoricalCrossentropy, Loss};
use saola_nn::optimizers::{Adam, Optimizer};
use saola_runtime::{Session, feed};
use saola_tensor::{DType, Result, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::{Golden, Tolerance, assert_close, assert_close_within};

fn fed(name: &str, tensor: &Tensor) -> Symbol {
    placeholder(name, tensor.dtype(), tensor.shape())
}

#[test]
fn activations_and_their_gradients() -> Result<()> {
    let golden = Golden::read("activations.json")?;
    let mut seen = 0;
    for case in golden.cases()? {
        if !case.get("arguments")?.fields()?.is_empty() {
            continue;
        }
        let name = case.get("name")?.text()?;
        let function = Function::from(name);
        let x = case.get("x")?.tensor()?;
        let xs = fed("x", &x);
        let y = function.apply(&xs);
        if y.error().is_some() {
            continue;
        }
        let upstream = case.get("upstream")?.tensor()?;
        let up = saola_graph::constant(upstream);
        let dx = &gradients([&(&y * up).sum()], [&xs])[0];
        let (y, dx) = Session::new().run((&y, dx), feed![&xs => &x])?;
        // In double precision TensorFlow's gelu and leaky_relu use constants rounded to single precision.
        let rounded = matches!(name, "gelu" | "leaky_relu") && x.dtype() == DType::F64;
        let tolerance = if rounded { Tolerance::of(DType::F32) } else { Tolerance::of(x.dtype()) };
        assert_close_within(&y, &case.get("y")?.tensor()?, tolerance);
        assert_close_within(&dx, &case.get("gradient")?.tensor()?, tolerance);
        seen += 1;
    }
    assert!(seen >= 36, "{seen}");
    Ok(())
}

fn initializer(case: &Entry<'_>) -> Result<Initializer> {
    let arguments = case.get("arguments")?;
    let number = |key: &str, default: f64| arguments.find(key).map_or(Ok(default), |e| e.number());
    Ok(match case.get("class_name")?.text()? {
        "Constant" => Constant(number("value", 0.0)?).into(),
        "RandomNormal" => RandomNormal { mean: number("mean", 0.0)?, stddev: number("stddev", 0.05)? }.into(),
        "TruncatedNormal" => {
            TruncatedNormal { mean: number("mean", 0.0)?, stddev: number("stddev", 0.05)? }.into()
        }
        "RandomUniform" => {
            RandomUniform { min: number("minval", -0.05)?, max: number("maxval", 0.05)? }.into()
        }
        "VarianceScaling" => {
            let mode = match arguments.find("mode").map_or(Ok("fan_in"), |e| e.text())? {
                "fan_in" => Mode::FanIn,
                "fan_out" => Mode::FanOut,
                _ => Mode::FanAvg,
            };
            let distribution =
                match arguments.find("distribution").map_or(Ok("truncated_normal"), |e| e.text())? {
                    "uniform" => Distribution::Uniform,
                    "untruncated_normal" => Distribution::UntruncatedNormal,
                    _ => Distribution::TruncatedNormal,
                };
            VarianceScaling { scale: number("scale", 1.0)?, mode, distribution }.into()
        }
        name => Initializer::from(saola_nn::snake_case(name).as_str()),
    })
}

#[test]
fn initializers_have_keras_moments_and_limits() -> Result<()> {
    let golden = Golden::read("initializers.json")?;
    for (i, case) in golden.cases()?.iter().enumerate() {
        let shape: Vec<usize> =
            case.get("shape")?.items()?.iter().map(|n| Ok(n.integer()? as usize)).collect::<Result<_>>()?;
        let symbol = initializer(case)?.symbol(&Dims::from(shape), DType::F32);
        let value = Session::with_seed(i as u64).value(&variable("w", symbol))?;
        let x: Vec<f64> = value.as_slice::<f32>()?.iter().map(|&v| f64::from(v)).collect();
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let deviation = (x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        let exact = case.get("exact")?;
        let (m, s) = (exact.get("mean")?.number()?, exact.get("std")?.number()?);
        let name = case.get("class_name")?.text()?;
        // Five standard errors of the mean, and of the deviation of the widest of these distributions.
        assert!((mean - m).abs() <= 5.0 * s / n.sqrt() + 1e-7, "{name}: mean {mean}, not {m}");
        assert!(
            (deviation - s).abs() <= 5.0 * s / (2.0 * n).sqrt() + 1e-7,
            "{name}: deviation {deviation}, not {s}"
        );
        if let (Some(low), Some(high)) = (exact.find("low"), exact.find("high")) {
            let (low, high) = (low.number()?, high.number()?);
            let slack = 1e-6 * (high - low).abs().max(1.0);
            let (min, max) =
                (x.iter().copied().fold(f64::MAX, f64::min), x.iter().copied().fold(f64::MIN, f64::max));
            assert!(min >= low - slack && max <= high + slack, "{name}: {min}..{max} beyond {low}..{high}");
            // A limit that is never nearly reached would be the wrong limit.
            let reach = 0.98 * (high - low) / 2.0 + (high + low) / 2.0;
            assert!(max >= reach - slack, "{name}: largest {max}, limit {high}");
        }
    }
    Ok(())
}

#[test]
fn label_smoothing_counts_classes_that_only_the_feed_knows() -> Result<()> {
    let (y, p) = (Tensor::from([[0.0f32, 1.0, 0.0, 0.0]]), Tensor::from([[0.1f32, 0.6, 0.2, 0.1]]));
    let loss = CategoricalCrossentropy::new().label_smoothing(0.1);
    let of = |dims: Dims| {
        let (ys, ps) = (placeholder("y", DType::F32, dims.clone()), placeholder("p", DType::F32, dims));
        Session::new().run(&loss.call(&ys, &ps), feed![&ys => &y, &ps => &p])
    };
    let unknown = of(Dims::from([Dim::Any, Dim::Any]))?;
    assert_close(&unknown, &of(Dims::from([1, 4]))?);
    Ok(())
}

#[test]
fn variables_of_one_name_have_slots_of_their_own() -> Result<()> {
    let of = |first: &str, second: &str| {
        let (a, b) = (variable(first, [1.0f32]), variable(second, [1.0f32]));
        let step = Adam::new(0.1).minimize(&(&a * 3.0 + &b * 1e-3).sum());
        let session = Session::new();
        (0..3).try_for_each(|_| session.run(&step, feed![]))?;
        Ok((session.value(&a)?, session.value(&b)?))
    };
    let apart: (Tensor, Tensor) = of("a", "b")?;
    assert_eq!(of("w", "w")?, apart);
    // Slots are called after the variable's path with other separators.
    assert_eq!(of("x/y_z", "x_y/z")?, apart);
    Ok(())
}
