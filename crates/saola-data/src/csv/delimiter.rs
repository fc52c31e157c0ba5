//! Which byte separates the fields.

/// The commonest of comma, semicolon and tab outside of quotes in the first line that is not blank; a comma
/// where there are none of them.
pub(super) fn detect(text: &str) -> u8 {
    let mut counts = [(b',', 0usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.trim_start_matches(['\r', '\n']).bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            _ if !quoted => {
                if let Some((_, count)) = counts.iter_mut().find(|(candidate, _)| *candidate == byte) {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    let mut best = counts[0];
    for candidate in &counts[1..] {
        if candidate.1 > best.1 {
            best = *candidate;
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_decides() {
        assert_eq!(detect("a,b,c\n1;2;3;4;5\n"), b',');
        assert_eq!(detect("a;b\n1,5;2\n"), b';');
        assert_eq!(detect("\r\na\tb\n"), b'\t');
        assert_eq!(detect("\"x;y;z\",b\n"), b',');
        assert_eq!(detect("alone\n"), b',');
        assert_eq!(detect(""), b',');
    }
}
