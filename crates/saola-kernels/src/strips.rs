//! One array in strips of rows, for threads that each take one.

use std::marker::PhantomData;

use crate::pool::Parts;

/// A slice cut into strips of `size` elements.
pub(crate) struct Strips<'a, T> {
    start: Parts<T>,
    len: usize,
    size: usize,
    slice: PhantomData<&'a mut [T]>,
}

impl<'a, T> Strips<'a, T> {
    /// Strips of `size` elements each; the last may be shorter.
    pub(crate) fn new(slice: &'a mut [T], size: usize) -> Strips<'a, T> {
        Strips { start: Parts(slice.as_mut_ptr()), len: slice.len(), size, slice: PhantomData }
    }

    /// Strip `i`.
    ///
    /// # Safety
    /// Nobody else may hold strip `i`.
    #[allow(clippy::mut_from_ref, reason = "strips are disjoint, and the caller promises to take each once")]
    pub(crate) unsafe fn get(&self, i: usize) -> &mut [T] {
        let from = (i * self.size).min(self.len);
        let len = self.size.min(self.len - from);
        // SAFETY: the strip lies inside the slice, which is borrowed exclusively; the rest is the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.start.at(from), len) }
    }
}
