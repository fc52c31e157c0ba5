//! Which files there are, their classes, and the parts to train on and to validate with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use saola_tensor::{DType, Error, Result, Rng, Tensor};

use crate::random::shuffle;
use crate::{Dataset, Element};

/// What the files of a folder are.
pub trait Kind: Clone + Send + Sync + 'static {
    /// The extensions of their names, in lower case.
    const EXTENSIONS: &'static [&'static str];
    /// Whether tensors of several shapes are filled up to those of their batch.
    const PADDED: bool = false;
    /// The tensor in one file.
    ///
    /// # Errors
    /// A file that cannot be read or is of another kind.
    fn read(&self, path: &Path) -> Result<Tensor>;
}

/// How classes become labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LabelMode {
    /// Their number, an `i32` scalar.
    #[default]
    Int,
    /// One and zeros, `f32` of as many as there are classes.
    Categorical,
    /// 0 or 1 as `f32` of shape `[1]`, for two classes.
    Binary,
    /// None: items are features alone.
    None,
}

/// The files of a folder with one folder for each class inside, as Keras's `image_dataset_from_directory` and
/// `text_dataset_from_directory` take it. See [`crate::ImageFolder`] and [`crate::TextFolder`].
///
/// Classes are numbered in the order of their names. Files are shuffled once, by a seed; every pass over the dataset
/// shuffles them again, unless [`Folder::in_order`] says otherwise.
#[derive(Clone, Debug)]
pub struct Folder<K> {
    pub(super) kind: K,
    root: PathBuf,
    files: Vec<(PathBuf, usize)>,
    classes: Vec<String>,
    labels: LabelMode,
    batch_size: usize,
    seed: Option<u64>,
    validation: f64,
}

impl<K: Kind> Folder<K> {
    pub(super) fn index(root: &Path, kind: K) -> Result<Folder<K>> {
        let mut classes = Vec::new();
        for (path, name) in entries(root)? {
            if path.is_dir() {
                classes.push(name);
            }
        }
        if classes.is_empty() {
            return Err(Error::not_found(format!("there are no folders in `{}`", root.display()))
                .help("each class is a folder with its files inside"));
        }
        let mut files = Vec::new();
        for (number, class) in classes.iter().enumerate() {
            collect::<K>(&root.join(class), number, &mut files)?;
        }
        if files.is_empty() {
            return Err(Error::not_found(format!("there are no files to read in `{}`", root.display()))
                .note("folders", classes.join(", "))
                .help(format!("files are taken whose names end with .{}", K::EXTENSIONS.join(", ."))));
        }
        let (labels, root) = (LabelMode::Int, root.to_path_buf());
        Ok(Folder { kind, root, files, classes, labels, batch_size: 32, seed: Some(0), validation: 0.0 })
    }

    /// The names of the classes, by their numbers.
    pub fn class_names(&self) -> &[String] {
        &self.classes
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// How classes become labels; by default numbers.
    #[must_use]
    pub fn label_mode(mut self, labels: LabelMode) -> Self {
        self.labels = labels;
        self
    }

    /// How many files a batch has; 32 by default.
    #[must_use]
    pub fn batch_size(mut self, size: usize) -> Self {
        self.batch_size = size;
        self
    }

    /// The seed of the order; 0 by default.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Keeps the files in the order of their classes and names.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        self.seed = None;
        self
    }

    /// The share of the files that [`Folder::validation`] gives, above 0 and below 1; the others are
    /// [`Folder::training`]'s. The files at the end, after shuffling, are the ones to validate with.
    #[must_use]
    pub fn validation_split(mut self, share: f64) -> Self {
        self.validation = share;
        self
    }

    /// Batches of all files: pairs of features and labels.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Value`] for labels of two classes where there are more, or less.
    pub fn dataset(&self) -> Result<Dataset> {
        self.part(0..self.files.len(), true)
    }

    /// As [`Folder::dataset`], of the files to train on.
    ///
    /// # Errors
    /// As [`Folder::dataset`], and for a share that leaves one of the parts without files.
    pub fn training(&self) -> Result<Dataset> {
        self.part(0..self.split()?, true)
    }

    /// As [`Folder::dataset`], of the files to validate with; in one order in every pass.
    ///
    /// # Errors
    /// As [`Folder::training`].
    pub fn validation(&self) -> Result<Dataset> {
        self.part(self.split()?..self.files.len(), false)
    }

    fn split(&self) -> Result<usize> {
        let all = self.files.len();
        let last = (self.validation * all as f64) as usize;
        if !(self.validation > 0.0 && self.validation < 1.0) || last == 0 {
            return Err(Error::value(format!(
                "a share of {} of {all} files to validate with",
                self.validation
            ))
            .help("give `validation_split` a number between 0 and 1 that takes at least one file"));
        }
        Ok(all - last)
    }

    fn part(&self, part: std::ops::Range<usize>, again: bool) -> Result<Dataset> {
        let classes = self.classes.len();
        if self.labels == LabelMode::Binary && classes != 2 {
            return Err(Error::value(format!("binary labels for {classes} classes"))
                .note("folder", self.root.display().to_string())
                .note("classes", self.classes.join(", ")));
        }
        let mut files = self.files.clone();
        if let Some(seed) = self.seed {
            shuffle(&mut Rng::new(seed, 0), &mut files);
        }
        let files: Arc<[(PathBuf, usize)]> = files[part].to_vec().into();
        let numbers =
            Dataset::from_tensor_slices(Tensor::from((0..files.len() as i64).collect::<Vec<i64>>()))?;
        let numbers = match self.seed {
            Some(seed) if again && !files.is_empty() => numbers.shuffle_with(files.len(), seed, true),
            _ => numbers,
        };
        let (kind, labels) = (self.kind.clone(), self.labels);
        let read = move |number: Element| {
            let number = number.tensor()?.item::<i64>()? as usize;
            let (path, class) = &files[number];
            let features = kind.read(path)?;
            Ok(match label(labels, *class, classes)? {
                Some(label) => Element::from((features, label)),
                None => Element::from(features),
            })
        };
        let read = numbers.map_parallel(0, read);
        Ok(if K::PADDED { read.padded_batch(self.batch_size) } else { read.batch(self.batch_size) })
    }
}

fn label(mode: LabelMode, class: usize, classes: usize) -> Result<Option<Tensor>> {
    Ok(match mode {
        LabelMode::Int => Some(Tensor::scalar(class as i32)),
        LabelMode::Binary => Some(Tensor::new(vec![class as f32], vec![1])?),
        LabelMode::Categorical => {
            let one = (0..classes).map(|c| f32::from(u8::from(c == class))).collect::<Vec<f32>>();
            Some(Tensor::from(one).cast(DType::F32)?)
        }
        LabelMode::None => None,
    })
}

/// What is in a folder, with its names, sorted by them.
fn entries(folder: &Path) -> Result<Vec<(PathBuf, String)>> {
    let failed = |e| Error::io("looking into", folder, e);
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            out.push((entry.path(), name));
        }
    }
    out.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(out)
}

/// Adds the files of a class, those of folders inside as well. Links to folders are not followed.
fn collect<K: Kind>(folder: &Path, class: usize, files: &mut Vec<(PathBuf, usize)>) -> Result<()> {
    let (mut inside, mut own) = (Vec::new(), Vec::new());
    for (path, name) in entries(folder)? {
        let name = name.to_lowercase();
        let fits = K::EXTENSIONS.iter().any(|e| name.strip_suffix(e).is_some_and(|n| n.ends_with('.')));
        match path.is_dir() {
            true if !path.is_symlink() => inside.push(path),
            false if fits => own.push((path, class)),
            _ => {}
        }
    }
    files.extend(own);
    inside.iter().try_for_each(|folder| collect::<K>(folder, class, files))
}
