//! `RNN`: a cell stepped along a sequence.

use saola_graph::{Axes, Symbol, scan, select};
use saola_tensor::{Error, Result};
use serde_json::{Value, json};

use super::cell::{Cell, CellRef, IntoCell, zeros};
use super::registry::{from_object, object_of};
use super::{GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells};
use crate::config::{ConfigReader, short};
use crate::layer::{Base, Masking, Recurrent};
use crate::{CustomObjects, Layer, LayerConfig, LayerId, LayerRef, Scope};

/// A cell stepped along a sequence.
///
/// Shapes: `[batch, steps, features]` gives the last output, `[batch, size]`, or all of them, `[batch, steps, size]`, and
/// with `return_state` the states after the last step behind it. Inputs behind the first are the states before the first
/// step. A step that the input's mask does not count leaves the states as they are and gives the output of the one
/// before. As in Keras, a layer that is given its first states heeds no mask but one that is the argument `mask` of the call,
/// which is reported. Keras's `RNN`.
///
/// ```
/// use saola_graph::{DType, Dim, placeholder};
/// use saola_nn::layers::{LSTMCell, RNN};
/// use saola_nn::{Scope, Weights};
///
/// let x = placeholder("x", DType::F32, [Dim::Any, 10.into(), 3.into()]);
/// let y = Scope::new(&mut Weights::new()).call(&RNN::new(LSTMCell::new(4)), &x);
/// assert_eq!(y.spec().to_string(), "f32[?, 4]");
/// ```
#[derive(Clone, Debug)]
pub struct RNN {
    pub(crate) base: Base,
    pub(super) options: RnnOptions,
    cell: CellRef,
}

/// How a recurrent layer goes along a sequence and what it gives.
#[derive(Clone, Debug, Default)]
pub(super) struct RnnOptions {
    pub(super) return_sequences: bool,
    pub(super) return_state: bool,
    pub(super) go_backwards: bool,
    pub(super) stateful: bool,
    pub(super) unroll: bool,
    pub(super) zero_output_for_mask: bool,
}

rnn_methods!(RNN);
crate::layer::common!(RNN);

impl RNN {
    /// The last output of `cell`.
    pub fn new(cell: impl IntoCell) -> RNN {
        RNN { base: Base::new(), options: RnnOptions::default(), cell: cell.into_cell() }
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<RNN> {
        let value = config.value("cell").unwrap_or_default();
        let cell = cell_from(&value, config.custom()).map_err(|e| config.explain("cell", e))?;
        Ok(RNN { base: config.base(), options: RnnOptions::from_config(config)?, cell })
    }

    fn cell(&self) -> &dyn Cell {
        self.cell.cell()
    }

    fn fields(&self) -> Result<LayerConfig> {
        Ok(self.options.config("RNN").with("cell", cell_object(self.cell())?))
    }
}

rnn_layer!(RNN);

/// Keras's classes of cells that are known here.
pub(crate) const CELLS: [&str; 4] = ["LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells"];

/// A cell of a file.
pub(super) fn cell_from(value: &Value, custom: &CustomObjects) -> Result<CellRef> {
    if let Some(cell) = custom.cell_of(value) {
        return cell;
    }
    let class = value["class_name"].as_str().unwrap_or_default();
    let name = value["config"]["name"].as_str().unwrap_or("cell");
    let mut reader = ConfigReader::new(class, name, &value["config"], custom)?;
    let config = &mut reader;
    let cell = match class {
        "LSTMCell" => CellRef::new(LSTMCell::from_config(config)?),
        "GRUCell" => CellRef::new(GRUCell::from_config(config)?),
        "SimpleRNNCell" => CellRef::new(SimpleRNNCell::from_config(config)?),
        "StackedRNNCells" => CellRef::new(StackedRNNCells::from_config(config)?),
        _ => {
            return Err(Error::format(format!("{} is no cell that is known here", short(value)))
                .help(format!("known are {}", CELLS.join(", "))));
        }
    };
    reader.finish()?;
    Ok(cell)
}

/// The object of a cell in a file.
pub(super) fn cell_object(cell: &dyn Cell) -> Result<Value> {
    let name = cell.base().and_then(Base::name).map(str::to_string);
    let name = name.unwrap_or_else(|| crate::snake_case(cell.class_name()));
    object_of(&cell.config()?, cell.base(), &name)
}

/// Checks that a nested layer is one: a cell is none.
pub(super) fn layer_from(config: &mut ConfigReader, key: &str) -> Result<LayerRef> {
    let value = config.value(key).unwrap_or(json!(null));
    from_object(&value, config.custom()).map_err(|e| config.explain(key, e))
}

impl RnnOptions {
    pub(super) fn from_config(config: &mut ConfigReader) -> Result<RnnOptions> {
        Ok(RnnOptions {
            return_sequences: config.truth("return_sequences", false)?,
            return_state: config.truth("return_state", false)?,
            go_backwards: config.truth("go_backwards", false)?,
            stateful: config.truth("stateful", false)?,
            unroll: config.truth("unroll", false)?,
            zero_output_for_mask: config.truth("zero_output_for_mask", false)?,
        })
    }

    pub(super) fn config(&self, class: &'static str) -> LayerConfig {
        LayerConfig::new(class)
            .with("return_sequences", self.return_sequences)
            .with("return_state", self.return_state)
            .with("go_backwards", self.go_backwards)
            .with("stateful", self.stateful)
            .with("unroll", self.unroll)
            .with("zero_output_for_mask", self.zero_output_for_mask)
            .rest_as("initial_state")
    }

    /// What the layer gives for its inputs, of which those behind the first are states.
    pub(super) fn run(
        &self,
        cx: &mut Scope<'_>,
        (class, cell): (&str, &dyn Cell),
        xs: &[Symbol],
    ) -> Vec<Symbol> {
        let built = self.build(cx, (class, cell), xs);
        let count = if self.return_state { 1 + cell.state_sizes().len() } else { 1 };
        built.unwrap_or_else(|error| vec![Symbol::poisoned(error); count])
    }

    fn build(
        &self,
        cx: &mut Scope<'_>,
        (class, cell): (&str, &dyn Cell),
        xs: &[Symbol],
    ) -> Result<Vec<Symbol>> {
        let Some((x, given)) = xs.split_first() else {
            return Err(Error::value(format!("{class}: no input")));
        };
        if x.check()?.rank() < 3 {
            return Err(Error::shape(format!("{class}: the input is {}", x.spec()))
                .with_note(x.note())
                .help("the input has a batch, steps and features: 3 axes"));
        }
        let mask = cx.mask(x);
        let sizes = cell.state_sizes();
        let mut given = given.to_vec();
        if let Some(argument) = cx.argument("initial_state") {
            given.extend(argument.symbols().iter().cloned());
        }
        if !given.is_empty() && given.len() != sizes.len() {
            let (found, wanted) = (given.len(), sizes.len());
            return Err(Error::value(format!(
                "{class}: {found} states are given, and the cell has {wanted}"
            ))
            .help("give all states, or none"));
        }
        let heeded = mask.clone().filter(|_| given.is_empty() || cx.mask_given);
        if heeded.is_none() && mask.is_some() {
            let path = cx.path().to_string();
            cx.warn(format!(
                "layer `{path}` ({class}) is given its first states, with which it does not heed the mask of its \
                 input, as in Keras; give the mask as the argument `mask` if it should"
            ));
        }
        let kept = if self.stateful { Some(memories(cx, class, x, &sizes)?) } else { None };
        let states = match (given.is_empty(), &kept) {
            (true, Some(kept)) => Some(kept.clone()),
            (true, None) => None,
            (false, _) => Some(given),
        };
        let turn = |s: &Symbol| if self.go_backwards { s.flip(Axes::from(1)) } else { s.clone() };
        let (turned, counted) = (turn(x), heeded.as_ref().map(turn));
        let ran = cx.within("cell", cell.base(), |cx| self.steps(cx, cell, &turned, counted, states));
        let Ran { sequence, last, states } = ran;
        let updates: Vec<Symbol> = match &kept {
            Some(kept) => {
                let all = kept.iter().zip(&states).enumerate();
                all.map(|(i, (old, new))| cx.update(&format!("state_{i}"), old, |_| new.stop_gradient()))
                    .collect()
            }
            None => Vec::new(),
        };
        let y = if self.return_sequences { sequence() } else { last() };
        let y = if updates.is_empty() { y } else { y.after(&updates) };
        cx.set_mask(&y, mask.as_ref().filter(|_| self.return_sequences));
        let states = if self.return_state { states } else { Vec::new() };
        Ok(std::iter::once(y).chain(states).collect())
    }

    fn steps(
        &self,
        cx: &mut Scope<'_>,
        cell: &dyn Cell,
        x: &Symbol,
        mask: Option<Symbol>,
        states: Option<Vec<Symbol>>,
    ) -> Ran {
        if let Some(whole) = cell.whole(cx, x).filter(|_| x.rank() == 3) {
            let mut recurrence = whole.recurrence;
            if let Some(mask) = &mask {
                recurrence = recurrence.mask(mask);
            }
            if self.zero_output_for_mask {
                recurrence = recurrence.zero_output_for_mask();
            }
            if let Some(states) = &states {
                recurrence = recurrence.initial_state(&states[0], states.get(1));
            }
            let out = recurrence.call(&whole.x, &whole.kernel, &whole.recurrent, whole.bias.as_ref());
            let states: Vec<Symbol> = std::iter::once(out.state.clone()).chain(out.cell_state).collect();
            let (all, state) = (out.outputs, out.state);
            let zeroed = self.zero_output_for_mask && mask.is_some();
            let last = {
                let all = all.clone();
                move || if zeroed { end(&all) } else { state }
            };
            return Ran { sequence: Box::new(move || all), last: Box::new(last), states };
        }
        self.one_by_one(cx, cell, x, mask, states)
    }

    /// The steps through a loop over the cell.
    fn one_by_one(
        &self,
        cx: &mut Scope<'_>,
        cell: &dyn Cell,
        x: &Symbol,
        mask: Option<Symbol>,
        states: Option<Vec<Symbol>>,
    ) -> Ran {
        let time_first = |s: &Symbol| s.permute([1, 0].into_iter().chain(2..s.rank()).collect::<Vec<_>>());
        let first = x.slice(1, 0..1).squeeze(1);
        let states = states.unwrap_or_else(|| zeros(&first, &cell.state_sizes()));
        let step = cell.begin(cx, &first, &states);
        let count = states.len();
        let sequence = time_first(x);
        let (last, all) = match mask {
            None => scan(&states, &[sequence], |states, parts| {
                let (y, next) = step.apply(&parts[0], states);
                (next, vec![y])
            }),
            Some(mask) => {
                let before = zeros(&first, &[cell.output_size()]);
                let begin: Vec<Symbol> = states.into_iter().chain(before).collect();
                let zero = self.zero_output_for_mask;
                scan(&begin, &[sequence, time_first(&mask)], |state, parts| {
                    let (y, next) = step.apply(&parts[0], &state[..count]);
                    let counts = parts[1].expand_dims(-1);
                    let keep = |new: &Symbol, old: &Symbol| select(&counts, new, old);
                    let y = if zero { select(&counts, &y, 0.0) } else { keep(&y, &state[count]) };
                    let next = next.iter().zip(state).map(|(new, old)| keep(new, old));
                    (next.chain([y.clone()]).collect(), vec![y])
                })
            }
        };
        let all = all.into_iter().next().unwrap_or_else(|| x.clone());
        let all = time_first(&all);
        let outputs = all.clone();
        let states = last.into_iter().take(count).collect();
        Ran { sequence: Box::new(move || all), last: Box::new(move || end(&outputs)), states }
    }
}

/// What the steps gave.
struct Ran {
    /// All outputs.
    sequence: Box<dyn FnOnce() -> Symbol>,
    /// The last one.
    last: Box<dyn FnOnce() -> Symbol>,
    states: Vec<Symbol>,
}

/// The last step of a sequence.
fn end(all: &Symbol) -> Symbol {
    match all.dims().get(1).and_then(|d| d.known()).filter(|&n| n > 0) {
        Some(n) => all.slice(1, n - 1..n).squeeze(1),
        None => all.flip(Axes::from(1)).slice(1, 0..1).squeeze(1),
    }
}

/// The states that a layer keeps from run to run.
fn memories(cx: &mut Scope<'_>, class: &str, x: &Symbol, sizes: &[usize]) -> Result<Vec<Symbol>> {
    if x.dim(0).known().is_none() {
        return Err(Error::shape(format!(
            "{class}: it keeps its states, and the batch of {} is not known",
            x.spec()
        ))
        .help("give the input a batch size, as with `Input::new([..]).batch_size(32)`"));
    }
    let of = |(i, &n): (usize, &usize)| cx.memory(&format!("state_{i}"), [x.dim(0), n.into()], x.dtype());
    Ok(sizes.iter().enumerate().map(of).collect())
}

/// The builder methods of all recurrent layers.
macro_rules! rnn_methods {
    ($name:ident) => {
        impl $name {
            /// Whether the outputs of all steps are given, or the last one, the default.
            #[must_use]
            pub fn return_sequences(mut self, all: bool) -> $name {
                self.options.return_sequences = all;
                self
            }

            /// Whether the states after the last step are further outputs.
            #[must_use]
            pub fn return_state(mut self, states: bool) -> $name {
                self.options.return_state = states;
                self
            }

            /// Whether the sequence is read from its end, and the outputs of all steps come in that order.
            #[must_use]
            pub fn go_backwards(mut self, backwards: bool) -> $name {
                self.options.go_backwards = backwards;
                self
            }

            /// Whether the states after one batch are those before the next, so that long sequences can be given in parts. The
            /// size of the batch must be known.
            #[must_use]
            pub fn stateful(mut self, stateful: bool) -> $name {
                self.options.stateful = stateful;
                self
            }

            /// Keras's hint to lay the steps out one behind the other; here it changes nothing but the file.
            #[must_use]
            pub fn unroll(mut self, unroll: bool) -> $name {
                self.options.unroll = unroll;
                self
            }

            /// Whether a step that does not count gives zeros, instead of the output before it.
            #[must_use]
            pub fn zero_output_for_mask(mut self, zero: bool) -> $name {
                self.options.zero_output_for_mask = zero;
                self
            }
        }
    };
}
use rnn_methods;
pub(super) use rnn_methods as methods;

/// `impl Layer` of a recurrent layer.
macro_rules! rnn_layer {
    ($name:ident) => {
        impl Layer for $name {
            fn base(&self) -> Option<&Base> {
                Some(&self.base)
            }

            fn config(&self) -> Result<LayerConfig> {
                self.fields()
            }

            fn masking(&self) -> Masking {
                Masking::Own
            }

            fn outputs(&self, _asked: &dyn Fn(&str) -> bool) -> usize {
                if self.options.return_state { 1 + self.cell().state_sizes().len() } else { 1 }
            }

            fn recurrent(&self) -> Option<Recurrent> {
                let mut along = self.clone();
                along.options.zero_output_for_mask = along.options.return_sequences;
                let mut reversed = along.clone();
                reversed.base.id = LayerId::unique();
                reversed.options.go_backwards = !self.options.go_backwards;
                Some(Recurrent {
                    return_sequences: self.options.return_sequences,
                    return_state: self.options.return_state,
                    states: self.cell().state_sizes().len(),
                    along: LayerRef::new(along),
                    reversed: LayerRef::new(reversed),
                })
            }

            fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
                self.call_many(cx, std::slice::from_ref(x))
            }

            fn call_many(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Symbol {
                self.call_all(cx, xs).swap_remove(0)
            }

            fn call_all(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Vec<Symbol> {
                self.options.run(cx, (stringify!($name), self.cell()), xs)
            }
        }
    };
}
use rnn_layer;
pub(super) use rnn_layer as layer;
