//! Pictures in folders.

use std::path::Path;

use image::{DynamicImage, ImageReader, Limits};
use saola_kernels::resize::{Grid, taps};
use saola_tensor::{Error, Result, Tensor};

use super::{Folder, Kind};

/// The channels of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// One: the brightness.
    Grayscale,
    /// Three.
    #[default]
    Rgb,
    /// Four, with the opacity.
    Rgba,
}

/// How a picture is brought to another size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interpolation {
    /// Between the nearest two pixels of each axis.
    #[default]
    Bilinear,
    /// The nearest pixel; pictures stay `u8`.
    Nearest,
}

/// How pictures are read.
#[derive(Clone, Debug)]
pub struct Images {
    height: usize,
    width: usize,
    color: Color,
    interpolation: Interpolation,
    crop: bool,
}

/// Pictures in folders, one for each class: JPEG, PNG, BMP and GIF, of which the first frame. A batch is `f32` of shape
/// `[n, height, width, channels]` from 0 to 255, and its labels. Keras's `image_dataset_from_directory`.
///
/// ```no_run
/// use saola_data::ImageFolder;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let flowers = ImageFolder::open("flowers")?.image_size(180, 180).validation_split(0.2);
/// let (train, validation) = (flowers.training()?.prefetch(2), flowers.validation()?);
/// println!("{:?}", flowers.class_names());
/// # Ok(())
/// # }
/// ```
pub type ImageFolder = Folder<Images>;

impl Folder<Images> {
    /// The pictures under `path`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there are no folders, or no pictures in them;
    /// [`saola_tensor::ErrorKind::Io`] for a folder that cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<ImageFolder> {
        let images = Images {
            height: 256,
            width: 256,
            color: Color::Rgb,
            interpolation: Interpolation::Bilinear,
            crop: false,
        };
        Folder::index(path.as_ref(), images)
    }

    /// The height and width to which all are brought; 256 by 256 by default.
    #[must_use]
    pub fn image_size(mut self, height: usize, width: usize) -> Self {
        (self.kind.height, self.kind.width) = (height, width);
        self
    }

    /// The channels; red, green and blue by default.
    #[must_use]
    pub fn color(mut self, color: Color) -> Self {
        self.kind.color = color;
        self
    }

    /// How pictures are brought to the size.
    #[must_use]
    pub fn interpolation(mut self, interpolation: Interpolation) -> Self {
        self.kind.interpolation = interpolation;
        self
    }

    /// Cuts the largest part of the wanted proportions out of the middle, instead of distorting the picture.
    #[must_use]
    pub fn crop_to_aspect_ratio(mut self) -> Self {
        self.kind.crop = true;
        self
    }
}

impl Kind for Images {
    const EXTENSIONS: &'static [&'static str] = &["bmp", "gif", "jpeg", "jpg", "png"];

    fn read(&self, path: &Path) -> Result<Tensor> {
        let image = read_image(path, self.color)?;
        self.fit(&image).map_err(|e| e.context(format!("reading `{}`", path.display())))
    }
}

impl Images {
    /// The picture at the wanted size, from 0 to 255.
    fn fit(&self, image: &Tensor) -> Result<Tensor> {
        let [mut height, mut width, channels] = image.shape()[..] else {
            return Err(Error::internal("a picture without three axes"));
        };
        let (mut pixels, size) = (image.to_vec::<u8>()?, (self.height, self.width));
        if size.0 == 0 || size.1 == 0 {
            return Err(Error::value(format!("a picture of {} by {} pixels", size.0, size.1)));
        }
        if self.crop {
            let high = ((width * size.0) as f64 / size.1 as f64) as usize;
            let wide = ((height * size.1) as f64 / size.0 as f64) as usize;
            let (high, wide) = (high.clamp(1, height), wide.clamp(1, width));
            let (top, left) = ((height - high) / 2, (width - wide) / 2);
            let row = |r: usize| {
                let start = ((top + r) * width + left) * channels;
                &pixels[start..start + wide * channels]
            };
            pixels = (0..high).flat_map(row).copied().collect();
            (height, width) = (high, wide);
        }
        let bilinear = self.interpolation == Interpolation::Bilinear;
        let grid = Grid {
            height,
            width,
            inner: channels,
            rows: taps(height, size.0, bilinear),
            columns: taps(width, size.1, bilinear),
        };
        let (shape, len) = (vec![size.0, size.1, channels], size.0 * size.1 * channels);
        if !bilinear {
            let mut out = vec![0u8; len];
            grid.nearest(&mut out, &pixels);
            return Tensor::new(out, shape);
        }
        let pixels: Vec<f32> = pixels.into_iter().map(f32::from).collect();
        let mut out = vec![0f32; len];
        grid.bilinear(&mut out, &pixels);
        Tensor::new(out, shape)
    }
}

/// How much memory a picture may take.
const LARGEST: u64 = 512 << 20;

/// How many bytes of pixels a byte of a file may stand for: more than those of the formats that are read.
const RATIO: u64 = 4096;

/// The picture in the file at `path`, JPEG, PNG, BMP or GIF, found by its first bytes: `u8` of shape
/// `[height, width, channels]`.
///
/// # Errors
/// [`saola_tensor::ErrorKind::NotFound`] or [`saola_tensor::ErrorKind::Io`] where the file cannot be read,
/// [`saola_tensor::ErrorKind::Format`] where it is no picture, is damaged, or would take more than half a gigabyte.
pub fn read_image(path: impl AsRef<Path>, color: Color) -> Result<Tensor> {
    let path = path.as_ref();
    let failed = |e| Error::io("reading", path, e);
    let size = std::fs::metadata(path).map_err(failed)?.len();
    let mut reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format).map_err(failed)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(LARGEST.min(size.saturating_mul(RATIO).saturating_add(RATIO)));
    reader.limits(limits);
    let image = reader.decode().map_err(|e| {
        Error::format(format!("`{}` is no sound picture: {e}", path.display()))
            .help("JPEG, PNG, BMP and GIF are read; the file may be cut off")
            .with_source(e)
    })?;
    let (width, height) = (image.width() as usize, image.height() as usize);
    let (pixels, channels) = match color {
        Color::Rgb => (image.into_rgb8().into_raw(), 3),
        Color::Rgba => (image.into_rgba8().into_raw(), 4),
        Color::Grayscale => (brightness(image), 1),
    };
    Tensor::new(pixels, vec![height, width, channels])
}

/// One channel: that of a grey picture as it is, or 299, 587 and 114 thousandths of red, green and blue.
fn brightness(image: DynamicImage) -> Vec<u8> {
    if !image.color().has_color() {
        return image.into_luma8().into_raw();
    }
    let rgb = image.into_rgb8();
    let one = |p: &image::Rgb<u8>| {
        let [r, g, b] = p.0.map(u32::from);
        ((299 * r + 587 * g + 114 * b + 500) / 1000) as u8
    };
    rgb.pixels().map(one).collect()
}
