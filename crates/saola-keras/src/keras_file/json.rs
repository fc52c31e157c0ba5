//! The architecture alone.

use saola_nn::CustomObjects;
use saola_tensor::{Error, Result};
use serde_json::Value;

use super::describe::describe;
use super::load::known;
use super::rebuild::rebuild;
use crate::Model;

impl Model {
    /// The architecture as Keras describes it, without weights: Keras's `to_json`.
    ///
    /// ```
    /// use saola_keras::{Model, Sequential};
    /// use saola_nn::layers::Dense;
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// let mut model = Sequential::new().add(Dense::new(4)).add(Dense::new(1));
    /// model.build([3])?;
    /// let text = model.model()?.to_json()?;
    /// assert_eq!(Model::from_json(&text)?.count_params(), 21);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Model::save`] for layers that Keras has no name for.
    pub fn to_json(&self) -> Result<String> {
        Ok(describe(self)?.to_string())
    }

    /// The model that a text describes, with new weights: Keras's `model_from_json`. It is not compiled.
    ///
    /// # Errors
    /// A text that is no JSON, or describes what is not supported here.
    pub fn from_json(text: &str) -> Result<Model> {
        Model::from_json_with(text, &CustomObjects::new())
    }

    /// As [`Model::from_json`], with classes of your own.
    ///
    /// # Errors
    /// As [`Model::from_json`].
    pub fn from_json_with(text: &str, objects: &CustomObjects) -> Result<Model> {
        let root: Value = serde_json::from_str(text).map_err(|e| {
            Error::format(format!("the description of a model is no JSON: {e}")).with_source(e)
        })?;
        known(&root, objects)?;
        Ok(rebuild(&root, usize::MAX, objects)?.model)
    }

    /// A model of the same layers with new weights of its own: Keras's `clone_model`. It is not compiled.
    ///
    /// # Errors
    /// As [`Model::to_json`].
    pub fn clone_model(&self) -> Result<Model> {
        self.clone_model_with(&self.objects)
    }

    /// As [`Model::clone_model`], where layers are of classes of your own that the model was not loaded with.
    ///
    /// # Errors
    /// As [`Model::clone_model`].
    pub fn clone_model_with(&self, objects: &CustomObjects) -> Result<Model> {
        let root = describe(self)?;
        known(&root, objects)?;
        Ok(rebuild(&root, usize::MAX, objects)?.model)
    }
}
