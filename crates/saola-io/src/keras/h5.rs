//! HDF5, as much of it as weights need: groups with a name, and datasets of `f32`.

use hdf5_pure::{AttrValue, DType as H5Type, DatasetBuilder, File, FileBuilder, GroupBuilder};
use saola_tensor::{DType, Error, Result, Shape, Tensor};

/// A group of an HDF5 file to be: groups and datasets by name, and perhaps the attribute `name`.
///
/// ```
/// use saola_io::{H5File, H5Group};
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let mut root = H5Group::new();
/// root.group("vars").named("dense").dataset("0", Tensor::from([[1.0f32, 2.0]]));
/// let file = H5File::parse(root.to_bytes()?)?;
/// assert_eq!(file.groups("")?, ["vars"]);
/// assert_eq!(file.datasets("vars")?, ["0"]);
/// assert_eq!(file.read("vars/0")?, Tensor::from([[1.0f32, 2.0]]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct H5Group {
    name: Option<String>,
    groups: Vec<(String, H5Group)>,
    datasets: Vec<(String, Tensor)>,
}

impl H5Group {
    /// A group with nothing in it.
    pub fn new() -> H5Group {
        H5Group::default()
    }

    /// The group `name` in this one, made where it is not there.
    pub fn group(&mut self, name: &str) -> &mut H5Group {
        let at = match self.groups.iter().position(|(n, _)| n == name) {
            Some(at) => at,
            None => {
                self.groups.push((name.to_string(), H5Group::new()));
                self.groups.len() - 1
            }
        };
        &mut self.groups[at].1
    }

    /// Sets the attribute `name`.
    pub fn named(&mut self, name: &str) -> &mut H5Group {
        self.name = Some(name.to_string());
        self
    }

    /// Adds a dataset of `f32`, `f64`, `i32` or `i64`.
    pub fn dataset(&mut self, name: &str, value: Tensor) -> &mut H5Group {
        self.datasets.push((name.to_string(), value));
        self
    }

    /// The HDF5 file whose root this is.
    ///
    /// # Errors
    /// A value of another dtype, or a name that HDF5 does not allow.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut builder = FileBuilder::new();
        if let Some(name) = &self.name {
            builder.set_attr("name", AttrValue::VarLenString(name.clone()));
        }
        for (name, value) in &self.datasets {
            put(builder.create_dataset(name), value)?;
        }
        for (name, group) in &self.groups {
            let inner = group.fill(builder.create_group(name))?;
            builder.add_group(inner.finish());
        }
        builder.finish().map_err(|e| Error::format(format!("making the HDF5 file: {e}")))
    }

    fn fill(&self, mut builder: GroupBuilder) -> Result<GroupBuilder> {
        if let Some(name) = &self.name {
            builder.set_attr("name", AttrValue::VarLenString(name.clone()));
        }
        for (name, value) in &self.datasets {
            put(builder.create_dataset(name), value)?;
        }
        for (name, group) in &self.groups {
            let inner = group.fill(builder.create_group(name))?;
            builder.add_group(inner.finish());
        }
        Ok(builder)
    }
}

/// Fills a dataset with a value.
fn put(dataset: &mut DatasetBuilder, value: &Tensor) -> Result<()> {
    let dataset = match value.dtype() {
        DType::F64 => dataset.with_f64_data(value.as_slice()?),
        DType::I32 => dataset.with_i32_data(value.as_slice()?),
        DType::I64 => dataset.with_i64_data(value.as_slice()?),
        _ => dataset.with_f32_data(value.as_slice()?),
    };
    let extents: Vec<u64> = value.shape().iter().map(|&n| n as u64).collect();
    dataset.with_shape(&extents);
    Ok(())
}

/// Where the file ends, as its first bytes say.
fn end(bytes: &[u8]) -> Option<u64> {
    let number = |at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    // The version of what stands first, and the size of its addresses, of which eight bytes alone are in use.
    let (version, width) = match bytes.get(8)? {
        version @ (0 | 1) => (*version, bytes.get(13)?),
        version => (*version, bytes.get(9)?),
    };
    let at = match version {
        0 => 40,
        1 => 44,
        _ => 28,
    };
    number(at).filter(|_| *width == 8)
}

/// An HDF5 file that is read. Paths go from the root, as `layers/dense/vars/0`.
///
/// The bytes come from an archive whose checksum was right: what damages a file by accident does not get here.
pub struct H5File {
    file: File,
    size: usize,
}

impl H5File {
    /// The file of these bytes.
    ///
    /// # Errors
    /// Bytes that are no HDF5.
    pub fn parse(bytes: Vec<u8>) -> Result<H5File> {
        let size = bytes.len();
        if let Some(end) = end(&bytes).filter(|&end| end > size as u64) {
            return Err(Error::format(format!("the HDF5 file is cut off: it has {size} bytes of {end}")));
        }
        let file = File::from_bytes(bytes).map_err(|e| Error::format(format!("no HDF5 file: {e}")))?;
        Ok(H5File { file, size })
    }

    /// How many bytes the file has.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The names of the groups in the group at `path`, sorted.
    ///
    /// # Errors
    /// No such group, or a damaged file.
    pub fn groups(&self, path: &str) -> Result<Vec<String>> {
        let mut names = self.group(path)?.groups().map_err(|e| fault(path, &e))?;
        names.sort();
        Ok(names)
    }

    /// The names of the datasets in the group at `path`, sorted.
    ///
    /// # Errors
    /// No such group, or a damaged file.
    pub fn datasets(&self, path: &str) -> Result<Vec<String>> {
        let mut names = self.group(path)?.datasets().map_err(|e| fault(path, &e))?;
        names.sort();
        Ok(names)
    }

    /// The texts of the attribute `name` of the group at `path`; none where there is no such attribute. Keras spreads
    /// long lists over attributes `name0`, `name1` and so on, which are put together again.
    ///
    /// # Errors
    /// No such group, a damaged file, or an attribute that is no list of texts.
    pub fn texts(&self, path: &str, name: &str) -> Result<Option<Vec<String>>> {
        let attributes = self.group(path)?.attrs().map_err(|e| fault(path, &e))?;
        let of = |name: &str| match attributes.get(name) {
            None => Ok(None),
            Some(value) => match value.as_strings() {
                Some(texts) => Ok(Some(texts.to_vec())),
                // A list of none is written as one of numbers.
                None if matches!(value, AttrValue::F64Array(list) if list.is_empty()) => Ok(Some(Vec::new())),
                None => Err(fault(path, &format!("the attribute `{name}` is no list of texts"))),
            },
        };
        let mut all = of(name)?;
        for part in 0..attributes.len() {
            match of(&format!("{name}{part}"))? {
                Some(texts) => all.get_or_insert_default().extend(texts),
                None => break,
            }
        }
        Ok(all)
    }

    fn group(&self, path: &str) -> Result<hdf5_pure::Group> {
        match path {
            "" => Ok(self.file.root()),
            path => self.file.group(path).map_err(|e| fault(path, &e)),
        }
    }

    /// The shape of the dataset at `path`, and its type in words, as `f32`.
    ///
    /// # Errors
    /// No such dataset, or a damaged file.
    pub fn entry(&self, path: &str) -> Result<(Shape, String)> {
        let dataset = self.file.dataset(path).map_err(|e| fault(path, &e))?;
        let extents = dataset.shape().map_err(|e| fault(path, &e))?;
        let dtype = dataset.dtype().map_err(|e| fault(path, &e))?.to_string();
        let extents: Option<Vec<usize>> = extents.into_iter().map(|n| usize::try_from(n).ok()).collect();
        let extents = extents.ok_or_else(|| fault(path, &"an extent beyond this machine"))?;
        Ok((Shape::from(extents), dtype))
    }

    /// The dataset of `f32`, `f64`, `i32` or `i64` at `path`.
    ///
    /// # Errors
    /// No such dataset, one of another type, or one that is larger than the file: compressed ones are not read.
    pub fn read(&self, path: &str) -> Result<Tensor> {
        let (shape, dtype) = self.entry(path)?;
        let dataset = self.file.dataset(path).map_err(|e| fault(path, &e))?;
        let h5 = dataset.dtype().map_err(|e| fault(path, &e))?;
        let width = match h5 {
            H5Type::F32 | H5Type::I32 => 4,
            H5Type::F64 | H5Type::I64 => 8,
            _ => {
                let text = format!("`{path}` in the HDF5 file is {dtype}");
                return Err(Error::dtype(text).help("read are f32, f64, i32 and i64"));
            }
        };
        let bytes = shape.checked_elements()?.checked_mul(width);
        if bytes.is_none_or(|bytes| bytes > self.size) {
            return Err(fault(path, &format!("{shape} is more than a file of {} bytes holds", self.size)));
        }
        match h5 {
            H5Type::F64 => Tensor::new(dataset.read_f64().map_err(|e| fault(path, &e))?, shape),
            H5Type::I32 => Tensor::new(dataset.read_i32().map_err(|e| fault(path, &e))?, shape),
            H5Type::I64 => Tensor::new(dataset.read_i64().map_err(|e| fault(path, &e))?, shape),
            _ => Tensor::new(dataset.read_f32().map_err(|e| fault(path, &e))?, shape),
        }
    }
}

fn fault(path: &str, what: &dyn std::fmt::Display) -> Error {
    Error::format(format!("`{path}` in the HDF5 file: {what}"))
}
