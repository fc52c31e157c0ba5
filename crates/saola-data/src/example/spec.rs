//! Which features are taken out of examples.

use indexmap::IndexMap;
use saola_tensor::{DType, Error, Result, Shape, Tensor};

/// The features that [`crate::parse_example`] takes, with their dtypes and shapes: `F32`, `I64` or `Str`, as examples
/// have no others.
///
/// ```
/// use saola_data::ExampleSpec;
/// use saola_tensor::DType::{F32, I64};
///
/// let spec = ExampleSpec::new().fixed("image", F32, [28, 28]).fixed("label", I64, []).sequence("words", I64);
/// ```
#[derive(Clone, Debug, Default)]
pub struct ExampleSpec {
    pub(super) features: IndexMap<String, Feature>,
}

/// One feature.
#[derive(Clone, Debug)]
pub(super) struct Feature {
    pub(super) dtype: DType,
    pub(super) form: ExampleForm,
}

/// How many values of a feature an example has.
#[derive(Clone, Debug)]
pub enum ExampleForm {
    /// As many as the shape has.
    Fixed {
        /// The shape of one example's values.
        shape: Shape,
        /// What stands in where an example has no such feature: as many values, or one for all.
        default: Option<Tensor>,
    },
    /// Any number.
    Sequence {
        /// What rows are filled up with to the longest of the batch; zeros or empty strings where it is not given.
        fill: Option<Tensor>,
    },
}

impl ExampleSpec {
    /// No features.
    #[must_use]
    pub fn new() -> ExampleSpec {
        ExampleSpec::default()
    }

    /// A feature with exactly as many values as `shape` has, as TensorFlow's `FixedLenFeature`; a batch of `n` examples
    /// gives `[n, ..shape]`. An example without it is an error.
    #[must_use]
    pub fn fixed<const N: usize>(self, name: &str, dtype: DType, shape: [usize; N]) -> ExampleSpec {
        let shape = Shape::from(shape.to_vec());
        self.with(name, dtype, ExampleForm::Fixed { shape, default: None })
    }

    /// As [`ExampleSpec::fixed`], with what stands in where an example has no such feature: as many values as `shape`
    /// has, or one for all.
    #[must_use]
    pub fn fixed_or<const N: usize>(
        self,
        name: &str,
        dtype: DType,
        shape: [usize; N],
        default: impl Into<Tensor>,
    ) -> ExampleSpec {
        let (shape, default) = (Shape::from(shape.to_vec()), Some(default.into()));
        self.with(name, dtype, ExampleForm::Fixed { shape, default })
    }

    /// As [`ExampleSpec::fixed`] or, with a default, [`ExampleSpec::fixed_or`], for a shape whose rank is not written down.
    #[must_use]
    pub fn fixed_shape(
        self,
        name: &str,
        dtype: DType,
        shape: impl Into<Shape>,
        default: Option<Tensor>,
    ) -> ExampleSpec {
        self.with(name, dtype, ExampleForm::Fixed { shape: shape.into(), default })
    }

    /// A feature with any number of values, as TensorFlow's `FixedLenSequenceFeature` with `allow_missing`; a batch of
    /// `n` examples gives `[n, longest]`, filled up with zeros or empty strings.
    #[must_use]
    pub fn sequence(self, name: &str, dtype: DType) -> ExampleSpec {
        self.with(name, dtype, ExampleForm::Sequence { fill: None })
    }

    /// As [`ExampleSpec::sequence`], filled up with `fill`.
    #[must_use]
    pub fn sequence_or(self, name: &str, dtype: DType, fill: impl Into<Tensor>) -> ExampleSpec {
        self.with(name, dtype, ExampleForm::Sequence { fill: Some(fill.into()) })
    }

    /// Names, dtypes and forms of the features.
    pub fn features(&self) -> impl ExactSizeIterator<Item = (&str, DType, &ExampleForm)> {
        self.features.iter().map(|(name, feature)| (name.as_str(), feature.dtype, &feature.form))
    }

    fn with(mut self, name: &str, dtype: DType, form: ExampleForm) -> ExampleSpec {
        self.features.insert(name.to_string(), Feature { dtype, form });
        self
    }

    /// Refuses what no example could be parsed by.
    ///
    /// # Errors
    /// A dtype that examples do not have, or a default that does not fit.
    pub fn check(&self) -> Result<()> {
        for (name, feature) in &self.features {
            let dtype = feature.dtype;
            if !matches!(dtype, DType::F32 | DType::I64 | DType::Str) {
                return Err(Error::dtype(format!("feature `{name}` is asked for as {dtype}"))
                    .help("examples hold f32, i64 and strings; cast with `.map(..)` afterwards"));
            }
            let (given, many) = match &feature.form {
                ExampleForm::Fixed { shape, default: Some(given) } => (given, shape.checked_elements()?),
                ExampleForm::Sequence { fill: Some(given) } => (given, 1),
                _ => continue,
            };
            if given.dtype() != dtype || (given.len() != 1 && given.len() != many) {
                return Err(Error::value(format!("feature `{name}` has the default {given:?}"))
                    .note("feature", format!("{dtype}, {many} values"))
                    .help("a default has the feature's dtype, and one value or as many as the feature"));
            }
        }
        Ok(())
    }
}
