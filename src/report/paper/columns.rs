//! How wide the columns of a table are: as their text asks where the page has room, else in proportion to what they could save.

use super::{Cell, Row, Table};
use crate::figure::draw::width_of;

/// Font sizes of a table, the smallest for tables that would not fit otherwise.
const SIZES: [f64; 4] = [8.0, 7.5, 7.0, 6.5];
/// Space between columns, and the most of it where the page has room.
const GAP: f64 = 10.0;
const MOST_GAP: f64 = 30.0;
/// A word up to this width, in parts of the font size, is not broken.
const WORD: f64 = 11.0;
/// A column asks for no more, or it would take what the others need.
const LONGEST: f64 = 500.0;
/// How far an indented cell is set in.
pub(super) const INDENT: f64 = 8.0;

/// The measure of a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measure {
    /// Font size.
    pub size: f64,
    /// Left edge of each column from the table's own.
    pub lefts: Vec<f64>,
    /// Width of each column.
    pub widths: Vec<f64>,
    /// Width of the table.
    pub width: f64,
}

/// Measures a table for a page's width.
pub(super) fn measure(table: &Table, width: f64) -> Measure {
    let gaps = |gap: f64| gap * table.columns.len().saturating_sub(1) as f64;
    let mut size = SIZES[0];
    let mut asked = asked(table, size);
    for smaller in SIZES {
        (size, asked) = (smaller, self::asked(table, smaller));
        if asked.iter().map(|[least, _]| least).sum::<f64>() + gaps(GAP) <= width {
            break;
        }
    }
    let sum = |which: usize| asked.iter().map(|of| of[which]).sum::<f64>();
    let (least, most, room) = (sum(0), sum(1), width - gaps(GAP));
    let widths: Vec<f64> = match () {
        () if most <= room => asked.iter().map(|[_, most]| *most).collect(),
        () if least <= room => {
            let share = (room - least) / (most - least);
            asked.iter().map(|[least, most]| least + share * (most - least)).collect()
        }
        // Words are broken, each column giving the same part.
        () => asked.iter().map(|[least, _]| least * room / sum(0)).collect(),
    };
    let used = widths.iter().sum::<f64>();
    let gap = match table.columns.len() {
        0 | 1 => 0.0,
        n => ((width - used) / (n - 1) as f64).clamp(GAP.min((width - used) / (n - 1) as f64), MOST_GAP),
    };
    let mut left = 0.0;
    let mut lefts = Vec::with_capacity(widths.len());
    for column in &widths {
        lefts.push(left);
        left += column + gap;
    }
    Measure { size, lefts, widths, width: used + gaps(gap) }
}

/// Of each column the least width, which breaks no ordinary word, and that which needs no second line.
fn asked(table: &Table, size: f64) -> Vec<[f64; 2]> {
    let of_text = |text: &str| {
        let least = widest_word(text, size);
        [least, width_of(text, size).max(least)]
    };
    let of_cell = |cell: &Cell| {
        let indent = if cell.indented { INDENT } else { 0.0 };
        of_text(&cell.text).map(|width| width + indent)
    };
    let of_column = |at: usize| {
        let cells = table.rows.iter().filter_map(|row| match row {
            Row::Cells(cells) => cells.get(at).map(of_cell),
            Row::Group(_) => None,
        });
        let name = table.columns.get(at).map_or([0.0; 2], |column| of_text(&column.name));
        cells.fold(name, |[a, b], [c, d]| [a.max(c), b.max(d)])
    };
    // A hair more than the text, so that rounding breaks no line.
    (0..table.columns.len())
        .map(of_column)
        .map(|[least, most]| [least + 0.1, most.min(LONGEST).max(least) + 0.1])
        .collect()
}

/// The widest part of a text that is not broken: long names may be, after their underscores and hyphens.
fn widest_word(text: &str, size: f64) -> f64 {
    let word = |word: &str| {
        let whole = width_of(word, size);
        if whole <= WORD * size {
            return whole;
        }
        let parts = word.split_inclusive(['_', '-']).map(|part| width_of(part, size));
        parts.fold(0.0, f64::max).min(2.0 * WORD * size)
    };
    text.replace(" %", "\u{a0}%").split(' ').map(word).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cells: &[&str]) -> Table {
        let mut table = Table::new("", &vec!["name"; cells.len()]);
        table.row(cells.iter().copied());
        table
    }

    #[test]
    fn a_small_table_is_as_wide_as_its_text_and_a_large_one_as_the_page() {
        let small = measure(&table(&["a", "b"]), 400.0);
        assert!(small.width < 100.0 && small.size == SIZES[0], "{small:?}");
        let long = "many words that need several lines in any column that stands beside another one".repeat(2);
        let large = measure(&table(&[&long, &long, "b"]), 400.0);
        assert!((large.width - 400.0).abs() < 1e-9, "{large:?}");
        assert!(large.widths[2] < large.widths[0]);
    }

    #[test]
    fn words_that_have_no_room_make_the_table_smaller_and_then_are_broken() {
        let word = "internationalisation";
        let tight = measure(&table(&[word; 6]), 480.0);
        assert!(tight.size < SIZES[0], "{tight:?}");
        let tighter = measure(&table(&[word; 12]), 400.0);
        assert_eq!(tighter.size, SIZES[3]);
        assert!(tighter.width <= 400.0 + 1e-9, "{tighter:?}");
    }
}
