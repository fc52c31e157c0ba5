//! Damaged model files, and damaged data in the midst of training.

use std::path::{Path, PathBuf};

use saola_data::{Dataset, Element, ExampleSpec, ImageFolder, encode_example};
use saola_io::{KerasArchive, RecordWriter};
use saola_keras::{Compile, Evaluate, Fit, Input, Model};
use saola_kernels::counting::Counting;
use saola_nn::layers::Dense;
use saola_nn::losses::MeanSquaredError;
use saola_nn::optimizers::Sgd;
use saola_tensor::{DType, Error, ErrorKind, Result, Tensor};
use saola_testkit::Golden;
use saola_testkit::damage::Reader;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many damaged files of each kind are tried.
const CASES: u64 = 150;

fn folder() -> PathBuf {
    tempfile::tempdir().expect("a folder").keep()
}

/// A model whose file has a part that is not as it was.
fn with_part(name: &'static str, file: &str, part: fn(&mut KerasArchive) -> &mut Vec<u8>) -> Reader {
    let archive = KerasArchive::read(Golden::path(file).expect("there")).expect("sound");
    let seed = part(&mut archive.clone()).clone();
    let path = folder().join("x.keras");
    Reader::new(name, vec![seed], move |bytes| {
        let mut archive = archive.clone();
        *part(&mut archive) = bytes.to_vec();
        archive.write(&path)?;
        Model::load(&path).map(drop)
    })
    .ratio(4096)
}

/// A model whose description is not as it was: as far as that is JSON still.
fn with_config(name: &'static str, file: &str) -> Reader {
    let archive = KerasArchive::read(Golden::path(file).expect("there")).expect("sound");
    let path = folder().join("x.keras");
    Reader::new(name, vec![archive.config.to_string().into_bytes()], move |bytes| {
        let config = serde_json::from_slice(bytes).map_err(|e| Error::format(e.to_string()))?;
        KerasArchive { config, ..archive.clone() }.write(&path)?;
        Model::load(&path).map(drop)
    })
    .ratio(4096)
}

fn whole(name: &'static str, file: &str, ending: &str) -> Reader {
    let seed = std::fs::read(Golden::path(file).expect("there")).expect("there");
    let path = folder().join(format!("x.{ending}"));
    Reader::new(name, vec![seed], move |bytes| {
        std::fs::write(&path, bytes).map_err(|e| Error::io("writing", &path, e))?;
        Model::load(&path).map(drop)
    })
    .ratio(4096)
}

#[test]
fn every_model_file_bears_damage() {
    std::panic::set_hook(Box::new(|_| ()));
    let readers = [
        whole("a whole .keras", "keras_sequential.keras", "keras"),
        with_part("weights in a .keras", "keras_sequential.keras", |archive| &mut archive.weights),
        with_config("a sequential description", "keras_sequential.keras"),
        with_config("a functional description", "keras_functional.keras"),
        with_config("a nested description", "keras_nested.keras"),
        with_part("a vocabulary", "keras_feature_space.keras", |archive| &mut archive.assets[0].1),
    ];
    let faults: Vec<String> =
        readers.iter().filter_map(|reader| reader.search(0, |case| case < CASES).err()).collect();
    drop(std::panic::take_hook());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn compiled(inputs: usize) -> Result<Model> {
    let input = Input::new([inputs]);
    let mut model = Model::new([&input], [&input.apply(Dense::new(1))])?;
    model.compile(Compile::new(Sgd::new(0.01), MeanSquaredError::new()))?;
    Ok(model)
}

/// That training on `data` ends with one error that names `file`, and that the model is still one.
fn ends_with_an_error(data: &Dataset, inputs: usize, file: &Path, words: &str) -> Result<()> {
    let mut model = compiled(inputs)?;
    let error = model.fit(data, Fit::epochs(2).silent()).expect_err("damaged data");
    let text = error.to_string();
    let name = file.file_name().expect("a name").to_string_lossy();
    assert!(text.contains(&*name) && text.contains(words), "{text}");
    let (x, y) = (Tensor::zeros(DType::F32, vec![4, inputs])?, Tensor::zeros(DType::F32, vec![4, 1])?);
    assert!(model.evaluate((&x, &y), Evaluate::new().silent())?.loss()?.is_finite());
    Ok(())
}

#[test]
fn data_that_is_damaged_further_behind_ends_training_with_one_error() -> Result<()> {
    let folder = folder();
    // Records of which the file has no end.
    let mut writer = RecordWriter::new(Vec::new());
    for i in 0..20 {
        let features = [("x", Tensor::from([i as f32, 1.0])), ("y", Tensor::from([0.5f32]))];
        writer.write(&encode_example(&Element::from(features))?).map_err(|e| Error::value(e.to_string()))?;
    }
    let bytes = writer.into_inner();
    let path = folder.join("x.tfrecord");
    std::fs::write(&path, &bytes[..bytes.len() - 7]).map_err(|e| Error::io("writing", &path, e))?;
    let spec = ExampleSpec::new().fixed("x", DType::F32, [2]).fixed("y", DType::F32, [1]);
    let pair = |e: Element| Ok(Element::Tuple(vec![e.get("x")?.clone(), e.get("y")?.clone()]));
    let records = Dataset::tf_records(&path).batch(4).parse_example(&spec).map(pair);
    ends_with_an_error(&records, 2, &path, "cut")?;
    // A picture that is none, among others.
    let pictures = folder.join("pictures");
    let color = Tensor::new(vec![9u8; 12], [2, 2, 3])?;
    for class in ["a", "b"] {
        let class = pictures.join(class);
        std::fs::create_dir_all(&class).map_err(|e| Error::io("making", &class, e))?;
        for i in 0..5 {
            saola_data::save_image(class.join(format!("{i}.png")), &color, false)?;
        }
    }
    let broken = pictures.join("b").join("7.png");
    std::fs::write(&broken, b"\x89PNG\r\n\x1a\nno picture").map_err(|e| Error::io("writing", &broken, e))?;
    let images = ImageFolder::open(&pictures)?.image_size(2, 2).in_order().dataset()?;
    let flat = images.unbatch().batch(3).map(|e| {
        let (x, y) = e.pair()?;
        let x = x.tensor()?.cast(DType::F32)?;
        let n = x.n_rows()?;
        let y = y.tensor()?.cast(DType::F32)?.reshape(vec![n, 1])?;
        Ok(Element::from((x.reshape(vec![n, 12])?, y)))
    });
    ends_with_an_error(&flat, 12, &broken, "no sound picture")
}

#[test]
fn a_generator_that_fails_or_ends_early_is_no_silent_end() -> Result<()> {
    let batch = || Element::from((Tensor::from([[1.0f32, 2.0]]), Tensor::from([[0.5f32]])));
    let failing = Dataset::from_generator(move || {
        (0..5).map(move |i| if i < 3 { Ok(batch()) } else { Err(Error::value("the sensor is off")) })
    });
    let mut model = compiled(2)?;
    let error = model.fit(&failing, Fit::epochs(3).silent()).expect_err("a failure");
    assert!(error.kind() == ErrorKind::Value && error.to_string().contains("the sensor is off"), "{error}");
    let short = Dataset::from_generator(move || (0..3).map(move |_| Ok(batch())));
    let history = model.fit(&short, Fit::epochs(4).steps_per_epoch(2).silent())?;
    assert!(
        history.stopped.as_deref().is_some_and(|s| s.contains("ran out after step 1 of 2")),
        "{history:?}"
    );
    let scores = model.evaluate(&short, Evaluate::new().steps(9).silent());
    assert!(scores.is_ok_and(|s| s.loss().is_ok_and(f64::is_finite)), "what there is, is evaluated");
    let nothing = Dataset::from_generator(std::iter::empty::<Result<Element>>);
    assert!(model.fit(&nothing, Fit::epochs(1).silent()).expect_err("nothing").to_string().contains("empty"));
    Ok(())
}
