//! Writing event files.

use std::fs::{self, File, OpenOptions};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use prost::Message;
use saola_tensor::{DType, Error, Result, Tensor};

use super::histogram::histogram;
use crate::proto::{Event, Summary, SummaryValue, summary_value, what};
use crate::record::RecordWriter;

/// What the first record of every file says.
const VERSION: &str = "brain.Event:2";

/// A writer that is not told to flush does it when so much time has passed, so that a run can be watched.
const FLUSH_AFTER: Duration = Duration::from_secs(120);

/// How many names are tried for a new file.
const ATTEMPTS: usize = 1000;

/// Distinguishes the files of one process.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Appends what a run reports to an event file that TensorBoard shows.
///
/// Writes are buffered; [`EventWriter::flush`] and dropping the writer hand them to the system.
///
/// ```
/// use saola_io::{EventReader, EventWriter};
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// # let dir = tempfile::tempdir().map_err(|e| saola_tensor::Error::value(e.to_string()))?;
/// let mut events = EventWriter::create(dir.path(), None)?;
/// events.scalar("loss", 100, 0.25f32)?;
/// events.histogram("dense/kernel", 100, &Tensor::from([0.1f32, -0.2, 0.0]))?;
/// events.flush()?;
///
/// let scalars = EventReader::open(events.path())?.scalars()?;
/// assert_eq!((scalars[0].tag.as_str(), scalars[0].step, scalars[0].value), ("loss", 100, 0.25));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct EventWriter {
    path: PathBuf,
    records: RecordWriter<BufWriter<File>>,
    flushed: Instant,
}

impl EventWriter {
    /// Starts the file `events.out.tfevents.<seconds>.<host>.<process>.<n>` and `suffix` in `dir`, which is made
    /// where needed. The name never meets that of another file.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Io`] where the directory or file cannot be made,
    /// [`saola_tensor::ErrorKind::Value`] for a suffix with a path separator.
    pub fn create(dir: impl AsRef<Path>, suffix: Option<&str>) -> Result<EventWriter> {
        let dir = dir.as_ref();
        let suffix = suffix.unwrap_or_default();
        if suffix.contains(['/', '\\']) {
            return Err(Error::value(format!("the suffix `{suffix}` of an event file has a path separator")));
        }
        fs::create_dir_all(dir).map_err(|e| Error::io("creating", dir, e))?;
        let seconds = now() as u64;
        let stem = format!("events.out.tfevents.{seconds:010}.{}.{}", host(), std::process::id());
        let mut last = (dir.to_path_buf(), std::io::ErrorKind::AlreadyExists.into());
        for _ in 0..ATTEMPTS {
            let path = dir.join(format!("{stem}.{}{suffix}", NEXT.fetch_add(1, Ordering::Relaxed)));
            match OpenOptions::new().append(true).create_new(true).open(&path) {
                Ok(file) => return EventWriter::start(path, file),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => last = (path, e),
                Err(e) => return Err(Error::io("creating", &path, e)),
            }
        }
        Err(Error::io("creating", last.0, last.1))
    }

    fn start(path: PathBuf, file: File) -> Result<EventWriter> {
        let records = RecordWriter::new(BufWriter::with_capacity(1 << 16, file));
        let mut writer = EventWriter { path, records, flushed: Instant::now() };
        let what = Some(what::What::FileVersion(VERSION.into()));
        writer.event(&Event { wall_time: now(), step: 0, what })?;
        // A file without its first record is unreadable: TensorBoard may look at any time.
        writer.flush()?;
        Ok(writer)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reports the number `value` under `tag` at a global step. It is stored in single precision.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Io`] where the file cannot be written.
    pub fn scalar(&mut self, tag: &str, step: i64, value: impl Into<f64>) -> Result<()> {
        self.scalars(step, [(tag, value.into())])
    }

    /// Reports several numbers of one step in one record.
    ///
    /// # Errors
    /// As [`EventWriter::scalar`].
    pub fn scalars<'a>(&mut self, step: i64, values: impl IntoIterator<Item = (&'a str, f64)>) -> Result<()> {
        let simple = |value| summary_value::Value::SimpleValue(value as f32);
        let values = values.into_iter().map(|(tag, value)| tagged(tag, simple(value))).collect();
        self.summary(step, values)
    }

    /// Reports how the numbers of `values` are distributed.
    ///
    /// # Errors
    /// As [`EventWriter::scalar`]; [`saola_tensor::ErrorKind::Numeric`] where a value is not finite,
    /// [`saola_tensor::ErrorKind::DType`] for strings.
    pub fn histogram(&mut self, tag: &str, step: i64, values: &Tensor) -> Result<()> {
        let told = |e: Error| e.note("tag", tag).note("step", step.to_string());
        let values = values.cast(DType::F64).map_err(told)?;
        let histo = histogram(values.as_slice()?).map_err(told)?;
        self.summary(step, vec![tagged(tag, summary_value::Value::Histo(histo))])
    }

    /// Reports a graph: the bytes of an encoded `GraphDef`.
    ///
    /// # Errors
    /// As [`EventWriter::scalar`].
    pub fn graph(&mut self, graph: Vec<u8>) -> Result<()> {
        self.event(&Event { wall_time: now(), step: 0, what: Some(what::What::GraphDef(graph)) })
    }

    /// Appends any event, as it is.
    ///
    /// # Errors
    /// As [`EventWriter::scalar`].
    pub fn event(&mut self, event: &Event) -> Result<()> {
        let written = self.records.write(&event.encode_to_vec());
        written.map_err(|e| Error::io("writing", &self.path, e))?;
        if self.flushed.elapsed() > FLUSH_AFTER { self.flush() } else { Ok(()) }
    }

    /// Hands all that was reported to the system, so that others see it.
    ///
    /// # Errors
    /// As [`EventWriter::scalar`].
    pub fn flush(&mut self) -> Result<()> {
        self.flushed = Instant::now();
        self.records.flush().map_err(|e| Error::io("writing", &self.path, e))
    }

    fn summary(&mut self, step: i64, value: Vec<SummaryValue>) -> Result<()> {
        let what = Some(what::What::Summary(Summary { value }));
        self.event(&Event { wall_time: now(), step, what })
    }
}

fn tagged(tag: &str, value: summary_value::Value) -> SummaryValue {
    SummaryValue { tag: tag.into(), value: Some(value), ..SummaryValue::default() }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// This machine's name, as far as it can stand in a file name.
fn host() -> String {
    let file = fs::read_to_string("/etc/hostname").ok();
    let name = file.filter(|n| !n.trim().is_empty()).or_else(|| std::env::var("HOSTNAME").ok());
    let name: String = name
        .unwrap_or_default()
        .trim()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' })
        .take(64)
        .collect();
    if name.is_empty() { "localhost".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::EventReader;

    #[test]
    fn names_are_those_that_tensorboard_looks_for() {
        let dir = tempfile::tempdir().unwrap();
        let a = EventWriter::create(dir.path().join("made/here"), None).unwrap();
        let b = EventWriter::create(dir.path().join("made/here"), Some(".v2")).unwrap();
        let name = a.path().file_name().unwrap().to_str().unwrap();
        let seconds = name.strip_prefix("events.out.tfevents.").unwrap().split('.').next().unwrap();
        assert!(seconds.len() == 10 && seconds.parse::<u64>().is_ok(), "{name}");
        assert_ne!(a.path(), b.path());
        assert!(b.path().to_str().unwrap().ends_with(".v2"));
        assert!(EventWriter::create(dir.path(), Some("/x")).is_err());
    }

    #[test]
    fn dropping_flushes_and_the_version_is_there_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut events = EventWriter::create(dir.path(), None).unwrap();
        let path = events.path().to_path_buf();
        assert!(fs::metadata(&path).unwrap().len() > 16);
        events.scalars(3, [("loss", 0.5), ("accuracy", 0.75)]).unwrap();
        drop(events);
        let scalars = EventReader::open(&path).unwrap().scalars().unwrap();
        let found: Vec<_> = scalars.iter().map(|s| (s.tag.as_str(), s.step, s.value)).collect();
        assert_eq!(found, [("loss", 3, 0.5), ("accuracy", 3, 0.75)]);
    }

    #[test]
    fn a_histogram_of_nans_names_its_tag() {
        let dir = tempfile::tempdir().unwrap();
        let mut events = EventWriter::create(dir.path(), None).unwrap();
        let error = events.histogram("grads", 7, &Tensor::from([f32::NAN])).unwrap_err();
        assert!(error.to_string().contains("grads"), "{error}");
        assert!(events.histogram("text", 7, &Tensor::from("x")).is_err());
    }
}
