//! What the layers over spatial axes have in common: padding by name, and where the channels are.

use saola_graph::{Padding, Symbol};
use saola_tensor::{Error, Result, suggest};

/// A padding: typed, or by its Keras name.
#[derive(Clone, Debug, PartialEq)]
pub struct PaddingName {
    padding: Padding,
    unknown: Option<String>,
}

impl From<Padding> for PaddingName {
    fn from(padding: Padding) -> PaddingName {
        PaddingName { padding, unknown: None }
    }
}

/// `"valid"`, `"same"` or `"causal"`; another name gives an error where the layer is called.
impl From<&str> for PaddingName {
    fn from(name: &str) -> PaddingName {
        match name {
            "valid" => Padding::Valid.into(),
            "same" => Padding::Same.into(),
            "causal" => Padding::Causal.into(),
            other => PaddingName { padding: Padding::Valid, unknown: Some(other.to_string()) },
        }
    }
}

impl PaddingName {
    /// The padding.
    pub(super) fn get(&self) -> Result<Padding> {
        let Some(name) = &self.unknown else { return Ok(self.padding.clone()) };
        let names = ["valid", "same", "causal"];
        let near = suggest(name, names).map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
        Err(Error::value(format!("the padding is \"{name}\""))
            .help(format!("{near}Known are {}", names.join(", "))))
    }

    /// Keras's name.
    pub(super) fn keras_name(&self) -> Result<&'static str> {
        match self.get()? {
            Padding::Valid => Ok("valid"),
            Padding::Same => Ok("same"),
            Padding::Causal => Ok("causal"),
            Padding::Explicit(_) => Err(Error::state("Keras has no name for explicit padding")
                .help("put a padding layer before this one, as `ZeroPadding2D`")),
        }
    }
}

/// Keras's name of the place of the channels.
pub(super) fn data_format(channels_first: bool) -> &'static str {
    if channels_first { "channels_first" } else { "channels_last" }
}

/// The axis of the channels.
pub(super) fn channel_axis(channels_first: bool) -> isize {
    if channels_first { 1 } else { -1 }
}

/// Passes where `x` has a batch, `rank` spatial axes and channels.
pub(super) fn check_rank(class: &str, x: &Symbol, rank: usize) -> Result<()> {
    if x.error().is_some() || x.rank() == rank + 2 {
        return Ok(());
    }
    Err(Error::shape(format!("{class}: the input is {}", x.spec()))
        .with_note(x.note())
        .help(format!("the input has a batch, {rank} spatial axes and channels: {} axes", rank + 2)))
}

/// `y` plus a number for each channel.
pub(super) fn add_bias(y: &Symbol, bias: &Symbol, channels_first: bool) -> Symbol {
    match channels_first {
        true => (2..y.rank()).fold(bias.clone(), |b, _| b.expand_dims(-1)) + y,
        false => y + bias,
    }
}
