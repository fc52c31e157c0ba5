//! Writing a SavedModel: a folder that appears whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;
use saola_graph::tensorflow::TfGraph;
use saola_graph::{DType, Dims, Spec};
use saola_tensor::{Error, ErrorKind, Result, Tensor};

use super::graph_def::graph_def;
use super::saver::{add_collections, add_saver};
use super::signature::info;
use super::{Signature, TextFormat};
use crate::proto::{AssetFileDef, MetaGraphDef, MetaInfoDef, SavedModel, SignatureDef};
use crate::{CheckpointWriter, write_atomic};

/// The version of TensorFlow that first had all operations which are written.
const VERSION: &str = "2.4.0";

/// How many folders are tried before others that write at the same time are given way.
const ATTEMPTS: usize = 100;

/// How many digits the name of an export has: the seconds since 1970.
const DIGITS: usize = 10;

/// A SavedModel to be written: a graph, the values of its variables, and what can be asked of it.
#[derive(Debug)]
pub struct SavedModelWriter {
    graph: TfGraph,
    signatures: BTreeMap<String, SignatureDef>,
    variables: Vec<(String, Tensor)>,
    extra: Vec<(PathBuf, Extra)>,
    text: bool,
}

/// What is in a file beside the graph's.
#[derive(Debug)]
enum Extra {
    File(PathBuf),
    Content(Vec<u8>),
}

impl SavedModelWriter {
    /// Of this graph, with the tag `serve`.
    pub fn new(graph: TfGraph) -> SavedModelWriter {
        let (signatures, variables, extra) = (BTreeMap::new(), Vec::new(), Vec::new());
        SavedModelWriter { graph, signatures, variables, extra, text: false }
    }

    /// Also this question.
    pub fn signature(&mut self, name: impl Into<String>, signature: Signature) {
        self.signatures.insert(name.into(), signature.into_message());
    }

    /// Also this value of a variable.
    pub fn variable(&mut self, name: impl Into<String>, value: Tensor) {
        self.variables.push((name.into(), value));
    }

    /// Also a copy of the file `source`, under `name` in the folder `assets.extra`.
    ///
    /// # Errors
    /// A name that leads out of that folder.
    pub fn extra(&mut self, name: impl Into<PathBuf>, source: impl Into<PathBuf>) -> Result<()> {
        self.add_extra(name.into(), Extra::File(source.into()))
    }

    /// As [`SavedModelWriter::extra`], with this content.
    ///
    /// # Errors
    /// A name that leads out of the folder.
    pub fn extra_content(&mut self, name: impl Into<PathBuf>, content: Vec<u8>) -> Result<()> {
        self.add_extra(name.into(), Extra::Content(content))
    }

    fn add_extra(&mut self, name: PathBuf, extra: Extra) -> Result<()> {
        let inside = name.components().all(|part| matches!(part, Component::Normal(_)));
        if !inside || name.as_os_str().is_empty() {
            return Err(Error::value(format!(
                "the extra file `{}` would not be in `assets.extra`",
                name.display()
            ))
            .help("give a relative path without `..`"));
        }
        self.extra.push((name, extra));
        Ok(())
    }

    /// Writes the messages as text, `saved_model.pbtxt`, instead of `saved_model.pb`.
    pub fn as_text(&mut self) {
        self.text = true;
    }

    /// Writes a folder inside of `base`, which is made where needed, and returns it. Its name is the time in seconds
    /// since 1970, ten digits, above that of any export that is there.
    ///
    /// # Errors
    /// What cannot be written. No part of an export is left then.
    pub fn write_in(self, base: impl AsRef<Path>) -> Result<PathBuf> {
        let base = base.as_ref();
        fs::create_dir_all(base).map_err(|e| Error::io("creating", base, e))?;
        let message = self.message()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        let last = export_folders(base)?.last().map_or(0, |(time, _)| time + 1);
        let first = now.max(last);
        for time in first..first + ATTEMPTS as u64 {
            let name = format!("{time:010}");
            if name.len() != DIGITS {
                break;
            }
            let (folder, temporary) = (base.join(&name), base.join(format!("temp-{name}")));
            if folder.exists() {
                continue;
            }
            match fs::create_dir(&temporary) {
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => continue,
                Err(e) => return Err(Error::io("creating", &temporary, e)),
                Ok(()) => {}
            }
            return self.finish(&message, &temporary, &folder).map(|()| folder);
        }
        Err(Error::new(ErrorKind::Io, format!("no name is free for an export in `{}`", base.display()))
            .help("remove folders of other exports, finished and not, from it"))
    }

    /// Writes the folder `folder`, which must not be there.
    ///
    /// # Errors
    /// As [`SavedModelWriter::write_in`].
    pub fn write_to(self, folder: impl AsRef<Path>) -> Result<()> {
        let folder = folder.as_ref();
        if folder.exists() {
            return Err(Error::new(ErrorKind::Io, format!("`{}` is there already", folder.display()))
                .help("name another folder, or remove this one"));
        }
        let name = folder.file_name().ok_or_else(|| {
            Error::value(format!("`{}` names no folder", folder.display()))
                .help("give the path of a new folder")
        })?;
        let temporary = folder.with_file_name(format!("temp-{}", name.to_string_lossy()));
        let message = self.message()?;
        if let Some(parent) = folder.parent().filter(|p| *p != Path::new("")) {
            fs::create_dir_all(parent).map_err(|e| Error::io("creating", parent, e))?;
        }
        fs::create_dir(&temporary).map_err(|e| Error::io("creating", &temporary, e))?;
        self.finish(&message, &temporary, folder)
    }

    /// Fills `temporary` and renames it. What was written of a failure is removed.
    fn finish(&self, message: &SavedModel, temporary: &Path, folder: &Path) -> Result<()> {
        let written = self
            .fill(message, temporary)
            .and_then(|()| fs::rename(temporary, folder).map_err(|e| Error::io("renaming to", folder, e)));
        written.map_err(|error| {
            // The first error is the one to be told.
            let _ = fs::remove_dir_all(temporary);
            match error.help_text() {
                None => error
                    .help("no part of the export was left; make room, or name a folder that can be written"),
                Some(_) => error,
            }
        })
    }

    fn fill(&self, message: &SavedModel, folder: &Path) -> Result<()> {
        let made = |name: &str| {
            let path = folder.join(name);
            fs::create_dir_all(&path).map_err(|e| Error::io("creating", &path, e)).map(|()| path)
        };
        let mut checkpoint = CheckpointWriter::new(made("variables")?.join("variables"));
        for (name, value) in &self.variables {
            checkpoint.add(name, value)?;
        }
        checkpoint.finish()?;
        for asset in self.graph.assets() {
            let path = made("assets")?.join(&asset.file);
            write_atomic(path, |file| file.write_all(&asset.content))?;
        }
        for (name, extra) in &self.extra {
            let path = made("assets.extra")?.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(|e| Error::io("creating", parent, e))?;
            }
            let read;
            let content = match extra {
                Extra::Content(content) => content,
                Extra::File(source) => {
                    read = fs::read(source).map_err(|e| Error::io("reading", source, e))?;
                    &read
                }
            };
            write_atomic(path, |file| file.write_all(content))?;
        }
        // What names the rest comes last.
        match self.text {
            true => {
                write_atomic(folder.join("saved_model.pbtxt"), |f| f.write_all(message.to_text().as_bytes()))
            }
            false => write_atomic(folder.join("saved_model.pb"), |f| f.write_all(&message.encode_to_vec())),
        }
    }

    /// What `saved_model.pb` holds.
    ///
    /// # Errors
    /// A dtype that TensorFlow does not have.
    pub fn message(&self) -> Result<SavedModel> {
        let mut graph = self.graph.clone();
        let collection_def = add_collections(&mut graph)?;
        let saver_def = match graph.variables().is_empty() {
            true => None,
            false => Some(add_saver(&mut graph)?),
        };
        let path = Spec::new(DType::Str, Dims::scalar());
        let asset = |a: &saola_graph::tensorflow::Asset| {
            Ok(AssetFileDef { tensor_info: Some(info(&a.tensor, &path)?), filename: a.file.clone() })
        };
        let meta_graph = MetaGraphDef {
            meta_info_def: Some(MetaInfoDef {
                tags: vec!["serve".into()],
                tensorflow_version: VERSION.into(),
                tensorflow_git_version: format!("saola {}", env!("CARGO_PKG_VERSION")),
                stripped_default_attrs: true,
            }),
            graph_def: Some(graph_def(&graph)?),
            saver_def,
            collection_def,
            signature_def: self.signatures.clone(),
            asset_file_def: graph.assets().iter().map(asset).collect::<Result<_>>()?,
        };
        Ok(SavedModel { saved_model_schema_version: 1, meta_graphs: vec![meta_graph] })
    }
}

/// The exports in the folder `base` by their times, the oldest first: folders with names of ten digits.
///
/// # Errors
/// A folder that cannot be listed.
pub fn export_folders(base: impl AsRef<Path>) -> Result<Vec<(u64, PathBuf)>> {
    let base = base.as_ref();
    let listing = match fs::read_dir(base) {
        Ok(listing) => listing,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io("listing", base, e)),
    };
    let mut found = Vec::new();
    for entry in listing {
        let entry = entry.map_err(|e| Error::io("listing", base, e))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let digits = name.len() == DIGITS && name.bytes().all(|b| b.is_ascii_digit());
        if let Some(time) = digits.then(|| name.parse().ok()).flatten().filter(|_| entry.path().is_dir()) {
            found.push((time, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use saola_graph::{Dim, placeholder, variable};

    use super::*;

    fn writer() -> SavedModelWriter {
        let x = placeholder("x", DType::F32, [Dim::Any]);
        let mut graph = TfGraph::new();
        let y = graph.translate([&(&x * &variable("w", 2.0f32))]).unwrap();
        let signature = Signature::new("tensorflow/serving/predict").input("x", "x:0", x.spec()).unwrap();
        let signature = signature.output("y", &y[0], x.spec()).unwrap();
        let mut writer = SavedModelWriter::new(graph);
        writer.signature("serving_default", signature);
        writer.variable("w", Tensor::from(2.0f32));
        writer
    }

    fn names(folder: &Path) -> Vec<String> {
        let listing = fs::read_dir(folder).unwrap();
        let mut all: Vec<String> =
            listing.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        all.sort();
        all
    }

    #[test]
    fn folders_have_ascending_times_and_others_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        for other in ["temp-1700000000", "notes", "17000000001"] {
            fs::create_dir(dir.path().join(other)).unwrap();
        }
        fs::write(dir.path().join("1700000000"), "a file").unwrap();
        let written: Vec<PathBuf> = (0..3).map(|_| writer().write_in(dir.path()).unwrap()).collect();
        assert!(written.windows(2).all(|w| w[0] < w[1]));
        let found: Vec<PathBuf> = export_folders(dir.path()).unwrap().into_iter().map(|f| f.1).collect();
        assert_eq!(found, written);
        assert_eq!(names(&written[0]), ["saved_model.pb", "variables"]);
        assert_eq!(names(dir.path()).len(), 7);
        assert!(export_folders(dir.path().join("none")).unwrap().is_empty());
    }

    #[test]
    fn nothing_is_left_of_a_failure() {
        let dir = tempfile::tempdir().unwrap();
        // What cannot be read shows only when most of the export is written.
        let mut broken = writer();
        broken.extra("words.txt", dir.path().join("none")).unwrap();
        let error = broken.write_in(dir.path().join("out")).unwrap_err().to_string();
        assert!(error.contains("none") && error.contains("help"), "{error}");
        assert!(names(&dir.path().join("out")).is_empty());
        let mut twice = writer();
        twice.variable("w", Tensor::from(1.0f32));
        assert!(twice.write_to(dir.path().join("twice")).is_err());
        assert_eq!(names(dir.path()), ["out"]);
        for name in ["", "../up", "/root", "a/../../b"] {
            assert!(writer().extra(name, "x").is_err(), "{name}");
        }
    }

    #[test]
    fn no_time_is_left_after_the_last() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("9999999999")).unwrap();
        let error = writer().write_in(dir.path()).unwrap_err().to_string();
        assert!(error.contains("no name is free"), "{error}");
    }
}
