//! `make_parse_example_spec`: which features columns want of an example.

use indexmap::IndexMap;
use saola_data::ExampleSpec;
use saola_tensor::{DType, Error, Result, Shape, Tensor};

use super::Column;

/// A raw feature as it stands in an example, see [`make_parse_example_spec`].
#[derive(Clone, Debug, PartialEq)]
pub struct RawFeature {
    /// The name.
    pub key: String,
    /// The type of its values: `F32`, `I64` or `Str`.
    pub dtype: DType,
    /// How many there are.
    pub values: RawValues,
}

/// How many values of a raw feature each example has.
#[derive(Clone, Debug, PartialEq)]
pub enum RawValues {
    /// As many as the shape says; the default, one value or as many, is for examples without the feature.
    Fixed(Vec<usize>, Option<Vec<f64>>),
    /// Any number.
    Any,
    /// The numbers of any number of steps.
    Steps,
}

impl RawFeature {
    /// A feature with any number of values.
    pub fn any(key: &str, dtype: DType) -> RawFeature {
        RawFeature { key: key.to_string(), dtype, values: RawValues::Any }
    }
}

/// What [`saola_data::parse_example`] takes to read the features of all of `columns`. Numbers have the shape of their
/// column; lists of any length, as categorical columns read, are padded to the longest of a batch with the empty string
/// or −1, their weights with 0, and the numbers of sequences with NaN. The reference's `make_parse_example_spec`.
///
/// ```
/// use saola_estimator::column;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let age = column::numeric("age");
/// let spec = column::make_parse_example_spec(&[column::crossed(("city", "job"), 100), age])?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A feature that two columns want in different forms, or a column that cannot be.
pub fn make_parse_example_spec(columns: &[Column]) -> Result<ExampleSpec> {
    let mut all: IndexMap<String, RawFeature> = IndexMap::new();
    for column in columns {
        for feature in column.transform().raw()? {
            match all.get(&feature.key) {
                Some(other) if *other != feature => {
                    return Err(Error::value(format!(
                        "columns want the feature `{}` in two forms: {}, and for `{}` {}",
                        feature.key,
                        shown(other),
                        column.name(),
                        shown(&feature)
                    ))
                    .help("read it twice under two names, or leave one of the columns out"));
                }
                Some(_) => {}
                None => {
                    all.insert(feature.key.clone(), feature);
                }
            }
        }
    }
    all.values().try_fold(ExampleSpec::new(), with)
}

fn shown(feature: &RawFeature) -> String {
    match &feature.values {
        RawValues::Fixed(shape, None) => format!("{} values {shape:?}", feature.dtype),
        RawValues::Fixed(shape, Some(default)) => {
            format!("{} values {shape:?} or {default:?}", feature.dtype)
        }
        RawValues::Any | RawValues::Steps => format!("any number of {} values", feature.dtype),
    }
}

fn with(spec: ExampleSpec, feature: &RawFeature) -> Result<ExampleSpec> {
    let (key, dtype) = (&feature.key, feature.dtype);
    Ok(match &feature.values {
        RawValues::Fixed(shape, default) => {
            let default = default.clone().map(|d| Tensor::from(d).cast(dtype)).transpose()?;
            spec.fixed_shape(key, dtype, Shape::from(shape.clone()), default)
        }
        RawValues::Any if dtype == DType::I64 => spec.sequence_or(key, dtype, Tensor::from([-1i64])),
        RawValues::Any => spec.sequence(key, dtype),
        RawValues::Steps => spec.sequence_or(key, dtype, Tensor::from([f32::NAN])),
    })
}
