//! The `safetensors` format: named tensors as other frameworks exchange them.

use std::borrow::Cow;
use std::path::Path;

use indexmap::IndexMap;
use safetensors::{Dtype, SafeTensors, View};
use saola_tensor::{DType, Error, Result, Shape, Tensor, write_atomic};

use crate::checkpoint::{read_tensor, write_tensor};

/// Reads the tensors in the file at `path`, sorted by name.
///
/// # Errors
/// A file that cannot be read, is no such file or is cut off; a dtype that no tensor has here.
pub fn read_safetensors(path: impl AsRef<Path>) -> Result<IndexMap<String, Tensor>> {
    let path = path.as_ref();
    let bytes = std::fs::read(path).map_err(|e| Error::io("reading", path, e))?;
    parse(&bytes).map_err(|e| e.context(format!("reading `{}`", path.display())))
}

fn parse(bytes: &[u8]) -> Result<IndexMap<String, Tensor>> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|e| Error::format(format!("this is no sound `.safetensors` file: {e}")).with_source(e))?;
    let mut out = IndexMap::new();
    for (name, view) in file.iter() {
        let (_, dtype) = DTYPES.iter().find(|d| d.0 == view.dtype()).ok_or_else(|| {
            Error::format(format!("`{name}` holds {:?}, which no tensor has here", view.dtype()))
                .note("supported", "F32, F64, BF16, F16, I32, I64, U8, BOOL")
        })?;
        let (mut data, shape) = (view.data(), Shape::from(view.shape()));
        let (size, crc) = (data.len() as u64, crc32c::crc32c(data));
        let tensor = read_tensor(&mut data, *dtype, &shape, size, crc)?
            .map_err(|_| Error::format(format!("`{name}` has another size than its shape {shape}")))?;
        out.insert(name.to_string(), tensor);
    }
    out.sort_unstable_keys();
    Ok(out)
}

const DTYPES: [(Dtype, DType); 8] = [
    (Dtype::F32, DType::F32),
    (Dtype::F64, DType::F64),
    (Dtype::BF16, DType::BF16),
    (Dtype::F16, DType::F16),
    (Dtype::I32, DType::I32),
    (Dtype::I64, DType::I64),
    (Dtype::U8, DType::U8),
    (Dtype::BOOL, DType::Bool),
];

/// Writes named tensors as a file that other frameworks read; it appears whole or not at all.
///
/// ```
/// use saola_io::{read_safetensors, write_safetensors};
/// use saola_tensor::Tensor;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("w.safetensors");
/// let kernel = Tensor::from([[1.0f32, 2.0]]);
/// write_safetensors(&path, [("dense/kernel", &kernel)])?;
/// assert_eq!(read_safetensors(&path)?["dense/kernel"], kernel);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A file that cannot be written; strings, which the format does not have.
pub fn write_safetensors<'a>(
    path: impl AsRef<Path>,
    tensors: impl IntoIterator<Item = (&'a str, &'a Tensor)>,
) -> Result<()> {
    let mut named = Vec::new();
    for (name, tensor) in tensors {
        let (dtype, _) = DTYPES.iter().find(|d| d.1 == tensor.dtype()).ok_or_else(|| {
            Error::dtype(format!("`{name}` is of strings, which `.safetensors` files do not have"))
        })?;
        named.push((name, Named { dtype: *dtype, tensor }));
    }
    let bytes = safetensors::serialize(named, None)
        .map_err(|e| Error::value(format!("tensors that cannot be written: {e}")).with_source(e))?;
    write_atomic(path, |file| file.write_all(&bytes))
}

struct Named<'a> {
    dtype: Dtype,
    tensor: &'a Tensor,
}

impl View for Named<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        self.tensor.shape()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let mut bytes = Vec::with_capacity(self.data_len());
        // Writing to memory does not fail.
        let _ = write_tensor(&mut bytes, self.tensor);
        Cow::Owned(bytes)
    }

    fn data_len(&self) -> usize {
        self.tensor.len() * self.tensor.dtype().size()
    }
}
