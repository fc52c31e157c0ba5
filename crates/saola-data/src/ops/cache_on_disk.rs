//! `cache_on_disk`: the items of the first whole pass, kept in a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use saola_tensor::Result;

use crate::saved::{Reader, Writer};
use crate::source::{Item, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset};

impl Dataset {
    /// Keeps the items in the file `path` once a pass has come to their end; later passes and epochs, of later runs of
    /// the program as well, take them from there and do not touch what is before the cache. A pass that stops early keeps
    /// nothing. Remove the file when what is before the cache has changed.
    pub fn cache_on_disk(&self, path: impl AsRef<Path>) -> Dataset {
        let path: Arc<Path> = Arc::from(path.as_ref());
        let text = format!(".cache_on_disk({})", path.display());
        self.then(|input| Cached { input, path, text })
    }
}

struct Cached {
    input: Arc<dyn Node>,
    path: Arc<Path>,
    text: String,
}

impl Node for Cached {
    fn open(&self, opening: &mut Opening) -> Box<dyn Stage> {
        let input = opening.first(|o| self.input.open(o));
        Box::new(CacheOnDisk { input, path: self.path.to_path_buf(), state: State::NotYet })
    }

    fn cardinality(&self) -> Cardinality {
        self.input.cardinality()
    }

    fn describe(&self, out: &mut String) {
        self.input.describe(out);
        out.push_str(&self.text);
    }
}

enum State {
    NotYet,
    Writing(Box<Writer>),
    Reading(Box<Reader>),
    Ended,
}

struct CacheOnDisk {
    input: Box<dyn Stage>,
    path: PathBuf,
    state: State,
}

impl Stage for CacheOnDisk {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        if let State::NotYet = self.state {
            self.state = match self.path.exists() {
                true => State::Reading(Box::new(Reader::open(&self.path)?)),
                false => State::Writing(Box::new(Writer::create(&self.path)?)),
            };
        }
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Writing(mut writer) => match self.input.next(sources)? {
                Some(item) => {
                    let element = sources.element(item)?;
                    writer.add(&element)?;
                    self.state = State::Writing(writer);
                    Ok(Some(Item::value(element)))
                }
                None => {
                    writer.finish()?;
                    Ok(None)
                }
            },
            State::Reading(mut reader) => {
                let item = reader.next()?.map(Item::value);
                if item.is_some() {
                    self.state = State::Reading(reader);
                }
                Ok(item)
            }
            State::NotYet | State::Ended => Ok(None),
        }
    }

    fn restart(&mut self, epoch: u64) {
        self.state = State::NotYet;
        self.input.restart(epoch);
    }
}
