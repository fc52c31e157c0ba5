//! `stack` and `unstack`: values side by side along an axis of their own.

use saola_tensor::Error;

use crate::path::composed;
use crate::{Dim, Symbol, concatenate};

/// The symbols, which have one shape and dtype, side by side along a new axis before `axis`; −1 is behind the last.
/// Keras's and TensorFlow's `stack`.
///
/// ```
/// use saola_graph::{DType, placeholder, stack};
///
/// let a = placeholder("a", DType::F32, [3]);
/// assert_eq!(stack([&a, &a], 0).spec().to_string(), "f32[2, 3]");
/// ```
#[track_caller]
pub fn stack<'a>(parts: impl IntoIterator<Item = &'a Symbol>, axis: isize) -> Symbol {
    composed("stack", || {
        let parts: Vec<&Symbol> = parts.into_iter().collect();
        let Some(first) = parts.first() else {
            return Symbol::poisoned(
                Error::value("stack: no symbols were given").help("give at least one symbol"),
            );
        };
        for part in &parts {
            let same = part.rank() == first.rank()
                && part.dims().iter().zip(&**first.dims()).all(|(a, b)| a.fits(*b));
            if !same && part.error().is_none() && first.error().is_none() {
                let error =
                    Error::shape(format!("stack: the parts are {} and {}", first.spec(), part.spec()));
                return Symbol::poisoned(
                    error.with_note(first.note()).with_note(part.note()).help(
                        "parts have the same shape; `concatenate` takes ones that differ along the axis",
                    ),
                );
            }
        }
        let mut widened = Vec::with_capacity(parts.len());
        for part in parts {
            widened.push(part.expand_dims(axis));
        }
        concatenate(&widened, axis)
    })
}

impl Symbol {
    /// The parts side by side along `axis`, whose extent must be known, without the axis. Keras's and TensorFlow's
    /// `unstack`.
    #[track_caller]
    pub fn unstack(&self, axis: isize) -> Vec<Symbol> {
        composed("unstack", || {
            if self.error().is_some() {
                return vec![self.clone()];
            }
            let n = match self.dims().axis(axis).map(|a| self.dims()[a]) {
                Ok(Dim::Known(n)) => n,
                Ok(Dim::Any) => {
                    let error = Error::shape(format!("unstack: axis {axis} of {} is not known", self.spec()));
                    return vec![Symbol::poisoned(
                        error.with_note(self.note()).help("only an axis of known extent can be taken apart"),
                    )];
                }
                Err(error) => {
                    let named = Error::shape(format!("unstack: {}", error.message())).with_note(self.note());
                    return vec![Symbol::poisoned(named.help("name an axis of the value"))];
                }
            };
            let mut parts = Vec::with_capacity(n);
            for i in 0..n {
                parts.push(self.slice(axis, i..i + 1).squeeze(axis));
            }
            parts
        })
    }
}
