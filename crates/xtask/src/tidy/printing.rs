//! Only programs print. A library returns what it has to say.

use super::source::words;
use super::{Finding, Repository, Source};

const MACROS: &[&str] = &["print!", "println!", "eprint!", "eprintln!"];

/// Crates that are programs.
const PROGRAMS: &[&str] = &["saola-bench", "saola-cli", "xtask"];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let is_library = |name: Option<&str>| name.is_none_or(|name| !PROGRAMS.contains(&name));
    let mut findings = Vec::new();
    let counts = |file: &Source| file.in_src() && is_library(file.krate()) && file.name() != "tests.rs";
    for file in repository.rust().filter(|file| counts(file)) {
        let tests = file.test_parts();
        for name in MACROS {
            for at in words(file.code(), name).filter(|at| !tests.iter().any(|part| part.contains(at))) {
                let what =
                    format!("`{name}` in a library; return the text, or write to what the caller gives");
                findings.push(Finding::new(&file.path, file.line(at), what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_do_not_print() {
        let text = "//! println!()\nfn f() { println!(\"eprint!\"); }\n#[cfg(test)]\nmod tests { fn g() { eprintln!() } }\n";
        let files = [
            ("crates/saola-nn/src/a.rs", text),
            ("src/lib.rs", text),
            ("crates/saola-nn/tests/a.rs", text),
            ("crates/saola-nn/src/tests.rs", text),
            ("crates/saola-cli/src/main.rs", text),
            ("examples/a.rs", text),
        ];
        let found: Vec<(String, usize)> =
            check(&Repository::of(&files)).into_iter().map(|f| (f.path, f.line)).collect();
        assert_eq!(found, [("crates/saola-nn/src/a.rs".to_string(), 2), ("src/lib.rs".to_string(), 2)]);
    }
}
