//! Batches for a model: its inputs, labels and weights in order, in the dtypes that the graph takes.

use saola_data::{Batches, Cardinality, DatasetIter, Element};
use saola_graph::{Dim, Dims, Spec};
use saola_tensor::{DType, Error, Result, Tensor};

use crate::Model;
use crate::compile::GraphKey;
use crate::data::{Data, fit_to, in_order};

/// One batch, in the order of the model's inputs and outputs.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) inputs: Vec<Tensor>,
    pub(crate) labels: Vec<Tensor>,
    pub(crate) weights: Option<Tensor>,
}

/// Where batches come from.
pub(crate) enum Feeder {
    /// Arrays, converted once.
    Arrays { batches: Box<Batches>, inputs: usize, labels: usize, shuffle: Option<u64> },
    /// A dataset that is begun anew in each epoch, unless epochs are counted in steps.
    Dataset { data: saola_data::Dataset, iter: Option<DatasetIter>, keep: bool },
}

impl Model {
    /// Makes batches of `data`; `labelled` says whether labels are needed.
    pub(crate) fn feeder(
        &self,
        data: Data,
        batch_size: usize,
        shuffle: Option<u64>,
        labelled: bool,
        keep: bool,
    ) -> Result<Feeder> {
        if batch_size == 0 {
            return Err(Error::value("the batch size is 0").help("give a batch size of at least 1"));
        }
        match data {
            Data::Dataset(data) => Ok(Feeder::Dataset { data, iter: None, keep }),
            Data::Arrays { x, y, weights } => {
                let batch = self.in_order(&x, y.as_ref(), weights, labelled)?;
                let (inputs, labels) = (batch.inputs.len(), batch.labels.len());
                let all = batch.inputs.into_iter().chain(batch.labels).chain(batch.weights);
                let element = Element::Tuple(all.map(Element::from).collect());
                let batches = Batches::new(element, batch_size)?;
                if batches.n_rows() == 0 {
                    return Err(Error::value("the data has no examples"));
                }
                Ok(Feeder::Arrays { batches: Box::new(batches), inputs, labels, shuffle })
            }
        }
    }

    /// The tensors of a batch in the model's order and dtypes.
    fn in_order(
        &self,
        x: &Element,
        y: Option<&Element>,
        weights: Option<Tensor>,
        labelled: bool,
    ) -> Result<Batch> {
        let mut inputs = in_order(x, &self.input_names(), "input")?;
        for (tensor, &i) in inputs.iter_mut().zip(&self.inputs) {
            let spec = self.nodes[i].spec();
            *tensor = fit_to(tensor.clone(), spec.dtype, spec.dims.rank())?;
            if !spec.dims.takes(tensor.shape()) {
                return Err(Error::shape(format!(
                    "input `{}` takes {spec}, the data is {tensor:?}",
                    self.nodes[i].name
                ))
                .help("reshape the data; the first axis is the examples"));
            }
        }
        let labels = match (y, labelled) {
            (Some(y), true) => in_order(y, &self.output_names(), "output")?,
            (None, true) => {
                return Err(Error::value("the data has no labels").help("give inputs and labels: `(&x, &y)`"));
            }
            _ => Vec::new(),
        };
        if let Some(bad) = labels.iter().find(|t| t.dtype() == DType::Str) {
            return Err(Error::dtype(format!("labels are strings: {bad:?}"))
                .help("number the classes, as with a vocabulary lookup"));
        }
        let weights = weights.filter(|_| labelled).map(|w| w.cast(DType::F32)).transpose()?;
        Ok(Batch { inputs, labels, weights })
    }
}

impl Feeder {
    /// How many batches an epoch has, where that is known.
    pub(crate) fn len(&self) -> Option<usize> {
        match self {
            Feeder::Arrays { batches, .. } => Some(batches.n_batches()),
            Feeder::Dataset { data, .. } => match data.cardinality() {
                Cardinality::Known(n) => usize::try_from(n).ok(),
                _ => None,
            },
        }
    }

    /// Whether there is no end to the batches.
    pub(crate) fn is_endless(&self) -> bool {
        matches!(self, Feeder::Dataset { data, .. } if data.cardinality() == Cardinality::Infinite)
    }

    /// Goes back to the first batch, in the order of `epoch`.
    pub(crate) fn begin(&mut self, epoch: usize) {
        match self {
            Feeder::Arrays { batches, shuffle, .. } => match shuffle {
                Some(seed) => batches.shuffle(*seed, epoch as u64),
                None => batches.rewind(),
            },
            Feeder::Dataset { data, iter, keep } => {
                if !*keep || iter.is_none() {
                    *iter = Some(data.iter());
                }
            }
        }
    }

    /// The next batch.
    pub(crate) fn next(&mut self, model: &Model, labelled: bool) -> Result<Option<Batch>> {
        match self {
            Feeder::Arrays { batches, inputs, labels, .. } => {
                let Some(element) = batches.next().transpose()? else { return Ok(None) };
                let mut tensors = element.leaves().into_iter().cloned();
                Ok(Some(Batch {
                    inputs: tensors.by_ref().take(*inputs).collect(),
                    labels: tensors.by_ref().take(*labels).collect(),
                    weights: tensors.next(),
                }))
            }
            Feeder::Dataset { iter, .. } => {
                let Some(element) = iter.as_mut().and_then(Iterator::next).transpose()? else {
                    return Ok(None);
                };
                let (x, y, weights) = parts(&element, labelled)?;
                Ok(Some(model.in_order(x, y, weights, labelled)?))
            }
        }
    }
}

/// Inputs, labels and weights of a dataset's element.
fn parts(element: &Element, labelled: bool) -> Result<(&Element, Option<&Element>, Option<Tensor>)> {
    match element {
        Element::Tuple(parts) if labelled || parts.len() > 1 => match &parts[..] {
            [x, y] => Ok((x, Some(y), None)),
            [x, y, w] => Ok((x, Some(y), Some(w.tensor()?.clone()))),
            _ => Err(Error::value(format!("the dataset's elements have {} parts", parts.len()))
                .help("elements are (inputs, labels) or (inputs, labels, weights)")),
        },
        Element::Tuple(parts) if parts.len() == 1 => Ok((&parts[0], None, None)),
        other => Ok((other, None, None)),
    }
}

impl Batch {
    /// Which graph the batch needs.
    pub(crate) fn key(&self) -> GraphKey {
        let spec = |t: &Tensor| {
            let rest = t.shape().iter().skip(1).map(|&n| Dim::Known(n));
            Spec::new(t.dtype(), std::iter::once(Dim::Any).chain(rest).collect::<Dims>())
        };
        (self.labels.iter().map(spec).collect(), self.weights.is_some())
    }
}
