//! `string_strip`: strings without white space at both ends.

use saola_tensor::Result;

use super::texts::{each_string, string_each, trimmed};
use crate::tensorflow::Translation;
use crate::{Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct StringStrip;

impl Symbol {
    /// The strings without the blanks, tabs, line feeds, vertical tabs, form feeds and carriage returns at both ends.
    /// TensorFlow's `strings.strip`.
    #[track_caller]
    pub fn string_strip(&self) -> Symbol {
        Symbol::apply(StringStrip, vec![self.clone()])
    }
}

impl Operation for StringStrip {
    fn name(&self) -> &'static str {
        "string_strip"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        string_each(inputs)
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        Ok(vec![to.node("StringStrip", [to.input(0)], [])])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(each_string(|out, s| out.add(trimmed(s))))
    }
}
