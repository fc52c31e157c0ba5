//! Values: the tensor, its dtype and shape, strings, random numbers and the error type.
//!
//! This crate sits under everything else and knows neither operations nor threads. A [`Tensor`] is an
//! immutable, reference-counted, row-major array with a dtype and a shape that are known at run time;
//! cloning one, reshaping it or taking a range of its rows copies nothing.
//!
//! ```
//! use saola_tensor::{DType, Tensor};
//!
//! # fn main() -> saola_tensor::Result<()> {
//! let t = Tensor::new(vec![1.0f32, 2.0, 3.0, 4.0], [2, 2])?;
//! assert_eq!(t.dtype(), DType::F32);
//! assert_eq!(t.rows(1..2)?.to_vec::<f32>()?, [3.0, 4.0]);
//! # Ok(())
//! # }
//! ```

mod atomic;
mod batched;
mod convert;
mod display;
mod dtype;
mod error;
mod random;
mod shape;
mod storage;
mod strings;
mod suggest;
mod tensor;

pub use atomic::{AtomicFile, write_atomic};
pub use batched::Batched;
pub use dtype::{DType, Element};
pub use error::{Error, ErrorKind, Note, Result};
pub use half::{bf16, f16};
pub use random::{Philox, Rng, hash_str, mix};
pub use shape::{Shape, too_many};
pub use strings::{StrArray, StrPart, StrView};
pub use suggest::suggest;
pub use tensor::{Bytes, Tensor};
