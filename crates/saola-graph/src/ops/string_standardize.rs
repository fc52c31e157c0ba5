//! `string_standardize`: strings in lower case without punctuation.

use saola_tensor::Result;

use super::texts::{each_string, standardized, string_each};
use crate::tensorflow::Translation;
use crate::{Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct StringStandardize {
    lower: bool,
}

impl Symbol {
    /// The strings with their letters A to Z in lower case and without the 32 punctuation marks of ASCII; all other bytes
    /// stay as they are. What Keras' `TextVectorization` does by default, `lower_and_strip_punctuation`.
    #[track_caller]
    pub fn string_standardize(&self) -> Symbol {
        Symbol::apply(StringStandardize { lower: true }, vec![self.clone()])
    }

    /// The strings without the 32 punctuation marks of ASCII; all other bytes stay as they are. What Keras'
    /// `TextVectorization` does as `strip_punctuation`.
    #[track_caller]
    pub fn string_strip_punctuation(&self) -> Symbol {
        Symbol::apply(StringStandardize { lower: false }, vec![self.clone()])
    }
}

impl Operation for StringStandardize {
    fn name(&self) -> &'static str {
        "string_standardize"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        string_each(inputs)
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        Ok(vec![standardized(to, to.input(0), self.lower, true)])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let lower = self.lower;
        Ok(each_string(move |out, s| {
            let kept = s.iter().filter(|b| !b.is_ascii_punctuation());
            out.extend(kept.map(|b| if lower { b.to_ascii_lowercase() } else { *b }));
        }))
    }
}
