//! Losses, metrics, activations and initializers against what Keras computed.

use saola_graph::{Dim, Dims, Symbol, gradients, placeholder, variable};
use saola_nn::activations::Function;
use saola_nn::initializers::{
    Constant, Distribution, Initializer, Mode, RandomNormal, RandomUniform, TruncatedNormal, VarianceScaling,
};
use saola_nn::losses::{
    BinaryCrossentropy, CategoricalCrossentropy, Loss, LossRef, MeanSquaredError, Reduction,
    SparseCategoricalCrossentropy,
};
use saola_nn::metrics::{self, Auc, Curve, Mean, Metric, MetricState, Precision, Recall, Sum};
use saola_nn::optimizers::{Adam, Optimizer};
use saola_runtime::{Feeds, Session, feed};
use saola_tensor::{DType, Result, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::{Golden, Tolerance, assert_close, assert_close_within};

fn fed(name: &str, tensor: &Tensor) -> Symbol {
    placeholder(name, tensor.dtype(), tensor.shape())
}

/// The loss of a case, or none for a class that is not here.
fn loss(case: &Entry<'_>, reduction: Reduction) -> Result<Option<LossRef>> {
    let arguments = case.get("arguments")?;
    let logits = arguments.find("from_logits").is_some_and(|e| e.truth().unwrap_or(false));
    let smoothing = arguments.find("label_smoothing").map_or(Ok(0.0), |e| e.number())?;
    Ok(match case.get("class_name")?.text()? {
        "MeanSquaredError" => Some(MeanSquaredError::new().reduction(reduction).into()),
        "BinaryCrossentropy" => {
            let loss = if logits { BinaryCrossentropy::from_logits() } else { BinaryCrossentropy::new() };
            Some(loss.label_smoothing(smoothing).reduction(reduction).into())
        }
        "CategoricalCrossentropy" => {
            let loss =
                if logits { CategoricalCrossentropy::from_logits() } else { CategoricalCrossentropy::new() };
            Some(loss.label_smoothing(smoothing).reduction(reduction).into())
        }
        "SparseCategoricalCrossentropy" => {
            let class = SparseCategoricalCrossentropy::new;
            let loss = if logits { SparseCategoricalCrossentropy::from_logits() } else { class() };
            Some(loss.reduction(reduction).into())
        }
        _ => None,
    })
}

#[test]
fn losses_with_every_reduction_weights_and_gradients() -> Result<()> {
    let golden = Golden::read("losses.json")?;
    let mut seen = 0;
    for case in golden.cases()? {
        let (y, p) = (case.get("y_true")?.tensor()?, case.get("y_pred")?.tensor()?);
        let weights =
            case.find("sample_weight").filter(|w| !w.json().is_null()).map(|w| w.tensor()).transpose()?;
        let (ys, ps) = (fed("y", &y), fed("p", &p));
        let ws = weights.as_ref().map(|w| fed("w", w));
        let run = |value: &Symbol| {
            let mut feeds = Feeds::new().with(&ys, &y).with(&ps, &p);
            if let (Some(s), Some(t)) = (&ws, &weights) {
                feeds.add(s, t);
            }
            Session::new().run(value, feeds)
        };
        let reductions = [
            ("none", Reduction::None),
            ("sum", Reduction::Sum),
            ("sum_over_batch_size", Reduction::SumOverBatchSize),
            ("mean_with_sample_weight", Reduction::MeanWithSampleWeight),
        ];
        for (name, reduction) in reductions {
            let Some(loss) = loss(&case, reduction)? else { continue };
            let value = loss.loss().call_weighted(&ys, &ps, ws.as_ref());
            assert_close(&run(&value)?, &case.get("results")?.get(name)?.tensor()?);
            if reduction == Reduction::SumOverBatchSize {
                let gradient = &gradients([&value], [&ps])[0];
                assert_close(&run(gradient)?, &case.get("gradient")?.tensor()?);
                seen += 1;
            }
        }
    }
    assert!(seen >= 30, "{seen}");
    Ok(())
}

fn metric(case: &Entry<'_>, y: &[Symbol], w: Option<&Symbol>) -> Result<Option<MetricState>> {
    let arguments = case.get("arguments")?;
    let plain = arguments.fields()?.is_empty();
    let build = |m: &dyn Metric| Some(m.build("m", &y[0], &y[1], w));
    Ok(match case.get("class_name")?.text()? {
        "Mean" => Some(Mean.build("m", &y[0], w)),
        "Sum" => Some(Sum.build("m", &y[0], w)),
        "BinaryAccuracy" => {
            let threshold = arguments.find("threshold").map_or(Ok(0.5), |e| e.number())?;
            build(&metrics::BinaryAccuracy::new().threshold(threshold))
        }
        "CategoricalAccuracy" => build(&metrics::CategoricalAccuracy::new()),
        "SparseCategoricalAccuracy" => build(&metrics::SparseCategoricalAccuracy::new()),
        "MeanSquaredError" => build(&metrics::MeanSquaredError::new()),
        "Precision" if plain && w.is_none() => Some(Precision::new().build("m", &y[0], &y[1])),
        "Recall" if plain && w.is_none() => Some(Recall::new().build("m", &y[0], &y[1])),
        "AUC" if w.is_none() => {
            let curve = arguments.find("curve").map_or(Ok("ROC"), |e| e.text())?;
            let n = arguments.find("num_thresholds").map_or(Ok(200), |e| e.integer())?;
            let curve = if curve == "PR" { Curve::Pr } else { Curve::Roc };
            Some(Auc::new(curve).thresholds(n as usize).build("m", &y[0], &y[1]))
        }
        _ => None,
    })
}

#[test]
fn metrics_over_several_updates() -> Result<()> {
    let golden = Golden::read("metrics.json")?;
    let mut seen = 0;
    for case in golden.cases()? {
        let updates = case.get("updates")?.items()?;
        let arguments = |update: &Entry<'_>| -> Result<Vec<Tensor>> {
            update.get("arguments")?.items()?.iter().map(Entry::tensor).collect()
        };
        let weights = |update: &Entry<'_>| -> Result<Option<Tensor>> {
            update.find("sample_weight").filter(|w| !w.json().is_null()).map(|w| w.tensor()).transpose()
        };
        let open = |name: &str, t: &Tensor| {
            let rest = t.shape().iter().skip(1).map(|&n| Dim::Known(n));
            let dims: Dims = std::iter::once(Dim::Any).chain(rest).collect();
            placeholder(name, t.dtype(), dims)
        };
        let first = arguments(&updates[0])?;
        let symbols: Vec<Symbol> = first.iter().map(|t| open("argument", t)).collect();
        let weight = weights(&updates[0])?.map(|t| open("weight", &t));
        let Some(state) = metric(&case, &symbols, weight.as_ref())? else { continue };
        let session = Session::new();
        for round in 0..2 {
            for update in &updates {
                let (values, w) = (arguments(update)?, weights(update)?);
                let mut feeds = Feeds::new();
                symbols.iter().zip(&values).for_each(|(s, t)| feeds.add(s, t));
                weight.iter().zip(&w).for_each(|(s, t)| feeds.add(s, t));
                session.run(&state.update, feeds)?;
                let got = f64::from(session.run(&state.result, feed![])?.item::<f32>()?);
                let expected = update.get("result")?.number()?;
                let near = Tolerance::of(DType::F32).takes(got, expected);
                assert!(near, "{} round {round}: {got}, not {expected}", case.get("name")?.text()?);
            }
            session.run(&state.reset, feed![])?;
        }
        seen += 1;
    }
    assert!(seen >= 20, "{seen}");
    Ok(())
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
