//! White space that nobody sees and every tool reports.

use super::{Finding, Repository, Source};

const ENDINGS: &[&str] = &[".rs", ".md", ".toml", ".py", ".sh", ".yml", ".yaml"];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let is_source = |f: &Source| ENDINGS.iter().any(|e| f.path.ends_with(e)) || f.text.starts_with("#!/");
    let mut findings = Vec::new();
    for file in repository.files.iter().filter(|f| is_source(f)) {
        let mut found = |line: usize, what: &str| findings.push(Finding::new(&file.path, line, what));
        if !file.is_text {
            found(1, "not UTF-8 text; convert it");
            continue;
        }
        for (n, line) in file.text.split('\n').enumerate() {
            match line.strip_suffix('\r') {
                Some(_) => found(n + 1, "a carriage return; end lines with a line feed alone"),
                None if line.ends_with([' ', '\t']) => {
                    found(n + 1, "blanks at the end of the line; remove them")
                }
                None => {}
            }
            if file.is_rust() && line.contains('\t') {
                found(n + 1, "a tab; use blanks, or `\\t` in text");
            }
        }
        if !file.text.is_empty() && !file.text.ends_with('\n') {
            found(file.text.lines().count(), "the last line does not end; add a line feed");
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Repository::of(&[(path, text)])).iter().map(|f| f.line).collect()
    }

    #[test]
    fn each_fault_is_found() {
        assert_eq!(lines("a.rs", "a \nb\r\nc\td\ne"), [1, 2, 3, 4]);
        assert_eq!(lines("a.md", "a\t\n\tb\n"), [1]);
        assert_eq!(lines("run", "#!/bin/sh\na \n"), [2]);
    }

    #[test]
    fn good_files_and_other_files_pass() {
        assert_eq!(lines("a.rs", "a\n\nb\n"), [0usize; 0]);
        assert_eq!(lines("a.rs", ""), [0usize; 0]);
        assert_eq!(lines("a.csv", "a \r\nb"), [0usize; 0]);
    }
}
