//! Saving and loading.

use std::io::Read;
use std::path::Path;

use saola_io::{H5File, KerasArchive};
use saola_tensor::{Error, Result, write_atomic};
use serde_json::json;

use super::load::Load;
use super::rebuild::Rebuilt;
use super::{assets, compile_config, describe, older, rebuild, weights, whole_h5};
use crate::{LoadReport, Model, Sequential};

/// The version of Keras whose format is written.
const KERAS_VERSION: &str = "3.15.1";

/// How many numbers a weight may have in a file of any size: too large a shape is then reported with the others.
const ALWAYS_ALLOWED: usize = 1 << 16;

impl Model {
    /// Writes architecture, weights, what the model was compiled with and the optimizer's variables as a `.keras` file,
    /// which Keras 3 loads as well, and where training goes on. The file appears whole or not at all. Of a model that is
    /// compiled with a loss, metric, schedule or step of the user's own only architecture and weights are written.
    ///
    /// ```
    /// use saola_keras::{Model, Predict, Sequential};
    /// use saola_nn::activations::Relu;
    /// use saola_nn::layers::Dense;
    /// use saola_tensor::Tensor;
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// # let dir = tempfile::tempdir().map_err(|e| saola_tensor::Error::value(e.to_string()))?;
    /// let path = dir.path().join("m.keras");
    /// let mut model = Sequential::new().add(Dense::new(8).activation(Relu)).add(Dense::new(1));
    /// model.build([3])?;
    /// model.save(&path)?;
    /// let same = Model::load(&path)?;
    /// let x = Tensor::from([[1.0f32, 2.0, 3.0]]);
    /// assert_eq!(same.predict(&x, Predict::new())?, model.predict(&x, Predict::new())?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A layer that is not built in, or one with an activation of your own, which the error names; a file that cannot
    /// be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let config = describe::describe(self)?;
        let archive = KerasArchive {
            metadata: json!({"keras_version": KERAS_VERSION, "saola_version": env!("CARGO_PKG_VERSION")}),
            config,
            weights: weights::write(self, &describe::entries(self))?,
            assets: assets::write(self)?,
        };
        archive.write(path)
    }

    /// Reads a `.keras` file that [`Model::save`] or Keras (2.15 or 3) wrote, or the `.h5` file of a whole model that Keras
    /// wrote: a sequential or functional model of layers that are built in, compiled as it was, with the optimizer's variables. Where it was compiled with something that is not
    /// known here, the model is not compiled, and says why when it is to be trained. Nothing in the file is run, and memory
    /// is taken in proportion to its size.
    ///
    /// # Errors
    /// A file that is missing or damaged (checksums are compared first); a layer, field or value that is not supported
    /// here, and classes that are not known, all of them at once; weights that are missing, unexpected or of another shape,
    /// which are all named at once.
    pub fn load(path: impl AsRef<Path>) -> Result<Model> {
        Model::load_with(path, Load::new())
    }

    /// As [`Model::load`], with classes of your own, or without compiling.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn load_with(path: impl AsRef<Path>, load: Load) -> Result<Model> {
        Ok(read(path.as_ref(), &load)?.model)
    }
}

impl Model {
    /// Writes the weights, and the optimizer's variables where there are some, as Keras's `.weights.h5`.
    pub(crate) fn save_weights_h5(&self, path: &Path) -> Result<()> {
        let bytes = weights::write(self, &describe::entries(self))?;
        write_atomic(path, |file| file.write_all(&bytes))
    }

    /// Reads weights from Keras's `.weights.h5`.
    pub(crate) fn load_weights_h5(&self, path: &Path) -> Result<LoadReport> {
        let bytes = std::fs::read(path).map_err(|e| Error::io("reading", path, e))?;
        let read = || weights::read(self, &describe::entries(self), &H5File::parse(bytes)?);
        read().map_err(|e: Error| e.context(format!("loading `{}`", path.display())))?;
        Ok(LoadReport { loaded: self.weights.paths().map(str::to_string).collect(), unused: Vec::new() })
    }
}

impl Sequential {
    /// Writes architecture and weights; see [`Model::save`].
    ///
    /// # Errors
    /// As [`Model::save`], and where the shape of the input is not known yet.
    pub fn save(&mut self, path: impl AsRef<Path>) -> Result<()> {
        self.model()?.save(path)
    }

    /// Reads a sequential model; see [`Model::load`]. As with any `Sequential`, adding a layer makes all weights
    /// anew.
    ///
    /// # Errors
    /// As [`Model::load`], and a model that is not sequential.
    pub fn load(path: impl AsRef<Path>) -> Result<Sequential> {
        Sequential::load_with(path, Load::new())
    }

    /// As [`Sequential::load`], with classes of your own, or without compiling.
    ///
    /// # Errors
    /// As [`Sequential::load`].
    pub fn load_with(path: impl AsRef<Path>, load: Load) -> Result<Sequential> {
        let path = path.as_ref();
        let Rebuilt { model, layers, .. } = read(path, &load)?;
        if !model.sequential {
            return Err(Error::value(format!("`{}` holds a functional model", path.display()))
                .help("read it with `Model::load`"));
        }
        Ok(Sequential::of(layers, model))
    }
}

fn read(path: &Path, load: &Load) -> Result<Rebuilt> {
    let context = |e: Error| e.context(format!("loading `{}`", path.display()));
    if let Some(bytes) = h5(path)? {
        return whole_h5::read(bytes, load, ALWAYS_ALLOWED).map_err(context);
    }
    let mut archive = KerasArchive::read(path)?;
    let read = || {
        older::upgrade(&mut archive.config);
        let missing = load.missing(&archive.config)?;
        assets::read(&mut archive)?;
        let file = H5File::parse(archive.weights)?;
        let at_most = (file.size() / size_of::<f32>()).max(ALWAYS_ALLOWED);
        let mut rebuilt = rebuild::rebuild(&archive.config, at_most, &load.objects)?;
        weights::read(&rebuilt.model, &rebuilt.entries, &file)?;
        compile_as(&mut rebuilt.model, load, missing, &archive.config, |model| {
            weights::read_optimizer(model, &file)
        });
        Ok(rebuilt)
    };
    read().map_err(context)
}

/// The bytes of a file that is HDF5.
fn h5(path: &Path) -> Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    let open = std::fs::File::open(path).map_err(|e| Error::io("reading", path, e))?;
    let begin = open.take(whole_h5::SIGNATURE.len() as u64).read_to_end(&mut head);
    begin.map_err(|e| Error::io("reading", path, e))?;
    if head != whole_h5::SIGNATURE {
        return Ok(None);
    }
    std::fs::read(path).map(Some).map_err(|e| Error::io("reading", path, e))
}

/// Compiles the model as the file says, with the optimizer's variables, unless that was not asked for or classes are
/// missing. Predictions need none of it: what is wrong with it is said when the model is to be trained.
pub(super) fn compile_as(
    model: &mut Model,
    load: &Load,
    missing: Option<Error>,
    config: &serde_json::Value,
    optimizer: impl FnOnce(&mut Model) -> Result<()>,
) {
    let compile =
        |model: &mut Model| match compile_config::read(&config["compile_config"], model, &model.objects)? {
            Some(compile) => {
                model.compile(compile)?;
                optimizer(model)
            }
            None => Ok(()),
        };
    let compiled = match (load.compile, missing) {
        (false, _) => Ok(()),
        (true, Some(missing)) => Err(missing),
        (true, None) => compile(model),
    };
    if let Err(why) = compiled {
        model.compiled = None;
        model.uncompilable = Some(why);
    }
}
