//! `split`: parts one behind the other along an axis.

use saola_tensor::{Error, Result};

use crate::path::composed;
use crate::{Dim, Dims, Symbol};

/// The most parts: each is a symbol of its own.
const MOST: usize = 1 << 16;

impl Symbol {
    /// `parts` equal parts along `axis`, whose extent must be known and a multiple. Keras's and TensorFlow's `split`
    /// by number.
    #[track_caller]
    pub fn split(&self, parts: usize, axis: isize) -> Vec<Symbol> {
        composed("split", || {
            let equal = || -> Result<Vec<usize>> {
                let along = self.check()?.dims().axis(axis)?;
                if parts > MOST {
                    return Err(Error::shape(format!("{parts} parts are too many"))
                        .help("reshape the value, and reduce or gather along the new axis"));
                }
                match self.dims()[along] {
                    Dim::Known(n) if parts > 0 && n % parts == 0 => Ok(vec![n / parts; parts]),
                    Dim::Known(n) => Err(Error::shape(format!("{n} elements are not {parts} equal parts"))
                        .help("give a divisor of the extent, or the parts' sizes to `split_sizes`")),
                    Dim::Any => Err(Error::shape(format!("the extent of axis {axis} is not known"))
                        .help("give the parts' sizes to `split_sizes`")),
                }
            };
            match equal() {
                Ok(sizes) => self.split_sizes(sizes, axis),
                Err(error) => vec![refused(error, self); parts.clamp(1, MOST)],
            }
        })
    }

    /// Parts of these sizes along `axis`, which together are its extent. TensorFlow's `split` by sizes.
    #[track_caller]
    pub fn split_sizes(&self, sizes: impl Into<Vec<usize>>, axis: isize) -> Vec<Symbol> {
        composed("split", || {
            let sizes = sizes.into();
            let whole = || -> Result<Dims> {
                let along = self.check()?.dims().axis(axis)?;
                let total = sizes.iter().try_fold(0usize, |t, &n| t.checked_add(n));
                let total = total.map_or(Dim::Any, Dim::Known);
                if total == Dim::Any || !self.dims()[along].fits(total) {
                    return Err(Error::shape(format!(
                        "parts of {sizes:?} are not {} elements",
                        self.dims()[along]
                    ))
                    .help("give sizes whose sum is the extent"));
                }
                let dims = self.dims().iter().enumerate();
                Ok(dims.map(|(a, d)| if a == along { total } else { *d }).collect())
            };
            let x = match whole() {
                Ok(dims) => self.ensure_shape(dims),
                Err(error) => return vec![refused(error, self); sizes.len().max(1)],
            };
            let (mut start, mut parts) = (0, Vec::with_capacity(sizes.len()));
            for n in sizes {
                parts.push(x.slice(axis, start..start + n));
                start += n;
            }
            parts
        })
    }
}

#[track_caller]
fn refused(error: Error, x: &Symbol) -> Symbol {
    if x.error().is_some() {
        return x.clone();
    }
    let named = Error::new(error.kind(), format!("split: {}", error.message())).with_note(x.note());
    Symbol::poisoned(named.help(error.help_text().unwrap_or("name an axis of the value").to_string()))
}
