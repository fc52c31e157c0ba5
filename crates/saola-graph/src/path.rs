//! Where a symbol is made: the path of layers around it, the user's line, and the operation that the user asked for.
//!
//! All are properties of the thread that builds, kept while a layer, a loss or an optimizer is being called, so that
//! every symbol made in between can say in an error which layer it belongs to and which line of the user's asked for it.
//! A line of this library is of no use to a user; so a symbol made on one belongs to the nearest line around it that is
//! not of this library, where somebody has said which that is by [`with_line`].

use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::sync::Arc;

/// A line of source.
pub type Line = &'static Location<'static>;

thread_local! {
    static OPERATION: Cell<Option<&'static str>> = const { Cell::new(None) };
    static PATH: RefCell<Option<Arc<str>>> = const { RefCell::new(None) };
    static LINE: Cell<Option<Line>> = const { Cell::new(None) };
}

/// The path of layers that is being built on this thread, if any.
pub fn current_path() -> Option<Arc<str>> {
    PATH.with_borrow(Clone::clone)
}

/// Runs `build` with `path` as the current path.
pub fn with_path<R>(path: &str, build: impl FnOnce() -> R) -> R {
    struct Restore(Option<Arc<str>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            let before = self.0.take();
            PATH.with_borrow_mut(|p| *p = before);
        }
    }
    let _restore = Restore(PATH.with_borrow_mut(|p| p.replace(Arc::from(path))));
    build()
}

/// Runs `build`, in which this library builds what `line` asks for. A line of this library leaves what is known
/// already; of two lines of users the inner one counts.
pub fn with_line<R>(line: Line, build: impl FnOnce() -> R) -> R {
    struct Restore(Option<Line>);
    impl Drop for Restore {
        fn drop(&mut self) {
            LINE.set(self.0);
        }
    }
    let _restore = Restore(LINE.replace(Some(line_of(line))));
    build()
}

/// Runs `build`, which makes the operation `name` of others: their mistakes are told under its name, at the line that
/// asked for it. Of two such operations, one within the other, the outer one counts, which is what was asked for.
#[track_caller]
pub(crate) fn composed<R>(name: &'static str, build: impl FnOnce() -> R) -> R {
    struct Restore(Option<&'static str>);
    impl Drop for Restore {
        fn drop(&mut self) {
            OPERATION.set(self.0);
        }
    }
    let line = Location::caller();
    let before = OPERATION.get();
    let _restore = Restore(before);
    OPERATION.set(before.or(Some(name)));
    with_line(line, build)
}

/// The operation that is being made of others, if any.
pub(crate) fn composed_operation() -> Option<&'static str> {
    OPERATION.get()
}

/// The line that something belongs to which is made at `caller`: the caller's, or the user's that asked for it.
pub fn line_of(caller: Line) -> Line {
    if is_of_library(caller.file()) { LINE.get().unwrap_or(caller) } else { caller }
}

/// Whether a source file is one of this library's crates, or of Rust's own, whose loops call what they are given.
fn is_of_library(file: &str) -> bool {
    const NAME: &str = "saola-";
    // Wherever cargo has put them, the crates of this library lie side by side.
    let crates = file!().rfind(concat!("saola-", "graph")).map_or("", |at| &file!()[..at]);
    let ours = |rest: &str| rest.starts_with(NAME) && rest.split(['/', '\\']).nth(1) == Some("src");
    file.strip_prefix(crates).is_some_and(ours) || file.starts_with("/rustc/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_nest_and_come_back() {
        assert_eq!(current_path(), None);
        with_path("a", || {
            with_path("a/b", || assert_eq!(current_path().as_deref(), Some("a/b")));
            assert_eq!(current_path().as_deref(), Some("a"));
        });
        assert_eq!(current_path(), None);
    }

    #[test]
    fn files_of_this_library_are_known() {
        let crates = file!().strip_suffix("saola-graph/src/path.rs").expect("the name of this file");
        assert!(is_of_library(file!()));
        assert!(is_of_library(&format!("{crates}saola-nn/src/layers/dense.rs")));
        assert!(!is_of_library(&format!("{crates}saola-nn/tests/layers.rs")));
        assert!(!is_of_library("src/main.rs"));
        assert!(!is_of_library("../saola-models/src/main.rs"));
    }
}
