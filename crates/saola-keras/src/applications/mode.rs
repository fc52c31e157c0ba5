//! How values of pictures are brought to what a model was trained on.

use saola_graph::{Symbol, constant};
use saola_runtime::{Feeds, Session};
use saola_tensor::{DType, Error, Result, Tensor};

/// The means and deviations of the channels red, green, blue of ImageNet, of values from 0 to 1.
const MEANS: [f64; 3] = [0.485, 0.456, 0.406];
const DEVIATIONS: [f64; 3] = [0.229, 0.224, 0.225];

/// The means of the channels blue, green, red of ImageNet, of values from 0 to 255.
const CAFFE_MEANS: [f64; 3] = [103.939, 116.779, 123.68];

/// What is made of pictures `[.., channels]` with values from 0 to 255. Keras's `preprocess_input`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Values from 0 to 255 as they are: the model scales them itself.
    Same,
    /// Values from -1 to 1.
    Tf,
    /// Blue, green, red instead of red, green, blue, and the means of ImageNet's channels taken off.
    Caffe,
    /// Values from 0 to 1, the means of ImageNet's channels taken off, divided by their deviations.
    Torch,
}

impl Mode {
    /// Pictures as the model takes them. Whole numbers become `f32`. For the modes that know channels, the last of two
    /// axes or more has three.
    pub fn apply(self, x: &Symbol) -> Symbol {
        self.build(x).unwrap_or_else(Symbol::poisoned)
    }

    /// As [`Mode::apply`], for a tensor.
    ///
    /// # Errors
    /// Pictures whose last axis has not three channels, where the mode knows channels.
    pub fn preprocess(self, x: &Tensor) -> Result<Tensor> {
        Session::new().run(&self.apply(&constant(x.clone())), Feeds::new())
    }

    fn build(self, x: &Symbol) -> Result<Symbol> {
        let spec = x.check()?.spec();
        let dtype = if spec.dtype.is_float() { spec.dtype } else { DType::F32 };
        let three = spec.dims.last().and_then(|d| d.known()).is_none_or(|n| n == 3);
        if matches!(self, Mode::Caffe | Mode::Torch) && (spec.dims.is_empty() || !three) {
            return Err(Error::shape(format!(
                "the pictures are {spec}, whose last axis is not red, green, blue"
            ))
            .with_note(x.note())
            .help("give pictures with three channels in their last axis"));
        }
        let channels = |values: [f64; 3]| constant(Tensor::from(values)).cast(dtype);
        let x = x.cast(dtype);
        Ok(match self {
            Mode::Same => x,
            Mode::Tf => x / 127.5 - 1.0,
            Mode::Caffe => x.flip(-1) - channels(CAFFE_MEANS),
            Mode::Torch => (x / 255.0 - channels(MEANS)) / channels(DEVIATIONS),
        })
    }
}
