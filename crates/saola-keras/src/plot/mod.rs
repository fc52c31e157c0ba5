//! Pictures: of a history, and of a model.

mod diagram;
mod history;
mod layers;
mod model;

pub use model::Plot;
