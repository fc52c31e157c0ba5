//! The real command, run in temporary folders.

mod errors;
mod happy;
mod kill;
mod place;
