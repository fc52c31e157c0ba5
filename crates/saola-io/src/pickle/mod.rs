//! Python's pickles, as far as they hold plain values and NumPy's arrays.
//!
//! Keras's data sets of words are object arrays, which NumPy keeps as pickles, and the CIFAR pictures are pickled
//! dictionaries. A pickle is a program for a machine with a stack; the machine here knows the instructions that make
//! numbers, texts, lists, tuples, dictionaries and NumPy's arrays, and no other. It calls nothing: the three names of NumPy
//! that a pickled array refers to are marks, any other name is an error. Memory is bounded by the file's size: what a
//! pickle refers to twice is there twice, and is refused when that outgrows the file.

mod array;
mod machine;
mod read;
mod tree;
mod value;

pub use read::{parse_pickle, read_pickle};
pub use value::Pickled;
