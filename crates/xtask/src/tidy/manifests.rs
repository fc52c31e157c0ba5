//! The crates' manifests say the same things the same way.

use super::manifest::Manifest;
use super::{Finding, Repository, Source};

/// Keys of `[package]` that are written once, in the workspace.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license"];

/// Crates that are for people who work on saola, not for its users.
const UNPUBLISHED: &[&str] = &["saola-bench", "saola-testkit", "xtask"];

/// Dependencies that do not come from the workspace, because one crate alone may know them.
const OWN_DEPENDENCIES: &[(&str, &str)] = &[("saola-kernels", "libm")];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let name = |file: &Source| file.krate().map(str::to_string);
    let mut findings = Vec::new();
    for file in &repository.files {
        match name(file) {
            Some(krate) if file.path == format!("crates/{krate}/Cargo.toml") => {
                let faults = faults(&krate, &Manifest::parse(&file.text));
                findings.extend(faults.into_iter().map(|(line, what)| Finding::new(&file.path, line, what)));
            }
            _ => {}
        }
    }
    findings
}

fn faults(krate: &str, manifest: &Manifest) -> Vec<(usize, String)> {
    let mut faults = Vec::new();
    match manifest.get(&["package", "name"]) {
        Some(name) if name.value == krate => {}
        other => {
            faults.push((other.map_or(1, |n| n.line), format!("name the package `{krate}`, as its folder")))
        }
    }
    for key in INHERITED {
        if manifest.get(&["package", key, "workspace"]).is_none_or(|entry| entry.value != "true") {
            let line = manifest.get(&["package", key]).map_or(1, |entry| entry.line);
            faults.push((line, format!("write `{key}.workspace = true` in [package]")));
        }
    }
    let publish = manifest.get(&["package", "publish"]);
    let is_published = publish.is_none_or(|entry| entry.value != "false");
    if is_published && UNPUBLISHED.contains(&krate) {
        faults.push((1, "a tool is not published; write `publish = false` in [package]".into()));
    }
    if is_published && manifest.get(&["package", "description"]).is_none() {
        faults.push((1, "a published crate has a `description` in [package]".into()));
    }
    if !manifest.has(&["lints"]) {
        faults.push((1, "no lints hold here; write [lints] with `workspace = true`".into()));
    }
    for dependency in manifest.dependencies() {
        let name = dependency.name.as_str();
        if !dependency.from_workspace && !OWN_DEPENDENCIES.contains(&(krate, name)) {
            let what =
                format!("write `{name}.workspace = true`, and its version in the workspace's manifest");
            faults.push((dependency.line, what));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = \"a\"\ndescription = \"b\"\nversion.workspace = true\nedition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\n[dependencies]\nserde.workspace = true\n[lints]\nworkspace = true\n";

    fn found(text: &str) -> Vec<String> {
        let repository = Repository::of(&[("crates/a/Cargo.toml", text)]);
        check(&repository).into_iter().map(|f| format!("{}: {}", f.line, f.message)).collect()
    }

    #[test]
    fn a_good_manifest_passes() {
        let none: [&str; 0] = [];
        assert_eq!(found(GOOD), none);
        assert_eq!(found(&GOOD.replace("description = \"b\"", "publish = false")), none);
        // Fixtures and the root have manifests of other kinds.
        assert_eq!(check(&Repository::of(&[("bench/a/Cargo.toml", ""), ("Cargo.toml", "")])), []);
    }

    #[test]
    fn what_is_not_inherited_is_found() {
        let own = found(&GOOD.replace("edition.workspace = true", "edition = \"2021\""));
        assert_eq!(own, ["5: write `edition.workspace = true` in [package]"]);
        assert_eq!(found(&GOOD.replace("license.workspace = true\n", "")).len(), 1);
        let own = found(&GOOD.replace("serde.workspace = true", "serde = { version = \"1\" }"));
        assert_eq!(own, ["9: write `serde.workspace = true`, and its version in the workspace's manifest"]);
    }

    #[test]
    fn name_description_and_lints_are_asked_for() {
        assert_eq!(found(&GOOD.replace("\"a\"", "\"c\"")), ["2: name the package `a`, as its folder"]);
        assert_eq!(found(&GOOD.replace("description = \"b\"\n", "")).len(), 1);
        assert_eq!(found(&GOOD.replace("[lints]\nworkspace = true\n", "")).len(), 1);
    }

    #[test]
    fn tools_are_not_published() {
        let text = GOOD.replace("\"a\"", "\"xtask\"");
        let repository = Repository::of(&[("crates/xtask/Cargo.toml", &text)]);
        assert_eq!(check(&repository).len(), 1);
    }
}
