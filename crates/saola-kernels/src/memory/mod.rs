//! Memory that a plan's kernels share, and the list of kernels that run over it.
//!
//! A plan decides once where every value lives: in its arena, in a constant, in a variable or in what the
//! caller feeds. [`Schedule::new`] checks every one of these decisions: each operand lies inside its block,
//! is aligned for its type, and nothing that a kernel writes overlaps with anything else that it is given.
//! Strings, whose sizes nobody knows before the run, are not in the arena but in slots that grow and are kept; a
//! slot must be written before it is read.
//! After that, [`Schedule::run`] hands out slices without looking again.

mod buffer;
mod schedule;

pub use buffer::{ALIGN, Buffer, Pod};
pub use schedule::{
    Call, Feed, Kernel, KernelError, Observer, Operand, Place, Reader, RunContext, Schedule, Step, Variables,
    Workspace, aligned,
};
