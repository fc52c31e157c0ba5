//! What layers draw that change pictures at random, and what they refuse.

use saola_graph::{DType, Dim, Symbol, placeholder};
use saola_nn::layers::{
    Pipeline, RandomBrightness, RandomContrast, RandomCrop, RandomFlip, RandomRotation, RandomTranslation,
    RandomZoom,
};
use saola_nn::{IntoLayer, LayerRef, Scope, Weights};
use saola_runtime::{Feeds, RunOptions, Session};
use saola_tensor::{ErrorKind, Result, Tensor};

const N: usize = 400;

fn called(layer: &LayerRef, x: &Symbol) -> Symbol {
    let mut weights = Weights::new();
    Scope::new(&mut weights).call_all(layer, std::slice::from_ref(x), Vec::new()).remove(0)
}

/// What a layer makes in training of `n` pictures of `[height, width]` whose pixels count from 1.
struct Trial {
    x: Symbol,
    y: Symbol,
    session: Session,
    images: Tensor,
}

impl Trial {
    fn new(layer: impl IntoLayer, [n, height, width]: [usize; 3]) -> Result<Trial> {
        let layer: LayerRef = layer.into_layer();
        let x = placeholder("x", DType::F32, [Dim::Any, height.into(), width.into(), 1.into()]);
        let y = called(&layer, &x);
        y.check()?;
        let one = (1..=height * width).map(|i| i as f32);
        let images = Tensor::new(one.collect::<Vec<f32>>().repeat(n), [n, height, width, 1])?;
        Ok(Trial { x, y, session: Session::new(), images })
    }

    /// The pixels of each picture.
    fn run(&self, options: RunOptions) -> Result<Vec<Vec<f32>>> {
        let feeds = Feeds::new().with(&self.x, &self.images);
        let got = self.session.run_with(options, &self.y, feeds)?;
        let size = got.len() / got.shape()[0];
        Ok(got.to_vec::<f32>()?.chunks(size).map(<[f32]>::to_vec).collect())
    }

    fn training(&self) -> Result<Vec<Vec<f32>>> {
        self.run(RunOptions::training())
    }
}

/// Mean and variance of numbers that should be uniform from `low` to `high`, within five standard errors.
fn assert_uniform(what: &str, numbers: &[f64], low: f64, high: f64) {
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    let width = high - low;
    assert!(numbers.iter().all(|&x| x > low - 1e-3 && x < high + 1e-3), "{what}: out of {low}..{high}");
    let error = width / (12.0 * n).sqrt();
    assert!((mean - (low + high) / 2.0).abs() < 5.0 * error, "{what}: mean {mean} of {low}..{high}");
    let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    let expected = width * width / 12.0;
    assert!((variance - expected).abs() < 5.0 * expected * (0.8 / n).sqrt(), "{what}: variance {variance}");
    let distinct = numbers.iter().map(|x| (x * 1e4) as i64).collect::<std::collections::BTreeSet<_>>();
    assert!(distinct.len() > numbers.len() / 4, "{what}: each picture has a number of its own");
}

#[test]
fn half_of_the_pictures_are_mirrored() -> Result<()> {
    let whole: Vec<f32> = (1..=6).map(|i| i as f32).collect();
    let rows = |order: [f32; 6]| order.to_vec();
    let flips = [
        (RandomFlip::new(), rows([6.0, 5.0, 4.0, 3.0, 2.0, 1.0])),
        (RandomFlip::new().horizontal(), rows([3.0, 2.0, 1.0, 6.0, 5.0, 4.0])),
        (RandomFlip::new().vertical(), rows([4.0, 5.0, 6.0, 1.0, 2.0, 3.0])),
    ];
    for (layer, mirrored) in flips {
        let trial = Trial::new(layer, [N, 2, 3])?;
        let got = trial.training()?;
        assert!(got.iter().all(|p| *p == whole || *p == mirrored));
        let count = got.iter().filter(|p| **p == mirrored).count() as f64;
        // Five standard deviations of a fair coin.
        assert!((count - N as f64 / 2.0).abs() < 5.0 * (N as f64 / 4.0).sqrt(), "{count} of {N}");
        assert_ne!(got, trial.training()?, "each run draws anew");
        assert!(trial.run(RunOptions::new())?.iter().all(|p| *p == whole));
    }
    Ok(())
}

#[test]
fn a_seed_gives_the_same_pictures_again() -> Result<()> {
    let layer =
        |seed| Pipeline::new().add(RandomRotation::new(0.5).seed(seed)).add(RandomZoom::new(0.3).seed(seed));
    let first = |seed| Trial::new(layer(seed), [5, 4, 4])?.training();
    assert_eq!(first(3)?, first(3)?);
    assert_ne!(first(3)?, first(4)?);
    let own = || Trial::new(Pipeline::new().add(RandomRotation::new(0.5)), [5, 4, 4])?.training();
    assert_eq!(own()?, own()?, "without a seed, the layer's path gives one");
    Ok(())
}

#[test]
fn numbers_are_uniform_between_their_bounds() -> Result<()> {
    // The value of the first pixel, which is 1, plus what is drawn times 100.
    let brightness = RandomBrightness::new((0.1, 0.6)).value_range(0.0, 100.0);
    let pixels = Trial::new(brightness, [N, 1, 2])?.training()?;
    let drawn: Vec<f64> = pixels.iter().map(|p| (f64::from(p[0]) - 1.0) / 100.0).collect();
    assert_uniform("brightness", &drawn, 0.1, 0.6);
    let one = Trial::new(RandomBrightness::new(0.2).value_range(-1e3, 1e3), [N, 1, 1])?.training()?;
    let drawn: Vec<f64> = one.iter().map(|p| (f64::from(p[0]) - 1.0) / 2e3).collect();
    assert_uniform("brightness by one number", &drawn, -0.2, 0.2);

    // Pixels 1 and 2: their difference is what the contrast is multiplied by.
    let contrast = |layer: RandomContrast| -> Result<Vec<f64>> {
        let pixels = Trial::new(layer.value_range(-9.0, 9.0), [N, 1, 2])?.training()?;
        Ok(pixels.iter().map(|p| f64::from(p[1] - p[0])).collect())
    };
    assert_uniform("contrast", &contrast(RandomContrast::new((0.3, 0.8)))?, 0.7, 1.8);
    assert_uniform("contrast by one number", &contrast(RandomContrast::new(0.4))?, 1.0, 1.4);

    // The first row counts 1, 2, .., so that the first pixel tells how far a picture was moved to the left.
    let moved = RandomTranslation::new(0.0, (-0.5, -0.1));
    let pixels = Trial::new(moved, [N, 1, 20])?.training()?;
    let drawn: Vec<f64> = pixels.iter().map(|p| (1.0 - f64::from(p[0])) / 20.0).collect();
    assert_uniform("translation", &drawn, -0.5, -0.1);

    // Neighbours in the middle differ by what a step of the zoomed picture is.
    let steps = |layer: RandomZoom| -> Result<Vec<f64>> {
        let pixels = Trial::new(layer, [N, 1, 21])?.training()?;
        Ok(pixels.iter().map(|p| f64::from(p[11] - p[10])).collect())
    };
    assert_uniform("zoom", &steps(RandomZoom::new((-0.6, 0.2)))?, 0.4, 1.2);
    assert_uniform("width", &steps(RandomZoom::new(0.0).width_factor(0.5))?, 0.5, 1.5);

    // About the middle of 3 × 3 pixels, by up to a quarter turn: the pixel to the right of it shows the angle.
    let turned = RandomRotation::new((0.0, 0.25));
    let pixels = Trial::new(turned, [N, 9, 9])?.training()?;
    let angle = |p: &Vec<f32>| {
        let (down, right) = (f64::from(p[4 * 9 + 5] - p[4 * 9 + 4]), f64::from(p[5 * 9 + 4] - p[4 * 9 + 4]));
        // A step to the right is 1, a step down is 9: cos + 9 sin, and −sin + 9 cos.
        let (sin, cos) = ((9.0 * down - right) / 82.0, (down + 9.0 * right) / 82.0);
        sin.atan2(cos) / std::f64::consts::TAU
    };
    assert_uniform("rotation", &pixels.iter().map(angle).collect::<Vec<_>>(), 0.0, 0.25);
    Ok(())
}

#[test]
fn a_crop_is_the_same_for_the_batch_and_everywhere_in_turn() -> Result<()> {
    let trial = Trial::new(RandomCrop::new(2, 3), [2, 4, 5])?;
    let mut met = std::collections::BTreeSet::new();
    for _ in 0..N {
        let got = trial.training()?;
        assert_eq!(got[0], got[1]);
        let first = got[0][0];
        let expected = [0.0, 1.0, 2.0, 5.0, 6.0, 7.0].map(|step| first + step);
        assert_eq!(got[0], expected);
        met.insert(first as usize);
    }
    // Three places from the top and three from the left.
    assert_eq!(met.into_iter().collect::<Vec<_>>(), [1, 2, 3, 6, 7, 8, 11, 12, 13]);
    Ok(())
}

#[test]
fn one_picture_without_a_batch_is_changed_as_a_batch_of_one() -> Result<()> {
    let layers: [LayerRef; 7] = [
        RandomRotation::new((0.1, 0.1)).into_layer(),
        RandomZoom::new((0.4, 0.4)).into_layer(),
        RandomTranslation::new((0.2, 0.2), (0.3, 0.3)).into_layer(),
        RandomBrightness::new((0.1, 0.1)).into_layer(),
        RandomContrast::new((-0.2, 0.2)).into_layer(),
        RandomFlip::new().seed(3).into_layer(),
        RandomCrop::new(2, 2).seed(4).into_layer(),
    ];
    for layer in layers {
        let batch = Trial::new(&layer, [1, 3, 4])?;
        let x = placeholder("x", DType::F32, [3, 4, 1]);
        let y = called(&layer, &x);
        let image = batch.images.reshape(vec![3, 4, 1])?;
        let feeds = Feeds::new().with(&x, &image);
        let one = Session::new().run_with(RunOptions::training(), &y, feeds)?;
        assert_eq!(one.to_vec::<f32>()?, batch.training()?[0], "{}", layer.layer().class_name());
    }
    Ok(())
}

#[test]
fn mistakes_are_named() {
    let text = |layer: LayerRef, dims: &[usize]| {
        let dims: Vec<Dim> = dims.iter().map(|&n| n.into()).collect();
        called(&layer, &placeholder("x", DType::F32, dims)).check().expect_err("a mistake").to_string()
    };
    let whole = [2, 4, 4, 3];
    assert!(text(RandomRotation::new(1.5).into_layer(), &whole).contains("`factor` is -1.5 to 1.5"));
    assert!(text(RandomZoom::new((-1.0, 0.0)).into_layer(), &whole).contains("above −1"));
    assert!(text(RandomZoom::new(0.1).width_factor(1.5).into_layer(), &whole).contains("`width_factor`"));
    assert!(text(RandomTranslation::new(0.1, 2.0).into_layer(), &whole).contains("`width_factor`"));
    assert!(text(RandomBrightness::new(f64::NAN).into_layer(), &whole).contains("from −1 to 1"));
    assert!(text(RandomContrast::new(1.5).into_layer(), &whole).contains("from 0 to 1"));
    assert!(text(RandomFlip::new().into_layer(), &[2, 4]).contains("pictures of [2, 4]"));
    assert!(text(RandomCrop::new(0, 2).into_layer(), &whole).contains("sizes above 0"));
    assert!(text(Pipeline::new().into_layer(), &whole).contains("no layers"));
    let x = placeholder("x", DType::F32, [Dim::Any, Dim::Any, Dim::Any, 3.into()]);
    assert_eq!(
        called(&RandomFlip::new().into_layer(), &x).check().expect_err("no size").kind(),
        ErrorKind::Shape
    );
}
