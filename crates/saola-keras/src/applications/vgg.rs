//! VGG16 and VGG19 (Simonyan and Zisserman, 2014): convolutions of 3 x 3 and halved maps in turn.

use saola_nn::layers::{Conv2D, Dense, Flatten, MaxPooling2D};

use super::Application;
use super::application::classify;
use crate::KerasTensor;

pub(super) fn body16(_: &Application, x: KerasTensor) -> KerasTensor {
    body(x, [2, 2, 3, 3, 3])
}

pub(super) fn body19(_: &Application, x: KerasTensor) -> KerasTensor {
    body(x, [2, 2, 4, 4, 4])
}

fn body(mut x: KerasTensor, convolutions: [usize; 5]) -> KerasTensor {
    for ((block, count), filters) in (1..).zip(convolutions).zip([64, 128, 256, 512, 512]) {
        for i in 1..=count {
            let layer = Conv2D::new(filters, 3).activation("relu").padding("same");
            x = x.apply(layer.named(format!("block{block}_conv{i}")));
        }
        x = x.apply(MaxPooling2D::new(2).strides(2).named(format!("block{block}_pool")));
    }
    x
}

pub(super) fn top(of: &Application, x: KerasTensor) -> KerasTensor {
    let hidden = |name: &str| Dense::new(4096).activation("relu").named(name);
    classify(of, &x.apply(Flatten::new().named("flatten")).apply(hidden("fc1")).apply(hidden("fc2")))
}
