//! `export_saved_model`.

use std::path::{Path, PathBuf};

use saola_graph::tensorflow::TfGraph;
use saola_graph::{Symbol, variables};
use saola_io::SavedModelWriter;
use saola_runtime::Session;
use saola_tensor::Result;

use super::options::Export;
use super::output::{ExportOutput, with_default};
use super::receiver::ServingInputReceiver;
use super::signatures::signatures;
use crate::Estimator;
use crate::model_fn::Mode;
use crate::restore::{name, restore};

impl Estimator {
    /// Writes the model that predicts, with the latest checkpoint's weights, as a SavedModel that TensorFlow loads: a
    /// folder in `base` whose name is the time in seconds since 1970. `receiver` says what a client sends; the questions
    /// that the model answers are the head's, or the export outputs of the model function. Returns the folder.
    ///
    /// It appears whole or not at all. `tf.saved_model.load`, TensorFlow Serving and `saved_model_cli` read it.
    ///
    /// # Errors
    /// No checkpoint, or one of another model; a feature that the receiver does not give; an operation of the model that
    /// TensorFlow does not have; a folder that cannot be written.
    pub fn export_saved_model<R: Into<ServingInputReceiver>>(
        &self,
        base: impl AsRef<Path>,
        receiver: impl Fn() -> Result<R>,
        options: Export,
    ) -> Result<PathBuf> {
        let receiver = receiver().map_err(|e| e.context("serving input receiver"))?.into();
        self.export(base.as_ref(), &receiver, options)
    }

    fn export(&self, base: &Path, receiver: &ServingInputReceiver, options: Export) -> Result<PathBuf> {
        let checkpoint = match &options.checkpoint {
            Some(prefix) => prefix.clone(),
            None => self.needed_checkpoint()?,
        };
        self.check_fingerprint()?;
        receiver.check().map_err(|e| e.context("serving input receiver"))?;
        let called = self.call_model_fn(&receiver.features, None, Mode::Predict, None)?;
        let outputs = with_default(called.spec.export_outputs.clone(), &called.spec.predictions)?;
        outputs.values().try_for_each(ExportOutput::check)?;
        let mut graph = TfGraph::new();
        let signatures = signatures(&mut graph, receiver, &outputs)?;
        graph.add_variable(&called.global_step)?;
        let fetches: Vec<&Symbol> = outputs.values().flat_map(|o| o.tensors()).map(|(_, s)| s).collect();
        let mut held = variables(fetches);
        held.push(called.global_step.clone());
        // What only training reads is not in the graph.
        let known: Vec<&str> = graph.variables().iter().map(|v| v.name.as_str()).collect();
        held.retain(|v| known.contains(&name(v)));
        let session = Session::with_seed(self.config.seed);
        restore(&session, &held, &checkpoint)?;
        let mut writer = SavedModelWriter::new(graph);
        signatures.into_iter().for_each(|(name, signature)| writer.signature(name, signature));
        for variable in &held {
            writer.variable(name(variable), session.value(variable)?);
        }
        for (name, source) in options.extra {
            writer.extra(name, source)?;
        }
        if let Some((name, content)) = options.notes {
            writer.extra_content(name, content)?;
        }
        if options.text {
            writer.as_text();
        }
        writer.write_in(base)
    }
}
