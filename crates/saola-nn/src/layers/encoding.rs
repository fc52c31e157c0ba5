//! What layers that give numbers of categories have in common: the form in which they give them.

use saola_graph::{DType, Symbol, select};
use saola_tensor::{Error, Result};

/// In which form a layer gives numbers of categories. Keras's `output_mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputMode {
    /// The numbers themselves.
    Int,
    /// For each number a row that is 1 at its place. A last axis of extent 1 gives way to the row.
    OneHot,
    /// For each list of numbers, the last axis, a row that is 1 at the places of all of them.
    MultiHot,
    /// As `MultiHot`, with how often each number stands in the list.
    Count,
    /// As `Count`, each number times a weight of its category.
    TfIdf,
}

impl OutputMode {
    /// Keras's name.
    pub fn name(self) -> &'static str {
        match self {
            OutputMode::Int => "int",
            OutputMode::OneHot => "one_hot",
            OutputMode::MultiHot => "multi_hot",
            OutputMode::Count => "count",
            OutputMode::TfIdf => "tf_idf",
        }
    }

    /// The mode that Keras calls `name`.
    pub(super) fn of(name: &str) -> OutputMode {
        match name {
            "one_hot" => OutputMode::OneHot,
            "multi_hot" => OutputMode::MultiHot,
            "count" => OutputMode::Count,
            "tf_idf" => OutputMode::TfIdf,
            _ => OutputMode::Int,
        }
    }
}

/// The numbers `indices`, from 0 up to `depth`, in the form of `mode`; those at `dropped` have no part in a list.
pub(super) fn encode(
    class: &str,
    indices: &Symbol,
    mode: OutputMode,
    depth: usize,
    dropped: Option<&Symbol>,
    weights: Option<&Symbol>,
) -> Result<Symbol> {
    let lift = |x: &Symbol| if x.rank() == 0 { x.expand_dims(0) } else { x.clone() };
    let x = lift(indices);
    let x = match dropped {
        Some(dropped) => select(&lift(dropped), x.fill_like(depth as f64, x.dtype()), &x),
        None => x,
    };
    match mode {
        OutputMode::Int => Ok(indices.clone()),
        OutputMode::OneHot => {
            let x = if x.rank() > 1 && x.dim(-1) == 1.into() { x.squeeze(-1) } else { x };
            Ok(x.one_hot(depth, DType::F32))
        }
        _ if x.rank() > 2 => Err(Error::shape(format!(
            "{class}: lists of categories are [batch, categories], not {}",
            indices.dims()
        ))
        .help("give one list for each example, or ask for `one_hot`")),
        _ => {
            let spare = usize::from(dropped.is_some());
            let counts = match weights {
                Some(weights) => x.bincount_weighted(&lift(weights).cast(DType::F32), depth + spare),
                None => x.bincount(depth + spare).cast(DType::F32),
            };
            let counts = if spare == 1 { counts.slice(-1, 0..depth) } else { counts };
            Ok(if mode == OutputMode::MultiHot { counts.minimum(1.0) } else { counts })
        }
    }
}
