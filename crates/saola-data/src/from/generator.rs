//! `Dataset::from_generator`.

use std::sync::Arc;

use saola_tensor::Result;

use crate::source::{Item, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset, Element};

impl Dataset {
    /// The items of the iterator that `make` returns. It is called once for every pass and every epoch of a
    /// repetition, when the first item is asked for.
    ///
    /// ```
    /// use saola_data::Dataset;
    /// use saola_tensor::Tensor;
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// let squares = Dataset::from_generator(|| (0i64..4).map(|i| Ok(Tensor::from(i * i))));
    /// let batch = squares.batch(4).iter().next().unwrap()?;
    /// assert_eq!(batch.tensor()?.to_vec::<i64>()?, [0, 1, 4, 9]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_generator<F, I, E>(make: F) -> Dataset
    where
        F: Fn() -> I + Send + Sync + 'static,
        I: IntoIterator<Item = Result<E>>,
        I::IntoIter: Send + 'static,
        E: Into<Element>,
    {
        Dataset::start(Generator(Arc::new(move || Box::new(make().into_iter().map(|e| e.map(Into::into))))))
    }
}

type Elements = Box<dyn Iterator<Item = Result<Element>> + Send>;
type Make = Arc<dyn Fn() -> Elements + Send + Sync>;

struct Generator(Make);

impl Node for Generator {
    fn open(&self, _opening: &mut Opening) -> Box<dyn Stage> {
        Box::new(GeneratorStage { make: self.0.clone(), running: Running::NotYet })
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::Unknown
    }

    fn describe(&self, out: &mut String) {
        out.push_str("from_generator(..)");
    }
}

enum Running {
    NotYet,
    Yes(Elements),
    Ended,
}

struct GeneratorStage {
    make: Make,
    running: Running,
}

impl Stage for GeneratorStage {
    fn next(&mut self, _sources: &Sources) -> Result<Option<Item>> {
        if let Running::NotYet = self.running {
            self.running = Running::Yes((self.make)());
        }
        let Running::Yes(elements) = &mut self.running else { return Ok(None) };
        let next = elements.next().transpose()?;
        if next.is_none() {
            self.running = Running::Ended;
        }
        Ok(next.map(Item::value))
    }

    fn restart(&mut self, _epoch: u64) {
        self.running = Running::NotYet;
    }
}
