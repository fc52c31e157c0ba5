//! Features crossed with each other.

/// Several features as one, whose categories are the combinations of theirs, hashed to a number of bins. Keras's
/// `FeatureSpace.cross`.
#[derive(Clone, Debug, PartialEq)]
pub struct Cross {
    pub(super) names: Vec<String>,
    pub(super) dim: usize,
    pub(super) one_hot: bool,
}

impl Cross {
    /// The features called `names`, in `dim` bins; a row with a 1 for each example.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>, dim: usize) -> Cross {
        Cross { names: names.into_iter().map(Into::into).collect(), dim, one_hot: true }
    }

    /// As the number of the bin.
    #[must_use]
    pub fn int(mut self) -> Cross {
        self.one_hot = false;
        self
    }

    /// `a_X_b`, as Keras calls it.
    pub fn name(&self) -> String {
        self.names.join("_X_")
    }
}
