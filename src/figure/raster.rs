//! A figure as PNG, rasterised from its SVG with the program's own fonts, so that it looks the same on every machine.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb};
use ttf_parser::Face;

use super::{Figure, Palette, to_svg};

/// The program's text fonts, as OpenType.
pub(crate) const REGULAR: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.otf");
/// The same in semibold.
pub(crate) const SEMIBOLD: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.otf");

/// Longest side of a picture, in pixels.
const LONGEST: f64 = 16384.0;

/// Why a figure was not rasterised.
#[derive(Debug, thiserror::Error)]
pub enum PngError {
    /// The figure's SVG was not understood.
    #[error("the figure could not be drawn: {0}")]
    Svg(String),
    /// The picture would have no pixels or too many.
    #[error("a figure of {width:.0} by {height:.0} pixels cannot be written; choose a scale that gives 1 to 16384")]
    Size {
        /// Its width in pixels.
        width: f64,
        /// Its height in pixels.
        height: f64,
    },
    /// The picture was not encoded.
    #[error("the picture could not be encoded: {0}")]
    Encode(String),
}

/// The program's own fonts, which are all that a text needs that has no letter they lack.
fn own_fonts() -> fontdb::Database {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(REGULAR.to_vec());
    fonts.load_font_data(SEMIBOLD.to_vec());
    fonts.set_sans_serif_family("Inter");
    fonts
}

/// The fonts for a text: the system's join the program's own only where that has letters which these lack, for listing them takes
/// time.
fn fonts_for(text: &str) -> Arc<fontdb::Database> {
    static OWN: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    static ALL: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let face = Face::parse(REGULAR, 0).ok();
    let has =
        |letter: char| letter.is_control() || face.as_ref().is_some_and(|face| face.glyph_index(letter).is_some());
    let all = || {
        let mut fonts = own_fonts();
        fonts.load_system_fonts();
        Arc::new(fonts)
    };
    match text.chars().all(has) {
        true => OWN.get_or_init(|| Arc::new(own_fonts())).clone(),
        false => ALL.get_or_init(all).clone(),
    }
}

/// An SVG's text as a tree, its text laid out with the program's fonts, and the system's for letters that these lack.
pub fn tree(svg: &str) -> Result<usvg::Tree, PngError> {
    let options =
        usvg::Options { fontdb: fonts_for(svg), font_family: "Inter".to_owned(), dpi: 72.0, ..Default::default() };
    usvg::Tree::from_str(svg, &options).map_err(|error| PngError::Svg(error.to_string()))
}

/// The figure as PNG with `scale` pixels a point (300 dpi are 4.17).
pub fn to_png(figure: &Figure, palette: Palette, scale: f64) -> Result<Vec<u8>, PngError> {
    let [width, height] = figure.size.map(|side| (side * scale).ceil());
    if !((1.0..=LONGEST).contains(&width) && (1.0..=LONGEST).contains(&height)) {
        return Err(PngError::Size { width, height });
    }
    let tree = tree(&to_svg(figure, palette))?;
    let mut pixmap = Pixmap::new(width as u32, height as u32).ok_or(PngError::Size { width, height })?;
    let zoom = [width as f32 / tree.size().width(), height as f32 / tree.size().height()];
    resvg::render(&tree, Transform::from_scale(zoom[0], zoom[1]), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|error| PngError::Encode(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::embedded;

    #[test]
    fn a_picture_has_its_scale_and_text_is_drawn() {
        let figure = super::super::roc(embedded());
        let png = to_png(&figure, Palette::Dark, 2.0).unwrap();
        let pixmap = Pixmap::decode_png(&png).unwrap();
        assert_eq!((pixmap.width(), pixmap.height()), (500, 588));
        // The title's strip holds ink only if the embedded fonts were found.
        let ground = pixmap.pixel(0, 0);
        assert!((0..200).any(|x| (15..45).any(|y| pixmap.pixel(x, y) != ground)));
        assert!(to_png(&figure, Palette::Dark, 0.0).is_err() && to_png(&figure, Palette::Dark, 1e6).is_err());
    }
}
