//! Newswires and what they are about.

use saola_io::read_npz_values;
use saola_tensor::{Result, Tensor};
use std::collections::BTreeMap;

use super::cache::{Cache, Remote, take};
use super::part::n_train;
use super::words::{Texts, Words, labels, texts, word_index};

const FILE: Remote<'_> = Remote {
    name: "reuters.npz",
    origin: "https://storage.googleapis.com/tensorflow/tf-keras-datasets/reuters.npz",
    hash: "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
};

const INDEX: Remote<'_> = Remote {
    name: "reuters_word_index.json",
    origin: "https://storage.googleapis.com/tensorflow/tf-keras-datasets/reuters_word_index.json",
    hash: "4d44cc38712099c9e383dc6e5f11a921",
};

/// What the labels mean.
pub const TOPICS: [&str; 46] = [
    "cocoa",
    "grain",
    "veg-oil",
    "earn",
    "acq",
    "wheat",
    "copper",
    "housing",
    "money-supply",
    "coffee",
    "sugar",
    "trade",
    "reserves",
    "ship",
    "cotton",
    "carcass",
    "crude",
    "nat-gas",
    "cpi",
    "money-fx",
    "interest",
    "gnp",
    "meal-feed",
    "alum",
    "oilseed",
    "gold",
    "tin",
    "strategic-metal",
    "livestock",
    "retail",
    "ipi",
    "iron-steel",
    "rubber",
    "heat",
    "jobs",
    "lei",
    "bop",
    "zinc",
    "orange",
    "pet-chem",
    "dlr",
    "gas",
    "silver",
    "wpi",
    "hog",
    "lead",
];

/// 8,982 newswires to train on and 2,246 to test with, as numbers of words, and their topics. From `reuters.npz`.
///
/// # Errors
/// As [`super::mnist::load`].
pub fn load() -> Result<(Texts, Texts)> {
    load_with(Cache::new(), &Words::new(), 0.2)
}

/// As [`load`], from another place than `~/.keras` and with Keras's arguments.
///
/// # Errors
/// As [`load`]; [`saola_tensor::ErrorKind::Value`] where no text is shorter than `maxlen`, or `test_split` is not from 0 to
/// below 1.
pub fn load_with(cache: impl Into<Cache>, words: &Words, test_split: f64) -> Result<(Texts, Texts)> {
    let path = cache.into().file(&FILE)?;
    let [x, y] = take(read_npz_values(&path)?, &path, ["x", "y"])?;
    let (mut all, mut all_labels) = words.shuffled(texts(x)?, &labels(y)?, &mut words.random())?;
    words.limited(&mut all);
    let n = n_train(all.len(), test_split)?;
    let (test, test_labels) = (all.split_off(n), all_labels.split_off(n));
    Ok((Texts { x: all, y: Tensor::from(all_labels) }, Texts { x: test, y: Tensor::from(test_labels) }))
}

/// The number of each word in the files, before [`Words::index_from`] is added. From `reuters_word_index.json`.
///
/// # Errors
/// As [`load`].
pub fn word_numbers(cache: impl Into<Cache>) -> Result<BTreeMap<String, i64>> {
    word_index(&cache.into().file(&INDEX)?)
}
