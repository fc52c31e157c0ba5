//! Pictures and sounds.

use saola_data::{Color, read_image, read_wav};
use saola_tensor::Tensor;
use saola_testkit::damage::Reader;

use super::seeds::{folder, golden, of_file};

pub(super) fn pictures() -> Reader {
    let folder = folder();
    let pixels =
        Tensor::new((0..192).map(|i| (i * 5 % 251) as u8).collect::<Vec<u8>>(), [8, 8, 3]).expect("pixels");
    let seed = |ending: &str| {
        let path = folder.join(format!("x.{ending}"));
        saola_data::save_image(&path, &pixels, false).expect("written");
        std::fs::read(path).expect("there")
    };
    let seeds = ["png", "jpg", "bmp", "gif"].map(seed).to_vec();
    of_file("image", "x", seeds, |path| read_image(path, Color::Rgb).map(drop)).ratio(8192)
}

pub(super) fn sounds() -> Reader {
    let seeds = ["bark/a.wav", "bark/b.wav", "meow/c.wav"].map(|n| golden(&format!("folders/sounds/{n}")));
    of_file("wav", "x.wav", seeds.to_vec(), |path| read_wav(path).map(drop))
}
