//! `scan`: a computation stepped along sequences.

use super::body::{Body, Steps};
use super::steps::{captured_values, part, run};
use crate::{Spec, Symbol};

/// Steps along the first axis of `sequences`: `step(state, parts)` gives the next state and the step's results. The
/// last state and the results of all steps, one behind the other along a first axis, are what comes back. JAX's and
/// Keras's `scan`.
///
/// ```
/// use saola_graph::{DType, constant, placeholder, scan};
///
/// let x = placeholder("x", DType::F32, [5, 3]);
/// let start = constant([0.0f32, 0.0, 0.0]);
/// let (last, sums) = scan(&[start], &[x], |state, parts| {
///     let sum = &state[0] + &parts[0];
///     (vec![sum.clone()], vec![sum])
/// });
/// assert_eq!((last[0].spec().to_string().as_str(), sums[0].spec().to_string().as_str()), ("f32[3]", "f32[5, 3]"));
/// ```
#[track_caller]
pub fn scan(
    init: &[Symbol],
    sequences: &[Symbol],
    step: impl FnOnce(&[Symbol], &[Symbol]) -> (Vec<Symbol>, Vec<Symbol>),
) -> (Vec<Symbol>, Vec<Symbol>) {
    let states = init.len();
    let specs: Vec<Spec> =
        init.iter().map(|s| s.spec().clone()).chain(sequences.iter().map(|s| part(s.spec()))).collect();
    let body = Body::new("part", &specs, |parameters| {
        let (state, results) = step(&parameters[..states], &parameters[states..]);
        // A state of another length would shift the results; it is refused where the shapes are compared.
        if state.len() == states {
            state.into_iter().chain(results).collect()
        } else {
            let error = saola_tensor::Error::value(format!(
                "a state of {} values, then one of {}",
                states,
                state.len()
            ))
            .help("give as many values as the first state has");
            vec![Symbol::poisoned(error)]
        }
    });
    let captured = captured_values(None, &body);
    let steps = Steps { condition: None, body, states, sequences: sequences.len(), captured, most: None };
    run("scan", steps, init, sequences)
}
