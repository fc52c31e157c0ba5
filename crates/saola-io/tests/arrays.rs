//! Files of arrays: what NumPy wrote, and round trips.

use saola_io::{read_npy, read_npz, read_safetensors, write_npz, write_safetensors};
use saola_tensor::{DType, Result, Tensor};
use saola_testkit::Golden;

#[test]
fn arrays_that_numpy_wrote() -> Result<()> {
    let golden = Golden::read("numpy/arrays.json")?;
    for file in ["arrays.npz", "packed.npz"] {
        let arrays = read_npz(Golden::path(&format!("numpy/{file}"))?)?;
        assert_eq!(arrays.len(), golden.cases()?.len());
        for case in golden.cases()? {
            let name = case.get("name")?.text()?;
            assert_eq!(arrays[name], case.get("value")?.tensor()?, "{name} of {file}");
        }
    }
    let one = read_npy(Golden::path("numpy/fortran.npy")?)?;
    assert_eq!(one, golden.case("fortran")?.get("value")?.tensor()?);
    Ok(())
}

#[test]
fn archives_of_arrays_round_trip() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.npz");
    let (a, b) = (Tensor::from([1.0f32, 2.0]), Tensor::from(["x", "yz"]));
    write_npz(&path, [("a", &a), ("deep/b", &b)])?;
    let read = read_npz(&path)?;
    assert_eq!((&read["a"], &read["deep/b"]), (&a, &b));
    let bytes = std::fs::read(&path).expect("the file");
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        std::fs::write(&path, &damaged).expect("written");
        // Where it is still read, the damage was outside of the arrays.
        if let Ok(read) = read_npz(&path) {
            assert!(read.values().all(|t| *t == a || *t == b), "byte {at}");
        }
        std::fs::write(&path, &bytes[..at]).expect("written");
        assert!(read_npz(&path).is_err(), "cut at {at}");
    }
    Ok(())
}

#[test]
fn safetensors_round_trip() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.safetensors");
    let grid = Tensor::from([[1i64, 2, 3], [4, 5, 0]]);
    let dtypes = DType::ALL.into_iter().filter(|&d| d != DType::Str);
    let tensors: Vec<(String, Tensor)> =
        dtypes.map(|d| Ok((format!("layer/{d}"), grid.cast(d)?))).collect::<Result<_>>()?;
    write_safetensors(&path, tensors.iter().map(|(n, t)| (n.as_str(), t)))?;
    let read = read_safetensors(&path)?;
    assert_eq!(read.len(), tensors.len());
    tensors.iter().for_each(|(name, tensor)| assert_eq!(read[name], *tensor, "{name}"));
    assert!(write_safetensors(&path, [("s", &Tensor::from("text"))]).is_err());
    let bytes = std::fs::read(&path).expect("the file");
    for at in (0..bytes.len()).step_by(7) {
        std::fs::write(&path, &bytes[..at]).expect("written");
        assert!(read_safetensors(&path).is_err(), "cut at {at}");
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x04;
        std::fs::write(&path, &damaged).expect("written");
        let _ = read_safetensors(&path);
    }
    Ok(())
}
