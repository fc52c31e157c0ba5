//! Memory that is asked for before it is read.
//!
//! The rows of a node are anywhere in memory, but which ones come next is known. Without being asked, the processor waited
//! for half of the time that a tree took.

/// How many rows ahead memory is asked for.
pub(super) const AHEAD: usize = 48;

/// Asks for the part of the memory that holds `slice[index]`, if there is such an element.
#[inline(always)]
pub(super) fn ask<T>(slice: &[T], index: usize) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    if let Some(element) = slice.get(index) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every processor of this architecture has the instruction, and it changes nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(element).cast()) };
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = (slice, index);
}
