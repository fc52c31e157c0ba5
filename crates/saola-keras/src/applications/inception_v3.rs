//! InceptionV3 (Szegedy et al., 2015): filters of several sizes side by side.

use saola_nn::layers::{Activation, AveragePooling2D, BatchNormalization, Concatenate, Conv2D, MaxPooling2D};

use super::Application;
use crate::KerasTensor;

/// Filters, rows and columns of a convolution.
type Size = (usize, usize, usize);

pub(super) fn body(_: &Application, x: KerasTensor) -> KerasTensor {
    let x = conv(&x, (32, 3, 3), 2, "valid");
    let x = conv(&x, (32, 3, 3), 1, "valid");
    let x = halve(&conv(&x, (64, 3, 3), 1, "same"));
    let x = conv(&x, (80, 1, 1), 1, "valid");
    let x = halve(&conv(&x, (192, 3, 3), 1, "valid"));
    let x = [32, 64, 64].into_iter().enumerate().fold(x, |x, (i, pooled)| fives(&x, pooled, i));
    let x = shrink_first(&x);
    let x = (4..).zip([128, 160, 160, 192]).fold(x, |x, (i, maps)| sevens(&x, maps, i));
    let x = shrink_second(&x);
    (0..2).fold(x, |x, i| threes(&x, i))
}

fn conv(
    x: &KerasTensor,
    (filters, rows, columns): Size,
    stride: usize,
    padding: &'static str,
) -> KerasTensor {
    let layer = Conv2D::new(filters, [rows, columns]).strides(stride).padding(padding).use_bias(false);
    let y = x.apply(layer).apply(BatchNormalization::new().axis(3).scale(false));
    y.apply(Activation::new("relu"))
}

/// Convolutions one after the other that leave rows and columns.
fn chain(x: &KerasTensor, sizes: &[Size]) -> KerasTensor {
    sizes.iter().fold(x.clone(), |x, &size| conv(&x, size, 1, "same"))
}

fn halve(x: &KerasTensor) -> KerasTensor {
    x.apply(MaxPooling2D::new(3).strides(2))
}

/// Means of the neighbourhood, mixed.
fn around(x: &KerasTensor, maps: usize) -> KerasTensor {
    chain(&x.apply(AveragePooling2D::new(3).strides(1).padding("same")), &[(maps, 1, 1)])
}

fn join(branches: &[&KerasTensor], name: String) -> KerasTensor {
    let all = branches[1..].iter().fold(branches[0].clone(), |all, branch| all.with(branch));
    all.apply(Concatenate::new().axis(3).named(name))
}

fn fives(x: &KerasTensor, pooled: usize, i: usize) -> KerasTensor {
    let one = chain(x, &[(64, 1, 1)]);
    let five = chain(x, &[(48, 1, 1), (64, 5, 5)]);
    let three = chain(x, &[(64, 1, 1), (96, 3, 3), (96, 3, 3)]);
    join(&[&one, &five, &three, &around(x, pooled)], format!("mixed{i}"))
}

fn shrink_first(x: &KerasTensor) -> KerasTensor {
    let three = conv(x, (384, 3, 3), 2, "valid");
    let twice = conv(&chain(x, &[(64, 1, 1), (96, 3, 3)]), (96, 3, 3), 2, "valid");
    join(&[&three, &twice, &halve(x)], "mixed3".into())
}

fn sevens(x: &KerasTensor, maps: usize, i: usize) -> KerasTensor {
    let one = chain(x, &[(192, 1, 1)]);
    let seven = chain(x, &[(maps, 1, 1), (maps, 1, 7), (192, 7, 1)]);
    let twice = chain(x, &[(maps, 1, 1), (maps, 7, 1), (maps, 1, 7), (maps, 7, 1), (192, 1, 7)]);
    join(&[&one, &seven, &twice, &around(x, 192)], format!("mixed{i}"))
}

fn shrink_second(x: &KerasTensor) -> KerasTensor {
    let three = conv(&chain(x, &[(192, 1, 1)]), (320, 3, 3), 2, "valid");
    let seven = chain(x, &[(192, 1, 1), (192, 1, 7), (192, 7, 1)]);
    let seven = conv(&seven, (192, 3, 3), 2, "valid");
    join(&[&three, &seven, &halve(x)], "mixed8".into())
}

fn threes(x: &KerasTensor, i: usize) -> KerasTensor {
    let one = chain(x, &[(320, 1, 1)]);
    let three = chain(x, &[(384, 1, 1)]);
    let (flat, tall) = (chain(&three, &[(384, 1, 3)]), chain(&three, &[(384, 3, 1)]));
    let three = join(&[&flat, &tall], format!("mixed9_{i}"));
    let twice = chain(x, &[(448, 1, 1), (384, 3, 3)]);
    let (flat, tall) = (chain(&twice, &[(384, 1, 3)]), chain(&twice, &[(384, 3, 1)]));
    let twice = flat.with(&tall).apply(Concatenate::new().axis(3));
    join(&[&one, &three, &twice, &around(x, 192)], format!("mixed{}", 9 + i))
}
