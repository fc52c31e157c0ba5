//! The dataset: a description of a pipeline.

use std::fmt;
use std::sync::Arc;

use saola_tensor::{Error, Result};

use crate::stage::{Node, Opening, Stage, Start, Step};
use crate::{Cardinality, DatasetIter, Position};

/// A description of items and what is done to them; cheap to clone, run by [`Dataset::iter`].
///
/// Each method gives a new dataset and leaves the old one usable. A wrong argument, as a batch size of 0,
/// is kept and reported by [`Dataset::check`] and as the first item of every pass; what is built on such a
/// dataset has the same fault.
///
/// ```
/// use saola_data::Dataset;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let numbers = Dataset::range(0, 5, 1);
/// let batches: Vec<Vec<i64>> =
///     numbers.repeat(2).batch(4).iter().map(|b| b?.tensor()?.to_vec()).collect::<Result<_, _>>()?;
/// assert_eq!(batches, [vec![0, 1, 2, 3], vec![4, 0, 1, 2], vec![3, 4]]);
/// assert!(numbers.batch(0).check().is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a dataset does nothing until it is iterated"]
pub struct Dataset {
    pub(crate) node: Arc<dyn Node>,
    /// The first wrong argument.
    pub(crate) fault: Option<Error>,
    /// How many shuffles there are, so that two in one pipeline draw different numbers by default.
    pub(crate) shuffles: u64,
}

impl Dataset {
    /// A dataset that starts at `node`.
    pub(crate) fn start(node: impl Node + 'static) -> Dataset {
        Dataset { node: Arc::new(node), fault: None, shuffles: 0 }
    }

    /// This dataset with one more step.
    pub(crate) fn then<N: Node + 'static>(&self, step: impl FnOnce(Arc<dyn Node>) -> N) -> Dataset {
        Dataset {
            node: Arc::new(step(self.node.clone())),
            fault: self.fault.clone(),
            shuffles: self.shuffles,
        }
    }

    /// This dataset with a step that `text` describes, that has as many items as `count` says, and whose running part
    /// is what `start` makes of the one before.
    pub(crate) fn step<S: Stage + 'static>(
        &self,
        text: impl Into<String>,
        count: impl Fn(Cardinality) -> Cardinality + Send + Sync + 'static,
        start: impl Fn(Box<dyn Stage>) -> S + Send + Sync + 'static,
    ) -> Dataset {
        let start: Start = Box::new(move |input| Box::new(start(input)));
        self.then(|input| Step { input, text: text.into(), count: Box::new(count), start })
    }

    /// This dataset with a fault, unless it has one already.
    pub(crate) fn fail(&self, error: Error) -> Dataset {
        let mut failed = self.clone();
        failed.fault.get_or_insert(error);
        failed
    }

    /// This dataset with one more step, or the fault that `size`, which must not be 0, is.
    pub(crate) fn then_sized<N: Node + 'static>(
        &self,
        size: usize,
        what: &str,
        step: impl FnOnce(Arc<dyn Node>) -> N,
    ) -> Dataset {
        if size > 0 {
            return self.then(step);
        }
        self.fail(
            Error::value(format!("{what} is 0"))
                .note("dataset", self.describe())
                .help("give a number of at least 1"),
        )
    }

    /// Starts a pass over the items.
    ///
    /// The pass gives the fault of the dataset as its first item, if there is one, and ends after the first
    /// error. A shuffled dataset gives another order in every pass; the orders of the first, second ... pass
    /// are the same each time the program runs.
    pub fn iter(&self) -> DatasetIter {
        self.open(None)
    }

    /// Starts the pass that [`Dataset::iter`] would give as the `pass`-th, counted from 0, of a freshly built
    /// dataset, whatever was iterated before. With [`Iterator::nth`] or [`Iterator::skip`] behind it this takes
    /// up an interrupted training at the very batch where it stopped.
    pub fn iter_pass(&self, pass: u64) -> DatasetIter {
        self.open(Some(pass))
    }

    /// Goes on where a pass was, as [`DatasetIter::position`] said: with the very items that came next there. Items are
    /// passed over without being built where that is possible.
    pub fn iter_at(&self, position: Position) -> DatasetIter {
        self.open(Some(position.pass)).behind(position.taken)
    }

    fn open(&self, pass: Option<u64>) -> DatasetIter {
        if let Some(fault) = &self.fault {
            return DatasetIter::failed(fault.clone());
        }
        let mut opening = Opening::new(pass);
        let stage = self.node.open(&mut opening);
        DatasetIter::new(stage, opening.sources, pass)
    }

    /// Reports a wrong argument that one of the steps was given.
    ///
    /// # Errors
    /// The first such fault, of the kind that its step documents.
    pub fn check(&self) -> Result<()> {
        self.fault.clone().map_or(Ok(()), Err)
    }

    /// How many items one pass gives, as far as that is known in advance. Unknown for a faulty dataset.
    pub fn cardinality(&self) -> Cardinality {
        if self.fault.is_some() { Cardinality::Unknown } else { self.node.cardinality() }
    }

    pub(crate) fn describe(&self) -> String {
        let mut text = String::new();
        self.node.describe(&mut text);
        text
    }
}

impl IntoIterator for &Dataset {
    type Item = Result<crate::Element>;
    type IntoIter = DatasetIter;

    fn into_iter(self) -> DatasetIter {
        self.iter()
    }
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dataset::{}", self.describe())?;
        match &self.fault {
            Some(fault) => write!(f, " (faulty: {})", fault.message()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_comes_first_and_stays() {
        let broken = Dataset::range(0, 3, 1).batch(0).repeat(2).shuffle(0);
        let text = broken.check().unwrap_err().to_string();
        assert!(text.contains("the size of a batch is 0") && text.contains("range(0, 3, 1)"), "{text}");
        let mut pass = broken.iter();
        assert!(pass.next().unwrap().is_err());
        assert!(pass.next().is_none());
        assert_eq!(broken.cardinality(), Cardinality::Unknown);
        assert!(format!("{broken:?}").contains("faulty"));
    }

    #[test]
    fn the_debug_form_is_the_chain_of_calls() {
        let dataset = Dataset::range(0, 9, 1).shuffle(4).repeat_forever().batch_drop_remainder(2).take(3);
        assert_eq!(
            format!("{dataset:?}"),
            "Dataset::range(0, 9, 1).shuffle(4).repeat_forever().batch_drop_remainder(2).take(3)"
        );
    }
}
