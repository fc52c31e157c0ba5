//! A linear function of columns.

use saola_graph::{Combiner, Symbol};
use saola_nn::Scope;
use saola_nn::initializers::Zeros;
use saola_tensor::{Error, Result};

use crate::features::sorted;
use crate::{Column, Features};

/// For each example `units` numbers, `[batch, units]`, that are a linear function of all columns: the reference's
/// `LinearModel`.
///
/// A categorical column adds up the weights of an example's classes, as `sparse_combiner` says; a dense one is
/// multiplied by its weights. All begin at 0 and are called `linear_model/<column>/weights`, `[classes, units]` or
/// `[numbers, units]`, and `linear_model/bias_weights`, `[units]`. The gradient of a categorical column's weights is
/// sparse, so that a step of training costs as much as the classes of the batch, however many there are.
///
/// ```
/// use saola_estimator::{Features, column, linear_model};
/// use saola_graph::{Combiner, DType, Dim, placeholder};
/// use saola_nn::{Scope, Weights};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let features = Features::from([
///     ("age", placeholder("age", DType::F32, [Dim::Any])),
///     ("city", placeholder("city", DType::Str, [Dim::Any])),
/// ]);
/// let columns = [column::numeric("age"), column::hashed("city", 1000)];
/// let mut weights = Weights::new();
/// let y = linear_model(&features, &columns, 1, Combiner::Sum, &mut Scope::new(&mut weights))?;
/// assert_eq!(y.spec().to_string(), "f32[?, 1]");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// No columns or units, two columns of one name, or a feature that is missing or that its column does not take.
pub fn linear_model(
    features: &Features,
    columns: &[Column],
    units: usize,
    sparse_combiner: Combiner,
    cx: &mut Scope<'_>,
) -> Result<Symbol> {
    if units == 0 {
        return Err(Error::value("a linear model of no units").help("give at least one"));
    }
    let columns = sorted(columns)?;
    cx.inside("linear_model", |cx| {
        let mut total: Option<Symbol> = None;
        for (name, column) in columns {
            let part = cx.inside(&name, |cx| weighted_sum(features, column, units, sparse_combiner, cx))?;
            part.check().map_err(|e| e.context(format!("column `{name}`")))?;
            total = Some(match total {
                None => part,
                Some(total) => total + part,
            });
        }
        let bias = cx.weight("bias_weights", [units], Zeros);
        let total = total.map_or_else(|| bias.clone(), |total| total + &bias);
        Ok(total.check()?.clone())
    })
}

/// What one column adds, `[batch, units]`.
fn weighted_sum(
    features: &Features,
    column: &Column,
    units: usize,
    combiner: Combiner,
    cx: &mut Scope<'_>,
) -> Result<Symbol> {
    if column.transform().is_categorical() {
        let classes = column.transform().classes(features)?;
        let weights = cx.weight("weights", [classes.n, units], Zeros);
        return Ok(classes.look_up(&weights, combiner, None));
    }
    let x = column.transform().dense(features, cx)?;
    let Some(n) = x.check()?.dim(-1).known() else {
        return Err(Error::shape(format!("column `{}` is {}", column.name(), x.spec()))
            .help("a dense column has a known number of values for each example"));
    };
    let weights = cx.weight("weights", [n, units], Zeros);
    Ok(x.matmul(&weights))
}
