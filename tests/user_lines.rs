//! Errors name the layer and the line of the user's program that asked for it, and no line of the library.

use saola::estimator::{DnnRegressor, Train};
use saola::nn::activations::Exponential;
use saola::prelude::*;

/// Fails where `error` does not name `path`, or names a line that is not of this file.
#[track_caller]
fn assert_names(error: &Error, path: &str, lines: &[u32]) {
    let text = error.to_string();
    assert!(text.contains(path), "no `{path}` in: {text}");
    assert!(!text.contains("/src/"), "a line of the library: {text}");
    for line in lines {
        assert!(text.contains(&format!("user_lines.rs:{line}:")), "no line {line} in: {text}");
    }
}

fn data(width: usize) -> Result<(Tensor, Tensor)> {
    Ok((Tensor::new(vec![1.0f32; 8 * width], [8, width])?, Tensor::from(vec![0i64; 8])))
}

#[test]
fn a_layer_that_does_not_fit() -> Result<()> {
    let input = Input::new([4, 4]);
    let line = line!() + 1;
    let output = input.apply(Conv2D::new(3, 2).named("edges"));
    let error = Model::new([&input], [&output]).map(drop).expect_err("two axes for a convolution of images");
    assert_names(&error, "edges", &[line]);
    Ok(())
}

#[test]
fn a_layer_in_a_layer_of_the_users_own() -> Result<()> {
    struct Twice(Dense);
    impl Layer for Twice {
        fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
            let y = cx.call(&self.0, x);
            &y + &y.slice(-1, 0..2)
        }
    }
    let line = line!() - 3;
    let input = Input::new([4]);
    let output = input.apply(Twice(Dense::new(3)));
    let error = Model::new([&input], [&output]).map(drop).expect_err("three and two columns");
    assert_names(&error, "twice", &[line, line - 1]);
    Ok(())
}

#[test]
fn the_first_operation_that_made_a_nan() -> Result<()> {
    let (mut x, y) = data(4)?;
    let line = line!() + 3;
    let mut model = Sequential::new()
        .add(Dense::new(3).activation(Relu))
        .add(Activation::new(Exponential).named("growth"))
        .add(Dense::new(2));
    model.compile(Compile::new(Sgd::default(), SparseCategoricalCrossentropy::from_logits()))?;
    model.fit((&x, &y), Fit::epochs(1).check_numerics().silent())?;
    x = Tensor::new(vec![1e30f32; 32], [8, 4])?;
    let error = model.fit((&x, &y), Fit::epochs(1).check_numerics().silent()).expect_err("too large");
    assert!(error.to_string().contains("exp: made inf"), "{error}");
    assert_names(&error, "growth", &[line]);
    Ok(())
}

#[test]
fn the_way_back_of_a_layer() -> Result<()> {
    let (x, y) = data(4)?;
    let line = line!() + 3;
    let mut model = Sequential::new()
        .add(Dense::new(1).kernel_initializer("zeros"))
        .add(Lambda::new("steep", |x: &Symbol| x.sqrt()).named("steep"));
    model.compile(Compile::new(Sgd::default(), MeanSquaredError::new()))?;
    let y = y.cast(F32)?.reshape([8, 1])?;
    let error = model.fit((&x, &y), Fit::epochs(1).check_numerics().silent()).expect_err("the slope at zero");
    assert_names(&error, "steep", &[line]);
    Ok(())
}

#[test]
fn losses_and_optimizers() -> Result<()> {
    let w = variable("w", Tensor::from(vec![1.0f32; 3]));
    let labels = placeholder("labels", F32, [4]);
    let line = line!() + 1;
    let loss = MeanSquaredError::new().call(&labels, &w);
    assert_names(loss.error().expect("three and four"), "", &[line]);

    let (x, _) = data(4)?;
    let mut model = Sequential::new().add(Dense::new(2));
    let line = line!() + 1;
    model.compile(Compile::new(Sgd::default(), CategoricalCrossentropy::from_logits()))?;
    let labels = Tensor::new(vec![1.0f32; 24], [8, 3])?;
    let error = model.fit((&x, &labels), Fit::epochs(1).silent()).expect_err("two and three classes");
    assert_names(&error, "", &[line]);
    Ok(())
}

#[test]
fn estimators() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let columns = [saola::estimator::column::numeric("a")];
    let estimator = DnnRegressor::new(columns, [16]).model_dir(folder.path());
    let line = line!() + 1;
    let estimator = estimator.build()?;
    let data = || {
        let features = Element::from([("a", Tensor::from(vec![1e25f32; 4]))]);
        Ok(Dataset::from_tensor_slices((features, Tensor::from(vec![1.0f32; 4])))?.batch(2))
    };
    let trained = estimator.train(data, Train::new().check_numerics()).map(drop);
    let error = trained.expect_err("squares overflow");
    assert!(error.to_string().contains("made inf"), "{error}");
    assert_names(&error, "", &[line]);
    Ok(())
}
