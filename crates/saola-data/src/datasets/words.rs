//! Texts as numbers of their words.

use std::collections::BTreeMap;
use std::path::Path;

use saola_io::Pickled;
use saola_tensor::{Error, Result, Tensor};

use super::mt19937::Mt19937;

/// Texts, each as the numbers of its words, and a label for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Texts {
    /// The words of each text.
    pub x: Vec<Vec<i64>>,
    /// The labels, `i64` of `[n]`.
    pub y: Tensor,
}

/// Which words of a text are kept and how they are numbered: the arguments of Keras's `imdb.load_data` and
/// `reuters.load_data`.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    num_words: Option<i64>,
    skip_top: i64,
    maxlen: Option<usize>,
    seed: u32,
    start_char: Option<i64>,
    oov_char: Option<i64>,
    index_from: i64,
}

impl Default for Words {
    fn default() -> Words {
        Words::new()
    }
}

impl Words {
    /// Keras's defaults: all words, from number 3 on (which is the most frequent one's, plus the number that it has in
    /// the file), behind a 1 that stands for the beginning.
    pub fn new() -> Words {
        Words {
            num_words: None,
            skip_top: 0,
            maxlen: None,
            seed: 113,
            start_char: Some(1),
            oov_char: Some(2),
            index_from: 3,
        }
    }

    /// Numbers from this on are replaced by `oov_char`. Unlike Keras's, no number means what is in the data: all below the
    /// largest one, which is itself replaced, as in Keras.
    pub fn num_words(mut self, n: i64) -> Self {
        self.num_words = Some(n);
        self
    }

    /// Numbers below this are replaced by `oov_char`.
    pub fn skip_top(mut self, n: i64) -> Self {
        self.skip_top = n;
        self
    }

    /// Texts of this many numbers and more are left out, as Keras does.
    pub fn maxlen(mut self, n: usize) -> Self {
        self.maxlen = Some(n);
        self
    }

    /// The seed of NumPy's `RandomState` by which texts are shuffled.
    pub fn seed(mut self, seed: u32) -> Self {
        self.seed = seed;
        self
    }

    /// What stands before each text; `None` for nothing.
    pub fn start_char(mut self, start: impl Into<Option<i64>>) -> Self {
        self.start_char = start.into();
        self
    }

    /// What replaces words that are not kept; with `None` they are left out.
    pub fn oov_char(mut self, oov: impl Into<Option<i64>>) -> Self {
        self.oov_char = oov.into();
        self
    }

    /// What is added to the numbers of the file.
    pub fn index_from(mut self, n: i64) -> Self {
        self.index_from = n;
        self
    }

    /// The random numbers that shuffle.
    pub(super) fn random(&self) -> Mt19937 {
        Mt19937::new(self.seed)
    }

    /// Texts of the file in the order that `random` gives, numbered and without the long ones.
    pub(super) fn shuffled(
        &self,
        texts: Vec<Vec<i64>>,
        labels: &[i64],
        random: &mut Mt19937,
    ) -> Result<(Vec<Vec<i64>>, Vec<i64>)> {
        if texts.len() != labels.len() {
            return Err(Error::format(format!("{} texts and {} labels", texts.len(), labels.len())));
        }
        let order = random.order(texts.len());
        let (mut kept, mut kept_labels) = (Vec::new(), Vec::new());
        for at in order {
            let added = texts[at].iter().map(|&word| word.saturating_add(self.index_from));
            let text: Vec<i64> = self.start_char.into_iter().chain(added).collect();
            if self.maxlen.is_none_or(|most| text.len() < most || most == 0) {
                kept.push(text);
                kept_labels.push(labels[at]);
            }
        }
        match kept.is_empty() && !texts.is_empty() {
            true => Err(Error::value(format!("no text is shorter than `maxlen` = {:?}", self.maxlen))
                .help("take a larger one")),
            false => Ok((kept, kept_labels)),
        }
    }

    /// Replaces the words of `texts` that are not kept.
    pub(super) fn limited(&self, texts: &mut [Vec<i64>]) {
        let largest = texts.iter().flatten().max().copied().unwrap_or(0);
        let end = self.num_words.filter(|&n| n != 0).unwrap_or(largest);
        let kept = |word: i64| (self.skip_top..end).contains(&word);
        for text in texts {
            match self.oov_char {
                Some(oov) => text.iter_mut().filter(|word| !kept(**word)).for_each(|word| *word = oov),
                None => text.retain(|&word| kept(word)),
            }
        }
    }
}

/// The texts of an array of lists of numbers.
pub(super) fn texts(value: Pickled) -> Result<Vec<Vec<i64>>> {
    let items = match value {
        Pickled::Objects { items, .. } => items,
        // NumPy makes a matrix of texts of one length.
        Pickled::Array(matrix) if matrix.rank() == 2 => {
            let width = matrix.shape()[1].max(1);
            return Ok(matrix.to_vec::<i64>()?.chunks(width).map(<[i64]>::to_vec).collect());
        }
        other => return Err(Error::format(format!("{} instead of an array of lists", other.kind()))),
    };
    let text = |item| match item {
        Pickled::Ints(words) => Ok(words),
        Pickled::Array(words) => words.to_vec::<i64>(),
        other => Err(Error::format(format!("{} instead of a list of numbers", other.kind()))),
    };
    items.into_iter().map(text).collect()
}

/// The numbers of labels.
pub(super) fn labels(value: Pickled) -> Result<Vec<i64>> {
    value.into_tensor()?.to_vec::<i64>()
}

/// The numbers of words, from a file of JSON.
pub(super) fn word_index(path: &Path) -> Result<BTreeMap<String, i64>> {
    let bytes = crate::read_file::read_file(path)?;
    serde_json::from_slice(&bytes).map_err(|e| {
        Error::format(format!("`{}` does not give a number for each word: {e}", path.display()))
            .help("get the file again")
            .with_source(e)
    })
}
