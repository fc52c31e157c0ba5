//! The first centres, from a batch of examples.

use saola_tensor::{Error, Result, Rng, Tensor, hash_str};

use super::settings::{InitialClusters, KMeansBuilder};

/// Centres chosen out of `points`, `[examples, numbers]`.
///
/// # Errors
/// Fewer examples than clusters.
pub(super) fn first_centers(model: &KMeansBuilder, seed: u64, points: &Tensor) -> Result<Tensor> {
    let (n, k) = (points.n_rows()?, model.clusters);
    if n < k {
        return Err(Error::value(format!("the first batch has {n} examples, and there are {k} clusters"))
            .help("give larger batches: the first centres are examples of the first one"));
    }
    let points = if model.is_cosine() { normalized(points)? } else { points.clone() };
    let width = points.shape()[1];
    let rows: Vec<&[f32]> = points.as_slice::<f32>()?.chunks(width.max(1)).collect();
    let mut rng = Rng::new(seed, hash_str("KMeans"));
    let chosen = match model.initial {
        InitialClusters::KMeansPlusPlus => plus_plus(&rows, k, model.retries, &mut rng),
        _ => {
            let mut all: Vec<usize> = (0..n).collect();
            rng.shuffle(&mut all);
            all.truncate(k);
            all
        }
    };
    let centers: Vec<f32> = chosen.into_iter().flat_map(|row| rows[row]).copied().collect();
    Tensor::new(centers, [k, width])
}

fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum()
}

/// Greedy k-means++: of `1 + retries` examples that are drawn for each centre, the one that leaves the others nearest.
fn plus_plus(rows: &[&[f32]], k: usize, retries: usize, rng: &mut Rng) -> Vec<usize> {
    let mut chosen = vec![rng.below(rows.len())];
    let mut nearest: Vec<f64> = rows.iter().map(|row| squared_distance(row, rows[chosen[0]])).collect();
    while chosen.len() < k {
        let mut best: Option<(f64, usize, Vec<f64>)> = None;
        for _ in 0..=retries {
            let row = drawn(&nearest, rng);
            let nearer: Vec<f64> = nearest
                .iter()
                .zip(rows)
                .map(|(d, other)| d.min(squared_distance(other, rows[row])))
                .collect();
            let left: f64 = nearer.iter().sum();
            if best.as_ref().is_none_or(|b| left < b.0) {
                best = Some((left, row, nearer));
            }
        }
        if let Some((_, row, nearer)) = best {
            chosen.push(row);
            nearest = nearer;
        }
    }
    chosen
}

/// A place by chance in proportion to its number, or any where all are 0.
fn drawn(chances: &[f64], rng: &mut Rng) -> usize {
    let total: f64 = chances.iter().sum();
    if total <= 0.0 {
        return rng.below(chances.len());
    }
    let mut left = rng.unit() * total;
    for (place, chance) in chances.iter().enumerate() {
        left -= chance;
        if left < 0.0 {
            return place;
        }
    }
    // What rounding has left over falls to the last that has a chance.
    chances.iter().rposition(|&c| c > 0.0).unwrap_or(0)
}

/// Rows of length one.
pub(super) fn normalized(rows: &Tensor) -> Result<Tensor> {
    let width = rows.shape()[1];
    let mut all = rows.as_slice::<f32>()?.to_vec();
    for row in all.chunks_mut(width.max(1)) {
        let length = row.iter().map(|x| x * x).sum::<f32>().max(1e-12).sqrt();
        row.iter_mut().for_each(|x| *x /= length);
    }
    Tensor::new(all, [rows.shape()[0], width])
}
