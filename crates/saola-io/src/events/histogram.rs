//! Distributions in exponential buckets.
//!
//! The buckets are those of TensorFlow: the positive edges begin at 1e-12 and grow by a tenth each up to 1e20,
//! the negative ones mirror them, and zero and the largest float close the row. So a bucket's width is a tenth
//! of its place, and one layout serves weights and gradients of any scale.

use std::sync::LazyLock;

use saola_tensor::{Error, ErrorKind, Result};

use crate::proto::HistogramProto;

static EDGES: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let positive: Vec<f64> =
        std::iter::successors(Some(1e-12), |edge| Some(edge * 1.1)).take_while(|&edge| edge < 1e20).collect();
    let negative = positive.iter().rev().map(|edge| -edge);
    let ends = [f64::MAX];
    std::iter::once(-f64::MAX)
        .chain(negative)
        .chain(std::iter::once(0.0))
        .chain(positive.iter().copied())
        .chain(ends)
        .collect()
});

/// The distribution of `values`.
///
/// # Errors
/// [`ErrorKind::Numeric`] where a value is not finite.
pub(crate) fn histogram(values: &[f64]) -> Result<HistogramProto> {
    if let Some(at) = values.iter().position(|v| !v.is_finite()) {
        let bad = values.iter().filter(|v| !v.is_finite()).count();
        return Err(Error::new(
            ErrorKind::Numeric,
            format!("{bad} of the {} values of a histogram are not finite", values.len()),
        )
        .note("first", format!("{} at index {at}", values[at])));
    }
    let edges = &*EDGES;
    let mut counts = vec![0.0; edges.len()];
    let mut proto = HistogramProto { min: f64::MAX, max: -f64::MAX, ..HistogramProto::default() };
    for &value in values {
        // A bucket holds what is below its upper edge; the largest float itself goes into the last.
        let bucket = edges.partition_point(|&edge| edge <= value).min(edges.len() - 1);
        counts[bucket] += 1.0;
        proto.min = proto.min.min(value);
        proto.max = proto.max.max(value);
        proto.num += 1.0;
        proto.sum += value;
        proto.sum_squares += value * value;
    }
    if values.is_empty() {
        (proto.min, proto.max) = (0.0, 0.0);
    }
    write_buckets(&counts, edges, &mut proto);
    Ok(proto)
}

/// Keeps every bucket that counts something, and one for each run of empty ones: a bucket begins where the one
/// before it ends.
fn write_buckets(counts: &[f64], edges: &[f64], proto: &mut HistogramProto) {
    let last = counts.iter().rposition(|&c| c > 0.0).unwrap_or(0);
    for bucket in 0..=last {
        let run_goes_on = counts[bucket] == 0.0 && bucket < last && counts[bucket + 1] == 0.0;
        if !run_goes_on {
            proto.bucket_limit.push(edges[bucket]);
            proto.bucket.push(counts[bucket]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_their_values() {
        let proto = histogram(&[-1.0, 0.0, 0.0, 0.5, 0.51, 1024.0]).unwrap();
        assert_eq!((proto.min, proto.max, proto.num), (-1.0, 1024.0, 6.0));
        assert_eq!(proto.sum_squares, 1.0 + 0.25 + 0.51 * 0.51 + 1_048_576.0);
        assert_eq!(proto.bucket.iter().sum::<f64>(), 6.0);
        for (i, &count) in proto.bucket.iter().enumerate().filter(|(_, c)| **c > 0.0) {
            let low = if i == 0 { f64::MIN } else { proto.bucket_limit[i - 1] };
            let inside = [-1.0, 0.0, 0.0, 0.5, 0.51, 1024.0];
            let found = inside.iter().filter(|&&v| low <= v && v < proto.bucket_limit[i]).count();
            assert_eq!(count, found as f64);
        }
        assert!(proto.bucket_limit.is_sorted());
    }

    #[test]
    fn ends_and_nothing() {
        assert_eq!(histogram(&[f64::MAX, -f64::MAX]).unwrap().bucket.iter().sum::<f64>(), 2.0);
        let empty = histogram(&[]).unwrap();
        assert_eq!((empty.num, empty.min, empty.max), (0.0, 0.0, 0.0));
        let error = histogram(&[1.0, f64::NAN, f64::INFINITY]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Numeric);
        assert!(error.to_string().contains("NaN at index 1"), "{error}");
    }
}
