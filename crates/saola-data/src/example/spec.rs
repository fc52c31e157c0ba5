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
    pub(super) form: Form,
}

#[derive(Clone, Debug)]
pub(super) enum Form {
    /// As many values as the shape has; the default is for examples without the feature.
    Fixed { shape: Shape, default: Option<Tensor> },
    /// Any number of values, filled up with one to the longest of the batch.
    Sequence { fill: Option<Tensor> },
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
        self.with(name, dtype, Form::Fixed { shape, default: None })
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
        self.with(name, dtype, Form::Fixed { shape, default })
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
        self.with(name, dtype, Form::Fixed { shape: shape.into(), default })
    }

    /// A feature with any number of values, as TensorFlow's `FixedLenSequenceFeature` with `allow_missing`; a batch of
    /// `n` examples gives `[n, longest]`, filled up with zeros or empty strings.
    #[must_use]
    pub fn sequence(self, name: &str, dtype: DType) -> ExampleSpec {
        self.with(name, dtype, Form::Sequence { fill: None })
    }

    /// As [`ExampleSpec::sequence`], filled up with `fill`.
    #[must_use]
    pub fn sequence_or(self, name: &str, dtype: DType, fill: impl Into<Tensor>) -> ExampleSpec {
        self.with(name, dtype, Form::Sequence { fill: Some(fill.into()) })
    }

    fn with(mut self, name: &str, dtype: DType, form: Form) -> ExampleSpec {
        self.features.insert(name.to_string(), Feature { dtype, form });
        self
    }

    /// # Errors
    /// A dtype that examples do not have, or a default that does not fit.
    pub(super) fn check(&self) -> Result<()> {
        for (name, feature) in &self.features {
            let dtype = feature.dtype;
            if !matches!(dtype, DType::F32 | DType::I64 | DType::Str) {
                return Err(Error::dtype(format!("feature `{name}` is asked for as {dtype}"))
                    .help("examples hold f32, i64 and strings; cast with `.map(..)` afterwards"));
            }
            let (given, many) = match &feature.form {
                Form::Fixed { shape, default: Some(given) } => (given, shape.checked_elements()?),
                Form::Sequence { fill: Some(given) } => (given, 1),
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
