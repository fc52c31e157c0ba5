//! `scan`: a function over every item that also has a state.

use std::sync::Arc;

use saola_tensor::Result;

use crate::source::{Item, Sources};
use crate::stage::Stage;
use crate::{Dataset, Element};

impl Dataset {
    /// What `f` makes of each item and of the state that it left at the item before: it returns the next state and
    /// what is given out. Every pass and every epoch begins with `state`.
    ///
    /// ```
    /// use saola_data::{Dataset, Element};
    /// use saola_tensor::Tensor;
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// let sums = Dataset::range(1, 5, 1).scan(Tensor::from(0i64), |sum, x| {
    ///     let sum = Element::from(Tensor::from(sum.tensor()?.item::<i64>()? + x.tensor()?.item::<i64>()?));
    ///     Ok((sum.clone(), sum))
    /// });
    /// let all: Vec<i64> = sums.iter().map(|e| e?.tensor()?.item()).collect::<Result<_, _>>()?;
    /// assert_eq!(all, [1, 3, 6, 10]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn scan<F>(&self, state: impl Into<Element>, f: F) -> Dataset
    where
        F: Fn(&Element, Element) -> Result<(Element, Element)> + Send + Sync + 'static,
    {
        let (first, f): (Element, Function) = (state.into(), Arc::new(f));
        let start = move |input| Scan { input, f: f.clone(), first: first.clone(), state: first.clone() };
        self.step(".scan(..)", |count| count, start)
    }

    /// What `f` makes of a state and the items, one after the other, of a whole pass.
    ///
    /// # Errors
    /// Those of the dataset and of `f`.
    pub fn reduce<F>(&self, state: impl Into<Element>, f: F) -> Result<Element>
    where
        F: Fn(Element, Element) -> Result<Element>,
    {
        self.iter().try_fold(state.into(), |state, item| f(state, item?))
    }
}

type Function = Arc<dyn Fn(&Element, Element) -> Result<(Element, Element)> + Send + Sync>;

struct Scan {
    input: Box<dyn Stage>,
    f: Function,
    first: Element,
    state: Element,
}

impl Stage for Scan {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        let Some(item) = self.input.next(sources)? else { return Ok(None) };
        let (state, out) = (self.f)(&self.state, sources.element(item)?)?;
        self.state = state;
        Ok(Some(Item::value(out)))
    }

    fn restart(&mut self, epoch: u64) {
        self.state = self.first.clone();
        self.input.restart(epoch);
    }
}
