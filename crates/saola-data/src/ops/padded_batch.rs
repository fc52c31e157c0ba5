//! `padded_batch`: batches of items that are not equally long.

use std::sync::Arc;

use indexmap::IndexMap;
use saola_tensor::{Error, Result, Shape, Tensor, suggest};

use crate::pad::pad;
use crate::source::{Item, Sources};
use crate::stack::stack;
use crate::stage::Stage;
use crate::{Dataset, Element};

/// How [`Dataset::padded_batch_with`] fills up; by default to the longest item of the batch, with zeros, false and
/// empty strings.
///
/// Tensors are named as in [`Element::leaf_names`].
#[derive(Clone, Debug, Default)]
pub struct Padding {
    shapes: IndexMap<String, Vec<Option<usize>>>,
    values: IndexMap<String, Tensor>,
}

impl Padding {
    /// The default.
    #[must_use]
    pub fn new() -> Padding {
        Padding::default()
    }

    /// The extents of the tensor `name`; `None` means that of the longest item of the batch.
    #[must_use]
    pub fn shape(mut self, name: &str, extents: impl Into<Vec<Option<usize>>>) -> Padding {
        self.shapes.insert(name.into(), extents.into());
        self
    }

    /// What the tensor `name` is filled up with: a scalar of its dtype.
    #[must_use]
    pub fn value(mut self, name: &str, value: impl Into<Tensor>) -> Padding {
        self.values.insert(name.into(), value.into());
        self
    }

    /// Elements that are alike, as one.
    fn stack(&self, elements: &[Element]) -> Result<Element> {
        let Some(first) = elements.first() else { return stack(elements) };
        let names = first.leaf_names();
        for given in self.shapes.keys().chain(self.values.keys()) {
            if !names.contains(given) {
                let error = Error::not_found(format!("there is no tensor `{given}` to pad"))
                    .note("tensors", names.join(", "));
                return Err(match suggest(given, names.iter().map(String::as_str)) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error,
                });
            }
        }
        let leaves: Vec<Vec<&Tensor>> = elements.iter().map(Element::leaves).collect();
        let mut shapes = Vec::with_capacity(names.len());
        for (i, name) in names.iter().enumerate() {
            let rank = leaves[0][i].rank();
            let longest = |axis: usize| {
                let extents = leaves.iter().filter_map(|l| l.get(i)?.shape().get(axis).copied());
                extents.max().unwrap_or(0)
            };
            let given = self.shapes.get(name);
            if given.is_some_and(|g| g.len() != rank) {
                return Err(Error::shape(format!(
                    "`{name}` has {rank} axes, and is padded to another number"
                ))
                .note("element 0", leaves[0][i].shape().to_string()));
            }
            let extent = |axis: usize| given.and_then(|g| g[axis]).unwrap_or_else(|| longest(axis));
            shapes.push((0..rank).map(extent).collect::<Shape>());
        }
        let mut padded = Vec::with_capacity(elements.len());
        for (e, element) in elements.iter().enumerate() {
            let mut i = 0;
            padded.push(element.map_leaves(|leaf| {
                let (Some(name), Some(shape)) = (names.get(i), shapes.get(i)) else {
                    return Ok(leaf.clone());
                };
                i += 1;
                pad(leaf, shape, self.values.get(name))
                    .map_err(|error| error.note("tensor", name.clone()).note("element", e.to_string()))
            })?);
        }
        stack(&padded)
    }
}

impl Dataset {
    /// As [`Dataset::batch`], of items whose tensors differ in their extents: each is filled up to the longest of the
    /// batch with zeros, false or empty strings.
    ///
    /// ```
    /// use saola_data::Dataset;
    /// use saola_tensor::Tensor;
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// let words = Dataset::from_generator(|| [vec![1i64], vec![2, 3]].into_iter().map(|v| Ok(Tensor::from(v))));
    /// let batch = words.padded_batch(2).iter().next().unwrap()?;
    /// assert_eq!(*batch.tensor()?, Tensor::from([[1i64, 0], [2, 3]]));
    /// # Ok(())
    /// # }
    /// ```
    pub fn padded_batch(&self, size: usize) -> Dataset {
        self.padded_batch_with(size, Padding::new())
    }

    /// As [`Dataset::padded_batch`], filled up as `padding` says. An item longer than a given shape is an error.
    pub fn padded_batch_with(&self, size: usize, padding: Padding) -> Dataset {
        let padding = Arc::new(padding);
        if size == 0 {
            return self.batch(size);
        }
        self.step(
            format!(".padded_batch({size})"),
            move |count| count.change(|n| n.div_ceil(size as u64)),
            move |input| PaddedBatch { input, size, padding: padding.clone() },
        )
    }

    /// Batches of items of about the same length. An item whose length, as `length` finds it, is below
    /// `boundaries[i]` and not below the one before goes into the `i`-th bucket; a bucket that holds `sizes[i]` items
    /// is given out as a [`Dataset::padded_batch`]. There is one size more than there are boundaries. What is left at
    /// the end comes out bucket by bucket.
    pub fn bucket_by_sequence_length<F>(
        &self,
        length: F,
        boundaries: impl Into<Vec<usize>>,
        sizes: impl Into<Vec<usize>>,
        padding: Padding,
    ) -> Dataset
    where
        F: Fn(&Element) -> Result<usize> + Send + Sync + 'static,
    {
        let (boundaries, sizes): (Vec<usize>, Vec<usize>) = (boundaries.into(), sizes.into());
        if sizes.len() != boundaries.len() + 1 || sizes.contains(&0) || !boundaries.is_sorted() {
            return self.fail(
                Error::value(format!("buckets at {boundaries:?} with batches of {sizes:?}"))
                    .note("dataset", self.describe())
                    .help("boundaries ascend, and there is one size of at least 1 more than boundaries"),
            );
        }
        let length: Length = Arc::new(length);
        let padding = Arc::new(padding);
        let text = format!(".bucket_by_sequence_length({boundaries:?}, {sizes:?})");
        let count = |_| crate::Cardinality::Unknown;
        self.step(text, count, move |input| Buckets {
            input,
            length: length.clone(),
            boundaries: boundaries.clone(),
            sizes: sizes.clone(),
            padding: padding.clone(),
            buckets: vec![Vec::new(); sizes.len()],
        })
    }
}

struct PaddedBatch {
    input: Box<dyn Stage>,
    size: usize,
    padding: Arc<Padding>,
}

impl Stage for PaddedBatch {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        let mut items = Vec::new();
        self.input.fill(sources, self.size, &mut items)?;
        if items.is_empty() {
            return Ok(None);
        }
        let elements: Vec<Element> =
            items.into_iter().map(|item| sources.element(item)).collect::<Result<_>>()?;
        Ok(Some(Item::value(self.padding.stack(&elements)?)))
    }

    fn skip(&mut self, sources: &Sources, n: usize) -> Result<()> {
        self.input.skip(sources, n.saturating_mul(self.size))
    }

    fn restart(&mut self, epoch: u64) {
        self.input.restart(epoch);
    }
}

type Length = Arc<dyn Fn(&Element) -> Result<usize> + Send + Sync>;

struct Buckets {
    input: Box<dyn Stage>,
    length: Length,
    boundaries: Vec<usize>,
    sizes: Vec<usize>,
    padding: Arc<Padding>,
    buckets: Vec<Vec<Element>>,
}

impl Stage for Buckets {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        while let Some(item) = self.input.next(sources)? {
            let element = sources.element(item)?;
            let length = (self.length)(&element)?;
            let bucket = self.boundaries.partition_point(|&b| b <= length);
            self.buckets[bucket].push(element);
            if self.buckets[bucket].len() == self.sizes[bucket] {
                let full = std::mem::take(&mut self.buckets[bucket]);
                return Ok(Some(Item::value(self.padding.stack(&full)?)));
            }
        }
        let Some(left) = self.buckets.iter_mut().find(|b| !b.is_empty()) else { return Ok(None) };
        Ok(Some(Item::value(self.padding.stack(&std::mem::take(left))?)))
    }

    fn restart(&mut self, epoch: u64) {
        self.buckets.iter_mut().for_each(Vec::clear);
        self.input.restart(epoch);
    }
}
