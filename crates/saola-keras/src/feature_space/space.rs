//! `FeatureSpace`.

use indexmap::IndexMap;
use saola_data::{Dataset, Element};
use saola_nn::layers::{CategoryEncoding, Concatenate, HashedCrossing};
use saola_tensor::{Error, Result, Tensor, suggest};

use super::column::Column;
use super::feature::Output;
use super::{Cross, Feature};
use crate::{Input, KerasTensor, Model, Predict};

/// Named features of a table, each read in its way, crossed with each other where wanted, and put together for a network.
///
/// The outputs are in the order of the features' names, the crosses behind them. A model of
/// [`FeatureSpace::inputs`] and what layers make of [`FeatureSpace::encoded`] takes raw features, and its `.keras` file has
/// everything that was learned; [`FeatureSpace::encode`] does the same to data ahead of training. Keras's
/// `keras.utils.FeatureSpace`.
///
/// ```
/// use saola_data::Dataset;
/// use saola_keras::{Cross, Feature, FeatureSpace, Model};
/// use saola_nn::layers::Dense;
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let table = Dataset::from_tensor_slices([
///     ("age", Tensor::from([20.0f32, 40.0, 60.0])),
///     ("job", Tensor::from(["cook", "smith", "cook"])),
/// ])?;
/// let space = FeatureSpace::new()
///     .feature("age", Feature::float_discretized(2))
///     .feature("job", Feature::string_categorical())
///     .cross(Cross::new(["age", "job"], 4))
///     .adapt(&table)?;
/// let outputs = space.encoded()?.apply(Dense::new(1));
/// let model = Model::new(space.inputs(), [&outputs])?;
/// // Two bins, two jobs and one for others, four bins of both.
/// assert_eq!(model.count_params(), 2 + 3 + 4 + 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct FeatureSpace {
    features: IndexMap<String, Feature>,
    crosses: Vec<Cross>,
    /// A feature or cross that cannot be.
    fault: Option<Error>,
    adapted: bool,
    inputs: IndexMap<String, Input>,
}

impl FeatureSpace {
    /// No features.
    pub fn new() -> FeatureSpace {
        FeatureSpace::default()
    }

    /// One more feature.
    #[must_use]
    pub fn feature(mut self, name: impl Into<String>, feature: Feature) -> FeatureSpace {
        let name = name.into();
        self.inputs.insert(name.clone(), Input::new([1]).dtype(feature.dtype).named(&name));
        if self.features.insert(name.clone(), feature).is_some() {
            let fault = Error::value(format!("there are two features called `{name}`"));
            self.fault.get_or_insert(fault.help("give each feature a name of its own"));
        }
        self
    }

    /// One more cross of features that are there.
    #[must_use]
    pub fn cross(mut self, cross: Cross) -> FeatureSpace {
        self.crosses.push(cross);
        self
    }

    fn check(&self) -> Result<()> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        if self.features.is_empty() {
            return Err(Error::value("the space has no features").help("add some with `feature`"));
        }
        for cross in &self.crosses {
            for name in &cross.names {
                let Some(feature) = self.features.get(name) else {
                    let near = suggest(name, self.features.keys().map(String::as_str));
                    let near = near.map_or(String::new(), |n| format!("did you mean `{n}`? "));
                    let all = self.features.keys().cloned().collect::<Vec<_>>().join(", ");
                    return Err(Error::value(format!(
                        "`{}` crosses `{name}`, which is no feature",
                        cross.name()
                    ))
                    .help(format!("{near}There are {all}")));
                };
                if feature.output == Output::Float {
                    return Err(Error::value(format!(
                        "`{}` crosses `{name}`, which is a number",
                        cross.name()
                    ))
                    .help("cross categories: use `Feature::float_discretized` for a number"));
                }
            }
        }
        Ok(())
    }

    /// The space with what its features learned from `dataset`, whose items are named features, one example or a batch, or
    /// pairs of such and labels.
    ///
    /// # Errors
    /// Features that are not there or not of their dtype, an empty dataset, and what [`FeatureSpace::encoded`] refuses.
    pub fn adapt(&self, dataset: &Dataset) -> Result<FeatureSpace> {
        self.check()?;
        let mut adapted = self.clone();
        for (name, feature) in &mut adapted.features {
            if feature.learns() {
                let learned = feature.adapt(&Column::new(dataset, name));
                *feature = learned.map_err(|e| e.context(format!("feature `{name}`")))?;
            }
        }
        adapted.adapted = true;
        adapted.encoded_features()?;
        Ok(adapted)
    }

    /// The inputs of a model that takes raw features, by name. Keras's `get_inputs`.
    pub fn inputs(&self) -> impl Iterator<Item = &Input> {
        self.inputs.values()
    }

    /// What the features become, by name: the features in the order of their names, then the crosses. Keras's
    /// `get_encoded_features` with `output_mode="dict"`.
    ///
    /// # Errors
    /// Features that have something to learn and did not, two features of one name, a cross of what is not there or no
    /// category.
    pub fn encoded_features(&self) -> Result<IndexMap<String, KerasTensor>> {
        self.check()?;
        if let Some((name, _)) = self.features.iter().find(|(_, f)| f.learns() && !self.adapted) {
            return Err(Error::value(format!("feature `{name}` has learned nothing yet"))
                .help("call `adapt` with a dataset, and use the space that comes out"));
        }
        let read: IndexMap<&str, KerasTensor> = self
            .features
            .iter()
            .map(|(name, f)| {
                (name.as_str(), self.inputs[name].apply(f.layer(&format!("{name}_preprocessor"))))
            })
            .collect();
        let mut encoded = IndexMap::new();
        let mut names: Vec<&String> = self.features.keys().collect();
        names.sort();
        for name in names {
            let (feature, x) = (&self.features[name], &read[name.as_str()]);
            let x = match feature.output {
                Output::OneHot => x.apply(CategoryEncoding::new(feature.categories()?)),
                _ => x.clone(),
            };
            encoded.insert(name.clone(), x);
        }
        let mut crosses: Vec<&Cross> = self.crosses.iter().collect();
        crosses.sort_by_key(|cross| cross.name());
        for cross in crosses {
            let mut parts = cross.names.iter().map(|name| &read[name.as_str()]);
            let first = parts.next().ok_or_else(|| Error::value("a cross of nothing"))?.clone();
            let all = parts.fold(first, |all, part| all.with(part));
            let x = all.apply(HashedCrossing::new(cross.dim).named(cross.name()));
            encoded.insert(
                cross.name(),
                if cross.one_hot { x.apply(CategoryEncoding::new(cross.dim)) } else { x },
            );
        }
        Ok(encoded)
    }

    /// What the features become as one row for each example. Keras's `get_encoded_features`.
    ///
    /// # Errors
    /// As [`FeatureSpace::encoded_features`]; a category that is a number, which cannot stand in a row.
    pub fn encoded(&self) -> Result<KerasTensor> {
        let int = self.features.iter().find(|(_, f)| f.output == Output::Int).map(|(name, _)| name.clone());
        let cross = self.crosses.iter().find(|c| !c.one_hot).map(Cross::name);
        if let Some(name) = int.or(cross) {
            return Err(Error::value(format!(
                "`{name}` is the number of a category, which cannot stand in a row"
            ))
            .help("leave out `int()`, or use `encoded_features`"));
        }
        let mut parts = self.encoded_features()?.into_values();
        let first = parts.next().ok_or_else(|| Error::internal("a space has features"))?;
        if parts.len() == 0 {
            return Ok(first);
        }
        Ok(parts.fold(first, |all, part| all.with(&part)).apply(Concatenate::new()))
    }

    /// What becomes of `features`: tensors by name, `[batch]` or `[batch, 1]`. One row for each example.
    ///
    /// # Errors
    /// As [`FeatureSpace::encoded`]; features that are not there or not of their dtype.
    pub fn encode(&self, features: impl Into<Element>) -> Result<Tensor> {
        let features = features.into();
        let mut columns = IndexMap::new();
        for name in self.features.keys() {
            let tensor = features.get(name)?.tensor()?;
            let column =
                if tensor.rank() == 1 { tensor.reshape(vec![tensor.len(), 1])? } else { tensor.clone() };
            columns.insert(name.clone(), Element::Tensor(column));
        }
        Model::new(self.inputs(), [&self.encoded()?])?.predict(Element::Map(columns), Predict::new())
    }
}
