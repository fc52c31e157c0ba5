//! `rejection_resample`: classes in other proportions.

use std::sync::Arc;

use saola_tensor::{Error, Result, Rng, Tensor, mix};

use crate::source::{Item, Sources};
use crate::stage::Stage;
use crate::{Cardinality, Dataset, Element};

type Class = Arc<dyn Fn(&Element) -> Result<i64> + Send + Sync>;

impl Dataset {
    /// Leaves items out at random so that the classes that `class` finds come in the proportions `target`, where they come
    /// in the proportions `initial` before. The items are pairs of the class, an `i64` scalar, and the item. The same `seed`
    /// gives the same draws in every pass; rounds of a repetition differ.
    ///
    /// Of each class the share that it is to have over the one that it has, divided by the largest such quotient, is kept. TensorFlow keeps some of
    /// the rest in place of others to lose fewer, and finds the proportions itself where they are not given.
    pub fn rejection_resample<F>(
        &self,
        class: F,
        target: impl Into<Vec<f64>>,
        initial: impl Into<Vec<f64>>,
        seed: u64,
    ) -> Dataset
    where
        F: Fn(&Element) -> Result<i64> + Send + Sync + 'static,
    {
        let (target, initial): (Vec<f64>, Vec<f64>) = (target.into(), initial.into());
        let part = |p: &f64| p.is_finite() && *p >= 0.0;
        let possible = target.iter().zip(&initial).all(|(&t, &i)| t == 0.0 || i > 0.0);
        let sound = target.len() == initial.len()
            && target.iter().chain(&initial).all(part)
            && target.iter().sum::<f64>() > 0.0
            && possible;
        if !sound {
            return self.fail(
                Error::value(format!("classes of {initial:?} are to become {target:?}"))
                    .note("dataset", self.describe())
                    .help("give a proportion of each class for both, and none to a class that does not come"),
            );
        }
        let ratios: Vec<f64> =
            target.iter().zip(&initial).map(|(&t, &i)| if t == 0.0 { 0.0 } else { t / i }).collect();
        let most = ratios.iter().copied().fold(0.0, f64::max);
        let keep: Arc<[f64]> = ratios.iter().map(|r| r / most).collect();
        let class: Class = Arc::new(class);
        let count = |count| if count == Cardinality::Known(0) { count } else { Cardinality::Unknown };
        self.step(format!(".rejection_resample(.., {target:?})"), count, move |input| Resample {
            input,
            class: class.clone(),
            keep: keep.clone(),
            seed,
            rng: Rng::new(seed, 0),
        })
    }
}

struct Resample {
    input: Box<dyn Stage>,
    class: Class,
    keep: Arc<[f64]>,
    seed: u64,
    rng: Rng,
}

impl Stage for Resample {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        while let Some(item) = self.input.next(sources)? {
            let element = sources.element(item)?;
            let class = (self.class)(&element)?;
            let keep = usize::try_from(class).ok().and_then(|c| self.keep.get(c)).ok_or_else(|| {
                Error::value(format!("an item of class {class}, and there are {} classes", self.keep.len()))
                    .help("classes count from 0; give a proportion for each")
            })?;
            if self.rng.unit() < *keep {
                let pair = vec![Element::from(Tensor::from(class)), element];
                return Ok(Some(Item::value(Element::Tuple(pair))));
            }
        }
        Ok(None)
    }

    fn restart(&mut self, epoch: u64) {
        self.rng = Rng::new(self.seed, if epoch == 0 { 0 } else { mix(epoch) });
        self.input.restart(epoch);
    }
}
