//! What the tests of the other crates share. Nothing here is shipped: crates name it under
//! `[dev-dependencies]` alone.
//!
//! | module | answers |
//! |---|---|
//! | [`tolerance`] | how near is near enough, for each dtype |
//! | [`naive`] | what an operation means, as plain loops without plans, fusion or kernels |
//! | [`graph`] | the same small graph as symbols and as plain loops |
//! | [`random`], [`fuzz`] | random graphs, and whether their plans agree with plain loops |
//! | [`damage`] | whether readers bear files that were changed on purpose |
//! | [`gradient`] | whether gradients agree with finite differences |
//! | [`golden`] | what the real Keras and TensorFlow computed |

pub mod damage;
pub mod fuzz;
pub mod golden;
pub mod gradient;
pub mod graph;
pub mod naive;
pub mod random;
pub mod tolerance;

pub use golden::{Entry, Golden};
pub use gradient::{check_gradient, check_second_gradient};
pub use naive::Naive;
pub use tolerance::{Tolerance, assert_close, assert_close_within};
