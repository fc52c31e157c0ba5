//! Where in a model a symbol is made: the path of layers around it.
//!
//! The path is a property of the thread that builds, kept while a layer is being called, so that every
//! symbol made in between can say in an error which layer it belongs to.

use std::cell::RefCell;
use std::sync::Arc;

thread_local! {
    static PATH: RefCell<Option<Arc<str>>> = const { RefCell::new(None) };
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
}
