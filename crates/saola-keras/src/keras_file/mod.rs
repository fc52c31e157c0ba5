//! Models to `.keras` files and back, in the format of Keras 3.
//!
//! `order` says in which order Keras goes through the layers, `describe` writes the architecture, `rebuild` reads it,
//! `weights` moves the weights, `assets` what stands beside them, and `file` puts them together. `legacy` reads the
//! weights of Keras's older files and `whole_h5` their models, of which `older` brings the descriptions to the newer form.

mod assets;
mod compile_config;
pub(crate) mod describe;
mod file;
mod json;
mod legacy;
mod load;
mod older;
mod order;
mod rebuild;
mod weights;
mod whole_h5;

pub use load::Load;
