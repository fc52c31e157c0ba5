//! Arrays whose rows are the items of a pipeline, and lazy handles on those rows.

use std::ops::Range;
use std::sync::Arc;

use saola_tensor::{Error, Result, Shape, Tensor};

use crate::Element;

/// Whole arrays that agree in the extent of their first axis.
#[derive(Debug)]
pub(crate) struct Source {
    whole: Element,
    rows: usize,
}

impl Source {
    pub(crate) fn new(whole: Element) -> Result<Source> {
        let leaves = whole.leaves();
        let names = whole.leaf_names();
        let label = |i: usize| match names[i].is_empty() {
            true => "the tensor".to_string(),
            false => format!("component `{}`", names[i]),
        };
        let mut rows = None;
        for (i, leaf) in leaves.iter().enumerate() {
            let n = leaf.n_rows().map_err(|_| {
                Error::shape(format!("{} is a scalar, which has no rows to slice", label(i)))
                    .help("give it a first axis, or use `Dataset::from_tensors` for one element as it is")
            })?;
            match rows {
                None => rows = Some(n),
                Some(first) if first != n => {
                    let text = |i: usize| format!("{}{}", leaves[i].dtype(), leaves[i].shape());
                    return Err(Error::shape(format!(
                        "{} has {first} rows, but {} has {n}",
                        label(0),
                        label(i)
                    ))
                    .note(names[0].clone(), text(0))
                    .note(names[i].clone(), text(i))
                    .help("all components are sliced together and need the same first axis"));
                }
                Some(_) => {}
            }
        }
        let rows = rows.ok_or_else(|| Error::value("an element without tensors has no rows to slice"))?;
        Ok(Source { whole, rows })
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The whole arrays.
    pub(crate) fn whole(&self) -> &Element {
        &self.whole
    }

    /// One row, without the first axis; a view.
    pub(crate) fn row(&self, row: usize) -> Result<Element> {
        self.whole.map_leaves(|leaf| {
            let inner = Shape::from(leaf.shape().get(1..).unwrap_or_default());
            leaf.rows(row..row + 1)?.reshape(inner)
        })
    }

    /// Consecutive rows; a view.
    pub(crate) fn range(&self, rows: Range<usize>) -> Result<Element> {
        self.whole.map_leaves(|leaf| leaf.rows(rows.clone()))
    }

    /// Any rows in any order: a view where they happen to be consecutive, else one copy per leaf.
    pub(crate) fn gather(&self, rows: &[usize]) -> Result<Element> {
        if let Some(&first) = rows.first()
            && rows.iter().enumerate().all(|(i, &row)| row == first + i)
        {
            return self.range(first..first + rows.len());
        }
        self.whole.map_leaves(|leaf: &Tensor| leaf.take_rows(rows))
    }
}

/// An item inside a pipeline. Rows of arrays travel as a handle of two words until somebody looks at them,
/// so that shuffling and repeating move no data and a batch is gathered in one pass.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// A row of one of the pipeline's [`Sources`].
    Row { source: u32, row: usize },
    /// Anything else.
    Value(Box<Element>),
}

impl Item {
    pub(crate) fn value(element: Element) -> Item {
        Item::Value(Box::new(element))
    }
}

/// The arrays that an opened pipeline reads, each under a small number. It is complete once the pipeline is
/// open, so that a part of the pipeline can take a copy of it to another thread.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources(Vec<Arc<Source>>);

impl Sources {
    /// The number of `source`, given to it now if it has none.
    pub(crate) fn intern(&mut self, source: &Arc<Source>) -> u32 {
        self.find(source).unwrap_or_else(|| {
            self.0.push(source.clone());
            (self.0.len() - 1) as u32
        })
    }

    /// The number of `source`.
    pub(crate) fn find(&self, source: &Arc<Source>) -> Option<u32> {
        self.0.iter().position(|s| Arc::ptr_eq(s, source)).map(|i| i as u32)
    }

    /// Every source, in the order of their numbers.
    pub(crate) fn all(&self) -> &[Arc<Source>] {
        &self.0
    }

    /// The source of that number.
    pub(crate) fn get(&self, source: u32) -> Result<&Source> {
        self.0
            .get(source as usize)
            .map(|s| &**s)
            .ok_or_else(|| Error::internal(format!("no source {source} in the pipeline")))
    }

    /// What an item stands for.
    pub(crate) fn element(&self, item: Item) -> Result<Element> {
        match item {
            Item::Row { source, row } => self.get(source)?.row(row),
            Item::Value(element) => Ok(*element),
        }
    }

    /// As [`Sources::element`], leaving the item where it is.
    pub(crate) fn peek(&self, item: &Item) -> Result<Element> {
        self.element(item.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_stays_two_words() {
        assert_eq!(size_of::<Item>(), 16);
    }

    #[test]
    fn consecutive_rows_are_a_view_and_others_a_copy() {
        let t = Tensor::from([[1i32, 2], [3, 4], [5, 6]]);
        let source = Source::new(Element::from(&t)).unwrap();
        let at = |e: &Element| e.tensor().unwrap().as_slice::<i32>().unwrap().as_ptr();
        let all = t.as_slice::<i32>().unwrap();
        assert_eq!(at(&source.gather(&[1, 2]).unwrap()), &all[2] as *const i32);
        assert_eq!(at(&source.row(2).unwrap()), &all[4] as *const i32);
        let copied = source.gather(&[2, 0]).unwrap();
        assert_eq!(copied.tensor().unwrap().to_vec::<i32>().unwrap(), [5, 6, 1, 2]);
        let none = source.gather(&[]).unwrap();
        assert_eq!(&none.tensor().unwrap().shape()[..], [0, 2]);
    }

    #[test]
    fn arrays_that_disagree_are_named() {
        let element = Element::from(([("x", Tensor::from([1i32, 2]))], Tensor::from([1i32, 2, 3])));
        let text = Source::new(element).unwrap_err().to_string();
        assert!(text.contains("component `0/x` has 2 rows, but component `1` has 3"), "{text}");
        assert!(Source::new(Element::from(Tensor::from(1i32))).is_err());
        assert!(Source::new(Element::Tuple(Vec::new())).is_err());
    }
}
