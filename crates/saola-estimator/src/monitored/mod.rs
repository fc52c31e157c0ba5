//! Sessions that look after themselves: they begin with the latest checkpoint, run hooks around each step, and are made
//! anew when they are lost.

mod scaffold;
mod session;
mod training_session;

pub use scaffold::Scaffold;
pub use session::{MonitoredSession, MonitoredSessionBuilder};
pub(crate) use session::{PATIENCE, Parts};
pub use training_session::MonitoredTrainingSession;
