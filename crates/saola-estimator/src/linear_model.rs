//! The linear model of feature columns.

use saola_graph::{Combiner, Dim, Symbol};
use saola_nn::Scope;
use saola_nn::initializers::Zeros;
use saola_tensor::{Error, Result};

use crate::features::sorted;
use crate::{Column, Features};

/// A weighted sum of all columns and a bias: `[batch, units]`. Each class of a categorical column has `units` weights, of
/// which those of an example's classes are combined; a dense column has a product. All weights begin at zero, under
/// `linear_model/<column>/weights` and `linear_model/bias_weights`. What a step of training costs goes by the classes that
/// its batch has. The reference's `linear_model`.
///
/// ```
/// use saola_estimator::{Combiner, Features, column, linear_model};
/// use saola_graph::{DType, Dim, placeholder};
/// use saola_nn::{Scope, Weights};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let features = Features::from_iter([("city", placeholder("city", DType::Str, [Dim::Any]))]);
/// let mut weights = Weights::new();
/// let columns = [column::hashed("city", 1000)];
/// let logits = linear_model(&features, &columns, 1, Combiner::Sum, &mut Scope::new(&mut weights))?;
/// assert_eq!(logits.spec().to_string(), "f32[?, 1]");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A feature that is missing or of the wrong type, two columns of one name, or no columns.
pub fn linear_model(
    features: &Features,
    columns: &[Column],
    units: usize,
    combiner: Combiner,
    cx: &mut Scope<'_>,
) -> Result<Symbol> {
    let mut parts = Vec::new();
    for (name, column) in sorted(columns)? {
        let part =
            cx.inside(&format!("linear_model/{name}"), |cx| part(features, column, units, combiner, cx));
        let part = part?;
        part.check().map_err(|e| e.context(format!("column `{name}`")))?;
        parts.push(part);
    }
    let sum = parts.into_iter().reduce(|a, b| a + b);
    let sum =
        sum.ok_or_else(|| Error::value("there are no feature columns").help("give at least one column"))?;
    let bias = cx.inside("linear_model", |cx| cx.weight("bias_weights", [units], Zeros));
    Ok(sum + bias)
}

fn part(
    features: &Features,
    column: &Column,
    units: usize,
    combiner: Combiner,
    cx: &mut Scope<'_>,
) -> Result<Symbol> {
    let transform = column.transform();
    if transform.is_categorical() {
        let classes = transform.classes(features)?;
        let table = cx.weight("weights", [classes.count, units], Zeros);
        return Ok(table.embedding_lookup(&classes.ids, classes.weights.as_ref(), combiner));
    }
    let x = transform.dense(features, cx)?;
    let Dim::Known(width) = x.dim(-1) else {
        return Err(Error::shape(format!("column `{}` is {}", column.name(), x.spec()))
            .help("give as many numbers for each example"));
    };
    Ok(x.matmul(&cx.weight("weights", [width, units], Zeros)))
}
