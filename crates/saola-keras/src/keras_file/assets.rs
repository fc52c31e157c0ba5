//! Files beside the architecture, as vocabularies that layers learned.

use saola_io::KerasArchive;
use saola_nn::{NameCounter, snake_case};
use saola_tensor::{Error, Result};
use serde_json::Value;

use super::weights::places;
use crate::Model;
use crate::model::ModelNodeKind;

/// Names and contents of the files of a model, whose layers are these by class and name.
pub(super) fn write(model: &Model, layers: &[(String, String)]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut all = Vec::new();
    for (place, name) in places(layers) {
        let node = model.nodes.iter().find(|n| n.name == name);
        let Some(ModelNodeKind::Layer { layer, .. }) = node.map(|n| &n.kind) else { continue };
        // A layer that no file can hold has said so before.
        for (path, text) in layer.layer().config().iter().flat_map(|c| c.assets()) {
            all.push((format!("assets/layers/{place}/{path}"), text.clone().into_bytes()));
        }
    }
    Ok(all)
}

/// Gives the layers of the description their files, each as a field with its name.
pub(super) fn read(archive: &mut KerasArchive) -> Result<()> {
    let KerasArchive { config, assets, .. } = archive;
    let sequential = config["class_name"] == "Sequential";
    let Some(layers) = config["config"]["layers"].as_array_mut() else { return Ok(()) };
    let mut counter = NameCounter::default();
    for (i, layer) in layers.iter_mut().enumerate() {
        let Some(class) = layer["class_name"].as_str().map(str::to_string) else { continue };
        let operation = layer["module"].as_str().is_some_and(|m| m.starts_with("keras.src.ops"));
        if operation || sequential && i == 0 && class == "InputLayer" {
            continue;
        }
        let place = format!("assets/layers/{}/", counter.next(&snake_case(&class)));
        for (name, bytes) in assets.iter() {
            let Some(file) = name.strip_prefix(&place).filter(|f| !f.contains('/')) else { continue };
            let text = std::str::from_utf8(bytes)
                .map_err(|_| Error::format(format!("`{name}` in the archive is not UTF-8")))?;
            if let Some(fields) = layer["config"].as_object_mut() {
                fields.insert(file.to_string(), Value::from(text));
            }
        }
    }
    Ok(())
}
