//! Feature columns: from raw features to what a model takes, one file each.
//!
//! A column is *dense* (numbers for each example: [`numeric`], [`indicator`], [`embedding`], [`shared_embeddings`]) or
//! *categorical* (classes for each example: [`vocabulary`], [`vocabulary_file`], [`identity`], [`hashed`], [`crossed`],
//! [`weighted`]), and [`bucketized`] is both. Networks take dense columns, see [`crate::dense_features`]; linear
//! models take both kinds, see [`crate::linear_model`], and so do boosted trees, see [`crate::BoostedTreesClassifier`].
//!
//! Features come as tensors of shape `[batch]` or `[batch, n]`. In a categorical column the empty string and the
//! integer −1 say that there is no value, so that lists of unequal lengths are padded with them.
//!
//! To add one, write its file with a function that makes it and a type that implements [`Transform`], and add its
//! line here. Names, order and rules for what is missing are those of `tf.feature_column`.

mod bucketized;
mod classes;
mod crossed;
mod embedding;
mod example_spec;
mod failed;
mod hashed;
mod identity;
mod indicator;
mod numeric;
mod raw;
mod sequence;
mod sequence_numeric;
mod shared_embeddings;
mod transform;
mod vocabulary;
mod vocabulary_file;
mod weighted;

pub use bucketized::bucketized;
pub use classes::Classes;
pub use crossed::{CrossKey, CrossKeys, crossed, crossed_with_key};
pub use embedding::{Embedding, embedding};
pub use example_spec::{RawFeature, RawValues, make_parse_example_spec};
pub use hashed::{hashed, hashed_integers};
pub use identity::{identity, identity_or};
pub use indicator::indicator;
pub use numeric::{Numeric, numeric, numeric_shaped};
pub use sequence::{
    Sequence, concatenate_context_input, sequence_features, sequence_hashed, sequence_identity,
    sequence_vocabulary, sequence_vocabulary_file, sequence_vocabulary_or, sequence_vocabulary_with_oov,
};
pub use sequence_numeric::{SequenceNumeric, sequence_numeric};
pub use shared_embeddings::{SharedEmbeddings, shared_embeddings};
pub use transform::{Column, Transform};
pub use vocabulary::{vocabulary, vocabulary_or, vocabulary_with_oov};
pub(crate) use vocabulary_file::words_of_file;
pub use vocabulary_file::{VocabularyFile, vocabulary_file};
pub use weighted::weighted;
