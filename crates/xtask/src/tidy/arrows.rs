//! Which crate may use which: rows from low to high, and a crate uses crates of lower rows only.
//!
//! The manifests are what counts, dependencies of tests included: a crate whose tests need a higher crate has
//! its tests in the wrong place.

use super::manifest::{Dependency, Manifest};
use super::{Finding, Repository, Source};

/// The rows of the house, the lowest first.
const ROWS: &[&[&str]] = &[
    &["saola-tensor"],
    &["saola-kernels"],
    &["saola-graph"],
    &["saola-runtime"],
    &["saola-io"],
    &["saola-nn", "saola-data", "saola-distribute"],
    &["saola-keras", "saola-estimator", TESTKIT],
    &["saola-cli", "saola-serve", "saola-bench"],
    &["saola"],
];

/// Arrows within a row that are allowed: who uses whom.
const EXCEPTIONS: &[(&str, &str)] = &[("saola-estimator", "saola-keras")];

/// Helpers for tests: any crate's tests may use it, and nothing else may.
const TESTKIT: &str = "saola-testkit";

/// Tools that use no crate of the workspace, and that none uses.
const APART: &[&str] = &["xtask"];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let manifests = || repository.files.iter().filter(|file| is_crate(file));
    let known = |name: &str| row(name).is_some() || APART.contains(&name);
    let mut findings = Vec::new();
    for file in manifests() {
        let manifest = Manifest::parse(&file.text);
        let Some(name) = manifest.get(&["package", "name"]) else { continue };
        if !known(&name.value) {
            let what = format!("`{}` stands in no row; add it to ROWS of the rule", name.value);
            findings.push(Finding::new(&file.path, name.line, what));
            continue;
        }
        for dependency in manifest.dependencies() {
            let ours = known(&dependency.name) || dependency.name.starts_with("saola");
            if let Some(fault) = ours.then(|| fault(&name.value, &dependency)).flatten() {
                findings.push(Finding::new(&file.path, dependency.line, fault));
            }
        }
    }
    findings
}

/// Whether this is the manifest of a crate of the workspace.
fn is_crate(file: &Source) -> bool {
    file.path == "Cargo.toml"
        || file.krate().is_some_and(|name| file.path == format!("crates/{name}/Cargo.toml"))
}

fn row(name: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&name))
}

/// What is wrong with this arrow, if anything.
fn fault(from: &str, to: &Dependency) -> Option<String> {
    let name = to.name.as_str();
    if name == TESTKIT {
        let outside = "is for tests; move it to [dev-dependencies]";
        return (!to.is_dev).then(|| format!("`{name}` {outside}"));
    }
    let Some(target) = row(name) else {
        return Some(format!("`{name}` stands in no row that a crate could use"));
    };
    let allowed = match row(from) {
        Some(own) => target < own || EXCEPTIONS.contains(&(from, name)),
        None => false,
    };
    let below: Vec<&str> =
        ROWS.iter().take(row(from).unwrap_or(0)).flat_map(|row| row.iter().copied()).collect();
    let why = || match below.is_empty() {
        true => format!("`{from}` may not use `{name}`; it uses no crate of the workspace"),
        false => format!("`{from}` may not use `{name}`; it may use {}", below.join(", ")),
    };
    (!allowed).then(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(krate: &str, dependencies: &str) -> Vec<String> {
        let text = format!("[package]\nname = \"{krate}\"\n{dependencies}");
        let path = format!("crates/{krate}/Cargo.toml");
        check(&Repository::of(&[(&path, &text)]))
            .into_iter()
            .map(|f| format!("{}: {}", f.line, f.message))
            .collect()
    }

    #[test]
    fn down_is_allowed() {
        let none: [&str; 0] = [];
        assert_eq!(
            messages("saola-graph", "[dependencies]\nsaola-kernels.workspace = true\nserde = \"1\"\n"),
            none
        );
        assert_eq!(messages("saola-estimator", "[dependencies]\nsaola-keras.workspace = true\n"), none);
        assert_eq!(messages("saola-tensor", "[dev-dependencies]\nsaola-testkit.workspace = true\n"), none);
        assert_eq!(messages("saola", "[dependencies]\nsaola-keras.workspace = true\n"), none);
    }

    #[test]
    fn up_and_beside_are_not() {
        let up = messages("saola-kernels", "[dependencies]\nsaola-graph.workspace = true\n");
        assert_eq!(up, ["4: `saola-kernels` may not use `saola-graph`; it may use saola-tensor"]);
        assert_eq!(messages("saola-data", "[dev-dependencies]\nsaola-nn.workspace = true\n").len(), 1);
        assert_eq!(messages("saola-io", "[target.'cfg(unix)'.dependencies]\nsaola-data = \"1\"\n").len(), 1);
        assert_eq!(messages("saola-keras", "[dependencies]\nsaola-estimator.workspace = true\n").len(), 1);
        assert_eq!(messages("saola-cli", "[dependencies]\nsaola.workspace = true\n").len(), 1);
        assert_eq!(messages("xtask", "[dependencies]\nsaola-tensor.workspace = true\n").len(), 1);
    }

    #[test]
    fn the_testkit_is_for_tests() {
        let found = messages("saola-nn", "[dependencies]\nsaola-testkit.workspace = true\n");
        assert_eq!(found, ["4: `saola-testkit` is for tests; move it to [dev-dependencies]"]);
    }

    #[test]
    fn a_crate_has_a_row() {
        assert_eq!(
            messages("saola-new", ""),
            ["2: `saola-new` stands in no row; add it to ROWS of the rule"]
        );
        assert_eq!(messages("saola-nn", "[dependencies]\nsaola-new = \"1\"\n").len(), 1);
    }
}
