//! `sample_from_datasets` and `choose_from_datasets`: several datasets, one item at a time.

use std::sync::Arc;

use saola_tensor::{DType, Error, Result, Rng, mix};

use crate::source::{Item, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset};

impl Dataset {
    /// Items of several datasets, each drawn with a probability in proportion to its dataset's weight. A dataset that
    /// ends is left out from then on, until all have ended. The same `seed` gives the same draws in every pass;
    /// rounds of a repetition differ.
    pub fn sample_from_datasets(datasets: &[Dataset], weights: &[f64], seed: u64) -> Dataset {
        let inputs = datasets.iter().map(|d| d.node.clone()).collect();
        let choice = Choice::Draw { weights: weights.to_vec(), seed };
        let mixture = with_faults(Dataset::start(Mixture { inputs, choice }), datasets);
        let sound = weights.len() == datasets.len()
            && weights.iter().all(|w| w.is_finite() && *w >= 0.0)
            && weights.iter().sum::<f64>() > 0.0;
        if sound {
            return mixture;
        }
        mixture.fail(
            Error::value(format!("{} datasets are drawn with weights {weights:?}", datasets.len()))
                .help("give one weight for each dataset, none negative, one above 0"),
        )
    }

    /// For each item of `choices`, an `i64` scalar, the next item of the dataset of that number; ends with `choices`
    /// or where the chosen one has ended.
    ///
    /// ```
    /// use saola_data::Dataset;
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// let (low, high) = (Dataset::range(0, 3, 1), Dataset::range(10, 13, 1));
    /// let turns = Dataset::range(0, 2, 1).repeat(2);
    /// let mixed = Dataset::choose_from_datasets(&[low, high], &turns);
    /// let all: Vec<i64> = mixed.iter().map(|e| e?.tensor()?.item()).collect::<Result<_, _>>()?;
    /// assert_eq!(all, [0, 10, 1, 11]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn choose_from_datasets(datasets: &[Dataset], choices: &Dataset) -> Dataset {
        let inputs = datasets.iter().map(|d| d.node.clone()).collect();
        let choice = Choice::Told(choices.node.clone());
        let mixture = with_faults(Dataset::start(Mixture { inputs, choice }), datasets);
        with_faults(mixture, std::slice::from_ref(choices))
    }
}

/// The dataset with the faults and shuffles of those that it is made of.
fn with_faults(mut made: Dataset, of: &[Dataset]) -> Dataset {
    for dataset in of {
        made.shuffles += dataset.shuffles;
        if let (None, Some(fault)) = (&made.fault, &dataset.fault) {
            made.fault = Some(fault.clone());
        }
    }
    made
}

struct Mixture {
    inputs: Vec<Arc<dyn Node>>,
    choice: Choice,
}

enum Choice {
    Draw { weights: Vec<f64>, seed: u64 },
    Told(Arc<dyn Node>),
}

impl Node for Mixture {
    fn open(&self, opening: &mut Opening) -> Box<dyn Stage> {
        let inputs: Vec<_> = self.inputs.iter().map(|i| i.open(opening)).collect();
        match &self.choice {
            Choice::Draw { weights, seed } => Box::new(Drawn {
                inputs,
                weights: weights.clone(),
                left: weights.clone(),
                seed: *seed,
                rng: Rng::new(*seed, 0),
            }),
            Choice::Told(node) => Box::new(Told { inputs, choices: node.open(opening), ended: false }),
        }
    }

    fn cardinality(&self) -> Cardinality {
        if let Choice::Told(_) = self.choice {
            return Cardinality::Unknown;
        }
        let mut sum = Cardinality::Known(0);
        for input in &self.inputs {
            sum = match (sum, input.cardinality()) {
                (Cardinality::Known(a), Cardinality::Known(b)) => Cardinality::Known(a.saturating_add(b)),
                (Cardinality::Infinite, _) | (_, Cardinality::Infinite) => Cardinality::Infinite,
                _ => Cardinality::Unknown,
            };
        }
        sum
    }

    fn describe(&self, out: &mut String) {
        let name = match self.choice {
            Choice::Draw { .. } => "sample_from_datasets",
            Choice::Told(_) => "choose_from_datasets",
        };
        out.push_str(&format!("{name}({} datasets)", self.inputs.len()));
    }
}

struct Drawn {
    inputs: Vec<Box<dyn Stage>>,
    weights: Vec<f64>,
    /// The weights, 0 for those that have ended.
    left: Vec<f64>,
    seed: u64,
    rng: Rng,
}

impl Stage for Drawn {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        loop {
            let total: f64 = self.left.iter().sum();
            if total <= 0.0 {
                return Ok(None);
            }
            let mut at = self.rng.unit() * total;
            let last = self.left.iter().rposition(|&w| w > 0.0).unwrap_or(0);
            let chosen = self.left.iter().position(|&w| {
                at -= w;
                w > 0.0 && at < 0.0
            });
            let chosen = chosen.unwrap_or(last);
            if let Some(item) = self.inputs[chosen].next(sources)? {
                return Ok(Some(item));
            }
            self.left[chosen] = 0.0;
        }
    }

    fn restart(&mut self, epoch: u64) {
        self.left.clone_from(&self.weights);
        self.rng = Rng::new(self.seed, if epoch == 0 { 0 } else { mix(epoch) });
        self.inputs.iter_mut().for_each(|i| i.restart(epoch));
    }
}

struct Told {
    inputs: Vec<Box<dyn Stage>>,
    choices: Box<dyn Stage>,
    ended: bool,
}

impl Stage for Told {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        if self.ended {
            return Ok(None);
        }
        if let Some(choice) = self.choices.next(sources)? {
            let choice = sources.element(choice)?.tensor()?.cast(DType::I64)?.item::<i64>()?;
            let many = self.inputs.len();
            let chosen = usize::try_from(choice).ok().and_then(|c| self.inputs.get_mut(c));
            let chosen = chosen.ok_or_else(|| {
                Error::value(format!("dataset {choice} is chosen of {many}")).help("they are numbered from 0")
            })?;
            if let Some(item) = chosen.next(sources)? {
                return Ok(Some(item));
            }
        }
        self.ended = true;
        Ok(None)
    }

    fn restart(&mut self, epoch: u64) {
        self.ended = false;
        self.choices.restart(epoch);
        self.inputs.iter_mut().for_each(|i| i.restart(epoch));
    }
}
