//! Draws for shuffling.

use saola_tensor::Rng;

/// A number in `0..bound`, every one equally likely; 0 for a bound of 0. Takes 32 random bits where they
/// suffice, which is half the cost of [`Rng::below`], and divides only in the rare case that may reject.
#[inline]
pub(crate) fn below(rng: &mut Rng, bound: usize) -> usize {
    let Ok(bound) = u32::try_from(bound) else { return rng.below(bound) };
    let mut product = u64::from(rng.next_u32()) * u64::from(bound);
    if (product as u32) < bound {
        let zone = bound.wrapping_neg() % bound;
        while (product as u32) < zone {
            product = u64::from(rng.next_u32()) * u64::from(bound);
        }
    }
    (product >> 32) as usize
}

/// Puts `items` into a random order, every order equally likely.
pub(crate) fn shuffle<T>(rng: &mut Rng, items: &mut [T]) {
    for i in (1..items.len()).rev() {
        items.swap(i, below(rng, i + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_even_and_in_bounds() {
        let mut rng = Rng::new(11, 0);
        let mut counts = [0usize; 6];
        for _ in 0..60_000 {
            counts[below(&mut rng, 6)] += 1;
        }
        assert!(counts.iter().all(|&c| (9_500..10_500).contains(&c)), "{counts:?}");
        assert_eq!(below(&mut rng, 0), 0);
        assert_eq!(below(&mut rng, 1), 0);
        assert!(below(&mut rng, usize::MAX) < usize::MAX);
    }

    #[test]
    fn every_order_of_three_comes_up_equally_often() {
        let mut rng = Rng::new(12, 0);
        let mut counts = [0usize; 9];
        for _ in 0..12_000 {
            let mut items = [0usize, 1, 2];
            shuffle(&mut rng, &mut items);
            counts[items[0] * 3 + items[1]] += 1;
        }
        let seen: Vec<usize> = counts.into_iter().filter(|&c| c > 0).collect();
        assert_eq!(seen.len(), 6);
        assert!(seen.iter().all(|c| (1_800..2_200).contains(c)), "{seen:?}");
    }
}
