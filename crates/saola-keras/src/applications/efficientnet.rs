//! EfficientNetB0 (Tan and Le, 2019): blocks that widen, filter each map alone, weigh the maps by what is in them, and
//! narrow again.
//!
//! The model brings the values of pictures to its scale itself. Keras puts one more scaling behind that into the model for
//! the weights that it downloads, and into no other: as there, it is not in a model whose weights come from a file.

use saola_nn::initializers::{Distribution, Mode as Fan, VarianceScaling};
use saola_nn::layers::{
    Activation, Add, BatchNormalization, Conv2D, Dense, DepthwiseConv2D, Dropout, GlobalAveragePooling2D,
    Multiply, Normalization, Rescaling, Reshape, ZeroPadding2D,
};

use super::Application;
use crate::KerasTensor;

/// Of each row of blocks: how many they are, the rows of their filters, their maps, by how much the first of them shrinks
/// rows and columns, and by how much they widen.
const ROWS: [(usize, usize, usize, usize, usize); 7] = [
    (1, 3, 16, 1, 1),
    (2, 3, 24, 2, 6),
    (2, 5, 40, 2, 6),
    (3, 3, 80, 2, 6),
    (3, 5, 112, 1, 6),
    (4, 5, 192, 2, 6),
    (1, 3, 320, 1, 6),
];

/// What a block is left out with at most.
const DROP: f64 = 0.2;

/// How many rows and columns there are, where it is known.
type Extent = [Option<usize>; 2];

fn halved(extent: Extent) -> Extent {
    extent.map(|n| n.map(|n| n.div_ceil(2)))
}

fn fan_out() -> VarianceScaling {
    VarianceScaling { scale: 2.0, mode: Fan::FanOut, distribution: Distribution::TruncatedNormal }
}

pub(super) fn body(of: &Application, x: KerasTensor) -> KerasTensor {
    let x = x.apply(Rescaling::new(1.0 / 255.0)).apply(Normalization::new());
    let mut extent = of.extent();
    let x = x.apply(ZeroPadding2D::new(margins(3, extent)).named("stem_conv_pad"));
    let mut x = finish(&x.apply(mix(32, 3).strides(2).padding("valid").named("stem_conv")), "stem_");
    extent = halved(extent);
    let mut maps = 32;
    let (mut done, all) = (0, ROWS.iter().map(|row| row.0).sum::<usize>());
    for (row, (count, size, wanted, stride, widen)) in ROWS.into_iter().enumerate() {
        for (k, letter) in ('a'..='z').take(count).enumerate() {
            let block = Block {
                name: format!("block{}{letter}_", row + 1),
                size,
                maps: (maps, wanted),
                stride: if k == 0 { stride } else { 1 },
                widen,
                drop: DROP * done as f64 / all as f64,
            };
            x = block.apply(&x, extent);
            if block.stride == 2 {
                extent = halved(extent);
            }
            maps = wanted;
            done += 1;
        }
    }
    finish(&x.apply(mix(1280, 1).named("top_conv")), "top_")
}

/// A convolution without a bias.
fn mix(maps: usize, size: usize) -> Conv2D {
    Conv2D::new(maps, size).padding("same").use_bias(false).kernel_initializer(fan_out())
}

fn normalize(x: &KerasTensor, name: impl Into<String>) -> KerasTensor {
    x.apply(BatchNormalization::new().named(name))
}

fn finish(x: &KerasTensor, prefix: &str) -> KerasTensor {
    normalize(x, format!("{prefix}bn")).apply(Activation::new("silu").named(format!("{prefix}activation")))
}

/// The margins with which a convolution that shrinks sees the middle of its maps.
fn margins(size: usize, extent: Extent) -> [(usize, usize); 2] {
    let even = if extent[0].is_none() { [1, 1] } else { extent.map(|n| 1 - n.unwrap_or(0) % 2) };
    even.map(|even| (size / 2 - even, size / 2))
}

struct Block {
    name: String,
    size: usize,
    maps: (usize, usize),
    stride: usize,
    widen: usize,
    drop: f64,
}

impl Block {
    fn name(&self, part: &str) -> String {
        format!("{}{part}", self.name)
    }

    fn apply(&self, x: &KerasTensor, extent: Extent) -> KerasTensor {
        let (there, wanted) = self.maps;
        let mut y = x.clone();
        if self.widen > 1 {
            y = y.apply(mix(there * self.widen, 1).named(self.name("expand_conv")));
            y = finish(&y, &self.name("expand_"));
        }
        if self.stride == 2 {
            y = y.apply(ZeroPadding2D::new(margins(self.size, extent)).named(self.name("dwconv_pad")));
        }
        let each = DepthwiseConv2D::new(self.size)
            .strides(self.stride)
            .padding(if self.stride == 2 { "valid" } else { "same" })
            .use_bias(false)
            .depthwise_initializer(fan_out());
        y = finish(&y.apply(each.named(self.name("dwconv"))), &self.name);
        y = self.weigh(&y);
        y = normalize(&y.apply(mix(wanted, 1).named(self.name("project_conv"))), self.name("project_bn"));
        if self.stride > 1 || there != wanted {
            return y;
        }
        if self.drop > 0.0 {
            let whole = Dropout::new(self.drop).noise_shape([None, Some(1), Some(1), Some(1)]);
            y = y.apply(whole.named(self.name("drop")));
        }
        y.with(x).apply(Add::new().named(self.name("add")))
    }

    /// The maps, each times a number from 0 to 1 that follows from the means of all.
    fn weigh(&self, x: &KerasTensor) -> KerasTensor {
        let (there, maps) = (self.maps.0, self.maps.0 * self.widen);
        let means = x.apply(GlobalAveragePooling2D::new().named(self.name("se_squeeze")));
        let shape = [1, 1, isize::try_from(maps).unwrap_or(isize::MAX)];
        let means = means.apply(Reshape::new(shape).named(self.name("se_reshape")));
        let part = |maps: usize, activation: &str| {
            let conv = Conv2D::new(maps, 1).padding("same").kernel_initializer(fan_out());
            conv.activation(activation)
        };
        let few = means.apply(part((there / 4).max(1), "silu").named(self.name("se_reduce")));
        let weights = few.apply(part(maps, "sigmoid").named(self.name("se_expand")));
        x.with(&weights).apply(Multiply::new().named(self.name("se_excite")))
    }
}

pub(super) fn top(of: &Application, x: KerasTensor) -> KerasTensor {
    let x = x.apply(GlobalAveragePooling2D::new().named("avg_pool"));
    let x = x.apply(Dropout::new(0.2).named("top_dropout"));
    let uniform =
        VarianceScaling { scale: 1.0 / 3.0, mode: Fan::FanOut, distribution: Distribution::Uniform };
    let classes = Dense::new(of.classes).activation(of.activation.clone()).kernel_initializer(uniform);
    x.apply(classes.named("predictions"))
}
