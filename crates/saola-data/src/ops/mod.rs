//! What can be done to the items of a dataset, one method of [`crate::Dataset`] per file.

mod batch;
mod cache;
mod cache_on_disk;
mod concatenate;
mod enumerate;
mod filter;
mod group_by_window;
mod interleave;
mod map;
mod map_parallel;
mod padded_batch;
mod prefetch;
mod rebatch;
mod rejection_resample;
mod repeat;
mod scan;
mod shard;
mod shuffle;
mod skip;
mod take;
mod take_while;
mod unbatch;
mod unique;
mod window;
mod zip;

pub use padded_batch::Padding;
pub use window::Window;
