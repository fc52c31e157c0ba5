//! Models for other programs: `Model::export`.

use std::path::Path;

use saola_graph::tensorflow::TfGraph;
use saola_graph::{Role, Symbol, variables};
use saola_io::{SavedModelWriter, Signature};
use saola_tensor::Result;

use crate::Model;

/// The names of the question that the model answers: Keras's, and the one that clients get who name none.
const NAMES: [&str; 2] = ["serve", "serving_default"];

impl Model {
    /// Writes the model as it predicts, with its weights, as a SavedModel that TensorFlow loads: a new folder, which
    /// appears whole or not at all. Keras's `export`. Its one signature takes the inputs by their names and gives
    /// `output_0`, `output_1` and so on.
    ///
    /// ```
    /// use saola_keras::{Input, Model};
    /// use saola_nn::layers::Dense;
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// # let dir = tempfile::tempdir().map_err(|e| saola_tensor::Error::value(e.to_string()))?;
    /// let input = Input::new([2]);
    /// let model = Model::new([&input], [&input.apply(Dense::new(1))])?;
    /// model.export(dir.path().join("served"))?;
    /// assert!(dir.path().join("served/saved_model.pb").exists());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A folder that is there already or cannot be written; a layer with an operation that TensorFlow does not have, which
    /// the error names.
    pub fn export(&self, folder: impl AsRef<Path>) -> Result<()> {
        let inputs = self.placeholders();
        let outputs = self.call_many(&inputs);
        let mut graph = TfGraph::new();
        let context = |e: saola_tensor::Error| e.context(format!("exporting model `{}`", self.name()));
        let fed = graph.translate(&inputs).map_err(context)?;
        let fetched = graph.translate(&outputs).map_err(context)?;
        let mut signature = Signature::new("tensorflow/serving/predict");
        for ((name, tensor), symbol) in self.input_names().into_iter().zip(&fed).zip(&inputs) {
            signature = signature.input(name, tensor, symbol.spec())?;
        }
        for (i, (tensor, symbol)) in fetched.iter().zip(&outputs).enumerate() {
            signature = signature.output(format!("output_{i}"), tensor, symbol.spec())?;
        }
        let held: Vec<String> = graph.variables().iter().map(|v| v.name.clone()).collect();
        let mut writer = SavedModelWriter::new(graph);
        NAMES.iter().for_each(|name| writer.signature(*name, signature.clone()));
        for variable in variables(&outputs) {
            if let Some(name) = name(&variable).filter(|name| held.iter().any(|held| held == name)) {
                writer.variable(name, self.session().value(&variable)?);
            }
        }
        writer.write_to(folder)
    }
}

fn name(variable: &Symbol) -> Option<&str> {
    match variable.node().operation().role() {
        Role::Variable(info) => Some(&info.name),
        _ => None,
    }
}
