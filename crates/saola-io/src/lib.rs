//! File formats with no model code in them.
//!
//! - [`CheckpointWriter`], [`CheckpointReader`]: TensorFlow's checkpoints, named tensors on disk;
//!   [`CheckpointState`] and [`latest_checkpoint`] for a directory of them.
//! - [`EventWriter`], [`EventReader`]: TensorBoard's event files.
//! - [`RecordWriter`], [`RecordReader`]: TFRecord framing, under event files and `tf.Example` data.
//! - [`KerasArchive`], with [`H5Group`] and [`H5File`]: Keras 3's `.keras` files.
//! - [`SavedModelWriter`], [`graph_def`]: models and graphs as TensorFlow runs and shows them, in the binary form and
//!   the [`TextFormat`].
//! - [`read_npy`], [`write_npy`], [`read_npz`], [`write_npz`]: NumPy's files.
//! - [`read_pickle`], [`parse_pickle`], [`read_npz_values`]: plain values and arrays that Python pickled.
//! - [`read_safetensors`], [`write_safetensors`]: named tensors as other frameworks exchange them.
//! - [`encode_tensor`], [`decode_tensor`]: one tensor as bytes.
//! - [`AtomicFile`], [`write_atomic`]: files that appear whole or not at all.
//! - [`proto`]: the protocol buffer messages of these formats.
//!
//! Reading trusts nothing: a damaged or hostile file gives an error that names the file and the place, and
//! takes memory only in proportion to the file's size.

mod checkpoint;
mod checksum;
mod events;
mod keras;
mod npy;
mod npz;
mod pickle;
pub mod proto;
mod record;
mod safe;
mod saved_model;
mod tensor_bytes;

pub use checkpoint::{
    CheckpointEntry, CheckpointReader, CheckpointState, CheckpointWriter, checkpoint_prefix, checkpoint_step,
    latest_checkpoint, remove_checkpoint,
};
pub use events::{EventReader, EventWriter, Scalar};
pub use keras::{H5File, H5Group, KerasArchive};
pub use npy::{parse_npy, read_npy, write_npy};
pub use npz::{read_npz, read_npz_values, write_npz};
pub use pickle::{Pickled, parse_pickle, read_pickle};
pub use record::{RecordReader, RecordWriter, is_record_header};
pub use safe::{read_safetensors, write_safetensors};
pub use saola_tensor::{AtomicFile, write_atomic};
pub use saved_model::{SavedModelWriter, Signature, TextFormat, export_folders, graph_def};
pub use tensor_bytes::{decode_tensor, encode_tensor};
