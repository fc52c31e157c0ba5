//! Nothing in the repository tells whose machine it was made on.
//!
//! Paths hide in notebooks, checkpoints and event files, so that all files are searched, those that are not text
//! too. Package hosts hide in lock files and settings: the repository names the public registry only.

use super::lexer::is_word;
use super::{Finding, Repository, Source};

/// First folders of absolute paths on people's machines.
const FOLDERS: &[&str] = &["work", "root", "home", "Users"];

/// Hosts and settings of package registries, each as two halves, so that this file does not hold them.
const REGISTRIES: &[(&str, &str)] = &[
    ("index.crates", ".io"),
    ("static.crates", ".io"),
    ("pypi.org", "/simple"),
    ("files.python", "hosted.org"),
    ("registry.npm", "js.org"),
    ("arti", "factory"),
    ("index", "-url"),
    ("replace", "-with"),
];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &repository.files {
        paths(file, &mut findings);
        for (a, b) in REGISTRIES {
            let name = format!("{a}{b}");
            for (at, _) in file.text.match_indices(&name) {
                let what = format!("`{name}` names a package host; leave that to the user's settings");
                findings.push(Finding::new(&file.path, file.line(at), what));
            }
        }
        if file.name() == "Cargo.lock" {
            sources(file, &mut findings);
        }
    }
    findings
}

fn paths(file: &Source, findings: &mut Vec<Finding>) {
    for folder in FOLDERS {
        let path = format!("/{folder}/");
        for (at, _) in file.text.match_indices(&path) {
            // `a/home/b`, `../home/b` and `$x/home/b` are not absolute.
            let before = file.text.as_bytes()[..at].last().copied().unwrap_or(b' ');
            if !is_word(before) && !b".-~})>]*".contains(&before) {
                let what =
                    format!("a path of somebody's machine, `{path}..`; make it relative, or an argument");
                findings.push(Finding::new(&file.path, file.line(at), what));
            }
        }
    }
}

/// A lock file that was made behind a mirror names the mirror.
fn sources(file: &Source, findings: &mut Vec<Finding>) {
    const PUBLIC: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    for (n, line) in file.text.lines().enumerate() {
        if line.starts_with("source = \"registry") && line != PUBLIC {
            let what = "a registry other than crates.io; make the lock file without a mirror's settings";
            findings.push(Finding::new(&file.path, n + 1, what));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Repository::of(&[(path, text)])).iter().map(|f| f.line).collect()
    }

    #[test]
    fn absolute_paths_are_found() {
        let of = |before: &str, folder: &str| format!("\n{before}/{folder}/x\n");
        assert_eq!(lines("a.md", &of("", "home")), [2]);
        assert_eq!(lines("a.bin", &of("\0path: \"", "work")), [2]);
        assert_eq!(lines("a.py", &of("file://", "root")), [2]);
        assert_eq!(lines("a.py", &of("net", "work")), [0usize; 0]);
        assert_eq!(lines("a.py", &of("..", "work")), [0usize; 0]);
        assert_eq!(lines("a.md", "a/homework/b /workspace/\n"), [0usize; 0]);
    }

    #[test]
    fn package_hosts_are_found() {
        for (a, b) in REGISTRIES {
            assert_eq!(lines("a.toml", &format!("\nx = \"{a}{b}\"\n")), [2]);
        }
        assert_eq!(lines("Cargo.lock", "source = \"registry+https://mirror.example/index\"\n"), [1]);
        assert_eq!(lines("a.md", "on crates.io and docs.rs\n"), [0usize; 0]);
    }
}
