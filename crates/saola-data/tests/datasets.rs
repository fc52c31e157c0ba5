//! Keras's data sets, on small files under their names.

use saola_data::datasets::{Part, boston_housing, california_housing, fashion_mnist, mnist};
use saola_tensor::{ErrorKind, Result};
use saola_testkit::Golden;

#[test]
fn the_parts_are_those_of_keras() -> Result<()> {
    let home = Golden::path("keras_home")?;
    for case in Golden::read("keras_home/load_data.json")?.cases()? {
        let name = case.get("name")?.text()?;
        let (train, test): (Part, Part) = match name {
            "mnist" => mnist::load_from(&home)?,
            "fashion_mnist" => fashion_mnist::load_from(&home)?,
            "boston_housing" => boston_housing::load_from(&home)?,
            "california_housing" => california_housing::load_from(&home)?,
            other => unreachable!("no data set `{other}`"),
        };
        let parts = case.get("parts")?.items()?;
        for (got, expected) in [train.x, train.y, test.x, test.y].iter().zip(&parts) {
            assert_eq!(*got, expected.tensor()?, "{name}");
        }
    }
    Ok(())
}

#[test]
fn a_missing_file_is_named_with_where_to_get_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = mnist::load_from(folder.path()).expect_err("nothing there");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let text = error.to_string();
    assert!(text.contains("mnist.npz") && text.contains("https://") && text.contains("KERAS_HOME"), "{text}");
    let datasets = folder.path().join("datasets");
    std::fs::create_dir(&datasets).expect("made");
    saola_io::write_npz(datasets.join("mnist.npz"), []).expect("written");
    let text = mnist::load_from(folder.path()).expect_err("another file").to_string();
    assert!(text.contains("no array `x_train`"), "{text}");
}
