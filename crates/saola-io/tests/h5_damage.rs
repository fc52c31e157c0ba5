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
