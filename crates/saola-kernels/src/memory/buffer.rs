//! A block of bytes, aligned for every element type and vector instruction.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

use saola_tensor::{DType, bf16, f16};

/// The alignment of every buffer and of every value in an arena: one cache line, one 512-bit vector.
pub const ALIGN: usize = 64;

/// A type that a [`Buffer`] can be read as: plain numbers, valid for every pattern of bits.
///
/// Truth values are stored as `u8`, 0 or 1.
///
/// # Safety
/// Every pattern of bits must be a value of the type, the type must have no padding, and its alignment must
/// divide 64.
pub unsafe trait Pod: Copy + Send + Sync + 'static {
    /// Whether a value of `dtype` is stored as this type.
    fn stores(dtype: DType) -> bool;
}

macro_rules! pod {
    ($($type:ty => $($dtype:ident)|+),*) => {$(
        // SAFETY: a number without padding that is valid for every pattern of bits.
        unsafe impl Pod for $type {
            fn stores(dtype: DType) -> bool {
                matches!(dtype, $(DType::$dtype)|+)
            }
        }
    )*};
}
pod!(f32 => F32, f64 => F64, bf16 => BF16, f16 => F16, i32 => I32, i64 => I64, u8 => U8 | Bool);

/// A block of bytes on the heap, zeroed at first.
pub struct Buffer {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: a buffer owns its bytes, as a `Vec<u8>` does.
unsafe impl Send for Buffer {}
// SAFETY: shared references only read.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// A block of `bytes` zeros.
    pub fn zeroed(bytes: usize) -> Buffer {
        match Buffer::try_zeroed(bytes) {
            Some(buffer) => buffer,
            None => handle_alloc_error(Buffer::layout(bytes).unwrap_or(Layout::new::<Line>())),
        }
    }

    /// As [`Buffer::zeroed`], or nothing where the system does not give that much memory.
    pub fn try_zeroed(bytes: usize) -> Option<Buffer> {
        if bytes == 0 {
            return Some(Buffer { start: NonNull::<Line>::dangling().cast(), bytes });
        }
        let layout = Buffer::layout(bytes)?;
        // SAFETY: the layout's size is not zero.
        let start = unsafe { alloc_zeroed(layout) };
        NonNull::new(start).map(|start| Buffer { start, bytes })
    }

    /// A block that holds `values`.
    pub fn from_slice<T: Pod>(values: &[T]) -> Buffer {
        let mut buffer = Buffer::zeroed(size_of_val(values));
        buffer.as_mut_slice().copy_from_slice(values);
        buffer
    }

    /// How many bytes there are.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The bytes as numbers.
    pub fn as_slice<T: Pod>(&self) -> &[T] {
        // SAFETY: `start` is aligned to 64 bytes and valid for `bytes`; `T` takes every pattern of bits.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast(), self.bytes / size_of::<T>()) }
    }

    /// The bytes as numbers to change.
    pub fn as_mut_slice<T: Pod>(&mut self) -> &mut [T] {
        // SAFETY: as in `as_slice`, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr().cast(), self.bytes / size_of::<T>()) }
    }

    pub(crate) fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// Nothing where no block can be that large.
    fn layout(bytes: usize) -> Option<Layout> {
        Layout::from_size_align(bytes, ALIGN).ok()
    }
}

#[repr(align(64))]
struct Line(#[allow(dead_code, reason = "only the size and the alignment count")] [u8; ALIGN]);

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(layout) = Buffer::layout(self.bytes).filter(|l| l.size() > 0) {
            // SAFETY: allocated in `try_zeroed` with the same layout.
            unsafe { dealloc(self.start.as_ptr(), layout) }
        }
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Buffer {
        Buffer::from_slice(self.as_slice::<u8>())
    }
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Buffer({} bytes)", self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligned_zeroed_and_empty() {
        let mut buffer = Buffer::zeroed(100);
        assert_eq!(buffer.start() as usize % ALIGN, 0);
        assert!(buffer.as_slice::<u8>().iter().all(|&b| b == 0));
        buffer.as_mut_slice::<f32>()[3] = 2.5;
        assert_eq!(buffer.clone().as_slice::<f32>()[3], 2.5);
        assert!(Buffer::zeroed(0).as_slice::<f64>().is_empty());
        for bytes in [usize::MAX, isize::MAX as usize] {
            assert!(Buffer::try_zeroed(bytes).is_none());
        }
    }
}
