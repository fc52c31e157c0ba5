//! `custom_gradient`: a value whose gradient the caller gives.

use std::fmt;

use saola_tensor::{Error, Result};

use crate::{Gradient, Lowering, Operation, Role, Spec, Symbol, Value};

type Rule = dyn Fn(&[Symbol], &Symbol, &Symbol) -> Vec<Option<Symbol>> + Send + Sync;

/// Inputs: the value, and what it was made of, of which only the shapes count.
struct CustomGradient(Box<Rule>);

/// What `forward` makes of `inputs`, with the gradients that `gradient` gives instead of those of the operations inside:
/// of the inputs, the result and the result's gradient it makes a gradient for each input, `None` for one without.
/// All that the result depends on and that is to be trained must be among the inputs. TensorFlow's and Keras's
/// `custom_gradient`.
///
/// ```
/// use saola_graph::{DType, custom_gradient, gradients, placeholder};
///
/// // Rounds, and lets gradients through as if it did not.
/// let x = placeholder("x", DType::F32, [3]);
/// let rounded = custom_gradient([&x], |x| x[0].round(), |_x, _y, dy| vec![Some(dy.clone())]);
/// let dx = &gradients([&rounded], [&x])[0];
/// assert!(dx.error().is_none());
/// ```
#[track_caller]
pub fn custom_gradient<'a>(
    inputs: impl IntoIterator<Item = &'a Symbol>,
    forward: impl FnOnce(&[Symbol]) -> Symbol,
    gradient: impl Fn(&[Symbol], &Symbol, &Symbol) -> Vec<Option<Symbol>> + Send + Sync + 'static,
) -> Symbol {
    let inputs: Vec<Symbol> = inputs.into_iter().cloned().collect();
    let y = forward(&inputs);
    if let Some(hidden) = hidden(&y, &inputs) {
        let error = Error::value(format!("custom_gradient: {} is trained, but no input", hidden.label()));
        return Symbol::poisoned(
            error.with_note(hidden.note()).help("pass it as an input, so that it gets a gradient"),
        );
    }
    let all = std::iter::once(y).chain(inputs).collect();
    Symbol::apply(CustomGradient(Box::new(gradient)), all)
}

/// A trainable variable that `y` depends on other than through `inputs`.
fn hidden(y: &Symbol, inputs: &[Symbol]) -> Option<Symbol> {
    let mut seen: std::collections::BTreeSet<u64> = inputs.iter().map(|s| s.node().id()).collect();
    let mut waiting = vec![y.clone()];
    while let Some(symbol) = waiting.pop() {
        if !seen.insert(symbol.node().id()) {
            continue;
        }
        if matches!(symbol.node().operation().role(), Role::Variable(info) if info.trainable) {
            return Some(symbol);
        }
        waiting.extend(symbol.node().inputs().iter().cloned());
    }
    None
}

impl fmt::Debug for CustomGradient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomGradient")
    }
}

impl Operation for CustomGradient {
    fn name(&self) -> &'static str {
        "custom_gradient"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![inputs[0].clone()])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let inputs = &at.inputs()[1..];
        let found = (self.0)(inputs, at.input(0), at.dy()?);
        if found.len() != inputs.len() {
            return Err(Error::value(format!("{} gradients for {} inputs", found.len(), inputs.len()))
                .help("the closure gives one gradient for each input, `None` for one without"));
        }
        for (gradient, input) in found.iter().zip(inputs) {
            let Some(gradient) = gradient else { continue };
            let (got, wanted) = (gradient.check()?.spec(), input.spec());
            let same = got.dims.len() == wanted.dims.len()
                && got.dims.iter().zip(wanted.dims.iter()).all(|(a, b)| a.fits(*b));
            if got.dtype != wanted.dtype || !same {
                return Err(Error::shape(format!("a gradient is {got} and its input {wanted}")).help(
                    "a gradient has the dtype and shape of its input; `.sum_like(..)` reverses broadcasting",
                ));
            }
        }
        Ok(std::iter::once(None).chain(found).collect())
    }
    fn shape_only(&self, index: usize) -> bool {
        index > 0
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(Lowering::Alias)
    }
}
