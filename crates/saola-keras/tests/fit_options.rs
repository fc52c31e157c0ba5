//! What `compile` and `fit` take, and the mistakes that they name.

use saola_data::{Dataset, Element};
use saola_keras::{Compile, Evaluate, Fit, Input, Model, Predict, Sequential};
use saola_nn::activations::Softmax;
use saola_nn::layers::{Activation, Dense};
use saola_nn::losses::{
    BinaryCrossentropy, CategoricalCrossentropy, LossRef, MeanSquaredError, SparseCategoricalCrossentropy,
};
use saola_nn::metrics::{Auc, Curve, F1Score, MeanAbsoluteError, MeanMetricWrapper, Precision};
use saola_nn::optimizers::{LearningRate, Sgd};
use saola_tensor::{Result, Tensor};

fn data() -> Result<(Tensor, Tensor)> {
    let x: Vec<f32> = (0..40 * 3).map(|i| ((i * 37 % 101) as f32 / 50.0) - 1.0).collect();
    let y: Vec<i64> = x.chunks(3).map(|r| i64::from(r[0] + r[1] > r[2])).collect();
    Ok((Tensor::new(x, [40, 3])?, Tensor::from(y)))
}

fn model(compile: Compile) -> Result<Sequential> {
    let mut model = Sequential::new().add(Dense::new(2).activation(Softmax)).seed(5);
    model.compile(compile)?;
    model.build([3])?;
    Ok(model)
}

fn plain() -> Compile {
    Compile::new(Sgd::new(0.1), SparseCategoricalCrossentropy::new())
}

fn fit<'a>() -> Fit<'a> {
    Fit::epochs(3).batch_size(10).shuffle(false).silent()
}

#[test]
fn class_weights_are_weights_of_examples() -> Result<()> {
    let (x, y) = data()?;
    let by_example: Vec<f32> = y.as_slice::<i64>()?.iter().map(|&c| if c == 1 { 3.0 } else { 0.5 }).collect();
    let by_example = Tensor::from(by_example);
    let compile = || plain().metric("accuracy").weighted_metric(MeanAbsoluteErrorOfSum::new());
    let mut a = model(compile())?;
    let mut b = model(compile())?;
    let one = a.fit((&x, &y), fit().class_weight([(1, 3.0), (0, 0.5)]))?;
    let other = b.fit((&x, &y, &by_example), fit())?;
    assert_eq!(one, other);
    let both = a.fit((&x, &y, &by_example), fit().class_weight([(1, 3.0)])).unwrap_err();
    assert!(both.to_string().contains("class weights"), "{both}");
    Ok(())
}

/// A metric that sees weights.
struct MeanAbsoluteErrorOfSum;

impl MeanAbsoluteErrorOfSum {
    #[expect(clippy::new_ret_no_self, reason = "a wrapped function")]
    fn new() -> MeanMetricWrapper {
        MeanMetricWrapper::new("first", |_, p| p.slice(-1, 0..1).sum_over(-1))
    }
}

#[test]
fn weights_count_in_weighted_metrics_alone() -> Result<()> {
    let (x, y) = data()?;
    let w = Tensor::from((0..40).map(|i| f32::from(u8::from(i < 10))).collect::<Vec<f32>>());
    let compile = plain().metric("accuracy").weighted_metric(MeanAbsoluteErrorOfSum::new());
    let mut weighted = model(compile.clone())?;
    let mut first = model(compile)?;
    let all = weighted.evaluate((&x, &y, &w), Evaluate::new().silent())?;
    let part = first.evaluate((&x.rows(0..10)?, &y.rows(0..10)?), Evaluate::new().silent())?;
    assert!((all.get("first")? - part.get("first")?).abs() < 1e-6);
    let whole = first.evaluate((&x, &y), Evaluate::new().silent())?;
    assert_eq!(all.get("accuracy")?, whole.get("accuracy")?);
    Ok(())
}

#[test]
fn outputs_have_losses_weights_and_metrics_by_name() -> Result<()> {
    let (x, y) = data()?;
    let input = Input::new([3]).named("x");
    let kind = input.apply(Dense::new(2).activation(Softmax).named("kind"));
    let size = input.apply(Dense::new(1).named("size"));
    let mut model = Model::new([&input], [&kind, &size])?;
    let compile = Compile::new(Sgd::new(0.1), MeanSquaredError::new())
        .loss_on("kind", "sparse_categorical_crossentropy")
        .loss_weight("size", 0.5)
        .metric_on("kind", "accuracy")
        .metric_on("size", MeanAbsoluteError::new());
    model.compile(compile)?;
    let sums =
        Tensor::new(x.as_slice::<f32>()?.chunks(3).map(|r| r.iter().sum()).collect::<Vec<f32>>(), [40, 1])?;
    let w = Tensor::full(2.0f32, [40])?;
    let labels = || Element::from((&y, &sums));
    let history = model.fit((&x, labels()), fit())?;
    let names: Vec<&str> = history.names().collect();
    assert_eq!(names, ["kind_accuracy", "kind_loss", "loss", "size_loss", "size_mean_absolute_error"]);
    let last = |n: &str| history.last(n);
    assert!((last("loss")? - last("kind_loss")? - 0.5 * last("size_loss")?).abs() < 1e-5);
    let plain = model.evaluate((&x, labels()), Evaluate::new().silent())?.loss()?;
    let double = model.evaluate((&x, labels(), &w), Evaluate::new().silent())?.loss()?;
    assert!((double - 2.0 * plain).abs() < 1e-5);
    let ones = Tensor::full(1.0f32, [40])?;
    let mixed = model.evaluate((&x, labels(), Element::from((&w, &ones))), Evaluate::new().silent())?;
    assert!((mixed.loss()? - plain - mixed.get("kind_loss")? / 2.0).abs() < 1e-5);
    Ok(())
}

#[test]
fn a_step_of_ones_own_has_its_own_loss() -> Result<()> {
    let (x, y) = data()?;
    let mut usual = model(plain())?;
    let same = plain().train_step(|step| step.loss(&step.call(step.inputs())));
    let mut own = model(same)?;
    assert_eq!(usual.fit((&x, &y), fit())?, own.fit((&x, &y), fit())?);
    let mut nothing = model(plain().train_step(|step| step.call(step.inputs())[0].square().sum() * 0.0))?;
    let before = nothing.predict(&x, Predict::new())?;
    nothing.fit((&x, &y), fit())?;
    assert_eq!(nothing.predict(&x, Predict::new())?, before);
    let mut wrong = model(plain().train_step(|step| step.call(step.inputs())[0].clone()))?;
    assert!(wrong.fit((&x, &y), fit()).unwrap_err().to_string().contains("one number"));
    Ok(())
}

#[test]
fn one_batch_at_a_time_stands_alone() -> Result<()> {
    let (x, y) = data()?;
    let mut whole = model(plain().metric("accuracy"))?;
    let mut parts = model(plain().metric("accuracy"))?;
    let history = whole.fit((&x, &y), Fit::epochs(1).batch_size(10).shuffle(false).silent())?;
    let mut sum = 0.0;
    for k in 0..4 {
        let batch = (&x.rows(k * 10..k * 10 + 10)?, &y.rows(k * 10..k * 10 + 10)?);
        sum += parts.train_on_batch(batch)?.get("loss")?;
    }
    // An epoch's loss is the mean of those of its batches, which are as large as one another.
    assert!((history.last("loss")? - sum / 4.0).abs() < 1e-6);
    let tested = parts.test_on_batch((&x, &y))?;
    let whole = whole.evaluate((&x, &y), Evaluate::batch_size(40).silent())?;
    assert_eq!(tested.get("loss")?, whole.get("loss")?);
    Ok(())
}

#[test]
fn values_of_many_numbers_are_shown_one_by_one() -> Result<()> {
    let (x, y) = data()?;
    let hot = Tensor::new(
        y.as_slice::<i64>()?.iter().flat_map(|&c| [1.0 - c as f32, c as f32]).collect::<Vec<f32>>(),
        [40, 2],
    )?;
    let compile = Compile::new(Sgd::new(0.1), CategoricalCrossentropy::new())
        .metric(F1Score::new())
        .metric(Precision::new())
        .metric(Precision::new().class_id(1))
        .metric(Auc::new(Curve::Pr));
    let mut model = model(compile)?;
    let scores = model.evaluate((&x, &hot), Evaluate::new().silent())?;
    let names: Vec<&str> = scores.iter().map(|(n, _)| n).collect();
    assert_eq!(names, ["loss", "f1_score_0", "f1_score_1", "precision", "precision_1", "auc"]);
    Ok(())
}

#[test]
fn data_that_ends_early_ends_training() -> Result<()> {
    let (x, y) = data()?;
    let dataset = Dataset::from_tensor_slices(Element::from((&x, &y)))?.batch(10);
    let mut trained = model(plain())?;
    let history = trained.fit(&dataset, Fit::epochs(5).steps_per_epoch(3).silent())?;
    assert_eq!(history.epoch, [0, 1]);
    assert!(history.stopped.as_deref().is_some_and(|s| s.contains("ran out after step 1 of 3 of epoch 2")));
    let empty = Dataset::from_tensor_slices(Element::from((&x, &y)))?.batch(10).take(0);
    assert!(trained.fit(&empty, fit()).unwrap_err().to_string().contains("empty"));
    assert!(
        trained.evaluate(&empty, Evaluate::new().silent()).unwrap_err().to_string().contains("no examples")
    );
    let endless = dataset.repeat_forever();
    assert!(trained.fit(&endless, fit()).unwrap_err().to_string().contains("steps_per_epoch"));
    assert!(trained.evaluate(&endless, Evaluate::new().silent()).unwrap_err().to_string().contains("steps"));
    assert!(trained.predict(&endless, Predict::new()).unwrap_err().to_string().contains("steps"));
    let few = trained.predict(&endless, Predict::new().steps(2))?;
    assert_eq!(few.n_rows()?, 20);
    Ok(())
}

#[test]
fn labels_and_losses_that_do_not_fit_are_named() -> Result<()> {
    let (x, y) = data()?;
    let fault = |compile: Compile, y: &Tensor| -> Result<String> {
        Ok(model(compile)?.fit((&x, y), fit()).unwrap_err().to_string())
    };
    let far = Tensor::from((0..40).collect::<Vec<i64>>());
    let text = fault(plain(), &far)?;
    assert!(text.contains('2'), "{text}");
    let wide = Tensor::full(0.0f32, [40, 3])?;
    let text = fault(Compile::new(Sgd::new(0.1), MeanSquaredError::new()), &wide)?;
    assert!(text.contains("labels are f32[?, 3]") && text.contains("output"), "{text}");
    let text = fault(Compile::new(Sgd::new(0.1), CategoricalCrossentropy::new()), &y)?;
    assert!(text.contains("SparseCategoricalCrossentropy"), "{text}");
    let text = fault(Compile::new(Sgd::new(0.1), SparseCategoricalCrossentropy::from_logits()), &y)?;
    assert!(text.contains("logits") && text.contains("softmax"), "{text}");
    let mut bare = Sequential::new().add(Dense::new(2));
    bare.compile(plain())?;
    let text = bare.fit((&x, &y), fit()).unwrap_err().to_string();
    assert!(text.contains("no activation"), "{text}");
    let mut linear = Sequential::new().add(Dense::new(2)).add(Activation::new(Softmax));
    linear.compile(plain())?;
    linear.fit((&x, &y), fit())?;
    let twice = plain().metric(MeanMetricWrapper::new("a", |_, p| p.sum_over(-1)));
    let text = fault(twice.metric(MeanMetricWrapper::new("a", |_, p| p.sum_over(-1))), &y)?;
    assert!(text.contains("two values are called `a`"), "{text}");
    Ok(())
}

#[test]
fn settings_that_cannot_be_are_reported_together() -> Result<()> {
    let wrong = Compile::new(Sgd::new(0.1).clipnorm(-1.0), "menn_squared_error").metric("accurracy");
    let text = Sequential::new().add(Dense::new(1)).compile(wrong).unwrap_err().to_string();
    assert!(text.contains("3 settings") && text.contains("mean_squared_error"), "{text}");
    let (x, y) = data()?;
    let bad = Fit::epochs(1).validation_freq(0).steps_per_epoch(0).class_weight([(0, -1.0)]);
    let text = model(plain())?.fit((&x, &y), bad).unwrap_err().to_string();
    assert!(text.contains("validation_freq") && text.contains("class weight"), "{text}");
    let unbuilt = Sequential::new().add(Dense::new(1)).model().map(drop).unwrap_err().to_string();
    assert!(unbuilt.contains("shape of its input"), "{unbuilt}");
    let scheduled = LearningRate::of(|step| 0.1 / (step + 1.0));
    let mut model = model(Compile::new(Sgd::new(scheduled), LossRef::from(BinaryCrossentropy::new())))?;
    assert!((model.model()?.learning_rate()? - 0.1).abs() < 1e-7);
    assert!(model.model()?.set_learning_rate(0.5).unwrap_err().to_string().contains("schedule"));
    Ok(())
}
