//! `string_lower`: the letters of strings in lower case.

use saola_tensor::Result;

use super::texts::{each_string, string_each, write_chars, write_letters};
use crate::tensorflow::Translation;
use crate::{Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct StringLower {
    utf8: bool,
}

impl Symbol {
    /// The strings with their letters A to Z in lower case; all other bytes stay as they are. TensorFlow's
    /// `strings.lower`.
    #[track_caller]
    pub fn string_lower(&self) -> Symbol {
        Symbol::apply(StringLower { utf8: false }, vec![self.clone()])
    }

    /// The strings, which are UTF-8, with all letters of Unicode in lower case. U+FFFD stands for what is no UTF-8.
    /// TensorFlow's `strings.lower` with `encoding="utf-8"`, which leaves out what follows a zero byte; here it stays.
    #[track_caller]
    pub fn string_lower_utf8(&self) -> Symbol {
        Symbol::apply(StringLower { utf8: true }, vec![self.clone()])
    }
}

impl Operation for StringLower {
    fn name(&self) -> &'static str {
        "string_lower"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        string_each(inputs)
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let encoding = if self.utf8 { "utf-8" } else { "" };
        Ok(vec![to.node("StringLower", [to.input(0)], [("encoding", encoding.into())])])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        if !self.utf8 {
            return Ok(each_string(|out, s| out.extend(s.iter().map(u8::to_ascii_lowercase))));
        }
        Ok(each_string(|out, s| {
            write_letters(out, s, |out, text| {
                // What becomes of a capital sigma depends on the letters around it.
                if text.contains('Σ') {
                    out.add(text.to_lowercase().as_bytes());
                } else {
                    write_chars(out, text.chars().flat_map(char::to_lowercase));
                }
            });
        }))
    }
}
