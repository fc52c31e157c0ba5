//! A function is read at one glance: 60 lines from `fn` to its closing brace, tests included.

use super::{Finding, Repository};

const MOST: usize = 60;

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repository.rust() {
        for function in file.functions() {
            let first = file.line(function.start);
            let lines = file.line(function.end) - first + 1;
            if lines > MOST {
                let what = format!(
                    "`{}` has {lines} lines, {MOST} are allowed; give its steps names",
                    function.name
                );
                findings.push(Finding::new(&file.path, first, what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_from_fn_to_the_brace() {
        let body = |lines: usize| format!("\nfn f() {{\n{}}}\n", "// }\n".repeat(lines - 2));
        let (fits, long) = (body(MOST), body(MOST + 1));
        let found = check(&Repository::of(&[("a.rs", &fits), ("b.rs", &long)]));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].path.as_str(), found[0].line), ("b.rs", 2));
        assert!(found[0].message.starts_with("`f` has 61 lines"));
    }
}
