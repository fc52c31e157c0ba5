//! Numeric loops over slices, the memory they run in and the threads they run on.
//!
//! This is the only crate of the workspace with `unsafe`. It knows slices, sizes and threads; it does not
//! know graphs, names or layers. Each kernel is a safe function that checks the lengths of its slices once.
//! [`memory`] is how a plan runs many kernels over one block of memory without checking them again.

pub mod attention;
pub mod axis_map;
pub mod cast;
pub mod conv;
pub mod counting;
pub mod cross_entropy;
pub mod elementwise;
pub mod fingerprint;
pub mod index;
pub mod lanes;
pub mod layout;
pub mod linalg;
pub mod lookup;
pub mod math;
pub mod matmul;
pub mod matvec;
pub mod memory;
pub mod normalization;
pub mod optimizer;
pub mod pool;
pub mod pooling;
pub mod product_then;
pub mod random;
pub mod random_shapes;
pub mod recurrent;
pub mod reduce;
pub mod resize;
pub mod scan;
pub mod segment;
pub mod simd;
pub mod siphash;
pub mod softmax;
pub mod sort;
pub mod special;
mod strips;
mod tile;
pub mod trees;
pub mod warp;
