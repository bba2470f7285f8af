//! What plots have in common: axes with round numbers, a frame, curves cut at its edges, and a legend.
//!
//! The name of the vertical axis stands along the top of it, since no painter is asked to turn text.

use super::draw::{HAIR, SMALL, TEXT, TITLE, plain, width_of};
use super::numbers::tick_labels;
use super::{Anchor, Figure, MarkKind, Role, SERIES, Shape};
use crate::stats::pretty;

/// Width of a figure that fills a page's column, and of one across the page.
pub(crate) const COLUMN: f64 = 260.0;
pub(crate) const WIDE: f64 = 520.0;
/// Space left and right of text.
pub(crate) const MARGIN: f64 = 16.0;
/// Where a plot begins: its numbers stand left of it, the title and the vertical axis' name above it.
pub(crate) const LEFT: f64 = 44.0;
pub(crate) const TOP: f64 = 46.0;
/// What the numbers and the name below a plot take.
pub(crate) const BELOW: f64 = 34.0;
/// Width of a curve.
pub(crate) const CURVE: f64 = 1.5;

/// A dash for each series, so that curves differ in grey as well.
const DASHES: [Option<[f64; 2]>; SERIES] =
    [None, Some([6.0, 2.5]), Some([2.0, 1.8]), Some([10.0, 3.0]), Some([4.0, 1.5])];
/// A mark for each series.
const MARKS: [MarkKind; SERIES] =
    [MarkKind::Disc, MarkKind::Diamond, MarkKind::Square, MarkKind::Triangle, MarkKind::Ring];

/// How a line is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pen {
    pub width: f64,
    pub dash: Option<[f64; 2]>,
    pub role: Role,
}

/// The line of a series.
pub(crate) fn series_pen(index: usize) -> Pen {
    Pen { width: CURVE, dash: DASHES[index % SERIES], role: Role::Series(index) }
}

/// The mark of a series.
pub(crate) fn series_mark(index: usize) -> MarkKind {
    MARKS[index % SERIES]
}

/// The colour of cases with the event (vermilion) and without it (blue), the same in every figure.
pub(crate) fn outcome_role(is_event: bool) -> Role {
    Role::Series(usize::from(is_event))
}

/// An axis: what lies at its ends and the numbers along it.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    ticks: Vec<(f64, String)>,
}

impl Axis {
    /// An axis that begins and ends with the round numbers around its values.
    pub(crate) fn covering(values: impl IntoIterator<Item = f64>, n: usize) -> Self {
        let [low, high] = range(values);
        let ticks = pretty(low, high, n);
        let [low, high] = range(ticks.iter().copied());
        Self::with(low, high, ticks)
    }

    /// An axis with these ends (the first may be the larger) and round numbers between them.
    pub(crate) fn between(from: f64, to: f64, n: usize) -> Self {
        let (low, high) = (from.min(to), from.max(to));
        let slack = 1e-9 * (high - low);
        let ticks = pretty(low, high, n).into_iter().filter(|tick| (low - slack..=high + slack).contains(tick));
        Self::with(from, to, ticks.collect())
    }

    fn with(low: f64, high: f64, ticks: Vec<f64>) -> Self {
        let labels = tick_labels(&ticks);
        Self { low, high, ticks: ticks.into_iter().zip(labels).collect() }
    }

    /// An axis whose numbers are written in another way.
    pub(crate) fn written(mut self, write: impl Fn(f64) -> String) -> Self {
        self.ticks.iter_mut().for_each(|(tick, label)| *label = write(*tick));
        self
    }

    fn part(&self, value: f64) -> f64 {
        if self.high == self.low { 0.5 } else { (value - self.low) / (self.high - self.low) }
    }
}

/// The least and the largest finite value; 0 and 1 where there is none.
pub(crate) fn range(values: impl IntoIterator<Item = f64>) -> [f64; 2] {
    let finite = values.into_iter().filter(|value| value.is_finite());
    let [low, high] = finite.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| [low.min(v), high.max(v)]);
    if low <= high { [low, high] } else { [0.0, 1.0] }
}

/// A plot's place and axes.
#[derive(Debug, Clone)]
pub(crate) struct Plot {
    /// Top left corner.
    pub min: [f64; 2],
    /// Width and height.
    pub size: [f64; 2],
    pub x: Axis,
    pub y: Axis,
}

impl Plot {
    pub(crate) fn at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [left, top] = self.min;
        [left + self.size[0] * self.x.part(x), top + self.size[1] * (1.0 - self.y.part(y))]
    }

    pub(crate) fn right(&self) -> f64 {
        self.min[0] + self.size[0]
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.min[1] + self.size[1]
    }

    /// Whether a place (in points of the figure) lies in the plot.
    pub(crate) fn holds(&self, [x, y]: [f64; 2]) -> bool {
        let near = 1e-6;
        let inside = |at: f64, low: f64, length: f64| at >= low - near && at <= low + length + near;
        inside(x, self.min[0], self.size[0]) && inside(y, self.min[1], self.size[1])
    }

    /// Grid, numbers, the two axes and their names.
    pub(crate) fn frame(&self, figure: &mut Figure, x_name: &str, y_name: &str) {
        self.base(figure, x_name);
        self.levels(figure, y_name);
    }

    /// The horizontal axis alone, with its lines up the plot, its numbers and its name.
    pub(crate) fn base(&self, figure: &mut Figure, x_name: &str) {
        self.verticals(figure);
        let places = self.x.ticks.iter().map(|(tick, label)| (self.at([*tick, self.y.low])[0], label.as_str()));
        row_of_numbers(figure, places.collect(), self.bottom() + 12.0, Role::Muted);
        let x_name_at = [self.min[0] + self.size[0] / 2.0, self.bottom() + 26.0];
        figure.text(x_name_at, x_name, plain(TEXT, Role::Ink).anchored(Anchor::Middle));
    }

    /// The horizontal axis and its lines up the plot without numbers, for a plot that stands on another.
    pub(crate) fn verticals(&self, figure: &mut Figure) {
        for (tick, _) in &self.x.ticks {
            let x = self.at([*tick, self.y.low])[0];
            figure.line([x, self.min[1]], [x, self.bottom()], HAIR, Role::Grid);
        }
        figure.line([self.min[0], self.bottom()], [self.right(), self.bottom()], HAIR, Role::Ink);
    }

    /// The vertical axis alone, with its lines across the plot.
    pub(crate) fn levels(&self, figure: &mut Figure, y_name: &str) {
        for (tick, label) in &self.y.ticks {
            let y = self.at([self.x.low, *tick])[1];
            figure.line([self.min[0], y], [self.right(), y], HAIR, Role::Grid);
            figure.text([self.min[0] - 7.0, y + 3.0], label, plain(SMALL, Role::Muted).anchored(Anchor::End));
        }
        figure.line(self.min, [self.min[0], self.bottom()], HAIR, Role::Ink);
        if !y_name.is_empty() {
            figure.text([MARGIN, self.min[1] - 7.0], y_name, plain(TEXT, Role::Ink));
        }
    }

    /// A line through values, cut where it leaves the plot and broken where a value is not finite.
    pub(crate) fn curve(&self, figure: &mut Figure, values: &[[f64; 2]], pen: Pen) {
        let places: Vec<[f64; 2]> = values.iter().map(|value| self.at(*value)).collect();
        let mut run: Vec<[f64; 2]> = Vec::new();
        let mut draw = |run: &mut Vec<[f64; 2]>| {
            let points = std::mem::take(run);
            if points.len() > 1 {
                figure.shapes.push(Shape::Line { points, width: pen.width, dash: pen.dash, role: pen.role });
            }
        };
        for pair in places.windows(2) {
            let Some([from, to]) = self.cut(pair[0], pair[1]) else {
                draw(&mut run);
                continue;
            };
            if run.last() != Some(&from) {
                draw(&mut run);
                run.push(from);
            }
            run.push(to);
        }
        draw(&mut run);
    }

    /// The part of a line that lies in the plot (Liang & Barsky, ACM Transactions on Graphics 1984;3:1).
    fn cut(&self, from: [f64; 2], to: [f64; 2]) -> Option<[[f64; 2]; 2]> {
        if !from.iter().chain(&to).all(|part| part.is_finite()) {
            return None;
        }
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        for i in 0..2 {
            let (low, high) = (self.min[i], self.min[i] + self.size[i]);
            let step = to[i] - from[i];
            if step == 0.0 {
                if from[i] < low - 1e-6 || from[i] > high + 1e-6 {
                    return None;
                }
                continue;
            }
            let (first, last) = ((low - from[i]) / step, (high - from[i]) / step);
            enter = enter.max(first.min(last));
            leave = leave.min(first.max(last));
        }
        let point = |part: f64| [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])];
        let from = if enter == 0.0 { from } else { point(enter) };
        (enter < leave).then(|| [from, if leave == 1.0 { to } else { point(leave) }])
    }

    /// The area between two values at each place, cut at the top and the bottom of the plot.
    pub(crate) fn band(&self, figure: &mut Figure, values: &[(f64, [f64; 2])], role: Role) {
        let inside = |[x, y]: [f64; 2]| [x, y.clamp(self.min[1], self.bottom())];
        let finite = values.iter().filter(|(x, ends)| x.is_finite() && ends.iter().all(|end| end.is_finite()));
        let edge = |i: usize| finite.clone().map(|(x, ends)| inside(self.at([*x, ends[i]]))).collect::<Vec<_>>();
        let (lower, upper) = (edge(0), edge(1));
        if upper.len() > 1 {
            figure.shapes.push(Shape::Band { upper, lower, role, opacity: 0.16 });
        }
    }

    /// A dashed line down the plot at a value, with its text at the top; on the left of it where there is no room on the right.
    pub(crate) fn marked_value(&self, figure: &mut Figure, x: f64, text: &str, role: Role) {
        let [x, _] = self.at([x, self.y.low]);
        if !self.holds([x, self.bottom()]) {
            return;
        }
        figure.dashed([x, self.min[1]], [x, self.bottom()], role);
        let fits = x + 4.0 + width_of(text, SMALL) <= self.right();
        let (x, anchor) = if fits { (x + 4.0, Anchor::Start) } else { (x - 4.0, Anchor::End) };
        figure.text([x, self.min[1] + 9.0], text, plain(SMALL, role).anchored(anchor));
    }
}

/// Numbers centred at places of a row; those that would touch one before them are left out.
pub(crate) fn row_of_numbers(figure: &mut Figure, mut places: Vec<(f64, &str)>, baseline: f64, role: Role) {
    places.retain(|(x, _)| x.is_finite());
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free_from = f64::NEG_INFINITY;
    for (x, text) in places {
        let half = width_of(text, SMALL) / 2.0;
        if x - half >= free_from {
            figure.text([x, baseline], text, plain(SMALL, role).anchored(Anchor::Middle));
            free_from = x + half + 4.0;
        }
    }
}

/// A new figure with its title.
pub(crate) fn titled(title: &str, description: String, size: [f64; 2]) -> Figure {
    let mut figure = Figure::new(title, description, size);
    figure.text([MARGIN, 18.0], title, plain(TITLE, Role::Ink).strong());
    figure
}

/// Width of a legend's piece of line; its text begins at `NAMES`.
const SWATCH: f64 = 26.0;
pub(crate) const NAMES: f64 = MARGIN + SWATCH + 6.0;

/// A piece of a curve's line with its mark, as a legend shows it.
pub(crate) fn swatch(figure: &mut Figure, [x, y]: [f64; 2], pen: Pen, mark: Option<MarkKind>) {
    let points = vec![[x, y], [x + SWATCH, y]];
    figure.shapes.push(Shape::Line { points, width: pen.width, dash: pen.dash, role: pen.role });
    if let Some(kind) = mark {
        figure.point([x + SWATCH / 2.0, y], 3.5, kind, pen.role, "legend");
    }
}

/// Upper edges for labels (wished-for upper edge, height) in the same order, with none upon another and all between the ends where they
/// fit: neighbours that would touch share the distance they need.
pub(crate) fn spread(labels: &[(f64, f64)], [low, high]: [f64; 2]) -> Vec<f64> {
    /// Touching labels: what their wishes would have the first begin at, summed; how many they are; their height.
    #[derive(Clone, Copy)]
    struct Block {
        wishes: f64,
        n: usize,
        height: f64,
    }
    let top = |block: &Block| (block.wishes / block.n as f64).min(high - block.height).max(low);
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|&a, &b| labels[a].0.total_cmp(&labels[b].0));
    let mut blocks: Vec<Block> = Vec::new();
    for (wish, height) in order.iter().map(|&i| labels[i]) {
        let mut block = Block { wishes: wish, n: 1, height };
        while let Some(&above) = blocks.last() {
            if top(&above) + above.height <= top(&block) {
                break;
            }
            blocks.pop();
            let wishes = above.wishes + block.wishes - above.height * block.n as f64;
            block = Block { wishes, n: above.n + block.n, height: above.height + block.height };
        }
        blocks.push(block);
    }
    let mut places = vec![0.0; labels.len()];
    let mut next = order.into_iter();
    for block in blocks {
        let mut y = top(&block);
        for i in next.by_ref().take(block.n) {
            places[i] = y;
            y += labels[i].1;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit() -> Plot {
        let axis = || Axis::between(0.0, 1.0, 5);
        Plot { min: [0.0, 0.0], size: [100.0, 100.0], x: axis(), y: axis() }
    }

    #[test]
    fn a_curve_is_cut_where_it_leaves_the_plot_and_goes_on_where_it_comes_back() {
        let mut figure = Figure::new("", "", [100.0, 100.0]);
        let pen = Pen { width: 1.0, dash: None, role: Role::Ink };
        unit().curve(
            &mut figure,
            &[[0.0, 0.5], [0.25, 1.5], [0.5, 0.5], [0.75, f64::NAN], [0.8, 0.1], [1.0, 0.1]],
            pen,
        );
        let lines: Vec<Vec<[f64; 2]>> = figure
            .shapes
            .into_iter()
            .map(|shape| match shape {
                Shape::Line { points, .. } => points,
                _ => Vec::new(),
            })
            .collect();
        assert_eq!(
            lines,
            [vec![[0.0, 50.0], [12.5, 0.0]], vec![[37.5, 0.0], [50.0, 50.0]], vec![[80.0, 90.0], [100.0, 90.0]]]
        );
    }

    #[test]
    fn labels_keep_their_order_and_distance() {
        let tall = |wishes: &[f64]| wishes.iter().map(|wish| (*wish, 10.0)).collect::<Vec<_>>();
        let places = spread(&tall(&[50.0, 10.0, 12.0, 11.0, 99.0]), [0.0, 100.0]);
        assert_eq!(places, [50.0, 1.0, 21.0, 11.0, 90.0]);
        let at_the_edge = spread(&tall(&[1.0, 2.0, 98.0, 100.0]), [0.0, 100.0]);
        assert_eq!(at_the_edge, [0.0, 10.0, 80.0, 90.0]);
        assert_eq!(spread(&[(10.0, 20.0), (22.0, 10.0)], [0.0, 100.0]), [6.0, 26.0]);
    }

    #[test]
    fn an_axis_covers_its_values_and_one_may_run_backwards() {
        let axis = Axis::covering([0.13, 0.87], 5);
        assert_eq!((axis.low, axis.high), (0.0, 1.0));
        assert_eq!(Axis::between(4.0, 2.0, 4).part(3.5), 0.25);
        assert_eq!(Axis::covering([], 5).part(0.5), 0.5);
    }
}
