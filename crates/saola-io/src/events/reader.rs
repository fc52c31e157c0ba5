//! Reading event files.

use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::path::Path;

use prost::Message;
use saola_tensor::{Error, Result};

use crate::proto::Event;
use crate::record::RecordReader;

/// A number that was reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// Under which name.
    pub tag: String,
    /// At which global step.
    pub step: i64,
    /// When, in seconds since 1970.
    pub wall_time: f64,
    /// The number.
    pub value: f64,
}

/// Reads an event file, also one that is still being written.
///
/// A record that ends with the file is taken for one that is on its way: [`EventReader::read`] says `None`
/// there, and when it is called again later, it goes on where it stopped.
#[derive(Debug)]
pub struct EventReader {
    records: RecordReader<BufReader<File>>,
    name: String,
}

impl EventReader {
    /// Opens the event file `path`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] or [`saola_tensor::ErrorKind::Io`] where it cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<EventReader> {
        let name = path.as_ref().display().to_string();
        Ok(EventReader { records: RecordReader::open(path)?, name })
    }

    /// The next event; `None` where there is none yet.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Format`] with the byte offset where a record is damaged or is no event.
    pub fn read(&mut self) -> Result<Option<Event>> {
        let at = self.records.offset();
        match self.records.advance() {
            Ok(false) => return Ok(None),
            Ok(true) => return self.decode(at).map(Some),
            Err(_) if self.records.is_truncated() => {}
            Err(e) => return Err(e),
        }
        let back = self.records.get_mut().seek(SeekFrom::Start(at));
        back.map_err(|e| Error::io("reading", &self.name, e))?;
        Ok(None)
    }

    fn decode(&self, at: u64) -> Result<Event> {
        Event::decode(self.records.record()).map_err(|e| {
            Error::format(format!("the record at byte {at} of `{}` is no event: {e}", self.name))
                .with_source(e)
        })
    }

    /// All numbers from here to the end, in the order of the file, whether they were written as `simple_value`
    /// (TensorFlow 1, `tf.estimator`, saola) or as tensors (TensorFlow 2, Keras).
    ///
    /// # Errors
    /// As [`EventReader::read`].
    pub fn scalars(&mut self) -> Result<Vec<Scalar>> {
        let mut scalars = Vec::new();
        while let Some(event) = self.read()? {
            let Some(summary) = event.summary() else { continue };
            for value in &summary.value {
                let Some(number) = value.scalar() else { continue };
                scalars.push(Scalar {
                    tag: value.tag.clone(),
                    step: event.step,
                    wall_time: event.wall_time,
                    value: number,
                });
            }
        }
        Ok(scalars)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::EventWriter;
    use crate::proto::{Summary, SummaryValue, TensorProto, summary_value, what};
    use saola_tensor::ErrorKind;

    #[test]
    fn a_live_file_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let mut events = EventWriter::create(dir.path(), None).unwrap();
        events.scalar("loss", 1, 0.5f32).unwrap();
        events.flush().unwrap();
        let whole = std::fs::read(events.path()).unwrap();
        let live = dir.path().join("live");
        let mut seen = Vec::new();
        std::fs::write(&live, "").unwrap();
        let mut reader = EventReader::open(&live).unwrap();
        for cut in 0..=whole.len() {
            std::fs::write(&live, &whole[..cut]).unwrap();
            seen.extend(reader.scalars().unwrap());
        }
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].value, 0.5);
    }

    #[test]
    fn tensor_summaries_are_numbers_too() {
        let dir = tempfile::tempdir().unwrap();
        let mut events = EventWriter::create(dir.path(), None).unwrap();
        let value = Some(summary_value::Value::Tensor(TensorProto::scalar(2.5)));
        let value = vec![SummaryValue { tag: "epoch_loss".into(), value, ..Default::default() }];
        let what = Some(what::What::Summary(Summary { value }));
        events.event(&Event { wall_time: 1.0, step: 4, what }).unwrap();
        events.flush().unwrap();
        let scalars = EventReader::open(events.path()).unwrap().scalars().unwrap();
        let expected = Scalar { tag: "epoch_loss".into(), step: 4, wall_time: 1.0, value: 2.5 };
        assert_eq!(scalars, [expected]);
    }

    #[test]
    fn damage_is_an_error_and_not_an_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("e");
        let mut records = crate::RecordWriter::new(Vec::new());
        records.write(&[0xff, 0xff]).unwrap();
        let mut bytes = records.into_inner();
        std::fs::write(&path, &bytes).unwrap();
        let error = EventReader::open(&path).unwrap().read().unwrap_err();
        assert!(error.to_string().contains("is no event"), "{error}");
        bytes[0] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(EventReader::open(&path).unwrap().read().unwrap_err().kind(), ErrorKind::Format);
    }
}
