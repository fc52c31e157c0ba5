//! The one error type of the workspace.
//!
//! An [`Error`] is opaque and cheap to clone: a poisoned symbol keeps one and hands it to every symbol
//! built on it. It answers four questions in a fixed layout: what went wrong, where, with which inputs,
//! and what to do about it.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of mistake an [`Error`] reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Shapes that do not fit each other or an operation.
    Shape,
    /// A dtype that an operation or a conversion does not take.
    DType,
    /// An argument outside of what is allowed.
    Value,
    /// A name, a file or a key that does not exist.
    NotFound,
    /// The operating system refused to read or write.
    Io,
    /// The bytes of a file are not what its format says.
    Format,
    /// A placeholder that was needed and not fed, or fed with something that does not fit.
    Feed,
    /// A number that is not finite where it must be.
    Numeric,
    /// A call that came too early or too late: a model that is not compiled, a session that is closed.
    State,
    /// Something that was lost and may come back, such as a machine or a connection: trying again may help.
    Unavailable,
    /// A fault of saola itself.
    Internal,
}

/// One labelled line below an error's message: an input, a weight, a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The short word in the left column, as `input 0`.
    pub label: String,
    /// What stands there, as ``f32[?, 64] from `x` ``.
    pub text: String,
    /// A verb and a source line, as `created at` and `src/main.rs:30:14`.
    pub at: Option<(&'static str, &'static Location<'static>)>,
}

/// What went wrong, where, and what to do.
///
/// ```
/// use saola_tensor::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::Value, "batch_size is 0").help("give a batch size of at least 1");
/// assert_eq!(error.to_string(), "batch_size is 0\n  help    give a batch size of at least 1");
/// assert_eq!(error.kind(), ErrorKind::Value);
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    notes: Vec<Note>,
    help: Option<String>,
    context: Vec<String>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `kind` with a one-line `message`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Arc::new(Inner {
            kind,
            message: message.into(),
            notes: Vec::new(),
            help: None,
            context: Vec::new(),
            source: None,
        }))
    }

    /// An [`ErrorKind::Shape`] error.
    pub fn shape(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Shape, message)
    }

    /// An [`ErrorKind::DType`] error.
    pub fn dtype(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::DType, message)
    }

    /// An [`ErrorKind::Value`] error.
    pub fn value(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Value, message)
    }

    /// An [`ErrorKind::NotFound`] error.
    pub fn not_found(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::NotFound, message)
    }

    /// An [`ErrorKind::Format`] error.
    pub fn format(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Format, message)
    }

    /// An [`ErrorKind::State`] error.
    pub fn state(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::State, message)
    }

    /// An [`ErrorKind::Unavailable`] error.
    pub fn unavailable(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Unavailable, message)
    }

    /// An [`ErrorKind::Internal`] error: an invariant of saola that did not hold.
    pub fn internal(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Internal, message)
    }

    /// An error of the operating system on `path` while it was `doing` something ("reading", "creating").
    pub fn io(doing: &str, path: impl AsRef<std::path::Path>, source: std::io::Error) -> Error {
        let kind = match source.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            _ => ErrorKind::Io,
        };
        Error::new(kind, format!("{doing} `{}`: {source}", path.as_ref().display())).with_source(source)
    }

    /// The same error with a labelled line below its message.
    pub fn note(mut self, label: impl Into<String>, text: impl Into<String>) -> Error {
        self.edit().notes.push(Note { label: label.into(), text: text.into(), at: None });
        self
    }

    /// The same error with a labelled line that ends in a source location.
    pub fn note_at(
        mut self,
        label: impl Into<String>,
        text: impl Into<String>,
        verb: &'static str,
        location: &'static Location<'static>,
    ) -> Error {
        let at = Some((verb, location));
        self.edit().notes.push(Note { label: label.into(), text: text.into(), at });
        self
    }

    /// The same error with a line that was made before, as by another error.
    pub fn with_note(mut self, note: Note) -> Error {
        self.edit().notes.push(note);
        self
    }

    /// The same error with what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Error {
        self.edit().help = Some(help.into());
        self
    }

    /// The same error with what was being done when it came up, outermost last.
    pub fn context(mut self, doing: impl Into<String>) -> Error {
        self.edit().context.push(doing.into());
        self
    }

    /// The same error with the error that caused it.
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        self.edit().source = Some(Arc::new(source));
        self
    }

    /// What sort of mistake this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message alone, without notes, help and context.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The labelled lines below the message.
    pub fn notes(&self) -> &[Note] {
        &self.0.notes
    }

    /// What to do about it, if anything is known.
    pub fn help_text(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    fn edit(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        for context in inner.context.iter().rev() {
            write!(f, "{context}: ")?;
        }
        f.write_str(&inner.message)?;
        let label = inner.notes.iter().map(|n| n.label.chars().count()).max().unwrap_or(0).max(7);
        let text = |n: &Note| n.text.chars().count();
        let width = inner.notes.iter().filter(|n| n.at.is_some()).map(text).max().unwrap_or(0);
        for note in &inner.notes {
            match &note.at {
                Some((verb, location)) => {
                    write!(f, "\n  {:label$} {:width$}  {verb} {location}", note.label, note.text)?
                }
                None => write!(f, "\n  {:label$} {}", note.label, note.text)?,
            }
        }
        if let Some(help) = &inner.help {
            write!(f, "\n  {:label$} {help}", "help")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `main` returning a `Result` prints the debug form: make that the text for people.
        write!(f, "{self}")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|s| &**s as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_line_up_and_help_comes_last() {
        let error = Error::shape("matmul: inner dimensions are 3 and 4")
            .note("input 0", "f32[2, 3]")
            .note("input 1", "f32[4, 5]")
            .help("transpose one of them");
        assert_eq!(
            error.to_string(),
            "matmul: inner dimensions are 3 and 4\n  input 0 f32[2, 3]\n  input 1 f32[4, 5]\n  help    transpose one of them"
        );
    }

    #[test]
    fn context_reads_from_the_outside_in() {
        let error = Error::value("bad row").context("reading iris.csv").context("training");
        assert_eq!(error.to_string(), "training: reading iris.csv: bad row");
    }

    #[test]
    fn a_missing_file_is_not_found() {
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        assert_eq!(Error::io("reading", "x.csv", source).kind(), ErrorKind::NotFound);
    }
}
