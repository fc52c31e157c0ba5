//! `Dataset::from_tensor_slices`.

use std::sync::Arc;

use saola_tensor::Result;

use crate::source::{Item, Source, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset, Element};

impl Dataset {
    /// The rows of arrays: item `i` holds row `i` of every tensor in `arrays`, without the first axis.
    ///
    /// Items are views; nothing is copied.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Shape`] where the tensors do not agree in the extent of the first axis, or
    /// one is a scalar; the message names them. [`saola_tensor::ErrorKind::Value`] for no tensor at all.
    ///
    /// ```
    /// use saola_data::Dataset;
    /// use saola_tensor::Tensor;
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// let features = [("length", Tensor::from([5.1f32, 6.4])), ("width", Tensor::from([3.3f32, 2.8]))];
    /// let dataset = Dataset::from_tensor_slices((features, Tensor::from([0i64, 2])))?;
    /// assert_eq!(dataset.iter().count(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_tensor_slices(arrays: impl Into<Element>) -> Result<Dataset> {
        Ok(slices_of(Source::new(arrays.into())?))
    }
}

/// The dataset of the rows of `source`.
pub(crate) fn slices_of(source: Source) -> Dataset {
    Dataset::start(TensorSlices(Arc::new(source)))
}

struct TensorSlices(Arc<Source>);

impl Node for TensorSlices {
    fn open(&self, opening: &mut Opening) -> Box<dyn Stage> {
        let source = opening.sources.intern(&self.0);
        Box::new(TensorSlicesStage { source, rows: self.0.rows(), next: 0 })
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::Known(self.0.rows() as u64)
    }

    fn describe(&self, out: &mut String) {
        out.push_str(&format!("from_tensor_slices({} rows)", self.0.rows()));
    }

    fn as_slices(&self) -> Option<&Arc<Source>> {
        Some(&self.0)
    }
}

struct TensorSlicesStage {
    source: u32,
    rows: usize,
    next: usize,
}

impl Stage for TensorSlicesStage {
    fn next(&mut self, _sources: &Sources) -> Result<Option<Item>> {
        if self.next == self.rows {
            return Ok(None);
        }
        self.next += 1;
        Ok(Some(Item::Row { source: self.source, row: self.next - 1 }))
    }

    fn fill(&mut self, _sources: &Sources, n: usize, out: &mut Vec<Item>) -> Result<()> {
        let (source, end) = (self.source, self.rows.min(self.next.saturating_add(n)));
        out.extend((self.next..end).map(|row| Item::Row { source, row }));
        self.next = end;
        Ok(())
    }

    fn skip(&mut self, _sources: &Sources, n: usize) -> Result<()> {
        self.next = self.rows.min(self.next.saturating_add(n));
        Ok(())
    }

    fn restart(&mut self, _epoch: u64) {
        self.next = 0;
    }
}
