//! `Dataset::range`.

use saola_tensor::{Error, Result, Tensor};

use crate::source::{Item, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset};

impl Dataset {
    /// The numbers `start`, `start + step` ... up to but without `stop`, as `i64` scalars. `step` may be
    /// negative; a step of 0 is a fault that [`Dataset::check`] reports.
    pub fn range(start: i64, stop: i64, step: i64) -> Dataset {
        let dataset = Dataset::start(Range { start, stop, step });
        if step == 0 {
            return dataset.fail(Error::value("the step of a range is 0").help("give a step other than 0"));
        }
        dataset
    }
}

#[derive(Clone, Copy)]
struct Range {
    start: i64,
    stop: i64,
    step: i64,
}

impl Range {
    fn count(&self) -> u64 {
        let distance = i128::from(self.stop) - i128::from(self.start);
        let step = i128::from(self.step);
        if step == 0 || distance.signum() != step.signum() {
            return 0;
        }
        // A span of i64 divided into steps of at least one is below 2^64.
        ((distance.abs() + step.abs() - 1) / step.abs()) as u64
    }
}

impl Node for Range {
    fn open(&self, _opening: &mut Opening) -> Box<dyn Stage> {
        Box::new(RangeStage { range: *self, count: self.count(), next: 0 })
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::Known(self.count())
    }

    fn describe(&self, out: &mut String) {
        out.push_str(&format!("range({}, {}, {})", self.start, self.stop, self.step));
    }
}

struct RangeStage {
    range: Range,
    count: u64,
    next: u64,
}

impl Stage for RangeStage {
    fn next(&mut self, _sources: &Sources) -> Result<Option<Item>> {
        if self.next == self.count {
            return Ok(None);
        }
        let value = i128::from(self.range.start) + i128::from(self.next) * i128::from(self.range.step);
        self.next += 1;
        Ok(Some(Item::value(Tensor::scalar(value as i64).into())))
    }

    fn skip(&mut self, _sources: &Sources, n: usize) -> Result<()> {
        self.next = self.count.min(self.next.saturating_add(n as u64));
        Ok(())
    }

    fn restart(&mut self, _epoch: u64) {
        self.next = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(dataset: &Dataset) -> Vec<i64> {
        dataset.iter().map(|e| e.unwrap().tensor().unwrap().item().unwrap()).collect()
    }

    #[test]
    fn ranges_in_both_directions() {
        assert_eq!(values(&Dataset::range(0, 3, 1)), [0, 1, 2]);
        assert_eq!(values(&Dataset::range(1, 8, 3)), [1, 4, 7]);
        assert_eq!(values(&Dataset::range(5, 1, -2)), [5, 3]);
        assert_eq!(values(&Dataset::range(5, 1, 2)), Vec::<i64>::new());
        assert!(Dataset::range(0, 1, 0).check().is_err());
    }

    #[test]
    fn the_widest_ranges_do_not_overflow() {
        let all = Dataset::range(i64::MIN, i64::MAX, 1);
        assert_eq!(all.cardinality(), Cardinality::Known(u64::MAX));
        assert_eq!(values(&Dataset::range(i64::MIN, i64::MAX, i64::MAX)), [i64::MIN, -1, i64::MAX - 1]);
        let last = all.iter().nth(usize::MAX - 1).unwrap().unwrap();
        assert_eq!(last.tensor().unwrap().item::<i64>().unwrap(), i64::MAX - 1);
    }
}
