//! In which dtypes a layer keeps its weights and computes.

use std::fmt;
use std::str::FromStr;

use saola_tensor::{DType, Error, Result};
use serde_json::{Value, json};

/// In which dtype a layer keeps its weights, and in which it computes: Keras's `DTypePolicy`. A layer's own goes before
/// that of the layer or model around it.
///
/// Floating-point inputs of a layer are converted to the dtype that it computes in, and so are its weights. Where that is
/// `bf16`, both are rounded to it, what is between them is computed in `f32`, as processors add `bf16` up, and what comes
/// out is rounded again. Optimizers see the weights as they are kept, losses and metrics compute in `f32`.
///
/// ```
/// use saola_nn::DTypePolicy;
/// use saola_nn::layers::Dense;
///
/// let layer = Dense::new(8).dtype_policy(DTypePolicy::MIXED_BFLOAT16);
/// let policy: DTypePolicy = "mixed_bfloat16".parse()?;
/// assert_eq!(policy, DTypePolicy::MIXED_BFLOAT16);
/// # Ok::<(), saola_tensor::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DTypePolicy {
    name: &'static str,
    variable: DType,
    compute: DType,
}

impl DTypePolicy {
    /// Weights and computation in single precision: what is done where nothing else is said.
    pub const FLOAT32: DTypePolicy = DTypePolicy::new("float32", DType::F32, DType::F32);
    /// Weights and computation in double precision.
    pub const FLOAT64: DTypePolicy = DTypePolicy::new("float64", DType::F64, DType::F64);
    /// Weights and computation in `bf16`: for predictions, as no optimizer changes such weights.
    pub const BFLOAT16: DTypePolicy = DTypePolicy::new("bfloat16", DType::BF16, DType::BF16);
    /// Weights in single precision, computation in `bf16`.
    pub const MIXED_BFLOAT16: DTypePolicy = DTypePolicy::new("mixed_bfloat16", DType::F32, DType::BF16);

    const ALL: [DTypePolicy; 4] =
        [DTypePolicy::FLOAT32, DTypePolicy::FLOAT64, DTypePolicy::BFLOAT16, DTypePolicy::MIXED_BFLOAT16];

    const fn new(name: &'static str, variable: DType, compute: DType) -> DTypePolicy {
        DTypePolicy { name, variable, compute }
    }

    /// Keras's name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The dtype in which weights are kept.
    pub fn variable_dtype(self) -> DType {
        self.variable
    }

    /// The dtype in which a layer computes.
    pub fn compute_dtype(self) -> DType {
        self.compute
    }

    /// Whether what a layer computes is rounded to fewer digits than it is computed with.
    pub(crate) fn rounds(self) -> bool {
        matches!(self.compute, DType::BF16 | DType::F16)
    }

    /// The object of a Keras file.
    pub(crate) fn config(self) -> Value {
        let config = json!({"name": self.name});
        json!({"module": "keras", "class_name": "DTypePolicy", "config": config, "registered_name": null})
    }
}

impl fmt::Display for DTypePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl FromStr for DTypePolicy {
    type Err = Error;

    fn from_str(name: &str) -> Result<DTypePolicy> {
        DTypePolicy::ALL.into_iter().find(|policy| policy.name == name).ok_or_else(|| {
            let known = DTypePolicy::ALL.map(|policy| policy.name).join(", ");
            Error::value(format!("unknown dtype policy `{name}`")).help(format!("one of {known}"))
        })
    }
}
