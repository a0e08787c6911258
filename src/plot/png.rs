//! From a drawing to pixels.

use super::{Look, Picture, PlotError, Size, svg};
use resvg::{tiny_skia, usvg};
use std::sync::Arc;

/// The letters: Latin, Greek and Cyrillic. What is in no font is left out.
const FONT: &[u8] = include_bytes!("font/sans.otf");

/// Draws a picture as a PNG file, with letters of our own: it looks the same on every machine.
///
/// # Errors
///
/// When there is no memory for so many pixels.
pub fn png(picture: &Picture, size: Size, dark: bool) -> Result<Vec<u8>, PlotError> {
    let failed = |reason: String| PlotError::Pixels { width: size.width, height: size.height, reason };
    let drawing = svg(picture, size, if dark { Look::Dark } else { Look::Light });
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(FONT.to_vec());
    let options = usvg::Options { fontdb: Arc::new(fonts), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(&drawing, &options).map_err(|error| failed(error.to_string()))?;
    let mut pixels = tiny_skia::Pixmap::new(size.width, size.height)
        .ok_or_else(|| failed("there is no memory for it".to_owned()))?;
    resvg::render(&tree, tiny_skia::Transform::identity(), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| failed(error.to_string()))
}
