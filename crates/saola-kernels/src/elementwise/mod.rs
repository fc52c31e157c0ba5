//! Elementwise chains as one loop.
//!
//! A chain such as `relu(x * w + b)` read naively streams every intermediate through memory. Here a chain is
//! a [`Program`] for a small register machine whose registers are tiles of [`TILE`] numbers: load a tile of
//! each input, run the instructions, store a tile of each output, go on. Tiles stay in the first-level cache,
//! so that the memory sees each input and output once, and the cost of decoding an instruction is spread over
//! a whole tile. Each instruction is a loop without branches that the compiler vectorizes ([`crate::simd`]).
//!
//! Broadcasting is an index rule of a load ([`Access`]): an operand is read as `(i / repeat) % period`, which
//! covers scalars, biases and per-row factors. Truth values are bytes in memory and 0 or 1 in a register.

mod program;
mod scalar;

pub(crate) use program::Block;
pub use program::{Access, Instruction, Load, Number, Program, Store, TILE};
pub use scalar::{Binary, Scalar, Unary};
