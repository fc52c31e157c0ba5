//! Gradients against finite differences, in double precision.

use saola_graph::{Symbol, constant, gradients, gradients_or_none, placeholder};
use saola_runtime::{Feeds, Session};
use saola_tensor::{DType, Error, Result, Rng, Tensor};

use crate::tolerance::{Tolerance, assert_close_within};

/// How far apart the two points of a difference are, relative to the number.
const STEP: f64 = 1e-5;

/// Passes where the gradients of `f` at `inputs` agree with central differences: those of a sum of the
/// output's elements with random weights, for every element of every floating-point input.
///
/// Inputs are given in double precision, integers as they are.
///
/// # Errors
/// What building or running the graph refuses.
///
/// ```
/// use saola_tensor::Tensor;
/// use saola_testkit::check_gradient;
///
/// # fn main() -> saola_tensor::Result<()> {
/// check_gradient(|x| (&x[0] * &x[1]).exp(), &[Tensor::from([0.5f64, -0.2]), Tensor::from(1.5f64)])?;
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn check_gradient(f: impl Fn(&[Symbol]) -> Symbol, inputs: &[Tensor]) -> Result<()> {
    let failures = compare(f, inputs)?;
    for (got, expected) in &failures {
        assert_close_within(got, expected, Tolerance::of_differences());
    }
    Ok(())
}

/// As [`check_gradient`], for the gradients of the gradients. A gradient that is constant passes.
///
/// # Errors
/// As [`check_gradient`].
#[track_caller]
pub fn check_second_gradient(f: impl Fn(&[Symbol]) -> Symbol, inputs: &[Tensor]) -> Result<()> {
    let first = |x: &[Symbol]| {
        let loss = weighted(&f(x), 1);
        let floats: Vec<&Symbol> = x.iter().filter(|s| s.dtype().is_float()).collect();
        match gradients_or_none([&loss], floats) {
            Err(error) => Symbol::poisoned(error),
            Ok(found) => {
                let sums = found.iter().flatten().enumerate().map(|(i, g)| weighted(g, 2 + i as u64));
                // A term without influence keeps what does not depend on an input connected to it.
                let zero = x.iter().filter(|s| s.dtype().is_float()).map(|s| s.sum() * 0.0);
                sums.chain(zero).reduce(|a, b| a + b).unwrap_or_else(|| constant(0.0f64))
            }
        }
    };
    let failures = compare(first, inputs)?;
    for (got, expected) in &failures {
        assert_close_within(got, expected, Tolerance::of_differences().times(10.0));
    }
    Ok(())
}

/// For each floating-point input: the gradient, and the central differences.
fn compare(f: impl Fn(&[Symbol]) -> Symbol, inputs: &[Tensor]) -> Result<Vec<(Tensor, Tensor)>> {
    let symbols: Vec<Symbol> = inputs
        .iter()
        .enumerate()
        .map(|(i, t)| placeholder(format!("input{i}"), t.dtype(), t.shape()))
        .collect();
    let loss = weighted(&f(&symbols), 1);
    loss.check()?;
    let floats: Vec<usize> = (0..inputs.len()).filter(|&i| inputs[i].dtype().is_float()).collect();
    if let Some(&i) = floats.iter().find(|&&i| inputs[i].dtype() != DType::F64) {
        return Err(Error::dtype(format!("input {i} is {:?}, not f64", inputs[i])));
    }
    let session = Session::new();
    let feeds = |values: &'_ [Tensor]| -> Vec<Tensor> { values.to_vec() };
    let run = |fetch: &Symbol, values: Vec<Tensor>| {
        let mut fed = Feeds::new();
        symbols.iter().zip(values).for_each(|(s, v)| fed.add(s, v));
        session.run(fetch, fed)
    };
    let found = gradients([&loss], floats.iter().map(|&i| &symbols[i]));
    let mut pairs = Vec::new();
    for (&i, gradient) in floats.iter().zip(&found) {
        let got = run(gradient, feeds(inputs))?;
        let x = inputs[i].to_vec::<f64>()?;
        let at = |k: usize, value: f64| -> Result<f64> {
            let mut moved = x.clone();
            moved[k] = value;
            let mut values = feeds(inputs);
            values[i] = Tensor::new(moved, inputs[i].shape())?;
            run(&loss, values)?.item::<f64>()
        };
        let slope = |k: usize| {
            let step = STEP * x[k].abs().max(1.0);
            let (low, high) = (x[k] - step, x[k] + step);
            Ok((at(k, high)? - at(k, low)?) / (high - low))
        };
        let expected = (0..x.len()).map(slope).collect::<Result<Vec<f64>>>()?;
        pairs.push((got, Tensor::new(expected, inputs[i].shape())?));
    }
    Ok(pairs)
}

/// The sum of the elements with random weights between ½ and 1½ or their negatives.
fn weighted(out: &Symbol, stream: u64) -> Symbol {
    let Some(shape) = out.dims().known() else {
        return Symbol::poisoned(Error::shape(format!("{} is not known", out.spec())));
    };
    let mut rng = Rng::new(0x7E57, stream);
    let mut weight = || (0.5 + rng.unit()) * if rng.below(2) == 0 { 1.0 } else { -1.0 };
    let weights: Vec<f64> = (0..shape.elements()).map(|_| weight()).collect();
    match Tensor::new(weights, shape) {
        Ok(weights) => (out * constant(weights)).sum(),
        Err(error) => Symbol::poisoned(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_gradient_is_seen() {
        // Rounding to single precision keeps the value's slope but hides a factor from differentiation.
        let wrong = |x: &[Symbol]| &x[0] * 2.0 + (&x[0] * 3.0).stop_gradient();
        let pairs = compare(wrong, &[Tensor::from([1.0f64, -2.0])]).unwrap();
        assert!(
            (pairs[0].0.as_slice::<f64>().unwrap()[0].abs() * 2.5
                - pairs[0].1.as_slice::<f64>().unwrap()[0].abs())
            .abs()
                < 1e-6
        );
    }

    #[test]
    fn first_and_second() {
        let f = |x: &[Symbol]| x[0].sin() * x[1].square();
        let inputs = [Tensor::from([0.3f64, -1.0, 2.0]), Tensor::from([[0.5f64], [-1.5]])];
        check_gradient(f, &inputs).unwrap();
        check_second_gradient(f, &inputs).unwrap();
        check_second_gradient(|x| &x[0] * 3.0, &inputs[..1]).unwrap();
        assert!(check_gradient(f, &[Tensor::from(1.0f32), Tensor::from(1.0f64)]).is_err());
    }
}
