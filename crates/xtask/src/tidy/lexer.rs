//! Rust source, cut into code, comments and text.
//!
//! The rules look for words and braces, so they need to know which of them are code. [`split`] gives the same
//! source twice, once with everything but the code blanked out and once with everything but the comments; line
//! feeds stay, and so every offset and line number is that of the source. It knows nested comments, escapes,
//! raw strings with any number of `#`, byte and C strings, and tells a lifetime from a character.

/// The two views of a source. Both have its length in bytes.
pub(crate) struct Views {
    /// The code: comments, and the insides of strings and characters, are blanks.
    pub(crate) code: String,
    /// The comments: everything else is blanks.
    pub(crate) comments: String,
}

/// What a stretch of the source is.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Code,
    Comment,
    Text,
}

/// Splits `source`, which may be any text: what does not end, ends with the file.
pub(crate) fn split(source: &str) -> Views {
    let bytes = source.as_bytes();
    let mut views = Views { code: String::new(), comments: String::new() };
    let mut at = 0;
    while at < bytes.len() {
        let (kind, end) = stretch(bytes, at);
        let end = end.clamp(at + 1, bytes.len());
        for &byte in &bytes[at..end] {
            // Letters outside of ASCII become letters, so that the views stay one byte per byte of the source.
            let byte = if byte.is_ascii() { byte as char } else { 'x' };
            let seen = |wanted| if kind == wanted || byte == '\n' { byte } else { ' ' };
            views.code.push(seen(Kind::Code));
            views.comments.push(seen(Kind::Comment));
        }
        at = end;
    }
    views
}

/// What begins at `at`, and where it ends. Code comes a word or a byte at a time.
fn stretch(s: &[u8], at: usize) -> (Kind, usize) {
    let before = |end| (Kind::Code, end);
    match s[at] {
        b'/' if s.get(at + 1) == Some(&b'/') => (Kind::Comment, find(s, at, b"\n").unwrap_or(s.len())),
        b'/' if s.get(at + 1) == Some(&b'*') => (Kind::Comment, block_comment(s, at)),
        b'"' => (Kind::Text, quoted(s, at + 1, b'"')),
        b'\'' => match character(s, at) {
            Some(end) => (Kind::Text, end),
            None => before(at + 1),
        },
        b if is_word(b) => {
            let end = s[at..].iter().position(|&b| !is_word(b)).map_or(s.len(), |n| at + n);
            match &s[at..end] {
                // The prefix belongs to the text it stands before.
                b"r" | b"br" | b"cr" => match raw_string(s, end) {
                    Some(end) => (Kind::Text, end),
                    None => before(end),
                },
                _ => before(end),
            }
        }
        _ => before(at + 1),
    }
}

/// Letters, digits and underscores; everything outside of ASCII counts as a letter.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn find(s: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    s[from..].windows(what.len()).position(|w| w == what).map(|n| from + n)
}

/// The end of the nested comment that begins at `at`.
fn block_comment(s: &[u8], at: usize) -> usize {
    let (mut depth, mut i) = (0, at);
    while i < s.len() {
        match &s[i..(i + 2).min(s.len())] {
            b"/*" => (depth, i) = (depth + 1, i + 2),
            b"*/" => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    s.len()
}

/// The end of the text whose inside begins at `at`, after its closing quote.
fn quoted(s: &[u8], at: usize, quote: u8) -> usize {
    let mut i = at;
    while i < s.len() {
        match s[i] {
            b'\\' => i += 2,
            b if b == quote => return i + 1,
            _ => i += 1,
        }
    }
    s.len()
}

/// The end of the raw string whose `#`s or quote stand at `at`; none for a raw identifier.
fn raw_string(s: &[u8], at: usize) -> Option<usize> {
    let marks = s[at..].iter().take_while(|&&b| b == b'#').count();
    if s.get(at + marks) != Some(&b'"') {
        return None;
    }
    let close = [b"\"".as_slice(), &s[at..at + marks]].concat();
    Some(find(s, at + marks + 1, &close).map_or(s.len(), |n| n + close.len()))
}

/// The end of the character that begins at `at`; none for a lifetime or a loop's label.
fn character(s: &[u8], at: usize) -> Option<usize> {
    let rest = &s[at + 1..];
    if rest.first() == Some(&b'\\') {
        return Some(quoted(s, at + 1, b'\''));
    }
    // One character of UTF-8 has one to four bytes.
    let length = 1 + rest.iter().skip(1).take_while(|&&b| b & 0xC0 == 0x80).count();
    (rest.get(length) == Some(&b'\'')).then_some(at + length + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn code(source: &str, expected: &str) {
        let views = split(source);
        assert_eq!(views.code.len(), source.len());
        assert_eq!(views.comments.len(), source.len());
        assert_eq!(views.code.split_whitespace().collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn comments_are_not_code() {
        code("a // b { \" ' \nc", "a c");
        code("a /* b /* c */ d */ e", "a e");
        code("a /* never ends", "a");
        assert_eq!(split("a // b\nc").comments, "  // b\n ");
    }

    #[test]
    fn text_is_not_code() {
        code(r#"f("a{ // \" b", 1)"#, "f( , 1)");
        code(r###"f(r#"a " { "#, br"\", c"x")"###, "f( , , c )");
        code("r#type + bar\"x\"", "r#type + bar");
        code("\"a\\\\\" b", "b");
    }

    #[test]
    fn characters_are_not_lifetimes() {
        code("f::<'a>('{', '\\'', 'ä', b'}', '\\u{7b}') 'x: loop {}", "f::<'a>( , , , b , ) 'x: loop {}");
        code("&'static str, ' '", "&'static str,");
    }

    #[test]
    fn lines_stay_where_they_are() {
        let source = "let a = \"one\ntwo\"; /* three\nfour */ b\n";
        assert_eq!(split(source).code.matches('\n').count(), 3);
        assert_eq!(split(source).code.lines().nth(2).map(str::trim), Some("b"));
    }
}
