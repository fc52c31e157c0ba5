//! What a rule says about one line.

use std::fmt;

/// A line that does not follow a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// The file, relative to the repository.
    pub(crate) path: String,
    /// The line, counted from one.
    pub(crate) line: usize,
    /// The rule's name.
    pub(crate) rule: &'static str,
    /// What is wrong and what to do.
    pub(crate) message: String,
}

impl Finding {
    /// A finding without its rule, which the table knows.
    pub(crate) fn new(path: &str, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: path.to_string(), line, rule: "", message: message.into() }
    }

    /// The same finding with the rule's name.
    pub(crate) fn under(self, rule: &'static str) -> Finding {
        Finding { rule, ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.rule, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_compilers_print_places() {
        let finding = Finding::new("src/lib.rs", 3, "a tab; use blanks").under("whitespace");
        assert_eq!(finding.to_string(), "src/lib.rs:3: whitespace: a tab; use blanks");
    }
}
