//! Writing to the standard output.

use std::io::{ErrorKind, Write};

use saola_tensor::{Error, Result};

/// Writes `text` at once. That nobody reads it does not end training.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes `text`, which is what the command was asked for.
///
/// # Errors
/// An output that cannot be written, as one on a full disk.
pub(crate) fn tell(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| {
        Error::new(saola_tensor::ErrorKind::Io, format!("writing the result: {e}")).with_source(e)
    })
}

/// Whether an error says that the reader of our output has gone.
pub(crate) fn is_closed_pipe(error: &Error) -> bool {
    let source = std::error::Error::source(error).and_then(|e| e.downcast_ref::<std::io::Error>());
    source.is_some_and(|e| e.kind() == ErrorKind::BrokenPipe)
}
