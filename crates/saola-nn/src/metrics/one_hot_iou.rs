//! `OneHotIoU`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use saola_tensor::Error;

use super::MetricState;
use super::iou::Overlap;

metric! {
    /// [`IoU`](super::IoU) of labels and scores that have an axis of classes. Keras's `OneHotIoU`.
    pub struct OneHotIoU("OneHotIoU", "one_hot_io_u") {
        /// A label that does not count. None by default.
        ignore_class: Option<i64> = None,
        /// Whether predictions are class numbers; by default the largest score is the class.
        sparse_y_pred: bool = false,
        /// The axis of the classes where there is one; the last by default.
        axis: isize = -1,
    } plain {
        num_classes: usize = 2,
        target_class_ids: Vec<usize> = Vec::new(),
    }
}

impl OneHotIoU {
    /// Of `num_classes` classes, those that are looked at.
    pub fn new(num_classes: usize, target_class_ids: impl Into<Vec<usize>>) -> OneHotIoU {
        OneHotIoU { num_classes, target_class_ids: target_class_ids.into(), ..OneHotIoU::default() }
    }

    fn overlap(&self) -> Overlap<'_> {
        Overlap {
            classes: self.num_classes,
            targets: Some(&self.target_class_ids),
            ignored: self.ignore_class,
            sparse: (false, self.sparse_y_pred),
            axis: self.axis,
        }
    }
}

impl Metric for OneHotIoU {
    super::methods!(Up);
    fn fault(&self) -> Option<Error> {
        self.overlap().fault(&self.name)
    }
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        self.overlap().build(path, y_true, y_pred, weights)
    }
}
