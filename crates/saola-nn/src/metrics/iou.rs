//! `IoU`: how well regions overlap.

use saola_graph::{DType, Dim, Symbol, constant, eye, group, select};
use saola_tensor::Error;

use super::{Direction, Metric, MetricState, metric};
use crate::losses::EPSILON;

metric! {
    /// The mean over some classes of their intersections divided by their unions: of labels and predictions that are class
    /// numbers, or one score for each class. Weights are cut off to whole numbers. Keras's `IoU`.
    pub struct IoU("IoU", "io_u") {
        /// A label that does not count. None by default.
        ignore_class: Option<i64> = None,
        /// Whether labels are class numbers; they are by default. Otherwise the largest of the classes is the label.
        sparse_y_true: bool = true,
        /// Whether predictions are class numbers; they are by default.
        sparse_y_pred: bool = true,
        /// The axis of the classes where there is one; the last by default.
        axis: isize = -1,
    } plain {
        num_classes: usize = 2,
        target_class_ids: Vec<usize> = Vec::new(),
    }
}

impl IoU {
    /// Of `num_classes` classes, those that are looked at.
    pub fn new(num_classes: usize, target_class_ids: impl Into<Vec<usize>>) -> IoU {
        IoU { num_classes, target_class_ids: target_class_ids.into(), ..IoU::default() }
    }

    fn overlap(&self) -> Overlap<'_> {
        Overlap {
            classes: self.num_classes,
            targets: Some(&self.target_class_ids),
            ignored: self.ignore_class,
            sparse: (self.sparse_y_true, self.sparse_y_pred),
            axis: self.axis,
        }
    }
}

impl Metric for IoU {
    super::methods!(Up);
    fn fault(&self) -> Option<Error> {
        self.overlap().fault(&self.name)
    }
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        self.overlap().build(path, y_true, y_pred, weights)
    }
}

/// What the metrics of overlap are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Overlap<'a> {
    pub(super) classes: usize,
    /// The classes that are looked at; all where there are none.
    pub(super) targets: Option<&'a [usize]>,
    pub(super) ignored: Option<i64>,
    /// Whether labels and predictions are class numbers.
    pub(super) sparse: (bool, bool),
    pub(super) axis: isize,
}

impl Overlap<'_> {
    pub(super) fn fault(&self, metric: &str) -> Option<Error> {
        let classes = self.classes;
        if classes == 0 || classes > 1 << 15 {
            return Some(Error::value(format!("{metric}: there are {classes} classes")).help("give some"));
        }
        let targets = self.targets?;
        let wrong = targets.iter().find(|&&t| t >= classes);
        match wrong {
            _ if targets.is_empty() => {
                Some(Error::value(format!("{metric}: no class is looked at")).help("name some"))
            }
            Some(wrong) => Some(
                Error::value(format!("{metric}: class {wrong} of {classes}"))
                    .help("classes are counted from 0"),
            ),
            None => None,
        }
    }

    #[track_caller]
    pub(super) fn build(
        &self,
        path: &str,
        y_true: &Symbol,
        y_pred: &Symbol,
        weights: Option<&Symbol>,
    ) -> MetricState {
        let n = self.classes as i64;
        let numbers = |x: &Symbol, sparse: bool| {
            let x = if sparse { x.clone() } else { x.argmax(self.axis) };
            x.cast(DType::I64).reshape([Dim::Any])
        };
        let (y, p) = (numbers(y_true, self.sparse.0), numbers(y_pred, self.sparse.1));
        let within = |x: &Symbol| x.greater_equal(constant(0i64)).logical_and(x.less(constant(n)));
        let mut counts = within(&y).logical_and(within(&p));
        if let Some(ignored) = self.ignored {
            counts = counts.logical_and(y.not_equal(constant(ignored)));
        }
        let w = match weights {
            Some(w) => w.cast(DType::I64).reshape([Dim::Any]).cast(DType::F32) * y.fill_like(1.0, DType::F32),
            None => y.fill_like(1.0, DType::F32),
        };
        let place = select(&counts, &y * self.classes as i32 + &p, y.zeros_like());
        let matrix = place.bincount_weighted(&select(&counts, w, 0.0), self.classes * self.classes);
        let matrix = matrix.reshape([self.classes, self.classes]).cast(DType::I64);
        let dims = [self.classes, self.classes];
        let total = super::zeros_of(DType::I64, path, "total_confusion_matrix", dims);
        let update = group([total.assign_add(&matrix)]);
        let result = self.result(&total.cast(DType::F32));
        super::finish(update, result, vec![total])
    }

    fn result(&self, matrix: &Symbol) -> Symbol {
        let hits = (matrix * eye(self.classes, self.classes, 0, DType::F32)).sum_over(1);
        let union = matrix.sum_over(0) + matrix.sum_over(1) - &hits;
        let (hits, union) = match self.targets {
            Some(targets) => {
                let targets = constant(targets.iter().map(|&t| t as i64).collect::<Vec<i64>>());
                (hits.gather(&targets, 0), union.gather(&targets, 0))
            }
            None => (hits, union),
        };
        let there = union.greater(1e-9).cast(DType::F32);
        let each = &there * (hits / (union + EPSILON));
        each.sum() / (there.sum() + EPSILON)
    }
}
