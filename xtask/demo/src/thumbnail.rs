//! A picture becomes a thumbnail, within a memory budget.

use crate::memory::Budget;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use std::io::Cursor;

/// The longer side of a thumbnail, in pixels.
const SIDE: u32 = 256;

/// Scales an encoded PNG or JPEG down and encodes it as JPEG; the error is the reason a person reads.
///
/// The decoded size is known from the header, so memory is taken from the budget before it is used.
pub(crate) fn make(encoded: &[u8], budget: &Budget) -> Result<Vec<u8>, String> {
    if encoded.is_empty() {
        return Err("is empty".to_owned());
    }
    let reader = ImageReader::new(Cursor::new(encoded)).with_guessed_format().map_err(|error| error.to_string())?;
    if reader.format().is_none() {
        return Err("is neither PNG nor JPEG".to_owned());
    }
    let undecodable = |error: image::ImageError| format!("cannot be decoded: {error}");
    let mut decoder = reader.into_decoder().map_err(undecodable)?;
    let (width, height) = decoder.dimensions();
    let size = decoder.total_bytes();
    let too_large = || {
        let mebibytes = |bytes: u64| bytes.div_ceil(1 << 20);
        format!(
            "is too large: {width} x {height} pixels take {} MiB, and the limit is {} MiB",
            mebibytes(size),
            mebibytes(budget.total())
        )
    };
    let taken = budget.take(size).ok_or_else(too_large)?;
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(budget.total());
    decoder.set_limits(limits).map_err(|_| too_large())?;
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(undecodable)?;
    let mut small = if width.max(height) > SIDE { picture.thumbnail(SIDE, SIDE) } else { picture.clone() };
    drop(picture);
    drop(taken);
    small.apply_orientation(orientation);
    let mut thumbnail = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut thumbnail, 82);
    small.to_rgb8().write_with_encoder(encoder).map_err(|error| format!("cannot be encoded: {error}"))?;
    Ok(thumbnail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GenericImageView, RgbImage};

    fn encoded(width: u32, height: u32, format: image::ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        RgbImage::from_pixel(width, height, image::Rgb([200, 30, 90]))
            .write_to(&mut Cursor::new(&mut bytes), format)
            .unwrap();
        bytes
    }

    #[test]
    fn a_thumbnail_keeps_shape_and_colour() {
        for format in [image::ImageFormat::Png, image::ImageFormat::Jpeg] {
            let thumbnail = make(&encoded(1024, 512, format), &Budget::new(1 << 24)).unwrap();
            let picture = image::load_from_memory(&thumbnail).unwrap();
            assert_eq!(picture.dimensions(), (256, 128));
            let [red, green, blue, _] = picture.get_pixel(128, 64).0;
            assert!(red.abs_diff(200) < 8 && green.abs_diff(30) < 8 && blue.abs_diff(90) < 8, "{red} {green} {blue}");
        }
    }

    #[test]
    fn what_is_not_a_whole_picture_has_a_reason() {
        let budget = Budget::new(1 << 20);
        let mut truncated = encoded(300, 300, image::ImageFormat::Png);
        truncated.truncate(truncated.len() / 2);
        for (bytes, reason) in [
            (Vec::new(), "is empty"),
            (b"just text".to_vec(), "is neither PNG nor JPEG"),
            (truncated, "cannot be decoded"),
            (encoded(1000, 1000, image::ImageFormat::Png), "is too large: 1000 x 1000 pixels take 3 MiB"),
        ] {
            let error = make(&bytes, &budget).unwrap_err();
            assert!(error.starts_with(reason), "{error}");
        }
        assert_eq!(budget.taken(), 0, "a failure must give its memory back");
    }
}
