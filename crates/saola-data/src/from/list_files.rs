//! `Dataset::list_files`.

use saola_tensor::{Error, Result, Tensor};

use crate::Dataset;

impl Dataset {
    /// The paths that fit a pattern as string scalars, sorted; `*` is any part of a name, `**` any folders, `?` one
    /// character, `[ab]` one of some. Shuffle them with [`Dataset::shuffle`].
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where no path fits, [`saola_tensor::ErrorKind::Value`] for a pattern that
    /// is none.
    pub fn list_files(pattern: &str) -> Result<Dataset> {
        let wrong = |e| Error::value(format!("`{pattern}` is no pattern of paths")).with_source(e);
        let mut paths = Vec::new();
        for path in glob::glob(pattern).map_err(wrong)? {
            let path = path.map_err(|e| {
                let path = e.path().to_path_buf();
                Error::io("looking into", path, e.into())
            })?;
            paths.push(path.display().to_string());
        }
        if paths.is_empty() {
            return Err(Error::not_found(format!("no path fits `{pattern}`"))
                .help("patterns are relative to the current folder; put a folder before it"));
        }
        paths.sort();
        Dataset::from_tensor_slices(Tensor::from(paths))
    }
}
