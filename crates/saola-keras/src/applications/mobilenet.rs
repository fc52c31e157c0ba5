//! MobileNet (Howard et al., 2017): each map is filtered alone, and then the maps are mixed.

use saola_nn::layers::{
    Activation, BatchNormalization, Conv2D, DepthwiseConv2D, Dropout, GlobalAveragePooling2D, ReLU, Reshape,
    ZeroPadding2D,
};

use super::Application;
use crate::KerasTensor;

/// The maps of each block, and by how much it shrinks rows and columns.
const BLOCKS: [(usize, usize); 13] = [
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (1024, 2),
    (1024, 1),
];

pub(super) fn body(of: &Application, x: KerasTensor) -> KerasTensor {
    let maps = |usual: usize| (usual as f64 * of.width()) as usize;
    let first = Conv2D::new(maps(32), 3).padding("same").use_bias(false).strides(2);
    let mut x = finish(&x.apply(first.named("conv1")), "conv1");
    for (i, (usual, stride)) in (1..).zip(BLOCKS) {
        if stride == 2 {
            x = x.apply(ZeroPadding2D::new([(0, 1), (0, 1)]).named(format!("conv_pad_{i}")));
        }
        let each = DepthwiseConv2D::new(3)
            .padding(if stride == 1 { "same" } else { "valid" })
            .depth_multiplier(of.maps_each())
            .strides(stride)
            .use_bias(false);
        x = finish(&x.apply(each.named(format!("conv_dw_{i}"))), &format!("conv_dw_{i}"));
        let mix = Conv2D::new(maps(usual), 1).padding("same").use_bias(false);
        x = finish(&x.apply(mix.named(format!("conv_pw_{i}"))), &format!("conv_pw_{i}"));
    }
    x
}

fn finish(x: &KerasTensor, name: &str) -> KerasTensor {
    let x = x.apply(BatchNormalization::new().named(format!("{name}_bn")));
    x.apply(ReLU::new().max_value(6.0).named(format!("{name}_relu")))
}

pub(super) fn top(of: &Application, x: KerasTensor) -> KerasTensor {
    let x = x.apply(GlobalAveragePooling2D::new().keepdims(true));
    let x = x.apply(Dropout::new(of.top_dropout()).named("dropout"));
    let x = x.apply(Conv2D::new(of.classes, 1).padding("same").named("conv_preds"));
    let x = x.apply(Reshape::new([isize::try_from(of.classes).unwrap_or(isize::MAX)]).named("reshape_2"));
    x.apply(Activation::new(of.activation.clone()).named("predictions"))
}
