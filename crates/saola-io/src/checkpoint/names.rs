//! Which names a reader may have meant.

use saola_tensor::Error;

/// How many names an error lists.
const LISTED: usize = 20;

/// How many near names an error offers.
const OFFERED: usize = 3;

/// The error for the name `wanted`, which is none of `known`.
pub(crate) fn unknown_name<'a>(
    file: &str,
    wanted: &str,
    known: impl ExactSizeIterator<Item = &'a str> + Clone,
) -> Error {
    let error = Error::not_found(format!("the checkpoint `{file}` has no variable `{wanted}`"));
    let total = known.len();
    let listed: Vec<&str> = known.clone().take(LISTED).collect();
    let more = if total > LISTED { format!(" and {} more", total - LISTED) } else { String::new() };
    let text = if total == 0 { "nothing".to_string() } else { format!("{}{more}", listed.join(", ")) };
    let error = error.note("it has", text);
    match near(wanted, known) {
        offers if offers.is_empty() => error,
        offers => error.help(format!("did you mean {}?", offers.join(" or "))),
    }
}

/// The names nearest to `wanted`, nearest first, each in backquotes.
fn near<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let limit = (wanted.len() / 3).max(2);
    let mut scored: Vec<(usize, &str)> = known
        .filter_map(|name| {
            // The same name under or without a scope is a nearer guess than any misspelling.
            let scoped = name.ends_with(&format!("/{wanted}")) || wanted.ends_with(&format!("/{name}"));
            if scoped { Some((0, name)) } else { distance(wanted, name, limit).map(|d| (d, name)) }
        })
        .collect();
    scored.sort();
    scored.into_iter().take(OFFERED).map(|(_, name)| format!("`{name}`")).collect()
}

/// How many letters must be changed, added or removed to make `b` of `a`, if at most `limit`.
fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().filter(|&d| d <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings_and_scopes_are_offered() {
        let known = ["dnn/hiddenlayer_0/bias", "dnn/hiddenlayer_0/kernel", "global_step"];
        let text = |wanted| unknown_name("m", wanted, known.iter().copied()).to_string();
        assert!(text("dnn/hidenlayer_0/kernel").contains("did you mean `dnn/hiddenlayer_0/kernel`"));
        assert!(text("hiddenlayer_0/bias").contains("did you mean `dnn/hiddenlayer_0/bias`"));
        let far = text("xyz");
        assert!(!far.contains("did you mean") && far.contains("global_step"), "{far}");
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = (0..50).map(|i| format!("v{i}")).collect();
        let error = unknown_name("m", "other/name/entirely", names.iter().map(String::as_str));
        assert!(error.to_string().contains("and 30 more"));
    }
}
