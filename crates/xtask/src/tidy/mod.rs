//! The checks, one rule per file.
//!
//! A rule is a function from the [`Repository`] to what it finds wrong there. To add one, write its file, with
//! tests that show that it fires and that it stays silent, and add its line to [`RULES`].

mod arrows;
mod file_length;
mod finding;
mod forbidden;
mod function_length;
mod lexer;
mod links;
mod listing_files;
mod machine_paths;
mod manifest;
mod manifests;
mod module_docs;
mod printing;
mod reasons;
mod repository;
mod source;
mod unsafe_code;
mod whitespace;

pub(crate) use finding::Finding;
pub(crate) use repository::Repository;
pub(crate) use source::Source;

/// One check.
pub(crate) struct Rule {
    /// What its findings are printed under.
    pub(crate) name: &'static str,
    /// One line on what it asks.
    pub(crate) about: &'static str,
    /// Where it is not followed: path, line, and what is wrong and what to do.
    pub(crate) check: fn(&Repository) -> Vec<Finding>,
}

/// All checks.
#[rustfmt::skip]
pub(crate) const RULES: &[Rule] = &[
    Rule { name: "arrows", about: "a crate uses crates of rows below its own only", check: arrows::check },
    Rule { name: "manifests", about: "crates inherit version, edition, licence, lints and dependencies", check: manifests::check },
    Rule { name: "file-length", about: "a .rs file has at most 800 lines", check: file_length::check },
    Rule { name: "function-length", about: "a function has at most 60 lines", check: function_length::check },
    Rule { name: "listing-files", about: "mod.rs and lib.rs list and explain, they do not compute", check: listing_files::check },
    Rule { name: "module-docs", about: "a file of a crate begins with what it is", check: module_docs::check },
    Rule { name: "unsafe", about: "only saola-kernels has unsafe code", check: unsafe_code::check },
    Rule { name: "forbidden", about: "nothing is left half done, no test is switched off", check: forbidden::check },
    Rule { name: "reasons", about: "a lint is switched off with a reason only", check: reasons::check },
    Rule { name: "printing", about: "libraries do not print", check: printing::check },
    Rule { name: "whitespace", about: "no trailing blanks, no tabs, line feeds only, the last one included", check: whitespace::check },
    Rule { name: "machine-paths", about: "no path and no package host of somebody's machine", check: machine_paths::check },
    Rule { name: "links", about: "a link of a Markdown file leads to a file of the repository", check: links::check },
];

/// What all rules find, ordered by path and line.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let under = |rule: &Rule| (rule.check)(repository).into_iter().map(|f| f.under(rule.name)).collect();
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| -> Vec<Finding> { under(rule) }).collect();
    findings.sort();
    findings
}
