//! The MNIST digits, and other data sets that come in the same four files.

use std::path::{Path, PathBuf};

use saola_tensor::{DType, Error, Result, Tensor};

use crate::read_idx;

/// Pictures and what they show.
#[derive(Clone, Debug)]
pub struct Digits {
    /// Grey values, u8 of shape `[n, 28, 28]`; 0 is the background.
    pub images: Tensor,
    /// The digits, u8 of shape `[n]`.
    pub labels: Tensor,
}

/// The MNIST digits, as far as their files are there.
///
/// ```no_run
/// # fn main() -> saola_tensor::Result<()> {
/// let test = saola_data::Mnist::open("data/mnist")?.test;
/// assert_eq!(&test.images.shape()[..], [10_000, 28, 28]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Mnist {
    /// The digits to train on, where `train-images-idx3-ubyte` is there.
    pub train: Option<Digits>,
    /// The digits to test with.
    pub test: Digits,
}

impl Mnist {
    /// Reads `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte` in `folder`, and, where they are there,
    /// `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`; each plain or with `.gz` behind its name.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where one of a pair is missing,
    /// [`saola_tensor::ErrorKind::Format`] where a file is not what its name says, or pictures and labels are
    /// not equally many, otherwise as [`read_idx`].
    pub fn open(folder: impl AsRef<Path>) -> Result<Mnist> {
        let folder = folder.as_ref();
        let test = read_pair(folder, "t10k")?;
        let any = |kind| find(folder, &format!("train-{kind}-ubyte")).is_some();
        let train =
            if any("images-idx3") || any("labels-idx1") { Some(read_pair(folder, "train")?) } else { None };
        Ok(Mnist { train, test })
    }
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    [name.to_string(), format!("{name}.gz")].into_iter().map(|n| folder.join(n)).find(|p| p.is_file())
}

fn read_pair(folder: &Path, part: &str) -> Result<Digits> {
    let (images_path, images) = read_part(folder, &format!("{part}-images-idx3-ubyte"), 3)?;
    let (labels_path, labels) = read_part(folder, &format!("{part}-labels-idx1-ubyte"), 1)?;
    if images.shape()[0] != labels.shape()[0] {
        return Err(Error::format("pictures and labels are not equally many")
            .note("pictures", format!("{} in `{}`", images.shape()[0], images_path.display()))
            .note("labels", format!("{} in `{}`", labels.shape()[0], labels_path.display())));
    }
    Ok(Digits { images, labels })
}

fn read_part(folder: &Path, name: &str, axes: usize) -> Result<(PathBuf, Tensor)> {
    let path = find(folder, name).ok_or_else(|| {
        Error::not_found(format!("there is no `{name}` and no `{name}.gz` in `{}`", folder.display()))
            .help("put the files of the MNIST database there, as they were downloaded or unpacked")
    })?;
    let tensor = read_idx(&path)?;
    if tensor.dtype() != DType::U8 || tensor.rank() != axes {
        return Err(Error::format(format!("`{}` does not hold what its name says", path.display()))
            .note("expected", format!("u8 with {}", if axes == 1 { "1 axis" } else { "3 axes" }))
            .note("found", format!("{tensor:?}")));
    }
    Ok((path, tensor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use saola_tensor::ErrorKind;

    fn idx(extents: &[u32], data: &[u8]) -> Vec<u8> {
        let mut out = vec![0, 0, 8, extents.len() as u8];
        extents.iter().for_each(|e| out.extend(e.to_be_bytes()));
        out.extend(data);
        out
    }

    #[test]
    fn the_files_that_are_there_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        let missing = Mnist::open(folder.path()).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        assert!(missing.to_string().contains("t10k-images-idx3-ubyte"), "{missing}");
        write("t10k-images-idx3-ubyte", &idx(&[2, 1, 2], &[1, 2, 3, 4]));
        write("t10k-labels-idx1-ubyte", &idx(&[3], &[7, 8, 9]));
        assert!(Mnist::open(folder.path()).unwrap_err().to_string().contains("not equally many"));
        write("t10k-labels-idx1-ubyte", &idx(&[2], &[7, 8]));
        let mnist = Mnist::open(folder.path()).unwrap();
        assert_eq!(&mnist.test.images.shape()[..], [2, 1, 2]);
        assert!(mnist.train.is_none());
        write("train-labels-idx1-ubyte", &idx(&[2], &[7, 8]));
        let missing = Mnist::open(folder.path()).unwrap_err();
        assert!(missing.to_string().contains("train-images-idx3-ubyte"), "{missing}");
        write("train-images-idx3-ubyte", &idx(&[2], &[7, 8]));
        assert_eq!(Mnist::open(folder.path()).unwrap_err().kind(), ErrorKind::Format);
    }
}
