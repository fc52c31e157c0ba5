//! Counter-based random numbers.
//!
//! A counter-based generator is a keyed function from a counter to random bits: the n-th number needs no
//! earlier one. That is what makes a run the same for any number of threads: a number is named by
//! (seed, operation, step, element), never by how many were drawn before it. The function is Philox 4x32
//! with ten rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011),
//! the generator of TensorFlow and JAX's neighbours; it passes BigCrush.

/// A keyed stream of random 128-bit blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Philox {
    key: [u32; 2],
    stream: [u32; 2],
}

impl Philox {
    /// The generator of `seed`; two different `stream`s of a seed are independent.
    pub fn new(seed: u64, stream: u64) -> Philox {
        Philox { key: split(seed), stream: split(stream) }
    }

    /// The four random words at position `index`.
    #[inline]
    pub fn block(&self, index: u64) -> [u32; 4] {
        let [lo, hi] = split(index);
        let mut counter = [lo, hi, self.stream[0], self.stream[1]];
        let mut key = self.key;
        for _ in 0..10 {
            counter = round(counter, key);
            key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
        }
        counter
    }

    /// Two independent numbers of the standard normal distribution (Box and Muller's transform) at `index`.
    #[inline]
    pub fn normal_pair(&self, index: u64) -> [f64; 2] {
        let [a, b, c, d] = self.block(index);
        let radius = (-2.0 * open_unit(a, b).ln()).sqrt();
        let angle = std::f64::consts::TAU * open_unit(c, d);
        [radius * angle.cos(), radius * angle.sin()]
    }
}

#[inline]
fn split(x: u64) -> [u32; 2] {
    [x as u32, (x >> 32) as u32]
}

#[inline]
fn round(c: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let a = u64::from(c[0]) * 0xD251_1F53;
    let b = u64::from(c[2]) * 0xCD9E_8D57;
    [(b >> 32) as u32 ^ c[1] ^ key[0], b as u32, (a >> 32) as u32 ^ c[3] ^ key[1], a as u32]
}

/// A number strictly between 0 and 1 of 53 random bits.
#[inline]
fn open_unit(lo: u32, hi: u32) -> f64 {
    let bits = (u64::from(hi) << 32 | u64::from(lo)) >> 11;
    (bits as f64 + 0.5) * (1.0 / (1u64 << 53) as f64)
}

/// A sequence of random numbers from one [`Philox`] stream, for shuffling and splitting on one thread.
///
/// ```
/// use saola_tensor::Rng;
///
/// let mut rng = Rng::new(7, 0);
/// let x = rng.below(10);
/// assert!(x < 10);
/// assert_eq!(Rng::new(7, 0).below(10), x);
/// ```
#[derive(Clone, Debug)]
pub struct Rng {
    philox: Philox,
    position: u64,
    words: [u32; 4],
    left: usize,
}

impl Rng {
    /// The sequence of `stream` under `seed`.
    pub fn new(seed: u64, stream: u64) -> Rng {
        Rng { philox: Philox::new(seed, stream), position: 0, words: [0; 4], left: 0 }
    }

    /// Thirty-two random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.left == 0 {
            self.words = self.philox.block(self.position);
            self.position += 1;
            self.left = 4;
        }
        self.left -= 1;
        self.words[3 - self.left]
    }

    /// Sixty-four random bits.
    pub fn next_u64(&mut self) -> u64 {
        u64::from(self.next_u32()) | u64::from(self.next_u32()) << 32
    }

    /// A number in `0..bound`, every one equally likely; 0 for a bound of 0.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound < 2 {
            return 0;
        }
        let bound = bound as u64;
        // Lemire's multiplication method: the rejected zone makes every value equally likely.
        let zone = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            if product as u64 >= zone {
                return (product >> 64) as usize;
            }
        }
    }

    /// A number in `0.0..1.0`.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Puts `items` into a random order, every order equally likely.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// A 64-bit hash of `text` that never changes between versions: names make seeds through it.
pub fn hash_str(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |h, b| mix(h ^ u64::from(b)))
}

/// Scatters the bits of `x` over all 64 (the finalizer of SplitMix64).
#[inline]
pub fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn philox_matches_the_published_vectors() {
        // The known-answer tests that the authors publish with Random123 (philox4x32-10).
        assert_eq!(Philox::new(0, 0).block(0), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
        let ones = Philox::new(u64::MAX, u64::MAX).block(u64::MAX);
        assert_eq!(ones, [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
        let pi = Philox { key: [0xa4093822, 0x299f31d0], stream: [0x13198a2e, 0x03707344] };
        assert_eq!(pi.block(0x85a308d3_243f6a88), [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
    }

    #[test]
    fn normals_have_the_right_moments() {
        let philox = Philox::new(3, 1);
        let values: Vec<f64> = (0..50_000).flat_map(|i| philox.normal_pair(i)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
        assert!(mean.abs() < 0.01, "{mean}");
        assert!((variance - 1.0).abs() < 0.02, "{variance}");
    }

    #[test]
    fn a_shuffle_is_a_permutation_and_repeats() {
        let mut a: Vec<usize> = (0..100).collect();
        let mut b = a.clone();
        Rng::new(1, 2).shuffle(&mut a);
        Rng::new(1, 2).shuffle(&mut b);
        assert_eq!(a, b);
        assert_ne!(a, (0..100).collect::<Vec<_>>());
        a.sort_unstable();
        assert_eq!(a, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn below_is_even() {
        let mut rng = Rng::new(5, 0);
        let mut counts = [0usize; 7];
        for _ in 0..70_000 {
            counts[rng.below(7)] += 1;
        }
        assert!(counts.iter().all(|&c| (9_500..10_500).contains(&c)), "{counts:?}");
    }
}
