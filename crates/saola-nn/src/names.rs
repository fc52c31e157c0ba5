//! Names that layers get when nobody gives them one.

use std::collections::HashMap;

/// `DenseFeatures` as `dense_features`: the form that Keras makes names from.
///
/// ```
/// assert_eq!(saola_nn::snake_case("DenseFeatures"), "dense_features");
/// assert_eq!(saola_nn::snake_case("Conv2D"), "conv2d");
/// assert_eq!(saola_nn::snake_case("LSTM"), "lstm");
/// ```
pub fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, &c) in letters.iter().enumerate() {
        let before = i.checked_sub(1).map(|k| letters[k]);
        let after = letters.get(i + 1);
        // A word begins at a capital after a small letter, or at the last capital of a run before a small letter.
        let begins = match before {
            Some(b) if c.is_uppercase() => {
                b.is_lowercase() || (b.is_alphanumeric() && after.is_some_and(|a| a.is_lowercase()))
            }
            _ => false,
        };
        if begins {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// Counts the names of each kind: `dense`, `dense_1`, `dense_2`.
#[derive(Clone, Debug, Default)]
pub struct NameCounter(HashMap<String, usize>);

impl NameCounter {
    /// The next name of a kind.
    pub fn next(&mut self, kind: &str) -> String {
        let count = self.0.entry(kind.to_string()).or_insert(0);
        *count += 1;
        if *count == 1 { kind.to_string() } else { format!("{kind}_{}", *count - 1) }
    }
}
