//! Files of columns.

#[cfg(feature = "parquet")]
use saola_data::ColumnFiles;
#[cfg(feature = "parquet")]
use saola_tensor::Result;
use saola_testkit::damage::Reader;

#[cfg(feature = "parquet")]
use super::seeds::{golden, of_file};

#[cfg(feature = "parquet")]
pub(super) fn columns() -> Vec<Reader> {
    fn see(files: ColumnFiles) -> Result<()> {
        files.dataset()?.iter().try_for_each(|row| row.map(drop))
    }
    let parquet = ["snappy", "plain", "gzip", "lz4"].map(|n| golden(&format!("columnar/{n}.parquet")));
    let arrow = ["file.arrow", "stream.arrows"].map(|n| golden(&format!("columnar/{n}")));
    vec![
        of_file("parquet", "x.parquet", parquet.to_vec(), |path| see(ColumnFiles::parquet(path))).ratio(4096),
        // Arrow makes room for 64 MB on the word of a message in a stream.
        of_file("arrow", "x.arrow", arrow.to_vec(), |path| see(ColumnFiles::arrow(path)))
            .ratio(4096)
            .free(80 << 20),
    ]
}

#[cfg(not(feature = "parquet"))]
pub(super) fn columns() -> Vec<Reader> {
    Vec::new()
}
