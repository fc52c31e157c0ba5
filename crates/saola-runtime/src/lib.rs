//! Sessions and plans.
//!
//! A [`Session`] keeps the values of variables and runs graphs. For each set of fetches and each signature of the
//! feeds (their symbols, dtypes and shapes) it makes a *plan* once and keeps it: the graph is reduced to what the
//! fetches need, specialized to the phase, simplified, fused, ordered and laid out in memory. Running a plan
//! again allocates nothing but the fetched results, checks no shapes, and calls one kernel after the other.
//!
//! ```
//! use saola_graph::{DType, Dim, placeholder, variable};
//! use saola_runtime::{Session, feed};
//! use saola_tensor::Tensor;
//!
//! # fn main() -> saola_tensor::Result<()> {
//! let w = variable("w", 2.0f32);
//! let x = placeholder("x", DType::F32, [Dim::Any]);
//! let y = &w * &x;
//!
//! let session = Session::new();
//! let out = session.run(&y, feed![&x => Tensor::from([1.0f32, 2.0])])?;
//! assert_eq!(out.to_vec::<f32>()?, [2.0, 4.0]);
//! # Ok(())
//! # }
//! ```

pub mod backend;
mod columns;
mod feed;
mod fetch;
mod numerics;
mod options;
mod plan;
mod session;
mod store;
mod trace;
mod view;

pub use feed::{FeedValue, Feeds};
pub use fetch::Fetch;
pub use options::{Phase, RunOptions};
pub use session::Session;
pub use trace::{Trace, TraceEvent};
pub use view::PlanView;
