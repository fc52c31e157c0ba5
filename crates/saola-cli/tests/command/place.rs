//! Running the command in a folder of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a run of the command gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A temporary folder to run the command in.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The Iris file as `iris.csv`.
    pub(crate) fn iris(&self) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/iris.csv");
        let text = std::fs::read_to_string(path).unwrap();
        self.write("iris.csv", &text);
        text
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_saola"));
        command.args(line.split_whitespace()).current_dir(self.folder.path());
        command
    }

    pub(crate) fn run(&self, line: &str) -> Run {
        let Output { status, stdout, stderr } = self.command(line).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Run { code: status.code(), out: text(stdout), err: text(stderr) }
    }

    /// Runs a command that must succeed.
    pub(crate) fn good(&self, line: &str) -> String {
        let run = self.run(line);
        assert_eq!(run.code, Some(0), "saola {line}\n{}{}", run.out, run.err);
        assert!(run.err.is_empty(), "saola {line}\n{}", run.err);
        run.out
    }

    /// Runs a command that must fail with exactly one error that has all of `words`, and leave every file as it is.
    pub(crate) fn bad(&self, line: &str, words: &[&str]) -> Run {
        let before = self.files();
        let run = self.fails(line, words);
        assert!(before == self.files(), "saola {line} changed files");
        run
    }

    /// As [`Place::bad`], where files may be added.
    pub(crate) fn fails(&self, line: &str, words: &[&str]) -> Run {
        let run = self.run(line);
        assert_eq!(run.code, Some(1), "saola {line}\n{}{}", run.out, run.err);
        assert_eq!(run.err.matches("error: ").count(), 1, "{}", run.err);
        assert!(!run.err.contains("panicked"), "{}", run.err);
        let missing: Vec<&&str> = words.iter().filter(|w| !run.err.contains(**w)).collect();
        assert!(missing.is_empty(), "saola {line}\nwithout {missing:?}:\n{}", run.err);
        run
    }

    /// All files below the folder with their bytes.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut all = BTreeMap::new();
        let mut open = vec![self.folder.path().to_path_buf()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => open.push(path),
                    false => drop(all.insert(path.clone(), std::fs::read(&path).unwrap())),
                }
            }
        }
        all
    }

    /// Files of a folder whose names contain `part`.
    pub(crate) fn names(&self, folder: &str, part: &str) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.path(folder)).unwrap();
        let mut paths: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
        paths.retain(|p| p.file_name().is_some_and(|n| n.to_string_lossy().contains(part)));
        paths.sort();
        paths
    }
}

/// The value of `name` in a table of the command.
pub(crate) fn value(out: &str, name: &str) -> f64 {
    let line = out
        .lines()
        .rev()
        .find_map(|l| l.trim().strip_prefix(name))
        .unwrap_or_else(|| panic!("{name}:\n{out}"));
    line.split_whitespace().next().unwrap().parse().unwrap()
}
