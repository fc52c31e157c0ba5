//! A running pass over a dataset.

use saola_tensor::{Error, Result};

use crate::Element;
use crate::position::Position;
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
    /// The number of the pass, where it is fixed.
    pass: Option<u64>,
    /// How many items were taken or passed over.
    taken: u64,
    /// How many of those are still to be passed over.
    behind: usize,
}

impl DatasetIter {
    pub(crate) fn new(stage: Box<dyn Stage>, sources: Sources, pass: Option<u64>) -> DatasetIter {
        DatasetIter { stage: Some(stage), sources, fault: None, pass, taken: 0, behind: 0 }
    }

    pub(crate) fn failed(fault: Error) -> DatasetIter {
        let (stage, sources) = (None, Sources::default());
        DatasetIter { stage, sources, fault: Some(fault), pass: None, taken: 0, behind: 0 }
    }

    /// The same pass behind its first `taken` items.
    pub(crate) fn behind(mut self, taken: u64) -> DatasetIter {
        self.taken = taken;
        self.behind = usize::try_from(taken).unwrap_or(usize::MAX);
        self
    }

    /// Where the pass is: [`Dataset::iter_at`](crate::Dataset::iter_at) goes on there, also in another process. None for
    /// a pass that [`Dataset::iter`](crate::Dataset::iter) began, whose number only the shuffles in it know.
    pub fn position(&self) -> Option<Position> {
        self.pass.map(|pass| Position { pass, taken: self.taken })
    }

    fn advance(&mut self, skip: usize) -> Result<Option<Element>> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let Some(stage) = &mut self.stage else { return Ok(None) };
        let skip = skip.saturating_add(std::mem::take(&mut self.behind));
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
        match result {
            Some(Ok(_)) => self.taken = self.taken.saturating_add(n as u64).saturating_add(1),
            _ => self.stage = None,
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
