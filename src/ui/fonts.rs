//! Fonts: Inter for text and Phosphor for icons travel with the program; the system's own show other scripts.
//!
//! The system's fonts are listed on a thread of their own, since that reads many files, and asked only for characters that
//! Inter lacks, such as those of Chinese, Japanese and Korean names.

use std::sync::Arc;

use egui::epaint::text::{FallbackRequest, FontInsert, FontPriority, InsertFontFamily};
use egui::{FontData, FontDefinitions, FontFamily};

use super::theme;

/// Installs the program's own fonts.
pub fn install(ctx: &egui::Context) {
    let mut fonts = FontDefinitions::empty();
    let own: [(&str, &'static [u8]); 3] = [
        ("Inter", include_bytes!("../../assets/fonts/Inter-Regular.otf")),
        ("Inter SemiBold", include_bytes!("../../assets/fonts/Inter-SemiBold.otf")),
        ("Phosphor", include_bytes!("../../assets/fonts/Phosphor.ttf")),
    ];
    for (name, data) in own {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(data)));
    }
    let families = [
        (FontFamily::Proportional, ["Inter", "Phosphor"]),
        (FontFamily::Monospace, ["Inter", "Phosphor"]),
        (theme::semibold(), ["Inter SemiBold", "Phosphor"]),
        (theme::icons(), ["Phosphor", "Inter"]),
    ];
    for (family, names) in families {
        fonts.families.insert(family, names.map(str::to_owned).to_vec());
    }
    ctx.set_fonts(fonts);
}

/// Lists the system's fonts off the window's thread and asks them for what is missing from then on.
pub fn install_system_fallbacks(ctx: &egui::Context) {
    let ctx = ctx.clone();
    let listing = move || {
        let mut fonts = fontdb::Database::new();
        fonts.load_system_fonts();
        if !fonts.is_empty() {
            ctx.add_font_provider(Arc::new(move |request: &FallbackRequest<'_>| fallback(&fonts, request)));
        }
    };
    // Without it the program works as well; names in other scripts show as boxes.
    if let Err(error) = std::thread::Builder::new().name("Listing fonts".to_owned()).spawn(listing) {
        tracing::warn!("system fonts are not used: {error}");
    }
}

/// The first upright system font that has the character.
fn fallback(fonts: &fontdb::Database, request: &FallbackRequest<'_>) -> Option<FontInsert> {
    let character = request.cluster.chars().next()?;
    if character.is_control() {
        return None;
    }
    let upright = fonts.faces().filter(|face| face.style == fontdb::Style::Normal);
    for face in upright {
        let found = fonts.with_face_data(face.id, |data, index| {
            let has = ttf_parser::Face::parse(data, index).is_ok_and(|face| face.glyph_index(character).is_some());
            has.then(|| (data.to_vec(), index))
        });
        if let Some(Some((data, index))) = found {
            let family = InsertFontFamily { family: request.family.clone(), priority: FontPriority::Lowest };
            let data = FontData::from_blob(Arc::new(data), index);
            return Some(FontInsert { name: face.post_script_name.clone(), data, families: vec![family] });
        }
    }
    None
}
