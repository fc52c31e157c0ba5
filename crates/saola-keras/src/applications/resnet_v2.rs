//! ResNet50V2, ResNet101V2 and ResNet152V2 (He et al., 2016): what goes past a block is never changed on its way.

use saola_nn::layers::{Add, Conv2D, MaxPooling2D, ZeroPadding2D};

use super::Application;
use super::resnet::{pool, relu};
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
    let mut x = pool(x.apply(Conv2D::new(64, 7).strides(2).named("conv1_conv")));
    for ((stage, count), filters) in (2..).zip(blocks).zip([64, 128, 256, 512]) {
        for i in 1..=count {
            let stride = if i == count && stage < 5 { 2 } else { 1 };
            x = block(&x, filters, stride, i == 1, &format!("conv{stage}_block{i}"));
        }
    }
    relu(&x, "post_bn", "post_relu")
}

fn block(x: &KerasTensor, filters: usize, stride: usize, widens: bool, name: &str) -> KerasTensor {
    let before = relu(x, format!("{name}_preact_bn"), format!("{name}_preact_relu"));
    let past = match (widens, stride) {
        (true, _) => {
            before.apply(Conv2D::new(4 * filters, 1).strides(stride).named(format!("{name}_0_conv")))
        }
        (false, 1) => x.clone(),
        (false, _) => x.apply(MaxPooling2D::new(1).strides(stride)),
    };
    let plain = |filters, size| Conv2D::new(filters, size).use_bias(false);
    let y = before.apply(plain(filters, 1).named(format!("{name}_1_conv")));
    let y = relu(&y, format!("{name}_1_bn"), format!("{name}_1_relu"));
    let y = y.apply(ZeroPadding2D::new([(1, 1), (1, 1)]).named(format!("{name}_2_pad")));
    let y = y.apply(plain(filters, 3).strides(stride).named(format!("{name}_2_conv")));
    let y = relu(&y, format!("{name}_2_bn"), format!("{name}_2_relu"));
    let y = y.apply(Conv2D::new(4 * filters, 1).named(format!("{name}_3_conv")));
    past.with(&y).apply(Add::new().named(format!("{name}_out")))
}
