//! What a pickle can hold.

use saola_tensor::{Error, Result, Shape, Tensor};

/// A value out of a pickle: see [`crate::parse_pickle`].
#[derive(Clone, Debug, PartialEq)]
pub enum Pickled {
    /// `None`.
    None,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A number.
    Float(f64),
    /// Bytes, or a text of Python 2.
    Bytes(Vec<u8>),
    /// A text.
    Text(String),
    /// A list of integers, or an empty list.
    Ints(Vec<i64>),
    /// Another list, or a tuple.
    List(Vec<Pickled>),
    /// A dictionary in the order of the file.
    Dict(Vec<(Pickled, Pickled)>),
    /// An array of numbers.
    Array(Tensor),
    /// An array of objects, row by row.
    Objects {
        /// Its extents, whose product is the number of objects.
        shape: Shape,
        /// The objects.
        items: Vec<Pickled>,
    },
}

impl Pickled {
    /// What kind of value it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Pickled::None => "none",
            Pickled::Bool(_) => "a truth value",
            Pickled::Int(_) => "an integer",
            Pickled::Float(_) => "a number",
            Pickled::Bytes(_) => "bytes",
            Pickled::Text(_) => "a text",
            Pickled::Ints(_) => "a list of integers",
            Pickled::List(_) => "a list",
            Pickled::Dict(_) => "a dictionary",
            Pickled::Array(_) => "an array",
            Pickled::Objects { .. } => "an array of objects",
        }
    }

    /// Takes the value of `key` out of a dictionary; a key may be a text or its bytes.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Format`] where this is no dictionary or has no such key.
    pub fn take(&mut self, key: &str) -> Result<Pickled> {
        let Pickled::Dict(pairs) = self else {
            return Err(Error::format(format!("{} instead of a dictionary with `{key}`", self.kind())));
        };
        let is_key = |k: &Pickled| match k {
            Pickled::Text(text) => text == key,
            Pickled::Bytes(bytes) => bytes == key.as_bytes(),
            _ => false,
        };
        match pairs.iter().position(|(k, _)| is_key(k)) {
            Some(at) => Ok(pairs.swap_remove(at).1),
            None => Err(Error::format(format!("the dictionary has no `{key}`"))),
        }
    }

    /// The numbers of an array or of a list of integers.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Format`] for another value.
    pub fn into_tensor(self) -> Result<Tensor> {
        match self {
            Pickled::Array(tensor) => Ok(tensor),
            Pickled::Ints(numbers) => Ok(Tensor::from(numbers)),
            other => Err(Error::format(format!("{} instead of an array", other.kind()))),
        }
    }
}
