//! Pickles, and archives of them.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use saola_data::datasets::cifar100;
use saola_io::parse_pickle;
use saola_tensor::Error;
use saola_testkit::Golden;
use saola_testkit::damage::Reader;

use super::seeds::{golden, of_file};

pub(super) fn pickles() -> Vec<Reader> {
    let hex = |text: &str| -> Vec<u8> {
        let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal digits");
        (0..text.len()).step_by(2).map(byte).collect()
    };
    let file = Golden::read("pickles.json").expect("a golden file");
    let cases = file.cases().expect("cases");
    let seeds =
        cases.iter().map(|c| hex(c.get("pickle").and_then(|p| p.text()).expect("a pickle"))).collect();
    let archive = golden("keras_home/datasets/cifar-100-python-target_archive");
    let mut tar = Vec::new();
    std::io::copy(&mut GzDecoder::new(&archive[..]), &mut tar).expect("a sound archive");
    let pictures = of_file("tar", "datasets/cifar-100-python-target_archive", vec![archive], |path| {
        let home = path.parent().and_then(Path::parent).unwrap_or(path);
        cifar100::load_with(home, cifar100::Labels::Fine).map(drop)
    });
    let read = pictures.read;
    // What is in the archive is changed, not what it is packed as.
    let inside = Reader::new("tar inside", vec![tar], move |bytes| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        let packed = packed.write_all(bytes).and_then(|()| packed.finish());
        read(&packed.map_err(|e| Error::value(e.to_string()))?)
    });
    vec![Reader::new("pickle", seeds, |bytes| parse_pickle(bytes, "x").map(drop)).ratio(256), inside]
}
