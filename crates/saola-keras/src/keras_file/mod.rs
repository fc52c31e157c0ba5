//! Models to `.keras` files and back, in the format of Keras 3.
//!
//! `order` says in which order Keras goes through the layers, `describe` writes the architecture, `rebuild` reads it,
//! `weights` moves the weights, `assets` what stands beside them, and `file` puts them together.

mod assets;
mod compile_config;
mod describe;
mod file;
mod order;
mod rebuild;
mod weights;
