//! Weights to a file and back, by path.

use std::path::Path;

use indexmap::IndexMap;
use saola_io::{CheckpointReader, CheckpointWriter, read_safetensors, write_safetensors};
use saola_tensor::{DType, Error, Result, Shape, Tensor};

use crate::Model;

/// What loading weights did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// The paths of the weights that were read.
    pub loaded: Vec<String>,
    /// Names in the file that the model has no weight for; the optimizer's and others.
    pub unused: Vec<String>,
}

impl Model {
    /// Writes the weights: to a path that ends in `.weights.h5` as Keras does it, to one that ends in `.safetensors` for
    /// other frameworks, else as a TensorFlow checkpoint with the prefix `path`: `path.index` and
    /// `path.data-00000-of-00001`. The latter two are keyed by the weights' paths. Each file is written under another name
    /// and renamed.
    ///
    /// # Errors
    /// Where the files cannot be written.
    pub fn save_weights(&self, path: impl AsRef<Path>) -> Result<()> {
        if is_h5(path.as_ref()) {
            return self.save_weights_h5(path.as_ref());
        }
        if is_safetensors(path.as_ref()) {
            let value =
                |(name, weight): (_, &saola_nn::Weight)| Ok((name, self.session.value(&weight.symbol)?));
            let values = self.weights.iter().map(value).collect::<Result<Vec<(&str, Tensor)>>>()?;
            return write_safetensors(path, values.iter().map(|(name, tensor)| (*name, tensor)));
        }
        let mut writer = CheckpointWriter::new(path.as_ref());
        for (name, weight) in self.weights.iter() {
            writer.add(name, &self.session.value(&weight.symbol)?)?;
        }
        writer.finish()
    }

    /// Reads weights that [`Model::save_weights`] or Keras wrote (`.weights.h5`, or the older `.h5` of weights or of a
    /// whole model, whose layers are taken in their order), or any `.safetensors` file or TensorFlow checkpoint whose names
    /// are the weights' paths. Either all weights are read or none is changed.
    ///
    /// # Errors
    /// A damaged file, or weights that are missing or of another shape: all of them are named at once.
    pub fn load_weights(&self, path: impl AsRef<Path>) -> Result<LoadReport> {
        let path = path.as_ref();
        if !is_h5(path) && path.extension().is_some_and(|e| e == "h5") {
            return self.load_weights_legacy(path);
        }
        if is_h5(path) {
            return self.load_weights_h5(path);
        }
        let stored = Stored::open(path)?;
        let mut report = LoadReport::default();
        let mut wrong: Vec<(String, String)> = Vec::new();
        let mut values = Vec::new();
        for (name, weight) in self.weights.iter() {
            let spec = weight.symbol.spec();
            let Some((dtype, shape)) = stored.spec(name)? else {
                wrong.push(("missing".into(), format!("{name} {spec}")));
                continue;
            };
            if dtype != spec.dtype || !spec.dims.takes(&shape) {
                wrong.push(("misshapen".into(), format!("{name} is {spec}, in the file {dtype}{shape}")));
                continue;
            }
            values.push((&weight.symbol, stored.read(name)?));
            report.loaded.push(name.to_string());
        }
        report.unused = stored
            .names()
            .into_iter()
            .filter(|n| self.weights.get(n).is_none())
            .map(str::to_string)
            .collect();
        if !wrong.is_empty() {
            let unused = report.unused.iter().map(|n| ("unexpected".to_string(), n.clone()));
            let error = Error::format(format!("`{}` does not fit model `{}`", path.display(), self.name));
            let error = wrong.into_iter().chain(unused).fold(error, |e, (label, text)| e.note(label, text));
            return Err(
                error.help("load it into a model with the same layers and names; nothing was changed")
            );
        }
        for (symbol, value) in values {
            self.session.set_value(symbol, &value)?;
        }
        Ok(report)
    }
}

/// Whether a path is that of weights as Keras writes them.
fn is_h5(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".weights.h5")
}

/// Whether a path is that of a `.safetensors` file.
fn is_safetensors(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "safetensors")
}

/// Named tensors in a file.
enum Stored {
    Checkpoint(CheckpointReader),
    Tensors(IndexMap<String, Tensor>),
}

impl Stored {
    fn open(path: &Path) -> Result<Stored> {
        Ok(match is_safetensors(path) {
            true => Stored::Tensors(read_safetensors(path)?),
            false => Stored::Checkpoint(CheckpointReader::open(path)?),
        })
    }

    fn names(&self) -> Vec<&str> {
        match self {
            Stored::Checkpoint(reader) => reader.names().collect(),
            Stored::Tensors(tensors) => tensors.keys().map(String::as_str).collect(),
        }
    }

    fn spec(&self, name: &str) -> Result<Option<(DType, Shape)>> {
        Ok(match self {
            Stored::Checkpoint(reader) if !reader.contains(name) => None,
            Stored::Checkpoint(reader) => reader.entry(name).map(|e| Some((e.dtype, e.shape.clone())))?,
            Stored::Tensors(tensors) => tensors.get(name).map(|t| (t.dtype(), t.shape().clone())),
        })
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        match self {
            Stored::Checkpoint(reader) => reader.read(name),
            Stored::Tensors(tensors) => {
                tensors.get(name).cloned().ok_or_else(|| Error::internal(format!("no tensor `{name}`")))
            }
        }
    }
}
