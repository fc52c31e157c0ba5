//! A running pass over a dataset.

use saola_tensor::{Error, Result};

use crate::Element;
use crate::source::Sources;
use crate::stage::Stage;

/// One pass over a [`crate::Dataset`]: an iterator of `Result<Element>` that ends after its first error.
///
/// [`Iterator::nth`] passes over items without building them where it can: whole batches are not gathered.
pub struct DatasetIter {
    /// The pipeline, until it ended.
    stage: Option<Box<dyn Stage>>,
    sources: Sources,
    fault: Option<Error>,
}

impl DatasetIter {
    pub(crate) fn new(stage: Box<dyn Stage>, sources: Sources) -> DatasetIter {
        DatasetIter { stage: Some(stage), sources, fault: None }
    }

    pub(crate) fn failed(fault: Error) -> DatasetIter {
        DatasetIter { stage: None, sources: Sources::default(), fault: Some(fault) }
    }

    fn advance(&mut self, skip: usize) -> Result<Option<Element>> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let Some(stage) = &mut self.stage else { return Ok(None) };
        if skip > 0 {
            stage.skip(&self.sources, skip)?;
        }
        match stage.next(&self.sources)? {
            Some(item) => self.sources.element(item).map(Some),
            None => Ok(None),
        }
    }
}

impl Iterator for DatasetIter {
    type Item = Result<Element>;

    fn next(&mut self) -> Option<Result<Element>> {
        self.nth(0)
    }

    fn nth(&mut self, n: usize) -> Option<Result<Element>> {
        let result = self.advance(n).transpose();
        if !matches!(result, Some(Ok(_))) {
            self.stage = None;
        }
        result
    }
}

impl std::iter::FusedIterator for DatasetIter {}

impl std::fmt::Debug for DatasetIter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatasetIter").field("ended", &self.stage.is_none()).finish_non_exhaustive()
    }
}
