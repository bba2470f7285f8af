//! The two-by-two table of a model at a threshold, with its rates below.

use super::draw::{HAIR, SMALL, TEXT, plain, width_of, wrapped};
use super::numbers::{interval, percent};
use super::plot::{COLUMN, MARGIN, outcome_role, titled};
use super::{Anchor, Figure, Role, Shape};

/// Where the cells begin, and their size.
const LEFT: f64 = 92.0;
const TOP: f64 = 54.0;
const CELL: [f64; 2] = [(COLUMN - MARGIN - LEFT) / 2.0, 44.0];
const LINE: f64 = 13.0;

/// A rate of the table.
#[derive(Debug, Clone, Copy)]
pub struct Rate<'a> {
    /// `Sensitivity`.
    pub name: &'a str,
    /// Its value, 0 to 1; absent where nobody is in its denominator.
    pub value: Option<f64>,
    /// Its 95 % interval.
    pub ci: Option<[f64; 2]>,
}

/// What a model says of patients at a threshold, against what happened.
#[derive(Debug, Clone, Copy)]
pub struct Confusion<'a> {
    /// The model's name and on whom: `Combined model, validation`.
    pub name: &'a str,
    /// What is predicted: `recurrence`.
    pub event: &'a str,
    /// Risks of at least this are called high.
    pub threshold: f64,
    /// With the event, called high.
    pub true_positives: usize,
    /// Without it, called high.
    pub false_positives: usize,
    /// With the event, called low.
    pub false_negatives: usize,
    /// Without it, called low.
    pub true_negatives: usize,
    /// Rates, in the order they are listed.
    pub rates: &'a [Rate<'a>],
}

/// The table, drawn.
pub fn confusion(of: &Confusion) -> Figure {
    // A threshold between whole per cents is not rounded to one.
    let is_whole = (100.0 * of.threshold - (100.0 * of.threshold).round()).abs() < 0.005;
    let threshold = percent(of.threshold, if is_whole { 0 } else { 1 });
    let said: Vec<String> =
        of.rates.iter().map(|rate| format!("{} {}", rate.name.to_lowercase(), value(rate))).collect();
    let description = format!(
        "{} at a threshold of {}: {} true positives, {} false positives, {} false negatives, {} true negatives; {}.",
        of.name,
        threshold,
        of.true_positives,
        of.false_positives,
        of.false_negatives,
        of.true_negatives,
        said.join(", ")
    );
    let about = wrapped(&format!("{}, at a threshold of {threshold}", of.name), SMALL, COLUMN - 2.0 * MARGIN);
    let top = TOP + 10.0 * about.len() as f64;
    let height = top + 2.0 * CELL[1] + 18.0 + LINE * of.rates.len() as f64;
    let mut figure = titled("Confusion matrix", description, [COLUMN, height]);
    for (i, line) in about.into_iter().enumerate() {
        figure.text([MARGIN, 31.0 + 10.0 * i as f64], line, plain(SMALL, Role::Muted));
    }
    for (column, said) in [format!("risk ≥ {threshold}"), format!("risk < {threshold}")].into_iter().enumerate() {
        let x = LEFT + CELL[0] * (column as f64 + 0.5);
        figure.text([x, top - 7.0], said, plain(SMALL, Role::Muted).anchored(Anchor::Middle));
    }
    let rows = [
        (format!("With {}", of.event), [(of.true_positives, "true positive"), (of.false_negatives, "false negative")]),
        (
            format!("Without {}", of.event),
            [(of.false_positives, "false positive"), (of.true_negatives, "true negative")],
        ),
    ];
    for (row, (name, cells)) in rows.into_iter().enumerate() {
        line_of_cells(&mut figure, (row, top), &name, cells);
    }
    let mut y = top + 2.0 * CELL[1] + 18.0;
    for rate in of.rates {
        figure.text([MARGIN, y], rate.name, plain(TEXT, Role::Ink));
        figure.text([COLUMN - MARGIN, y], value(rate), plain(TEXT, Role::Ink).anchored(Anchor::End));
        y += LINE;
    }
    figure
}

/// A row of the table; the more of its patients a cell has, the darker it is.
fn line_of_cells(figure: &mut Figure, (row, top): (usize, f64), name: &str, cells: [(usize, &str); 2]) {
    let n: usize = cells.iter().map(|(n, _)| n).sum();
    let top = top + CELL[1] * row as f64;
    let lines = wrapped(name, TEXT, LEFT - MARGIN - 6.0);
    let first = top + CELL[1] / 2.0 - 5.5 * lines.len() as f64 + 3.0;
    for (i, line) in lines.into_iter().enumerate() {
        figure.text([MARGIN, first + 11.0 * i as f64], line, plain(TEXT, Role::Ink));
    }
    figure.text([MARGIN, top + CELL[1] - 5.0], format!("n = {n}"), plain(SMALL, Role::Muted));
    for (column, (count, what)) in cells.into_iter().enumerate() {
        let min = [LEFT + CELL[0] * column as f64, top];
        let part = if n > 0 { count as f64 / n as f64 } else { 0.0 };
        let role = outcome_role(row == 0);
        figure.shapes.push(Shape::Rect { min, size: CELL, role, opacity: 0.04 + 0.3 * part });
        let [right, bottom] = [min[0] + CELL[0], min[1] + CELL[1]];
        let corners = vec![min, [right, min[1]], [right, bottom], [min[0], bottom], min];
        figure.shapes.push(Shape::Line { points: corners, width: HAIR, dash: None, role: Role::Muted });
        let middle = min[0] + CELL[0] / 2.0;
        let said = count.to_string();
        let size = ((CELL[0] - 8.0) / width_of(&said, 1.0)).min(16.0);
        figure.text([middle, top + 23.0], said, plain(size, Role::Ink).strong().anchored(Anchor::Middle));
        figure.text([middle, top + 36.0], what, plain(SMALL, Role::Ink).anchored(Anchor::Middle));
        let at = [middle, top + CELL[1] / 2.0];
        figure.reading(at, format!("{count} {what}: {} of {n} {}", percent(part, 1), name.to_lowercase()));
    }
}

fn value(rate: &Rate) -> String {
    let value = rate.value.map_or_else(|| "–".to_owned(), |value| percent(value, 1));
    match rate.ci {
        Some(ci) if ci.iter().all(|end| end.is_finite()) => {
            format!("{value} ({} %)", interval(ci.map(|end| 100.0 * end), 1))
        }
        _ => value,
    }
}
