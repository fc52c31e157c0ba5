//! A file is about one thing, which has room in 800 lines, tests included.

use super::{Finding, Repository};

const MOST: usize = 800;

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repository.rust() {
        let lines = file.text.lines().count();
        if lines > MOST {
            let what = format!("{lines} lines, {MOST} are allowed; split it by what its parts are about");
            findings.push(Finding::new(&file.path, MOST + 1, what));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_of_rust_files() {
        let (fits, long) = ("//\n".repeat(MOST), "//\n".repeat(MOST + 1));
        let repository = Repository::of(&[("a.rs", &fits), ("b.rs", &long), ("c.md", &long)]);
        let found = check(&repository);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].path.as_str(), found[0].line), ("b.rs", 801));
    }
}
