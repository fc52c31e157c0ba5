//! Files that may be compressed.

use std::io::Read;

use flate2::bufread::MultiGzDecoder;
use saola_tensor::{Error, Result};

/// Whether `bytes` begin as a gzip stream does.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1F, 0x8B])
}

/// Unpacks the first `limit` bytes of a gzip stream, or all where there are fewer. The memory grows with what
/// is really there.
pub(crate) fn unpack(bytes: &[u8], limit: usize, origin: &str) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    MultiGzDecoder::new(bytes).take(limit as u64).read_to_end(&mut out).map_err(|e| {
        Error::format(format!("`{origin}` is not a sound gzip file: {e}"))
            .help("it may be cut off or damaged: get it again")
            .with_source(e)
    })?;
    Ok(out)
}
