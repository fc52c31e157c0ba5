//! `string_split`: the parts of strings.

use saola_kernels::memory::{Call, KernelError};
use saola_tensor::{DType, Error, Result, StrArray};

use super::texts::{is_space, only_strings};
use crate::{Dim, Dims, Lowering, Operation, Spec, Symbol, Value};

/// The most places for the tokens of one string.
const MOST: usize = 1 << 20;

#[derive(Clone, Debug)]
struct StringSplit {
    separator: Option<String>,
    width: usize,
    excess: Excess,
}

/// What becomes of the tokens of a string that has more of them than there are places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// They are left out.
    Cut,
    /// They are an error of the run.
    Refuse,
}

/// What [`Symbol::string_split`] gives.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// `[.., width]`: the tokens of each string, then empty strings.
    pub values: Symbol,
    /// `[..]`, `i64`: how many tokens each string has, those that are cut included.
    pub number: Symbol,
}

impl Symbol {
    /// The tokens of each string, in `width` places along a new last axis. Without a separator they are what stands between
    /// white space, and none is empty; with one they are what stands between two of it, or before the first and behind the
    /// last, empty or not. Shapes must not depend on values: places that a string does not fill are empty, and `excess`
    /// says what becomes of further tokens. TensorFlow's `strings.split`, as a padded tensor.
    ///
    /// ```
    /// use saola_graph::{DType, Dim, Excess, placeholder};
    /// use saola_graph::ops::vocabulary_lookup::Vocabulary;
    ///
    /// # fn main() -> saola_graph::Result<()> {
    /// let texts = placeholder("texts", DType::Str, [Dim::Any]);
    /// let tokens = texts.string_standardize().string_split(None, 100, Excess::Cut);
    /// let words = Vocabulary::new(["", "the", "sea"])?.default_id(0);
    /// assert_eq!(tokens.values.lookup(&words).spec().to_string(), "i64[?, 100]");
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn string_split(&self, separator: Option<&str>, width: usize, excess: Excess) -> Tokens {
        let separator = separator.map(str::to_string);
        let values = Symbol::apply(StringSplit { separator, width, excess }, vec![self.clone()]);
        let number = values.output_of_node(1);
        Tokens { values, number }
    }
}

impl Operation for StringSplit {
    fn name(&self) -> &'static str {
        "string_split"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        only_strings(inputs[0].dtype)?;
        if self.separator.as_deref() == Some("") {
            return Err(Error::value("the separator is empty").help("give `None` to split at white space"));
        }
        if self.width > MOST {
            return Err(Error::shape(format!("{} places for tokens are too many", self.width))
                .help(format!("give at most {MOST} places: each string gets all of them")));
        }
        let dims: Dims = inputs[0].dims.iter().copied().chain([Dim::Known(self.width)]).collect();
        Ok(vec![Spec::new(DType::Str, dims), Spec::new(DType::I64, &inputs[0].dims)])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let split = self.clone();
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            let (out, number) = (call.output_strings(0), call.output::<i64>(1));
            for (position, (s, n)) in call.strings(0).iter().zip(number).enumerate() {
                let found = match &split.separator {
                    None => split.fill(out, s.split(|&b| is_space(b)).filter(|t| !t.is_empty())),
                    Some(separator) => {
                        split.fill(out, Parts { rest: Some(s), separator: separator.as_bytes() })
                    }
                };
                if found > split.width && split.excess == Excess::Refuse {
                    return Err(KernelError {
                        message: format!("string {position} has {found} tokens for {} places", split.width),
                        help: "give more places, or let `Excess::Cut` leave the rest out".into(),
                    });
                }
                *n = found as i64;
            }
            Ok(())
        }))
    }
}

impl StringSplit {
    /// Writes the places of one string, and counts its tokens.
    fn fill<'s>(&self, out: &mut StrArray, tokens: impl Iterator<Item = &'s [u8]>) -> usize {
        let mut found = 0;
        for token in tokens {
            if found < self.width {
                out.push(token);
            }
            found += 1;
        }
        (found..self.width).for_each(|_| out.push(b""));
        found
    }
}

/// What stands between the separators of a string.
struct Parts<'a> {
    rest: Option<&'a [u8]>,
    separator: &'a [u8],
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        match rest.windows(self.separator.len()).position(|w| w == self.separator) {
            Some(at) => {
                self.rest = Some(&rest[at + self.separator.len()..]);
                Some(&rest[..at])
            }
            None => self.rest.take(),
        }
    }
}
