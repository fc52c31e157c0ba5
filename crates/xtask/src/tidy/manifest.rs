//! `Cargo.toml`, as far as the rules need it: tables of keys with their values as text.
//!
//! Dotted keys, inline tables and `[dependencies.name]` all come out the same way, as a path of names: both
//! `serde.workspace = true` and `serde = { workspace = true }` under `[dependencies]` are
//! `dependencies / serde / workspace = true`. Comments are left out. Values are not interpreted further.

/// One value of a manifest.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    /// The names on the way to the value, quotes removed.
    pub(crate) path: Vec<String>,
    /// The value as it is written; a string without its quotes.
    pub(crate) value: String,
    /// The line it begins on, counted from one.
    pub(crate) line: usize,
}

/// A dependency, in whichever table it stands.
#[derive(Debug, PartialEq)]
pub(crate) struct Dependency {
    /// Its name in the manifest.
    pub(crate) name: String,
    /// Whether it stands in a table of dependencies of tests.
    pub(crate) is_dev: bool,
    /// Whether it is taken from the workspace.
    pub(crate) from_workspace: bool,
    /// The line it begins on.
    pub(crate) line: usize,
}

/// The values of a manifest.
pub(crate) struct Manifest {
    entries: Vec<Entry>,
}

impl Manifest {
    /// Reads a manifest that cargo has accepted.
    pub(crate) fn parse(text: &str) -> Manifest {
        let mut entries = Vec::new();
        let mut table: Vec<String> = Vec::new();
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let mut line = without_comment(line).trim().to_string();
            if let Some(header) = line.strip_prefix('[') {
                table = names(header.trim_end_matches(']').trim_start_matches('['));
                entries.push(Entry { path: table.clone(), value: String::new(), line: number + 1 });
                continue;
            }
            // A value goes on over several lines until its brackets are closed.
            while depth(&line) > 0 {
                let Some((_, more)) = lines.next() else { break };
                line = format!("{line} {}", without_comment(more).trim());
            }
            add(&mut entries, &table, &line, number + 1);
        }
        Manifest { entries }
    }

    /// The value at a path, as `["package", "version", "workspace"]`.
    pub(crate) fn get(&self, path: &[&str]) -> Option<&Entry> {
        self.entries.iter().find(|e| e.path == path && !e.value.is_empty())
    }

    /// Whether there is anything at or below a path.
    pub(crate) fn has(&self, path: &[&str]) -> bool {
        self.entries
            .iter()
            .any(|e| e.path.len() >= path.len() && e.path.iter().zip(path).all(|(a, b)| a == b))
    }

    /// The dependencies of all tables, those for some targets only included, in their order.
    pub(crate) fn dependencies(&self) -> Vec<Dependency> {
        let mut found: Vec<Dependency> = Vec::new();
        for entry in &self.entries {
            let path: Vec<&str> = entry.path.iter().map(String::as_str).collect();
            let path = if path.first() == Some(&"target") { path.get(2..).unwrap_or(&[]) } else { &path };
            let (is_dev, rest) = match path {
                ["dependencies" | "build-dependencies", rest @ ..] => (false, rest),
                ["dev-dependencies", rest @ ..] => (true, rest),
                _ => continue,
            };
            let Some(name) = rest.first() else { continue };
            let from_workspace = rest.get(1) == Some(&"workspace") && entry.value == "true";
            match found.iter_mut().find(|d| d.name == *name && d.is_dev == is_dev) {
                Some(known) => known.from_workspace |= from_workspace,
                None => {
                    let (name, line) = (name.to_string(), entry.line);
                    found.push(Dependency { name, is_dev, from_workspace, line });
                }
            }
        }
        found
    }
}

/// Adds `key = value`, and what is inside of an inline table one by one.
fn add(entries: &mut Vec<Entry>, table: &[String], text: &str, line: usize) {
    let Some((key, value)) = cut(text, '=') else { return };
    let path = [table, &names(key)].concat();
    let value = value.trim();
    match value.strip_prefix('{').and_then(|v| v.strip_suffix('}')) {
        Some(inside) => parts(inside, ',').iter().for_each(|part| add(entries, &path, part, line)),
        None => entries.push(Entry { path, value: value.trim_matches(['"', '\'']).to_string(), line }),
    }
}

/// The names of a dotted key.
fn names(key: &str) -> Vec<String> {
    parts(key, '.').iter().map(|name| name.trim().trim_matches(['"', '\'']).to_string()).collect()
}

/// Calls `seen(offset, character, bracket depth)` for what stands outside of quotes.
fn outside_of_quotes(text: &str, mut seen: impl FnMut(usize, char, i32)) {
    let (mut quote, mut depth, mut escaped) = (None, 0, false);
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open && !escaped => quote = None,
            Some(_) => escaped = c == '\\' && !escaped,
            None => {
                match c {
                    '"' | '\'' => quote = Some(c),
                    '{' | '[' | '(' => depth += 1,
                    '}' | ']' | ')' => depth -= 1,
                    _ => {}
                }
                seen(at, c, depth);
            }
        }
    }
}

fn without_comment(line: &str) -> &str {
    let mut end = line.len();
    outside_of_quotes(line, |at, c, _| end = if c == '#' { end.min(at) } else { end });
    &line[..end]
}

fn depth(text: &str) -> i32 {
    let mut last = 0;
    outside_of_quotes(text, |_, _, depth| last = depth);
    last
}

/// The two sides of the first `separator` outside of quotes and brackets.
fn cut(text: &str, separator: char) -> Option<(&str, &str)> {
    let first = parts(text, separator).first()?.len();
    text.get(first + separator.len_utf8()..).map(|rest| (&text[..first], rest))
}

/// What stands between the `separator`s outside of quotes and brackets.
fn parts(text: &str, separator: char) -> Vec<&str> {
    let (mut all, mut start) = (Vec::new(), 0);
    outside_of_quotes(text, |at, c, depth| {
        if c == separator && depth == 0 {
            all.push(&text[start..at]);
            start = at + c.len_utf8();
        }
    });
    all.push(&text[start..]);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
[package]
name = "a"            # the "name"
version.workspace = true
[dependencies]
b.workspace = true
c = { version = "1, 2", features = ["x", # why
  "y"] }
[dependencies.d]
workspace = true
[dev-dependencies]
b = "1"
[target.'cfg(unix)'.dependencies]
e = "2"
"#;

    #[test]
    fn values_by_path() {
        let manifest = Manifest::parse(TEXT);
        let value = |path: &[&str]| manifest.get(path).map(|e| (e.value.as_str(), e.line));
        assert_eq!(value(&["package", "name"]), Some(("a", 3)));
        assert_eq!(value(&["package", "version", "workspace"]), Some(("true", 4)));
        assert_eq!(value(&["dependencies", "c", "version"]), Some(("1, 2", 7)));
        assert_eq!(value(&["package"]), None);
        assert!(manifest.has(&["package"]) && !manifest.has(&["lints"]));
    }

    #[test]
    fn dependencies_of_all_tables() {
        let manifest = Manifest::parse(TEXT);
        let found = manifest.dependencies();
        let found: Vec<(&str, bool, bool, usize)> =
            found.iter().map(|d| (d.name.as_str(), d.is_dev, d.from_workspace, d.line)).collect();
        let expected = [
            ("b", false, true, 6),
            ("c", false, false, 7),
            ("d", false, true, 9),
            ("b", true, false, 12),
            ("e", false, false, 14),
        ];
        assert_eq!(found, expected);
    }
}
