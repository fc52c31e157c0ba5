//! Code that is not finished, prints for its author's eyes, or is a test that does not run.

use super::source::{has_word, words};
use super::{Finding, Repository, Source};

/// A word, and what to do instead. Searched in code and comments, not in text.
const WORDS: &[(&str, &str)] = &[
    ("todo!", "write what is missing, or return an error that says that it is"),
    ("unimplemented!", "write what is missing, or return an error that says that it is"),
    ("dbg!", "remove it"),
    ("FIXME", "fix it, or say in the documentation what does not work"),
    ("XXX", "fix it, or say in the documentation what does not work"),
];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repository.rust() {
        for (word, instead) in WORDS {
            for at in words(file.code(), word).chain(words(file.comments(), word)) {
                findings.push(Finding::new(&file.path, file.line(at), format!("`{word}`; {instead}")));
            }
        }
        ignored_tests(file, &mut findings);
    }
    findings
}

fn ignored_tests(file: &Source, findings: &mut Vec<Finding>) {
    for attribute in file.attributes() {
        if has_word(&file.code()[attribute.clone()], "ignore") {
            let what = "a test that does not run; make it run, or remove it";
            findings.push(Finding::new(&file.path, file.line(attribute.start), what));
        }
    }
    for (n, line) in file.comments().lines().enumerate() {
        let fence = line.trim_start().trim_start_matches(['/', '!', '*']).trim_start();
        if fence.strip_prefix("```").is_some_and(|info| has_word(info, "ignore")) {
            let what = "an example that is not compiled; make it compile, or mark it as `text`";
            findings.push(Finding::new(&file.path, n + 1, what));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let mut lines: Vec<usize> =
            check(&Repository::of(&[("a.rs", text)])).iter().map(|f| f.line).collect();
        lines.sort_unstable();
        lines
    }

    #[test]
    fn unfinished_code_is_found() {
        let text =
            ["fn a() { to", "do!() }\n// FIX", "ME\n/* XX", "X */ un", "implemented!();\ndb", "g!(1);\n"]
                .concat();
        assert_eq!(lines(&text), [1, 2, 3, 3, 4]);
    }

    #[test]
    fn tests_that_do_not_run_are_found() {
        assert_eq!(
            lines("#[test]\n#[ignore]\nfn a() {}\n#[cfg_attr(x, ignore = \"slow\")]\nfn b() {}\n"),
            [2, 4]
        );
        assert_eq!(lines(&["/// ``", "`ignore\n/// ``", "`\n//! ``", "`rust,ignore\n"].concat()), [1, 3]);
    }

    #[test]
    fn text_and_other_words_are_not() {
        assert_eq!(lines("fn ignore() { \"todo! XXX\"; } // to do, ignored\n/// ```text\n"), [0usize; 0]);
    }
}
