//! A lint that is switched off says why, where it is switched off.

use super::source::{has_word, words};
use super::{Finding, Repository};

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repository.rust() {
        for attribute in file.attributes() {
            let code = &file.code()[attribute.clone()];
            let calls =
                |word| words(code, word).any(|at| code[at + word.len()..].trim_start().starts_with('('));
            if (calls("allow") || calls("expect")) && !has_word(code, "reason") {
                let what = "a lint is switched off without a `reason = \"..\"`; give one, or follow the lint";
                findings.push(Finding::new(&file.path, file.line(attribute.start), what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_asked_for() {
        let text = "#![allow(dead_code)]\n#[allow(a, reason = \"b\")]\n#[cfg_attr(x, expect(y))]\n#[allow(\n  a,\n  reason = \"b\"\n)]\nfn allow() { x.expect(\"a\"); } // #[allow(c)]\n";
        let found: Vec<usize> = check(&Repository::of(&[("a.rs", text)])).iter().map(|f| f.line).collect();
        assert_eq!(found, [1, 3]);
    }
}
