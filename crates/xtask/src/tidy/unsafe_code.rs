//! Unsafe code is in one crate, where each block says why it holds.
//!
//! The compiler's lint says so too, in each crate that asks for it; this holds for tests, examples and crates
//! that forgot to ask.

use super::source::words;
use super::{Finding, Repository};

const ALLOWED: &str = "saola-kernels";

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repository.rust().filter(|file| file.krate() != Some(ALLOWED)) {
        for at in words(file.code(), "unsafe") {
            let what = format!("unsafe code outside of {ALLOWED}; give that crate a safe function for it");
            findings.push(Finding::new(&file.path, file.line(at), what));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_kernels_may() {
        let code = "// unsafe\nfn f() { unsafe { g() } }\n";
        let lint = "#![deny(unsafe_code)]\nfn f() { \"unsafe\"; }\n";
        let repository =
            Repository::of(&[("crates/saola-kernels/src/a.rs", code), ("tests/a.rs", code), ("b.rs", lint)]);
        let found = check(&repository);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].path.as_str(), found[0].line), ("tests/a.rs", 2));
    }
}
