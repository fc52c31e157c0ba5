//! Medians of repeated runs.

use std::time::Instant;

use saola_tensor::Result;

/// The median time of one call of `work` in seconds, of `runs` calls after `warmup` calls that are not counted.
///
/// # Errors
/// The first error of `work`.
pub(crate) fn seconds(warmup: usize, runs: usize, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    for _ in 0..warmup {
        work()?;
    }
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let start = Instant::now();
        work()?;
        times.push(start.elapsed().as_secs_f64());
    }
    Ok(median(&times).unwrap_or(f64::NAN))
}

/// The middle of the values, or the mean of the two in the middle; none without values.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() % 2 {
        1 => Some(sorted[middle]),
        _ => sorted.get(middle).map(|upper| (sorted[middle - 1] + upper) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_by_hand() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[7.0]), Some(7.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn warm_up_and_runs_are_counted_apart() {
        let mut calls = 0;
        let time = seconds(2, 5, || {
            calls += 1;
            Ok(())
        });
        assert!(time.unwrap() >= 0.0);
        assert_eq!(calls, 7);
    }

    #[test]
    fn an_error_ends_the_runs() {
        let fault = || Err(saola_tensor::Error::value("no"));
        assert_eq!(seconds(0, 3, fault).unwrap_err().message(), "no");
    }
}
