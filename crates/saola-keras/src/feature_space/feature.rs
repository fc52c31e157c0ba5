//! What is done with one feature.

use saola_nn::layers::{
    Discretization, Hashing, Identity, IntegerLookup, Normalization, Rescaling, StringLookup,
};
use saola_nn::{Adapt, IntoLayer, LayerRef};
use saola_tensor::{Batched, DType, Error, Result};

/// A feature: the dtype of its values, the layer that reads them, and the form of what comes out. Keras's
/// `FeatureSpace.float`, `.string_categorical` and so on.
#[derive(Clone, Debug)]
pub struct Feature {
    pub(super) dtype: DType,
    pub(super) reading: Reading,
    pub(super) output: Output,
}

/// The layer that reads a feature.
#[derive(Clone, Debug)]
pub(super) enum Reading {
    Identity,
    Rescaling(Rescaling),
    Normalization(Normalization),
    /// Of so many bins, which are learned.
    Bins(Discretization, usize),
    Boundaries(Discretization, usize),
    Integers(IntegerLookup),
    Strings(StringLookup),
    Hashing(Hashing, usize),
}

/// The form of a feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Output {
    Float,
    OneHot,
    Int,
}

impl Feature {
    fn new(dtype: DType, reading: Reading, output: Output) -> Feature {
        Feature { dtype, reading, output }
    }

    /// A number as it is.
    pub fn float() -> Feature {
        Feature::new(DType::F32, Reading::Identity, Output::Float)
    }

    /// A number times `scale` plus `offset`.
    pub fn float_rescaled(scale: f32, offset: f32) -> Feature {
        let layer = Rescaling::new(scale).offset(offset);
        Feature::new(DType::F32, Reading::Rescaling(layer), Output::Float)
    }

    /// A number less the mean, divided by the deviation, both learned.
    pub fn float_normalized() -> Feature {
        Feature::new(DType::F32, Reading::Normalization(Normalization::new()), Output::Float)
    }

    /// A number as one of `num_bins` bins whose boundaries are learned.
    pub fn float_discretized(num_bins: usize) -> Feature {
        let layer = Discretization::of_bins(num_bins);
        Feature::new(DType::F32, Reading::Bins(layer, num_bins), Output::OneHot)
    }

    /// A number as the bin between these boundaries that it is in.
    pub fn float_between(boundaries: impl Into<Vec<f32>>) -> Feature {
        let boundaries = boundaries.into();
        let bins = boundaries.len() + 1;
        Feature::new(DType::F32, Reading::Boundaries(Discretization::new(boundaries), bins), Output::OneHot)
    }

    /// An integer as its place among those that were learned.
    pub fn integer_categorical() -> Feature {
        Feature::new(DType::I32, Reading::Integers(IntegerLookup::new()), Output::OneHot)
    }

    /// A string as its place among those that were learned.
    pub fn string_categorical() -> Feature {
        Feature::new(DType::Str, Reading::Strings(StringLookup::new()), Output::OneHot)
    }

    /// An integer as one of `num_bins` bins by its hash.
    pub fn integer_hashed(num_bins: usize) -> Feature {
        Feature::new(DType::I32, Reading::Hashing(Hashing::new(num_bins), num_bins), Output::OneHot)
    }

    /// A string as one of `num_bins` bins by its hash.
    pub fn string_hashed(num_bins: usize) -> Feature {
        Feature::new(DType::Str, Reading::Hashing(Hashing::new(num_bins), num_bins), Output::OneHot)
    }

    /// For integers and strings that are learned: the most of them, those that are met most often, with what stands for
    /// others.
    #[must_use]
    pub fn max_tokens(mut self, most: usize) -> Feature {
        self.reading = match self.reading {
            Reading::Integers(layer) => Reading::Integers(layer.max_tokens(most)),
            Reading::Strings(layer) => Reading::Strings(layer.max_tokens(most)),
            other => other,
        };
        self
    }

    /// For integers and strings that are learned: how many numbers stand for others.
    #[must_use]
    pub fn num_oov_indices(mut self, n: usize) -> Feature {
        self.reading = match self.reading {
            Reading::Integers(layer) => Reading::Integers(layer.num_oov_indices(n)),
            Reading::Strings(layer) => Reading::Strings(layer.num_oov_indices(n)),
            other => other,
        };
        self
    }

    /// For a category: as its number instead of a row with a 1.
    #[must_use]
    pub fn int(mut self) -> Feature {
        if self.output == Output::OneHot {
            self.output = Output::Int;
        }
        self
    }

    /// Whether there is something to learn.
    pub(super) fn learns(&self) -> bool {
        matches!(
            self.reading,
            Reading::Normalization(_) | Reading::Bins(..) | Reading::Integers(_) | Reading::Strings(_)
        )
    }

    /// The feature with what it learned.
    pub(super) fn adapt(&self, data: &impl Batched) -> Result<Feature> {
        let reading = match &self.reading {
            Reading::Normalization(layer) => Reading::Normalization(layer.adapt(data)?),
            Reading::Bins(layer, n) => Reading::Bins(layer.adapt(data)?, *n),
            Reading::Integers(layer) => Reading::Integers(layer.adapt(data)?),
            Reading::Strings(layer) => Reading::Strings(layer.adapt(data)?),
            other => other.clone(),
        };
        Ok(Feature { reading, ..self.clone() })
    }

    /// The layer called `name`.
    pub(super) fn layer(&self, name: &str) -> LayerRef {
        match self.reading.clone() {
            Reading::Identity => Identity::new().named(name).into_layer(),
            Reading::Rescaling(layer) => layer.named(name).into_layer(),
            Reading::Normalization(layer) => layer.named(name).into_layer(),
            Reading::Bins(layer, _) | Reading::Boundaries(layer, _) => layer.named(name).into_layer(),
            Reading::Integers(layer) => layer.named(name).into_layer(),
            Reading::Strings(layer) => layer.named(name).into_layer(),
            Reading::Hashing(layer, _) => layer.named(name).into_layer(),
        }
    }

    /// How many categories there are.
    pub(super) fn categories(&self) -> Result<usize> {
        let words = |layer: LayerRef| {
            let config = layer.layer().config()?;
            let size = config.fields().get("vocabulary_size").and_then(serde_json::Value::as_u64);
            size.map(|n| n as usize).ok_or_else(|| {
                Error::value("a vocabulary that was not learned").help("call `FeatureSpace::adapt` first")
            })
        };
        match &self.reading {
            Reading::Bins(_, n) | Reading::Boundaries(_, n) | Reading::Hashing(_, n) => Ok(*n),
            Reading::Integers(layer) => words(layer.clone().into_layer()),
            Reading::Strings(layer) => words(layer.clone().into_layer()),
            _ => Err(Error::internal("categories of a number")),
        }
    }
}
