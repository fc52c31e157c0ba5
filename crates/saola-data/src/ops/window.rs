//! `window`: stretches of consecutive items.

use std::collections::VecDeque;

use saola_tensor::{Error, Result};

use crate::source::{Item, Sources};
use crate::stack::stack;
use crate::stage::Stage;
use crate::{Cardinality, Dataset, Element};

/// How [`Dataset::window`] cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    size: usize,
    shift: usize,
    stride: usize,
    whole: bool,
}

impl Window {
    /// Windows of `size` consecutive items, the next beginning where the last one ends; the last may be shorter.
    pub fn new(size: usize) -> Window {
        Window { size, shift: size, stride: 1, whole: false }
    }

    /// How many items after a window's beginning the next one begins.
    #[must_use]
    pub fn shift(mut self, shift: usize) -> Window {
        self.shift = shift;
        self
    }

    /// Takes only every `stride`-th item of a window, which then spans `size * stride` items.
    #[must_use]
    pub fn stride(mut self, stride: usize) -> Window {
        self.stride = stride;
        self
    }

    /// Leaves out windows at the end that have fewer than `size` items.
    #[must_use]
    pub fn drop_remainder(mut self) -> Window {
        self.whole = true;
        self
    }

    /// How many windows there are over `n` items.
    fn count(self, n: u64) -> u64 {
        let (size, shift, stride) = (self.size as u64, self.shift as u64, self.stride as u64);
        if self.whole {
            let span = (size - 1).saturating_mul(stride).saturating_add(1);
            return if n < span { 0 } else { (n - span) / shift + 1 };
        }
        n.div_ceil(shift)
    }
}

impl Dataset {
    /// Windows over consecutive items, each as one item whose tensors have a new first axis, as a batch has. (In
    /// TensorFlow a window is a dataset of its own; this is what it becomes by `batch`.)
    ///
    /// ```
    /// use saola_data::{Dataset, Window};
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// let pairs = Dataset::range(0, 4, 1).window(Window::new(2).shift(1).drop_remainder());
    /// let all: Vec<Vec<i64>> = pairs.iter().map(|e| e?.tensor()?.to_vec()).collect::<Result<_, _>>()?;
    /// assert_eq!(all, [[0, 1], [1, 2], [2, 3]]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn window(&self, window: Window) -> Dataset {
        if window.size == 0 || window.shift == 0 || window.stride == 0 {
            return self.fail(
                Error::value(format!("{window:?} has a 0"))
                    .note("dataset", self.describe())
                    .help("size, shift and stride are at least 1"),
            );
        }
        let Window { size, shift, stride, whole } = window;
        let count = move |all: Cardinality| all.change(|n| window.count(n));
        let text = format!(".window(size {size}, shift {shift}, stride {stride}, drop_remainder {whole})");
        self.step(text, count, move |input| Windows { input, window, kept: VecDeque::new(), gap: 0 })
    }
}

struct Windows {
    input: Box<dyn Stage>,
    window: Window,
    /// The items from the next window's beginning on.
    kept: VecDeque<Element>,
    /// How many items lie between the last window's end and the next one's beginning.
    gap: usize,
}

impl Stage for Windows {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        let Window { size, shift, stride, whole } = self.window;
        self.input.skip(sources, std::mem::take(&mut self.gap))?;
        let span = (size - 1).saturating_mul(stride).saturating_add(1);
        while self.kept.len() < span {
            let Some(item) = self.input.next(sources)? else { break };
            self.kept.push_back(sources.element(item)?);
        }
        if self.kept.is_empty() || (whole && self.kept.len() < span) {
            return Ok(None);
        }
        let items: Vec<Element> = self.kept.iter().step_by(stride).cloned().collect();
        self.gap = shift.saturating_sub(self.kept.len());
        self.kept.drain(..shift.min(self.kept.len()));
        Ok(Some(Item::value(stack(&items)?)))
    }

    fn restart(&mut self, epoch: u64) {
        self.kept.clear();
        self.gap = 0;
        self.input.restart(epoch);
    }
}
