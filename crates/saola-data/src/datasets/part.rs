//! What is loaded, and how it is divided.

use saola_tensor::{Error, Result, Tensor};

use super::mt19937::Mt19937;

/// One part of a data set.
#[derive(Clone, Debug)]
pub struct Part {
    /// The features.
    pub x: Tensor,
    /// The labels, one for each row of the features.
    pub y: Tensor,
}

impl Part {
    /// A part, whose features and labels must be equally many.
    pub(super) fn new(x: Tensor, y: Tensor) -> Result<Part> {
        if x.n_rows()? != y.n_rows()? {
            return Err(Error::format(format!("features of {} and labels of {}", x.shape(), y.shape())));
        }
        Ok(Part { x, y })
    }
}

/// How rows are shuffled and divided: Keras's `test_split` and `seed`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    test_split: f64,
    seed: u32,
}

impl Default for Split {
    fn default() -> Split {
        Split::new()
    }
}

impl Split {
    /// The last fifth of the rows to test with, shuffled with the seed 113.
    pub fn new() -> Split {
        Split { test_split: 0.2, seed: 113 }
    }

    /// Which part of the rows is to test with, from 0 to below 1.
    pub fn test_split(mut self, part: f64) -> Self {
        self.test_split = part;
        self
    }

    /// The seed of NumPy's `RandomState` by which rows are shuffled.
    pub fn seed(mut self, seed: u32) -> Self {
        self.seed = seed;
        self
    }

    /// The rows in the order that Keras gives them, in two parts.
    pub(super) fn divide(self, x: &Tensor, y: &Tensor) -> Result<(Part, Part)> {
        let all = Part::new(x.clone(), y.clone())?;
        let rows = all.x.n_rows()?;
        let order = order(self.seed, rows);
        let train = n_train(rows, self.test_split)?;
        let pick = |rows: &[usize]| Part::new(all.x.take_rows(rows)?, all.y.take_rows(rows)?);
        Ok((pick(&order[..train])?, pick(&order[train..])?))
    }
}

/// The numbers below `n` as `RandomState(seed).shuffle` orders them.
pub(super) fn order(seed: u32, n: usize) -> Vec<usize> {
    Mt19937::new(seed).order(n)
}

/// How many of `rows` are to train on.
pub(super) fn n_train(rows: usize, test_split: f64) -> Result<usize> {
    if !(0.0..1.0).contains(&test_split) {
        return Err(Error::value(format!("`test_split` is {test_split}"))
            .help("it is the part of the rows to test with, from 0 to below 1"));
    }
    Ok((rows as f64 * (1.0 - test_split)) as usize)
}
