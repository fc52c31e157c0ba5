//! What operations on strings have in common.

use std::fmt::Write;

use saola_kernels::memory::Call;
use saola_tensor::{DType, Error, Result, StrPart};

use crate::tensorflow::Translation;
use crate::{Lowering, Spec};

/// Refuses all but strings.
pub(crate) fn only_strings(dtype: DType) -> Result<()> {
    if dtype == DType::Str {
        return Ok(());
    }
    Err(Error::dtype(format!("takes strings, not {dtype}"))
        .help("write integers as text with `.as_string()`"))
}

/// The 32 punctuation marks of ASCII as a set of RE2.
const PUNCTUATION: &str = r##"[!-/:-@\[-`{-~]"##;

/// Strings in lower case, without punctuation, or both, in operations of TensorFlow.
pub(super) fn standardized(to: &mut Translation<'_>, x: String, lower: bool, strip: bool) -> String {
    let x = match lower {
        true => to.node("StringLower", [x], [("encoding", "".into())]),
        false => x,
    };
    let of = [("pattern", PUNCTUATION.into()), ("rewrite", "".into())];
    if strip { to.node("StaticRegexReplace", [x], of) } else { x }
}

/// A string for each string.
pub(crate) fn string_each(inputs: &[&Spec]) -> Result<Vec<Spec>> {
    only_strings(inputs[0].dtype)?;
    Ok(vec![inputs[0].clone()])
}

/// A kernel that writes a string for each string.
pub(crate) fn each_string(write: impl Fn(&mut StrPart<'_>, &[u8]) + Send + Sync + 'static) -> Lowering {
    Lowering::kernel(move |call: &mut Call<'_>| {
        let out = call.output_strings(0);
        call.strings(0).iter().for_each(|s| out.push_with(|o| write(o, s)));
        Ok(())
    })
}

/// Writes `s`, which is UTF-8, with other letters: those of a part that is UTF-8 come from `letters`, and U+FFFD stands
/// for what is not.
pub(crate) fn write_letters(out: &mut StrPart<'_>, s: &[u8], letters: impl Fn(&mut StrPart<'_>, &str)) {
    for chunk in s.utf8_chunks() {
        letters(out, chunk.valid());
        if !chunk.invalid().is_empty() {
            out.add("\u{FFFD}".as_bytes());
        }
    }
}

/// Writes characters.
pub(crate) fn write_chars(out: &mut StrPart<'_>, chars: impl Iterator<Item = char>) {
    for c in chars {
        // A string takes every character.
        let _ = out.write_char(c);
    }
}

/// Whether a byte is white space to C: blank, tab, line feed, vertical tab, form feed, carriage return.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// `s` without white space at both ends.
pub(crate) fn trimmed(s: &[u8]) -> &[u8] {
    let start = s.iter().position(|&b| !is_space(b)).unwrap_or(s.len());
    let end = s.iter().rposition(|&b| !is_space(b)).map_or(start, |e| e + 1);
    &s[start..end]
}
