//! `mod.rs` and `lib.rs` list what is there and explain it; what computes has a file with its name on it.

use super::{Finding, Repository, Source};

/// Lines that are not blank, not a comment, not tests, and do not name a module: a table may be long.
const MOST_LINES: usize = 150;

/// Lines of one function.
const MOST_OF_FUNCTION: usize = 25;

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repository.rust().filter(|file| matches!(file.name(), "mod.rs" | "lib.rs")) {
        let lines = code_lines(file);
        if lines > MOST_LINES {
            let what = format!(
                "{lines} lines of code, {MOST_LINES} are allowed; move what computes to its own file"
            );
            findings.push(Finding::new(&file.path, 1, what));
        }
        let tests = file.test_parts();
        for function in file.functions() {
            let first = file.line(function.start);
            let lines = file.line(function.end) - first + 1;
            if lines > MOST_OF_FUNCTION && !tests.iter().any(|part| part.contains(&function.start)) {
                let name = function.name;
                let what = format!(
                    "`{name}` has {lines} lines here, where {MOST_OF_FUNCTION} are allowed; give it a file"
                );
                findings.push(Finding::new(&file.path, first, what));
            }
        }
    }
    findings
}

fn code_lines(file: &Source) -> usize {
    let tests = file.test_parts();
    let mut start = 0;
    let mut count = 0;
    for line in file.text.split_inclusive('\n') {
        let comment = &file.comments()[start..start + line.len()];
        let is_code =
            line.bytes().zip(comment.bytes()).any(|(byte, c)| !byte.is_ascii_whitespace() && c == b' ');
        let is_test = tests.iter().any(|part| part.contains(&start));
        count += usize::from(is_code && !is_test && !names_a_module(line));
        start += line.len();
    }
    count
}

/// Whether the line is `mod name;`, public or not.
fn names_a_module(line: &str) -> bool {
    let mut words = line.trim().split(' ').filter(|word| !word.starts_with("pub"));
    words.next() == Some("mod")
        && words.next().is_some_and(|name| name.ends_with(';'))
        && words.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_found() {
        let list = |lines: usize| {
            format!("//! What.\n\n{}#[cfg(test)]\nmod tests {{\n x\n}}\n", "use a::b;\n".repeat(lines))
        };
        let (fits, long) = (list(MOST_LINES), list(MOST_LINES + 1));
        let fits = format!("{}pub(crate) mod c;\n{fits}", "mod a;\npub mod b;\n".repeat(MOST_LINES));
        let found = check(&Repository::of(&[("a/mod.rs", &fits), ("b/mod.rs", &long), ("c/list.rs", &long)]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "b/mod.rs");
    }

    #[test]
    fn computing_functions_are_found() {
        let body = |lines: usize| format!("fn f() {{\n{}}}\n", "a;\n".repeat(lines - 2));
        let (fits, long) = (body(MOST_OF_FUNCTION), body(MOST_OF_FUNCTION + 1));
        let tests = format!("#[cfg(test)]\nmod tests {{\n{long}}}\n");
        let found = check(&Repository::of(&[("a/lib.rs", &fits), ("b/lib.rs", &long), ("c/mod.rs", &tests)]));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].path.as_str(), found[0].line), ("b/lib.rs", 1));
    }
}
