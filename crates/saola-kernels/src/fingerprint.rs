//! `Fingerprint64`: FarmHash's portable 64-bit hash of a string.
//!
//! TensorFlow hashes strings into buckets with it, so tables and models that were made with one need the very
//! same numbers from the other. The function mixes 8-byte words of the string with multiplications by three odd
//! constants; which words, depends on the length: up to 16, 32 and 64 bytes a few overlapping words, beyond
//! that blocks of 64 bytes with a running state.

const K0: u64 = 0xc3a5_c85c_97cb_3127;
const K1: u64 = 0xb492_b66f_be98_f273;
const K2: u64 = 0x9ae1_6a3b_2f90_404f;

/// The 64-bit fingerprint of `s`.
pub fn fingerprint64(s: &[u8]) -> u64 {
    match s.len() {
        0..=16 => up_to_16(s),
        17..=32 => up_to_32(s),
        33..=64 => up_to_64(s),
        _ => longer(s),
    }
}

/// The fingerprint of two things one behind the other, from those of both; TensorFlow's `FingerprintCat64`.
pub fn fingerprint_cat64(a: u64, b: u64) -> u64 {
    const MULTIPLIER: u64 = 0xc6a4_a793_5bd1_e995;
    let mixed = a ^ MULTIPLIER ^ fold(b.wrapping_mul(MULTIPLIER)).wrapping_mul(MULTIPLIER);
    fold(fold(mixed.wrapping_mul(MULTIPLIER)).wrapping_mul(MULTIPLIER))
}

#[inline]
fn word(s: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&s[at..at + 8]);
    u64::from_le_bytes(bytes)
}

#[inline]
fn half_word(s: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&s[at..at + 4]);
    u64::from(u32::from_le_bytes(bytes))
}

#[inline]
fn fold(x: u64) -> u64 {
    x ^ (x >> 47)
}

#[inline]
fn pair(u: u64, v: u64, multiplier: u64) -> u64 {
    let a = fold((u ^ v).wrapping_mul(multiplier));
    fold((v ^ a).wrapping_mul(multiplier)).wrapping_mul(multiplier)
}

fn up_to_16(s: &[u8]) -> u64 {
    let n = s.len();
    if n >= 8 {
        let multiplier = K2.wrapping_add(n as u64 * 2);
        let a = word(s, 0).wrapping_add(K2);
        let b = word(s, n - 8);
        let c = b.rotate_right(37).wrapping_mul(multiplier).wrapping_add(a);
        let d = a.rotate_right(25).wrapping_add(b).wrapping_mul(multiplier);
        return pair(c, d, multiplier);
    }
    if n >= 4 {
        let multiplier = K2.wrapping_add(n as u64 * 2);
        return pair((n as u64).wrapping_add(half_word(s, 0) << 3), half_word(s, n - 4), multiplier);
    }
    if n > 0 {
        let (a, b, c) = (u64::from(s[0]), u64::from(s[n >> 1]), u64::from(s[n - 1]));
        let y = a + (b << 8);
        let z = n as u64 + (c << 2);
        return fold(y.wrapping_mul(K2) ^ z.wrapping_mul(K0)).wrapping_mul(K2);
    }
    K2
}

fn up_to_32(s: &[u8]) -> u64 {
    let n = s.len();
    let multiplier = K2.wrapping_add(n as u64 * 2);
    let a = word(s, 0).wrapping_mul(K1);
    let b = word(s, 8);
    let c = word(s, n - 8).wrapping_mul(multiplier);
    let d = word(s, n - 16).wrapping_mul(K2);
    let u = a.wrapping_add(b).rotate_right(43).wrapping_add(c.rotate_right(30)).wrapping_add(d);
    let v = a.wrapping_add(b.wrapping_add(K2).rotate_right(18)).wrapping_add(c);
    pair(u, v, multiplier)
}

fn up_to_64(s: &[u8]) -> u64 {
    let n = s.len();
    let multiplier = K2.wrapping_add(n as u64 * 2);
    let a = word(s, 0).wrapping_mul(K2);
    let b = word(s, 8);
    let c = word(s, n - 8).wrapping_mul(multiplier);
    let d = word(s, n - 16).wrapping_mul(K2);
    let y = a.wrapping_add(b).rotate_right(43).wrapping_add(c.rotate_right(30)).wrapping_add(d);
    let z = pair(y, a.wrapping_add(b.wrapping_add(K2).rotate_right(18)).wrapping_add(c), multiplier);
    let e = word(s, 16).wrapping_mul(multiplier);
    let f = word(s, 24);
    let g = y.wrapping_add(word(s, n - 32)).wrapping_mul(multiplier);
    let h = z.wrapping_add(word(s, n - 24)).wrapping_mul(multiplier);
    let u = e.wrapping_add(f).rotate_right(43).wrapping_add(g.rotate_right(30)).wrapping_add(h);
    let v = e.wrapping_add(f.wrapping_add(a).rotate_right(18)).wrapping_add(g);
    pair(u, v, multiplier)
}

/// Two words of state from 32 bytes and two seeds.
#[inline]
fn weak_32(s: &[u8], at: usize, a: u64, b: u64) -> (u64, u64) {
    let (w, x, y, z) = (word(s, at), word(s, at + 8), word(s, at + 16), word(s, at + 24));
    let a = a.wrapping_add(w);
    let b = b.wrapping_add(a).wrapping_add(z).rotate_right(21);
    let c = a;
    let a = a.wrapping_add(x).wrapping_add(y);
    let b = b.wrapping_add(a.rotate_right(44));
    (a.wrapping_add(z), b.wrapping_add(c))
}

fn longer(s: &[u8]) -> u64 {
    const SEED: u64 = 81;
    let n = s.len();
    let mut x = SEED;
    let mut y = SEED.wrapping_mul(K1).wrapping_add(113);
    let mut z = fold(y.wrapping_mul(K2).wrapping_add(113)).wrapping_mul(K2);
    let (mut v, mut w) = ((0, 0), (0, 0));
    x = x.wrapping_mul(K2).wrapping_add(word(s, 0));
    let end = (n - 1) / 64 * 64;
    let last = n - 64;
    let mut at = 0;
    while at < end {
        x = x
            .wrapping_add(y)
            .wrapping_add(v.0)
            .wrapping_add(word(s, at + 8))
            .rotate_right(37)
            .wrapping_mul(K1);
        y = y.wrapping_add(v.1).wrapping_add(word(s, at + 48)).rotate_right(42).wrapping_mul(K1);
        x ^= w.1;
        y = y.wrapping_add(v.0).wrapping_add(word(s, at + 40));
        z = z.wrapping_add(w.0).rotate_right(33).wrapping_mul(K1);
        v = weak_32(s, at, v.1.wrapping_mul(K1), x.wrapping_add(w.0));
        w = weak_32(s, at + 32, z.wrapping_add(w.1), y.wrapping_add(word(s, at + 16)));
        std::mem::swap(&mut z, &mut x);
        at += 64;
    }
    let multiplier = K1.wrapping_add((z & 0xff) << 1);
    at = last;
    w.0 = w.0.wrapping_add(((n - 1) & 63) as u64);
    v.0 = v.0.wrapping_add(w.0);
    w.0 = w.0.wrapping_add(v.0);
    x = x
        .wrapping_add(y)
        .wrapping_add(v.0)
        .wrapping_add(word(s, at + 8))
        .rotate_right(37)
        .wrapping_mul(multiplier);
    y = y.wrapping_add(v.1).wrapping_add(word(s, at + 48)).rotate_right(42).wrapping_mul(multiplier);
    x ^= w.1.wrapping_mul(9);
    y = y.wrapping_add(v.0.wrapping_mul(9)).wrapping_add(word(s, at + 40));
    z = z.wrapping_add(w.0).rotate_right(33).wrapping_mul(multiplier);
    v = weak_32(s, at, v.1.wrapping_mul(multiplier), x.wrapping_add(w.0));
    w = weak_32(s, at + 32, z.wrapping_add(w.1), y.wrapping_add(word(s, at + 16)));
    std::mem::swap(&mut z, &mut x);
    pair(
        pair(v.0, w.0, multiplier).wrapping_add(fold(y).wrapping_mul(K0)).wrapping_add(z),
        pair(v.1, w.1, multiplier).wrapping_add(x),
        multiplier,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by TensorFlow 2.15.1's `Fingerprint` operation (method "farmhash64") on the first n letters of
    /// `a..z0..9` repeated: every branch of the function, and the edges between them.
    const GOLDEN: [(usize, u64); 27] = [
        (0, 0x9ae16a3b2f90404f),
        (1, 0xb3454265b6df75e3),
        (2, 0xaa8d6e5242ada51e),
        (3, 0x24a5b3a074e7f369),
        (4, 0x1a5502de4a1f8101),
        (7, 0x3c40c92b1ccb7355),
        (8, 0xfee9d22990c82909),
        (9, 0x332c8ed4dae5ba42),
        (15, 0x687dfc2653bb2c1d),
        (16, 0x54630bad7705cebd),
        (17, 0x9e2106c72d7793a8),
        (24, 0x9d2f5fc719b00ef7),
        (31, 0x06e388c9af6bb4dc),
        (32, 0x0cf7d548b260f41a),
        (33, 0xf49eb04963c87e0b),
        (48, 0xb574ad99775d5d09),
        (63, 0x908f56f6fbfc5e98),
        (64, 0x329b2197ab082c24),
        (65, 0xb5f9e500c309820b),
        (100, 0x99c9a3a6e8533091),
        (127, 0x782c562b87ec8c54),
        (128, 0x1c88d9153ff0e8f1),
        (129, 0xc10dcd08272135d6),
        (192, 0x0e1fb05565b29ac8),
        (200, 0x2cc1d6381da7fc27),
        (256, 0x2595b2c2f1e9860a),
        (300, 0xf48025fb6fec6fb6),
    ];

    #[test]
    fn every_length_class_equals_tensorflow() {
        let text = "abcdefghijklmnopqrstuvwxyz0123456789".repeat(10);
        for (n, expected) in GOLDEN {
            assert_eq!(fingerprint64(&text.as_bytes()[..n]), expected, "length {n}");
        }
        assert_eq!(fingerprint64(b"hello"), 0xb48be5a931380ce8);
    }
}
