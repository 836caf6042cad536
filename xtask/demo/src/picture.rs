//! Pictures to upload, made when none are given: no two alike, half PNG and half JPEG.

use anyhow::Context;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageEncoder, Rgb, RgbImage};
use std::f32::consts::TAU;
use std::fs;
use std::io::BufWriter;
use std::num::NonZero;
use std::path::Path;
use std::thread;
use worker_pool::Pool;

/// Makes `count` pictures in `folder`, on all cores, until `interrupted`; `quick` makes them small.
pub(crate) fn make(folder: &Path, count: usize, quick: bool, interrupted: &dyn Fn() -> bool) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let pool =
        Pool::builder().workers(thread::available_parallelism().map_or(1, NonZero::get)).name("paint").build()?;
    let folder = folder.to_owned();
    let scale = if quick { 2 } else { 4 };
    for made in pool.map(0..count, move |index| make_one(&folder, index, scale)) {
        made??;
        if interrupted() {
            break;
        }
    }
    Ok(())
}

fn make_one(folder: &Path, index: usize, scale: u32) -> anyhow::Result<()> {
    let picture = draw(index, scale);
    let (width, height) = picture.dimensions();
    let is_png = index.is_multiple_of(2);
    let path = folder.join(format!("picture-{index:05}.{}", if is_png { "png" } else { "jpg" }));
    let file = BufWriter::new(fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?);
    let colour = image::ExtendedColorType::Rgb8;
    if is_png {
        let encoder = PngEncoder::new_with_quality(file, CompressionType::Fast, FilterType::Sub);
        encoder.write_image(&picture, width, height, colour)?;
    } else {
        JpegEncoder::new_with_quality(file, 85).write_image(&picture, width, height, colour)?;
    }
    Ok(())
}

/// Overlapping waves whose directions, colours and size follow from the index, so that a gallery of them is pleasant.
fn draw(index: usize, scale: u32) -> RgbImage {
    let seed = index as f32 * 0.618_034;
    let turn = seed.fract() * TAU;
    let (width, height) = (160 + (index as u32 * 37) % 160, 120 + (index as u32 * 53) % 120);
    let waves = 2.0 + (index % 5) as f32;
    RgbImage::from_fn(width * scale, height * scale, |x, y| {
        let (u, v) = (x as f32 / (width * scale) as f32 - 0.5, y as f32 / (height * scale) as f32 - 0.5);
        let along = u * turn.cos() + v * turn.sin();
        let radius = (u * u + v * v).sqrt();
        let wave = (along * waves * TAU + seed).sin() * 0.5 + (radius * waves * 2.0 * TAU - seed).cos() * 0.5;
        let channel = |phase: f32| {
            let value = 0.55 + 0.3 * (turn + phase + wave * 1.6).sin() + 0.15 * wave;
            (value.clamp(0.0, 1.0) * 255.0) as u8
        };
        Rgb([channel(0.0), channel(TAU / 3.0), channel(2.0 * TAU / 3.0)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_pictures_are_real_and_differ() {
        let base = tempfile::tempdir().unwrap();
        make(base.path(), 6, true, &|| false).unwrap();
        let mut contents: Vec<_> = fs::read_dir(base.path())
            .unwrap()
            .map(|entry| fs::read(entry.unwrap().path()).unwrap())
            .inspect(|bytes| assert!(image::load_from_memory(bytes).is_ok()))
            .collect();
        contents.sort();
        contents.dedup();
        assert_eq!(contents.len(), 6);
    }
}
