//! Reviews of films, which praise or do not.

use saola_io::read_npz_values;
use saola_tensor::{Result, Tensor};
use std::collections::BTreeMap;

use super::cache::{Cache, Remote, take};
use super::words::{Texts, Words, labels, texts, word_index};

const FILE: Remote<'_> = Remote {
    name: "imdb.npz",
    origin: "https://storage.googleapis.com/tensorflow/tf-keras-datasets/imdb.npz",
    hash: "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
};

const INDEX: Remote<'_> = Remote {
    name: "imdb_word_index.json",
    origin: "https://storage.googleapis.com/tensorflow/tf-keras-datasets/imdb_word_index.json",
    hash: "bfafd718b763782e994055a2d397834f",
};

/// 25,000 reviews to train on and 25,000 to test with, as numbers of words, and 1 for praise or 0. From `imdb.npz`.
///
/// # Errors
/// As [`super::mnist::load`].
pub fn load() -> Result<(Texts, Texts)> {
    load_with(Cache::new(), &Words::new())
}

/// As [`load`], from another place than `~/.keras` and with Keras's arguments.
///
/// ```no_run
/// use saola_data::datasets::{Cache, Words, imdb};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let (train, test) = imdb::load_with(Cache::new(), &Words::new().num_words(10_000))?;
/// assert!(train.x.iter().flatten().all(|&word| word < 10_000));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`load`]; [`saola_tensor::ErrorKind::Value`] where no review is shorter than `maxlen`.
pub fn load_with(cache: impl Into<Cache>, words: &Words) -> Result<(Texts, Texts)> {
    let path = cache.into().file(&FILE)?;
    let [x_train, y_train, x_test, y_test] =
        take(read_npz_values(&path)?, &path, ["x_train", "y_train", "x_test", "y_test"])?;
    let mut random = words.random();
    let (mut all, mut all_labels) = words.shuffled(texts(x_train)?, &labels(y_train)?, &mut random)?;
    let n = all.len();
    let (test, test_labels) = words.shuffled(texts(x_test)?, &labels(y_test)?, &mut random)?;
    all.extend(test);
    all_labels.extend(test_labels);
    words.limited(&mut all);
    let (test, test_labels) = (all.split_off(n), all_labels.split_off(n));
    Ok((Texts { x: all, y: Tensor::from(all_labels) }, Texts { x: test, y: Tensor::from(test_labels) }))
}

/// The number of each word in the files, before [`Words::index_from`] is added. From `imdb_word_index.json`.
///
/// # Errors
/// As [`load`].
pub fn word_numbers(cache: impl Into<Cache>) -> Result<BTreeMap<String, i64>> {
    word_index(&cache.into().file(&INDEX)?)
}
