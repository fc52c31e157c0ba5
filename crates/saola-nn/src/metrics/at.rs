//! The best of one rate where another is good enough.

use saola_graph::{Symbol, select};
use saola_tensor::Error;

use super::MetricState;
use super::confusion::{Confusion, Count, even_thresholds, ratio};

/// What is counted at each threshold, as a share.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rate {
    /// Of the positives, those that are found. Also called sensitivity.
    Recall,
    /// Of the negatives, those that are found.
    Specificity,
    /// Of those that are said to be positive, the true ones.
    Precision,
}

/// The largest value of one rate over the thresholds where another is at least a given number; 0 where none is.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub(super) best: Rate,
    pub(super) where_rate: Rate,
    pub(super) is_at_least: f64,
    pub(super) thresholds: usize,
    pub(super) class_id: Option<usize>,
}

impl At {
    pub(super) fn fault(&self, metric: &str) -> Option<Error> {
        if !(0.0..=1.0).contains(&self.is_at_least) {
            let text = format!("{metric}: the rate to be reached is {}", self.is_at_least);
            return Some(Error::value(text).help("give a number between 0 and 1"));
        }
        let none = Error::value(format!("{metric}: there are no thresholds")).help("give at least 1");
        (self.thresholds == 0).then_some(none)
    }

    #[track_caller]
    pub(super) fn build(
        &self,
        path: &str,
        y_true: &Symbol,
        y_pred: &Symbol,
        weights: Option<&Symbol>,
    ) -> MetricState {
        let thresholds = if self.thresholds == 1 { vec![0.5] } else { even_thresholds(self.thresholds, 0.0) };
        let confusion = Confusion::new(thresholds).class_id(self.class_id);
        let wanted =
            [Count::TruePositives, Count::FalsePositives, Count::TrueNegatives, Count::FalseNegatives];
        let counted = confusion.count(path, &wanted, y_true, y_pred, weights);
        let [tp, fp, tn, fne] = [0, 1, 2, 3].map(|i| counted.states[i].clone());
        let rate = |rate: Rate| match rate {
            Rate::Recall => ratio(&tp, &(&tp + &fne)),
            Rate::Specificity => ratio(&tn, &(&tn + &fp)),
            Rate::Precision => ratio(&tp, &(&tp + &fp)),
        };
        let reached = rate(self.where_rate).greater_equal(self.is_at_least);
        let result = select(&reached, rate(self.best), 0.0).max().maximum(0.0);
        counted.with_whole(result)
    }
}
