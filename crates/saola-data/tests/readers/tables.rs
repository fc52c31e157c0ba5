//! Tables of numbers and texts.

use flate2::read::GzDecoder;
use saola_data::{Csv, CsvOptions, Dataset, parse_idx};
use saola_testkit::damage::Reader;

use super::seeds::{golden, of_file};

pub(super) fn tables() -> Vec<Reader> {
    let images = golden("keras_home/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz");
    let mut plain = Vec::new();
    std::io::copy(&mut GzDecoder::new(&images[..]), &mut plain).expect("sound");
    let csv = [
        "age,job,rich\n39,clerk,0\n50,\"a \"\"boss\"\", or so\",1\n",
        "a;b;c\r\n1.5;;x\r\n-2e3;nan;y\r\n",
        "x\ty\n1\t\n2\t3\n",
    ];
    let csv = csv.map(|t| t.as_bytes().to_vec()).to_vec();
    vec![
        Reader::new("idx", vec![images, plain], |bytes| parse_idx(bytes, "x").map(drop)).ratio(4096),
        Reader::new("csv", csv.clone(), |bytes| {
            let table = Csv::parse(bytes, "x.csv", &CsvOptions::new())?;
            table.dataset(None)?.iter().try_for_each(|row| row.map(drop))
        })
        .ratio(512),
        of_file("csv in pieces", "x.csv", csv, |path| {
            let batches = Dataset::csv_batches(path, 2, None, &CsvOptions::new())?;
            batches.iter().try_for_each(|batch| batch.map(drop))
        })
        // A piece has a megabyte, and a record may have 64.
        .ratio(1 << 16),
    ]
}
