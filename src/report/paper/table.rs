//! A table on pages: rules above and below, its columns' names again on each page, no row broken where it fits a page, and no row parted
//! from those that are set in below it, nor a group's name from its first row.

use super::columns::{INDENT, Measure, measure};
use super::pages::{LINE, MARGIN, Sheets, WIDTH};
use super::{Cell, Row, Side, Table};
use crate::figure::draw::{HAIR, Style, plain, wrapped};
use crate::figure::{Anchor, Role};

/// Space above and below the lines of a row.
const PAD: f64 = 2.2;
/// The least number of rows that begin a table on a page.
const FIRST_ROWS: usize = 3;
/// A table up to this part of a page is not broken.
const WHOLE: f64 = 0.55;

/// A row in lines.
struct Lines {
    cells: Vec<Vec<String>>,
    n: usize,
}

impl Lines {
    fn height(&self, measure: &Measure) -> f64 {
        self.n as f64 * measure.size * LINE + 2.0 * PAD
    }
}

/// Sets a table.
pub(super) fn set(sheets: &mut Sheets, table: &Table) {
    let measure = measure(table, WIDTH);
    let rows: Vec<Lines> = table.rows.iter().map(|row| in_lines(row, &measure)).collect();
    sheets.need(least(table));
    sheets.caption(&table.caption, MARGIN, WIDTH);
    names(sheets, table, &measure);
    for (at, (row, lines)) in table.rows.iter().zip(&rows).enumerate() {
        let height = lines.height(&measure);
        let together: f64 =
            rows.iter().skip(at).take(n_together(&table.rows[at..])).map(|lines| lines.height(&measure)).sum();
        let is_parted = together > sheets.room() && together <= WHOLE * Sheets::FULL;
        if height > sheets.room() || is_parted {
            rule(sheets, &measure, Role::Ink);
            sheets.turn();
            names(sheets, table, &measure);
        }
        if height <= sheets.room() {
            set_row(sheets, table, row, lines, &measure);
        } else {
            set_long(sheets, table, row, lines, &measure);
        }
        rule(sheets, &measure, Role::Grid);
    }
    rule(sheets, &measure, Role::Ink);
    sheets.space(4.0);
    sheets.small_print(&table.note);
    sheets.space(10.0);
}

/// How many of these rows stand on one page: the first, and what belongs to it.
fn n_together(rows: &[Row]) -> usize {
    let is_set_in = |row: &&Row| matches!(row, Row::Cells(cells) if cells.first().is_some_and(|cell| cell.indented));
    match rows.first() {
        Some(Row::Group(_)) => 1 + n_together(&rows[1..]),
        Some(first) if !is_set_in(&first) => 1 + rows[1..].iter().take_while(is_set_in).count(),
        Some(_) => 1,
        None => 0,
    }
}

/// The height of what a page must have room for to begin a table: all of it, unless it is long.
pub(super) fn least(table: &Table) -> f64 {
    let measure = measure(table, WIDTH);
    let whole = height(table);
    if whole <= WHOLE * Sheets::FULL {
        return whole;
    }
    let rows = table.rows.iter().take(FIRST_ROWS).map(|row| in_lines(row, &measure).height(&measure));
    head_height(table, &measure) + rows.sum::<f64>()
}

/// The height of a table that is not broken.
fn height(table: &Table) -> f64 {
    let measure = measure(table, WIDTH);
    let rows = table.rows.iter().map(|row| in_lines(row, &measure).height(&measure));
    head_height(table, &measure) + rows.sum::<f64>() + Sheets::small_print_height(&table.note)
}

fn head_height(table: &Table, measure: &Measure) -> f64 {
    let names = if table.has_names() { names_in_lines(table, measure).height(measure) } else { 0.0 };
    names + Sheets::caption_height(&table.caption, WIDTH)
}

fn names_in_lines(table: &Table, measure: &Measure) -> Lines {
    let cells = table.columns.iter().map(|column| Cell::strong(column.name.as_str())).collect();
    in_lines(&Row::Cells(cells), measure)
}

fn in_lines(row: &Row, measure: &Measure) -> Lines {
    let cells: Vec<Vec<String>> = match row {
        Row::Group(name) => vec![wrapped(name, measure.size, measure.width)],
        Row::Cells(cells) => cells
            .iter()
            .zip(&measure.widths)
            .map(|(cell, width)| {
                let indent = if cell.indented { INDENT } else { 0.0 };
                wrapped(&cell.text, measure.size, width - indent)
            })
            .collect(),
    };
    let n = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
    Lines { cells, n }
}

/// The rule above, and the columns' names with a rule below them.
fn names(sheets: &mut Sheets, table: &Table, measure: &Measure) {
    rule(sheets, measure, Role::Ink);
    if table.has_names() {
        let cells = table.columns.iter().map(|column| Cell::strong(column.name.as_str())).collect();
        set_row(sheets, table, &Row::Cells(cells), &names_in_lines(table, measure), measure);
        rule(sheets, measure, Role::Ink);
    }
}

fn set_row(sheets: &mut Sheets, table: &Table, row: &Row, lines: &Lines, measure: &Measure) {
    set_lines(sheets, table, row, lines, 0..lines.n, measure);
}

/// A row that is longer than a page, as much of it on each page as has room.
fn set_long(sheets: &mut Sheets, table: &Table, row: &Row, lines: &Lines, measure: &Measure) {
    let mut from = 0;
    while from < lines.n {
        let fit = ((sheets.room() - 2.0 * PAD) / (measure.size * LINE)).floor().max(1.0) as usize;
        let to = (from + fit).min(lines.n);
        set_lines(sheets, table, row, lines, from..to, measure);
        if to < lines.n {
            rule(sheets, measure, Role::Ink);
            sheets.turn();
            names(sheets, table, measure);
        }
        from = to;
    }
}

/// Some lines of a row's cells.
fn set_lines(
    sheets: &mut Sheets,
    table: &Table,
    row: &Row,
    lines: &Lines,
    range: std::ops::Range<usize>,
    measure: &Measure,
) {
    let pitch = measure.size * LINE;
    let top = sheets.top() + PAD;
    for (at, cell) in lines.cells.iter().enumerate() {
        let (style, x) = place(table, row, at, measure);
        let shown = cell.iter().skip(range.start).take(range.len());
        for (i, line) in shown.enumerate() {
            sheets.put([x, top + i as f64 * pitch + measure.size], line, style);
        }
    }
    sheets.space(range.len() as f64 * pitch + 2.0 * PAD);
}

/// How a cell is set and where its anchor stands.
fn place(table: &Table, row: &Row, at: usize, measure: &Measure) -> (Style, f64) {
    let Row::Cells(cells) = row else {
        return (plain(measure.size, Role::Accent).strong(), MARGIN);
    };
    let (left, width) = (measure.lefts.get(at).copied().unwrap_or(0.0), measure.widths.get(at).copied().unwrap_or(0.0));
    let is_right = table.columns.get(at).is_some_and(|column| column.side == Side::Right);
    let Some(cell) = cells.get(at) else { return (plain(measure.size, Role::Ink), MARGIN + left) };
    let style = plain(measure.size, cell.role);
    let style = if cell.strong { style.strong() } else { style };
    match is_right {
        true => (style.anchored(Anchor::End), MARGIN + left + width),
        false => (style, MARGIN + left + if cell.indented { INDENT } else { 0.0 }),
    }
}

fn rule(sheets: &mut Sheets, measure: &Measure, role: Role) {
    let y = sheets.top();
    sheets.line([MARGIN, y], [MARGIN + measure.width, y], HAIR, role);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::paper::checks::text_of;
    use crate::report::paper::{Block, Paper};

    #[test]
    fn a_variable_and_its_levels_stand_on_one_page() {
        // Each length of the table puts the page's end elsewhere.
        for n in 8..40 {
            let mut table = Table::new("", &["Variable", ">n"]);
            for i in 0..n {
                table.row([Cell::strong(format!("V{i}."))]);
                for level in 0..3 {
                    table.row([Cell::indented(format!("V{i}.L{level}")), "1".into()]);
                }
            }
            let paper = Paper {
                title: "A table".to_owned(),
                head: String::new(),
                foot: String::new(),
                is_simulated: false,
                blocks: vec![Block::Table(table)],
            };
            let (pages, _) = paper.pages();
            let pages: Vec<String> = pages.iter().map(|page| text_of(std::slice::from_ref(page))).collect();
            assert!(n < 20 || pages.len() > 1);
            for i in 0..n {
                let of = |text: &String| text.matches(&format!("V{i}.")).count();
                assert!(pages.iter().all(|text| [0, 4].contains(&of(text))), "V{i} of {n}");
            }
        }
    }
}
