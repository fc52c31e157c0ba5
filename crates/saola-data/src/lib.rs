//! Datasets: pipelines in the manner of `tf.data`, and readers of files that end in one.
//!
//! A [`Dataset`] describes where items come from and what happens to them; [`Dataset::iter`] runs it, as
//! often as wanted. An item is an [`Element`]: a tensor, a tuple or named parts. Names and semantics are
//! those of `tf.data`, with two differences: everything random has a fixed seed unless another is given, and
//! a wrong argument is reported by the first item (or by [`Dataset::check`]) instead of where it was given,
//! so that a chain of calls needs no `?`.
//!
//! Rows of arrays are not touched until somebody looks at them: shuffling and repeating move handles, and
//! [`Dataset::batch`] gathers the rows of a batch in one pass. A batch of consecutive rows is a view.
//!
//! ```
//! use saola_data::Dataset;
//! use saola_tensor::Tensor;
//!
//! # fn main() -> saola_tensor::Result<()> {
//! let x = Tensor::from([[1.0f32, 2.0], [3.0, 4.0], [5.0, 6.0]]);
//! let y = Tensor::from([0i64, 1, 0]);
//! let dataset = Dataset::from_tensor_slices((&x, &y))?.shuffle(3).repeat(8).batch(4);
//! for batch in &dataset {
//!     let batch = batch?;
//!     let (features, label) = batch.pair()?;
//!     assert_eq!(&features.tensor()?.shape()[..], [4, 2]);
//!     assert_eq!(&label.tensor()?.shape()[..], [4]);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Files: [`Csv`] reads a table with typed columns, [`write_csv`] writes one; [`read_idx`] and [`Mnist`] read
//! the IDX files of the MNIST digits. [`Dataset::text_lines`] and [`Dataset::tf_records`] read as they go, with
//! [`ExampleSpec`] for what is in records; [`ImageFolder`], [`TextFolder`] and [`SoundFolder`] read folders with one folder for each class;
//! With the feature `parquet`, `ColumnFiles` reads Parquet and Arrow files. [`TimeSeries`] cuts windows out of series. [`PadSequences`], [`to_categorical`], [`normalize`], [`split_dataset`] and
//! [`save_image`] work on whole arrays.

mod batched;
mod batches;
mod cardinality;
#[cfg(feature = "parquet")]
mod columnar;
mod csv;
mod dataset;
pub mod datasets;
mod element;
mod element_from;
mod example;
mod folder;
mod from;
mod gzip;
mod idx;
mod iter;
mod mnist;
mod ops;
mod pad;
mod position;
mod random;
mod read_file;
mod saved;
mod source;
mod stack;
mod stage;
mod utils;

pub use batches::Batches;
pub use cardinality::Cardinality;
#[cfg(feature = "parquet")]
pub use columnar::ColumnFiles;
pub use csv::{Column, ColumnType, Csv, CsvOptions, CsvWriter, Table, write_csv};
pub use dataset::Dataset;
pub use element::Element;
pub use example::{ExampleForm, ExampleSpec, encode_example, parse_example};
pub use folder::{
    Color, Folder, ImageFolder, Images, Interpolation, Kind, LabelMode, SoundFolder, Sounds, TextFolder,
    Texts, read_image, read_wav,
};
pub use from::{IntoPaths, TimeSeries};
pub use idx::{parse_idx, read_idx};
pub use indexmap::IndexMap;
pub use iter::DatasetIter;
pub use mnist::{Digits, Mnist};
pub use ops::{Padding, Window};
pub use position::Position;
pub use utils::{PadSequences, Side, Size, normalize, save_image, split_dataset, to_categorical};
