//! Keras's data sets, on small files under their names.

use saola_data::datasets::{
    Cache, Part, Split, Texts, Words, boston_housing, california_housing, cifar10, cifar100, fashion_mnist,
    imdb, mnist, reuters,
};
use saola_tensor::{ErrorKind, Result};
use saola_testkit::{Entry, Golden};

fn split(arguments: &Entry<'_>) -> Result<Split> {
    let mut split = Split::new();
    if let Some(part) = arguments.find("test_split") {
        split = split.test_split(part.number()?);
    }
    if let Some(seed) = arguments.find("seed") {
        split = split.seed(seed.integer()? as u32);
    }
    Ok(split)
}

fn parts(name: &str, arguments: &Entry<'_>) -> Result<(Part, Part)> {
    let home = Golden::path("keras_home")?;
    let text = |key: &str| arguments.find(key).map(|e| e.text().expect("a text").to_string());
    match name {
        "mnist" => mnist::load_from(&home),
        "fashion_mnist" => fashion_mnist::load_from(&home),
        "boston_housing" => boston_housing::load_with(&home, split(arguments)?),
        "california_housing" => {
            let version = match text("version").as_deref() {
                Some("small") => california_housing::Version::Small,
                _ => california_housing::Version::Large,
            };
            california_housing::load_with(&home, split(arguments)?, version)
        }
        "cifar10" => cifar10::load_from(&home),
        "cifar100" => {
            let labels = match text("label_mode").as_deref() {
                Some("coarse") => cifar100::Labels::Coarse,
                _ => cifar100::Labels::Fine,
            };
            cifar100::load_with(&home, labels)
        }
        other => unreachable!("no data set `{other}`"),
    }
}

#[test]
fn the_parts_are_those_of_keras() -> Result<()> {
    for case in Golden::read("keras_home/load_data.json")?.cases()? {
        let (name, arguments) = (case.get("name")?.text()?, case.get("arguments")?);
        let (train, test) = parts(name, &arguments)?;
        let expected = case.get("parts")?.items()?;
        for (got, expected) in [train.x, train.y, test.x, test.y].iter().zip(&expected) {
            assert_eq!(*got, expected.tensor()?, "{name} {}", arguments.json());
        }
    }
    Ok(())
}

fn words(arguments: &Entry<'_>) -> Result<Words> {
    let mut words = Words::new();
    let none = |e: &Entry<'_>| e.text().is_ok_and(|t| t == "none");
    for (key, value) in arguments.fields()? {
        let number = || value.integer();
        words = match key {
            "num_words" => words.num_words(number()?),
            "skip_top" => words.skip_top(number()?),
            "maxlen" => words.maxlen(number()? as usize),
            "seed" => words.seed(number()? as u32),
            "start_char" if none(&value) => words.start_char(None),
            "start_char" => words.start_char(number()?),
            "oov_char" if none(&value) => words.oov_char(None),
            "oov_char" => words.oov_char(number()?),
            "index_from" => words.index_from(number()?),
            "test_split" => words,
            other => unreachable!("no argument `{other}`"),
        };
    }
    Ok(words)
}

#[test]
fn texts_are_those_of_keras_with_each_argument() -> Result<()> {
    let home = Golden::path("keras_home")?;
    for case in Golden::read("keras_home/texts.json")?.cases()? {
        let (name, arguments) = (case.get("name")?.text()?, case.get("arguments")?);
        let words = words(&arguments)?;
        let test_split = arguments.find("test_split").map_or(Ok(0.2), |e| e.number())?;
        let (train, test) = match name {
            "imdb" => imdb::load_with(&home, &words)?,
            _ => reuters::load_with(&home, &words, test_split)?,
        };
        let (x, y) = (case.get("x")?.items()?, case.get("y")?.items()?);
        for (part, Texts { x: got, y: labels }) in [train, test].iter().enumerate() {
            let numbers =
                |e: &Entry<'_>| e.items()?.iter().map(|n| n.integer()).collect::<Result<Vec<i64>>>();
            let expected = x[part].items()?.iter().map(numbers).collect::<Result<Vec<_>>>()?;
            assert_eq!(*got, expected, "{name} {}, part {part}", arguments.json());
            assert_eq!(labels.to_vec::<i64>()?, numbers(&y[part])?, "{name} {}", arguments.json());
        }
    }
    assert_eq!(imdb::word_numbers(&home)?["café"], 3);
    assert_eq!(reuters::word_numbers(&home)?["tsukino"], 52006);
    assert_eq!((reuters::TOPICS[3], reuters::TOPICS[45]), ("earn", "lead"));
    Ok(())
}

#[test]
fn wrong_arguments_are_refused() -> Result<()> {
    let home = Golden::path("keras_home")?;
    let error =
        boston_housing::load_with(&home, Split::new().test_split(1.0)).expect_err("no part to train on");
    assert!(error.to_string().contains("`test_split` is 1"), "{error}");
    let error = reuters::load_with(&home, &Words::new(), -0.1).expect_err("a negative part");
    assert_eq!(error.kind(), ErrorKind::Value);
    let error = imdb::load_with(&home, &Words::new().maxlen(1)).expect_err("no text is that short");
    assert!(error.to_string().contains("`maxlen`"), "{error}");
    Ok(())
}

#[test]
fn a_missing_file_is_named_with_where_to_get_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = || Cache::at(folder.path()).offline();
    let error = mnist::load_from(cache()).expect_err("nothing there");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let text = error.to_string();
    assert!(text.contains("mnist.npz") && text.contains("https://") && text.contains("KERAS_HOME"), "{text}");
    let texts = [
        cifar10::load_from(cache()).expect_err("nothing there").to_string(),
        cifar100::load_with(cache(), cifar100::Labels::Fine).expect_err("nothing there").to_string(),
        imdb::load_with(cache(), &Words::new()).expect_err("nothing there").to_string(),
        reuters::word_numbers(cache()).expect_err("nothing there").to_string(),
        fashion_mnist::load_from(cache()).expect_err("nothing there").to_string(),
    ];
    let named = [
        "cifar-10-batches-py-target_archive",
        "cifar-100-python-target_archive",
        "imdb.npz",
        "reuters_word_index.json",
        "train-images-idx3-ubyte.gz",
    ];
    for (text, name) in texts.iter().zip(named) {
        assert!(text.contains(name) && text.contains("https://"), "{text}");
        assert_eq!(text.contains("SHA-256") || text.contains("MD5"), !name.contains("ubyte"), "{text}");
    }
    let datasets = folder.path().join("datasets");
    std::fs::create_dir(&datasets).expect("made");
    saola_io::write_npz(datasets.join("mnist.npz"), []).expect("written");
    let text = mnist::load_from(cache()).expect_err("another file").to_string();
    assert!(text.contains("no array `x_train`"), "{text}");
}

/// A folder whose `datasets` has one file.
fn home_with(name: &str, content: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("datasets")).expect("made");
    std::fs::write(folder.path().join("datasets").join(name), content).expect("written");
    folder
}

#[test]
fn damaged_and_foreign_files_are_errors() -> Result<()> {
    let archive = "cifar-100-python-target_archive";
    let good = std::fs::read(Golden::path("keras_home")?.join("datasets").join(archive)).expect("there");
    let load = |bytes: &[u8]| {
        let home = home_with(archive, bytes);
        cifar100::load_with(home.path(), cifar100::Labels::Fine).expect_err("a damaged file").to_string()
    };
    assert!(load(b"no archive").contains("no sound gzip file"));
    assert!(load(&good[..good.len() / 2]).contains("cifar-100-python-target_archive"));
    let home = home_with("imdb_word_index.json", br#"{"film": "often"}"#);
    let error = imdb::word_numbers(home.path()).expect_err("no number");
    assert!(error.to_string().contains("a number for each word"), "{error}");
    let home = home_with("imdb.npz", b"PK");
    assert_eq!(imdb::load_with(home.path(), &Words::new()).expect_err("cut off").kind(), ErrorKind::Format);
    Ok(())
}
