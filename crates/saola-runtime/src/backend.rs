//! What computes: the backend of the sessions of a process, chosen by name.
//!
//! There is one so far, `cpu`: this processor. The name is that of the process: [`set`], or else the variable
//! `SAOLA_BACKEND` of the environment, or else `cpu`. It cannot change a result, only who computes it; a name that nobody
//! knows is an error of [`set`], or of the first run of a session.

use std::sync::{PoisonError, RwLock};

use saola_tensor::{Error, Result, suggest};

/// The backends that there are, by name, with what they are.
const BACKENDS: [(&str, &str); 1] = [("cpu", "this processor, with the vector instructions that it has")];

/// The name that was set.
static CHOSEN: RwLock<Option<&'static str>> = RwLock::new(None);

/// The names of the backends that there are.
///
/// ```
/// assert_eq!(saola_runtime::backend::names().collect::<Vec<_>>(), ["cpu"]);
/// ```
pub fn names() -> impl Iterator<Item = &'static str> {
    BACKENDS.iter().map(|backend| backend.0)
}

/// What a backend is.
///
/// # Errors
/// A name that is not known, with those that are.
pub fn describe(name: &str) -> Result<&'static str> {
    find(name, "backend::describe").map(|backend| backend.1)
}

fn find(name: &str, from: &str) -> Result<(&'static str, &'static str)> {
    BACKENDS.into_iter().find(|backend| backend.0 == name).ok_or_else(|| {
        let near = suggest(name, names()).map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
        let all: Vec<&str> = names().collect();
        Error::value(format!("{from}: there is no backend `{name}`"))
            .help(format!("{near}There is {}", all.join(", ")))
    })
}

/// Chooses the backend of all sessions, those that exist as well.
///
/// ```
/// use saola_runtime::backend;
///
/// backend::set("cpu")?;
/// assert_eq!(backend::name()?, "cpu");
/// let error = backend::set("gpu").unwrap_err().to_string();
/// assert!(error.contains("There is cpu"));
/// # Ok::<(), saola_tensor::Error>(())
/// ```
///
/// # Errors
/// A name that is not known, with those that are.
pub fn set(name: &str) -> Result<()> {
    let (name, _) = find(name, "backend::set")?;
    *CHOSEN.write().unwrap_or_else(PoisonError::into_inner) = Some(name);
    Ok(())
}

/// The name of the backend.
///
/// # Errors
/// A `SAOLA_BACKEND` that is not known, unless a backend was [`set`].
pub fn name() -> Result<&'static str> {
    if let Some(name) = *CHOSEN.read().unwrap_or_else(PoisonError::into_inner) {
        return Ok(name);
    }
    match std::env::var("SAOLA_BACKEND") {
        Ok(asked) => find(&asked, "SAOLA_BACKEND").map(|backend| backend.0),
        Err(_) => Ok(BACKENDS[0].0),
    }
}
