//! `Dataset::text_lines`.

use saola_tensor::{Error, StrArray, Tensor};

use super::files::{IntoPaths, of_files, open};
use crate::Dataset;

impl Dataset {
    /// The lines of text files as string scalars, without their ends, `\n` or `\r\n`; files packed with gzip are
    /// unpacked on the way. Reads as it goes, in memory of one line.
    ///
    /// ```no_run
    /// use saola_data::Dataset;
    ///
    /// let lines = Dataset::text_lines(["poems.txt", "more.txt.gz"]).skip(1).batch(64);
    /// ```
    pub fn text_lines(paths: impl IntoPaths) -> Dataset {
        of_files("text_lines", paths.into_paths(), |path| {
            let mut file = open(path, |_| false)?;
            let path = path.to_path_buf();
            let mut line = Vec::new();
            Ok(Box::new(move || {
                line.clear();
                let read = file.read_until(b'\n', &mut line).map_err(|e| Error::io("reading", &path, e))?;
                if read == 0 {
                    return Ok(None);
                }
                let text = line.strip_suffix(b"\n").unwrap_or(&line);
                let text = text.strip_suffix(b"\r").unwrap_or(text);
                let mut one = StrArray::new();
                one.push(text);
                Ok(Some(Tensor::from_strings(one, vec![])?.into()))
            }))
        })
    }
}
