//! `BinaryIoU`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use saola_tensor::Error;

use super::MetricState;
use super::iou::Overlap;

metric! {
    /// [`IoU`](super::IoU) of two classes, for probabilities: at or above a threshold means 1. Keras's `BinaryIoU`.
    pub struct BinaryIoU("BinaryIoU", "binary_io_u") {
        /// The classes that are looked at; both by default.
        target_class_ids: Vec<usize> = vec![0, 1],
        /// The threshold; ½ by default.
        threshold: f64 = 0.5,
    }
}

impl BinaryIoU {
    /// Of both classes.
    pub fn new() -> BinaryIoU {
        BinaryIoU::default()
    }

    fn overlap(&self) -> Overlap<'_> {
        Overlap {
            classes: 2,
            targets: Some(&self.target_class_ids),
            ignored: None,
            sparse: (true, true),
            axis: -1,
        }
    }
}

impl Metric for BinaryIoU {
    super::methods!(Up);
    fn fault(&self) -> Option<Error> {
        self.overlap().fault(&self.name)
    }
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        self.overlap().build(path, y_true, &y_pred.greater_equal(self.threshold), weights)
    }
}
