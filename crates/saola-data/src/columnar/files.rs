//! `ColumnFiles`: datasets of the rows of such files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use indexmap::IndexMap;
use saola_tensor::{Error, Result};

use super::convert::tensor;
use super::guard::guarded;
use super::{arrow_file, parquet_file};
use crate::element::no_such_name;
use crate::{Dataset, Element, IntoPaths};

/// Parquet or Arrow files, whose rows are read as they are asked for.
///
/// Numbers become tensors of their dtype (those of 8 and 16 bits of `i32`, unsigned ones of the next larger), truth values of
/// `bool`, texts and bytes of strings; a list of a fixed number of numbers is a vector. A missing number is NaN where it is
/// a float, a missing text is empty, anything else that is missing is an error.
///
/// ```no_run
/// use saola_data::ColumnFiles;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let rows = ColumnFiles::parquet("census.parquet").columns(["age", "job", "rich"]).label("rich").dataset()?;
/// for batch in &rows.shuffle(10_000).batch(32) {
///     let batch = batch?;
///     let (features, rich) = batch.pair()?;
///     assert_eq!(features.get("age")?.tensor()?.shape(), rich.tensor()?.shape());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ColumnFiles {
    paths: Vec<PathBuf>,
    format: Format,
    columns: Option<Vec<String>>,
    label: Option<String>,
    shard: (usize, usize),
}

#[derive(Clone, Copy, Debug)]
enum Format {
    Parquet,
    Arrow,
}

/// Record batches of one file.
pub(super) type Batches = Box<dyn Iterator<Item = Result<RecordBatch>> + Send>;

impl ColumnFiles {
    /// Parquet files, uncompressed, or compressed by Snappy, Gzip or LZ4.
    pub fn parquet(paths: impl IntoPaths) -> ColumnFiles {
        ColumnFiles::new(paths, Format::Parquet)
    }

    /// Arrow files (also called Feather, version 2) or streams, uncompressed.
    pub fn arrow(paths: impl IntoPaths) -> ColumnFiles {
        ColumnFiles::new(paths, Format::Arrow)
    }

    fn new(paths: impl IntoPaths, format: Format) -> ColumnFiles {
        ColumnFiles { paths: paths.into_paths(), format, columns: None, label: None, shard: (1, 0) }
    }

    /// Reads these columns alone; of a Parquet file the others are not touched.
    pub fn columns<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> ColumnFiles {
        self.columns = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Items are pairs of all other columns and this one.
    pub fn label(mut self, name: impl Into<String>) -> ColumnFiles {
        self.label = Some(name.into());
        self
    }

    /// Of the row groups of Parquet files, or the record batches of Arrow files, counted through all files, every
    /// `num_shards`-th from number `index` on: all shards together have every row once.
    pub fn shard(mut self, num_shards: usize, index: usize) -> ColumnFiles {
        self.shard = (num_shards, index);
        self
    }

    /// The rows: a map of the columns, or a pair of that and the label.
    ///
    /// # Errors
    /// Files that cannot be read or are no such files, columns that are not there or no tensors can be made of, a shard that
    /// is none. What is damaged further behind is the item at which it is met.
    pub fn dataset(self) -> Result<Dataset> {
        let (num, index) = self.shard;
        if index >= num {
            return Err(Error::value(format!("shard {index} of {num}"))
                .help("shards count from 0 to below their number"));
        }
        let first = self.paths.first().ok_or_else(|| Error::value("no files"))?;
        let schema = self.schema(first)?;
        self.check(&schema).map_err(|e| e.context(format!("reading `{}`", first.display())))?;
        let files = Arc::new(self);
        Ok(Dataset::from_generator(move || ColumnFiles::elements(Arc::clone(&files))).unbatch())
    }

    fn schema(&self, path: &Path) -> Result<SchemaRef> {
        guarded(|| match self.format {
            Format::Parquet => parquet_file::schema(path),
            Format::Arrow => arrow_file::schema(path),
        })
    }

    fn check(&self, schema: &SchemaRef) -> Result<()> {
        guarded(|| self.check_columns(schema))
    }

    fn check_columns(&self, schema: &SchemaRef) -> Result<()> {
        let names: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
        let chosen = self.columns.iter().flatten().chain(&self.label);
        for name in chosen {
            if !names.contains(name) {
                return Err(no_such_name("column", name, names.iter().map(String::as_str)));
            }
        }
        if let (Some(columns), Some(label)) = (&self.columns, &self.label)
            && !columns.contains(label)
        {
            return Err(Error::value(format!("the label `{label}` is none of the columns that are read"))
                .help("name it among the columns as well"));
        }
        let wanted = |name: &String| self.columns.as_ref().is_none_or(|c| c.contains(name));
        schema.fields().iter().filter(|f| wanted(f.name())).try_for_each(|field| {
            tensor(field.name(), &arrow::array::new_empty_array(field.data_type())).map(|_| ())
        })
    }

    /// All batches of all files, as elements.
    fn elements(files: Arc<ColumnFiles>) -> impl Iterator<Item = Result<Element>> + Send + 'static {
        let (mut at, mut groups) = (0, 0);
        let mut open: Option<(PathBuf, Batches)> = None;
        let mut ended = false;
        std::iter::from_fn(move || {
            while !ended {
                if let Some((path, batches)) = &mut open {
                    let read = guarded(|| batches.next().transpose()?.map(|b| files.element(&b)).transpose());
                    match read.transpose() {
                        Some(element) => {
                            ended = element.is_err();
                            return Some(
                                element.map_err(|e| e.context(format!("reading `{}`", path.display()))),
                            );
                        }
                        None => open = None,
                    }
                }
                let path = files.paths.get(at)?;
                at += 1;
                match files.open(path, groups) {
                    Ok((batches, count)) => {
                        groups += count;
                        open = Some((path.clone(), batches));
                    }
                    Err(error) => {
                        ended = true;
                        return Some(Err(error.context(format!("reading `{}`", path.display()))));
                    }
                }
            }
            None
        })
    }

    /// The batches of one file that are of this shard, and how many groups the file has; `before` were in other files.
    fn open(&self, path: &Path, before: usize) -> Result<(Batches, usize)> {
        let (num, index) = self.shard;
        let mine = move |group: usize| (before + group) % num == index;
        self.check(&self.schema(path)?)?;
        guarded(|| match self.format {
            Format::Parquet => parquet_file::open(path, self.columns.as_deref(), mine),
            Format::Arrow => arrow_file::open(path, self.columns.as_deref(), mine),
        })
    }

    fn element(&self, batch: &RecordBatch) -> Result<Element> {
        let mut fields = IndexMap::new();
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            fields.insert(field.name().clone(), Element::Tensor(tensor(field.name(), array)?));
        }
        if let Some(columns) = &self.columns {
            let place = |name: &String| columns.iter().position(|c| c == name);
            fields.sort_by(|a, _, b, _| place(a).cmp(&place(b)));
        }
        let Some(label) = &self.label else { return Ok(Element::Map(fields)) };
        let label = fields.shift_remove(label).ok_or_else(|| Error::internal("a label that was checked"))?;
        Ok(Element::Tuple(vec![Element::Map(fields), label]))
    }
}
