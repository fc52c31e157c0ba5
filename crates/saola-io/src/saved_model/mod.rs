//! SavedModels: graphs of TensorFlow with their variables, to be run by other programs.

mod graph_def;
mod saver;
mod signature;
mod text;
mod writer;

pub use graph_def::graph_def;
pub use signature::Signature;
pub use text::TextFormat;
pub use writer::{SavedModelWriter, export_folders};
