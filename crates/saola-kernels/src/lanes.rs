//! Vectors of the processor, for loops whose registers must be chosen by hand.
//!
//! A product keeps a block of sums in registers. How large that block may be depends on how many registers there
//! are and how wide they are, which no compiler works out from a plain loop. Such a loop is written once over
//! [`Lanes`] as a [`Job`], and [`dispatch`] compiles it for AVX-512, for AVX2 and for plain arrays.
//!
//! All three use fused multiply-add, rounded once: where the processor has no such instruction, the standard
//! library computes the same result slowly. A sum belongs to one lane and is added up in one order, so the width
//! of the vectors changes no bit.
//!
//! Everything on the way from [`dispatch`] to an instruction must be `#[inline(always)]`, or it is compiled for the plain
//! processor and each instruction becomes a call. Functions of the standard library that take a closure are not:
//! `array::from_fn` in the innermost loop of a product made it half as fast. Arrays of vectors are filled in loops.

use crate::math::Float;
use crate::simd::{Level, level};

/// The most numbers of a vector.
const LONGEST: usize = 16;

/// A vector of numbers. Multiplication and addition are fused.
///
/// The methods may only be called where the processor has the instructions of the type; [`dispatch`] sees to it.
pub trait Lanes: Copy {
    /// The type of the numbers.
    type T: Vector;
    /// How many there are.
    const N: usize;
    /// The most vectors that one row of a block of sums should have.
    const ROW: usize;

    /// The same number everywhere.
    ///
    /// # Safety
    /// As the trait says.
    unsafe fn splat(x: Self::T) -> Self;
    /// The numbers from `from` on.
    ///
    /// # Safety
    /// As the trait says; all must be readable.
    unsafe fn load(from: *const Self::T) -> Self;
    /// `C` vectors, one behind the other.
    ///
    /// # Safety
    /// As the trait says; all must be readable.
    #[inline(always)]
    unsafe fn load_row<const C: usize>(from: *const Self::T) -> [Self; C] {
        // SAFETY: the caller's promise.
        unsafe {
            let mut row = [Self::splat(Self::T::ZERO); C];
            for (c, vector) in row.iter_mut().enumerate() {
                *vector = Self::load(from.add(c * Self::N));
            }
            row
        }
    }
    /// Writes the numbers from `to` on.
    ///
    /// # Safety
    /// As the trait says; all must be writable.
    unsafe fn store(self, to: *mut Self::T);
    /// The first `n` numbers from `from` on; the others are 0.
    ///
    /// # Safety
    /// As the trait says; these must be readable, and a vector must have as many.
    #[inline(always)]
    unsafe fn load_first(from: *const Self::T, n: usize) -> Self {
        let mut copy = [Self::T::ZERO; LONGEST];
        // SAFETY: the caller's promise; the copy has room for the longest vector.
        unsafe {
            std::ptr::copy_nonoverlapping(from, copy.as_mut_ptr(), n);
            Self::load(copy.as_ptr())
        }
    }
    /// Writes the first `n` numbers from `to` on.
    ///
    /// # Safety
    /// As the trait says; these must be writable, and a vector must have as many.
    #[inline(always)]
    unsafe fn store_first(self, to: *mut Self::T, n: usize) {
        let mut copy = [Self::T::ZERO; LONGEST];
        // SAFETY: as in `load_first`.
        unsafe {
            self.store(copy.as_mut_ptr());
            std::ptr::copy_nonoverlapping(copy.as_ptr(), to, n);
        }
    }
    /// Runs `job` with these vectors, as a function of its own, which has the processor's instructions and a frame of its
    /// own: in a build without optimization everything that is inlined has its place on the stack, all at once.
    ///
    /// # Safety
    /// As the trait says.
    unsafe fn apart<J: Job<T = Self::T>>(job: J);
    /// `self · b + c`, rounded once.
    ///
    /// # Safety
    /// As the trait says.
    unsafe fn fma(self, b: Self, c: Self) -> Self;
    /// `self + b`.
    ///
    /// # Safety
    /// As the trait says.
    unsafe fn add(self, b: Self) -> Self;
    /// `self - b`.
    ///
    /// # Safety
    /// As the trait says.
    unsafe fn sub(self, b: Self) -> Self;
    /// 0 where a number is below 0, else the number itself.
    ///
    /// # Safety
    /// As the trait says.
    unsafe fn relu(self) -> Self;
}

/// A number type with vectors.
pub trait Vector: Float {
    /// Vectors of 512 bits.
    type Wide: Lanes<T = Self>;
    /// Vectors of 256 bits.
    type Half: Lanes<T = Self>;

    /// `self · b + c`, rounded once.
    fn fused(self, b: Self, c: Self) -> Self;
}

/// An array in the place of a vector.
///
/// Where the processor has no fused multiply-add, each is a call into the standard library: with `CALLS` the eight of an
/// array are one function, which is not compiled into every place of every block of sums.
#[derive(Clone, Copy)]
pub struct Plain<T, const CALLS: bool = false>([T; 8]);

/// `x · b + c` of eight numbers, far from any loop.
#[inline(never)]
fn fused_apart<T: Vector>(x: &mut [T; 8], b: &[T; 8], c: &[T; 8]) {
    for (i, x) in x.iter_mut().enumerate() {
        *x = x.fused(b[i], c[i]);
    }
}

impl<T: Vector, const CALLS: bool> Lanes for Plain<T, CALLS> {
    type T = T;
    const N: usize = 8;
    const ROW: usize = if CALLS { 1 } else { 2 };

    #[inline(always)]
    unsafe fn splat(x: T) -> Self {
        Plain([x; 8])
    }
    #[inline(always)]
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: the caller's promise; arrays are aligned as their elements are.
        Plain(unsafe { from.cast::<[T; 8]>().read() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: as in `load`.
        unsafe { to.cast::<[T; 8]>().write(self.0) }
    }
    #[inline]
    unsafe fn apart<J: Job<T = T>>(job: J) {
        #[cfg(target_arch = "x86_64")]
        {
            /// With the processor's own multiply-add.
            #[target_feature(enable = "fma")]
            fn fused<J: Job>(job: J) {
                job.run::<Plain<J::T>>()
            }
            if const { !CALLS } {
                // SAFETY: `dispatch` takes these arrays only where the processor was seen to have it.
                return unsafe { fused(job) };
            }
        }
        job.run::<Self>()
    }
    #[inline(always)]
    unsafe fn fma(mut self, b: Self, c: Self) -> Self {
        if const { CALLS } {
            fused_apart(&mut self.0, &b.0, &c.0);
            return self;
        }
        for (i, x) in self.0.iter_mut().enumerate() {
            *x = x.fused(b.0[i], c.0[i]);
        }
        self
    }
    #[inline(always)]
    unsafe fn add(mut self, b: Self) -> Self {
        for (i, x) in self.0.iter_mut().enumerate() {
            *x += b.0[i];
        }
        self
    }
    #[inline(always)]
    unsafe fn sub(mut self, b: Self) -> Self {
        for (i, x) in self.0.iter_mut().enumerate() {
            *x = *x - b.0[i];
        }
        self
    }
    #[inline(always)]
    unsafe fn relu(self) -> Self {
        Plain(self.0.map(|x| if x < T::ZERO { T::ZERO } else { x }))
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Job, Lanes};

    macro_rules! lanes {
        ($(#[$doc:meta])* $name:ident($vector:ty) of $n:literal $t:ty, row $row:literal, with $features:literal:
         $splat:ident, $load:ident, $store:ident, $fma:ident, $add:ident, $sub:ident, $max:ident, $zero:ident
         $(, masked $mask:ty: $load_masked:ident, $store_masked:ident)?) => {
            $(#[$doc])*
            #[derive(Clone, Copy)]
            pub struct $name($vector);

            impl Lanes for $name {
                type T = $t;
                const N: usize = $n;
                const ROW: usize = $row;

                #[inline(always)]
                unsafe fn splat(x: $t) -> Self {
                    // SAFETY: the caller's promise, here and in all below.
                    $name(unsafe { $splat(x) })
                }
                #[inline]
                unsafe fn apart<J: Job<T = $t>>(job: J) {
                    #[target_feature(enable = $features)]
                    fn with<J: Job<T = $t>>(job: J) {
                        job.run::<$name>()
                    }
                    // SAFETY: as above.
                    unsafe { with(job) }
                }
                #[inline(always)]
                unsafe fn load(from: *const $t) -> Self {
                    // SAFETY: as above.
                    $name(unsafe { $load(from) })
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut $t) {
                    // SAFETY: as above.
                    unsafe { $store(to, self.0) }
                }
                $(
                    #[inline(always)]
                    unsafe fn load_first(from: *const $t, n: usize) -> Self {
                        // SAFETY: as above; what the mask leaves out is not read.
                        $name(unsafe { $load_masked(((1u32 << n) - 1) as $mask, from) })
                    }
                    #[inline(always)]
                    unsafe fn store_first(self, to: *mut $t, n: usize) {
                        // SAFETY: as above; what the mask leaves out is not written.
                        unsafe { $store_masked(to, ((1u32 << n) - 1) as $mask, self.0) }
                    }
                )?
                #[inline(always)]
                unsafe fn fma(self, b: Self, c: Self) -> Self {
                    // SAFETY: as above.
                    $name(unsafe { $fma(self.0, b.0, c.0) })
                }
                #[inline(always)]
                unsafe fn add(self, b: Self) -> Self {
                    // SAFETY: as above.
                    $name(unsafe { $add(self.0, b.0) })
                }
                #[inline(always)]
                unsafe fn sub(self, b: Self) -> Self {
                    // SAFETY: as above.
                    $name(unsafe { $sub(self.0, b.0) })
                }
                #[inline(always)]
                unsafe fn relu(self) -> Self {
                    // Of two that cannot be compared or are equal, the instruction takes the second: NaN and −0 stay.
                    // SAFETY: as above.
                    $name(unsafe { $max($zero(), self.0) })
                }
            }
        };
    }
    lanes! {
        /// Sixteen numbers in 512 bits.
        F32x16(__m512) of 16 f32, row 4, with "avx512f,avx512vl,avx512bw,avx512dq,fma":
        _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_fmadd_ps, _mm512_add_ps, _mm512_sub_ps, _mm512_max_ps, _mm512_setzero_ps,
        masked __mmask16: _mm512_maskz_loadu_ps, _mm512_mask_storeu_ps
    }
    lanes! {
        /// Eight numbers in 512 bits.
        F64x8(__m512d) of 8 f64, row 4, with "avx512f,avx512vl,avx512bw,avx512dq,fma":
        _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_fmadd_pd, _mm512_add_pd, _mm512_sub_pd, _mm512_max_pd, _mm512_setzero_pd,
        masked __mmask8: _mm512_maskz_loadu_pd, _mm512_mask_storeu_pd
    }
    lanes! {
        /// Eight numbers in 256 bits.
        F32x8(__m256) of 8 f32, row 2, with "avx2,fma":
        _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps, _mm256_add_ps, _mm256_sub_ps, _mm256_max_ps, _mm256_setzero_ps
    }
    lanes! {
        /// Four numbers in 256 bits.
        F64x4(__m256d) of 4 f64, row 2, with "avx2,fma":
        _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_fmadd_pd, _mm256_add_pd, _mm256_sub_pd, _mm256_max_pd, _mm256_setzero_pd
    }
}

macro_rules! vector {
    ($t:ident, $wide:ident, $half:ident) => {
        impl Vector for $t {
            #[cfg(target_arch = "x86_64")]
            type Wide = x86::$wide;
            #[cfg(target_arch = "x86_64")]
            type Half = x86::$half;
            #[cfg(not(target_arch = "x86_64"))]
            type Wide = Plain<$t>;
            #[cfg(not(target_arch = "x86_64"))]
            type Half = Plain<$t>;

            #[inline(always)]
            fn fused(self, b: $t, c: $t) -> $t {
                $t::mul_add(self, b, c)
            }
        }
    };
}
vector!(f32, F32x16, F32x8);
vector!(f64, F64x8, F64x4);

/// A loop over vectors.
pub trait Job {
    /// The number type.
    type T: Vector;
    /// Runs it. To be compiled into its caller: `#[inline(always)]`, as all that it calls with vectors.
    fn run<L: Lanes<T = Self::T>>(self);
}

/// Runs `job` with the vectors of [`level`].
#[inline]
pub fn dispatch<J: Job>(job: J) {
    if fuses() {
        match level() {
            // SAFETY: `level` is never above what the processor was seen to have, and it has FMA.
            Level::Avx512 => return unsafe { <J::T as Vector>::Wide::apart(job) },
            // SAFETY: as above.
            Level::Avx2 => return unsafe { <J::T as Vector>::Half::apart(job) },
            Level::Plain => {}
        }
    }
    match fuses() || cfg!(not(target_arch = "x86_64")) {
        // SAFETY: the processor was seen to have FMA, or it is of a kind on which arrays ask for no instruction.
        true => unsafe { Plain::<J::T>::apart(job) },
        // SAFETY: arrays that call ask for no instruction.
        false => unsafe { Plain::<J::T, true>::apart(job) },
    }
}

/// How many numbers the vectors of [`dispatch`] have, and how many vectors a row of sums.
pub fn width<T: Vector>() -> (usize, usize) {
    fn of<L: Lanes>() -> (usize, usize) {
        (L::N, L::ROW)
    }
    match level() {
        Level::Avx512 if fuses() => of::<T::Wide>(),
        Level::Avx2 if fuses() => of::<T::Half>(),
        _ if fuses() || cfg!(not(target_arch = "x86_64")) => of::<Plain<T>>(),
        _ => of::<Plain<T, true>>(),
    }
}

/// Whether the processor has fused multiply-add.
#[inline]
fn fuses() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        std::arch::is_x86_feature_detected!("fma")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}
