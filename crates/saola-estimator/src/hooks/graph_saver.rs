//! The graph in the folder and in the event file.

use std::path::{Path, PathBuf};

use saola_graph::Symbol;
use saola_graph::tensorflow::TfGraph;
use saola_io::proto::Message;
use saola_io::{TextFormat, graph_def};
use saola_tensor::{Error, Result};

use super::{Events, Hook, StepContext};

/// The file in a model's folder.
const FILE: &str = "graph.pbtxt";

/// Writes the graph that is trained once, when training begins: as text into the folder, and into the event file, where
/// TensorBoard finds it.
pub(crate) struct GraphSaver {
    folder: PathBuf,
    events: Events,
    roots: Vec<Symbol>,
}

impl GraphSaver {
    /// Of the graph behind `roots`.
    pub(crate) fn new(folder: &Path, events: &Events, roots: Vec<Symbol>) -> GraphSaver {
        GraphSaver { folder: folder.to_path_buf(), events: events.clone(), roots }
    }
}

impl Hook for GraphSaver {
    fn begin(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
        let roots = std::mem::take(&mut self.roots);
        let graph = graph_def(&TfGraph::picture(&roots)?)?;
        replace(&self.folder.join(FILE), graph.to_text().as_bytes())?;
        self.events.graph(graph.encode_to_vec())
    }
}

/// Puts a file in the place of another in one step. Nothing is read from it, so that it need not be on the disk before
/// training goes on, as a checkpoint must.
fn replace(path: &Path, content: &[u8]) -> Result<()> {
    if std::fs::read(path).is_ok_and(|before| before == content) {
        return Ok(());
    }
    let temporary = path.with_extension("pbtxt.tmp");
    std::fs::write(&temporary, content).map_err(|e| Error::io("writing", &temporary, e))?;
    std::fs::rename(&temporary, path).map_err(|e| Error::io("renaming to", path, e))
}
