//! Horizontal bars to both sides of zero, with names at the left and numbers at their ends: the common part of coefficients,
//! contributions and net benefits.

use super::draw::{HAIR, SMALL, plain, wrapped};
use super::plot::{Axis, BELOW, MARGIN, Plot, TOP, WIDE, titled};
use super::{Anchor, Figure, MarkKind, Role, Shape};

/// Where names end and the plot begins.
const NAMES_END: f64 = 222.0;
/// The same where there are notes, which take their room from the names.
const NAMES_END_BESIDE_NOTES: f64 = 196.0;
/// Height of a row of one line, what each more takes, and the bar's.
const ROW: f64 = 14.0;
const LINE: f64 = 10.0;
const BAR: f64 = 8.0;
/// Room for the number at a bar's end.
const NUMBER: f64 = 38.0;
/// Width of the column of notes.
const NOTES: f64 = 104.0;

/// One bar.
pub(super) struct Bar {
    /// What stands at its left.
    pub name: String,
    pub value: f64,
    /// What stands at its end.
    pub label: String,
    pub role: Role,
    /// What stands at the right, and whether it asks for attention.
    pub note: Option<(String, bool)>,
    pub reading: String,
}

/// Bars, top down, and what is written about them.
pub(super) struct Bars<'a> {
    pub title: &'a str,
    pub description: String,
    pub x_name: &'a str,
    pub bars: Vec<Bar>,
    /// What bars to the left and to the right mean.
    pub sides: Option<[&'a str; 2]>,
    /// The head of the notes.
    pub notes: Option<&'a str>,
    /// Small print at the foot.
    pub foot: Vec<(String, Role)>,
}

pub(super) fn draw(of: Bars) -> Figure {
    let names_end = if of.notes.is_some() { NAMES_END_BESIDE_NOTES } else { NAMES_END };
    let names: Vec<Vec<String>> =
        of.bars.iter().map(|bar| wrapped(&bar.name, SMALL, names_end - 6.0 - MARGIN)).collect();
    let heights: Vec<f64> = names.iter().map(|lines| ROW + LINE * (lines.len().max(1) - 1) as f64).collect();
    let height = heights.iter().sum::<f64>().max(ROW);
    let foot: Vec<(Vec<String>, Role)> =
        of.foot.iter().map(|(text, role)| (wrapped(text, SMALL, WIDE - 2.0 * MARGIN), *role)).collect();
    let feet: usize = foot.iter().map(|(lines, _)| lines.len()).sum();
    let size = [WIDE, TOP + height + BELOW + 8.0 + 10.0 * feet as f64 + if feet > 0 { 4.0 } else { 0.0 }];
    let mut figure = titled(of.title, of.description, size);
    let plot = place(&of.bars, height, names_end);
    plot.base(&mut figure, of.x_name);
    let [zero, _] = plot.at([0.0, 0.0]);
    for (side, text) in of.sides.iter().flat_map(|sides| sides.iter().enumerate()) {
        let (shift, anchor, sign) = if side == 0 { (-5.0, Anchor::End, -1.0) } else { (5.0, Anchor::Start, 1.0) };
        if of.bars.iter().any(|bar| bar.value * sign > 0.0) {
            let text = if side == 0 { format!("← {text}") } else { format!("{text} →") };
            figure.text([zero + shift, TOP - 6.0], text, plain(SMALL, Role::Muted).anchored(anchor));
        }
    }
    if let Some(head) = of.notes {
        figure.text([WIDE - MARGIN, TOP - 6.0], head, plain(SMALL, Role::Muted).anchored(Anchor::End));
    }
    let mut top = TOP;
    for ((bar, lines), row) in of.bars.into_iter().zip(names).zip(heights) {
        let middle = top + row / 2.0;
        let first = middle + 2.8 - LINE / 2.0 * (lines.len().max(1) - 1) as f64;
        for (i, line) in lines.into_iter().enumerate() {
            let style = plain(SMALL, Role::Ink).anchored(Anchor::End);
            figure.text([names_end - 6.0, first + i as f64 * LINE], line, style);
        }
        one(&mut figure, &plot, bar, middle);
        top += row;
    }
    figure.line([zero, TOP], [zero, plot.bottom()], HAIR, Role::Ink);
    let mut y = plot.bottom() + BELOW + 10.0;
    for (line, role) in foot.into_iter().flat_map(|(lines, role)| lines.into_iter().map(move |line| (line, role))) {
        figure.text([MARGIN, y], line, plain(SMALL, role));
        y += 10.0;
    }
    figure
}

/// The plot, with room for the numbers on the sides that have bars.
fn place(bars: &[Bar], height: f64, names_end: f64) -> Plot {
    let values = || bars.iter().map(|bar| bar.value).filter(|value| value.is_finite());
    let room = |sign: f64| if values().any(|value| value * sign > 0.0) { NUMBER } else { 4.0 };
    let left = names_end + room(-1.0);
    let right = WIDE - MARGIN - room(1.0) - if bars.iter().any(|bar| bar.note.is_some()) { NOTES } else { 0.0 };
    let x = Axis::covering(values().chain([0.0]), 5);
    Plot { min: [left, TOP], size: [right - left, height], x, y: Axis::between(0.0, 1.0, 1) }
}

fn one(figure: &mut Figure, plot: &Plot, bar: Bar, middle: f64) {
    let at = |value: f64| plot.at([value, 0.0])[0];
    if let Some((note, wants_attention)) = bar.note {
        let role = if wants_attention { Role::Amber } else { Role::Muted };
        let x = WIDE - MARGIN - if wants_attention { 10.0 } else { 0.0 };
        figure.text([x, middle + 2.8], note, plain(SMALL, role).anchored(Anchor::End));
        if wants_attention {
            figure.point([WIDE - MARGIN - 3.0, middle], 3.5, MarkKind::Diamond, role, "out-of-range");
        }
    }
    if !bar.value.is_finite() {
        return;
    }
    let (zero, end) = (at(0.0), at(bar.value));
    let min = [zero.min(end), middle - BAR / 2.0];
    figure.shapes.push(Shape::Rect { min, size: [(end - zero).abs(), BAR], role: bar.role, opacity: 0.85 });
    let (shift, anchor) = if bar.value < 0.0 { (-4.0, Anchor::End) } else { (4.0, Anchor::Start) };
    figure.text([end + shift, middle + 2.8], bar.label, plain(SMALL, Role::Ink).anchored(anchor));
    figure.reading([end, middle], bar.reading);
}
