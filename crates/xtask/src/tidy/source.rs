//! One file, and what the rules ask about it.

use std::ops::Range;
use std::sync::OnceLock;

use super::lexer::{self, Views, is_word};

/// A file of the repository.
pub(crate) struct Source {
    /// Its path, relative to the repository, with `/` between the parts.
    pub(crate) path: String,
    /// Its contents. What is not UTF-8 is replaced.
    pub(crate) text: String,
    /// Whether all of it is UTF-8 and none of it a zero byte.
    pub(crate) is_text: bool,
    views: OnceLock<Views>,
}

/// A function with a body.
pub(crate) struct Function<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// The offset of `fn`.
    pub(crate) start: usize,
    /// The offset of the closing brace.
    pub(crate) end: usize,
}

impl Source {
    /// A file with these bytes.
    pub(crate) fn new(path: impl Into<String>, bytes: &[u8]) -> Source {
        let is_text = !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok();
        let text = String::from_utf8_lossy(bytes).into_owned();
        Source { path: path.into(), text, is_text, views: OnceLock::new() }
    }

    /// The last part of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether this is Rust source.
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The crate under `crates/` that this file belongs to.
    pub(crate) fn krate(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split_once('/').map(|(name, _)| name)
    }

    /// Whether this is a file under the `src` of a crate of the workspace.
    pub(crate) fn in_src(&self) -> bool {
        let rest =
            self.krate().map_or(self.path.as_str(), |name| &self.path["crates/".len() + name.len() + 1..]);
        rest.starts_with("src/")
    }

    /// The line of an offset, counted from one.
    pub(crate) fn line(&self, offset: usize) -> usize {
        1 + self.text.as_bytes()[..offset.min(self.text.len())].iter().filter(|&&b| b == b'\n').count()
    }

    /// The Rust code, everything else blanked out; offsets are those of the text.
    pub(crate) fn code(&self) -> &str {
        &self.views().code
    }

    /// The comments of the Rust code, everything else blanked out; offsets are those of the text.
    pub(crate) fn comments(&self) -> &str {
        &self.views().comments
    }

    fn views(&self) -> &Views {
        self.views.get_or_init(|| lexer::split(&self.text))
    }

    /// The functions with a body, those inside of others and of macros too.
    pub(crate) fn functions(&self) -> Vec<Function<'_>> {
        let code = self.code();
        words(code, "fn").filter_map(|start| function(code, start)).collect()
    }

    /// Attributes: where each begins, and its code from `#` to the closing bracket.
    pub(crate) fn attributes(&self) -> Vec<Range<usize>> {
        let code = self.code();
        let begins = code.match_indices('#').map(|(at, _)| at);
        let attribute = |at: usize| {
            let rest = code[at + 1..].trim_start_matches('!');
            let open = code.len() - rest.len();
            let end = rest.starts_with('[').then(|| closing(code, open)).flatten()?;
            Some(at..end + 1)
        };
        begins.filter_map(attribute).collect()
    }

    /// The parts that are compiled for tests only: what follows a `cfg` attribute with the word `test`.
    pub(crate) fn test_parts(&self) -> Vec<Range<usize>> {
        let code = self.code();
        let part = |attribute: Range<usize>| {
            let text = &code[attribute.clone()];
            let only_tests = has_word(text, "cfg") && has_word(text, "test") && !has_word(text, "not");
            let open = attribute.end + code[attribute.end..].find(['{', ';'])?;
            let end = if code.as_bytes()[open] == b'{' { closing(code, open)? } else { open };
            only_tests.then_some(attribute.start..end + 1)
        };
        self.attributes().into_iter().filter_map(part).collect()
    }
}

/// The function whose `fn` stands at `start`; none for a function's type or a declaration without a body.
fn function(code: &str, start: usize) -> Option<Function<'_>> {
    let rest = code[start + 2..].trim_start();
    let length = rest.bytes().take_while(|&b| is_word(b) || b == b'$' || b == b'#').count();
    if length == 0 {
        return None;
    }
    let mut at = code.len() - rest.len() + length;
    loop {
        at += code[at..].find(['(', '[', '{', ';'])?;
        match code.as_bytes()[at] {
            b';' => return None,
            b'{' if !code[..at].trim_end().ends_with('<') => {
                return Some(Function { name: &rest[..length], start, end: closing(code, at)? });
            }
            _ => at = closing(code, at)? + 1,
        }
    }
}

/// Where the bracket that opens at `open` closes.
fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (n, byte) in code.as_bytes()[open..].iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(open + n);
        }
    }
    None
}

/// Where `word` stands in `text`, not as a part of a longer word.
pub(crate) fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let bytes = text.as_bytes();
    let alone = move |&at: &usize| {
        let end = at + word.len();
        let before = at == 0 || !is_word(bytes[at - 1]) || !is_word(word.as_bytes()[0]);
        let after = end == bytes.len() || !is_word(bytes[end]) || !is_word(bytes[end - 1]);
        before && after
    };
    text.match_indices(word).map(|(at, _)| at).filter(alone)
}

/// Whether `word` stands in `text`, not as a part of a longer word.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    words(text, word).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rust(text: &str) -> Source {
        Source::new("crates/a/src/b.rs", text.as_bytes())
    }

    #[test]
    fn functions_and_their_ends() {
        let source = rust(
            "trait T { fn no_body(&self, x: [u8; 3]) -> u8; }\nfn a<T>(f: fn(u8)) -> [u8; 2] where T: X {\n  \"}\";\n  fn inner() {}\n}\nmacro_rules! m { () => { fn $name() { '}' } } }",
        );
        let found: Vec<(&str, usize, usize)> =
            source.functions().iter().map(|f| (f.name, source.line(f.start), source.line(f.end))).collect();
        assert_eq!(found, [("a", 2, 5), ("inner", 4, 4), ("$name", 6, 6)]);
    }

    #[test]
    fn parts_for_tests() {
        let source = rust(
            "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() {}\n}\n#[cfg(not(test))]\nfn c() {}\n#[cfg(test)]\nmod d;\n",
        );
        let lines: Vec<(usize, usize)> =
            source.test_parts().into_iter().map(|r| (source.line(r.start), source.line(r.end - 1))).collect();
        assert_eq!(lines, [(2, 5), (8, 9)]);
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(words("unsafe_code unsafe { xunsafe }", "unsafe").collect::<Vec<_>>(), [12]);
        assert!(has_word("#[cfg(test)]", "test") && !has_word("latest tests", "test"));
        assert!(has_word("a::dbg!(x)", "dbg!") && !has_word("xdbg!(x)", "dbg!"));
    }

    #[test]
    fn places() {
        assert!(rust("").in_src() && Source::new("src/lib.rs", b"").in_src());
        assert!(!Source::new("crates/a/tests/src/b.rs", b"").in_src());
        assert_eq!(rust("").krate(), Some("a"));
        assert_eq!(Source::new("src/lib.rs", b"").krate(), None);
        assert!(!Source::new("a", b"\0").is_text && !Source::new("a", &[0xff]).is_text);
    }
}
