//! Weights from the `.h5` files of Keras 2 and 3.

use saola_keras::{Input, Model, Predict};
use saola_nn::layers::{
    Add, BatchNormalization, Conv2D, Dense, DepthwiseConv2D, Dropout, LSTM, Reshape, SeparableConv2D,
};
use saola_tensor::{Error, Result, Rng};
use saola_testkit::Golden;

fn model(filters: usize) -> Result<Model> {
    let a = Input::new([6, 5, 3]);
    let x = a.apply(Conv2D::new(filters, 3).use_bias(false)).apply(BatchNormalization::new());
    let x = x.apply(DepthwiseConv2D::new(2).activation("relu"));
    let y = x.apply(SeparableConv2D::new(filters, 1));
    let x = x.with(&y).apply(Add::new()).apply(Reshape::new([3, 2 * filters as isize])).apply(LSTM::new(3));
    Model::new([&a], [&x.apply(Dropout::new(0.5)).apply(Dense::new(2))])
}

#[test]
fn older_files_are_read() -> Result<()> {
    for name in ["legacy_keras2", "legacy_keras3"] {
        let golden = Golden::read(&format!("{name}.json"))?;
        let case = golden.case(name)?;
        let model = model(4)?;
        let report = model.load_weights(Golden::path(&format!("{name}.h5"))?)?;
        assert_eq!(report.loaded.len(), model.weights().len());
        let ours = model.predict(&case.get("input")?.tensor()?, Predict::new())?;
        let wanted = case.get("output")?.tensor()?;
        assert_eq!(ours.shape(), wanted.shape());
        for (a, b) in ours.as_slice::<f32>()?.iter().zip(wanted.as_slice::<f32>()?) {
            assert!((a - b).abs() <= 1e-6 + 1e-5 * b.abs(), "{name}: {a} {b}");
        }
    }
    Ok(())
}

#[test]
fn what_does_not_fit_is_named_at_once() -> Result<()> {
    let path = Golden::path("legacy_keras2.h5")?;
    let other = model(6)?;
    let before = other.weight("dense/kernel")?;
    let text = other.load_weights(&path).unwrap_err().to_string();
    for part in ["conv2d/kernel", "batch_normalization/gamma", "separable_conv2d/bias", "lstm/"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(other.weight("dense/kernel")?, before);
    let a = Input::new([2]);
    let text = Model::new([&a], [&a.apply(Dense::new(1))])?.load_weights(&path).unwrap_err().to_string();
    assert!(text.contains("1 layers with weights, the file 6"), "{text}");
    Ok(())
}

#[test]
fn a_damaged_file_never_panics() -> Result<()> {
    let path = Golden::path("legacy_keras2.h5")?;
    let good = std::fs::read(&path).map_err(|e| Error::io("reading", &path, e))?;
    let dir = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
    let path = dir.path().join("damaged.h5");
    let model = model(4)?;
    let mut random = Rng::new(2, 0);
    let mut refused = 0;
    for i in 0..300 {
        let mut bytes = good.clone();
        match i % 3 {
            0 => bytes.truncate(random.below(good.len())),
            _ => (0..4).for_each(|_| bytes[random.below(good.len())] ^= 1 << random.below(8)),
        }
        std::fs::write(&path, bytes).map_err(|e| Error::io("writing", &path, e))?;
        refused += usize::from(model.load_weights(&path).is_err());
    }
    assert!(refused >= 100, "{refused} of 300");
    Ok(())
}
