//! Exports of every premade estimator with what they predict, for `tools/check_saved_model.py`, which compares it with what
//! TensorFlow makes of them.
//!
//! ```sh
//! cargo run -p saola-estimator --example saved_models -- FOLDER
//! ```

use std::io::Write;
use std::path::{Path, PathBuf};

use saola_data::{Dataset, Element, encode_example, parse_example};
use saola_estimator::export::{Export, parsing_serving_input_receiver, raw_serving_input_receiver};
use saola_estimator::head::{
    BinaryClassHead, LogisticRegressionHead, MultiClassHead, MultiHead, MultiLabelHead,
    PoissonRegressionHead, RegressionHead,
};
use saola_estimator::{
    BaselineClassifier, BaselineRegressor, Column, DnnClassifier, DnnEstimator, DnnLinearCombinedClassifier,
    DnnLinearCombinedRegressor, DnnRegressor, Estimator, EstimatorSpec, LinearClassifier, LinearEstimator,
    LinearRegressor, Mode, Predict, RunConfig, Train, column,
};
use saola_graph::{Combiner, Dim, Dims};
use saola_io::RecordWriter;
use saola_nn::layers::Dense;
use saola_nn::losses::{Loss, MeanSquaredError};
use saola_nn::optimizers::Adam;
use saola_tensor::{Bytes, DType, Error, Result, StrArray, Tensor};
use saola_testkit::golden::shown;
use serde_json::{Map, Value, json};

/// How many examples there are.
const ROWS: usize = 24;

/// How many values a feature with several has, at most.
const WIDTH: usize = 4;

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).ok_or_else(|| {
        Error::value("no folder is given")
            .help("cargo run -p saola-estimator --example saved_models -- FOLDER")
    })?;
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder).map_err(|e| Error::io("creating", &folder, e))?;
    let words = folder.join("animals.txt");
    std::fs::write(&words, "cat\ndog\nemu\nfox\n").map_err(|e| Error::io("writing", &words, e))?;
    let cases = Cases { wide: wide(&words), deep: deep(&words), steps: sequences(&words), folder };
    cases.linear()?;
    cases.dnn()?;
    cases.both()?;
    cases.baseline()?;
    cases.heads()
}

/// The cases, with the columns that they use.
struct Cases {
    folder: PathBuf,
    wide: Vec<Column>,
    deep: Vec<Column>,
    steps: Vec<Column>,
}

const HIDDEN: [usize; 2] = [7, 5];

const SPECIES: [&str; 3] = ["setosa", "versicolor", "virginica"];

fn adam() -> Adam {
    Adam::new(0.05)
}

impl Cases {
    fn config(&self, name: &str) -> RunConfig {
        RunConfig::new().model_dir(self.folder.join(name).join("model")).seed(3).quiet()
    }

    fn case(
        &self,
        name: &str,
        estimator: Result<Estimator>,
        labels: Labels,
        columns: &[Column],
    ) -> Result<()> {
        writeln!(std::io::stdout(), "{name}").map_err(|e| Error::io("writing", "the output", e))?;
        write(&self.folder.join(name), &estimator?, labels, columns)
            .map_err(|e| e.context(format!("case `{name}`")))
    }

    /// The wide columns and the deep ones, of two of one name the first.
    fn all(&self) -> Vec<Column> {
        let names: Vec<String> = self.wide.iter().map(Column::name).collect();
        let more = self.deep.iter().filter(|c| !names.contains(&c.name()));
        self.wide.iter().chain(more).cloned().collect()
    }

    fn linear(&self) -> Result<()> {
        let (wide, all) = (&self.wide, self.all());
        let binary = LinearClassifier::new(wide.clone()).config(self.config("linear_binary"));
        self.case("linear_binary", binary.build(), Labels::Binary, wide)?;
        let words = LinearClassifier::new(all.clone()).n_classes(3).label_vocabulary(SPECIES);
        let words = words.sparse_combiner(Combiner::Mean).config(self.config("linear_words"));
        self.case("linear_words", words.build(), Labels::Words, &all)?;
        let numbers = LinearRegressor::new(wide.clone()).config(self.config("linear_numbers"));
        self.case("linear_numbers", numbers.build(), Labels::Numbers, wide)
    }

    fn dnn(&self) -> Result<()> {
        let deep = &self.deep;
        let binary =
            DnnClassifier::new(deep.clone(), HIDDEN).optimizer(adam()).config(self.config("dnn_binary"));
        self.case("dnn_binary", binary.label_vocabulary(["no", "yes"]).build(), Labels::YesNo, deep)?;
        let words = DnnClassifier::new(deep.clone(), HIDDEN).n_classes(3).label_vocabulary(SPECIES);
        let words =
            words.optimizer(adam()).batch_norm(true).dropout(0.3).activation(saola_nn::activations::Selu);
        self.case("dnn_words", words.config(self.config("dnn_words")).build(), Labels::Words, deep)?;
        let pairs = DnnRegressor::new(deep.clone(), HIDDEN).label_dimension(2).optimizer(adam());
        self.case("dnn_pairs", pairs.config(self.config("dnn_pairs")).build(), Labels::Pairs, deep)
    }

    fn both(&self) -> Result<()> {
        let binary = DnnLinearCombinedClassifier::new().linear_columns(self.wide.clone());
        let binary = binary.dnn_columns(self.deep.clone()).dnn_hidden_units(HIDDEN).dnn_optimizer(adam());
        self.case(
            "both_binary",
            binary.config(self.config("both_binary")).build(),
            Labels::Binary,
            &self.all(),
        )?;
        let numbers = DnnLinearCombinedRegressor::new().linear_columns(self.wide.clone());
        let numbers = numbers.dnn_columns(self.deep.clone()).dnn_hidden_units(HIDDEN).dnn_optimizer(adam());
        self.case(
            "both_numbers",
            numbers.config(self.config("both_numbers")).build(),
            Labels::Numbers,
            &self.all(),
        )
    }

    fn baseline(&self) -> Result<()> {
        let columns = [column::numeric("x")];
        let binary = BaselineClassifier::new().config(self.config("baseline_binary"));
        self.case("baseline_binary", binary.build(), Labels::Binary, &columns)?;
        let classes = BaselineClassifier::new().n_classes(3).config(self.config("baseline_classes"));
        self.case("baseline_classes", classes.build(), Labels::Classes, &columns)?;
        let numbers = BaselineRegressor::new().config(self.config("baseline_numbers"));
        self.case("baseline_numbers", numbers.build(), Labels::Numbers, &columns)
    }

    fn heads(&self) -> Result<()> {
        let (wide, deep) = (&self.wide, &self.deep);
        let heads = MultiHead::new()
            .head("kind", MultiClassHead::new(3, None))
            .head("buys", BinaryClassHead::new(None))
            .head("price", RegressionHead::new());
        let several = DnnEstimator::new(heads, deep.clone(), HIDDEN).optimizer(adam());
        self.case("several", several.config(self.config("several")).build(), Labels::Several, deep)?;
        let labels = DnnEstimator::new(MultiLabelHead::new(3), deep.clone(), HIDDEN).optimizer(adam());
        self.case("multi_label", labels.config(self.config("multi_label")).build(), Labels::MultiHot, deep)?;
        let poisson = LinearEstimator::new(PoissonRegressionHead::new(), wide.clone());
        self.case("poisson", poisson.config(self.config("poisson")).build(), Labels::Counts, wide)?;
        let logistic = LinearEstimator::new(LogisticRegressionHead::new(), wide.clone());
        self.case("logistic", logistic.config(self.config("logistic")).build(), Labels::Shares, wide)?;
        let steps = by_steps(self.steps.clone(), self.config("sequences"));
        self.case("sequences", steps, Labels::Numbers, &self.steps)
    }
}

/// Categorical columns of every kind, crossings, and numbers.
fn wide(words: &Path) -> Vec<Column> {
    let ages = || column::bucketized(column::numeric("age"), [18.0, 30.0, 55.5]);
    let tags = || column::vocabulary_with_oov("tags", ["a", "b", "c"], 3);
    vec![
        column::numeric("x"),
        ages(),
        column::bucketized(column::numeric_shaped("v", 3, NONE), [-1.0, 0.0, 2.0]),
        column::vocabulary("color", ["red", "green", "blue"]),
        column::vocabulary_or("shape", ["round", "square"], 1),
        column::VocabularyFile::new("animal", words).size(3).oov_buckets(2).into(),
        column::hashed("city", 11),
        column::hashed_integers("code", 7),
        column::identity_or("ids", 6, 5),
        column::crossed(("color", "city"), 50),
        column::crossed((ages(), "tags", column::vocabulary("right", [10i64, 30])), 60),
        column::crossed_with_key(
            vec![column::crossed(("shape", "animal"), 9).into(), column::CrossKey::from("tags")],
            40,
            7,
        ),
        column::weighted(tags(), "tag_weights"),
    ]
}

/// A normalizer that is none.
const NONE: Option<fn(&saola_graph::Symbol) -> saola_graph::Symbol> = None;

/// Dense columns of every kind.
fn deep(words: &Path) -> Vec<Column> {
    let tags = || column::vocabulary_with_oov("tags", ["a", "b", "c"], 3);
    let mut all = vec![
        column::numeric("x"),
        column::numeric_shaped("v", 3, Some(|x: &saola_graph::Symbol| (x - 0.5) / 2.0)),
        column::bucketized(column::numeric("age"), [18.0, 30.0, 55.5]),
        column::vocabulary("color", ["red", "green", "blue"]).indicator(),
        column::vocabulary_file("animal", words).indicator(),
        tags().indicator(),
        column::hashed("city", 11).embedding(3),
        column::Embedding::new(column::identity_or("ids", 6, 5), 2).combiner(Combiner::Sqrtn).into(),
        column::Embedding::new(column::weighted(tags(), "tag_weights"), 2).into(),
        column::Embedding::new(column::hashed("tags", 5), 2).combiner(Combiner::Sum).max_norm(0.4).into(),
        column::crossed(("color", "shape"), 12).indicator(),
        column::crossed(("tags", "shape"), 12).embedding(2),
    ];
    all.extend(column::shared_embeddings(
        ["left", "right"].map(|key| column::vocabulary(key, [10i64, 20, 30])),
        2,
    ));
    all
}

fn sequences(words: &Path) -> Vec<Column> {
    vec![
        column::sequence_vocabulary_with_oov("tags", ["a", "b", "c"], 3).embedding(3),
        column::sequence_numeric("heights"),
        column::sequence_hashed("steps", 6).indicator(),
        column::sequence_vocabulary_file(column::VocabularyFile::new("walk", words)).indicator(),
    ]
}

/// A model function of one's own: the mean of steps, by their lengths.
fn by_steps(columns: Vec<Column>, config: RunConfig) -> Result<Estimator> {
    Estimator::new(
        move |features, labels, mode, cx| {
            let found = column::sequence_features(features, &columns, &mut cx.scope)?;
            let steps = found.lengths.cast(DType::F32).maximum(1.0).expand_dims(-1);
            let y = cx.scope.call(&Dense::new(1).named("out"), &(found.values.sum_over(1) / steps));
            let spec = EstimatorSpec::new(mode).prediction("mean", &y).prediction("lengths", &found.lengths);
            let Some(labels) = labels else { return Ok(spec) };
            let loss = MeanSquaredError::new().call(&labels.expand_dims(-1), &y);
            let spec = spec.loss(&loss);
            Ok(if mode == Mode::Train { spec.train_op(cx.minimize(&Adam::new(0.05), &loss)) } else { spec })
        },
        config,
    )
}

#[derive(Clone, Copy)]
enum Labels {
    Binary,
    YesNo,
    Classes,
    Words,
    Numbers,
    Pairs,
    Counts,
    Shares,
    MultiHot,
    Several,
}

impl Labels {
    fn element(self) -> Result<Element> {
        let number = |i: usize| ((i * 7) % 10) as f32 / 3.0 - 1.0;
        let class = |i: usize| (i * 5 % 3) as i64;
        let each = |f: &dyn Fn(usize) -> f32| Tensor::from((0..ROWS).map(f).collect::<Vec<f32>>());
        let classes = || Tensor::from((0..ROWS).map(class).collect::<Vec<i64>>());
        let two = || Tensor::from((0..ROWS).map(|i| i64::from(i % 5 < 2)).collect::<Vec<i64>>());
        let words = |of: &[&str], n: &dyn Fn(usize) -> usize| {
            Tensor::from((0..ROWS).map(|i| of[n(i)].to_string()).collect::<Vec<String>>())
        };
        Ok(Element::from(match self {
            Labels::Binary => two(),
            Labels::YesNo => words(&["no", "yes"], &|i| usize::from(i % 5 < 2)),
            Labels::Classes => classes(),
            Labels::Words => words(&["setosa", "versicolor", "virginica"], &|i| i * 5 % 3),
            Labels::Numbers => each(&number),
            Labels::Pairs => Tensor::new((0..2 * ROWS).map(number).collect::<Vec<f32>>(), [ROWS, 2])?,
            Labels::Counts => each(&|i| (i % 4) as f32),
            Labels::Shares => each(&|i| (i % 5) as f32 / 4.0),
            Labels::MultiHot => Tensor::new(
                (0..3 * ROWS).map(|i| i64::from(i * 11 % 4 < 2)).collect::<Vec<i64>>(),
                [ROWS, 3],
            )?,
            Labels::Several => {
                return Ok(Element::from([("kind", classes()), ("buys", two()), ("price", each(&number))]));
            }
        }))
    }
}

/// The features: present, missing, unknown, negative, not finite, of any number.
fn features() -> Result<Vec<(&'static str, Tensor)>> {
    let words = |of: &[&str], step: usize| {
        Tensor::from((0..ROWS).map(|i| of[i * step % of.len()].to_string()).collect::<Vec<String>>())
    };
    let count = |i: usize| i * 3 % (WIDTH + 1);
    let rows = |word: &dyn Fn(usize, usize) -> String| {
        let all: StrArray = (0..ROWS * WIDTH)
            .map(|k| if k % WIDTH < count(k / WIDTH) { word(k / WIDTH, k % WIDTH) } else { String::new() })
            .map(String::into_bytes)
            .collect();
        Tensor::from_strings(all, [ROWS, WIDTH])
    };
    let numbers = |f: &dyn Fn(usize) -> f32| Tensor::from((0..ROWS).map(f).collect::<Vec<f32>>());
    let ids = |k: usize| if k % WIDTH < count(k / WIDTH) { (k * 5 % 9) as i64 } else { -1 };
    let weight = |k: usize| if k % WIDTH < count(k / WIDTH) { (k % 7) as f32 / 2.0 - 0.5 } else { 0.0 };
    let height = |k: usize| if k % WIDTH < count(k / WIDTH) { (k % 7) as f32 / 2.0 } else { f32::NAN };
    let letters = ["a", "b", "c", "zebra", "ü", "d"];
    Ok(vec![
        ("x", numbers(&|i| (i as f32 - 11.5) / 4.0)),
        (
            "v",
            Tensor::new(
                (0..3 * ROWS).map(|i| (i * 13 % 17) as f32 / 3.0 - 2.0).collect::<Vec<f32>>(),
                [ROWS, 3],
            )?,
        ),
        ("age", numbers(&|i| [17.9, 18.0, 30.0, 55.5, 90.0, -3.0, 0.0][i % 7])),
        ("color", words(&["red", "green", "blue", "mauve", "", "réd"], 5)),
        ("shape", words(&["round", "square", "", "oval"], 3)),
        ("animal", words(&["cat", "emu", "fox", "", "yak", "dog", "gnu"], 2)),
        (
            "city",
            words(&["Oslo", "", "São Paulo", "Bonn", "a city with a long name that is hashed as well"], 3),
        ),
        (
            "code",
            Tensor::from(
                (0..ROWS).map(|i| [0i64, -1, 12, -77, i64::MAX, i64::MIN][i % 6]).collect::<Vec<i64>>(),
            ),
        ),
        ("left", Tensor::from((0..ROWS).map(|i| [10i64, 20, 30, 40, -1][i % 5]).collect::<Vec<i64>>())),
        ("right", Tensor::from((0..ROWS).map(|i| [30i64, -1, 99, 10][i % 4]).collect::<Vec<i64>>())),
        ("ids", Tensor::new((0..ROWS * WIDTH).map(ids).collect::<Vec<i64>>(), [ROWS, WIDTH])?),
        ("tags", rows(&|i, k| letters[(i * 3 + k * 2) % letters.len()].to_string())?),
        ("tag_weights", Tensor::new((0..ROWS * WIDTH).map(weight).collect::<Vec<f32>>(), [ROWS, WIDTH])?),
        ("heights", Tensor::new((0..ROWS * WIDTH).map(height).collect::<Vec<f32>>(), [ROWS, WIDTH])?),
        ("steps", rows(&|i, k| format!("step {}", i * k))?),
        ("walk", rows(&|i, k| ["cat", "dog", "emu", "fox", "ant"][(i + k) % 5].to_string())?),
    ])
}

/// Trains a little, exports, and writes what is sent and what is predicted.
fn write(folder: &Path, estimator: &Estimator, labels: Labels, columns: &[Column]) -> Result<()> {
    let keys: Vec<String> = columns.iter().flat_map(Column::keys).collect();
    let features: Vec<(&str, Tensor)> =
        features()?.into_iter().filter(|(name, _)| keys.iter().any(|k| k == name)).collect();
    let element = || Element::from(features.iter().map(|(name, t)| (*name, t.clone())).collect::<Vec<_>>());
    let data = || -> Result<Dataset> {
        Ok(Dataset::from_tensor_slices((element(), labels.element()?))?.repeat_forever().batch(8))
    };
    estimator.train(data, Train::max_steps(12))?;
    let records = examples(&folder.join("examples.tfrecord"), &features)?;
    let spec = column::make_parse_example_spec(columns)?;
    let predicted = predictions(estimator, &element())?;
    // A missing value of a feature with one value for each example is a value where it is sent as it is, and none where
    // it is parsed; crossings tell the difference.
    let parsed = predictions(estimator, &parse_example(&records, &spec)?)?;
    let parsing = parsing_serving_input_receiver(spec);
    estimator.export_saved_model(folder.join("parsing"), parsing, Export::new())?;
    let raw: Vec<(&str, DType, Dims)> =
        features.iter().map(|(name, t)| (*name, t.dtype(), open(t))).collect();
    estimator.export_saved_model(folder.join("raw"), raw_serving_input_receiver(raw), Export::new())?;
    let inputs = features.iter().map(|(name, t)| Ok((name.to_string(), shown(t)?)));
    let inputs = inputs.collect::<Result<Map<String, Value>>>()?;
    let text = serde_json::to_string(&json!({ "inputs": inputs, "raw": predicted, "parsing": parsed }))
        .map_err(|e| Error::internal(e.to_string()))?;
    let path = folder.join("expected.json");
    std::fs::write(&path, text).map_err(|e| Error::io("writing", &path, e))
}

fn predictions(estimator: &Estimator, features: &Element) -> Result<Map<String, Value>> {
    let mut predictions = Map::new();
    let all = || Ok(Dataset::from_tensor_slices(features.clone())?.batch(ROWS));
    estimator.predict_batches(all, Predict::new(), |batch| {
        for (name, tensor) in batch {
            predictions.insert(name, shown(&tensor)?);
        }
        Ok(())
    })?;
    Ok(predictions)
}

fn open(tensor: &Tensor) -> Dims {
    // The columns of several values may be padded to any width; those of numbers may not.
    let rest = tensor.shape().iter().skip(1).map(|&n| if n == WIDTH { Dim::Any } else { Dim::Known(n) });
    std::iter::once(Dim::Any).chain(rest).collect()
}

/// Writes examples without the values that only fill rows up.
fn examples(path: &Path, features: &[(&str, Tensor)]) -> Result<Tensor> {
    let file = std::fs::File::create(path).map_err(|e| Error::io("creating", path, e))?;
    let (mut records, mut all) = (RecordWriter::new(file), StrArray::new());
    for i in 0..ROWS {
        let mut example = Vec::new();
        for (name, tensor) in features {
            let row = tensor.rows(i..i + 1)?;
            let n = row.len();
            let kept = match (row.bytes(), n == WIDTH) {
                (Bytes::Str(words), _) => words.iter().take_while(|w| !w.is_empty()).count(),
                (Bytes::I64(ids), _) => ids.iter().take_while(|i| **i != -1).count(),
                (_, true) => i * 3 % (WIDTH + 1),
                _ => n,
            };
            let row = row.reshape([n])?.rows(0..kept)?;
            example.push((name.to_string(), Element::from(row)));
        }
        let bytes = encode_example(&Element::from(example))?;
        records.write(&bytes).map_err(|e| Error::io("writing", path, e))?;
        all.push(&bytes);
    }
    Tensor::from_strings(all, [ROWS])
}
