//! DenseNet121 (Huang et al., 2016): each block sees the maps of all blocks before it.

use saola_nn::layers::{AveragePooling2D, Concatenate, Conv2D, MaxPooling2D, ZeroPadding2D};

use super::Application;
use super::resnet::relu;
use crate::KerasTensor;

/// How many maps a block adds.
const GROWTH: usize = 32;

pub(super) fn body121(_: &Application, x: KerasTensor) -> KerasTensor {
    body(x, [6, 12, 24, 16])
}

fn body(x: KerasTensor, blocks: [usize; 4]) -> KerasTensor {
    let x = x.apply(ZeroPadding2D::new([(3, 3), (3, 3)]));
    let x = x.apply(Conv2D::new(64, 7).strides(2).use_bias(false).named("conv1_conv"));
    let x = relu(&x, "conv1_bn", "conv1_relu").apply(ZeroPadding2D::new([(1, 1), (1, 1)]));
    let mut x = x.apply(MaxPooling2D::new(3).strides(2).named("pool1"));
    let mut maps = 64;
    for (stage, count) in (2..).zip(blocks) {
        for i in 1..=count {
            x = block(&x, &format!("conv{stage}_block{i}"));
        }
        maps += count * GROWTH;
        if stage < 5 {
            maps /= 2;
            x = transition(&x, maps, &format!("pool{stage}"));
        }
    }
    relu(&x, "bn", "relu")
}

fn block(x: &KerasTensor, name: &str) -> KerasTensor {
    let y = relu(x, format!("{name}_0_bn"), format!("{name}_0_relu"));
    let y = y.apply(Conv2D::new(4 * GROWTH, 1).use_bias(false).named(format!("{name}_1_conv")));
    let y = relu(&y, format!("{name}_1_bn"), format!("{name}_1_relu"));
    let layer = Conv2D::new(GROWTH, 3).padding("same").use_bias(false);
    let y = y.apply(layer.named(format!("{name}_2_conv")));
    x.with(&y).apply(Concatenate::new().axis(3).named(format!("{name}_concat")))
}

fn transition(x: &KerasTensor, maps: usize, name: &str) -> KerasTensor {
    let y = relu(x, format!("{name}_bn"), format!("{name}_relu"));
    let y = y.apply(Conv2D::new(maps, 1).use_bias(false).named(format!("{name}_conv")));
    y.apply(AveragePooling2D::new(2).strides(2).named(format!("{name}_pool")))
}
