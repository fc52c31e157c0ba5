//! `save_image`: a tensor as a file of a picture.

use std::io::Cursor;
use std::path::Path;

use image::{ColorType, ImageFormat};
use saola_tensor::{DType, Error, Result, Tensor, write_atomic};

/// Writes `picture`, `[height, width, channels]` with 1, 3 or 4 channels, as a PNG, JPEG, BMP or GIF file, which the name's
/// ending says; the file appears whole or not at all. With `scale`, the smallest value becomes 0 and the largest 255;
/// without, values are cut off after the point and must be from 0 to 255. What a format does not have of transparency is
/// left out. Keras's `save_img`.
///
/// ```
/// use saola_data::{Color, read_image, save_image};
/// use saola_tensor::{DType, Tensor};
///
/// # fn main() -> saola_tensor::Result<()> {
/// # let folder = tempfile::tempdir().map_err(|e| saola_tensor::Error::value(e.to_string()))?;
/// let path = folder.path().join("two.png");
/// save_image(&path, &Tensor::new(vec![0u8, 90], [1, 2, 1])?, false)?;
/// assert_eq!(read_image(&path, Color::Grayscale)?.cast(DType::U8)?, Tensor::new(vec![0u8, 90], [1, 2, 1])?);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`saola_tensor::ErrorKind::Shape`] for what is no picture, [`saola_tensor::ErrorKind::Value`] for values that are not from
/// 0 to 255 or an unknown ending, and where the file cannot be written.
pub fn save_image(path: impl AsRef<Path>, picture: &Tensor, scale: bool) -> Result<()> {
    let path = path.as_ref();
    let (height, width, channels) = match picture.shape()[..] {
        [h, w, c @ (1 | 3 | 4)] if h > 0 && w > 0 => (h, w, c),
        _ => {
            return Err(Error::shape(format!("a picture of {}", picture.shape()))
                .help("give height, width, and 1, 3 or 4 channels"));
        }
    };
    let format = ImageFormat::from_path(path)
        .ok()
        .filter(|f| matches!(f, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Bmp | ImageFormat::Gif));
    let format = format.ok_or_else(|| {
        Error::value(format!("`{}` does not say which kind of picture it is to be", path.display()))
            .help("end its name with .png, .jpg, .bmp or .gif")
    })?;
    let mut bytes = bytes(picture, scale)?;
    let flat = channels == 4 && matches!(format, ImageFormat::Jpeg);
    if flat {
        bytes = bytes.chunks(4).flat_map(|p| p[..3].to_vec()).collect();
    }
    let gray = matches!(format, ImageFormat::Gif) && channels == 1;
    if gray {
        bytes = bytes.iter().flat_map(|&v| [v; 3]).collect();
    }
    let color = match channels {
        1 if !gray => ColorType::L8,
        4 if !flat => ColorType::Rgba8,
        _ => ColorType::Rgb8,
    };
    let extent = |n: usize| u32::try_from(n).map_err(|_| Error::value(format!("{n} pixels on a side")));
    let mut out = Cursor::new(Vec::new());
    image::write_buffer_with_format(&mut out, &bytes, extent(width)?, extent(height)?, color, format)
        .map_err(|e| Error::value(format!("the picture cannot be written: {e}")).with_source(e))?;
    write_atomic(path, |file| file.write_all(out.get_ref()))
}

/// The values of the pixels as bytes.
fn bytes(picture: &Tensor, scale: bool) -> Result<Vec<u8>> {
    let values = picture.cast(DType::F32)?.to_vec::<f32>()?;
    let least = values.iter().copied().fold(f32::INFINITY, f32::min);
    let most = values.iter().map(|v| v - least).fold(0.0, f32::max);
    let byte = |value: f32| {
        let value = match scale {
            true if most != 0.0 => (value - least) / most * 255.0,
            true => value - least,
            false => value,
        };
        if !(0.0..256.0).contains(&value) {
            return Err(Error::value(format!("{value} is no value of a pixel"))
                .help("values are from 0 to 255; other ranges need `scale`"));
        }
        Ok(value as u8)
    };
    values.into_iter().map(byte).collect()
}
