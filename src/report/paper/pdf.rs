//! Pages as a PDF file, with the program's fonts embedded, text that can be searched, and the sections as bookmarks.

use krilla::Document;
use krilla::destination::XyzDestination;
use krilla::geom::{Point, Size};
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt, SvgSettings};

use super::Paper;
use super::pages::PAGE;
use crate::base::RESEARCH_USE_ONLY;
use crate::figure::{self, Palette};
use crate::report::ReportError;

impl Paper {
    /// The document as a PDF file.
    pub fn to_pdf(&self) -> Result<Vec<u8>, ReportError> {
        let (pages, sections) = self.pages();
        let lost = || ReportError::Page("the page has no size".to_owned());
        let [width, height] = PAGE.map(|side| side as f32);
        let settings = PageSettings::from_wh(width, height).ok_or_else(lost)?;
        let size = Size::from_wh(width, height).ok_or_else(lost)?;
        let mut document = Document::new();
        document.set_metadata(
            Metadata::new()
                .title(self.title.clone())
                .description(RESEARCH_USE_ONLY.to_owned())
                .creator(format!("Hepatica {}", env!("CARGO_PKG_VERSION")))
                .language("en".to_owned()),
        );
        for page in &pages {
            let svg = figure::to_svg(page, Palette::Light);
            let tree = figure::tree(&svg).map_err(|error| ReportError::Page(error.to_string()))?;
            let mut sheet = document.start_page_with(settings.clone());
            let mut surface = sheet.surface();
            surface.draw_svg(&tree, size, SvgSettings::default()).ok_or_else(lost)?;
            surface.finish();
            sheet.finish();
        }
        let mut outline = Outline::new();
        for section in sections {
            let place = XyzDestination::new(section.page, Point::from_xy(0.0, section.y as f32 - 8.0));
            outline.push_child(OutlineNode::new(section.name, place));
        }
        document.set_outline(outline);
        document.finish().map_err(|error| ReportError::Pdf(format!("{error:?}")))
    }
}
