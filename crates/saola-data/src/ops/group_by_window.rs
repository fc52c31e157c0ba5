//! `group_by_window`: items that belong together, so many at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use saola_tensor::{Error, Result};

use crate::source::{Item, Sources};
use crate::stage::Stage;
use crate::{Cardinality, Dataset, DatasetIter, Element};

type Key = Arc<dyn Fn(&Element) -> Result<i64> + Send + Sync>;
type Reduce = Arc<dyn Fn(i64, Dataset) -> Result<Dataset> + Send + Sync>;

impl Dataset {
    /// Puts items together whose `key` is the same; `size` of them are a dataset, and the items are those that `reduce` makes
    /// of each such dataset, in the order in which they are full. What is left at the end comes out by its keys.
    ///
    /// ```
    /// use saola_data::Dataset;
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// // Even and odd numbers, in batches of their own.
    /// let parity = |e: &saola_data::Element| Ok(e.tensor()?.item::<i64>()? % 2);
    /// let batches = Dataset::range(0, 6, 1).group_by_window(parity, |_, window| Ok(window.batch(2)), 2);
    /// let all: Vec<Vec<i64>> = batches.iter().map(|b| b?.tensor()?.to_vec()).collect::<Result<_, _>>()?;
    /// assert_eq!(all, [vec![0, 2], vec![1, 3], vec![4], vec![5]]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn group_by_window<K, R>(&self, key: K, reduce: R, size: usize) -> Dataset
    where
        K: Fn(&Element) -> Result<i64> + Send + Sync + 'static,
        R: Fn(i64, Dataset) -> Result<Dataset> + Send + Sync + 'static,
    {
        if size == 0 {
            return self.fail(
                Error::value("the size of a window is 0")
                    .note("dataset", self.describe())
                    .help("give a number of at least 1"),
            );
        }
        let (key, reduce): (Key, Reduce) = (Arc::new(key), Arc::new(reduce));
        let count = |count| if count == Cardinality::Known(0) { count } else { Cardinality::Unknown };
        self.step(format!(".group_by_window(.., {size})"), count, move |input| Groups {
            input,
            key: key.clone(),
            reduce: reduce.clone(),
            size,
            groups: BTreeMap::new(),
            open: None,
        })
    }
}

struct Groups {
    input: Box<dyn Stage>,
    key: Key,
    reduce: Reduce,
    size: usize,
    groups: BTreeMap<i64, Vec<Element>>,
    /// What was made of the last group.
    open: Option<DatasetIter>,
}

impl Groups {
    /// What is made of a group.
    fn reduced(&self, key: i64, group: Vec<Element>) -> Result<DatasetIter> {
        let items = Arc::new(group);
        let dataset = Dataset::from_generator(move || {
            let items = Arc::clone(&items);
            (0..items.len()).map(move |i| Ok(items[i].clone()))
        });
        Ok((self.reduce)(key, dataset)?.iter())
    }
}

impl Stage for Groups {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        loop {
            if let Some(open) = &mut self.open {
                if let Some(item) = open.next() {
                    return item.map(|element| Some(Item::value(element)));
                }
                self.open = None;
            }
            match self.input.next(sources)? {
                Some(item) => {
                    let element = sources.element(item)?;
                    let key = (self.key)(&element)?;
                    let group = self.groups.entry(key).or_default();
                    group.push(element);
                    if group.len() == self.size {
                        let full = std::mem::take(group);
                        self.open = Some(self.reduced(key, full)?);
                    }
                }
                None => {
                    let Some((key, left)) = self.groups.pop_first() else { return Ok(None) };
                    if !left.is_empty() {
                        self.open = Some(self.reduced(key, left)?);
                    }
                }
            }
        }
    }

    fn restart(&mut self, epoch: u64) {
        self.groups.clear();
        self.open = None;
        self.input.restart(epoch);
    }
}
