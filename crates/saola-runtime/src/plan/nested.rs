//! Plans inside of plans: the bodies of choices and loops.
//!
//! A body's parameters and what it captures are the feeds of a plan of its own, made together with the plan around it.
//! A loop's state goes back and forth between two places, or along the kept states, one step reading the place that
//! the step before wrote. Like any kernel, a body that runs again allocates nothing: its working memory is made with
//! the first run and kept.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};

use saola_graph::ops::body::{Body, Nested, Steps, StepsBack};
use saola_graph::{Symbol, Value};
use saola_kernels::memory::{
    Call, Feed, Kernel, KernelError, Observer, Operand, Reader, RunContext, Variables, Workspace,
};
use saola_tensor::{DType, Error, Result, mix};
use smallvec::SmallVec;

use super::{Fetched, Plan, Request, Setting};
use crate::numerics::Checker;

/// Lists that a run makes: short ones need no memory.
type List<T> = SmallVec<[T; 12]>;

/// A kernel, and the dtypes and lengths of its working memory.
type Made = (Box<dyn Kernel>, Vec<(DType, usize)>);

/// How bodies are planned.
pub(super) struct Maker<'a> {
    /// The setting of the body whose nodes begin at this number.
    pub(super) settings: &'a dyn Fn(u64) -> Setting,
    /// Whether any body draws random numbers.
    pub(super) draws: Cell<bool>,
}

/// A body that can run.
struct Runner {
    plan: Plan,
    /// For each result: where it is after a run.
    results: Vec<Place>,
    /// Whether results are looked at for NaN and infinities.
    check: bool,
    spare: Mutex<Vec<Workspace>>,
}

enum Place {
    /// It is what was fed, as this feed.
    Fed(usize),
    Memory(Operand),
}

/// Bodies have no variables: those outside are captured.
struct Nothing;

impl super::Variables for Nothing {
    fn index(&mut self, variable: &Symbol) -> Result<usize> {
        Err(Error::value(format!("a body updates {}, or makes it", variable.label()))
            .with_note(variable.note())
            .help(
                "make variables and assign them outside of the body, which gives new values as its results",
            ))
    }
}

/// Looks for NaN and infinities while a body runs.
struct Checked<'a>(Checker<'a>);

impl Observer for Checked<'_> {
    fn start(&mut self) {}

    fn after(&mut self, index: usize, reader: &Reader<'_>) -> Result<(), KernelError> {
        self.0.check(index, reader)
    }
}

impl Runner {
    /// The plan of `body`, for parameters and captured values like these.
    fn new(
        body: &Body,
        parameters: &[Value],
        captured: &[(Symbol, Value)],
        maker: &Maker<'_>,
    ) -> Result<Runner> {
        let setting = (maker.settings)(body.mark);
        let given = body.parameters.iter().zip(parameters).chain(captured.iter().map(|(s, v)| (s, v)));
        let request = Request {
            roots: body.results.iter().collect(),
            fetches: body.results.iter().collect(),
            feeds: given.map(|(s, v)| (s, v.dtype, v.shape.clone())).collect(),
            setting,
        };
        let plan = Plan::build(&request, &mut Nothing)?;
        maker.draws.set(maker.draws.get() | plan.draws);
        if plan.schedule.writes_variables() || !plan.strings.is_empty() {
            return Err(Error::value("a body updates a variable, or holds strings")
                .help("give new values as results, and assign them outside of the body"));
        }
        let place = |fetched: &Fetched| match fetched {
            Fetched::Fed(i, _) => Ok(Place::Fed(*i)),
            Fetched::Memory { operand, dtype, .. } if *dtype != DType::Str => Ok(Place::Memory(*operand)),
            _ => Err(Error::dtype("a body gives strings").help("look them up inside of the body")),
        };
        let results = plan.fetched.iter().map(place).collect::<Result<_>>()?;
        Ok(Runner { plan, results, check: setting.apart, spare: Mutex::default() })
    }

    /// Runs the body, and hands each result's bytes to `take`.
    fn run(
        &self,
        feeds: &[Feed<'_>],
        fed: &[&[u8]],
        context: RunContext,
        mut take: impl FnMut(usize, &[u8]),
    ) -> Result<(), KernelError> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut workspace = match spare {
            Some(workspace) => workspace,
            None => self.plan.workspace().map_err(|e| failure(&e))?,
        };
        let read = |reader: &Reader<'_>| -> Result<()> {
            for (k, place) in self.results.iter().enumerate() {
                match place {
                    Place::Fed(i) => take(k, fed[*i]),
                    Place::Memory(operand) => take(k, reader.bytes(operand)?),
                }
            }
            Ok(())
        };
        let mut checked = self.check.then(|| Checked(Checker::new(&self.plan)));
        let observer = checked.as_mut().map(|c| c as &mut dyn Observer);
        let around = (context, observer);
        let done = self.plan.schedule.run(&mut workspace, Variables::Read(&[]), feeds, around, read);
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(workspace);
        match done {
            Ok(read) => read.map_err(|e| failure(&e)),
            Err((step, error)) => {
                let origin = self.plan.steps[step].origin.node();
                let message = format!("{}, at {}: {}", origin.asked(), origin.location(), error.message);
                Err(KernelError { message, help: error.help })
            }
        }
    }
}

fn failure(error: &Error) -> KernelError {
    let help = error.help_text().unwrap_or("use smaller shapes").to_string();
    KernelError { message: error.message().to_string(), help }
}

/// The kernel of an operation with bodies, and its working memory.
pub(super) fn kernel(
    nested: &Nested,
    maker: &Maker<'_>,
    inputs: &[Value],
    outputs: &[Value],
) -> Result<Made> {
    if let Some(i) = inputs.iter().position(|v| v.dtype == DType::Str) {
        return Err(Error::dtype(format!("input {i} of a body is strings"))
            .help("look the strings up outside of the body, and capture the numbers"));
    }
    match nested {
        Nested::Cond { then, otherwise, arguments, captured } => {
            let (given, rest) = inputs[1..].split_at(*arguments);
            let captured = pairs(captured, rest);
            let side = |body: &Body| Runner::new(body, given, &captured, maker);
            Ok((Box::new(Choice { then: side(then)?, otherwise: side(otherwise)? }), vec![]))
        }
        Nested::Loop(steps) => looped(steps, maker, inputs, outputs),
        Nested::LoopGradient(steps) => back(steps, maker, inputs, outputs),
    }
}

fn pairs(symbols: &[Symbol], values: &[Value]) -> Vec<(Symbol, Value)> {
    symbols.iter().cloned().zip(values.iter().cloned()).collect()
}

/// One of two bodies.
struct Choice {
    then: Runner,
    otherwise: Runner,
}

impl Kernel for Choice {
    fn run(&self, call: &mut Call<'_>) -> Result<(), KernelError> {
        let condition = call.input::<u8>(0)[0] != 0;
        let body = if condition { &self.then } else { &self.otherwise };
        let fed: List<&[u8]> = (1..call.n_inputs()).map(|i| call.input_bytes(i)).collect();
        let feeds: List<Feed<'_>> =
            fed.iter().enumerate().map(|(i, b)| Feed::from_bytes(b, call.input_dtype(1 + i))).collect();
        let context = call.context;
        body.run(&feeds, &fed, context, |k, bytes| call.output_bytes(k).copy_from_slice(bytes))
    }
}

/// One step's part of a sequence.
fn part(sequence: &Value) -> Value {
    Value { dtype: sequence.dtype, shape: sequence.shape.iter().skip(1).copied().collect::<Vec<_>>().into() }
}

fn bytes_of(value: &Value) -> usize {
    value.len() * value.dtype.size()
}

fn feed(bytes: &[u8], dtype: DType) -> Feed<'_> {
    Feed::from_bytes(bytes, dtype)
}

/// Random numbers of another step of a loop.
fn at_step(context: RunContext, step: usize) -> RunContext {
    RunContext { seed: mix(context.seed ^ mix(step as u64 + 1)), ..context }
}

/// A body that runs again and again.
struct Looped {
    condition: Option<Runner>,
    body: Runner,
    states: Vec<Value>,
    sequences: Vec<Value>,
    results: Vec<Value>,
    captured: Vec<DType>,
    keeps: bool,
    most: Option<usize>,
}

fn looped(steps: &Steps, maker: &Maker<'_>, inputs: &[Value], outputs: &[Value]) -> Result<Made> {
    let (states, rest) = inputs.split_at(steps.states);
    let (sequences, rest) = rest.split_at(steps.sequences);
    let captured = pairs(&steps.captured, rest);
    let parts: Vec<Value> = sequences.iter().map(part).collect();
    let condition = steps.condition.as_ref().map(|c| Runner::new(c, states, &captured, maker)).transpose()?;
    let parameters: Vec<Value> = states.iter().chain(&parts).cloned().collect();
    let body = Runner::new(&steps.body, &parameters, &captured, maker)?;
    let results = steps.body.results.len();
    let extent = sequences.first().map(|s| s.shape[0]).or(steps.most);
    let kernel = Looped {
        condition,
        body,
        states: states.to_vec(),
        sequences: parts,
        results: if steps.keeps() {
            outputs[steps.states..results].iter().map(part).collect()
        } else {
            vec![]
        },
        captured: rest.iter().map(|v| v.dtype).collect(),
        keeps: steps.keeps(),
        most: extent,
    };
    // Two places for each state: one that a step reads, one that it writes.
    let scratch = states.iter().flat_map(|s| [(s.dtype, s.len()); 2]).collect();
    Ok((Box::new(kernel), scratch))
}

impl Kernel for Looped {
    fn run(&self, call: &mut Call<'_>) -> Result<(), KernelError> {
        let (states, results) = (self.states.len(), self.results.len());
        let kept = if self.keeps { states } else { 0 };
        let first: List<&[u8]> = (0..states).map(|i| call.input_bytes(i)).collect();
        let sequences: List<&[u8]> =
            (0..self.sequences.len()).map(|i| call.input_bytes(states + i)).collect();
        let outside = states + sequences.len();
        let captured: List<&[u8]> = (0..self.captured.len()).map(|i| call.input_bytes(outside + i)).collect();
        let last: List<&mut [u8]> = (0..states).map(|k| call.output_bytes(k)).collect();
        let mut given: List<&mut [u8]> = (0..results).map(|k| call.output_bytes(states + k)).collect();
        let mut stacks: List<&mut [u8]> =
            (0..kept).map(|k| call.output_bytes(states + results + k)).collect();
        let count = call.output::<i64>(states + results + kept);
        let scratch = states + results + kept + 1;
        let mut now: List<&mut [u8]> = (0..states).map(|k| call.output_bytes(scratch + 2 * k)).collect();
        let mut next: List<&mut [u8]> = (0..states).map(|k| call.output_bytes(scratch + 2 * k + 1)).collect();
        now.iter_mut().zip(&first).for_each(|(n, f)| n.copy_from_slice(f));
        given.iter_mut().chain(&mut stacks).for_each(|s| s.fill(0));
        let mut step = 0;
        while self.most.is_none_or(|most| step < most)
            && self.goes_on(&now, &captured, at_step(call.context, step))?
        {
            for (k, (stack, now)) in stacks.iter_mut().zip(&now).enumerate() {
                let size = bytes_of(&self.states[k]);
                stack[step * size..(step + 1) * size].copy_from_slice(now);
            }
            let slices = self.step_inputs(&now, &sequences, &captured, step);
            let feeds = self.feeds(&slices);
            self.body.run(&feeds, &slices, at_step(call.context, step), |k, bytes| {
                if k < states {
                    next[k].copy_from_slice(bytes);
                } else {
                    let size = bytes.len();
                    given[k - states][step * size..(step + 1) * size].copy_from_slice(bytes);
                }
            })?;
            drop((feeds, slices));
            std::mem::swap(&mut now, &mut next);
            step += 1;
        }
        last.into_iter().zip(&now).for_each(|(l, n)| l.copy_from_slice(n));
        count[0] = step as i64;
        Ok(())
    }
}

impl Looped {
    fn goes_on(
        &self,
        now: &[&mut [u8]],
        captured: &[&[u8]],
        context: RunContext,
    ) -> Result<bool, KernelError> {
        let Some(condition) = &self.condition else { return Ok(true) };
        let slices: List<&[u8]> = now.iter().map(|n| &**n).chain(captured.iter().copied()).collect();
        let dtypes = self.states.iter().map(|s| s.dtype).chain(self.captured.iter().copied());
        let feeds: List<Feed<'_>> = slices.iter().zip(dtypes).map(|(b, d)| feed(b, d)).collect();
        let mut truth = false;
        condition.run(&feeds, &slices, context, |_, bytes| truth = bytes[0] != 0)?;
        Ok(truth)
    }

    fn step_inputs<'a>(
        &self,
        now: &'a [&mut [u8]],
        sequences: &[&'a [u8]],
        captured: &[&'a [u8]],
        step: usize,
    ) -> List<&'a [u8]> {
        let parts = sequences.iter().zip(&self.sequences).map(|(s, v)| {
            let size = bytes_of(v);
            &s[step * size..(step + 1) * size]
        });
        now.iter().map(|n| &**n).chain(parts).chain(captured.iter().copied()).collect()
    }

    fn feeds<'a>(&self, slices: &[&'a [u8]]) -> List<Feed<'a>> {
        let dtypes = self.states.iter().chain(&self.sequences).map(|v| v.dtype);
        slices.iter().zip(dtypes.chain(self.captured.iter().copied())).map(|(b, d)| feed(b, d)).collect()
    }
}

/// A loop's way back.
struct Back {
    body: Runner,
    /// The state before a step, the step's parts, the upstream gradients' parts.
    states: Vec<Value>,
    sequences: Vec<Value>,
    results: Vec<Value>,
    captured: Vec<DType>,
    /// The gradients of the state.
    carried: Vec<Value>,
    /// The gradients of parts and of captured values.
    parts: Vec<Value>,
    sums: Vec<Value>,
}

fn back(steps: &StepsBack, maker: &Maker<'_>, inputs: &[Value], outputs: &[Value]) -> Result<Made> {
    let (states, rest) = inputs.split_at(steps.states);
    let (sequences, rest) = rest.split_at(steps.sequences);
    let (last, rest) = rest[1..].split_at(steps.float_states);
    let (given, rest) = rest.split_at(steps.float_results);
    let captured = pairs(&steps.body.captured, rest);
    let states: Vec<Value> = states.iter().map(part).collect();
    let sequences: Vec<Value> = sequences.iter().map(part).collect();
    let results: Vec<Value> = given.iter().map(part).collect();
    let parameters: Vec<Value> =
        states.iter().chain(&sequences).chain(last).chain(&results).cloned().collect();
    let body = Runner::new(&steps.body, &parameters, &captured, maker)?;
    let (carried, rest_out) = outputs.split_at(steps.float_states);
    let (parts, sums) = rest_out.split_at(steps.float_sequences);
    let kernel = Back {
        body,
        states,
        sequences,
        results,
        captured: rest.iter().map(|v| v.dtype).collect(),
        carried: carried.to_vec(),
        parts: parts.iter().map(part).collect(),
        sums: sums.to_vec(),
    };
    let scratch = carried.iter().flat_map(|s| [(s.dtype, s.len()); 2]).collect();
    Ok((Box::new(kernel), scratch))
}

impl Kernel for Back {
    fn run(&self, call: &mut Call<'_>) -> Result<(), KernelError> {
        let (n_states, n_sequences) = (self.states.len(), self.sequences.len());
        let carried = self.carried.len();
        let count = call.input::<i64>(n_states + n_sequences)[0] as usize;
        let upstream = n_states + n_sequences + 1;
        let stacked = |from: usize, values: &[Value]| -> List<(&[u8], usize)> {
            values.iter().enumerate().map(|(i, v)| (call.input_bytes(from + i), bytes_of(v))).collect()
        };
        let before = stacked(0, &self.states);
        let sequences = stacked(n_states, &self.sequences);
        let results = stacked(upstream + carried, &self.results);
        let outside = upstream + carried + self.results.len();
        let captured: List<&[u8]> = (0..self.captured.len()).map(|i| call.input_bytes(outside + i)).collect();
        let last: List<&[u8]> = (0..carried).map(|k| call.input_bytes(upstream + k)).collect();
        let first: List<&mut [u8]> = (0..carried).map(|k| call.output_bytes(k)).collect();
        let mut parts: List<&mut [u8]> =
            (0..self.parts.len()).map(|k| call.output_bytes(carried + k)).collect();
        let from = carried + parts.len();
        let mut sums: List<&mut [u8]> = (0..self.sums.len()).map(|k| call.output_bytes(from + k)).collect();
        let scratch = from + sums.len();
        let mut now: List<&mut [u8]> = (0..carried).map(|k| call.output_bytes(scratch + 2 * k)).collect();
        let mut next: List<&mut [u8]> =
            (0..carried).map(|k| call.output_bytes(scratch + 2 * k + 1)).collect();
        now.iter_mut().zip(&last).for_each(|(n, l)| n.copy_from_slice(l));
        // Zero is zero bytes in every floating-point type.
        parts.iter_mut().chain(&mut sums).for_each(|s| s.fill(0));
        for step in (0..count).rev() {
            let slices: List<&[u8]> = before
                .iter()
                .chain(&sequences)
                .map(|x| cut(x, step))
                .chain(now.iter().map(|n| &**n))
                .chain(results.iter().map(|x| cut(x, step)))
                .chain(captured.iter().copied())
                .collect();
            let dtypes = self.states.iter().chain(&self.sequences).chain(&self.carried).chain(&self.results);
            let dtypes = dtypes.map(|v| v.dtype).chain(self.captured.iter().copied());
            let feeds: List<Feed<'_>> = slices.iter().zip(dtypes).map(|(b, d)| feed(b, d)).collect();
            self.body.run(&feeds, &slices, at_step(call.context, step), |k, bytes| {
                let size = bytes.len();
                if k < carried {
                    next[k].copy_from_slice(bytes);
                } else if k < from {
                    parts[k - carried][step * size..(step + 1) * size].copy_from_slice(bytes);
                } else {
                    add(sums[k - from], bytes, self.sums[k - from].dtype);
                }
            })?;
            drop((feeds, slices));
            std::mem::swap(&mut now, &mut next);
        }
        first.into_iter().zip(&now).for_each(|(f, n)| f.copy_from_slice(n));
        Ok(())
    }
}

/// Step `step` of a sequence whose steps have this many bytes.
fn cut<'a>(&(bytes, size): &(&'a [u8], usize), step: usize) -> &'a [u8] {
    &bytes[step * size..(step + 1) * size]
}

/// `sum += x`, for the bytes of floats.
fn add(sum: &mut [u8], x: &[u8], dtype: DType) {
    macro_rules! add {
        ($t:ty) => {
            for (s, x) in sum.as_chunks_mut().0.iter_mut().zip(x.as_chunks().0) {
                *s = (<$t>::from_ne_bytes(*s) + <$t>::from_ne_bytes(*x)).to_ne_bytes();
            }
        };
    }
    match dtype {
        DType::F32 => add!(f32),
        DType::F64 => add!(f64),
        DType::BF16 => add!(saola_tensor::bf16),
        _ => add!(saola_tensor::f16),
    }
}
