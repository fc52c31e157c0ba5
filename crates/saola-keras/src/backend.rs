//! The session and the backend of models, and Keras's constants: what `keras.backend` is.
//!
//! ```
//! use std::sync::Arc;
//!
//! use saola_keras::{Sequential, backend};
//! use saola_nn::layers::Dense;
//! use saola_runtime::Session;
//!
//! # fn main() -> saola_tensor::Result<()> {
//! backend::set("cpu")?;
//!
//! // Every model has a session of its own, unless one is set for those that this thread makes.
//! let session = Arc::new(Session::with_seed(7));
//! backend::set_session(Some(session.clone()));
//! let mut model = Sequential::new().add(Dense::new(2));
//! model.build([3])?;
//! assert!(std::ptr::eq(model.model()?.session(), &*session));
//! assert!(Arc::ptr_eq(&backend::get_session(), &session));
//! backend::set_session(None);
//! # Ok(())
//! # }
//! ```

use std::cell::RefCell;
use std::sync::Arc;

use saola_runtime::Session;
pub use saola_runtime::backend::{describe, name, names, set};
use saola_tensor::DType;

thread_local! {
    /// The session of this thread: whether models that are made take it, and it.
    static SESSION: RefCell<(bool, Option<Arc<Session>>)> = const { RefCell::new((false, None)) };
}

/// The session of this thread: the one that was [set](set_session), or else one that is made at the first call and stays.
/// As in Keras it belongs to the thread. A model's own session is [`Model::session`](crate::Model::session).
pub fn get_session() -> Arc<Session> {
    SESSION.with_borrow_mut(|(_, session)| session.get_or_insert_with(|| Arc::new(Session::new())).clone())
}

/// Sets the session of this thread, in which models that the thread makes from then on keep their weights; with `None`
/// each has a session of its own again. Random numbers follow from the session's seed: that of a `Sequential` counts for
/// nothing then.
pub fn set_session(session: Option<Arc<Session>>) {
    SESSION.with_borrow_mut(|place| *place = (session.is_some(), session));
}

/// The session for a model that is made now.
pub(crate) fn session_of_model(seed: u64) -> Arc<Session> {
    let set = SESSION.with_borrow(|(set, session)| session.clone().filter(|_| *set));
    set.unwrap_or_else(|| Arc::new(Session::with_seed(seed)))
}

/// A small number that keeps divisions from zero: what Keras's functions take where none is given. Here it is a constant;
/// layers, losses and optimizers take another as their own argument.
pub fn epsilon() -> f64 {
    1e-7
}

/// The dtype of numbers where none is given. Here it is a constant; layers and models take another by their
/// [`DTypePolicy`](saola_nn::DTypePolicy).
pub fn floatx() -> DType {
    DType::F32
}

/// Which axis of a picture has the channels where nothing is said. Here it is a constant; layers take the other by their
/// `channels_first`.
pub fn image_data_format() -> &'static str {
    "channels_last"
}
