//! `Discretization`: numbers as bins between boundaries.

use saola_graph::{DType, Side, Symbol, constant};
use saola_tensor::{Batched, Error, Result, Tensor};

use super::encoding::{OutputMode, encode};
use super::sketch::Sketch;
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Adapt, Layer, LayerConfig, Scope};

/// The bin of each number: how many boundaries are not above it. NaN is in the last one.
///
/// The boundaries were given, or learned from data ([`Adapt::adapt`]) so that bins hold about as many numbers each. Shapes
/// stay, with bins as `i32`; other forms are `f32` rows of as many numbers as there are bins. Keras's `Discretization`.
#[derive(Clone, Debug)]
pub struct Discretization {
    pub(crate) base: Base,
    boundaries: Option<Vec<f32>>,
    num_bins: Option<usize>,
    epsilon: f64,
    output_mode: OutputMode,
}

common!(Discretization);

impl Discretization {
    /// With these boundaries, ascending: one bin more than boundaries.
    pub fn new(boundaries: impl Into<Vec<f32>>) -> Discretization {
        Discretization { boundaries: Some(boundaries.into()), ..Discretization::of_bins(0) }.known()
    }

    /// With `num_bins` bins whose boundaries are to be learned.
    pub fn of_bins(num_bins: usize) -> Discretization {
        Discretization {
            base: Base::new(),
            boundaries: None,
            num_bins: Some(num_bins),
            epsilon: 0.01,
            output_mode: OutputMode::Int,
        }
    }

    fn known(mut self) -> Discretization {
        self.num_bins = None;
        self
    }

    /// How exact the quantiles of the data are: a share of it; 0.01 by default.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Discretization {
        self.epsilon = epsilon;
        self
    }

    /// The form of the bins; the numbers themselves by default.
    #[must_use]
    pub fn output_mode(mut self, output_mode: OutputMode) -> Discretization {
        self.output_mode = output_mode;
        self
    }

    /// The boundaries, once they are known.
    pub fn boundaries(&self) -> Option<&[f32]> {
        self.boundaries.as_deref()
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Discretization> {
        config.only("sparse", &false.into())?;
        let boundaries = match config.value("bin_boundaries") {
            Some(value) => {
                let list = value.as_array().map(|l| l.iter().map(|v| Some(v.as_f64()? as f32)).collect());
                let list: Option<Vec<f32>> = list.flatten();
                Some(list.ok_or_else(|| config.refuse("bin_boundaries", &value, "a list of numbers"))?)
            }
            None => None,
        };
        let num_bins = match config.value("num_bins") {
            Some(value) => {
                let n = value.as_u64().and_then(|n| u32::try_from(n).ok());
                Some(n.ok_or_else(|| config.refuse("num_bins", &value, "a whole number"))? as usize)
            }
            None => None,
        };
        let modes = ["int", "one_hot", "multi_hot", "count"];
        Ok(Discretization {
            base: config.base(),
            boundaries,
            num_bins,
            epsilon: config.number_or("epsilon", 0.01)?,
            output_mode: OutputMode::of(config.word("output_mode", &modes)?),
        })
    }

    fn bins(&self, x: &Symbol) -> Result<Symbol> {
        let Some(boundaries) = &self.boundaries else {
            return Err(Error::state("Discretization: there are no boundaries yet")
                .help("call `adapt` with data, or give the boundaries"));
        };
        if !boundaries.is_sorted() {
            return Err(Error::value(format!("Discretization: the boundaries {boundaries:?} do not ascend"))
                .help("give them in ascending order"));
        }
        if self.output_mode == OutputMode::TfIdf {
            return Err(Error::value("Discretization: bins have no `tf_idf`").help("ask for `count`"));
        }
        // Integers are compared in a dtype that holds them.
        let dtype = if x.dtype() == DType::F32 { DType::F32 } else { DType::F64 };
        let sorted = constant(Tensor::new(boundaries.clone(), [boundaries.len()])?.cast(dtype)?);
        let bins = sorted.searchsorted(&x.cast(dtype), Side::Right);
        match self.output_mode {
            OutputMode::Int => Ok(bins.cast(DType::I32)),
            mode => encode("Discretization", &bins, mode, boundaries.len() + 1, None, None),
        }
    }
}

impl Adapt for Discretization {
    /// The boundaries between quantiles, from a sketch of the data.
    fn adapt(&self, data: &(impl Batched + ?Sized)) -> Result<Discretization> {
        let Some(num_bins) = self.num_bins.filter(|&n| n > 0) else {
            return Err(Error::state("Discretization: the boundaries were given, or there are no bins")
                .help("make the layer with `Discretization::of_bins`"));
        };
        let mut sketch = Sketch::new(self.epsilon)?;
        data.each_batch(&mut |batch| {
            sketch.see(batch.cast(DType::F32)?.to_vec::<f32>()?);
            Ok(())
        })?;
        Ok(Discretization { boundaries: Some(sketch.boundaries(num_bins)?), ..self.clone() })
    }
}

impl Layer for Discretization {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("Discretization")
            .with("bin_boundaries", self.boundaries.clone())
            .with("num_bins", self.num_bins)
            .with("epsilon", self.epsilon)
            .with("output_mode", self.output_mode.name())
            .with("sparse", false)
            .bare())
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.bins(x).unwrap_or_else(Symbol::poisoned)
    }
}
