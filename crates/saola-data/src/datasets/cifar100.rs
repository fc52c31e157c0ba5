//! Small pictures of a hundred kinds of things.

use saola_tensor::{DType, Result};

use super::cache::Cache;
use super::cifar::{Set, load as load_set};
use super::part::Part;

const SET: Set<'_> = Set {
    folder: "cifar-100-python-target",
    inner: "cifar-100-python",
    origin: "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    hash: "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
    dtype: DType::I64,
};

/// Which labels pictures have: Keras's `label_mode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Labels {
    /// One of a hundred kinds.
    #[default]
    Fine,
    /// One of twenty groups of kinds.
    Coarse,
}

/// 50,000 pictures to train on and 10,000 to test with: `u8` of 32 by 32 with 3 colors, and the fine labels, `i64` of
/// `[n, 1]`. From what Keras unpacks to `cifar-100-python-target`, or from its archive `cifar-100-python-target_archive`.
///
/// # Errors
/// As [`super::mnist::load`].
pub fn load() -> Result<(Part, Part)> {
    load_with(Cache::new(), Labels::Fine)
}

/// As [`load`], from another place than `~/.keras`, with fine or coarse labels.
///
/// # Errors
/// As [`load`].
pub fn load_with(cache: impl Into<Cache>, labels: Labels) -> Result<(Part, Part)> {
    let key = match labels {
        Labels::Fine => "fine_labels",
        Labels::Coarse => "coarse_labels",
    };
    load_set(&cache.into(), &SET, &["train"], "test", key)
}
