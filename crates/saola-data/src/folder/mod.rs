//! Files in folders, one folder for each class: pictures and texts.

mod images;
mod index;
mod texts;

pub use images::{Color, ImageFolder, Images, Interpolation, read_image};
pub use index::{Folder, Kind, LabelMode};
pub use texts::{TextFolder, Texts};
