//! Exporters: what writes exports while a model is trained and evaluated, one file each.
//!
//! To add one, write its file with a type that implements [`Exporter`] and add its line here.

mod best;
mod exporter;
mod final_exporter;
mod latest;
mod serving;

pub use best::BestExporter;
pub(crate) use exporter::folder_of;
pub use exporter::{Evaluation, Exporter};
pub use final_exporter::FinalExporter;
pub use latest::LatestExporter;
