//! The event file that several hooks of one call write to.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use saola_io::EventWriter;
use saola_tensor::Result;

/// A writer that is made when the first number is written, so that a call that fails early leaves no file.
#[derive(Clone)]
pub(crate) struct Events {
    folder: PathBuf,
    writer: Rc<RefCell<Option<EventWriter>>>,
}

impl Events {
    pub(crate) fn new(folder: &Path) -> Events {
        Events { folder: folder.to_path_buf(), writer: Rc::default() }
    }

    pub(crate) fn scalar(&self, tag: &str, step: i64, value: f64) -> Result<()> {
        let mut writer = self.writer.borrow_mut();
        match &mut *writer {
            Some(writer) => writer.scalar(tag, step, value),
            None => writer.insert(EventWriter::create(&self.folder, None)?).scalar(tag, step, value),
        }
    }

    /// Shows an encoded graph.
    pub(crate) fn graph(&self, graph: Vec<u8>) -> Result<()> {
        let mut writer = self.writer.borrow_mut();
        match &mut *writer {
            Some(writer) => writer.graph(graph),
            None => writer.insert(EventWriter::create(&self.folder, None)?).graph(graph),
        }
    }

    pub(crate) fn flush(&self) -> Result<()> {
        self.writer.borrow_mut().as_mut().map_or(Ok(()), EventWriter::flush)
    }
}
