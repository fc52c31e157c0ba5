//! Which vector instructions this processor has, and loops compiled once for each of them.
//!
//! A loop that the compiler can vectorize is written once, as a plain function marked `#[inline(always)]`.
//! [`multiversion!`](crate::multiversion) compiles it three times, for AVX-512, for AVX2 and for the base
//! instruction set, and picks one at run time. No loop relies on fused multiply-add, so all three give
//! the same bits.

use std::sync::atomic::{AtomicU8, Ordering};

/// A set of vector instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What every processor of the target has.
    Plain = 1,
    /// AVX2: eight floats at a time.
    Avx2 = 2,
    /// AVX-512 (F, VL, BW, DQ): sixteen floats at a time.
    Avx512 = 3,
}

static LEVEL: AtomicU8 = AtomicU8::new(0);

/// The best level of this processor, unless [`set_level`] or `SAOLA_SIMD` (`plain`, `avx2`, `avx512`) asked for less.
#[inline]
pub fn level() -> Level {
    match LEVEL.load(Ordering::Relaxed) {
        1 => Level::Plain,
        2 => Level::Avx2,
        3 => Level::Avx512,
        _ => choose(),
    }
}

/// Bounds the level from above, for tests that compare the paths; what the processor lacks stays off.
pub fn set_level(wanted: Level) {
    LEVEL.store(wanted.min(detect()) as u8, Ordering::Relaxed);
}

#[cold]
fn choose() -> Level {
    let wanted = match std::env::var("SAOLA_SIMD").as_deref() {
        Ok("plain") => Level::Plain,
        Ok("avx2") => Level::Avx2,
        _ => Level::Avx512,
    };
    set_level(wanted);
    wanted.min(detect())
}

/// The best level of this processor.
pub fn detect() -> Level {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx512f") && has!("avx512vl") && has!("avx512bw") && has!("avx512dq") {
            return Level::Avx512;
        }
        if has!("avx2") {
            return Level::Avx2;
        }
    }
    Level::Plain
}

/// Compiles `fn name(args) { body }` for every [`Level`] and calls the version of this processor.
///
/// The body must be a call of `#[inline(always)]` functions, so that it is compiled anew in each version.
#[macro_export]
macro_rules! multiversion {
    ($(#[$meta:meta])* $vis:vis fn $name:ident $(<$g:ident : $bound:path>)? ($($arg:ident : $type:ty),* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        $vis fn $name $(<$g: $bound>)? ($($arg: $type),*) $(-> $ret)? {
            #[inline(always)]
            fn plain $(<$g: $bound>)? ($($arg: $type),*) $(-> $ret)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2 $(<$g: $bound>)? ($($arg: $type),*) $(-> $ret)? { plain($($arg),*) }
                #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
                fn avx512 $(<$g: $bound>)? ($($arg: $type),*) $(-> $ret)? { plain($($arg),*) }
                match $crate::simd::level() {
                    // SAFETY: `level` is never above what the processor was seen to have.
                    $crate::simd::Level::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    $crate::simd::Level::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::simd::Level::Plain => {}
                }
            }
            plain($($arg),*)
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    multiversion! {
        fn sum(x: &[f32]) -> f32 {
            x.iter().sum()
        }
    }

    #[test]
    fn every_level_gives_the_same_bits() {
        let x: Vec<f32> = (0..1000).map(|i| (i as f32).sin()).collect();
        let results: Vec<f32> = [Level::Plain, Level::Avx2, Level::Avx512]
            .map(|l| {
                set_level(l);
                sum(&x)
            })
            .to_vec();
        assert_eq!(results[0], results[1]);
        assert_eq!(results[0], results[2]);
    }
}
