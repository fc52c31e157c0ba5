//! What a folder's model is, in words: so that another configuration is told from it, and how.

use std::path::Path;

use indexmap::IndexMap;
use saola_tensor::{Error, Result, write_atomic};
use serde_json::{Map, Value, json};

/// The file in a model's folder.
const FILE: &str = "fingerprint.json";

/// The settings that decide what the weights of a checkpoint mean. How it is trained is none of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fingerprint {
    settings: IndexMap<String, String>,
}

impl Fingerprint {
    /// These settings, each with what it is.
    pub(crate) fn new<K: Into<String>>(settings: impl IntoIterator<Item = (K, String)>) -> Fingerprint {
        let mut settings: IndexMap<String, String> =
            settings.into_iter().map(|(name, value)| (name.into(), value)).collect();
        settings.sort_keys();
        Fingerprint { settings }
    }

    /// Refuses the checkpoints of a folder whose fingerprint is another one. A folder without a fingerprint is anybody's.
    pub(crate) fn check(&self, folder: &Path) -> Result<()> {
        let path = folder.join(FILE);
        let Some(before) = read(&path)? else { return Ok(()) };
        let names = self.settings.keys().chain(before.keys().filter(|k| !self.settings.contains_key(*k)));
        let shown = |settings: &IndexMap<String, String>, name: &str| {
            settings.get(name).map_or("(none)".to_string(), |value| shortened(value))
        };
        let mut differences: Vec<(String, String)> = Vec::new();
        for name in names {
            if before.get(name) != self.settings.get(name) {
                let line = format!("{} before, {} now", shown(&before, name), shown(&self.settings, name));
                differences.push((name.clone(), line));
            }
        }
        if differences.is_empty() {
            return Ok(());
        }
        let text = format!("the folder `{}` holds a model of another configuration", folder.display());
        let error = differences.into_iter().fold(Error::value(text), |e, (name, line)| e.note(name, line));
        Err(error.help(format!(
            "use the settings that it was trained with, or another `model_dir`; where the checkpoint is meant to be used all the same, remove `{}`",
            path.display()
        )))
    }

    /// Writes the fingerprint into a folder.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let settings: Map<String, Value> =
            self.settings.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let text = serde_json::to_string_pretty(&json!({ "settings": settings }))
            .map_err(|e| Error::internal(e.to_string()))?;
        write_atomic(folder.join(FILE), |file| file.write_all(text.as_bytes()))
    }
}

/// The settings in a file; none where there is no file.
fn read(path: &Path) -> Result<Option<IndexMap<String, String>>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::io("reading", path, e)),
    };
    let damaged = |why: String| {
        Error::format(format!("`{}` is damaged: {why}", path.display()))
            .help("remove the file: it is written again when training goes on")
    };
    let json: Value = serde_json::from_slice(&bytes).map_err(|e| damaged(e.to_string()))?;
    let settings = json["settings"].as_object().ok_or_else(|| damaged("no `settings`".into()))?;
    let text = |value: &Value| value.as_str().map(str::to_string);
    let read = settings.iter().map(|(name, value)| Some((name.clone(), text(value)?))).collect::<Option<_>>();
    read.map(Some).ok_or_else(|| damaged("a setting is no text".into()))
}

/// The beginning of a long description.
fn shortened(text: &str) -> String {
    const MOST: usize = 160;
    match text.char_indices().nth(MOST) {
        None => text.to_string(),
        Some((end, _)) => format!("{}..", &text[..end]),
    }
}
