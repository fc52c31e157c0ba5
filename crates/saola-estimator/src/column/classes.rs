//! The classes of a batch.

use saola_graph::{Combiner, DType, Dim, Symbol};

/// The classes of each example of a batch, in rows that are padded to one length.
#[derive(Clone, Debug)]
pub struct Classes {
    /// Class numbers, `i64` of shape `[batch, n]`. A negative one is no class, and models leave it out: there is no
    /// value in this place, or a value that no class was found for.
    pub ids: Symbol,
    /// Where there are values, `bool` of shape `[batch, n]`. Crossings and lengths of sequences count a value without a
    /// class too.
    pub there: Symbol,
    /// How much each class counts, `f32` of shape `[batch, n]`; 1 where there are none.
    pub weights: Option<Symbol>,
    /// How many classes there are.
    pub n: usize,
}

impl Classes {
    /// The rows of `table`, `[n, d]`, that the classes of each example name, combined into one: `[batch, d]`, zeros for an
    /// example without classes. The table's gradient is sparse.
    ///
    /// A row whose length is above `max_norm` is scaled down to it first.
    pub(crate) fn look_up(&self, table: &Symbol, combiner: Combiner, max_norm: Option<f64>) -> Symbol {
        let Some(max_norm) = max_norm else {
            return table.embedding_lookup(&self.ids, self.weights.as_ref(), combiner);
        };
        // The scaled rows are a table of their own, in which every place has its row.
        let rows = table.gather(&self.ids.maximum(0), 0).clip_by_norm_over(max_norm, -1);
        let places = self.ids.fill_like(1.0, DType::I64).reshape([Dim::Any]).cumsum(0) - 1;
        let places = saola_graph::select(&self.ids.greater_equal(0), places.reshape_like(&self.ids), -1);
        let width = [Dim::Any, table.dim(-1)];
        rows.reshape(width).embedding_lookup(&places, self.weights.as_ref(), combiner)
    }
}
