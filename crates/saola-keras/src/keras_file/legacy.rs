//! Weights from the `.h5` files of Keras 2, which Keras 3 still writes and reads.
//!
//! A file lists its layers in the attribute `layer_names`, and each layer's group its weights in `weight_names`. Names
//! of layers say little, as they count on from model to model: layers are taken in their order.

use std::path::Path;

use saola_io::H5File;
use saola_nn::{LayerRef, Weight};
use saola_tensor::{Error, Result};

use super::order;
use crate::model::ModelNodeKind;
use crate::nested::Nested;
use crate::{LoadReport, Model};

/// A layer with weights: its name, and the weights with their paths.
type Holder<'a> = (&'a str, Vec<(&'a str, &'a Weight)>);

impl Model {
    /// Reads weights from an `.h5` file of weights, or of a whole model. All of them or none.
    pub(crate) fn load_weights_legacy(&self, path: &Path) -> Result<LoadReport> {
        let bytes = std::fs::read(path).map_err(|e| Error::io("reading", path, e))?;
        let read = || read(self, &H5File::parse(bytes)?);
        read().map_err(|e: Error| e.context(format!("loading `{}`", path.display())))?;
        Ok(LoadReport { loaded: self.weights.paths().map(str::to_string).collect(), unused: Vec::new() })
    }
}

/// Gives the weights of `model` the values of `file`, layer by layer in their order.
pub(super) fn read(model: &Model, file: &H5File) -> Result<()> {
    let there = listed(file)?;
    let holders = holders(model);
    if holders.len() != there.len() {
        let ours: Vec<&str> = holders.iter().map(|h| h.0).collect();
        let theirs: Vec<&str> = there.iter().map(|t| t.0.as_str()).collect();
        return Err(Error::format(format!(
            "model `{}` has {} layers with weights, the file {}",
            model.name,
            ours.len(),
            theirs.len()
        ))
        .note("model", ours.join(", "))
        .note("file", theirs.join(", "))
        .help("read it into the model that it was written from; nothing was changed"));
    }
    let mut wrong = Vec::new();
    let mut values = Vec::new();
    for ((name, weights), (layer, places)) in holders.iter().zip(&there) {
        if weights.len() != places.len() {
            let text = format!("{name} has {} weights, {layer} in the file {}", weights.len(), places.len());
            wrong.push(("missing", text));
            continue;
        }
        for ((path, weight), at) in weights.iter().zip(places) {
            let spec = weight.symbol.spec();
            let (shape, dtype) = file.entry(at)?;
            if dtype != spec.dtype.name() || !spec.dims.takes(&shape) || other(path, at, weights) {
                wrong.push(("misshapen", format!("{path} is {spec}, in the file {at} {dtype}{shape}")));
                continue;
            }
            values.push((&weight.symbol, at));
        }
    }
    if !wrong.is_empty() {
        let error = Error::format(format!("the weights do not fit model `{}`", model.name));
        let error = wrong.into_iter().fold(error, |e, (label, text)| e.note(label, text));
        return Err(error.help("read them into a model with the same layers; nothing was changed"));
    }
    let read = values.into_iter().map(|(symbol, at)| Ok((symbol, file.read(at)?)));
    let values = read.collect::<Result<Vec<_>>>()?;
    values.iter().try_for_each(|(symbol, value)| model.session.set_value(symbol, value))
}

/// The layers with weights in the file, each with the places of these.
fn listed(file: &H5File) -> Result<Vec<(String, Vec<String>)>> {
    let (root, layers) = match file.texts("", "layer_names")? {
        Some(layers) => (String::new(), layers),
        None => {
            let layers = file.texts("model_weights", "layer_names")?;
            let layers = layers.ok_or_else(|| Error::format("the file lists no layers"))?;
            ("model_weights/".to_string(), layers)
        }
    };
    let mut there = Vec::new();
    for layer in &layers {
        let group = format!("{root}{layer}");
        let names = file.texts(&group, "weight_names")?.unwrap_or_default();
        if !names.is_empty() {
            there
                .push((layer.clone(), names.into_iter().map(|n| format!("{group}/{n}")).collect::<Vec<_>>()));
        }
    }
    Ok(there)
}

/// The layers with weights, in Keras's order; of each, what optimizers change comes first.
fn holders(model: &Model) -> Vec<Holder<'_>> {
    let mut all = Vec::new();
    for calls in order::layers(model) {
        let node = &model.nodes[calls[0]];
        let ModelNodeKind::Layer { layer, .. } = &node.kind else { continue };
        let mut weights = Vec::new();
        collect(model, &node.name, layer, &mut weights);
        if layer.downcast::<Nested>().is_some() {
            // Of a whole model, too, what optimizers change comes first.
            weights.sort_by_key(|(_, weight)| !weight.trainable);
        }
        if !weights.is_empty() {
            all.push((node.name.as_str(), weights));
        }
    }
    all
}

/// The weights of the layer at `path`, those of a model layer by layer.
fn collect<'a>(model: &'a Model, path: &str, layer: &LayerRef, all: &mut Vec<(&'a str, &'a Weight)>) {
    let Some(inner) = layer.downcast::<Nested>().and_then(Nested::model) else {
        all.extend(model.weights.places(path).into_iter().map(|(_, path, weight)| (path, weight)));
        return;
    };
    for calls in order::layers(inner) {
        let node = &inner.nodes[calls[0]];
        if let ModelNodeKind::Layer { layer, .. } = &node.kind {
            collect(model, &format!("{path}/{}", node.name), layer, all);
        }
    }
}

/// Whether the file has another of the layer's weights in this place, by its name.
fn other(path: &str, at: &str, weights: &[(&str, &Weight)]) -> bool {
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_string();
    let (ours, theirs) = (last(path), last(at.split(':').next().unwrap_or_default()));
    ours != theirs && weights.iter().any(|(path, _)| last(path) == theirs)
}
