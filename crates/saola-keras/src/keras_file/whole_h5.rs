//! Whole models in `.h5` files, which Keras 2 wrote and Keras 3 still does.

use saola_io::H5File;
use saola_tensor::{Error, Result};
use serde_json::Value;

use super::load::Load;
use super::rebuild::{Rebuilt, rebuild};
use super::{legacy, older};
use crate::Model;

/// What an HDF5 file begins with.
pub(super) const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// The model of such a file, compiled as it was.
pub(super) fn read(bytes: Vec<u8>, load: &Load, least: usize) -> Result<Rebuilt> {
    let file = H5File::parse(bytes)?;
    let mut config = described(&file, "model_config")?.ok_or_else(|| {
        Error::format("the file holds weights without a model")
            .help("make the model in code, and read the weights into it with `load_weights`")
    })?;
    if let Some(mut compiled) = described(&file, "training_config")?
        && let (Some(config), Some(fields)) = (config.as_object_mut(), compiled.as_object_mut())
    {
        if let Some(optimizer) = fields.remove("optimizer_config") {
            fields.insert("optimizer".into(), optimizer);
        }
        config.insert("compile_config".into(), compiled);
    }
    older::upgrade(&mut config);
    let missing = load.missing(&config)?;
    let at_most = (file.size() / size_of::<f32>()).max(least);
    let mut rebuilt = rebuild(&config, at_most, &load.objects)?;
    legacy::read(&rebuilt.model, &file)?;
    super::file::compile_as(&mut rebuilt.model, load, missing, &config, |model| optimizer(model, &file));
    Ok(rebuilt)
}

/// The JSON in an attribute of the file.
fn described(file: &H5File, name: &str) -> Result<Option<Value>> {
    let Some(texts) = file.texts("", name)? else { return Ok(None) };
    let value = serde_json::from_str(&texts.concat());
    value.map(Some).map_err(|e| Error::format(format!("`{name}` is no JSON: {e}")).with_source(e))
}

/// The optimizer's variables, in the order in which the file lists them.
fn optimizer(model: &mut Model, file: &H5File) -> Result<()> {
    if !file.groups("")?.iter().any(|group| group == "optimizer_weights") {
        return Ok(());
    }
    let names = file.texts("optimizer_weights", "weight_names")?.unwrap_or_default();
    let places: Vec<String> = names.iter().map(|name| format!("optimizer_weights/{name}")).collect();
    super::weights::read_variables(model, file, &places)
}
