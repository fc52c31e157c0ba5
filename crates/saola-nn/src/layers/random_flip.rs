//! `RandomFlip`: mirrored pictures.

use saola_graph::{Symbol, select};
use saola_tensor::Result;

use super::augment::{Pictures, Seeds, data_format, drawing};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// In training, half of the pictures are mirrored; in inference none. Pictures `[batch, height, width, channels]`, or one
/// without the batch, become `f32`. Both ways together unless told otherwise: as in Keras, a picture is then turned half
/// round or left as it is. Keras's `RandomFlip`.
#[derive(Clone, Debug)]
pub struct RandomFlip {
    pub(crate) base: Base,
    mode: Mode,
    seed: Option<u64>,
    channels_first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    Both,
    Horizontal,
    Vertical,
}

const MODES: [(&str, Mode); 3] =
    [("horizontal_and_vertical", Mode::Both), ("horizontal", Mode::Horizontal), ("vertical", Mode::Vertical)];

common!(RandomFlip);
drawing!(RandomFlip);

impl Default for RandomFlip {
    fn default() -> RandomFlip {
        RandomFlip::new()
    }
}

impl RandomFlip {
    /// Left for right and top for bottom.
    pub fn new() -> RandomFlip {
        RandomFlip { base: Base::new(), mode: Mode::Both, seed: None, channels_first: false }
    }

    /// Left for right alone.
    #[must_use]
    pub fn horizontal(mut self) -> RandomFlip {
        self.mode = Mode::Horizontal;
        self
    }

    /// Top for bottom alone.
    #[must_use]
    pub fn vertical(mut self) -> RandomFlip {
        self.mode = Mode::Vertical;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<RandomFlip> {
        let word = config.word("mode", &MODES.map(|m| m.0))?;
        Ok(RandomFlip {
            base: config.base(),
            mode: MODES.iter().find(|m| m.0 == word).map_or(Mode::Both, |m| m.1),
            seed: config.seed("seed")?,
            channels_first: config.channels_first()?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        let pictures = Pictures::new(x, self.channels_first, "RandomFlip")?;
        let flips = pictures.draw(&mut Seeds::new(cx, self.seed), (0.0, 1.0)).less_equal(0.5);
        let flipped = match self.mode {
            Mode::Both => pictures.x.flip([1, 2]),
            Mode::Horizontal => pictures.x.flip([2]),
            Mode::Vertical => pictures.x.flip([1]),
        };
        Ok(pictures.finish(cx, &select(&flips, &flipped, &pictures.x)))
    }
}

impl Layer for RandomFlip {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let mode = MODES.iter().find(|m| m.1 == self.mode).map(|m| m.0);
        Ok(LayerConfig::new("RandomFlip")
            .with("mode", mode)
            .with("seed", self.seed)
            .with("data_format", data_format(self.channels_first)))
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
