//! How many items a dataset has.

/// How many items one pass over a dataset gives, as far as it is known without making the pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cardinality {
    /// Exactly so many.
    Known(u64),
    /// It never ends.
    Infinite,
    /// Only a pass would tell: after a filter, or from a generator.
    Unknown,
}

impl Cardinality {
    /// The number, where it is known.
    pub fn known(self) -> Option<u64> {
        match self {
            Cardinality::Known(n) => Some(n),
            Cardinality::Infinite | Cardinality::Unknown => None,
        }
    }

    /// The same kind with the number changed.
    pub(crate) fn change(self, f: impl FnOnce(u64) -> u64) -> Cardinality {
        match self {
            Cardinality::Known(n) => Cardinality::Known(f(n)),
            other => other,
        }
    }
}
