//! Faults of the crates that read these files.

use std::panic::{AssertUnwindSafe, catch_unwind};

use saola_tensor::{Error, Result};

/// What `work` gives; an error where it panics, as the crates of the Arrow project do on some damaged files.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // Nothing that `work` had in its hands is used again: the file is given up.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason was given");
        Err(Error::format(format!("the file is damaged in a way that its reader does not bear: {text}"))
            .help("get the file again"))
    })
}
