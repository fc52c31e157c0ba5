//! Steps of a body: what [`super::scan`] and [`super::while_loop`] are made of.
//!
//! The state before each step is kept, so that the way back can run the body again from there: the gradient of a loop
//! is a loop over the steps in reverse, whose body is the gradient of the body.

use std::sync::Arc;

use saola_tensor::{DType, Error, Result};

use super::body::{Body, Nested, Steps, StepsBack, captured_by, same_specs};
use crate::gradient::gradients_inside;
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// Inputs and outputs: see [`Steps`].
#[derive(Debug)]
pub(super) struct Loop {
    name: &'static str,
    steps: Arc<Steps>,
}

/// Inputs and outputs: see [`StepsBack`].
#[derive(Debug)]
struct LoopGradient {
    steps: Arc<StepsBack>,
    captured: Vec<Symbol>,
}

/// The last state and what the steps gave.
#[track_caller]
pub(super) fn run(
    name: &'static str,
    steps: Steps,
    init: &[Symbol],
    sequences: &[Symbol],
) -> (Vec<Symbol>, Vec<Symbol>) {
    let inputs = init.iter().chain(sequences).chain(&steps.captured).cloned().collect();
    let (states, results) = (steps.states, steps.body.results.len());
    let first = Symbol::apply(Loop { name, steps: Arc::new(steps) }, inputs);
    let of = |range: std::ops::Range<usize>| range.map(|k| first.sibling(k)).collect();
    (of(0..states), of(states..results.max(states)))
}

/// The captured values of a condition and a body.
pub(super) fn captured_values(condition: Option<&Body>, body: &Body) -> Vec<Symbol> {
    captured_by(&condition.into_iter().chain([body]).collect::<Vec<_>>())
}

/// One step's part of a sequence.
pub(super) fn part(sequence: &Spec) -> Spec {
    Spec::new(sequence.dtype, sequence.dims.iter().skip(1).copied().collect::<Dims>())
}

fn stacked(part: &Spec, steps: Dim) -> Spec {
    Spec::new(part.dtype, std::iter::once(steps).chain(part.dims.iter().copied()).collect::<Dims>())
}

fn owned(specs: &[&Spec]) -> Vec<Spec> {
    specs.iter().map(|s| (*s).clone()).collect()
}

fn floats<'a>(symbols: impl IntoIterator<Item = &'a Symbol>) -> Vec<Symbol> {
    symbols.into_iter().filter(|s| s.dtype().is_float()).cloned().collect()
}

impl Loop {
    /// How many steps there are at most.
    fn most(&self, sequences: &[Spec]) -> Result<Dim> {
        let mut most = self.steps.most.map_or(Dim::Any, Dim::Known);
        if sequences.is_empty() && self.steps.condition.is_none() {
            return Err(Error::value("no sequence says how many steps there are")
                .help("give a sequence to step along, such as `arange`, or use a `WhileLoop`"));
        }
        for sequence in sequences {
            let Some(&extent) = sequence.dims.first() else {
                return Err(Error::shape("a scalar is no sequence")
                    .help("give values with a first axis to step along"));
            };
            if !most.fits(extent) {
                return Err(Error::shape(format!("sequences of {most} and {extent} steps"))
                    .help("all sequences have the same first extent"));
            }
            most = if most == Dim::Any { extent } else { most };
        }
        Ok(most)
    }
}

impl Operation for Loop {
    fn name(&self) -> &'static str {
        self.name
    }
    fn takes_strings(&self) -> bool {
        true
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let Steps { states, sequences, body, condition, captured, .. } = &*self.steps;
        body.check()?;
        condition.iter().try_for_each(Body::check)?;
        let all = owned(inputs);
        let (init, rest) = all.split_at(*states);
        let (sequences, rest) = rest.split_at(*sequences);
        let captured: Vec<(Symbol, Spec)> = captured.iter().cloned().zip(rest.iter().cloned()).collect();
        let most = self.most(sequences)?;
        let mut parameters = init.to_vec();
        if let Some(condition) = condition {
            let found = condition.infer(&parameters, &captured)?;
            same_specs(
                "the condition is not one truth value",
                &[Spec::new(DType::Bool, Dims::scalar())],
                &found,
            )?;
        }
        parameters.extend(sequences.iter().map(part));
        let found = body.infer(&parameters, &captured)?;
        same_specs("a step's state is not like the one before", init, &found[..(*states).min(found.len())])?;
        let count = Spec::new(DType::I64, Dims::scalar());
        if !self.steps.keeps() {
            return Ok(init.iter().cloned().chain([count]).collect());
        }
        let results = found[*states..].iter().map(|s| stacked(s, most));
        let kept = init.iter().map(|s| stacked(s, most));
        Ok(init.iter().cloned().chain(results).chain(kept).chain([count]).collect())
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let s = &*self.steps;
        if !s.keeps() {
            let reason = "how many states to keep for the way back is not known";
            return Err(Error::value(format!("`{}` has no gradient: {reason}", self.name))
                .help("give the loop a largest number of steps with `maximum_iterations`"));
        }
        let (states, results) = (s.states, s.body.results.len());
        let xs: Vec<Symbol> = floats(s.body.parameters.iter().chain(&s.captured));
        let fresh = |y: &Symbol| crate::placeholder("upstream", y.dtype(), y.dims());
        let ys: Vec<(Symbol, Symbol)> =
            floats(&s.body.results).iter().map(|y| (y.clone(), fresh(y))).collect();
        let found = gradients_inside(&ys, &xs, s.body.mark)?;
        let or_zero = |(g, x): (Option<Symbol>, &Symbol)| g.unwrap_or_else(|| x.zeros_like());
        let slopes: Vec<Symbol> = found.into_iter().zip(&xs).map(or_zero).collect();
        let parameters = s.body.parameters.iter().cloned().chain(ys.iter().map(|y| y.1.clone())).collect();
        let body = Body::of(parameters, slopes, s.body.mark);
        let upstream = |k: usize| at.of(k).cloned().unwrap_or_else(|| at.output(k).zeros_like());
        let is_float = |k: &usize| at.output(*k).dtype().is_float();
        let mut inputs: Vec<Symbol> = (0..states).map(|k| at.output(results + k)).collect();
        inputs.extend(at.inputs()[states..states + s.sequences].iter().cloned());
        inputs.push(at.output(results + states));
        inputs.extend((0..results).filter(is_float).map(upstream));
        inputs.extend(body.captured.iter().cloned());
        let count = |symbols: &[Symbol]| symbols.iter().filter(|s| s.dtype().is_float()).count();
        let parameters = &s.body.parameters;
        let back = StepsBack {
            states,
            sequences: s.sequences,
            float_states: count(&parameters[..states]),
            float_results: count(&s.body.results[states..]),
            float_sequences: count(&parameters[states..]),
            float_captured: count(&s.captured),
            body,
        };
        let captured = back.body.captured.clone();
        let first = Symbol::apply(LoopGradient { steps: Arc::new(back), captured }, inputs);
        let mut next = 0;
        let slope = |input: &Symbol| {
            input.dtype().is_float().then(|| {
                next += 1;
                first.sibling(next - 1)
            })
        };
        Ok(at.inputs().iter().map(slope).collect())
    }

    fn signature(&self) -> Option<String> {
        None
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let Steps { body, states, sequences, condition, .. } = &*self.steps;
        let known = (0..*sequences).find_map(|k| to.spec(states + k).dims.first().and_then(|d| d.known()));
        let (None, Some(steps)) = (condition, known) else {
            return Err(to.refuse("of a number of steps that is not known cannot be exported"));
        };
        let inputs = to.inputs();
        let mut parts = Vec::new();
        for k in 0..*sequences {
            let of = [
                ("num", (steps as i64).into()),
                ("T", to.spec(states + k).dtype.into()),
                ("axis", 0i64.into()),
            ];
            let first = to.node("Unpack", [inputs[states + k].clone()], of);
            parts.push(Translation::outputs(&first, steps));
        }
        let mut state = inputs[..*states].to_vec();
        let mut given: Vec<Vec<String>> = vec![Vec::new(); body.results.len() - states];
        for step in 0..steps {
            let own = state.iter().cloned().chain(parts.iter().map(|p| p[step].clone()));
            let own: Vec<(Symbol, String)> = body.parameters.iter().cloned().zip(own).collect();
            let mut found = to.inline(&body.results, &own)?;
            let results = found.split_off(*states);
            state = found;
            given.iter_mut().zip(results).for_each(|(all, one)| all.push(one));
        }
        for (k, all) in given.into_iter().enumerate() {
            let dtype = body.results[states + k].dtype();
            let of = [("N", (steps as i64).into()), ("T", dtype.into()), ("axis", 0i64.into())];
            state.push(to.node("Pack", all, of));
        }
        // What else there is, is for the way back.
        Ok(state)
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(Lowering::Nested(Nested::Loop(self.steps.clone())))
    }
}

impl Operation for LoopGradient {
    fn name(&self) -> &'static str {
        "steps_gradient"
    }
    fn takes_strings(&self) -> bool {
        true
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let s = &*self.steps;
        let all = owned(inputs);
        let (states, rest) = all.split_at(s.states);
        let (sequences, rest) = rest.split_at(s.sequences);
        let captured = &rest[1 + s.float_states + s.float_results..];
        let given = self.captured.iter().zip(captured);
        let captured: Vec<(Symbol, Spec)> = given.map(|(c, s)| (c.clone(), s.clone())).collect();
        let mut parameters: Vec<Spec> = states.iter().chain(sequences).map(part).collect();
        let (last, given) = rest[1..1 + s.float_states + s.float_results].split_at(s.float_states);
        parameters.extend(last.iter().cloned().chain(given.iter().map(part)));
        let found = s.body.infer(&parameters, &captured)?;
        let most = states.iter().chain(sequences).find_map(|s| s.dims.first().copied()).unwrap_or(Dim::Any);
        let parts = s.float_states..s.float_states + s.float_sequences;
        let of = |(k, spec): (usize, Spec)| if parts.contains(&k) { stacked(&spec, most) } else { spec };
        Ok(found.into_iter().enumerate().map(of).collect())
    }

    fn no_gradient(&self) -> Option<&'static str> {
        Some("it is a loop of its own; loops are differentiated once")
    }

    fn signature(&self) -> Option<String> {
        None
    }

    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(Lowering::Nested(Nested::LoopGradient(self.steps.clone())))
    }
}
