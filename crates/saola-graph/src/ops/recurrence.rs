//! Recurrent layers over a sequence: what [`super::lstm`], [`super::gru`] and [`super::simple_rnn`] have in common.

use saola_kernels::memory::{Call, Kernel};
use saola_kernels::recurrent::{self, Backward, Cell, Extents, Forward, Gru, Lstm, Simple};
use saola_tensor::{DType, Error, Result};

use super::matmul::flat;
use crate::tensorflow::Translation;
use crate::{Axes, Dim, Dims, Gradient, Lowering, MatMul, Operation, Spec, Symbol, Value};

/// A recurrence over the second axis of `[batch, time, features]`; [`super::lstm::lstm`] and its siblings make one.
#[derive(Clone, Debug)]
#[must_use]
pub struct Recurrence {
    cell: CellKind,
    zero_masked: bool,
    mask: Option<Symbol>,
    state: Option<(Symbol, Option<Symbol>)>,
}

/// What a recurrence gives.
#[derive(Clone, Debug)]
pub struct Recurrent {
    /// The outputs of all steps, `[batch, time, units]`.
    pub outputs: Symbol,
    /// The state after the last step, `[batch, units]`.
    pub state: Symbol,
    /// The cell state after the last step, for an LSTM.
    pub cell_state: Option<Symbol>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum CellKind {
    Lstm,
    Gru,
    Simple { relu: bool },
}

impl CellKind {
    fn name(self) -> &'static str {
        match self {
            CellKind::Lstm => "lstm",
            CellKind::Gru => "gru",
            CellKind::Simple { .. } => "simple_rnn",
        }
    }
    /// Parts of the gates.
    fn gates(self) -> usize {
        match self {
            CellKind::Lstm => 4,
            CellKind::Gru => 3,
            CellKind::Simple { .. } => 1,
        }
    }
    /// Parts that the way back needs.
    fn saved(self) -> usize {
        if self.gates() == 1 { 1 } else { 4 }
    }
    fn has_cell_state(self) -> bool {
        self == CellKind::Lstm
    }
    /// Whether the input's and the state's parts of the gates have gradients of their own.
    fn split(self) -> bool {
        self == CellKind::Gru
    }
}

/// Inputs: x, kernel, recurrent kernel, bias, then as there are: recurrent bias, state, cell state, mask. Outputs:
/// outputs, state, cell state if any, and for the way back: saved values, states before, cell states if any.
#[derive(Clone, Copy, Debug)]
struct Steps {
    cell: CellKind,
    zero_masked: bool,
    masked: bool,
    initial: bool,
}

/// Inputs: recurrent kernel, saved values, states before, and as there are: cell states, first cell state; then the
/// gradients of outputs, state and cell state if any; then the mask if any. Outputs: the gradient of the gates, that
/// of their state's part if it is apart, of the first state and of the first cell state if any.
#[derive(Clone, Copy, Debug)]
struct StepsGradient(Steps);

impl Recurrence {
    pub(super) fn new(cell: CellKind) -> Recurrence {
        Recurrence { cell, zero_masked: false, mask: None, state: None }
    }

    /// Which steps count: truth values `[batch, time]`. A step that does not count keeps the state, and its output is
    /// the one before it, or zeros before the first.
    pub fn mask(mut self, mask: &Symbol) -> Recurrence {
        self.mask = Some(mask.clone());
        self
    }

    /// Makes the outputs of steps that do not count zeros.
    pub fn zero_output_for_mask(mut self) -> Recurrence {
        self.zero_masked = true;
        self
    }

    /// The state before the first step, `[batch, units]`, and the cell state for an LSTM; zeros if this is not called.
    pub fn initial_state(mut self, state: &Symbol, cell_state: Option<&Symbol>) -> Recurrence {
        self.state = Some((state.clone(), cell_state.cloned()));
        self
    }

    /// Runs over `x`, `[batch, time, inputs]`, with weights as the cell's document says.
    #[track_caller]
    pub fn call(&self, x: &Symbol, kernel: &Symbol, recurrent: &Symbol, bias: Option<&Symbol>) -> Recurrent {
        let steps = Steps {
            cell: self.cell,
            zero_masked: self.zero_masked,
            masked: self.mask.is_some(),
            initial: self.state.is_some(),
        };
        let mut inputs = vec![x.clone(), kernel.clone(), recurrent.clone()];
        let no_bias = || recurrent.slice(0, ..1).zeros_like().squeeze(0);
        match (bias, self.cell.split()) {
            (Some(bias), false) => inputs.push(bias.clone()),
            (Some(bias), true) => inputs.extend([0, 1].map(|i| bias.slice(0, i..i + 1).squeeze(0))),
            (None, false) => inputs.push(no_bias()),
            (None, true) => inputs.extend([no_bias(), no_bias()]),
        }
        if let Some((state, cell_state)) = &self.state {
            inputs.push(state.clone());
            match (self.cell.has_cell_state(), cell_state) {
                (true, Some(c)) => inputs.push(c.clone()),
                (false, None) => {}
                (has, _) => {
                    let needs =
                        if has { "needs a cell state beside the" } else { "has no cell state, only one" };
                    let error = Error::value(format!("{}: {needs} state", self.cell.name()))
                        .help("give `initial_state` what the cell has");
                    inputs.push(Symbol::poisoned(error));
                }
            }
        }
        inputs.extend(self.mask.clone());
        let outputs = Symbol::apply(steps, inputs);
        Recurrent {
            state: outputs.sibling(1),
            cell_state: self.cell.has_cell_state().then(|| outputs.sibling(2)),
            outputs,
        }
    }
}

/// `n` extents beside each other.
fn times(extent: Dim, n: usize) -> Dim {
    extent.known().map_or(Dim::Any, |e| Dim::Known(e.saturating_mul(n)))
}

impl Steps {
    /// How many inputs come before the states and the mask.
    fn weights(&self) -> usize {
        if self.cell.split() { 5 } else { 4 }
    }

    fn has_cell_state(&self) -> bool {
        self.cell.has_cell_state()
    }

    /// The index of the mask.
    fn mask(&self) -> usize {
        let states = if self.has_cell_state() { 2 } else { 1 };
        self.weights() + if self.initial { states } else { 0 }
    }

    fn extents(&self, x: &Value, recurrent: &Value) -> Extents {
        Extents {
            batch: x.shape[0],
            time: x.shape[1],
            inputs: x.shape[2],
            units: recurrent.shape[0],
            zero_masked: self.zero_masked,
        }
    }

    fn check(&self, inputs: &[&Spec]) -> Result<(Dim, Dim, Dim)> {
        let (x, kernel, recurrent) = (inputs[0], inputs[1], inputs[2]);
        let floats = &inputs[..self.mask().min(inputs.len())];
        if !matches!(x.dtype, DType::F32 | DType::F64) || floats.iter().any(|s| s.dtype != x.dtype) {
            let dtypes: Vec<String> = floats.iter().map(|s| s.dtype.to_string()).collect();
            return Err(Error::dtype(format!("takes f32 or f64 for all of {}", dtypes.join(", ")))
                .help("convert the values with `.cast(F32)`"));
        }
        let gates = self.cell.gates();
        let wrong = |what: &str, expected: String, found: &Spec| {
            Err(Error::shape(format!("the {what} is {expected}, not {found}")).help(
                "x is [batch, time, inputs]; a kernel's columns are the cell's gates one behind the other",
            ))
        };
        if x.dims.rank() != 3 {
            return wrong("input", "[batch, time, inputs]".into(), x);
        }
        let (batch, time, width) = (x.dims[0], x.dims[1], x.dims[2]);
        let units = match recurrent.dims[..] {
            [Dim::Known(u), n] if n.fits(Dim::Known(gates * u)) => Dim::Known(u),
            [Dim::Any, Dim::Known(n)] if n % gates == 0 => Dim::Known(n / gates),
            [Dim::Any, Dim::Any] => Dim::Any,
            _ => return wrong("recurrent kernel", format!("[units, {gates}·units]"), recurrent),
        };
        let fits = |spec: &Spec, dims: &[Dim]| {
            spec.dims.rank() == dims.len() && spec.dims.iter().zip(dims).all(|(a, b)| a.fits(*b))
        };
        let columns = times(units, gates);
        if !fits(kernel, &[width, columns]) {
            return wrong("kernel", format!("[{width}, {columns}]"), kernel);
        }
        if let Some(bias) = inputs[3..self.weights()].iter().find(|b| !fits(b, &[columns])) {
            return wrong("bias", format!("[{columns}]"), bias);
        }
        let states = &inputs[self.weights()..self.mask()];
        if let Some(state) = states.iter().find(|s| !fits(s, &[batch, units])) {
            return wrong("initial state", format!("[{batch}, {units}]"), state);
        }
        if let Some(mask) = inputs.get(self.mask())
            && (mask.dtype != DType::Bool || !fits(mask, &[batch, time]))
        {
            return wrong("mask", format!("bool[{batch}, {time}]"), mask);
        }
        Ok((batch, time, units))
    }
}

impl Operation for Steps {
    fn name(&self) -> &'static str {
        self.cell.name()
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let (batch, time, units) = self.check(inputs)?;
        let dtype = inputs[0].dtype;
        let state = Spec::new(dtype, Dims::from([batch, units]));
        let steps = |n: usize| Spec::new(dtype, Dims::from([batch, time, times(units, n)]));
        let second = |spec: Spec| self.has_cell_state().then_some(spec);
        let given = [Some(steps(1)), Some(state.clone()), second(state)];
        let kept = [Some(steps(self.cell.saved())), Some(steps(1)), second(steps(1))];
        Ok(given.into_iter().chain(kept).flatten().collect())
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let of = |k: usize| at.of(k).cloned().unwrap_or_else(|| at.output(k).zeros_like());
        let second = usize::from(self.has_cell_state());
        let (saved, before) = (at.output(2 + second), at.output(3 + second));
        let (x, kernel, recurrent) = (at.input(0), at.input(1), at.input(2));
        let mut inputs = vec![recurrent.clone(), saved, before.clone()];
        if self.has_cell_state() {
            inputs.push(at.output(5));
            inputs.extend(self.initial.then(|| at.input(self.weights() + 1).clone()));
        }
        inputs.extend((0..2 + second).map(of));
        inputs.extend(self.masked.then(|| at.input(self.mask()).clone()));
        let dzx = Symbol::apply(StepsGradient(*self), inputs);
        let dzh = if self.cell.split() { dzx.sibling(1) } else { dzx.clone() };
        // All steps at once: the gradients of the weights are one product each.
        let product = |a: &Symbol, b: &Symbol, weight: &Symbol| {
            let (a, b) = (flat(a, weight.dim(0)), flat(b, weight.dim(1)));
            MatMul::new().transpose_a().call(&a, &b)
        };
        let sum = |s: &Symbol| s.sum_over(Axes::from([0, 1]));
        let mut all = vec![
            Some(MatMul::new().transpose_b().call(&dzx, kernel)),
            Some(product(x, &dzx, kernel)),
            Some(product(&before, &dzh, recurrent)),
            Some(sum(&dzx)),
        ];
        all.extend(self.cell.split().then(|| Some(sum(&dzh))));
        if self.initial {
            let first = 1 + usize::from(self.cell.split());
            all.extend((0..=second).map(|k| Some(dzx.sibling(first + k))));
        }
        all.extend(self.masked.then_some(None));
        Ok(all)
    }

    fn flops(&self, inputs: &[Value], outputs: &[Value]) -> u64 {
        let e = self.extents(&inputs[0], &inputs[2]);
        let per_step = 2 * (e.inputs + e.units) as u64 * self.cell.gates() as u64;
        (outputs[0].len() as u64).saturating_mul(per_step + 10)
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let Dim::Known(steps) = to.spec(0).dims[1] else {
            return Err(to.refuse("over sequences of open length cannot be exported"));
        };
        let unrolled = Unrolled::new(self, steps, to)?;
        unrolled.translate(to)
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let extents = self.extents(&inputs[0], &inputs[2]);
        let scratch = 2 * extents.batch * self.cell.gates() * extents.units;
        let dtype = inputs[0].dtype;
        let kernel = by_cell(self.cell, dtype, Direction::Forward, *self, extents);
        Ok(Lowering::Kernel(kernel, vec![(dtype, scratch)]))
    }
}

/// A recurrence as TensorFlow computes it: step after step, each with nodes of its own.
struct Unrolled {
    form: Steps,
    dtype: DType,
    /// The inputs of each step times the kernel, with the bias.
    inputs: Vec<String>,
    /// Which examples have a value, step after step, `[batch, 1]` each.
    masks: Vec<String>,
    /// State and cell state, `[batch, units]` each.
    states: Vec<String>,
    zeros: String,
}

impl Unrolled {
    fn new(form: &Steps, steps: usize, to: &mut Translation<'_>) -> Result<Unrolled> {
        let dtype = to.spec(0).dtype;
        let Dim::Known(units) = to.spec(2).dims[0] else {
            return Err(to.refuse("of an unknown number of units cannot be exported"));
        };
        let of = [("T", dtype.into()), ("adj_x", false.into()), ("adj_y", false.into())];
        let product = to.node("BatchMatMulV2", [to.input(0), to.input(1)], of);
        let product = to.elementwise("AddV2", [product, to.input(3)], dtype);
        let inputs = unpack(to, product, steps, dtype);
        let shape = to.shape_of(to.input(0), dtype);
        let batch = to.slice(shape, 0, 1, (0, Some(1)), DType::I32)?;
        let (width, axis) = (to.ints(&[units as i64])?, to.int(0)?);
        let of = [("N", 2i64.into()), ("T", DType::I32.into()), ("Tidx", DType::I32.into())];
        let shape = to.node("ConcatV2", [batch, width, axis], of);
        let zero = to.number(0.0, dtype)?;
        let of = [("T", dtype.into()), ("index_type", DType::I32.into())];
        let zeros = to.node("Fill", [shape, zero], of);
        let many = if form.has_cell_state() { 2 } else { 1 };
        let states = match form.initial {
            true => (0..many).map(|k| to.input(form.weights() + k)).collect(),
            false => vec![zeros.clone(); many],
        };
        let mut masks = Vec::new();
        if form.masked {
            let mask = to.expand_dims(to.input(form.mask()), -1, DType::Bool)?;
            masks = unpack(to, mask, steps, DType::Bool);
        }
        Ok(Unrolled { form: *form, dtype, inputs, masks, states, zeros })
    }

    fn translate(mut self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let mut outputs: Vec<String> = Vec::new();
        for (k, input) in std::mem::take(&mut self.inputs).into_iter().enumerate() {
            let mut states = self.step(input, to)?;
            let mut output = states[0].clone();
            if let Some(mask) = self.masks.get(k) {
                let choose = |to: &mut Translation<'_>, new: &str, old: &str| {
                    let inputs = [mask, new, old].map(str::to_string);
                    to.elementwise("SelectV2", inputs, self.dtype)
                };
                let before = match outputs.last() {
                    Some(last) if !self.form.zero_masked => last.clone(),
                    _ => self.zeros.clone(),
                };
                output = choose(to, &output, &before);
                states = states.iter().zip(&self.states).map(|(new, old)| choose(to, new, old)).collect();
            }
            outputs.push(output);
            self.states = states;
        }
        let of = [("N", (outputs.len() as i64).into()), ("T", self.dtype.into()), ("axis", 1i64.into())];
        let all = to.node("Pack", outputs, of);
        Ok(std::iter::once(all).chain(self.states).collect())
    }

    /// The states after a step.
    fn step(&self, input: String, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let dtype = self.dtype;
        let state = self.states[0].clone();
        let of = [("T", dtype.into()), ("transpose_a", false.into()), ("transpose_b", false.into())];
        let own = to.node("MatMul", [state.clone(), to.input(2)], of);
        let both =
            |to: &mut Translation<'_>, op, a: &str, b: &str| to.elementwise(op, [a.into(), b.into()], dtype);
        let gate = |to: &mut Translation<'_>, x: &str| to.elementwise("Sigmoid", [x.into()], dtype);
        let curve = |to: &mut Translation<'_>, x: &str| to.elementwise("Tanh", [x.into()], dtype);
        match self.form.cell {
            CellKind::Simple { relu } => {
                let sum = both(to, "AddV2", &input, &own);
                Ok(vec![to.elementwise(if relu { "Relu" } else { "Tanh" }, [sum], dtype)])
            }
            CellKind::Lstm => {
                let sum = both(to, "AddV2", &input, &own);
                let [i, f, c, o] = split(to, sum, dtype)?;
                let (i, f, o) = (gate(to, &i), gate(to, &f), gate(to, &o));
                let new = curve(to, &c);
                let (kept, new) = (both(to, "Mul", &f, &self.states[1]), both(to, "Mul", &i, &new));
                let cell = both(to, "AddV2", &kept, &new);
                let shown = curve(to, &cell);
                Ok(vec![both(to, "Mul", &o, &shown), cell])
            }
            CellKind::Gru => {
                let own = both(to, "AddV2", &own, &to.input(4));
                let [xz, xr, xh] = split(to, input, dtype)?;
                let [hz, hr, hh] = split(to, own, dtype)?;
                let (z, r) = (both(to, "AddV2", &xz, &hz), both(to, "AddV2", &xr, &hr));
                let (z, r) = (gate(to, &z), gate(to, &r));
                let hh = both(to, "Mul", &r, &hh);
                let new = both(to, "AddV2", &xh, &hh);
                let new = curve(to, &new);
                // z · state + (1 − z) · new.
                let change = both(to, "Sub", &state, &new);
                let change = both(to, "Mul", &z, &change);
                Ok(vec![both(to, "AddV2", &new, &change)])
            }
        }
    }
}

/// The parts of `x` along its second axis, `[batch, ..]` each.
fn unpack(to: &mut Translation<'_>, x: String, n: usize, dtype: DType) -> Vec<String> {
    let of = [("num", (n as i64).into()), ("T", dtype.into()), ("axis", 1i64.into())];
    let parts = to.node("Unpack", [x], of);
    Translation::outputs(&parts, n)
}

/// The gates of `x`, which stand side by side.
fn split<const N: usize>(to: &mut Translation<'_>, x: String, dtype: DType) -> Result<[String; N]> {
    let axis = to.int(1)?;
    let parts = to.node("Split", [axis, x], [("num_split", (N as i64).into()), ("T", dtype.into())]);
    Ok(std::array::from_fn(|i| format!("{}:{i}", parts.trim_end_matches(":0"))))
}

impl Operation for StepsGradient {
    fn name(&self) -> &'static str {
        match self.0.cell {
            CellKind::Lstm => "lstm_gradient",
            CellKind::Gru => "gru_gradient",
            CellKind::Simple { .. } => "simple_rnn_gradient",
        }
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let cell = self.0.cell;
        let (before, dtype) = (&inputs[2].dims, inputs[0].dtype);
        let steps = || Spec::new(dtype, Dims::from([before[0], before[1], times(before[2], cell.gates())]));
        let state = || Spec::new(dtype, Dims::from([before[0], before[2]]));
        let apart = cell.split().then(steps);
        let second = cell.has_cell_state().then(state);
        Ok([Some(steps()), apart, Some(state()), second].into_iter().flatten().collect())
    }

    fn no_gradient(&self) -> Option<&'static str> {
        Some("its way back is a kernel of its own; recurrences are differentiated once")
    }

    fn flops(&self, inputs: &[Value], outputs: &[Value]) -> u64 {
        (outputs[0].len() as u64).saturating_mul(2 * inputs[0].shape[0] as u64)
    }

    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let (before, recurrent) = (&inputs[2].shape, &inputs[0].shape);
        let (batch, time, units) = (before[0], before[1], before[2]);
        let extents = Extents { batch, time, inputs: 0, units, zero_masked: self.0.zero_masked };
        let dtype = inputs[0].dtype;
        let scratch = recurrent[1] * units + units + 3 * batch * units;
        let kernel = by_cell(self.0.cell, dtype, Direction::Backward, self.0, extents);
        Ok(Lowering::Kernel(kernel, vec![(dtype, scratch)]))
    }
}

enum Direction {
    Forward,
    Backward,
}

fn by_cell(cell: CellKind, dtype: DType, way: Direction, steps: Steps, e: Extents) -> Box<dyn Kernel> {
    fn kernel<C: Cell>(way: Direction, steps: Steps, e: Extents) -> Box<dyn Kernel> {
        match way {
            Direction::Forward => Box::new(move |call: &mut Call<'_>| {
                run_forward::<C>(call, steps, e);
                Ok(())
            }),
            Direction::Backward => Box::new(move |call: &mut Call<'_>| {
                run_backward::<C>(call, steps, e);
                Ok(())
            }),
        }
    }
    match (cell, dtype) {
        (CellKind::Lstm, DType::F32) => kernel::<Lstm<f32>>(way, steps, e),
        (CellKind::Lstm, _) => kernel::<Lstm<f64>>(way, steps, e),
        (CellKind::Gru, DType::F32) => kernel::<Gru<f32>>(way, steps, e),
        (CellKind::Gru, _) => kernel::<Gru<f64>>(way, steps, e),
        (CellKind::Simple { relu: false }, DType::F32) => kernel::<Simple<f32, false>>(way, steps, e),
        (CellKind::Simple { relu: false }, _) => kernel::<Simple<f64, false>>(way, steps, e),
        (CellKind::Simple { relu: true }, DType::F32) => kernel::<Simple<f32, true>>(way, steps, e),
        (CellKind::Simple { relu: true }, _) => kernel::<Simple<f64, true>>(way, steps, e),
    }
}

fn run_forward<C: Cell>(call: &mut Call<'_>, steps: Steps, e: Extents) {
    let (n, second) = (steps.weights(), usize::from(C::CELL));
    recurrent::forward::<C>(
        e,
        Forward {
            x: call.input(0),
            kernel: call.input(1),
            recurrent: call.input(2),
            bias: call.input(3),
            recurrent_bias: if C::SPLIT { call.input(4) } else { &[] },
            h0: if steps.initial { call.input(n) } else { &[] },
            c0: if steps.initial && C::CELL { call.input(n + 1) } else { &[] },
            mask: if steps.masked { call.input(steps.mask()) } else { &[] },
            y: call.output(0),
            h: call.output(1),
            c: if C::CELL { call.output(2) } else { &mut [] },
            saved: call.output(2 + second),
            before: call.output(3 + second),
            cells: if C::CELL { call.output(5) } else { &mut [] },
            scratch: call.output(4 + 2 * second),
        },
    );
}

fn run_backward<C: Cell>(call: &mut Call<'_>, steps: Steps, e: Extents) {
    let first_state = C::CELL && steps.initial;
    let gradients = 3 + usize::from(C::CELL) + usize::from(first_state);
    let (split, second) = (usize::from(C::SPLIT), usize::from(C::CELL));
    let dh: &mut [C::Real] = call.output(1 + split);
    dh.copy_from_slice(call.input(gradients + 1));
    let dc: &mut [C::Real] = if C::CELL { call.output(2 + split) } else { &mut [] };
    if C::CELL {
        dc.copy_from_slice(call.input(gradients + 2));
    }
    recurrent::backward::<C>(
        e,
        Backward {
            recurrent: call.input(0),
            saved: call.input(1),
            before: call.input(2),
            cells: if C::CELL { call.input(3) } else { &[] },
            c0: if first_state { call.input(4) } else { &[] },
            mask: if steps.masked { call.input(gradients + 2 + second) } else { &[] },
            dy: call.input(gradients),
            dzx: call.output(0),
            dzh: if C::SPLIT { call.output(1) } else { &mut [] },
            dh,
            dc,
            scratch: call.output(2 + split + second),
        },
    );
}
