//! Cells: one step of a recurrent layer.

use std::sync::Arc;

use saola_graph::{Recurrence, Symbol};
use saola_tensor::{Error, Result};

use crate::layer::Base;
use crate::{LayerConfig, Scope};

/// One step of a recurrent layer, for [`super::RNN`]: from the input and the states before it to an output and the states
/// after it.
///
/// ```
/// use saola_graph::Symbol;
/// use saola_nn::initializers::{GlorotUniform, Orthogonal};
/// use saola_nn::layers::{Cell, RNN, Step};
/// use saola_nn::Scope;
///
/// struct Minimal(usize);
///
/// impl Cell for Minimal {
///     fn state_sizes(&self) -> Vec<usize> {
///         vec![self.0]
///     }
///
///     fn begin(&self, cx: &mut Scope<'_>, x: &Symbol, _states: &[Symbol]) -> Step {
///         let kernel = cx.weight("kernel", [x.dim(-1), self.0.into()], GlorotUniform);
///         let recurrent = cx.weight("recurrent_kernel", [self.0, self.0], Orthogonal::default());
///         Step::new(move |x, states| {
///             let h = x.matmul(&kernel) + states[0].matmul(&recurrent);
///             (h.clone(), vec![h])
///         })
///     }
/// }
///
/// let layer = RNN::new(Minimal(32)).return_sequences(true);
/// ```
pub trait Cell: Send + Sync + 'static {
    /// How many numbers each of the states of an example has.
    fn state_sizes(&self) -> Vec<usize>;

    /// How many numbers the output of an example has; those of the first state by default.
    fn output_size(&self) -> usize {
        self.state_sizes().first().copied().unwrap_or_default()
    }

    /// Asks for the weights, once for all steps, and gives the step. `x` is the input of one step, `[batch, features]`, and
    /// `states` are those before the first, each `[batch, size]`. Random numbers that are drawn here are the same in all
    /// steps.
    fn begin(&self, cx: &mut Scope<'_>, x: &Symbol, states: &[Symbol]) -> Step;

    /// All steps in one operation, where there is one: it, and its weights. `x` is the whole sequence.
    #[doc(hidden)]
    fn whole(&self, _cx: &mut Scope<'_>, _x: &Symbol) -> Option<Whole> {
        None
    }

    /// The name of the kind; by default the name of the type.
    fn class_name(&self) -> &'static str {
        let full = std::any::type_name::<Self>();
        full.rsplit("::").next().unwrap_or(full)
    }

    /// What the built-in cells have in common with layers. A cell of your own needs none.
    fn base(&self) -> Option<&Base> {
        None
    }

    /// What a Keras file says of the cell. The built-in cells give it.
    ///
    /// # Errors
    /// A cell, or something in it, that Keras has no name for.
    fn config(&self) -> Result<LayerConfig> {
        Err(Error::state(format!("a `{}` cannot be written to a Keras file", self.class_name())).help(
            "save the weights with `save_weights`, and make the model in code again before `load_weights`",
        ))
    }
}

type Apply = dyn Fn(&Symbol, &[Symbol]) -> (Symbol, Vec<Symbol>);

/// What a cell does in each step.
pub struct Step(Box<Apply>);

impl Step {
    /// The step that gives an output and the next states for an input and the states before it.
    pub fn new(step: impl Fn(&Symbol, &[Symbol]) -> (Symbol, Vec<Symbol>) + 'static) -> Step {
        Step(Box::new(step))
    }

    /// Output and next states.
    pub fn apply(&self, x: &Symbol, states: &[Symbol]) -> (Symbol, Vec<Symbol>) {
        (self.0)(x, states)
    }
}

/// All steps of a cell in one operation.
#[doc(hidden)]
pub struct Whole {
    /// The operation.
    pub recurrence: Recurrence,
    /// The sequence, perhaps with elements left out.
    pub x: Symbol,
    /// The weights of the input.
    pub kernel: Symbol,
    /// The weights of the state.
    pub recurrent: Symbol,
    /// The bias.
    pub bias: Option<Symbol>,
}

/// A cell that several places can hold.
#[derive(Clone)]
pub struct CellRef(pub(super) Arc<dyn Cell>);

impl CellRef {
    /// A reference to `cell`.
    pub fn new(cell: impl Cell) -> CellRef {
        CellRef(Arc::new(cell))
    }

    /// The cell.
    pub fn cell(&self) -> &dyn Cell {
        &*self.0
    }
}

impl std::fmt::Debug for CellRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.class_name())
    }
}

/// A cell, or a reference to one.
pub trait IntoCell {
    /// The reference.
    fn into_cell(self) -> CellRef;
}

impl<C: Cell> IntoCell for C {
    fn into_cell(self) -> CellRef {
        CellRef::new(self)
    }
}

impl IntoCell for CellRef {
    fn into_cell(self) -> CellRef {
        self
    }
}

/// A cell called by itself, as a layer: input and states in, output and states out.
pub(super) fn call_alone(cell: &dyn Cell, cx: &mut Scope<'_>, xs: &[Symbol]) -> Vec<Symbol> {
    let sizes = cell.state_sizes();
    let Some((x, states)) = xs.split_first().filter(|(_, s)| s.is_empty() || s.len() == sizes.len()) else {
        let (class, wanted) = (cell.class_name(), sizes.len());
        let error = Error::value(format!("{class}: takes an input and {wanted} states"));
        return vec![Symbol::poisoned(error.help("give as many states as the cell has")); wanted + 1];
    };
    let states = if states.is_empty() { zeros(x, &sizes) } else { states.to_vec() };
    let (y, next) = cell.begin(cx, x, &states).apply(x, &states);
    std::iter::once(y).chain(next).collect()
}

/// States of zeros beside the input of one step.
pub(super) fn zeros(x: &Symbol, sizes: &[usize]) -> Vec<Symbol> {
    let one = x.slice(1, 0..1).zeros_like();
    sizes.iter().map(|&n| one.repeat(n, 1)).collect()
}
