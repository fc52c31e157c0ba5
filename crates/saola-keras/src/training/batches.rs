//! Batches for a model: its inputs, labels and weights in order, in the dtypes that the graph takes.

use std::collections::BTreeMap;

use saola_data::{Batches, Cardinality, DatasetIter, Element};
use saola_graph::{Dim, Dims, Spec};
use saola_tensor::{DType, Error, Result, Tensor};

use crate::Model;
use crate::data::{Data, fit_to, in_order};
use crate::train_graph::GraphKey;

/// One batch, in the order of the model's inputs and outputs.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) inputs: Vec<Tensor>,
    pub(crate) labels: Vec<Tensor>,
    /// None, or one for each output.
    pub(crate) weights: Vec<Tensor>,
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
                let batch = self.in_order(&x, y.as_ref(), weights.as_ref(), labelled)?;
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
    pub(crate) fn in_order(
        &self,
        x: &Element,
        y: Option<&Element>,
        weights: Option<&Element>,
        labelled: bool,
    ) -> Result<Batch> {
        let mut inputs = in_order(x, &self.input_names(), "input")?;
        for (tensor, &i) in inputs.iter_mut().zip(&self.inputs) {
            let spec = self.nodes[i].spec();
            *tensor = fit_to(tensor.clone(), spec.dtype, spec.dims.rank())?;
            // How many examples a batch has is for the run to say: here may be all of them.
            let rest: Dims = spec.dims.iter().skip(1).copied().collect();
            if !tensor.shape().get(1..).is_some_and(|shape| rest.takes(shape)) {
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
        let weights = match weights.filter(|_| labelled) {
            Some(weights) => weights_in_order(weights, &self.output_names())?,
            None => Vec::new(),
        };
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

    /// Whether batches come from a dataset.
    pub(crate) fn is_dataset(&self) -> bool {
        matches!(self, Feeder::Dataset { .. })
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
                    *iter = Some(data.iter_pass(epoch as u64));
                }
            }
        }
    }

    /// Goes on behind the first `taken` batches in the order of `epoch`.
    pub(crate) fn begin_at(&mut self, epoch: usize, taken: usize) -> Result<()> {
        self.begin(epoch);
        let Some(last) = taken.checked_sub(1) else { return Ok(()) };
        // Batches are passed over without being made; the last is, so that data of another length is told.
        let found = match self {
            Feeder::Arrays { batches, .. } => batches.nth(last).transpose()?,
            Feeder::Dataset { iter, .. } => iter.as_mut().and_then(|i| i.nth(last)).transpose()?,
        };
        match found {
            Some(_) => Ok(()),
            None => Err(Error::value(format!("the data has fewer than the {taken} batches that were done"))
                .help("go on with the data that training began with")),
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
                    weights: tensors.collect(),
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

/// Weights for each output: those of one tensor count for all.
fn weights_in_order(weights: &Element, names: &[&str]) -> Result<Vec<Tensor>> {
    let all = match weights {
        Element::Tensor(one) => vec![one.clone(); names.len()],
        _ => in_order(weights, names, "output's weight")?,
    };
    all.iter().map(|w| w.cast(DType::F32)).collect()
}

/// Inputs, labels and weights of a dataset's element.
fn parts(element: &Element, labelled: bool) -> Result<(&Element, Option<&Element>, Option<&Element>)> {
    match element {
        Element::Tuple(parts) if labelled || parts.len() > 1 => match &parts[..] {
            [x, y] => Ok((x, Some(y), None)),
            [x, y, w] => Ok((x, Some(y), Some(w))),
            _ => Err(Error::value(format!("the dataset's elements have {} parts", parts.len()))
                .help("elements are (inputs, labels) or (inputs, labels, weights)")),
        },
        Element::Tuple(parts) if parts.len() == 1 => Ok((&parts[0], None, None)),
        other => Ok((other, None, None)),
    }
}

impl Batch {
    /// Weighs each example by its class: the label, or the largest of the labels.
    pub(crate) fn weigh(&mut self, classes: &BTreeMap<i64, f64>) -> Result<()> {
        let [labels] = &self.labels[..] else {
            return Err(Error::value("class weights are for a model with one output")
                .help("give a weight for each example instead"));
        };
        if !self.weights.is_empty() {
            return Err(Error::value("both class weights and weights of examples are given")
                .help("multiply the weights of examples by those of their classes"));
        }
        let rows = labels.n_rows()?;
        let width = labels.len().checked_div(rows).unwrap_or(1);
        let values = labels.cast(DType::F64)?.to_vec::<f64>()?;
        let class = |row: &[f64]| match row {
            [one] => *one as i64,
            many => {
                let best = |b: usize, (i, v): (usize, &f64)| if *v > many[b] { i } else { b };
                many.iter().enumerate().fold(0, best) as i64
            }
        };
        let weight = |row: &[f64]| classes.get(&class(row)).copied().unwrap_or(1.0) as f32;
        let weights: Vec<f32> = values.chunks(width.max(1)).map(weight).collect();
        self.weights = vec![Tensor::from(weights)];
        Ok(())
    }

    /// Which graph the batch needs.
    pub(crate) fn key(&self) -> GraphKey {
        let spec = |t: &Tensor| {
            let rest = t.shape().iter().skip(1).map(|&n| Dim::Known(n));
            Spec::new(t.dtype(), std::iter::once(Dim::Any).chain(rest).collect::<Dims>())
        };
        (self.labels.iter().map(spec).collect(), self.weights.iter().map(Tensor::rank).collect())
    }
}
