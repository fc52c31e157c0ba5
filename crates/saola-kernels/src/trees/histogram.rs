//! Sums of g and h for each feature and bin.

use super::ahead::{AHEAD, ask};

/// How many numbers the histogram of one feature has: 256 pairs.
pub(super) const FEATURE: usize = 512;

/// Features whose histograms are filled together.
const GROUP: usize = 8;

/// Rows whose bins stay in the cache while the groups of features go over them.
const BLOCK: usize = 1024;

type Bins = [[f64; 2]; 256];

/// The histograms `[features, 256, 2]` of the rows in `list`. `bins` is `[rows, features]`, `pairs` g and h of each row.
pub(super) fn fill(out: &mut [f64], list: &[i32], pairs: &[[f32; 2]], bins: &[u8], features: usize) {
    out.fill(0.0);
    let (out, _) = out.as_chunks_mut::<2>().0.as_chunks_mut::<256>();
    assert!(out.len() == features && bins.len() == pairs.len() * features, "histograms of other extents");
    for block in list.chunks(BLOCK) {
        let (groups, rest) = out.as_chunks_mut::<GROUP>();
        let done = groups.len() * GROUP;
        for (i, group) in groups.iter_mut().enumerate() {
            fill_group(group, block, pairs, bins, features, i * GROUP);
        }
        for (i, feature) in rest.iter_mut().enumerate() {
            fill_one(feature, block, pairs, bins, features, done + i);
        }
    }
}

fn fill_group(
    out: &mut [Bins; GROUP],
    block: &[i32],
    pairs: &[[f32; 2]],
    bins: &[u8],
    features: usize,
    first: usize,
) {
    for (i, &row) in block.iter().enumerate() {
        // The other groups find what the first one has asked for.
        if first == 0
            && let Some(&later) = block.get(i + AHEAD)
        {
            ask(bins, later as usize * features);
            ask(bins, (later as usize + 1) * features - 1);
            ask(pairs, later as usize);
        }
        let row = row as usize;
        let [g, h] = pairs[row].map(f64::from);
        let start = row * features + first;
        let Some(own) = bins[start..].first_chunk::<GROUP>() else { continue };
        for (histogram, &bin) in out.iter_mut().zip(own) {
            let sums = &mut histogram[usize::from(bin)];
            *sums = [sums[0] + g, sums[1] + h];
        }
    }
}

fn fill_one(out: &mut Bins, block: &[i32], pairs: &[[f32; 2]], bins: &[u8], features: usize, at: usize) {
    for &row in block {
        let row = row as usize;
        let [g, h] = pairs[row].map(f64::from);
        let sums = &mut out[usize::from(bins[row * features + at])];
        *sums = [sums[0] + g, sums[1] + h];
    }
}

/// `out` is the sum of `parts` of its length.
pub(super) fn sum(out: &mut [f64], parts: &[f64]) {
    let mut parts = parts.chunks_exact(out.len().max(1));
    match parts.next() {
        Some(first) => out.copy_from_slice(first),
        None => out.fill(0.0),
    }
    for part in parts {
        out.iter_mut().zip(part).for_each(|(o, p)| *o += p);
    }
}
