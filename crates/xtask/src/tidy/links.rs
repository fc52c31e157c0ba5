//! Markdown links that lead into the repository lead to something.

use super::{Finding, Repository, Source};

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repository.files.iter().filter(|file| file.path.ends_with(".md")) {
        for (line, target) in targets(file) {
            let fault = match resolve(&file.path, &target) {
                Some(path) if repository.has(&path) => continue,
                Some(path) => format!("`{target}` leads to `{path}`, which is not there; correct the link"),
                None => format!("`{target}` leads out of the repository; name the place instead"),
            };
            findings.push(Finding::new(&file.path, line, fault));
        }
    }
    findings
}

/// The links to files, with their lines: `[text](target)`, `![text](target)` and `[name]: target` outside of code.
fn targets(file: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (n, line) in file.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            let line = without_code(line);
            let inline = line.match_indices("](").map(|(at, _)| &line[at + 2..]);
            let defined =
                line.starts_with('[').then(|| line.split_once("]: ")).flatten().map(|(_, rest)| rest);
            found.extend(inline.chain(defined).filter_map(target).map(|t| (n + 1, t.to_string())));
        }
    }
    found
}

/// The line with what stands between backquotes blanked out.
fn without_code(line: &str) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    let last = parts.len() - 1;
    // What follows a backquote that is never closed is text.
    let is_code = |n: usize| n % 2 == 1 && n < last;
    parts.iter().enumerate().map(|(n, part)| if is_code(n) { "" } else { part }).collect()
}

/// The file that a link names; none for links to the web or within the page.
fn target(rest: &str) -> Option<&str> {
    let rest = rest.trim_start();
    let whole = match rest.strip_prefix('<') {
        Some(inside) => inside.split('>').next()?,
        None => rest.split([')', ' ']).next()?,
    };
    let path = whole.split(['#', '?']).next()?;
    (!path.is_empty() && !path.contains(':')).then_some(path)
}

/// The path in the repository that `target` means in the file `from`; none if that is outside.
fn resolve(from: &str, target: &str) -> Option<String> {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let start = if target.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in start.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<usize> {
        let repository = Repository::of(&[("docs/a.md", text), ("docs/b.md", ""), ("src/lib.rs", "")]);
        check(&repository).iter().map(|f| f.line).collect()
    }

    #[test]
    fn broken_links_are_found() {
        assert_eq!(
            found("[a](c.md)\n[b](../b.md) [c](b.md)\n![d](/docs/x.png \"title\")\n[e]: c.md\n"),
            [1, 2, 3, 4]
        );
        assert_eq!(found("[out](../../x.md)\n"), [1]);
    }

    #[test]
    fn good_links_pass() {
        let text = "[a](b.md#part) [b](../src) [c](<b.md>) [d](#here) [e](https://x.y/z) [f](mailto:a@b.c)\n[g]: ../src/lib.rs\n";
        assert_eq!(found(text), [0usize; 0]);
    }

    #[test]
    fn code_is_not_searched() {
        assert_eq!(found("```rust\n[a](c.md)\n```\n`[a](c.md)` and `x[0](y)`\n"), [0usize; 0]);
    }
}
