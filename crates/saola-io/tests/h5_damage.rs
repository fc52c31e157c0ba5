//! HDF5 bytes that were changed on purpose.

use std::path::Path;

use saola_io::{H5File, H5Group, KerasArchive};
use saola_tensor::{Result, Rng, Tensor};

fn walk(bytes: Vec<u8>) -> Result<()> {
    let file = H5File::parse(bytes)?;
    file.groups("")?;
    file.groups("layers")?;
    file.datasets("layers/dense/vars")?;
    file.read("layers/dense/vars/0")?;
    file.read("layers/dense/vars/1")?;
    Ok(())
}

#[test]
fn changed_bytes_never_panic() -> Result<()> {
    let mut root = H5Group::new();
    let vars = root.group("layers").group("dense").group("vars").named("dense");
    vars.dataset("0", Tensor::from([[1.0f32, 2.0], [3.0, 4.0]])).dataset("1", Tensor::from([1.0f32]));
    let good = root.to_bytes()?;
    walk(good.clone())?;
    damage(&good, 1);
    Ok(())
}

/// What h5py writes by default is an older form without checksums of its own.
#[test]
fn changed_bytes_of_h5py_never_panic() -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/keras_functional.keras");
    let good = KerasArchive::read(path)?.weights;
    walk(good.clone())?;
    damage(&good, 101);
    Ok(())
}

fn damage(good: &[u8], step: usize) {
    for n in (0..good.len()).step_by(step) {
        let _ = walk(good[..n].to_vec());
    }
    let mut random = Rng::new(2, 0);
    for _ in 0..20_000 {
        let mut bytes = good.to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            bytes[at] = random.below(256) as u8;
        }
        let _ = walk(bytes);
    }
}

#[test]
fn groups_are_listed_and_no_more_than_the_file_can_hold() -> Result<()> {
    let mut root = H5Group::new();
    let layers = root.group("layers");
    layers.group("a").group("vars").dataset("0", Tensor::from([1.0f32]));
    layers.group("b").dataset("1", Tensor::from([2.0f32]));
    let file = H5File::parse(root.to_bytes()?)?;
    assert_eq!(file.paths("")?, ["layers/a/vars/0", "layers/b/1"]);
    assert_eq!(file.paths("layers/b")?, ["layers/b/1"]);
    assert!(file.paths("none").is_err());
    let mut deep = H5Group::new();
    (0..40).fold(&mut deep, |group, _| group.group("g"));
    let error = H5File::parse(deep.to_bytes()?)?.paths("").expect_err("too deep").to_string();
    assert!(error.contains("more than 32 times"), "{error}");
    Ok(())
}

/// Two ways down on each of 32 levels: listing them all would not end in a lifetime.
#[test]
fn groups_in_themselves_are_an_error_at_once() -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/h5_links.h5");
    let bytes = std::fs::read(&path).map_err(|e| saola_tensor::Error::io("reading", &path, e))?;
    let file = H5File::parse(bytes)?;
    assert_eq!(file.groups("layers")?, ["a", "b"]);
    assert!(file.paths("").is_err());
    Ok(())
}
