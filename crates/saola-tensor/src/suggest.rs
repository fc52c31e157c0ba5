//! The name that was probably meant.

/// The candidate nearest to `name`, if one is near enough to be what was meant.
///
/// Near is an edit distance (insertions, deletions, replacements and swaps of neighbours, letter case
/// ignored) of at most a third of the longer name, and of at most 1 where either name has two or three letters.
/// Nothing is near a name of one letter. The first of several equally near candidates wins.
///
/// ```
/// use saola_tensor::suggest;
///
/// let columns = ["SepalLength", "SepalWidth", "Species"];
/// assert_eq!(suggest("SepalLenght", columns), Some("SepalLength"));
/// assert_eq!(suggest("price", columns), None);
/// ```
pub fn suggest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let other: Vec<char> = candidate.to_lowercase().chars().collect();
        let limit = match wanted.len().min(other.len()) {
            0 | 1 => continue,
            2 | 3 => 1,
            _ => wanted.len().max(other.len()) / 3,
        };
        // The distance is at least the difference in length: this keeps absurd names from costing time.
        if wanted.len().abs_diff(other.len()) > limit {
            continue;
        }
        let distance = edits(&wanted, &other);
        if distance <= limit && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The edit distance with swaps of neighbours (optimal string alignment), over three rows of the table.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(a: &str, b: &str) -> usize {
        edits(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>())
    }

    #[test]
    fn distances_by_hand() {
        assert_eq!(distance("", ""), 0);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("relu", "relu"), 0);
    }

    #[test]
    fn the_nearest_wins_and_far_ones_do_not() {
        assert_eq!(suggest("adm", ["sgd", "adam", "adamw"]), Some("adam"));
        assert_eq!(suggest("RELU", ["relu", "gelu"]), Some("relu"));
        assert_eq!(suggest("xyz", ["relu", "gelu"]), None);
        assert_eq!(suggest("", ["a"]), None);
        assert_eq!(suggest("a", []), None);
    }

    #[test]
    fn short_names_are_near_to_little() {
        assert_eq!(suggest("x", ["y", "xy", "x1"]), None);
        assert_eq!(suggest("xy", ["x", "y"]), None);
        assert_eq!(suggest("ag", ["age", "zip"]), Some("age"));
        assert_eq!(suggest("abc", ["abcdef"]), None);
        assert_eq!(suggest("aeg", ["age"]), Some("age"));
    }
}
