//! The text of a `checkpoint` file: protocol buffers' text format, as far as this message needs it.

use super::state::CheckpointState;

/// A line number, from 1, and what is wrong there.
type Fault = (usize, String);

/// The text of `state`.
pub(crate) fn print(state: &CheckpointState) -> String {
    let mut text = format!("model_checkpoint_path: {}\n", quote(&state.model_checkpoint_path));
    for path in &state.all_model_checkpoint_paths {
        text += &format!("all_model_checkpoint_paths: {}\n", quote(path));
    }
    for time in &state.all_model_checkpoint_timestamps {
        text += &format!("all_model_checkpoint_timestamps: {time:?}\n");
    }
    if let Some(time) = state.last_preserved_timestamp {
        text += &format!("last_preserved_timestamp: {time:?}\n");
    }
    text
}

fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b'\n' => out += "\\n",
            b' '..=b'~' => out.push(char::from(byte)),
            _ => out += &format!("\\{byte:03o}"),
        }
    }
    out + "\""
}

/// The state that `text` holds. Fields with other names are skipped.
pub(crate) fn parse(text: &[u8]) -> Result<CheckpointState, Fault> {
    let mut state = CheckpointState::default();
    let mut cursor = Cursor { rest: text, line: 1 };
    cursor.skip_blank();
    while !cursor.rest.is_empty() {
        let field = cursor.word();
        if field.is_empty() {
            return Err(cursor.fault("expected the name of a field"));
        }
        cursor.skip_blank();
        if !cursor.take(b':') {
            return Err(cursor.fault(format!("expected `:` after `{field}`")));
        }
        cursor.skip_blank();
        match field.as_str() {
            "model_checkpoint_path" => state.model_checkpoint_path = cursor.string()?,
            "all_model_checkpoint_paths" => state.all_model_checkpoint_paths.push(cursor.string()?),
            "all_model_checkpoint_timestamps" => state.all_model_checkpoint_timestamps.push(cursor.number()?),
            "last_preserved_timestamp" => state.last_preserved_timestamp = Some(cursor.number()?),
            _ if matches!(cursor.rest.first(), Some(b'"' | b'\'')) => drop(cursor.string()?),
            _ => drop(cursor.word()),
        }
        cursor.skip_blank();
        if matches!(cursor.rest.first(), Some(b',' | b';')) {
            cursor.advance();
            cursor.skip_blank();
        }
    }
    Ok(state)
}

struct Cursor<'a> {
    rest: &'a [u8],
    line: usize,
}

impl Cursor<'_> {
    fn fault(&self, what: impl Into<String>) -> Fault {
        (self.line, what.into())
    }

    fn advance(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        self.line += usize::from(byte == b'\n');
        Some(byte)
    }

    fn take(&mut self, wanted: u8) -> bool {
        let here = self.rest.first() == Some(&wanted);
        if here {
            self.advance();
        }
        here
    }

    /// Skips white space and comments.
    fn skip_blank(&mut self) {
        while let Some(&byte) = self.rest.first() {
            if byte == b'#' {
                while self.rest.first().is_some_and(|&b| b != b'\n') {
                    self.advance();
                }
            } else if !byte.is_ascii_whitespace() {
                return;
            }
            self.advance();
        }
    }

    /// A name or a number.
    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(&byte) = self.rest.first() {
            if !(byte.is_ascii_alphanumeric() || b"_.+-".contains(&byte)) {
                break;
            }
            word.push(char::from(byte));
            self.advance();
        }
        word
    }

    fn number(&mut self) -> Result<f64, Fault> {
        let word = self.word();
        word.parse().map_err(|_| self.fault(format!("expected a number, found `{word}`")))
    }

    /// One or more quoted strings, which are one.
    fn string(&mut self) -> Result<String, Fault> {
        let mut bytes = Vec::new();
        let mut any = false;
        while let Some(&quote @ (b'"' | b'\'')) = self.rest.first() {
            any = true;
            self.advance();
            self.quoted(quote, &mut bytes)?;
            self.skip_blank();
        }
        if !any {
            return Err(self.fault("expected a quoted string"));
        }
        String::from_utf8(bytes).map_err(|_| self.fault("the string is not UTF-8"))
    }

    /// The rest of a quoted string up to its closing `quote`.
    fn quoted(&mut self, quote: u8, out: &mut Vec<u8>) -> Result<(), Fault> {
        loop {
            match self.advance() {
                Some(byte) if byte == quote => return Ok(()),
                Some(b'\\') => out.push(self.escaped()?),
                None | Some(b'\n') => return Err(self.fault("the string has no closing quote")),
                Some(byte) => out.push(byte),
            }
        }
    }

    fn escaped(&mut self) -> Result<u8, Fault> {
        match self.advance() {
            Some(b'n') => Ok(b'\n'),
            Some(b't') => Ok(b'\t'),
            Some(b'r') => Ok(b'\r'),
            Some(byte @ (b'"' | b'\'' | b'\\')) => Ok(byte),
            Some(b'x') => Ok(self.digits(16, 2, 0)),
            Some(digit @ b'0'..=b'7') => Ok(self.digits(8, 2, u32::from(digit - b'0'))),
            _ => Err(self.fault("the string has an unknown escape")),
        }
    }

    /// Up to `most` more digits of the number that began with `value`.
    fn digits(&mut self, base: u32, most: usize, mut value: u32) -> u8 {
        for _ in 0..most {
            let Some(digit) = self.rest.first().and_then(|&b| char::from(b).to_digit(base)) else { break };
            value = value * base + digit;
            self.advance();
        }
        value as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_file_of_tensorflow() {
        let text = b"model_checkpoint_path: \"model.ckpt-100\"\nall_model_checkpoint_paths: \"model.ckpt-0\"\nall_model_checkpoint_paths: \"model.ckpt-100\"\nall_model_checkpoint_timestamps: 1700000000.25\nlast_preserved_timestamp: 1.7e9\n";
        let state = parse(text).unwrap();
        assert_eq!(state.model_checkpoint_path, "model.ckpt-100");
        assert_eq!(state.all_model_checkpoint_paths, ["model.ckpt-0", "model.ckpt-100"]);
        assert_eq!(state.all_model_checkpoint_timestamps, [1_700_000_000.25]);
        assert_eq!(state.last_preserved_timestamp, Some(1.7e9));
    }

    #[test]
    fn liberties_of_the_format() {
        let text = b"# a comment\nother: 3, more: 'x'; model_checkpoint_path : 'a\\303\\244\\x62' \"c\\\"\"";
        assert_eq!(parse(text).unwrap().model_checkpoint_path, "a\u{e4}bc\"");
    }

    #[test]
    fn faults_have_their_line() {
        let fault = |text: &str| parse(text.as_bytes()).unwrap_err();
        assert_eq!(fault("a: 1\nmodel_checkpoint_path: 7").0, 2);
        assert_eq!(fault("\n\nmodel_checkpoint_path \"x\"").0, 3);
        assert!(fault("model_checkpoint_path: \"x").1.contains("closing quote"));
        assert!(fault("last_preserved_timestamp: soon").1.contains("`soon`"));
        assert_eq!(fault("{}").0, 1);
    }

    proptest! {
        #[test]
        fn any_path_comes_back(newest in any::<String>(), all in prop::collection::vec(any::<String>(), 0..4)) {
            let state = CheckpointState {
                model_checkpoint_path: newest,
                all_model_checkpoint_paths: all,
                all_model_checkpoint_timestamps: vec![1.5, 1e300],
                last_preserved_timestamp: Some(0.1),
            };
            prop_assert_eq!(parse(print(&state).as_bytes()).unwrap(), state);
        }

        #[test]
        fn any_bytes_are_parsed_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = parse(&bytes);
        }
    }
}
