//! MobileNetV2 (Sandler et al., 2018): blocks that widen, filter each map alone, and narrow again.

use saola_nn::layers::{Add, BatchNormalization, Conv2D, DepthwiseConv2D, ReLU, ZeroPadding2D};

use super::Application;
use crate::KerasTensor;

/// The maps of each block, and by how much it shrinks rows and columns. All but the first widen six times.
const BLOCKS: [(usize, usize); 17] = [
    (16, 1),
    (24, 2),
    (24, 1),
    (32, 2),
    (32, 1),
    (32, 1),
    (64, 2),
    (64, 1),
    (64, 1),
    (64, 1),
    (96, 1),
    (96, 1),
    (96, 1),
    (160, 2),
    (160, 1),
    (160, 1),
    (320, 1),
];

const EXPANSION: usize = 6;

/// How many rows and columns there are, where it is known.
type Extent = [Option<usize>; 2];

/// The nearest multiple of eight, unless that is less than nine tenths.
fn divisible(maps: f64) -> usize {
    let near = ((maps + 4.0) as usize / 8 * 8).max(8);
    if (near as f64) < 0.9 * maps { near + 8 } else { near }
}

pub(super) fn body(of: &Application, x: KerasTensor) -> KerasTensor {
    let width = of.width();
    let mut maps = divisible(32.0 * width);
    let mut extent = of.extent().map(|n| n.map(|n| n.div_ceil(2)));
    let first = Conv2D::new(maps, 3).strides(2).padding("same").use_bias(false);
    let mut x = finish(&x.apply(first.named("Conv1")), "bn_Conv1", "Conv1_relu");
    for (i, (usual, stride)) in BLOCKS.into_iter().enumerate() {
        let wanted = divisible((usual as f64 * width).trunc());
        x = block(&x, i, (maps, wanted), stride, extent);
        maps = wanted;
        if stride == 2 {
            extent = extent.map(|n| n.map(|n| n.div_ceil(2)));
        }
    }
    let last = if width > 1.0 { divisible(1280.0 * width) } else { 1280 };
    x = x.apply(Conv2D::new(last, 1).use_bias(false).named("Conv_1"));
    finish(&x, "Conv_1_bn", "out_relu")
}

fn normalize(x: &KerasTensor, name: impl Into<String>) -> KerasTensor {
    x.apply(BatchNormalization::new().epsilon(1e-3).momentum(0.999).named(name))
}

fn finish(x: &KerasTensor, norm: impl Into<String>, name: impl Into<String>) -> KerasTensor {
    normalize(x, norm).apply(ReLU::new().max_value(6.0).named(name))
}

/// The margins with which a convolution of three by three that shrinks sees the middle of its maps.
fn margins(extent: Extent) -> [(usize, usize); 2] {
    let even = if extent[0].is_none() { [1, 1] } else { extent.map(|n| 1 - n.unwrap_or(0) % 2) };
    even.map(|even| (1 - even, 1))
}

fn block(x: &KerasTensor, i: usize, maps: (usize, usize), stride: usize, extent: Extent) -> KerasTensor {
    let (there, wanted) = maps;
    let prefix = if i == 0 { "expanded_conv".to_string() } else { format!("block_{i}") };
    let mut y = x.clone();
    if i > 0 {
        let wide = Conv2D::new(EXPANSION * there, 1).padding("same").use_bias(false);
        y = y.apply(wide.named(format!("{prefix}_expand")));
        y = finish(&y, format!("{prefix}_expand_BN"), format!("{prefix}_expand_relu"));
    }
    if stride == 2 {
        y = y.apply(ZeroPadding2D::new(margins(extent)).named(format!("{prefix}_pad")));
    }
    let padding = if stride == 1 { "same" } else { "valid" };
    let each = DepthwiseConv2D::new(3).strides(stride).use_bias(false).padding(padding);
    y = y.apply(each.named(format!("{prefix}_depthwise")));
    y = finish(&y, format!("{prefix}_depthwise_BN"), format!("{prefix}_depthwise_relu"));
    let narrow = Conv2D::new(wanted, 1).padding("same").use_bias(false);
    y = normalize(&y.apply(narrow.named(format!("{prefix}_project"))), format!("{prefix}_project_BN"));
    if there == wanted && stride == 1 {
        return x.with(&y).apply(Add::new().named(format!("{prefix}_add")));
    }
    y
}
