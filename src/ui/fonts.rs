//! Fonts: Inter for text and Phosphor for icons travel with the program; the system's own show other scripts.
//!
//! The system's fonts and their characters are listed on a thread of their own, since that reads many files, and asked only for
//! characters that Inter lacks, such as those of Chinese, Japanese and Korean names.

use std::sync::Arc;

use egui::epaint::text::{FallbackRequest, FontInsert, FontPriority, InsertFontFamily};
use egui::{FontData, FontDefinitions, FontFamily};
use ttf_parser::Face;

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

/// Lists the system's fonts and their characters off the window's thread and asks them for what is missing from then on.
pub fn install_system_fallbacks(ctx: &egui::Context) {
    let ctx = ctx.clone();
    let listing = move || {
        let mut fonts = fontdb::Database::new();
        fonts.load_system_fonts();
        let covers = covers_of(&fonts);
        if !covers.is_empty() {
            ctx.add_font_provider(Arc::new(move |request: &FallbackRequest<'_>| fallback(&fonts, &covers, request)));
        }
    };
    // Without it the program works as well; names in other scripts show as boxes.
    if let Err(error) = std::thread::Builder::new().name("Listing fonts".to_owned()).spawn(listing) {
        tracing::warn!("system fonts are not used: {error}");
    }
}

/// A font of the system, and the characters that it may have as ranges in ascending order.
struct Cover {
    id: fontdb::ID,
    name: String,
    ranges: Vec<[u32; 2]>,
}

impl Cover {
    fn may_have(&self, character: char) -> bool {
        let at = self.ranges.partition_point(|[_, last]| *last < character as u32);
        self.ranges.get(at).is_some_and(|[first, _]| *first <= character as u32)
    }
}

/// The characters of all upright fonts: looking through every font's file for each one that is missing would halt the window.
fn covers_of(fonts: &fontdb::Database) -> Vec<Cover> {
    let upright = fonts.faces().filter(|face| face.style == fontdb::Style::Normal);
    let cover = |face: &fontdb::FaceInfo| {
        let characters = fonts.with_face_data(face.id, characters_of)??;
        Some(Cover { id: face.id, name: face.post_script_name.clone(), ranges: ranges_of(characters) })
    };
    upright.filter_map(cover).collect()
}

fn characters_of(data: &[u8], index: u32) -> Option<Vec<u32>> {
    let face = Face::parse(data, index).ok()?;
    let mut characters = Vec::new();
    for subtable in face.tables().cmap?.subtables.into_iter().filter(|subtable| subtable.is_unicode()) {
        subtable.codepoints(|character| characters.push(character));
    }
    Some(characters)
}

fn ranges_of(mut characters: Vec<u32>) -> Vec<[u32; 2]> {
    characters.sort_unstable();
    let mut ranges: Vec<[u32; 2]> = Vec::new();
    for character in characters {
        match ranges.last_mut() {
            Some([_, last]) if character <= last.saturating_add(1) => *last = character,
            _ => ranges.push([character; 2]),
        }
    }
    ranges
}

/// The first upright system font that has the character.
fn fallback(fonts: &fontdb::Database, covers: &[Cover], request: &FallbackRequest<'_>) -> Option<FontInsert> {
    let character = request.cluster.chars().next().filter(|character| !character.is_control())?;
    for cover in covers.iter().filter(|cover| cover.may_have(character)) {
        let found = fonts.with_face_data(cover.id, |data, index| {
            let has = Face::parse(data, index).is_ok_and(|face| face.glyph_index(character).is_some());
            has.then(|| (data.to_vec(), index))
        });
        if let Some(Some((data, index))) = found {
            let family = InsertFontFamily { family: request.family.clone(), priority: FontPriority::Lowest };
            let data = FontData::from_blob(Arc::new(data), index);
            return Some(FontInsert { name: cover.name.clone(), data, families: vec![family] });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_font_covers_the_characters_that_it_has_and_no_others() {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(include_bytes!("../../assets/fonts/Inter-Regular.otf").to_vec());
        let covers = covers_of(&fonts);
        let [inter] = covers.as_slice() else { panic!("{} fonts", covers.len()) };
        for (character, has) in [('A', true), ('ß', true), ('Ж', true), ('肝', false), ('\u{10ffff}', false)] {
            assert_eq!(inter.may_have(character), has, "{character}");
        }
    }

    #[test]
    fn characters_that_follow_each_other_are_one_range() {
        assert_eq!(ranges_of(vec![9, 5, 6, 6, 7, u32::MAX]), [[5, 7], [9, 9], [u32::MAX, u32::MAX]]);
    }
}
