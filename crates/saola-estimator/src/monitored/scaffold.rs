//! `Scaffold`: what a session begins with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use saola_graph::Symbol;
use saola_io::latest_checkpoint;
use saola_runtime::Session;
use saola_tensor::{Error, Result};

use crate::WarmStartSettings;
use crate::restore::restore;

type Step = Arc<dyn Fn(&Session) -> Result<()> + Send + Sync>;

/// What happens when a session is made: the reference's `Scaffold`.
///
/// Variables get the values of the latest checkpoint, or else their initial ones, and then what `init_fn` sets. After
/// either, `local_init_fn` sets what no checkpoint holds, and `ready_fn` may refuse the session.
///
/// ```
/// use saola_estimator::Scaffold;
/// use saola_graph::variable;
/// use saola_tensor::Tensor;
///
/// let table = variable("table", vec![0.0f32; 3]);
/// let scaffold = Scaffold::new().init_fn(move |session| session.set_value(&table, &Tensor::from([1.0f32, 2.0, 3.0])));
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Scaffold {
    init: Option<Step>,
    local_init: Option<Step>,
    ready: Option<Step>,
    /// Where the latest checkpoint is looked for.
    pub(crate) folder: Option<PathBuf>,
    /// A checkpoint that counts instead of the latest.
    pub(crate) checkpoint: Option<PathBuf>,
    pub(crate) warm_start: Option<Arc<WarmStartSettings>>,
}

impl std::fmt::Debug for Scaffold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scaffold").field("checkpoint", &self.checkpoint).finish_non_exhaustive()
    }
}

impl Scaffold {
    /// Nothing but checkpoints and initial values.
    pub fn new() -> Scaffold {
        Scaffold::default()
    }

    /// Sets variables where there is no checkpoint.
    pub fn init_fn(mut self, init: impl Fn(&Session) -> Result<()> + Send + Sync + 'static) -> Scaffold {
        self.init = Some(Arc::new(init));
        self
    }

    /// Sets what no checkpoint holds, such as counters of metrics, each time a session is made.
    pub fn local_init_fn(
        mut self,
        init: impl Fn(&Session) -> Result<()> + Send + Sync + 'static,
    ) -> Scaffold {
        self.local_init = Some(Arc::new(init));
        self
    }

    /// Refuses a session that is not ready, by its error. One of [`saola_tensor::ErrorKind::Unavailable`] is tried again.
    pub fn ready_fn(mut self, ready: impl Fn(&Session) -> Result<()> + Send + Sync + 'static) -> Scaffold {
        self.ready = Some(Arc::new(ready));
        self
    }

    /// The checkpoint to begin with, instead of the latest of the folder.
    pub fn checkpoint(mut self, prefix: impl AsRef<Path>) -> Scaffold {
        self.checkpoint = Some(prefix.as_ref().to_path_buf());
        self
    }

    /// What this scaffold does not say is as in `other`.
    pub(crate) fn or(self, other: Scaffold) -> Scaffold {
        Scaffold {
            init: self.init.or(other.init),
            local_init: self.local_init.or(other.local_init),
            ready: self.ready.or(other.ready),
            folder: self.folder.or(other.folder),
            checkpoint: self.checkpoint.or(other.checkpoint),
            warm_start: self.warm_start.or(other.warm_start),
        }
    }

    /// A session in which `variables` have their values.
    pub(crate) fn session(&self, seed: u64, variables: &[Symbol]) -> Result<Session> {
        let session = Session::with_seed(seed);
        let latest = match (&self.checkpoint, &self.folder) {
            (Some(prefix), _) => Some(prefix.clone()),
            (None, Some(folder)) => latest_checkpoint(folder)?,
            (None, None) => None,
        };
        match (&latest, &self.warm_start) {
            (Some(prefix), _) => restore(&session, variables, prefix)?,
            (None, Some(start)) => {
                start.apply(&session, variables).map_err(|e| e.context("warm start"))?;
            }
            (None, None) => {}
        }
        if let (None, Some(init)) = (&latest, &self.init) {
            init(&session).map_err(|e: Error| e.context("the scaffold's `init_fn`"))?;
        }
        if let Some(init) = &self.local_init {
            init(&session).map_err(|e| e.context("the scaffold's `local_init_fn`"))?;
        }
        if let Some(ready) = &self.ready {
            ready(&session).map_err(|e| e.context("the session is not ready"))?;
        }
        Ok(session)
    }
}
