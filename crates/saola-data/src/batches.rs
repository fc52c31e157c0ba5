//! Batches of arrays for a training loop.

use saola_tensor::{Error, Result, Rng};

use crate::source::Source;
use crate::{Element, random};

/// The batches of arrays that are in memory: what a training loop over arrays iterates, without a pipeline.
///
/// In the given order every batch is a view of the arrays; in another order it is one copy per array. The
/// last batch may be smaller. [`Batches::shuffle`] and [`Batches::rewind`] start another epoch; after the
/// first shuffle they allocate nothing.
///
/// ```
/// use saola_data::Batches;
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let x = Tensor::from([1.0f32, 2.0, 3.0]);
/// let y = Tensor::from([0i64, 1, 0]);
/// let mut batches = Batches::new((&x, &y), 2)?;
/// for epoch in 0..5 {
///     batches.shuffle(42, epoch);
///     for batch in batches.by_ref() {
///         let batch = batch?;
///         let (_x, _y) = batch.pair()?;
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Batches {
    source: Source,
    size: usize,
    /// Which row stands at which place; empty for the given order.
    order: Vec<usize>,
    next: usize,
    drop_remainder: bool,
}

impl Batches {
    /// The batches of `size` rows each of `arrays`, which agree in the first axis.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Shape`] for arrays that do not agree or have no rows axis,
    /// [`saola_tensor::ErrorKind::Value`] for a size of 0.
    pub fn new(arrays: impl Into<Element>, size: usize) -> Result<Batches> {
        if size == 0 {
            return Err(Error::value("the batch size is 0").help("give a batch size of at least 1"));
        }
        let source = Source::new(arrays.into())?;
        Ok(Batches { source, size, order: Vec::new(), next: 0, drop_remainder: false })
    }

    /// The same without a last batch that is smaller than the others.
    #[must_use]
    pub fn drop_remainder(mut self) -> Batches {
        self.drop_remainder = true;
        self
    }

    /// How many rows the arrays have.
    pub fn n_rows(&self) -> usize {
        self.source.rows()
    }

    /// How many batches an epoch has.
    pub fn n_batches(&self) -> usize {
        self.batches_in(self.source.rows())
    }

    /// Starts the next epoch in the same order as the last.
    pub fn rewind(&mut self) {
        self.next = 0;
    }

    /// Starts an epoch in the order that `seed` and `epoch` give: the same numbers, the same order, without
    /// regard to what came before.
    pub fn shuffle(&mut self, seed: u64, epoch: u64) {
        self.next = 0;
        self.order.clear();
        self.order.extend(0..self.source.rows());
        random::shuffle(&mut Rng::new(seed, epoch), &mut self.order);
    }

    /// Starts an epoch in the order `rows`: a permutation, or any selection with or without repetition whose
    /// length is the number of rows.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Value`] where the number of rows differs or a row does not exist.
    pub fn order(&mut self, rows: &[usize]) -> Result<()> {
        let n = self.source.rows();
        if rows.len() != n {
            return Err(Error::value(format!("an order of {} rows for arrays of {n} rows", rows.len())));
        }
        if let Some(bad) = rows.iter().find(|&&row| row >= n) {
            return Err(Error::value(format!("the order names row {bad} of arrays of {n} rows")));
        }
        self.next = 0;
        self.order.clear();
        self.order.extend_from_slice(rows);
        Ok(())
    }

    fn batches_in(&self, rows: usize) -> usize {
        if self.drop_remainder { rows / self.size } else { rows.div_ceil(self.size) }
    }
}

impl Iterator for Batches {
    type Item = Result<Element>;

    fn next(&mut self) -> Option<Result<Element>> {
        self.nth(0)
    }

    fn nth(&mut self, n: usize) -> Option<Result<Element>> {
        let rows = self.source.rows();
        let start = self.next.saturating_add(n.saturating_mul(self.size)).min(rows);
        let end = start.saturating_add(self.size).min(rows);
        if start == end || (self.drop_remainder && end - start < self.size) {
            self.next = rows;
            return None;
        }
        self.next = end;
        Some(match self.order.is_empty() {
            true => self.source.range(start..end),
            false => self.source.gather(&self.order[start..end]),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.batches_in(self.source.rows() - self.next);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Batches {}

#[cfg(test)]
mod tests {
    use super::*;
    use saola_tensor::Tensor;

    fn values(batches: &mut Batches) -> Vec<Vec<i64>> {
        batches.by_ref().map(|b| b.unwrap().tensor().unwrap().to_vec().unwrap()).collect()
    }

    #[test]
    fn the_given_order_is_views() {
        let t = Tensor::from([10i64, 11, 12, 13, 14]);
        let mut batches = Batches::new(&t, 2).unwrap();
        assert_eq!((batches.n_batches(), batches.len()), (3, 3));
        let second = batches.nth(1).unwrap().unwrap();
        let slice = second.tensor().unwrap().as_slice::<i64>().unwrap();
        assert_eq!(slice.as_ptr(), &t.as_slice::<i64>().unwrap()[2] as *const i64);
        assert_eq!(batches.len(), 1);
        assert_eq!(values(&mut batches), [[14]]);
        assert!(batches.next().is_none());
        batches.rewind();
        assert_eq!(values(&mut batches), [vec![10, 11], vec![12, 13], vec![14]]);
        let mut even = Batches::new(&t, 2).unwrap().drop_remainder();
        assert_eq!(even.len(), 2);
        assert_eq!(values(&mut even), [[10, 11], [12, 13]]);
        assert_eq!(even.len(), 0);
    }

    #[test]
    fn an_epoch_is_a_permutation_that_its_number_names() {
        let t = Tensor::from((0..50).collect::<Vec<i64>>());
        let mut batches = Batches::new(&t, 8).unwrap();
        batches.shuffle(1, 0);
        let first = values(&mut batches).concat();
        batches.shuffle(1, 1);
        let second = values(&mut batches).concat();
        batches.shuffle(1, 0);
        assert_eq!(values(&mut batches).concat(), first);
        assert_ne!(first, second);
        let mut sorted = first;
        sorted.sort_unstable();
        assert_eq!(sorted, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn orders_are_checked() {
        let t = Tensor::from([7i64, 8, 9]);
        let mut batches = Batches::new(&t, 2).unwrap();
        batches.order(&[2, 0, 2]).unwrap();
        assert_eq!(values(&mut batches), [vec![9, 7], vec![9]]);
        assert!(batches.order(&[0, 1]).is_err());
        assert!(batches.order(&[0, 1, 3]).is_err());
        assert!(Batches::new(&t, 0).is_err());
        let mut empty = Batches::new(Tensor::from(Vec::<i64>::new()), 2).unwrap();
        empty.shuffle(0, 0);
        assert!(empty.next().is_none());
    }
}
