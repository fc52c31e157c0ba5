//! `StackedRNNCells`: several cells, each of which reads the one before.

use saola_graph::Symbol;
use saola_tensor::{Error, Result};

use super::cell::{Cell, CellRef, IntoCell, Step};
use super::gates::cell_layer;
use super::rnn::{cell_from, cell_object};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::names::{NameCounter, snake_case};
use crate::{LayerConfig, Scope};

/// Several cells as one, each of which takes the output of the one before as its input. States: those of all cells, in
/// their order. Keras's `StackedRNNCells`.
///
/// ```
/// use saola_nn::layers::{GRUCell, LSTMCell, RNN, StackedRNNCells};
///
/// let layer = RNN::new(StackedRNNCells::new().add(LSTMCell::new(8)).add(GRUCell::new(4)));
/// ```
#[derive(Clone, Debug, Default)]
pub struct StackedRNNCells {
    pub(crate) base: Base,
    cells: Vec<CellRef>,
}

common!(StackedRNNCells);
cell_layer!(StackedRNNCells);

impl StackedRNNCells {
    /// No cells.
    pub fn new() -> StackedRNNCells {
        StackedRNNCells::default()
    }

    /// One more cell behind the others.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "as `Sequential::add`; cells are no numbers")]
    pub fn add(mut self, cell: impl IntoCell) -> StackedRNNCells {
        self.cells.push(cell.into_cell());
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<StackedRNNCells> {
        let value = config.value("cells").unwrap_or_default();
        let list = value.as_array().filter(|l| !l.is_empty() && l.len() <= 256);
        let list = list.ok_or_else(|| config.refuse("cells", &value, "a list of cells"))?;
        let cells =
            list.iter().map(|v| cell_from(v, config.custom()).map_err(|e| config.explain("cells", e)));
        Ok(StackedRNNCells { base: config.base(), cells: cells.collect::<Result<_>>()? })
    }
}

impl Cell for StackedRNNCells {
    fn state_sizes(&self) -> Vec<usize> {
        self.cells.iter().flat_map(|c| c.cell().state_sizes()).collect()
    }

    fn output_size(&self) -> usize {
        self.cells.last().map_or(0, |c| c.cell().output_size())
    }

    fn class_name(&self) -> &'static str {
        "StackedRNNCells"
    }

    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let cells: Vec<_> = self.cells.iter().map(|c| cell_object(c.cell())).collect::<Result<_>>()?;
        Ok(LayerConfig::new("StackedRNNCells").with("cells", cells))
    }

    fn begin(&self, cx: &mut Scope<'_>, x: &Symbol, states: &[Symbol]) -> Step {
        if self.cells.is_empty() {
            let error = Error::value("StackedRNNCells: no cells").help("add some with `add`");
            let wrong = Symbol::poisoned(error);
            return Step::new(move |_, _| (wrong.clone(), Vec::new()));
        }
        let mut counter = NameCounter::default();
        let mut steps: Vec<(Step, usize)> = Vec::new();
        let (mut x, mut from) = (x.clone(), 0);
        for cell in &self.cells {
            let cell = cell.cell();
            let name = format!("cells/{}", counter.next(&snake_case(cell.class_name())));
            let count = cell.state_sizes().len();
            let own = &states[from..from + count];
            let step = cx.within(&name, cell.base(), |cx| cell.begin(cx, &x, own));
            x = step.apply(&x, own).0;
            from += count;
            steps.push((step, count));
        }
        Step::new(move |x, states| {
            let (mut x, mut from, mut next) = (x.clone(), 0, Vec::new());
            for (step, count) in &steps {
                let (y, after) = step.apply(&x, &states[from..from + count]);
                next.extend(after);
                (x, from) = (y, from + count);
            }
            (x, next)
        })
    }
}
