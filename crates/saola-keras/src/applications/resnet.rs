//! ResNet50, ResNet101 and ResNet152 (He et al., 2015): sums of blocks of three convolutions and what goes past them.

use saola_nn::layers::{Activation, Add, BatchNormalization, Conv2D, MaxPooling2D, ZeroPadding2D};

use super::Application;
use crate::KerasTensor;

pub(super) fn body50(_: &Application, x: KerasTensor) -> KerasTensor {
    body(x, [3, 4, 6, 3])
}

pub(super) fn body101(_: &Application, x: KerasTensor) -> KerasTensor {
    body(x, [3, 4, 23, 3])
}

pub(super) fn body152(_: &Application, x: KerasTensor) -> KerasTensor {
    body(x, [3, 8, 36, 3])
}

fn body(x: KerasTensor, blocks: [usize; 4]) -> KerasTensor {
    let x = x.apply(ZeroPadding2D::new([(3, 3), (3, 3)]).named("conv1_pad"));
    let x = x.apply(Conv2D::new(64, 7).strides(2).named("conv1_conv"));
    let mut x = pool(relu(&x, "conv1_bn", "conv1_relu"));
    for ((stage, count), filters) in (2..).zip(blocks).zip([64, 128, 256, 512]) {
        for i in 1..=count {
            let stride = if i == 1 && stage > 2 { 2 } else { 1 };
            x = block(&x, filters, stride, i == 1, &format!("conv{stage}_block{i}"));
        }
    }
    x
}

/// Half as many rows and columns.
pub(super) fn pool(x: KerasTensor) -> KerasTensor {
    let x = x.apply(ZeroPadding2D::new([(1, 1), (1, 1)]).named("pool1_pad"));
    x.apply(MaxPooling2D::new(3).strides(2).named("pool1_pool"))
}

pub(super) fn normalize(x: &KerasTensor, name: impl Into<String>) -> KerasTensor {
    x.apply(BatchNormalization::new().axis(3).epsilon(1.001e-5).named(name))
}

pub(super) fn relu(x: &KerasTensor, norm: impl Into<String>, name: impl Into<String>) -> KerasTensor {
    normalize(x, norm).apply(Activation::new("relu").named(name))
}

fn block(x: &KerasTensor, filters: usize, stride: usize, widens: bool, name: &str) -> KerasTensor {
    let past = if widens {
        let wide = x.apply(Conv2D::new(4 * filters, 1).strides(stride).named(format!("{name}_0_conv")));
        normalize(&wide, format!("{name}_0_bn"))
    } else {
        x.clone()
    };
    let y = x.apply(Conv2D::new(filters, 1).strides(stride).named(format!("{name}_1_conv")));
    let y = relu(&y, format!("{name}_1_bn"), format!("{name}_1_relu"));
    let y = y.apply(Conv2D::new(filters, 3).padding("same").named(format!("{name}_2_conv")));
    let y = relu(&y, format!("{name}_2_bn"), format!("{name}_2_relu"));
    let y = y.apply(Conv2D::new(4 * filters, 1).named(format!("{name}_3_conv")));
    let y = normalize(&y, format!("{name}_3_bn"));
    let sum = past.with(&y).apply(Add::new().named(format!("{name}_add")));
    sum.apply(Activation::new("relu").named(format!("{name}_out")))
}
