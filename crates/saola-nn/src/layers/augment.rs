//! What the layers have in common that change pictures at random.

use saola_graph::{AffineTransform, DType, Outside, Random, Symbol, concatenate};
use saola_tensor::{Error, Result};
use serde_json::{Value, json};

use super::resizing::{rows, sides};
use crate::config::ConfigReader;
use crate::{LayerConfig, Scope};

/// The bounds between which a number is drawn for each picture: one number for the same way to both sides, or the smallest
/// and the largest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factor {
    low: f64,
    high: f64,
    /// The one number that was given.
    single: bool,
}

impl From<f64> for Factor {
    fn from(factor: f64) -> Factor {
        Factor { low: -factor.abs(), high: factor.abs(), single: true }
    }
}

impl From<(f64, f64)> for Factor {
    fn from((a, b): (f64, f64)) -> Factor {
        Factor { low: a.min(b), high: a.max(b), single: false }
    }
}

impl Factor {
    /// The smallest and the largest number.
    pub(super) fn bounds(self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// One number reaches from here on instead of from its negative.
    pub(super) fn single_from(self, low: f64) -> Factor {
        if self.single { Factor { low, ..self } } else { self }
    }

    /// Fails where a bound is not a number that `known` takes.
    pub(super) fn check(
        self,
        class: &str,
        name: &str,
        known: impl Fn(f64) -> bool,
        range: &str,
    ) -> Result<Factor> {
        match known(self.low) && known(self.high) {
            true => Ok(self),
            false => Err(Error::value(format!("{class}: `{name}` is {} to {}", self.low, self.high))
                .help(format!("give a number, or two, {range}"))),
        }
    }

    pub(super) fn read(config: &mut ConfigReader, key: &str) -> Result<Option<Factor>> {
        let Some(value) = config.value(key).filter(|v| !v.is_null()) else { return Ok(None) };
        let pair = match value.as_array().map(Vec::as_slice) {
            Some([a, b]) => a.as_f64().zip(b.as_f64()).map(Factor::from),
            Some(_) => None,
            None => value.as_f64().map(Factor::from),
        };
        pair.map(Some).ok_or_else(|| config.refuse(key, &value, "a number or two"))
    }

    pub(super) fn required(config: &mut ConfigReader, key: &str) -> Result<Factor> {
        Factor::read(config, key)?.ok_or_else(|| config.refuse(key, &Value::Null, "a number or two"))
    }

    /// As it was given.
    pub(super) fn written(self) -> Value {
        if self.single { json!(self.high) } else { self.pair() }
    }

    /// Both bounds.
    pub(super) fn pair(self) -> Value {
        json!([self.low, self.high])
    }
}

/// Two numbers of a field, such as the range of the values of pixels.
pub(super) fn range(config: &mut ConfigReader, key: &str) -> Result<(f64, f64)> {
    let value = config.value(key).filter(|v| !v.is_null()).unwrap_or_else(|| json!([0, 255]));
    let pair = match value.as_array().map(Vec::as_slice) {
        Some([a, b]) => a.as_f64().zip(b.as_f64()),
        _ => None,
    };
    pair.ok_or_else(|| config.refuse(key, &value, "two numbers"))
}

/// Pictures as a batch of `f32` with channels behind, and how they were given.
pub(super) struct Pictures {
    /// `[batch, height, width, channels]`.
    pub(super) x: Symbol,
    /// As they were given, but `f32`.
    given: Symbol,
    channels_first: bool,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl Pictures {
    pub(super) fn new(x: &Symbol, channels_first: bool, class: &str) -> Result<Pictures> {
        let given = x.check()?.cast(DType::F32);
        if !(3..=4).contains(&given.rank()) {
            return Err(Error::shape(format!("{class}: pictures of {}", given.dims()))
                .with_note(x.note())
                .help("give height, width and channels, and a batch in front"));
        }
        let [height, width] = sides(&given, rows(given.rank(), channels_first), class)?;
        let x = if given.rank() == 3 { given.expand_dims(0) } else { given.clone() };
        let x = if channels_first { x.permute([0, 2, 3, 1]) } else { x };
        Ok(Pictures { x, given, channels_first, height, width })
    }

    /// Changed pictures in training, and the given ones in inference, in the form in which they were given.
    pub(super) fn finish(&self, cx: &Scope<'_>, changed: &Symbol) -> Symbol {
        cx.in_training(&self.as_given(changed), &self.given)
    }

    /// In the form in which they were given.
    pub(super) fn as_given(&self, changed: &Symbol) -> Symbol {
        let changed = if self.channels_first { changed.permute([0, 3, 1, 2]) } else { changed.clone() };
        if self.given.rank() == 3 { changed.squeeze(0) } else { changed }
    }

    /// A number from `low` to `high` for each picture, `[batch, 1, 1, 1]`.
    pub(super) fn draw(&self, seeds: &mut Seeds<'_, '_>, (low, high): (f64, f64)) -> Symbol {
        let each = self.x.slice(1, 0..1).slice(2, 0..1).slice(3, 0..1);
        Random::like(&each).seed(seeds.next()).uniform(low, high)
    }
}

/// The seeds of a layer's draws: they follow from its own, or from its path.
pub(super) struct Seeds<'a, 'b> {
    cx: &'a mut Scope<'b>,
    seed: Option<u64>,
}

impl<'a, 'b> Seeds<'a, 'b> {
    pub(super) fn new(cx: &'a mut Scope<'b>, seed: Option<u64>) -> Seeds<'a, 'b> {
        Seeds { cx, seed }
    }

    pub(super) fn next(&mut self) -> u64 {
        match &mut self.seed {
            Some(seed) => {
                let now = *seed;
                *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
                now
            }
            None => self.cx.next_seed(),
        }
    }
}

/// How pixels are found that lie between or outside of those of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Filling {
    pub(super) outside: Outside,
    pub(super) value: f64,
    pub(super) nearest: bool,
}

const MODES: [(&str, Outside); 4] = [
    ("reflect", Outside::Reflect),
    ("wrap", Outside::Wrap),
    ("constant", Outside::Constant),
    ("nearest", Outside::Nearest),
];

impl Filling {
    /// Keras's defaults.
    pub(super) const DEFAULT: Filling = Filling { outside: Outside::Reflect, value: 0.0, nearest: false };

    pub(super) fn read(config: &mut ConfigReader) -> Result<Filling> {
        let word = config.word("fill_mode", &MODES.map(|m| m.0))?;
        let outside = MODES.iter().find(|m| m.0 == word).map_or(Outside::Reflect, |m| m.1);
        let nearest = config.word("interpolation", &["bilinear", "nearest"])? == "nearest";
        Ok(Filling { outside, value: config.number_or("fill_value", 0.0)?, nearest })
    }

    pub(super) fn write(self, config: LayerConfig) -> LayerConfig {
        let mode = MODES.iter().find(|m| m.1 == self.outside).map_or("reflect", |m| m.0);
        config
            .with("fill_mode", mode)
            .with("fill_value", self.value)
            .with("interpolation", if self.nearest { "nearest" } else { "bilinear" })
    }

    /// Pictures through maps whose numbers a0, a1, a2, b0, b1, b2 are `[batch, 1, 1, 1]`.
    pub(super) fn transform(self, pictures: &Pictures, map: [Symbol; 6]) -> Symbol {
        let zero = &map[0] * 0.0;
        let numbers: Vec<Symbol> =
            map.iter().chain([&zero, &zero]).map(|n| n.squeeze(-1).squeeze(-1)).collect();
        let transform = AffineTransform::new().outside(self.outside, self.value);
        let transform = if self.nearest { transform.nearest() } else { transform };
        transform.call(&pictures.x, &concatenate(&numbers, 1).stop_gradient())
    }
}

/// The methods of layers that move pixels about.
macro_rules! filling {
    ($layer:ident) => {
        impl $layer {
            /// What stands for places outside of a picture; Keras's `fill_mode` and `fill_value`. By default a mirror.
            #[must_use]
            pub fn fill(mut self, outside: saola_graph::Outside, value: f64) -> $layer {
                (self.filling.outside, self.filling.value) = (outside, value);
                self
            }

            /// Takes the nearest pixel instead of a weighted sum of four.
            #[must_use]
            pub fn nearest(mut self) -> $layer {
                self.filling.nearest = true;
                self
            }
        }
    };
}
pub(super) use filling;

/// The methods of all layers that draw numbers.
macro_rules! drawing {
    ($layer:ident) => {
        impl $layer {
            /// A seed of its own; by default it follows from the layer's path.
            #[must_use]
            pub fn seed(mut self, seed: u64) -> $layer {
                self.seed = Some(seed);
                self
            }

            /// Channels are in front of the rows.
            #[must_use]
            pub fn channels_first(mut self) -> $layer {
                self.channels_first = true;
                self
            }
        }
    };
}
pub(super) use drawing;

/// Keras's name of an order of axes.
pub(super) fn data_format(channels_first: bool) -> &'static str {
    if channels_first { "channels_first" } else { "channels_last" }
}

/// The middle of an axis of `n` pixels.
pub(super) fn middle(n: usize) -> f64 {
    0.5 * (n as f64 - 1.0)
}
