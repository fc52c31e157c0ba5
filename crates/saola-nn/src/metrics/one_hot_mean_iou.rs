//! `OneHotMeanIoU`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use saola_tensor::Error;

use super::MetricState;
use super::iou::Overlap;

metric! {
    /// [`MeanIoU`](super::MeanIoU) of labels and scores that have an axis of classes. Keras's `OneHotMeanIoU`.
    pub struct OneHotMeanIoU("OneHotMeanIoU", "one_hot_mean_io_u") {
        /// A label that does not count. None by default.
        ignore_class: Option<i64> = None,
        /// Whether predictions are class numbers; by default the largest score is the class.
        sparse_y_pred: bool = false,
        /// The axis of the classes where there is one; the last by default.
        axis: isize = -1,
    } plain {
        num_classes: usize = 2,
    }
}

impl OneHotMeanIoU {
    /// Of so many classes.
    pub fn new(num_classes: usize) -> OneHotMeanIoU {
        OneHotMeanIoU { num_classes, ..OneHotMeanIoU::default() }
    }

    fn overlap(&self) -> Overlap<'_> {
        Overlap {
            classes: self.num_classes,
            targets: None,
            ignored: self.ignore_class,
            sparse: (false, self.sparse_y_pred),
            axis: self.axis,
        }
    }
}

impl Metric for OneHotMeanIoU {
    super::methods!(Up);
    fn fault(&self) -> Option<Error> {
        self.overlap().fault(&self.name)
    }
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        self.overlap().build(path, y_true, y_pred, weights)
    }
}
