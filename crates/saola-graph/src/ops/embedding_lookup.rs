//! `embedding_lookup`: the rows of a table that each element of a batch names, combined into one.

use saola_kernels::index;
use saola_kernels::math::Float;
use saola_kernels::memory::{Call, Pod};
use saola_tensor::{DType, Error, Result};

use super::dispatch::{only_indices, only_wide_floats, wide_float};
use super::indexed_rows::indexed_rows;
use super::lookup::as_indices;
use super::select::select;
use crate::tensorflow::Translation;
use crate::{Axes, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// How the rows of one element of a batch become one: of the rows eⱼ and their weights wⱼ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combiner {
    /// Σ wⱼeⱼ.
    Sum,
    /// Σ wⱼeⱼ / Σ wⱼ.
    Mean,
    /// Σ wⱼeⱼ / √Σ wⱼ².
    Sqrtn,
}

/// Inputs: a table `[classes, d]`, ids `[b, n]` and coefficients `[b, n]`: row i of the output `[b, d]` is
/// Σⱼ coefficientᵢⱼ · table[idᵢⱼ], without negative ids.
#[derive(Debug)]
struct EmbeddingSum;

/// The gradient of [`EmbeddingSum`] for the coefficients. Inputs: table, ids and rows `[b, d]`: the output `[b, n]` is
/// the product of row i and table[idᵢⱼ], 0 for a negative id.
#[derive(Debug)]
struct EmbeddingDot;

/// Ids that can be written to: a negative one is the largest of its row, or 0 where all of the row are.
#[derive(Debug)]
struct EmbeddingPlaces;

impl Symbol {
    /// For each row of `ids` the rows of this table that they name, combined: of a table `[classes, d]` by `[batch, n]`
    /// comes `[batch, d]`. Negative ids are padding; a row of nothing else gives zeros, an id that is no row of the
    /// table is an error of the run. `weights`, in the shape of the ids and the dtype of the table, say how much each
    /// row counts, 1 where there are none; a mean and [`Combiner::Sqrtn`] leave out what does not weigh more than 0.
    ///
    /// The table's gradient stays sparse: (indices, rows). TensorFlow's `safe_embedding_lookup_sparse`, with padded rows
    /// instead of a sparse tensor.
    ///
    /// ```
    /// use saola_graph::{Combiner, DType, Dim, placeholder};
    ///
    /// let table = placeholder("table", DType::F32, [100, 8]);
    /// let words = placeholder("words", DType::I64, [Dim::Any, Dim::Known(20)]);
    /// let texts = table.embedding_lookup(&words, None, Combiner::Mean);
    /// assert_eq!(texts.spec().to_string(), "f32[?, 8]");
    /// ```
    #[track_caller]
    pub fn embedding_lookup(&self, ids: &Symbol, weights: Option<&Symbol>, combiner: Combiner) -> Symbol {
        let mut ids = as_indices(ids);
        let weights = match weights {
            None => select(&ids.greater_equal(0), ids.fill_like(1.0, self.dtype()), 0.0),
            Some(weights) => {
                let mut counts = ids.greater_equal(0);
                if combiner != Combiner::Sum {
                    counts = counts.logical_and(weights.greater(0.0));
                }
                ids = select(&counts, &ids, -1);
                select(&counts, weights, 0.0)
            }
        };
        let over = |x: Symbol| x.sum_over(Axes::from(-1).keep());
        let coefficients = match combiner {
            Combiner::Sum => weights,
            Combiner::Mean => weights.div_no_nan(over(weights.clone())),
            Combiner::Sqrtn => {
                let squares = over(weights.square());
                // The root has no slope at 0, where all weights are 0.
                let norm = select(&squares.greater(0.0), squares.clone(), 1.0).sqrt();
                weights / norm
            }
        };
        Symbol::apply(EmbeddingSum, vec![self.clone(), ids, coefficients])
    }
}

/// Refuses a table, ids and what goes with the ids where they do not fit each other.
fn check(table: &Spec, ids: &Spec) -> Result<()> {
    only_wide_floats(table.dtype)?;
    only_indices(ids.dtype)?;
    if table.dims.len() != 2 || ids.dims.len() != 2 {
        return Err(Error::shape(format!("a table {} and ids {}", table.dims, ids.dims))
            .help("the table is [classes, d], the ids are [batch, n]; `.reshape(..)` merges other axes"));
    }
    Ok(())
}

impl Operation for EmbeddingSum {
    fn name(&self) -> &'static str {
        "embedding_lookup"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let [table, ids, weights] = [inputs[0], inputs[1], inputs[2]];
        check(table, ids)?;
        let fit =
            weights.dims.len() == 2 && ids.dims.iter().zip(weights.dims.iter()).all(|(a, b)| a.fits(*b));
        if !fit || weights.dtype != table.dtype {
            return Err(Error::shape(format!(
                "weights {weights} for ids {} and a table of {}",
                ids.dims, table.dtype
            ))
            .help("the weights have the shape of the ids and the dtype of the table"));
        }
        Ok(vec![Spec::new(table.dtype, [ids.dims[0], table.dims[1]])])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (table, ids, weights, dy) = (at.input(0), at.input(1), at.input(2), at.dy()?);
        let rows = weights.expand_dims(-1) * dy.expand_dims(1);
        let places = Symbol::apply(EmbeddingPlaces, vec![ids.clone()]);
        let table_gradient = indexed_rows(&places, &rows, table);
        let dots = Symbol::apply(EmbeddingDot, vec![table.clone(), ids.clone(), dy.clone()]);
        Ok(vec![Some(table_gradient), None, Some(dots)])
    }
    fn flops(&self, inputs: &[Value], outputs: &[Value]) -> u64 {
        2 * outputs[0].len() as u64 * inputs[1].shape[1] as u64
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let dtype = to.output(0).dtype;
        // What is not there counts 0 times, whatever row stands in for it.
        let first = to.number(0.0, DType::I64)?;
        let ids = to.elementwise("Maximum", [to.input(1), first], DType::I64);
        let axis = to.int(0)?;
        let of = [("Tparams", dtype.into()), ("Tindices", DType::I64.into()), ("Taxis", DType::I32.into())];
        let rows = to.node("GatherV2", [to.input(0), ids, axis], of);
        let weights = to.expand_dims(to.input(2), -1, dtype)?;
        let weighted = to.elementwise("Mul", [rows, weights], dtype);
        Ok(vec![to.reduce("Sum", weighted, &[1], false, dtype)?])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float>(e: index::Embedding) -> Lowering {
            Lowering::kernel(move |call: &mut Call<'_>| {
                index::embedding_sum(call.output::<T>(0), call.input(0), call.input(1), call.input(2), e)
            })
        }
        let e = extents(&inputs[0], &inputs[1]);
        Ok(wide_float!(inputs[0].dtype, T => kernel::<T>(e)))
    }
}

fn extents(table: &Value, ids: &Value) -> index::Embedding {
    index::Embedding { classes: table.shape[0], width: table.shape[1], places: ids.shape[1] }
}

impl Operation for EmbeddingDot {
    fn name(&self) -> &'static str {
        "embedding_lookup_gradient"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        check(inputs[0], inputs[1])?;
        Ok(vec![Spec::new(inputs[0].dtype, &inputs[1].dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (table, ids, rows, dy) = (at.input(0), at.input(1), at.input(2), at.dy()?);
        let dy = select(&ids.greater_equal(0), dy, 0.0);
        let places = Symbol::apply(EmbeddingPlaces, vec![ids.clone()]);
        let table_gradient = indexed_rows(&places, &(dy.expand_dims(-1) * rows.expand_dims(1)), table);
        let rows_gradient = Symbol::apply(EmbeddingSum, vec![table.clone(), ids.clone(), dy]);
        Ok(vec![Some(table_gradient), None, Some(rows_gradient)])
    }
    fn flops(&self, inputs: &[Value], outputs: &[Value]) -> u64 {
        2 * outputs[0].len() as u64 * inputs[0].shape[1] as u64
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float>(e: index::Embedding) -> Lowering {
            Lowering::kernel(move |call: &mut Call<'_>| {
                index::embedding_dot(call.output::<T>(0), call.input(0), call.input(1), call.input(2), e)
            })
        }
        let e = extents(&inputs[0], &inputs[1]);
        Ok(wide_float!(inputs[0].dtype, T => kernel::<T>(e)))
    }
}

impl Operation for EmbeddingPlaces {
    fn name(&self) -> &'static str {
        "embedding_places"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![Spec::new(DType::I64, &inputs[0].dims)])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let places = inputs[0].shape[1];
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            index::embedding_places(call.output(0), call.input(0), places);
            Ok(())
        }))
    }
}
