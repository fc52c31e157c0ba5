//! Models for pictures against Keras's: sizes and places of weights, and what they make of given ones.

use saola_graph::{Dim, Dims};
use saola_keras::applications::{self, Application, ClassIndex, Mode, Pooling};
use saola_keras::{Model, Predict};
use saola_tensor::{DType, Error, Result, Shape, Tensor};
use saola_testkit::{Entry, Golden};

/// The rule of the generator.
fn value(path: &str, shape: &[usize]) -> Result<Tensor> {
    let seed: u64 = (1..).zip(path.bytes()).map(|(i, b): (u64, u8)| i * u64::from(b)).sum::<u64>() % 1009;
    let summed: usize = match shape {
        [a, b, .., 1] => a * b,
        [rest @ .., _] if !rest.is_empty() => rest.iter().product(),
        _ => 0,
    };
    let (scale, middle) = match path.rsplit('/').next().unwrap_or_default() {
        _ if summed > 0 => ((12.0 / summed as f64).sqrt(), 0.0),
        "gamma" | "moving_variance" | "variance" => (0.5, 1.0),
        _ => (0.2, 0.0),
    };
    let count: usize = shape.iter().product();
    let u = |i: u64| ((i * 7919 + seed * 104_729) % 2003) as f64 / 2003.0 - 0.5;
    Tensor::new((0..count as u64).map(|i| (middle + scale * u(i)) as f32).collect::<Vec<_>>(), shape)
}

fn shape_of(weight: &saola_nn::Weight) -> Shape {
    weight.symbol.dims().known().unwrap_or_default()
}

fn picture(shape: &[usize]) -> Result<Tensor> {
    let count: usize = shape.iter().product();
    let value = |i: usize| ((i * 5443 % 511) as f64 / 255.5 - 1.0) as f32;
    Tensor::new((0..count).map(value).collect::<Vec<_>>(), shape)
}

/// A sum over the places and shapes of all weights.
fn places(model: &Model) -> String {
    let line = |(path, weight): (&str, &saola_nn::Weight)| {
        let dims: Vec<String> = shape_of(weight).iter().map(usize::to_string).collect();
        format!("{path} [{}]", dims.join(", "))
    };
    let mut lines: Vec<String> = model.weights().iter().map(line).collect();
    lines.sort();
    let fold = |h: u64, b: u8| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", lines.join("\n").bytes().fold(0xcbf2_9ce4_8422_2325, fold))
}

/// The application with the arguments of a case.
fn with(arguments: &Entry<'_>, mut application: Application) -> Result<(Application, Vec<usize>)> {
    let shape = arguments.get("input_shape")?.items()?;
    let shape: Vec<usize> = shape.iter().map(|n| Ok(n.integer()? as usize)).collect::<Result<_>>()?;
    let pooling = if arguments.get("pooling")?.text()? == "avg" { Pooling::Average } else { Pooling::Max };
    if let Some(alpha) = arguments.find("alpha") {
        application = application.alpha(alpha.number()?);
    }
    let dims: Dims = shape.iter().map(|&n| Dim::Known(n)).collect();
    Ok((application.include_top(false).pooling(pooling).input_shape(dims), shape))
}

#[test]
fn weights_stand_where_keras_has_them() -> Result<()> {
    let golden = Golden::read("applications.json")?;
    for name in applications::NAMES {
        let case = golden.case(name)?;
        let model = applications::by_name(name)?.build()?;
        assert_eq!(model.name(), case.get("model")?.text()?);
        assert_eq!(model.count_params() as i64, case.get("params")?.integer()?, "{name}");
        let trained: usize = model.weights().iter().filter(|(_, w)| w.trainable).map(|(_, w)| w.len()).sum();
        assert_eq!(trained as i64, case.get("trainable")?.integer()?, "{name}");
        assert_eq!(model.layer_names().len() as i64, case.get("layers")?.integer()?, "{name}");
        assert_eq!(places(&model), case.get("places")?.text()?, "{name}");
    }
    Ok(())
}

fn outputs_are_keras(names: &[&str]) -> Result<()> {
    let golden = Golden::read("applications.json")?;
    for name in names {
        let case = golden.case(name)?;
        let (application, shape) = with(&case.get("arguments")?, applications::by_name(name)?)?;
        let model = application.build()?;
        for (path, weight) in model.weights().iter() {
            if weight.symbol.dtype().is_float() {
                model.set_weight(path, &value(path, &shape_of(weight))?)?;
            }
        }
        let x = picture(&[1, shape[0], shape[1], shape[2]])?;
        let ours = model.predict(&x, Predict::new())?;
        let wanted = case.get("output")?.tensor()?;
        let (ours, wanted) = (ours.as_slice::<f32>()?, wanted.as_slice::<f32>()?);
        let largest = wanted.iter().fold(0f32, |m, v| m.max(v.abs()));
        assert_eq!(ours.len().div_ceil(16), wanted.len());
        for (i, (a, b)) in ours.iter().step_by(16).zip(wanted).enumerate() {
            assert!((a - b).abs() <= 2e-5 * largest, "{name} at {i}: {a} {b}");
        }
    }
    Ok(())
}

#[test]
fn large_maps_are_keras() -> Result<()> {
    outputs_are_keras(&["VGG16", "ResNet50"])
}

#[test]
fn sums_and_chains_are_keras() -> Result<()> {
    outputs_are_keras(&["ResNet50V2", "DenseNet121"])
}

#[test]
fn small_models_are_keras() -> Result<()> {
    outputs_are_keras(&["MobileNet", "MobileNetV2", "EfficientNetB0"])
}

#[test]
fn branches_are_keras() -> Result<()> {
    outputs_are_keras(&["InceptionV3", "Xception"])
}

#[test]
fn pictures_are_brought_to_each_mode() -> Result<()> {
    let golden = Golden::read("applications.json")?;
    for (name, mode) in [("tf", Mode::Tf), ("caffe", Mode::Caffe), ("torch", Mode::Torch)] {
        let case = golden.case(name)?;
        let x = case.get("input")?.tensor()?;
        let (ours, wanted) = (mode.preprocess(&x)?, case.get("output")?.tensor()?);
        assert_eq!(ours.shape(), wanted.shape());
        for (a, b) in ours.as_slice::<f32>()?.iter().zip(wanted.as_slice::<f32>()?) {
            assert!((a - b).abs() <= 1e-5 * (1.0 + b.abs()), "{name}: {a} {b}");
        }
        let whole = Tensor::new((0..24).map(|i| (i * 11 % 256) as u8).collect::<Vec<_>>(), [2, 2, 2, 3])?;
        assert_eq!(mode.preprocess(&whole)?, ours);
    }
    assert!(Mode::Caffe.preprocess(&Tensor::zeros(DType::F32, [2, 2, 4])?).is_err());
    Ok(())
}

#[test]
fn classes_are_named() -> Result<()> {
    let dir = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
    let path = dir.path().join("index.json");
    let write = |n: usize| {
        let entries: Vec<String> = (0..n).map(|i| format!("\"{i}\": [\"n{i}\", \"thing {i}\"]")).collect();
        std::fs::write(&path, format!("{{{}}}", entries.join(", "))).unwrap();
    };
    write(999);
    assert!(ClassIndex::read(&path).unwrap_err().to_string().contains("class 999"));
    write(1000);
    let index = ClassIndex::read(&path)?;
    let scores: Vec<f32> = (0..1000).map(|i| if i == 7 { 9.0 } else { -(i as f32) }).collect();
    let decoded = index.decode(&Tensor::new(scores, [1, 1000])?, 3)?;
    let names: Vec<&str> = decoded[0].iter().map(|p| p.description.as_str()).collect();
    assert_eq!(names, ["thing 7", "thing 0", "thing 1"]);
    assert!(index.decode(&Tensor::zeros(DType::F32, [2, 10])?, 3).is_err());
    Ok(())
}

#[test]
fn wrong_arguments_are_errors() {
    let fault = |a: Application| a.build().err().map(|e| e.to_string()).unwrap_or_default();
    assert!(fault(applications::vgg16().alpha(0.5)).contains("takes no `alpha`"));
    assert!(fault(applications::xception().input_shape([70, 71, 3])).contains("at least 71"));
    assert!(fault(applications::resnet50().input_shape([64, 64])).contains("height, width and channels"));
    assert!(fault(applications::mobilenet().alpha(0.0)).contains("`alpha` is 0"));
    let open = [Dim::Any, Dim::Any, Dim::Known(3)];
    assert!(fault(applications::densenet121().input_shape(open)).contains("must be known"));
    assert!(applications::by_name("ResNet51").unwrap_err().to_string().contains("ResNet50"));
    let open = applications::mobilenet_v2().include_top(false).build();
    assert_eq!(open.map(|m| m.name().to_string()).ok().as_deref(), Some("mobilenetv2_1.00_None"));
}
