//! Files in folders, one folder for each class: pictures, texts and sounds.

mod images;
mod index;
mod sounds;
mod texts;

pub use images::{Color, ImageFolder, Images, Interpolation, read_image};
pub use index::{Folder, Kind, LabelMode};
pub use sounds::{SoundFolder, Sounds, read_wav};
pub use texts::{TextFolder, Texts};
