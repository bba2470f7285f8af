//! Drawing with fewer words, for figures and for the report's page: shapes added to a figure one call each, and the lines of a wrapped text.

use std::sync::OnceLock;

use ttf_parser::Face;

use super::raster::SEMIBOLD;
use super::{Anchor, Figure, MarkKind, Reading, Role, Shape};

/// Font sizes, in points: a title, ordinary text, and small print.
pub(crate) const TITLE: f64 = 11.0;
pub(crate) const TEXT: f64 = 9.0;
pub(crate) const SMALL: f64 = 8.0;
/// Width of an ordinary line.
pub(crate) const HAIR: f64 = 0.75;

/// How a text is set.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub size: f64,
    pub anchor: Anchor,
    pub role: Role,
    pub strong: bool,
}

/// Plain text of a size, beginning at its place.
pub(crate) const fn plain(size: f64, role: Role) -> Style {
    Style { size, anchor: Anchor::Start, role, strong: false }
}

impl Style {
    pub(crate) const fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(crate) const fn strong(self) -> Self {
        Self { strong: true, ..self }
    }
}

impl Figure {
    pub(crate) fn line(&mut self, from: [f64; 2], to: [f64; 2], width: f64, role: Role) {
        self.shapes.push(Shape::Line { points: vec![from, to], width, dash: None, role });
    }

    pub(crate) fn dashed(&mut self, from: [f64; 2], to: [f64; 2], role: Role) {
        self.shapes.push(Shape::Line { points: vec![from, to], width: HAIR, dash: Some([3.0, 3.0]), role });
    }

    pub(crate) fn text(&mut self, at: [f64; 2], text: impl Into<String>, style: Style) {
        let Style { size, anchor, role, strong } = style;
        self.shapes.push(Shape::Text { at, text: text.into(), size, anchor, role, strong });
    }

    /// Adds another figure's shapes with their top left corner at a place, in parts of their size.
    pub(crate) fn place(&mut self, other: &Figure, at: [f64; 2], scale: f64) {
        let moved = |[x, y]: [f64; 2]| [at[0] + scale * x, at[1] + scale * y];
        for shape in &other.shapes {
            let mut shape = shape.clone();
            match &mut shape {
                Shape::Line { points, width, dash, .. } => {
                    points.iter_mut().for_each(|point| *point = moved(*point));
                    *width *= scale;
                    *dash = dash.map(|lengths| lengths.map(|length| length * scale));
                }
                Shape::Rect { min, size, .. } => {
                    *min = moved(*min);
                    *size = size.map(|side| side * scale);
                }
                Shape::Band { upper, lower, .. } => {
                    upper.iter_mut().chain(lower).for_each(|point| *point = moved(*point));
                }
                Shape::Mark { at, radius, .. } => {
                    *at = moved(*at);
                    *radius *= scale;
                }
                Shape::Text { at, size, .. } => {
                    *at = moved(*at);
                    *size *= scale;
                }
            }
            self.shapes.push(shape);
        }
        let moved = |reading: &Reading| Reading { at: moved(reading.at), text: reading.text.clone() };
        self.readings.extend(other.readings.iter().map(moved));
    }

    /// Text in lines of a width, the first at a place; gives the baseline after the last.
    pub(crate) fn paragraph(&mut self, text: &str, [x, y]: [f64; 2], width: f64, style: Style) -> f64 {
        let lines = wrapped(text, style.size, width);
        let pitch = (style.size * 1.3).round();
        let n = lines.len();
        for (i, line) in lines.into_iter().enumerate() {
            self.text([x, y + i as f64 * pitch], line, style);
        }
        y + n as f64 * pitch
    }

    /// A value that can be read off; what has no place is left out.
    pub(crate) fn reading(&mut self, at: [f64; 2], text: impl Into<String>) {
        if at.iter().all(|part| part.is_finite()) {
            self.readings.push(Reading { at, text: text.into() });
        }
    }

    pub(crate) fn mark(&mut self, at: [f64; 2], kind: MarkKind, role: Role, name: &'static str) {
        self.point(at, 4.5, kind, role, name);
    }

    /// A mark of another size; one that has no place is left out.
    pub(crate) fn point(&mut self, at: [f64; 2], radius: f64, kind: MarkKind, role: Role, name: &'static str) {
        if at.iter().all(|part| part.is_finite()) {
            self.shapes.push(Shape::Mark { at, kind, radius, role, name });
        }
    }
}

/// Width of a text in the figures' font, in points. The letters are measured in its bold face, so that text in either fits, and a
/// letter that it lacks, which another font draws, counts as wide as high.
pub fn width_of(text: &str, size: f64) -> f64 {
    static FACE: OnceLock<Option<Face<'static>>> = OnceLock::new();
    let face = FACE.get_or_init(|| Face::parse(SEMIBOLD, 0).ok());
    let part = |letter: char| {
        let face = face.as_ref()?;
        let advance = face.glyph_index(letter).and_then(|glyph| face.glyph_hor_advance(glyph))?;
        Some(f64::from(advance) / f64::from(face.units_per_em()))
    };
    size * text.chars().map(|letter| part(letter).unwrap_or(1.0)).sum::<f64>()
}

/// The text in lines no wider than `width`, broken between words but not between a number and its per cent sign, and within words
/// that are wider than a line.
pub(crate) fn wrapped(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let text = text.replace(" %", "\u{a0}%");
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if width_of(&format!("{line} {word}"), size) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.extend(pieces(word, size, width)),
        }
    }
    lines
}

/// A word, in pieces that fit a line where it does not; a name with underscores or hyphens is broken after one.
fn pieces(word: &str, size: f64, width: f64) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for letter in word.chars() {
        match pieces.last_mut() {
            Some(piece) if piece.is_empty() || width_of(&format!("{piece}{letter}"), size) <= width => {
                piece.push(letter)
            }
            Some(piece) => {
                let after = piece.rfind(['_', '-']).map_or(piece.len(), |at| at + 1);
                let mut next = piece.split_off(after);
                next.push(letter);
                pieces.push(next);
            }
            None => pieces.push(letter.to_string()),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_text_keeps_every_word() {
        let lines = wrapped("one two three four five", 10.0, 60.0);
        assert!(lines.len() > 1 && lines.iter().all(|line| width_of(line, 10.0) <= 60.0), "{lines:?}");
        assert_eq!(lines.join(" "), "one two three four five");
    }

    #[test]
    fn a_long_name_is_broken_after_its_underscores() {
        let lines = wrapped("one_two_three_four_five", 10.0, 60.0);
        assert!(lines.len() > 1 && lines.iter().all(|line| width_of(line, 10.0) <= 60.0), "{lines:?}");
        assert!(lines.iter().rev().skip(1).all(|line| line.ends_with('_')), "{lines:?}");
    }

    #[test]
    fn a_word_wider_than_a_line_is_broken_and_loses_no_letter() {
        let word = "W".repeat(40);
        let lines = wrapped(&word, 10.0, 60.0);
        assert!(lines.iter().all(|line| width_of(line, 10.0) <= 60.0), "{lines:?}");
        assert_eq!(lines.concat(), word);
        assert!(width_of("WWW", 10.0) > 1.5 * width_of("iii", 10.0), "letters have widths of their own");
    }
}
