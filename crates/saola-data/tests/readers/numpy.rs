//! NumPy's files, and data sets that are such.

use std::path::Path;

use saola_data::datasets;
use saola_data::datasets::imdb;
use saola_io::{parse_npy, read_npz, read_npz_values, write_npz};
use saola_tensor::{DType, Tensor};
use saola_testkit::damage::Reader;

use super::seeds::{folder, golden, of_file};

pub(super) fn numpy() -> Vec<Reader> {
    let dtypes = [DType::F32, DType::I64, DType::U8, DType::Bool, DType::F16];
    let x = Tensor::from([[1.0f32, 0.0, 2.0], [3.0, 4.0, 5.0]]);
    let mut arrays: Vec<(String, Tensor)> =
        dtypes.iter().map(|&d| (format!("{d}"), x.cast(d).expect("a cast"))).collect();
    arrays.push(("text".into(), Tensor::from(["a", "größer"])));
    let path = folder().join("x.npz");
    write_npz(&path, arrays.iter().map(|(n, t)| (n.as_str(), t))).expect("written");
    let ours = std::fs::read(&path).expect("there");
    let texts = || vec![golden("keras_home/datasets/imdb.npz"), golden("keras_home/datasets/reuters.npz")];
    let mut archives = texts();
    archives.extend([golden("numpy/arrays.npz"), golden("numpy/packed.npz"), ours]);
    let single = arrays.iter().map(|(_, t)| {
        let path = folder().join("x.npy");
        saola_io::write_npy(&path, t).expect("written");
        std::fs::read(&path).expect("there")
    });
    let single = single.chain([golden("numpy/fortran.npy")]).collect();
    vec![
        Reader::new("npy", single, |bytes| parse_npy(bytes, "x.npy").map(drop)),
        of_file("npz", "x.npz", archives, |path| {
            let numbers = read_npz(path).map(drop);
            read_npz_values(path).map(drop).or(numbers)
        })
        // What an archive packs may be a thousand times as large.
        .ratio(4096),
        of_file("texts", "datasets/imdb.npz", texts(), |path| {
            let home = path.parent().and_then(Path::parent).unwrap_or(path);
            let words = datasets::Words::new();
            imdb::load_with(home, &words).map(drop).or(read_npz_values(path).map(drop))
        })
        .ratio(4096),
    ]
}
