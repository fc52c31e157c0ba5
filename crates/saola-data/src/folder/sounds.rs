//! Sounds in folders.

use std::path::Path;

use saola_tensor::{Error, Result, Tensor};

use super::{Folder, Kind};
use crate::read_file::read_file;

/// How sounds are read.
#[derive(Clone, Debug)]
pub struct Sounds {
    length: Option<usize>,
}

/// Sounds in folders, one for each class, in files whose names end with `.wav`. A batch is `f32` of shape
/// `[n, samples, channels]`, from −1 to 1, and labels; short sounds are filled up with silence to the longest of the batch.
/// Keras's `audio_dataset_from_directory`, without its other rates of sampling.
pub type SoundFolder = Folder<Sounds>;

impl Folder<Sounds> {
    /// The sounds under `path`.
    ///
    /// # Errors
    /// As [`crate::ImageFolder::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<SoundFolder> {
        Folder::index(path.as_ref(), Sounds { length: None })
    }

    /// Cuts sounds off after so many samples, or fills them up with silence.
    #[must_use]
    pub fn output_sequence_length(mut self, samples: usize) -> Self {
        self.kind.length = Some(samples);
        self
    }
}

impl Kind for Sounds {
    const EXTENSIONS: &'static [&'static str] = &["wav"];
    const PADDED: bool = true;

    fn read(&self, path: &Path) -> Result<Tensor> {
        let sound = read_wav(path)?;
        let Some(length) = self.length else { return Ok(sound) };
        let channels = sound.shape()[1];
        let mut samples = sound.to_vec::<f32>()?;
        samples.resize(length * channels, 0.0);
        Tensor::new(samples, vec![length, channels])
    }
}

/// The sound in the WAV file at `path`, of whole numbers of 16 bits that are not compressed: `f32` of shape
/// `[samples, channels]`, from −1 to below 1. TensorFlow's `audio.decode_wav`.
///
/// # Errors
/// [`saola_tensor::ErrorKind::NotFound`] or [`saola_tensor::ErrorKind::Io`] where the file cannot be read,
/// [`saola_tensor::ErrorKind::Format`] where it is no such file or is cut off.
pub fn read_wav(path: impl AsRef<Path>) -> Result<Tensor> {
    let path = path.as_ref();
    let bytes = read_file(path)?;
    decode(&bytes).map_err(|e| e.context(format!("reading `{}`", path.display())))
}

fn decode(bytes: &[u8]) -> Result<Tensor> {
    let cut = || Error::format("the file ends inside of a part").help("it is cut off: get it again");
    let no_wav =
        || Error::format("this is no WAV file").help("such files begin with RIFF, a length, and WAVE");
    let (Some(b"RIFF"), Some(b"WAVE")) = (bytes.get(..4), bytes.get(8..12)) else { return Err(no_wav()) };
    let (mut channels, mut at) = (0, 12);
    while at < bytes.len() {
        let head = bytes.get(at..at + 8).ok_or_else(cut)?;
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let content = bytes.get(at + 8..(at + 8).saturating_add(length)).ok_or_else(cut)?;
        match &head[..4] {
            b"fmt " => channels = format(content)?,
            b"data" if channels > 0 => {
                let (samples, _) = content.as_chunks::<2>();
                let all: Vec<f32> =
                    samples.iter().map(|&s| f32::from(i16::from_le_bytes(s)) / 32768.0).collect();
                let n = all.len() / channels;
                return Tensor::new(all[..n * channels].to_vec(), vec![n, channels]);
            }
            _ => {}
        }
        // Parts begin at even places.
        at += 8 + length.next_multiple_of(2);
    }
    Err(Error::format("the file has no samples")
        .help("it is cut off, or has them before it says of which kind they are"))
}

/// How many channels there are.
fn format(content: &[u8]) -> Result<usize> {
    let number = |at: usize| content.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]]));
    match (number(0), number(2), number(14)) {
        (Some(1), Some(channels @ 1..), Some(16)) => Ok(usize::from(channels)),
        (Some(kind), Some(channels), Some(bits)) => {
            Err(Error::format(format!("samples of {bits} bits of kind {kind} in {channels} channels"))
                .help("whole numbers of 16 bits are read, which is kind 1: write the file so"))
        }
        _ => Err(Error::format("the description of the samples is cut off").help("get the file again")),
    }
}
