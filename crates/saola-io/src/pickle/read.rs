//! Pickles out of files and bytes.

use std::path::Path;

use saola_tensor::{Error, Result};

use super::Pickled;
use super::machine::Machine;

/// Reads the pickle in the file at `path`.
///
/// # Errors
/// A file that cannot be read; otherwise as [`parse_pickle`].
pub fn read_pickle(path: impl AsRef<Path>) -> Result<Pickled> {
    let path = path.as_ref();
    let bytes = std::fs::read(path).map_err(|e| Error::io("reading", path, e))?;
    parse_pickle(&bytes, &path.display().to_string())
}

/// Reads a pickle of protocol 2 or later; `origin` is what messages call it. Nothing in it is run.
///
/// ```
/// use saola_io::{Pickled, parse_pickle};
///
/// # fn main() -> saola_tensor::Result<()> {
/// // What Python's `pickle.dumps([1, 2, 300], protocol=2)` gives.
/// let bytes = b"\x80\x02]q\x00(K\x01K\x02M\x2C\x01e.";
/// assert_eq!(parse_pickle(bytes, "numbers")?, Pickled::Ints(vec![1, 2, 300]));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`saola_tensor::ErrorKind::Format`] for bytes that are no pickle or are cut off, for one that holds other things than
/// plain values and NumPy's arrays or asks for something to be called, for integers beyond 64 bits, for values more than
/// 64 levels deep, and for one that repeats more than it holds.
pub fn parse_pickle(bytes: &[u8], origin: &str) -> Result<Pickled> {
    Machine::new(bytes).run().map_err(|e| e.context(format!("reading the pickle in `{origin}`")))
}
