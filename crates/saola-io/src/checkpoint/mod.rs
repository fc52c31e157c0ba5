//! TensorFlow's checkpoints (its "tensor bundle", or "V2" format): named tensors in two files.
//!
//! `<prefix>.index` is a small sorted table from names to places, `<prefix>.data-00000-of-00001` holds the raw
//! little-endian bytes of the tensors, one after the other. Both sides are proved against TensorFlow: it reads
//! what [`CheckpointWriter`] writes, and [`CheckpointReader`] reads what it writes, also several data files.
//!
//! A directory of checkpoints has a text file `checkpoint` that lists them ([`CheckpointState`]);
//! [`latest_checkpoint`] finds the newest one that is whole.

mod codec;
mod layout;
mod names;
mod open;
mod reader;
mod state;
mod state_text;
mod table;
mod writer;

pub(crate) use codec::{read_tensor, write_tensor};
pub use layout::{checkpoint_prefix, checkpoint_step, remove_checkpoint};
pub use reader::{CheckpointEntry, CheckpointReader};
pub use state::{CheckpointState, latest_checkpoint};
pub use writer::CheckpointWriter;
