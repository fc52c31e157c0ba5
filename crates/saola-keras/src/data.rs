//! What models are fed with: arrays or datasets.

use saola_data::{Dataset, Element};
use saola_tensor::{DType, Error, Result, Tensor};

/// Data for training, evaluation or prediction.
#[derive(Clone, Debug)]
pub enum Data {
    /// Whole arrays: inputs, labels and weights, whose first axis is the examples.
    Arrays {
        /// One tensor, a tuple in the order of the model's inputs, or a map by their names.
        x: Element,
        /// One tensor, a tuple in the order of the outputs, or a map by their names.
        y: Option<Element>,
        /// A weight for each example: one tensor for all outputs, or a tuple or map of one for each.
        weights: Option<Element>,
    },
    /// Batches of inputs, of (inputs, labels), or of (inputs, labels, weights).
    Dataset(Dataset),
}

/// Something that a model can be fed with: `&x`, `(&x, &y)`, `(&x, &y, &weights)`, or a batched [`Dataset`]. In place
/// of a tensor stand an [`Element`] tuple or map where a model has several inputs or outputs.
pub trait IntoData {
    /// The data.
    ///
    /// # Errors
    /// Arrays that cannot be fed.
    fn into_data(self) -> Result<Data>;
}

impl IntoData for Data {
    fn into_data(self) -> Result<Data> {
        Ok(self)
    }
}

impl IntoData for Dataset {
    fn into_data(self) -> Result<Data> {
        self.check()?;
        Ok(Data::Dataset(self))
    }
}

impl IntoData for &Dataset {
    fn into_data(self) -> Result<Data> {
        self.clone().into_data()
    }
}

impl IntoData for &Tensor {
    fn into_data(self) -> Result<Data> {
        Ok(Data::Arrays { x: self.into(), y: None, weights: None })
    }
}

impl IntoData for Element {
    fn into_data(self) -> Result<Data> {
        Ok(Data::Arrays { x: self, y: None, weights: None })
    }
}

impl<X: Into<Element>, Y: Into<Element>> IntoData for (X, Y) {
    fn into_data(self) -> Result<Data> {
        Data::arrays(self.0.into(), Some(self.1.into()), None)
    }
}

impl<X: Into<Element>, Y: Into<Element>, W: Into<Element>> IntoData for (X, Y, W) {
    fn into_data(self) -> Result<Data> {
        Data::arrays(self.0.into(), Some(self.1.into()), Some(self.2.into()))
    }
}

impl Data {
    fn arrays(x: Element, y: Option<Element>, weights: Option<Element>) -> Result<Data> {
        let data = Data::Arrays { x, y, weights };
        data.n_rows()?;
        Ok(data)
    }

    /// How many examples there are, where that is known.
    ///
    /// # Errors
    /// Arrays of different lengths.
    pub fn n_rows(&self) -> Result<Option<usize>> {
        let Data::Arrays { x, y, weights } = self else { return Ok(None) };
        let mut named: Vec<(&str, &Tensor)> = x.leaves().into_iter().map(|t| ("inputs", t)).collect();
        named.extend(y.iter().flat_map(|y| y.leaves()).map(|t| ("labels", t)));
        named.extend(weights.iter().flat_map(|w| w.leaves()).map(|t| ("weights", t)));
        let Some((_, first)) = named.first() else { return Err(Error::value("no data was given")) };
        let rows = first.n_rows()?;
        for (what, tensor) in &named {
            if tensor.n_rows()? != rows {
                return Err(Error::shape(format!(
                    "inputs have {rows} examples, {what} {}",
                    tensor.n_rows()?
                ))
                .note("inputs", format!("{first:?}"))
                .note(*what, format!("{tensor:?}"))
                .help("the first axes must be equal: one row for each example"));
            }
        }
        Ok(Some(rows))
    }

    /// The first input, from which a model without a declared input takes the shape of an example.
    pub(crate) fn first_input(&self) -> Result<Tensor> {
        let element = match self {
            Data::Arrays { x, .. } => x.clone(),
            Data::Dataset(dataset) => {
                let first = dataset.iter().next().ok_or_else(|| Error::value("the dataset is empty"))??;
                match &first {
                    Element::Tuple(parts) if !parts.is_empty() => parts[0].clone(),
                    _ => first,
                }
            }
        };
        match &element.leaves()[..] {
            [one] => Ok((*one).clone()),
            leaves => {
                Err(Error::value(format!("a Sequential takes one input, the data has {}", leaves.len()))
                    .help("use a functional `Model` for several inputs"))
            }
        }
    }

    /// The arrays before and after the last `fraction` of the examples.
    pub(crate) fn split(&self, fraction: f64) -> Result<(Data, Data)> {
        if !(0.0..1.0).contains(&fraction) || fraction == 0.0 {
            return Err(Error::value(format!("validation_split is {fraction}"))
                .help("give a fraction between 0 and 1"));
        }
        let (Data::Arrays { x, y, weights }, Some(rows)) = (self, self.n_rows()?) else {
            return Err(Error::value("validation_split takes arrays, not a dataset")
                .help("split the dataset with `take` and `skip`, and give the rest as validation data"));
        };
        let at = (rows as f64 * (1.0 - fraction)) as usize;
        if at == 0 || at == rows {
            return Err(Error::value(format!(
                "validation_split {fraction} of {rows} examples leaves one side empty"
            )));
        }
        let part = |range: std::ops::Range<usize>| -> Result<Data> {
            let cut = |e: &Element| e.map_leaves(|t| t.rows(range.clone()));
            Ok(Data::Arrays {
                x: cut(x)?,
                y: y.as_ref().map(cut).transpose()?,
                weights: weights.as_ref().map(cut).transpose()?,
            })
        };
        Ok((part(0..at)?, part(at..rows)?))
    }
}

/// The tensors of `element` in the order of `names`: one tensor, a tuple by position, or a map by name.
pub(crate) fn in_order(element: &Element, names: &[&str], what: &str) -> Result<Vec<Tensor>> {
    match element {
        Element::Tensor(tensor) if names.len() == 1 => Ok(vec![tensor.clone()]),
        Element::Tuple(parts) if parts.len() == names.len() => {
            parts.iter().map(|p| p.tensor().cloned()).collect()
        }
        Element::Map(map) => {
            if let Some(name) = names.iter().find(|n| !map.contains_key(**n)) {
                let keys: Vec<&str> = map.keys().map(String::as_str).collect();
                return Err(Error::value(format!("the data has no {what} `{name}`")).help(format!(
                    "the data has {}; the model needs {}",
                    keys.join(", "),
                    names.join(", ")
                )));
            }
            names.iter().map(|n| element.get(n)?.tensor().cloned()).collect()
        }
        other => {
            let given = other.leaves().len();
            Err(Error::value(format!("the model has {} {what}s, the data {given}", names.len()))
                .help(format!("give a tuple in the order {}, or a map with these names", names.join(", "))))
        }
    }
}

/// A value for an input of `dtype` and `rank`: numbers are converted, and one number per example becomes a vector of
/// one where that is what is missing.
pub(crate) fn fit_to(tensor: Tensor, dtype: DType, rank: usize) -> Result<Tensor> {
    let tensor =
        if tensor.dtype() == dtype || tensor.dtype() == DType::Str { tensor } else { tensor.cast(dtype)? };
    if tensor.rank() == 1 && rank == 2 {
        let rows = tensor.len();
        return tensor.reshape([rows, 1]);
    }
    Ok(tensor)
}
