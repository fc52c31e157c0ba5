//! Files beside the architecture, as vocabularies that layers learned.

use saola_io::KerasArchive;
use saola_nn::{Layer, NameCounter, snake_case};
use saola_tensor::{Error, Result};
use serde_json::Value;

use super::describe;
use super::weights::all_places;
use crate::Model;
use crate::model::ModelNodeKind;
use crate::nested::Nested;

/// Names and contents of the files of a model.
pub(super) fn write(model: &Model) -> Result<Vec<(String, Vec<u8>)>> {
    let entries = describe::entries(model);
    let mut all = Vec::new();
    for place in all_places(&entries) {
        let Some(layer) = at(model, &place.path) else { continue };
        // A layer that no file can hold has said so before.
        for (path, text) in layer.config().iter().flat_map(|c| c.assets()) {
            all.push((format!("assets/{}/{path}", place.place), text.clone().into_bytes()));
        }
    }
    Ok(all)
}

/// The layer at `path`.
fn at<'a>(model: &'a Model, path: &str) -> Option<&'a dyn Layer> {
    let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let ModelNodeKind::Layer { layer, .. } = &model.nodes.iter().find(|n| n.name == name)?.kind else {
        return None;
    };
    match rest {
        Some(rest) => at(layer.downcast::<Nested>()?.model()?, rest),
        None => Some(layer.layer()),
    }
}

/// Gives the layers of the description their files, each as a field with its name.
pub(super) fn read(archive: &mut KerasArchive) -> Result<()> {
    let KerasArchive { config, assets, .. } = archive;
    read_model(config, "assets/", assets)
}

/// Gives the layers of the model `config` the files below `above`.
fn read_model(config: &mut Value, above: &str, assets: &[(String, Vec<u8>)]) -> Result<()> {
    let sequential = config["class_name"] == "Sequential";
    let Some(layers) = config["config"]["layers"].as_array_mut() else { return Ok(()) };
    let mut counter = NameCounter::default();
    for (i, layer) in layers.iter_mut().enumerate() {
        let Some(class) = layer["class_name"].as_str().map(str::to_string) else { continue };
        let operation = layer["module"].as_str().is_some_and(|m| m.starts_with("keras.src.ops"));
        if operation || sequential && i == 0 && class == "InputLayer" {
            continue;
        }
        let place = format!("{above}layers/{}/", counter.next(&snake_case(&class)));
        read_model(layer, &place, assets)?;
        for (name, bytes) in assets {
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
