//! Warm starts beside those of TensorFlow, and what they refuse.

use std::path::Path;

use saola_data::{Dataset, Element};
use saola_estimator::column::{self, Embedding};
use saola_estimator::{
    DnnLinearCombinedClassifier, Estimator, RunConfig, Train, VocabInfo, WarmStartSettings,
};
use saola_nn::initializers::Ones;
use saola_nn::optimizers::Sgd;
use saola_tensor::{DType, Error, Result, Tensor};
use saola_testkit::tolerance::difference;
use saola_testkit::{Golden, Tolerance};

const OLD: [&str; 4] = ["red", "green", "blue", "grey"];
const NEW: [&str; 3] = ["blue", "pink", "red"];
const CLASSES: [&str; 3] = ["yes", "no", "perhaps"];
const REVERSED: [&str; 3] = ["perhaps", "no", "yes"];
const EMBEDDED: &str = "dnn/input_from_feature_columns/input_layer/color_embedding/embedding_weights";
const LINEAR: &str = "linear/linear_model/color/weights";

fn data() -> Result<Dataset> {
    let colors: Vec<&str> = (0..12).map(|i| OLD[i % 4]).collect();
    let sizes: Vec<f32> = (0..12).map(|i| i as f32 / 6.0 - 1.0).collect();
    let labels: Vec<&str> = (0..12).map(|i| CLASSES[i * 5 % 3]).collect();
    let features = Element::from([("size", Tensor::from(sizes)), ("color", Tensor::from(colors))]);
    Ok(Dataset::from_tensor_slices((features, Tensor::from(labels)))?.batch(6))
}

/// The model of the fixture; its learning rate of zero leaves what the weights begin with.
fn model(folder: &Path, words: &[&str], labels: [&str; 3], oov: usize) -> DnnLinearCombinedClassifier {
    let color = column::vocabulary_with_oov("color", words.to_vec(), oov);
    let deep = vec![column::numeric("size"), Embedding::new(color.clone(), 3).into()];
    DnnLinearCombinedClassifier::new()
        .linear_columns([color])
        .dnn_columns(deep)
        .dnn_hidden_units([4])
        .n_classes(3)
        .label_vocabulary(labels)
        .linear_optimizer(Sgd::new(0.0))
        .dnn_optimizer(Sgd::new(0.0))
        .config(RunConfig::new().model_dir(folder).quiet())
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// The estimator after one step.
fn begun(model: DnnLinearCombinedClassifier) -> Result<Estimator> {
    let estimator = model.build()?;
    estimator.train(data, Train::steps(1))?;
    Ok(estimator)
}

#[test]
fn weights_begin_with_what_tensorflow_gives_them() -> Result<()> {
    let from = Golden::path("estimator_warm")?;
    let start = || WarmStartSettings::new(&from);
    let files = folder();
    let file = |name: &str, words: &[&str]| -> Result<std::path::PathBuf> {
        let path = files.path().join(name);
        std::fs::write(&path, words.join("\n")).map_err(|e| Error::io("writing", &path, e))?;
        Ok(path)
    };
    let colors = || -> Result<VocabInfo> {
        Ok(VocabInfo::new(file("new", &NEW)?, file("old", &OLD)?).num_oov_buckets(1))
    };
    for case in Golden::read("estimator_warm/expected.json")?.cases()? {
        let (warm, cold) = (folder(), folder());
        let model =
            |at: &tempfile::TempDir, words: &[&str], labels, oov| model(at.path(), words, labels, oov);
        let old = |at| model(at, &OLD, CLASSES, 2);
        let (warm, cold) = match case.get("name")?.text()? {
            "all" => (old(&warm).warm_start_from(&from), old(&cold)),
            "some" => (old(&warm).warm_start_from(start().vars_to_warm_start("dnn/h")), old(&cold)),
            "other_name" => {
                let bias = "dnn/logits/bias";
                let start = start().vars_to_warm_start(bias);
                let start = start.prev_var_name(bias, "linear/linear_model/bias_weights");
                (old(&warm).warm_start_from(start), old(&cold))
            }
            "vocabulary" => {
                let start = start()
                    .vars_to_warm_start("dnn/hidden|.*/color")
                    .vocab_info(EMBEDDED, colors()?.backup_initializer(Ones))
                    .vocab_info(LINEAR, colors()?.old_vocab_size(3));
                (model(&warm, &NEW, CLASSES, 1).warm_start_from(start), model(&cold, &NEW, CLASSES, 1))
            }
            "classes" => {
                let classes = VocabInfo::new(REVERSED, CLASSES).axis(1);
                let start = start().only_vocabularies().vocab_info("dnn/logits/kernel", classes);
                (model(&warm, &OLD, REVERSED, 2).warm_start_from(start), model(&cold, &OLD, REVERSED, 2))
            }
            other => return Err(Error::value(format!("no case `{other}`"))),
        };
        let (warm, cold) = (begun(warm)?, begun(cold)?);
        let expected = case.get("weights")?.fields()?;
        for name in warm.variable_names()? {
            let got = warm.variable_value(&name)?;
            match expected.iter().find(|(n, _)| *n == name) {
                Some((_, expected)) => {
                    let fault = difference(&got, &expected.tensor()?, Tolerance::of(DType::F32));
                    assert!(fault.is_none(), "{case:?}, {name}: {fault:?}");
                }
                None => assert_eq!(got, cold.variable_value(&name)?, "{name} was not to be changed"),
            }
        }
    }
    Ok(())
}

#[test]
fn a_checkpoint_of_its_own_counts_more() -> Result<()> {
    let at = folder();
    let first = begun(model(at.path(), &OLD, CLASSES, 2))?;
    let before = first.variable_value("dnn/logits/kernel")?;
    let again = begun(model(at.path(), &OLD, CLASSES, 2).warm_start_from(Golden::path("estimator_warm")?))?;
    assert_eq!(again.variable_value("dnn/logits/kernel")?, before);
    assert_eq!(again.variable_value("global_step")?.item::<i64>()?, 2);
    Ok(())
}

#[test]
fn what_does_not_fit_is_told_at_once_and_nothing_is_written() -> Result<()> {
    let from = Golden::path("estimator_warm")?;
    let start = || WarmStartSettings::new(&from);
    let empty = folder();
    let cases: Vec<(WarmStartSettings, &[&str])> = vec![
        (WarmStartSettings::new(empty.path()), &["there is no checkpoint in", "a model that was trained"]),
        (start(), &["does not fit", EMBEDDED, LINEAR, "f32[4, 3], in the checkpoint f32[6, 3]"]),
        (start().vars_to_warm_start("dnn/(h"), &["`dnn/(h` is no regular expression"]),
        (
            start().prev_var_name("dnn/logits/bais", "b"),
            &["no variable `dnn/logits/bais`", "`dnn/logits/bias`?"],
        ),
        (
            start().only_vocabularies().vocab_info(EMBEDDED, VocabInfo::new(NEW, OLD)),
            &[EMBEDDED, "4 old words, 3 new ones and 0 classes behind them"],
        ),
        (
            start().vars_to_warm_start("dnn/logits/bias").prev_var_name("dnn/logits/bias", "none"),
            &["the checkpoint has no `none`"],
        ),
        (
            start().only_vocabularies().vocab_info(LINEAR, VocabInfo::new(Path::new("no/file"), OLD)),
            &["no/file"],
        ),
    ];
    for (settings, words) in cases {
        let at = folder();
        let wrong = begun(model(at.path(), &NEW, CLASSES, 1).warm_start_from(settings));
        let text = wrong.map(drop).expect_err("it does not fit").to_string();
        for word in words {
            assert!(text.contains(word), "`{word}` is missing in: {text}");
        }
        assert!(saola_io::latest_checkpoint(at.path())?.is_none(), "{text}");
    }
    Ok(())
}
