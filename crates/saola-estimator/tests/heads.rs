//! Heads beside the real ones: losses, predictions and metrics over two batches.

use std::sync::Arc;

use saola_estimator::head::{
    BinaryClassHead, Head, LogisticRegressionHead, MultiClassHead, MultiHead, MultiLabelHead,
    PoissonRegressionHead, RegressionHead,
};
use saola_estimator::{DnnClassifier, Features, Labels, Mode, column};
use saola_graph::{Dim, Symbol, placeholder};
use saola_nn::losses::Reduction;
use saola_runtime::{Feeds, Session};
use saola_tensor::{DType, Error, Result, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::{Golden, Tolerance, assert_close};

/// A tensor of a case. Its strings are text, not the bytes of a checkpoint.
fn tensor(entry: &Entry<'_>) -> Result<Tensor> {
    if entry.get("dtype")?.text()? != "string" {
        return entry.tensor();
    }
    let words: Vec<&str> = entry.get("data")?.items()?.iter().map(|w| w.text()).collect::<Result<_>>()?;
    let shape: Vec<usize> =
        entry.get("shape")?.items()?.iter().map(|n| Ok(n.integer()? as usize)).collect::<Result<_>>()?;
    Tensor::from(words).reshape(shape)
}

fn numbers(settings: &Entry<'_>, key: &str) -> Result<Vec<f64>> {
    settings.find(key).map_or(Ok(Vec::new()), |e| e.items()?.iter().map(Entry::number).collect())
}

fn head(name: &str, settings: &Entry<'_>) -> Result<Arc<dyn Head>> {
    let vocabulary = match settings.find("vocabulary") {
        Some(words) => {
            Some(words.items()?.iter().map(|w| Ok(w.text()?.to_string())).collect::<Result<Vec<_>>>()?)
        }
        None => None,
    };
    let weighted = settings.find("weighted").is_some();
    let n = settings.find("n").or(settings.find("n_classes")).map_or(Ok(0), |n| n.integer())? as usize;
    let sum = settings.find("reduction").is_some();
    macro_rules! with_shared {
        ($head:expr) => {{
            let head = $head.loss_reduction(if sum { Reduction::Sum } else { Reduction::SumOverBatchSize });
            if weighted { Arc::new(head.weight_column("w")) } else { Arc::new(head) }
        }};
    }
    Ok(match name {
        "binary" => {
            with_shared!(BinaryClassHead::new(vocabulary).thresholds(numbers(settings, "thresholds")?))
        }
        "multi_class" => with_shared!(MultiClassHead::new(n, vocabulary)),
        "multi_label" => {
            let classes: Vec<usize> =
                numbers(settings, "metric_classes")?.iter().map(|&c| c as usize).collect();
            let mut head = MultiLabelHead::new(n)
                .thresholds(numbers(settings, "thresholds")?)
                .classes_for_class_based_metrics(classes);
            if let Some(words) = vocabulary {
                head = head.label_vocabulary(words);
            }
            with_shared!(head)
        }
        "regression" => with_shared!(RegressionHead::new().label_dimension(n)),
        "logistic_regression" => with_shared!(LogisticRegressionHead::new()),
        "poisson_regression" => {
            let full = settings.find("part").is_none();
            with_shared!(PoissonRegressionHead::new().label_dimension(n).compute_full_loss(full))
        }
        "multi" => {
            let words = ["a", "b", "c"].map(String::from).to_vec();
            let kind = MultiClassHead::new(3, Some(words)).loss_reduction(Reduction::Sum);
            Arc::new(
                MultiHead::new()
                    .head("buy", BinaryClassHead::new(None).weight_column("w"))
                    .weighted_head("size", RegressionHead::new().label_dimension(2), 0.5)
                    .weighted_head("kind", kind, 2.0),
            )
        }
        other => return Err(Error::value(format!("no head `{other}`"))),
    })
}

fn open(name: &str, like: &Tensor) -> Symbol {
    let rest = like.shape().iter().skip(1).map(|&n| Dim::Known(n));
    placeholder(name, like.dtype(), std::iter::once(Dim::Any).chain(rest).collect::<Vec<_>>())
}

/// Logits, weights and labels of a batch, in this order.
fn fed_in(batch: &Entry<'_>) -> Result<Vec<(String, Tensor)>> {
    let mut all = Vec::new();
    for key in ["logits", "weights"] {
        all.push((key.to_string(), tensor(&batch.get(key)?)?));
    }
    let labels = batch.get("labels")?;
    if labels.find("dtype").is_some() {
        all.push(("labels".into(), tensor(&labels)?));
        return Ok(all);
    }
    for (name, entry) in labels.fields()? {
        all.push((name.to_string(), tensor(&entry)?));
    }
    Ok(all)
}

fn check(case: &Entry<'_>) -> Result<()> {
    let head = head(case.get("name")?.text()?, &case.get("settings")?)?;
    assert_eq!(head.faults(), Vec::<String>::new());
    let batches = case.get("batches")?.items()?;
    let fed: Vec<(String, Symbol)> =
        fed_in(&batches[0])?.iter().map(|(n, t)| (n.clone(), open(n, t))).collect();
    let features = Features::from_iter([("w", fed[1].1.clone())]);
    let labels = match &fed[2..] {
        [(_, one)] => Labels::from(one.clone()),
        several => Labels::from_iter(several.iter().cloned()),
    };
    let logits = &fed[0].1;
    let loss = head.assess(Mode::Train, logits, &labels, &features)?.loss;
    let predictions = head.predictions(logits)?;
    let metrics = head.assess(Mode::Eval, logits, &labels, &features)?.metrics;
    let session = Session::new();
    for batch in &batches {
        let values = fed_in(batch)?;
        let mut feeds = Feeds::new();
        fed.iter().zip(&values).for_each(|((_, symbol), (_, value))| feeds.add(symbol, value));
        let got = session.run(&loss, feeds.clone())?.item::<f32>()?;
        let expected = batch.get("loss")?.number()?;
        assert!(Tolerance::of(DType::F32).takes(f64::from(got), expected), "loss {got}, not {expected}");
        let expected = batch.get("predictions")?;
        assert_eq!(expected.fields()?.len(), predictions.len());
        for (name, expected) in expected.fields()? {
            let got = session.run(&predictions[name], feeds.clone())?;
            let expected = tensor(&expected)?;
            match got.dtype() {
                DType::F32 => assert_close(&got, &expected),
                DType::Str => assert_eq!(got, expected, "{name}"),
                dtype => assert_eq!(got, expected.cast(dtype)?, "{name}"),
            }
        }
        for metric in metrics.values() {
            session.run(&metric.update, feeds.clone())?;
        }
    }
    let expected = case.get("metrics")?.fields()?;
    assert_eq!(expected.len(), metrics.len());
    for (name, expected) in expected {
        let got = f64::from(session.run(&metrics[name].result, Feeds::new())?.item::<f32>()?);
        assert!(Tolerance::of(DType::F32).takes(got, expected.number()?), "{name}: {got}, not {expected:?}");
    }
    Ok(())
}

#[test]
fn heads_are_those_of_tensorflow() -> Result<()> {
    let golden = Golden::read("estimator_heads.json")?;
    for (i, case) in golden.cases()?.iter().enumerate() {
        check(case).map_err(|e| e.context(format!("case {i}")))?;
    }
    Ok(())
}

/// What a run of the loss of these values says.
fn failure(head: &dyn Head, logits: Tensor, labels: Tensor, weights: Tensor) -> Result<String> {
    let fed = [open("logits", &logits), open("labels", &labels), open("w", &weights)];
    let features = Features::from_iter([("w", fed[2].clone())]);
    let loss = match head.assess(Mode::Train, &fed[0], &Labels::from(fed[1].clone()), &features) {
        Ok(assessment) => assessment.loss,
        Err(error) => return Ok(error.to_string()),
    };
    let mut feeds = Feeds::new();
    fed.iter().zip([&logits, &labels, &weights]).for_each(|(symbol, value)| feeds.add(symbol, value));
    match Session::new().run(&loss, feeds) {
        Ok(loss) => Ok(format!("no error, but {loss}")),
        Err(error) => Ok(error.to_string()),
    }
}

/// A head, logits, labels, weights, and what the error says.
type Mistake<'a> = (Box<dyn Head>, &'a Tensor, Tensor, Tensor, &'a [&'a str]);

fn column(x: [f32; 2]) -> Result<Tensor> {
    Tensor::from(x).reshape([2, 1])
}

fn refused(cases: Vec<Mistake<'_>>) -> Result<()> {
    for (head, logits, labels, weights, expected) in cases {
        let text = failure(&*head, logits.clone(), labels, weights)?;
        assert!(expected.iter().all(|part| text.contains(part)), "{text}");
    }
    Ok(())
}

#[test]
fn labels_that_are_no_classes_are_errors() -> Result<()> {
    let (logits, ones) = (column([0.5, -1.0])?, Tensor::from([1.0f32, 1.0]));
    let wide = Tensor::from([[1.0f32, 2.0, 3.0], [0.0, 0.0, 0.0]]);
    refused(vec![
        (
            Box::new(BinaryClassHead::new(None)),
            &logits,
            Tensor::from([0i64, 2]),
            ones.clone(),
            &["labels: element 1 is 2, not between 0 and 1"],
        ),
        (
            Box::new(MultiClassHead::new(3, None)),
            &wide,
            Tensor::from([-1i64, 2]),
            ones.clone(),
            &["labels: element 0 is -1, not between 0 and 2"],
        ),
        (
            Box::new(BinaryClassHead::new(Some(vec!["no".into(), "yes".into()]))),
            &logits,
            Tensor::from(["yes", "maybe"]),
            ones.clone(),
            &["maybe"],
        ),
        (
            Box::new(BinaryClassHead::new(None)),
            &logits,
            Tensor::from(["yes", "no"]),
            ones.clone(),
            &["labels are strings, and there is no label vocabulary"],
        ),
    ])
}

#[test]
fn numbers_and_weights_that_cannot_be_are_errors() -> Result<()> {
    let (logits, ones) = (column([0.5, -1.0])?, Tensor::from([1.0f32, 1.0]));
    let wide = Tensor::from([[1.0f32, 2.0, 3.0], [0.0, 0.0, 0.0]]);
    refused(vec![
        (
            Box::new(RegressionHead::new().weight_column("w")),
            &logits,
            Tensor::from([1.0f32, 2.0]),
            Tensor::from([1.0f32, -0.5]),
            &["weights `w`: element 1 is -0.5, not between 0"],
        ),
        (
            Box::new(RegressionHead::new().weight_column("mass")),
            &logits,
            Tensor::from([1.0f32, 2.0]),
            ones.clone(),
            &["the weights of the examples", "the input has no feature `mass`"],
        ),
        (
            Box::new(RegressionHead::new().label_dimension(3)),
            &wide,
            Tensor::from([1.0f32, 2.0]),
            ones.clone(),
            &["labels are f32[?], not [batch, 3]"],
        ),
        (
            Box::new(LogisticRegressionHead::new()),
            &logits,
            Tensor::from([0.5f32, 1.5]),
            ones.clone(),
            &["labels: element 1 is 1.5, not between 0 and 1"],
        ),
        (
            Box::new(PoissonRegressionHead::new()),
            &logits,
            Tensor::from([3.0f32, f32::NAN]),
            ones.clone(),
            &["labels: element 1 is NaN"],
        ),
    ])
}

#[test]
fn settings_that_cannot_be_are_told_together() -> Result<()> {
    let wrong = DnnClassifier::new([column::numeric("x")], [4, 0])
        .n_classes(3)
        .label_vocabulary(["a", "b", "a", "c"])
        .dropout(1.0)
        .build();
    let text = wrong.map(|_| ()).unwrap_err().to_string();
    for part in [
        "DnnClassifier: ",
        "a hidden layer has no units",
        "dropout is 1",
        "n_classes is 3, the label vocabulary has 4",
        "the label vocabulary has `a` twice",
    ] {
        assert!(text.contains(part), "{text}");
    }
    Ok(())
}

#[test]
fn classes_have_names_where_labels_are_integers() -> Result<()> {
    let words = ["no".to_string(), "yes".to_string()];
    let more = ["a", "b", "c"].map(String::from);
    let named: [Box<dyn Head>; 2] = [
        Box::new(BinaryClassHead::new(None).class_names(&words)),
        Box::new(MultiClassHead::new(3, None).class_names(&more)),
    ];
    let spelled: [Box<dyn Head>; 2] = [
        Box::new(BinaryClassHead::new(Some(words.to_vec()))),
        Box::new(MultiClassHead::new(3, Some(more.to_vec()))),
    ];
    for (named, spelled) in named.into_iter().zip(spelled) {
        let width = named.logits_dimension();
        let logits = Tensor::from((0..2 * width).map(|i| i as f32 - 0.5).collect::<Vec<_>>());
        let logits = logits.reshape([2, width])?;
        let x = open("logits", &logits);
        let (a, b) = (named.predictions(&x)?, spelled.predictions(&x)?);
        for name in ["classes", "all_classes"] {
            let both = Session::new().run([&a[name], &b[name]], Feeds::new().with(&x, &logits))?;
            assert_eq!(both[0], both[1], "{name}");
        }
        // Labels are still numbers.
        let labels = Labels::from(open("labels", &Tensor::from([0i64, 1])));
        assert!(named.assess(Mode::Train, &x, &labels, &Features::default()).is_ok());
        assert!(spelled.assess(Mode::Train, &x, &labels, &Features::default()).is_err());
    }
    let faults = MultiClassHead::new(3, None).class_names(["a", "a"]).faults().join("; ");
    assert_eq!(
        faults,
        "n_classes is 3, the list of class names has 2; the list of class names has `a` twice"
    );
    Ok(())
}

#[test]
fn several_heads_have_names_and_labels_of_their_own() -> Result<()> {
    let double = MultiHead::new().head("a", RegressionHead::new()).head("a", MultiClassHead::new(1, None));
    let text = double.faults().join("; ");
    assert!(text.contains("two heads are called `a`"), "{text}");
    assert!(MultiHead::new().faults().join("").contains("no heads"));
    let (a, b) = (RegressionHead::new().weight_column("w"), LogisticRegressionHead::new());
    let head = MultiHead::new().head("size", a).head("chance", b);
    let (logits, ones) = (Tensor::from([[0.5f32, 1.0], [0.0, 0.0]]), Tensor::from([1.0f32, 1.0]));
    // Labels without names belong to no head.
    let text = failure(&head, logits.clone(), ones.clone(), ones)?;
    assert!(text.contains("no labels `size`") && text.contains("a map from names to tensors"), "{text}");
    let of = |name: &str| (name.to_string(), placeholder(name, DType::F32, [Dim::Any]));
    let labels = Labels::from_iter([of("size"), of("chances")]);
    let features = Features::from_iter([of("w")]);
    let wrong = head.assess(Mode::Train, &open("logits", &logits), &labels, &features);
    let text = wrong.expect_err("another name").to_string();
    assert!(text.contains("no labels `chance`") && text.contains("did you mean `chances`?"), "{text}");
    // Labels that have names are no tensor.
    assert!(labels.square().error().is_some_and(|e| e.to_string().contains("size, chances")));
    Ok(())
}
