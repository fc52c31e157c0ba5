//! The files that the rules look at.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Source;

/// Folders that are never looked into where git is not there to say which files count.
const LEFT_OUT: &[&str] = &[".git", "target", "runs", "__pycache__", "node_modules"];

/// The files of the repository.
pub(crate) struct Repository {
    /// All files, ordered by path.
    pub(crate) files: Vec<Source>,
}

impl Repository {
    /// The repository of this workspace: the files that git knows or would add, or without git all but what is
    /// built.
    pub(crate) fn open() -> Result<Repository, String> {
        let root = root()?;
        let paths = match listed_by_git(&root) {
            Some(paths) => paths,
            None => {
                let mut paths = BTreeSet::new();
                walk(&root, &root, &mut paths)?;
                paths
            }
        };
        let mut files = Vec::new();
        for path in paths {
            let full = root.join(&path);
            // A file that git knows may be deleted, and a link may lead to a folder.
            if full.is_file() {
                let bytes = std::fs::read(&full).map_err(|e| format!("reading `{path}`: {e}"))?;
                files.push(Source::new(path, &bytes));
            }
        }
        Ok(Repository { files })
    }

    /// A repository of these files.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Repository {
        let files = files.iter().map(|(path, text)| Source::new(*path, text.as_bytes())).collect();
        Repository { files }
    }

    /// The Rust sources.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &Source> {
        self.files.iter().filter(|file| file.is_rust())
    }

    /// Whether `path` is a file, or a folder with files in it.
    pub(crate) fn has(&self, path: &str) -> bool {
        let below = |file: &Source| file.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        path.is_empty() || self.files.iter().any(|file| file.path == path || below(file))
    }
}

/// The folder of the workspace: two above this crate, as `cargo run` tells it, or else the nearest above the
/// current one.
fn root() -> Result<PathBuf, String> {
    let here = std::env::current_dir().map_err(|e| format!("the current folder: {e}"))?;
    let start = std::env::var_os("CARGO_MANIFEST_DIR").filter(|v| !v.is_empty()).map_or(here, PathBuf::from);
    let is_root = |folder: &&Path| {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line.trim() == "[workspace]")
    };
    let found = start.ancestors().find(is_root).map(Path::to_path_buf);
    found.ok_or_else(|| format!("no Cargo.toml with a [workspace] above `{}`", start.display()))
}

/// What git lists, or none where there is no git, no repository, or the folder is one that it ignores.
fn listed_by_git(root: &Path) -> Option<BTreeSet<String>> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").args(arguments).current_dir(root).output().ok()?;
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    let names: BTreeSet<String> =
        names.split('\0').filter(|name| !name.is_empty()).map(str::to_string).collect();
    (output.status.success() && !names.is_empty()).then_some(names)
}

fn walk(root: &Path, folder: &Path, into: &mut BTreeSet<String>) -> Result<(), String> {
    let fault = |e: std::io::Error| format!("reading `{}`: {e}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if entry.file_type().map_err(fault)?.is_dir() {
            if !LEFT_OUT.contains(&name.as_str()) {
                walk(root, &path, into)?;
            }
        } else if let Ok(relative) = path.strip_prefix(root) {
            let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
            into.insert(parts.join("/"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders() {
        let repository = Repository::of(&[("docs/a.md", ""), ("b.rs", "")]);
        assert!(repository.has("docs/a.md") && repository.has("docs") && repository.has(""));
        assert!(!repository.has("doc") && !repository.has("docs/b.md"));
        assert_eq!(repository.rust().count(), 1);
    }

    #[test]
    fn this_repository_with_and_without_git() {
        let root = root().unwrap();
        let mut walked = BTreeSet::new();
        walk(&root, &root, &mut walked).unwrap();
        assert!(walked.contains("crates/xtask/src/tidy/repository.rs"));
        assert!(walked.iter().all(|path| !path.starts_with("target/") && !path.starts_with(".git/")));
        if let Some(listed) = listed_by_git(&root) {
            assert!(listed.contains("crates/xtask/src/tidy/mod.rs"));
            assert!(listed.iter().all(|path| !path.starts_with("target/")));
        }
    }
}
