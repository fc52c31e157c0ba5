//! `MeanIoU`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use saola_tensor::Error;

use super::MetricState;
use super::iou::Overlap;

metric! {
    /// [`IoU`](super::IoU) of all classes. Keras's `MeanIoU`.
    pub struct MeanIoU("MeanIoU", "mean_io_u") {
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
    }
}

impl MeanIoU {
    /// Of so many classes.
    pub fn new(num_classes: usize) -> MeanIoU {
        MeanIoU { num_classes, ..MeanIoU::default() }
    }

    fn overlap(&self) -> Overlap<'_> {
        Overlap {
            classes: self.num_classes,
            targets: None,
            ignored: self.ignore_class,
            sparse: (self.sparse_y_true, self.sparse_y_pred),
            axis: self.axis,
        }
    }
}

impl Metric for MeanIoU {
    super::methods!(Up);
    fn fault(&self) -> Option<Error> {
        self.overlap().fault(&self.name)
    }
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        self.overlap().build(path, y_true, y_pred, weights)
    }
}
