//! Datasets that read files, one after the other: what [`super::text_lines`] and [`super::tf_records`] have in common.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;
use saola_tensor::{Error, Result};

use crate::source::{Item, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset, Element};

/// One path, or several.
pub trait IntoPaths {
    /// The paths, in order.
    fn into_paths(self) -> Vec<PathBuf>;
}

impl IntoPaths for &str {
    fn into_paths(self) -> Vec<PathBuf> {
        vec![self.into()]
    }
}

impl IntoPaths for &Path {
    fn into_paths(self) -> Vec<PathBuf> {
        vec![self.into()]
    }
}

impl IntoPaths for PathBuf {
    fn into_paths(self) -> Vec<PathBuf> {
        vec![self]
    }
}

impl IntoPaths for &PathBuf {
    fn into_paths(self) -> Vec<PathBuf> {
        vec![self.clone()]
    }
}

impl<P: Into<PathBuf>> IntoPaths for Vec<P> {
    fn into_paths(self) -> Vec<PathBuf> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<P: Into<PathBuf>, const N: usize> IntoPaths for [P; N] {
    fn into_paths(self) -> Vec<PathBuf> {
        self.into_iter().map(Into::into).collect()
    }
}

/// The bytes of the file at `path`, unpacked where it is a gzip file and `plain`, which sees how it begins, does not
/// say otherwise.
pub(crate) fn open(path: &Path, plain: impl Fn(&[u8]) -> bool) -> Result<Box<dyn BufRead + Send>> {
    let failed = |e| Error::io("reading", path, e);
    let mut file = BufReader::with_capacity(1 << 18, File::open(path).map_err(failed)?);
    let head = file.fill_buf().map_err(failed)?;
    if head.starts_with(&[0x1F, 0x8B, 8]) && !plain(head) {
        return Ok(Box::new(BufReader::with_capacity(1 << 18, MultiGzDecoder::new(file))));
    }
    Ok(Box::new(file))
}

/// What is read from one file, item by item.
pub(crate) type Items = Box<dyn FnMut() -> Result<Option<Element>> + Send>;

/// Opens one file.
type Open = Arc<dyn Fn(&Path) -> Result<Items> + Send + Sync>;

/// A dataset of what `open` reads from each of `paths`.
pub(crate) fn of_files(
    name: &'static str,
    paths: Vec<PathBuf>,
    open: impl Fn(&Path) -> Result<Items> + Send + Sync + 'static,
) -> Dataset {
    let none = paths.is_empty();
    let dataset = Dataset::start(Files { name, paths: paths.into(), open: Arc::new(open) });
    if none {
        return dataset
            .fail(Error::value(format!("`{name}` is given no files")).help("give at least one path"));
    }
    dataset
}

struct Files {
    name: &'static str,
    paths: Arc<[PathBuf]>,
    open: Open,
}

impl Node for Files {
    fn open(&self, _opening: &mut Opening) -> Box<dyn Stage> {
        Box::new(FilesStage { paths: self.paths.clone(), open: self.open.clone(), next: 0, items: None })
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::Unknown
    }

    fn describe(&self, out: &mut String) {
        let paths: Vec<_> = self.paths.iter().take(3).map(|p| p.display().to_string()).collect();
        let more =
            if self.paths.len() > 3 { format!(", .. {} files", self.paths.len()) } else { String::new() };
        out.push_str(&format!("{}({}{more})", self.name, paths.join(", ")));
    }
}

struct FilesStage {
    paths: Arc<[PathBuf]>,
    open: Open,
    next: usize,
    items: Option<Items>,
}

impl Stage for FilesStage {
    fn next(&mut self, _sources: &Sources) -> Result<Option<Item>> {
        loop {
            if let Some(items) = &mut self.items
                && let Some(element) = items()?
            {
                return Ok(Some(Item::value(element)));
            }
            let Some(path) = self.paths.get(self.next) else {
                self.items = None;
                return Ok(None);
            };
            self.next += 1;
            self.items = Some((self.open)(path)?);
        }
    }

    fn restart(&mut self, _epoch: u64) {
        self.next = 0;
        self.items = None;
    }
}
