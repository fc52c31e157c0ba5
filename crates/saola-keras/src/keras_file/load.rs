//! How a file is loaded.

use saola_nn::CustomObjects;
use saola_tensor::{Error, Result};
use serde_json::Value;

/// How a model is loaded: with which classes of your own, and whether it is compiled as it was.
///
/// ```no_run
/// use saola_keras::{Load, Model};
/// use saola_nn::CustomObjects;
/// use saola_nn::activations::Function;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let objects = CustomObjects::new().activation(Function::new("zoo>cube", |x| x * x * x));
/// let model = Model::load_with("zoo.keras", Load::new().objects(objects).compile(false))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Load {
    pub(super) objects: CustomObjects,
    pub(super) compile: bool,
}

impl Default for Load {
    fn default() -> Load {
        Load::new()
    }
}

impl Load {
    /// Keras's classes alone, and compiled as it was.
    pub fn new() -> Load {
        Load { objects: CustomObjects::new(), compile: true }
    }

    /// With these classes beside Keras's.
    pub fn objects(mut self, objects: CustomObjects) -> Load {
        self.objects = objects;
        self
    }

    /// Whether the model is compiled as the file says; it is by default. Without, losses, metrics and optimizers that are
    /// not known do not matter.
    pub fn compile(mut self, compile: bool) -> Load {
        self.compile = compile;
        self
    }

    /// Looks for classes that are not known: those of the architecture are an error, in which those that it was compiled
    /// with are named as well; where these alone are missing, they are what keeps the model from being compiled.
    pub(super) fn missing(&self, config: &Value) -> Result<Option<Error>> {
        let mut architecture = config.clone();
        let compiled = architecture.as_object_mut().and_then(|fields| fields.remove("compile_config"));
        let mut all = self.objects.missing(&architecture);
        let needed = !all.is_empty();
        if let Some(compiled) = compiled.filter(|_| self.compile) {
            for (name, places) in self.objects.missing(&compiled) {
                all.entry(name)
                    .or_default()
                    .extend(places.into_iter().map(|p| p.replace("the model", "`compile`")));
            }
        }
        match (needed, all.is_empty()) {
            (true, _) => Err(self.objects.refusal(&all)),
            (false, false) => Ok(Some(self.objects.refusal(&all))),
            (false, true) => Ok(None),
        }
    }
}

/// Nothing, where the architecture `config` has known classes alone.
pub(super) fn known(config: &Value, objects: &CustomObjects) -> Result<()> {
    Load::new().objects(objects.clone()).missing(config).map(|_| ())
}
