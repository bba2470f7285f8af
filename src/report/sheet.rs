//! What the report's page is set with: its measures, rules, paragraphs, rows of a name and a value, and shortened lines.

use crate::figure::draw::{HAIR, Style, TEXT, plain, width_of, wrapped};
use crate::figure::{Figure, Role, Shape};

/// A4, in points.
pub const PAGE: [f64; 2] = [595.28, 841.89];
pub const MARGIN: f64 = 36.0;
pub const RIGHT: f64 = PAGE[0] - MARGIN;
/// The lowest place above the foot.
pub const LOWEST: f64 = PAGE[1] - 46.0;
/// Distance between the baselines of rows, and of lines in parts of their font size.
const ROW: f64 = 11.5;
pub const LINE: f64 = 1.35;

/// A column of rows: where it begins, how wide it is, and how much of that the names take.
#[derive(Clone, Copy)]
pub struct Column {
    pub left: f64,
    pub width: f64,
    pub names: f64,
}

pub fn rule(page: &mut Figure, y: f64) {
    let points = vec![[MARGIN, y], [RIGHT, y]];
    page.shapes.push(Shape::Line { points, width: HAIR, dash: None, role: Role::Grid });
}

/// Sets wrapped text with its first baseline at a place; gives the baseline after its last line.
pub fn paragraph(page: &mut Figure, text: &str, (x, mut y): (f64, f64), width: f64, style: Style) -> f64 {
    for line in wrapped(text, style.size, width) {
        page.text([x, y], line, style);
        y += style.size * LINE;
    }
    y
}

/// A row below the baseline `above`: a name, and its value beside it, or below it where the name needs the room. What of the value has
/// no room is left out. Gives the last baseline.
pub fn row(page: &mut Figure, column: Column, above: f64, name: &str, value: &str) -> f64 {
    let Column { left, width, names } = column;
    let lines = wrapped(name, TEXT, width);
    let is_long = lines.iter().any(|line| width_of(line, TEXT) > names);
    let mut y = above;
    for line in lines {
        y += ROW;
        page.text([left, y], line, plain(TEXT, Role::Muted));
    }
    if is_long {
        y += ROW;
    }
    page.text([left + names + 4.0, y], shortened(value, TEXT, width - names - 4.0), plain(TEXT, Role::Ink));
    y
}

/// As much of a text as has room.
pub fn shortened(text: &str, size: f64, width: f64) -> String {
    if width_of(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        if width_of(&format!("{kept}{letter}…"), size) > width {
            break;
        }
        kept.push(letter);
    }
    kept + "…"
}

/// Where the rest of a text stands that the page has no room for.
const ELSEWHERE: &str = "… (see prediction.json)";

/// As many lines of a text as there is room for; the last of them says where the rest is where some are left out.
pub fn first_lines(text: &str, size: f64, width: f64, n: usize) -> Vec<String> {
    let mut lines = wrapped(text, size, width);
    if lines.len() > n {
        lines.truncate(n);
        if let Some(last) = lines.last_mut() {
            let room = width - width_of(ELSEWHERE, size);
            while width_of(last, size) > room && last.pop().is_some() {}
            *last = format!("{}{ELSEWHERE}", last.trim_end());
        }
    }
    lines
}

/// A part of all patients in per cent, with two digits that count.
pub fn share(part: f64) -> String {
    let percent = 100.0 * part;
    let decimals = (1.0 - percent.log10().floor()).clamp(0.0, 8.0) as usize;
    format!("{percent:.decimals$} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_parts_are_not_written_as_none() {
        assert_eq!([0.004, 0.15, 0.464].map(share), ["0.40 %", "15 %", "46 %"]);
    }

    #[test]
    fn lines_beyond_the_room_are_left_out_and_that_is_seen() {
        let lines = first_lines(&"one two three four five six seven ".repeat(3), 10.0, 160.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with("… (see prediction.json)") && width_of(&lines[1], 10.0) <= 160.0, "{lines:?}");
    }
}
