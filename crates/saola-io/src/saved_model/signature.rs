//! What can be asked of a saved model.

use saola_graph::Spec;
use saola_tensor::Result;

use super::graph_def::number;
use crate::proto::{SignatureDef, TensorInfo, TensorShapeProto};

/// A question that a saved model answers: tensors of its graph by name, fed and fetched.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Signature(SignatureDef);

impl Signature {
    /// A question of the kind `method`, such as `tensorflow/serving/predict`.
    pub fn new(method: impl Into<String>) -> Signature {
        Signature(SignatureDef { method_name: method.into(), ..SignatureDef::default() })
    }

    /// Also the input `name`, which feeds `tensor`.
    ///
    /// # Errors
    /// A dtype that TensorFlow does not have.
    pub fn input(mut self, name: impl Into<String>, tensor: &str, spec: &Spec) -> Result<Signature> {
        self.0.inputs.insert(name.into(), info(tensor, spec)?);
        Ok(self)
    }

    /// Also the output `name`, which is `tensor`.
    ///
    /// # Errors
    /// A dtype that TensorFlow does not have.
    pub fn output(mut self, name: impl Into<String>, tensor: &str, spec: &Spec) -> Result<Signature> {
        self.0.outputs.insert(name.into(), info(tensor, spec)?);
        Ok(self)
    }

    pub(super) fn into_message(self) -> SignatureDef {
        self.0
    }
}

pub(super) fn info(tensor: &str, spec: &Spec) -> Result<TensorInfo> {
    Ok(TensorInfo {
        name: tensor.to_string(),
        dtype: number(spec.dtype)?,
        tensor_shape: Some(TensorShapeProto::of_dims(&spec.dims)),
    })
}
