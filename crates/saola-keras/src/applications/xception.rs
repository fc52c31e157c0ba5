//! Xception (Chollet, 2016): filters of each map alone and mixtures of the maps, with what goes past them.

use saola_nn::layers::{Activation, Add, BatchNormalization, Conv2D, MaxPooling2D, SeparableConv2D};

use super::Application;
use crate::KerasTensor;

pub(super) fn body(_: &Application, x: KerasTensor) -> KerasTensor {
    let x = x.apply(Conv2D::new(32, 3).strides(2).use_bias(false).named("block1_conv1"));
    let x = relu(&normalize(&x, "block1_conv1"), "block1_conv1");
    let x = x.apply(Conv2D::new(64, 3).use_bias(false).named("block1_conv2"));
    let x = relu(&normalize(&x, "block1_conv2"), "block1_conv2");
    let x = shrink(&x, 2, (128, 128), false);
    let x = shrink(&x, 3, (256, 256), true);
    let x = shrink(&x, 4, (728, 728), true);
    let x = (5..13).fold(x, |x, i| middle(&x, i));
    let mut x = shrink(&x, 13, (728, 1024), true);
    for (k, maps) in [(1, 1536), (2, 2048)] {
        let name = format!("block14_sepconv{k}");
        x = relu(&separable(&x, maps, &name), &name);
    }
    x
}

fn normalize(x: &KerasTensor, name: &str) -> KerasTensor {
    x.apply(BatchNormalization::new().named(format!("{name}_bn")))
}

fn relu(x: &KerasTensor, name: &str) -> KerasTensor {
    x.apply(Activation::new("relu").named(format!("{name}_act")))
}

fn separable(x: &KerasTensor, maps: usize, name: &str) -> KerasTensor {
    normalize(&x.apply(SeparableConv2D::new(maps, 3).padding("same").use_bias(false).named(name)), name)
}

/// A block that halves rows and columns; the first of them has no activation before it.
fn shrink(x: &KerasTensor, i: usize, maps: (usize, usize), first: bool) -> KerasTensor {
    let past = x.apply(Conv2D::new(maps.1, 1).strides(2).padding("same").use_bias(false));
    let past = past.apply(BatchNormalization::new());
    let name = |k: usize| format!("block{i}_sepconv{k}");
    let y = if first { relu(x, &name(1)) } else { x.clone() };
    let y = separable(&y, maps.0, &name(1));
    let y = separable(&relu(&y, &name(2)), maps.1, &name(2));
    let y = y.apply(MaxPooling2D::new(3).strides(2).padding("same").named(format!("block{i}_pool")));
    y.with(&past).apply(Add::new())
}

fn middle(x: &KerasTensor, i: usize) -> KerasTensor {
    let y = (1..4).fold(x.clone(), |y, k| {
        let name = format!("block{i}_sepconv{k}");
        separable(&relu(&y, &name), 728, &name)
    });
    y.with(x).apply(Add::new())
}
