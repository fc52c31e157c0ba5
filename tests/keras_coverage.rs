//! `docs/keras-coverage.md` says of every public name of Keras whether it is here. It is made from the code: from the
//! registers of classes, from the table of operations, and from [`ELSEWHERE`], whose entries are looked up in the sources.
//!
//! `SAOLA_WRITE_COVERAGE=1 cargo test --test keras_coverage` writes it anew.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use saola::keras::applications;
use saola::nn::{layers, losses, metrics, optimizers, snake_case};
use saola_testkit::Golden;
use serde_json::json;

/// What is here under another name or in another form: module, name in Keras, what it is here.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("layers", "Input", "Input"),
    ("layers", "InputLayer", "Input"),
    ("layers", "Layer", "Layer"),
    ("layers", "Lambda", "Lambda"),
    ("activations", "get", "Function"),
    ("initializers", "Initializer", "Initializer"),
    ("initializers", "get", "Initializer"),
    ("regularizers", "L1L2", "L1L2"),
    ("regularizers", "Regularizer", "Regularizer"),
    ("regularizers", "get", "RegularizerRef"),
    ("constraints", "get", "ConstraintRef"),
    ("losses", "get", "LossRef"),
    ("metrics", "get", "MetricRef"),
    ("metrics", "Mean", "Mean"),
    ("metrics", "Sum", "Sum"),
    ("metrics", "MeanMetricWrapper", "MeanMetricWrapper"),
    ("activations", "threshold", "threshold"),
    ("constraints", "Constraint", "Constraint"),
    ("losses", "Loss", "Loss"),
    ("losses", "deserialize", "losses::from_config"),
    ("metrics", "Metric", "Metric"),
    ("metrics", "deserialize", "metrics::from_config"),
    ("optimizers", "Optimizer", "Optimizer"),
    ("optimizers", "deserialize", "optimizers::from_config"),
    ("optimizers.schedules", "LearningRateSchedule", "LearningRate"),
    ("layers", "deserialize", "layers::from_config"),
    ("layers", "serialize", "layers::to_object"),
    ("callbacks", "BackupAndRestore", "BackupAndRestore"),
    ("callbacks", "CSVLogger", "CsvLogger"),
    ("callbacks", "Callback", "Callback"),
    ("callbacks", "CallbackList", "Fit::callback"),
    ("callbacks", "EarlyStopping", "EarlyStopping"),
    ("callbacks", "History", "History"),
    ("callbacks", "LambdaCallback", "LambdaCallback"),
    ("callbacks", "LearningRateScheduler", "LearningRateScheduler"),
    ("callbacks", "ModelCheckpoint", "ModelCheckpoint"),
    ("callbacks", "ProgbarLogger", "Progress"),
    ("callbacks", "ReduceLROnPlateau", "ReduceLrOnPlateau"),
    ("callbacks", "SwapEMAWeights", "SwapEmaWeights"),
    ("callbacks", "TensorBoard", "TensorBoard"),
    ("callbacks", "TerminateOnNaN", "TerminateOnNan"),
    ("config", "backend", "backend::name"),
    ("config", "set_backend", "backend::set"),
    ("config", "epsilon", "backend::epsilon"),
    ("config", "floatx", "backend::floatx"),
    ("config", "image_data_format", "backend::image_data_format"),
    ("backend", "backend", "backend::name"),
    ("backend", "epsilon", "backend::epsilon"),
    ("backend", "floatx", "backend::floatx"),
    ("backend", "image_data_format", "backend::image_data_format"),
    ("config", "dtype_policy", "Model::dtype_policy"),
    ("config", "set_dtype_policy", "Model::dtype_policy"),
    ("models", "Model", "Model"),
    ("models", "Sequential", "Sequential"),
    ("models", "load_model", "Model::load"),
    ("models", "save_model", "Model::save"),
    ("models", "clone_model", "Model::clone_model"),
    ("models", "model_from_json", "Model::from_json"),
    ("saving", "load_model", "Model::load_with"),
    ("saving", "custom_object_scope", "Load::objects"),
    ("saving", "register_keras_serializable", "CustomObjects"),
    ("saving", "get_registered_object", "CustomObjects::layer_of"),
    ("utils", "custom_object_scope", "Load::objects"),
    ("utils", "register_keras_serializable", "CustomObjects"),
    ("utils", "get_registered_object", "CustomObjects::layer_of"),
    ("initializers", "deserialize", "CustomObjects"),
    ("regularizers", "deserialize", "CustomObjects"),
    ("constraints", "deserialize", "CustomObjects"),
    ("saving", "save_model", "Model::save"),
    ("saving", "load_weights", "Model::load_weights"),
    ("saving", "save_weights", "Model::save_weights"),
    ("preprocessing", "image_dataset_from_directory", "ImageFolder"),
    ("preprocessing", "text_dataset_from_directory", "TextFolder"),
    ("preprocessing", "timeseries_dataset_from_array", "TimeSeries"),
    ("preprocessing", "image.load_img", "read_image"),
    ("preprocessing", "image.save_img", "save_image"),
    ("preprocessing", "image.smart_resize", "Resizing::crop_to_aspect_ratio"),
    ("preprocessing", "sequence.pad_sequences", "PadSequences"),
    ("utils", "image_dataset_from_directory", "ImageFolder"),
    ("utils", "text_dataset_from_directory", "TextFolder"),
    ("utils", "timeseries_dataset_from_array", "TimeSeries"),
    ("utils", "load_img", "read_image"),
    ("utils", "pad_sequences", "PadSequences"),
    ("utils", "save_img", "save_image"),
    ("utils", "audio_dataset_from_directory", "SoundFolder"),
    ("utils", "to_categorical", "to_categorical"),
    ("utils", "normalize", "normalize"),
    ("utils", "split_dataset", "split_dataset"),
    ("utils", "FeatureSpace", "FeatureSpace"),
    ("utils", "Progbar", "Progress"),
    ("utils", "PyDataset", "Dataset::from_generator"),
    ("utils", "plot_model", "Model::plot"),
    ("utils", "model_to_dot", "Model::to_dot"),
    ("datasets", "mnist.load_data", "mnist::load"),
    ("datasets", "fashion_mnist.load_data", "fashion_mnist::load"),
    ("datasets", "boston_housing.load_data", "boston_housing::load"),
    ("datasets", "california_housing.load_data", "california_housing::load"),
    ("datasets", "cifar10.load_data", "cifar10::load"),
    ("datasets", "cifar100.load_data", "cifar100::load"),
    ("datasets", "imdb.load_data", "imdb::load"),
    ("datasets", "imdb.get_word_index", "imdb::word_numbers"),
    ("datasets", "reuters.load_data", "reuters::load"),
    ("datasets", "reuters.get_word_index", "reuters::word_numbers"),
    ("datasets", "reuters.get_label_names", "reuters::TOPICS"),
    ("utils", "get_file", "GetFile"),
    ("random", "SeedGenerator", "Random"),
    ("random", "categorical", "Random::categorical"),
    ("random", "dropout", "Dropout"),
    ("random", "beta", "Random::beta"),
    ("random", "binomial", "Random::binomial"),
    ("random", "gamma", "Random::gamma"),
    ("random", "normal", "Random::normal"),
    ("random", "randint", "Random::randint"),
    ("random", "shuffle", "Random::shuffle"),
    ("random", "truncated_normal", "Random::truncated_normal"),
    ("random", "uniform", "Random::uniform"),
    ("ops", "arccos", "acos"),
    ("ops", "arccosh", "acosh"),
    ("ops", "arcsin", "asin"),
    ("ops", "arcsinh", "asinh"),
    ("ops", "arctan", "atan"),
    ("ops", "arctan2", "atan2"),
    ("ops", "arctanh", "atanh"),
    ("ops", "absolute", "abs"),
    ("ops", "subtract", "sub"),
    ("ops", "multiply", "mul"),
    ("ops", "divide", "div"),
    ("ops", "true_divide", "div"),
    ("ops", "negative", "neg"),
    ("ops", "floor_divide", "floor_div"),
    ("ops", "divide_no_nan", "div_no_nan"),
    ("ops", "isfinite", "is_finite"),
    ("ops", "isinf", "is_inf"),
    ("ops", "isnan", "is_nan"),
    ("ops", "average_pool", "avg_pool"),
    ("ops", "bitwise_left_shift", "left_shift"),
    ("ops", "bitwise_right_shift", "right_shift"),
    ("ops", "bitwise_invert", "bitwise_not"),
    ("ops", "layer_normalization", "layer_norm"),
    ("ops", "batch_normalization", "batch_norm"),
    ("ops", "rms_normalization", "rms_norm"),
    ("ops", "dot_product_attention", "attention"),
    ("ops", "where", "select"),
    ("ops", "solve_triangular", "triangular_solve"),
    ("ops", "inv", "inverse"),
    ("ops", "image.resize", "Resize"),
    ("ops", "image.affine_transform", "AffineTransform"),
    ("ops", "convert_to_tensor", "constant"),
    ("ops", "swapaxes", "Symbol::permute"),
    ("ops", "moveaxis", "Symbol::permute"),
    ("ops", "var", "variance"),
];

/// Why something is not here: module, the beginning of its names, the reason.
const REASONS: &[(&str, &str, &str)] = &[
    ("layers", "JaxLayer", "code of another framework"),
    ("layers", "FlaxLayer", "code of another framework"),
    ("layers", "TorchModuleWrapper", "code of another framework"),
    ("layers", "TFSMLayer", "code of another framework"),
    ("layers", "Wrapper", "a layer of one's own calls another with `Scope::enter`"),
    ("layers", "InputSpec", "a layer checks its inputs where it is called, and says what it takes"),
    ("activations", "serialize", "written and read as a part of its layer"),
    ("initializers", "serialize", "written and read as a part of its layer"),
    ("regularizers", "serialize", "written and read as a part of its layer"),
    ("constraints", "serialize", "written and read as a part of its layer"),
    ("losses", "serialize", "written as a part of its model"),
    ("metrics", "serialize", "written as a part of its model"),
    ("optimizers", "serialize", "written as a part of its model"),
    ("optimizers.schedules", "serialize", "written and read as a part of its optimizer"),
    ("preprocessing", "array_to_img", "pictures are tensors"),
    ("preprocessing", "img_to_array", "pictures are tensors"),
    ("utils", "array_to_img", "pictures are tensors"),
    ("utils", "img_to_array", "pictures are tensors"),
    ("utils", "pack_x_y", "examples are tuples of Rust"),
    ("utils", "unpack_x_y", "examples are tuples of Rust"),
    ("utils", "is_keras_tensor", "a question of types, which the compiler answers"),
    ("utils", "standardize_dtype", "dtypes are an enum"),
    ("callbacks", "OrbaxCheckpoint", "a format of another framework"),
    ("callbacks", "RemoteMonitor", "would need a client for HTTP"),
    ("config", "set_epsilon", "no global state: what divides takes its own `epsilon`"),
    ("config", "set_floatx", "no global state: models and layers take a `DTypePolicy`"),
    ("config", "set_image_data_format", "no global state: layers take `channels_first`"),
    ("config", "max_", "no global state: `Fit` takes epochs and steps"),
    ("config", "interactive_logging", "options of `fit`"),
    ("config", "flash_attention", "there is one kernel for attention, which keeps no scores"),
    ("config", "traceback_filtering", "errors name the user's line and no others"),
    ("config", "unsafe_deserialization", "nothing in a file is ever run"),
    ("config", "is_nnx_enabled", "code of another framework"),
    ("backend", "set_epsilon", "no global state: what divides takes its own `epsilon`"),
    ("backend", "set_floatx", "no global state: models and layers take a `DTypePolicy`"),
    ("backend", "set_image_data_format", "no global state: layers take `channels_first`"),
    ("backend", "clear_session", "there is no global graph: what is dropped is gone"),
    ("config", "", "there is no global state: dtypes, seeds and threads are given where they are used"),
    ("backend", "", "there is no global state: dtypes, seeds and threads are given where they are used"),
    (
        "saving",
        "get_custom_objects",
        "nothing is registered globally: who loads a file gives `CustomObjects`",
    ),
    ("saving", "get_registered_name", "an object says its name itself, in its `config`"),
    ("saving", "", "Python objects: layers of one's own are Rust types"),
    ("utils", "get_registered", "an object says its name itself, in its `config`"),
    ("utils", "get_custom", "nothing is registered globally: who loads a file gives `CustomObjects`"),
    ("utils", "legacy.", "Python objects: layers of one's own are Rust types"),
    ("utils", "serialize_", "Python objects: layers of one's own are Rust types"),
    ("utils", "deserialize_", "Python objects: layers of one's own are Rust types"),
    ("utils", "interactive_logging", "options of `fit`"),
    ("utils", "clear_session", "there is no global state"),
    ("utils", "set_random_seed", "there is no global state: seeds are options"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// Every source of the libraries, as one text.
fn sources() -> String {
    fn add(folder: &Path, text: &mut String) {
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
        entries.sort();
        for path in entries {
            match path.is_dir() {
                true => add(&path, text),
                false => text.push_str(&std::fs::read_to_string(path).unwrap_or_default()),
            }
        }
    }
    let mut text = String::new();
    for krate in ["tensor", "data", "graph", "io", "keras", "nn", "runtime"] {
        add(&root().join(format!("crates/saola-{krate}/src")), &mut text);
    }
    text
}

/// Whether `keyword name` stands in the sources, and no longer name begins so.
fn declared(sources: &str, keyword: &str, name: &str) -> bool {
    let wanted = format!("{keyword} {name}");
    sources.match_indices(&wanted).any(|(at, _)| {
        let next = sources[at + wanted.len()..].chars().next();
        next.is_none_or(|c| !c.is_alphanumeric() && c != '_')
    })
}

/// Whether what [`ELSEWHERE`] says is declared.
fn exists(sources: &str, path: &str) -> bool {
    let (owner, name) = path.rsplit_once("::").map_or((None, path), |(owner, name)| (Some(owner), name));
    let kinds = ["pub struct", "pub enum", "pub trait", "pub type", "pub fn"];
    let table = format!(": {name},");
    match owner {
        Some(owner) if owner.starts_with(char::is_uppercase) => {
            exists(sources, owner) && declared(sources, "pub fn", name)
        }
        Some(owner) => {
            let module = owner.rsplit("::").next().unwrap_or(owner);
            declared(sources, "mod", module)
                && (declared(sources, "pub fn", name) || declared(sources, "pub const", name))
        }
        None => {
            let module = || declared(sources, "mod", name);
            kinds.iter().any(|kind| declared(sources, kind, name)) || sources.contains(&table) || module()
        }
    }
}

/// Which classes of a module there are, by Keras's names.
fn registered(module: &str) -> BTreeSet<String> {
    let all: Vec<&str> = match module {
        "layers" => layers::classes(),
        "losses" => losses::classes().collect(),
        "metrics" => metrics::classes().collect(),
        "optimizers" => optimizers::classes().collect(),
        "optimizers.schedules" => optimizers::schedules::classes().collect(),
        _ => Vec::new(),
    };
    all.into_iter().map(str::to_string).collect()
}

/// Whether a layer can be made of Keras's description of it, with this field.
fn takes(class: &str, field: &str, value: &str) -> bool {
    let config = match class {
        "Dense" => json!({"units": 2, field: value}),
        _ => json!({field: value}),
    };
    layers::from_config(class, "x", &config).is_ok()
}

/// Whether a name of Keras is here, and what it is.
fn here(module: &str, name: &str, same: &str, sources: &str) -> Option<String> {
    if let Some(entry) = ELSEWHERE.iter().find(|e| e.0 == module && (e.1 == name || e.1 == same)) {
        return Some(format!("`{}`", entry.2));
    }
    let classes = registered(module);
    let found = match module {
        "activations" => takes("Activation", "activation", same),
        "initializers" => takes("Dense", "kernel_initializer", &snake_case(same)),
        "regularizers" => takes("Dense", "kernel_regularizer", &snake_case(same)),
        "constraints" => takes("Dense", "kernel_constraint", &snake_case(same)),
        "ops" => declared(sources, "pub fn", name) || declared(sources, "mod", name),
        _ => classes.contains(same) || classes.iter().any(|c| snake_case(c) == same),
    };
    if found {
        return Some("yes".into());
    }
    let last = name.rsplit('.').next()?;
    match (module, last) {
        ("applications", "preprocess_input") => Some("`Application::preprocess_input`".into()),
        ("applications", "decode_predictions") => Some("`ClassIndex::decode`".into()),
        ("applications", class) => applications::by_name(class).is_ok().then(|| "yes".into()),
        _ => None,
    }
}

fn coverage() -> String {
    let sources = sources();
    for (module, name, path) in ELSEWHERE {
        assert!(exists(&sources, path), "{module}.{name}: there is no `{path}`");
    }
    let golden = Golden::read("keras_names.json").expect("as the golden file has it");
    let version = golden
        .root()
        .get("versions")
        .expect("as the golden file has it")
        .get("keras")
        .expect("as the golden file has it");
    let mut tables = String::new();
    let (mut all, mut present) = (0, 0);
    let mut summary = String::new();
    for case in golden.cases().expect("as the golden file has it") {
        let module =
            case.get("name").expect("as the golden file has it").text().expect("as the golden file has it");
        let pairs: Vec<(String, String)> = case
            .get("names")
            .expect("as the golden file has it")
            .items()
            .expect("as the golden file has it")
            .iter()
            .map(|pair| {
                let pair = pair.items().expect("as the golden file has it");
                (
                    pair[0].text().expect("as the golden file has it").to_string(),
                    pair[1].text().expect("as the golden file has it").to_string(),
                )
            })
            .collect();
        // A name that is also in the module itself stands there.
        let whole: BTreeSet<&str> = pairs.iter().map(|p| p.0.as_str()).collect();
        let inner = |name: &str| name.rsplit_once('.').is_some_and(|(_, last)| whole.contains(last));
        let (mut rows, mut counts) = (String::new(), (0, 0));
        for (name, same) in pairs.iter().filter(|p| !inner(&p.0)) {
            let state = here(module, name, same, &sources);
            counts = (counts.0 + usize::from(state.is_some()), counts.1 + 1);
            let reason = || {
                let reason = REASONS.iter().find(|r| r.0 == module && name.contains(r.1));
                format!("no{}", reason.map_or(String::new(), |r| format!(": {}", r.2)))
            };
            let other = if name.ends_with(same.as_str()) { String::new() } else { format!(", `{same}`") };
            writeln!(rows, "| `{name}`{other} | {} |", state.unwrap_or_else(reason))
                .expect("as the golden file has it");
        }
        writeln!(summary, "| [`{module}`](#{}) | {} of {} |", module.replace('.', ""), counts.0, counts.1)
            .expect("as the golden file has it");
        write!(tables, "\n## {module}\n\n| Keras | here |\n| --- | --- |\n{rows}")
            .expect("as the golden file has it");
        (all, present) = (all + counts.1, present + counts.0);
    }
    format!(
        "# Keras's names\n\nEvery public name of Keras {}, and whether it is here: {present} of {all}. The table is made \
         from the code by\n`tests/keras_coverage.rs`, which fails where it is no longer true.\n\n\
         | module | here |\n| --- | --- |\n{summary}{tables}",
        version.text().expect("as the golden file has it")
    )
}

#[test]
fn the_table_of_names_is_true() {
    let (made, path) = (coverage(), root().join("docs/keras-coverage.md"));
    if std::env::var_os("SAOLA_WRITE_COVERAGE").is_some() {
        std::fs::create_dir_all(path.parent().expect("as the golden file has it"))
            .expect("as the golden file has it");
        std::fs::write(&path, &made).expect("as the golden file has it");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = made.lines().zip(written.lines()).find(|(a, b)| a != b);
    assert!(
        made == written,
        "{} is out of date at {differs:?}; run `SAOLA_WRITE_COVERAGE=1 cargo test --test keras_coverage`",
        path.display()
    );
}
