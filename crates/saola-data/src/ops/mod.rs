//! What can be done to the items of a dataset, one method of [`crate::Dataset`] per file.

mod batch;
mod cache;
mod concatenate;
mod filter;
mod map;
mod prefetch;
mod repeat;
mod shuffle;
mod skip;
mod take;
mod zip;
