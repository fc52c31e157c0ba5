//! Sequences: columns with a step of time for each value.

use saola_graph::{Axes, DType, Symbol, concatenate};
use saola_nn::Scope;
use saola_tensor::{Error, Result, Tensor};

use super::{Classes, Column, CrossKey, RawFeature, Transform, VocabularyFile};
use crate::Features;
use crate::features::sorted;

/// What a column makes of sequences.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// Numbers for each step, `f32` of shape `[batch, time, n]`.
    pub values: Symbol,
    /// How many steps each example has, `i64` of shape `[batch]`: up to the last one with a value.
    pub lengths: Symbol,
}

/// A categorical column whose values are steps of time.
#[derive(Debug)]
struct SequenceOf(Column);

/// [`super::identity`] for a sequence of integers: for an [`embedding`](super::embedding) or
/// [`indicator`](super::indicator) of each step. The reference's `sequence_categorical_column_with_identity`.
pub fn sequence_identity(key: impl Into<String>, n: usize) -> Column {
    of(super::identity(key, n))
}

/// [`super::hashed`] for a sequence. The reference's `sequence_categorical_column_with_hash_bucket`.
pub fn sequence_hashed(key: impl Into<String>, n: usize) -> Column {
    of(super::hashed(key, n))
}

/// [`super::vocabulary`] for a sequence. The reference's `sequence_categorical_column_with_vocabulary_list`.
///
/// ```
/// use saola_estimator::column;
///
/// let words = column::sequence_vocabulary("words", ["to", "be", "or", "not"]);
/// assert_eq!(words.embedding(3).name(), "words_embedding");
/// ```
pub fn sequence_vocabulary(key: impl Into<String>, values: impl Into<Tensor>) -> Column {
    of(super::vocabulary(key, values))
}

/// [`super::vocabulary_with_oov`] for a sequence.
pub fn sequence_vocabulary_with_oov(
    key: impl Into<String>,
    values: impl Into<Tensor>,
    buckets: usize,
) -> Column {
    of(super::vocabulary_with_oov(key, values, buckets))
}

/// [`super::vocabulary_or`] for a sequence.
pub fn sequence_vocabulary_or(key: impl Into<String>, values: impl Into<Tensor>, default: usize) -> Column {
    of(super::vocabulary_or(key, values, default))
}

/// [`super::vocabulary_file`] for a sequence. The reference's `sequence_categorical_column_with_vocabulary_file`.
pub fn sequence_vocabulary_file(file: VocabularyFile) -> Column {
    of(file.into())
}

fn of(categorical: Column) -> Column {
    Column::new(SequenceOf(categorical))
}

impl Transform for SequenceOf {
    fn name(&self) -> String {
        self.0.name()
    }
    fn raw(&self) -> Result<Vec<RawFeature>> {
        self.0.transform().raw()
    }
    fn is_categorical(&self) -> bool {
        true
    }
    fn is_sequence(&self) -> bool {
        true
    }
    fn kind(&self) -> &'static str {
        self.0.transform().kind()
    }
    fn n_classes(&self) -> Result<usize> {
        self.0.transform().n_classes()
    }
    fn classes(&self, features: &Features) -> Result<Classes> {
        self.0.transform().classes(features)
    }
    fn leaves(&self) -> Result<Option<Vec<CrossKey>>> {
        self.0.transform().leaves()
    }
}

/// The classes of a column of which an embedding or an indicator is taken, step by step or not.
///
/// # Errors
/// A sequence where none belongs, or none where one belongs.
pub(super) fn classes_for(
    owner: &str,
    categorical: &Column,
    features: &Features,
    steps: bool,
) -> Result<Classes> {
    let (found, name) = (categorical.transform(), categorical.name());
    match (found.is_sequence(), steps) {
        (true, false) => Err(Error::value(format!("column `{owner}` is of a sequence, `{name}`"))
            .help("give it to `sequence_features`, or use a column that is no sequence")),
        (false, true) => Err(Error::value(format!("column `{owner}` is of no sequence, `{name}`"))
            .help("use a column such as `column::sequence_vocabulary`")),
        _ => found.classes(features),
    }
}

/// How many steps there are up to the last value.
pub(super) fn lengths(there: &Symbol) -> Symbol {
    let ones = there.cast(DType::I64);
    let step = ones.fill_like(1.0, DType::I64).cumsum(-1);
    // A row of no steps has none, so that there is always a number to take the largest of.
    let none = ones.sum_over(Axes::from(-1).keep()).zeros_like();
    concatenate(&[none, ones * step], -1).max_over(-1)
}

/// The sequence columns of `features` side by side, in the order of their names, and how many steps each example has,
/// which must be the same for all columns. Weights of embeddings are made under `sequence_features/<column>`. The
/// reference's `SequenceFeatures`.
///
/// ```
/// use saola_estimator::{Features, column};
/// use saola_graph::{Axes, DType, Dim, placeholder};
/// use saola_nn::{Scope, Weights};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let words = placeholder("words", DType::Str, [Dim::Any, Dim::Any]);
/// let columns = [column::sequence_hashed("words", 100).embedding(4)];
/// let mut weights = Weights::new();
/// let found =
///     column::sequence_features(&Features::from([("words", words)]), &columns, &mut Scope::new(&mut weights))?;
/// assert_eq!(found.values.spec().to_string(), "f32[?, ?, 4]");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A feature that is missing or of the wrong type, two columns of one name, or a column that is no sequence. Lengths that
/// differ are an error of the run.
pub fn sequence_features(features: &Features, columns: &[Column], cx: &mut Scope<'_>) -> Result<Sequence> {
    let (mut parts, mut all): (Vec<Symbol>, Option<(String, Symbol)>) = (Vec::new(), None);
    for (name, column) in sorted(columns)? {
        let path = format!("sequence_features/{name}");
        let Sequence { values, lengths } =
            cx.inside(&path, |cx| column.transform().sequence(features, cx))?;
        values.check().map_err(|e| e.context(format!("column `{name}`")))?;
        all = Some(match all {
            None => (name, lengths),
            Some((first, all)) => {
                let about = format!("lengths of the sequences `{first}` and `{name}`");
                let all = all.assert_equal(&lengths, about);
                (first, all)
            }
        });
        parts.push(values);
    }
    let Some((_, lengths)) = all else { return Err(Error::internal("no columns")) };
    let values = concatenate(&parts, -1);
    values.check()?;
    Ok(Sequence { values, lengths })
}

/// Each step of a sequence `[batch, time, n]` with what is known of the whole example behind it, `[batch, m]`:
/// `[batch, time, n + m]`. The reference's `concatenate_context_input`.
pub fn concatenate_context_input(context: &Symbol, sequence: &Symbol) -> Symbol {
    if context.rank() != 2 || sequence.rank() != 3 {
        let error = Error::shape(format!("a context {} for sequences {}", context.dims(), sequence.dims()));
        return Symbol::poisoned(error.help("give a context [batch, m] and sequences [batch, time, n]"));
    }
    let steps = sequence.slice(-1, 0..1).zeros_like();
    concatenate(&[sequence.clone(), context.expand_dims(1) + steps], -1)
}
