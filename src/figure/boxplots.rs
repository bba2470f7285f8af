//! A score by outcome (Fig. 4): a box from the first to the third quartile with the median, whiskers to the farthest value within 1.5
//! interquartile ranges (Tukey, Exploratory Data Analysis, 1977), and every patient as a point.
//!
//! Points are shifted sideways by a fixed sequence, so that the same data give the same picture.

use super::draw::{HAIR, SMALL, TEXT, plain, wrapped};
use super::numbers::{fixed, p_value};
use super::plot::{Axis, COLUMN, LEFT, MARGIN, Plot, outcome_role, titled};
use super::{Anchor, Figure, MarkKind, Role, Shape};

/// The plot's top: panels' names and p-values stand above it.
const TOP: f64 = 84.0;
const HEIGHT: f64 = 190.0;
/// Width of a group's place, of its box, and the gap between panels.
const PLACE: f64 = 66.0;
const BOX: f64 = 34.0;
const GAP: f64 = 14.0;

/// The scores of one outcome.
#[derive(Debug, Clone, Copy)]
pub struct BoxGroup<'a> {
    /// What they have in common: `Recurrence`.
    pub name: &'a str,
    /// Whether it is the event.
    pub is_event: bool,
    /// A score a patient.
    pub values: &'a [f64],
    /// First quartile, median, third quartile.
    pub quartiles: [f64; 3],
}

/// Groups that are compared.
#[derive(Debug, Clone, Copy)]
pub struct BoxPanel<'a> {
    /// `Training`, `Validation`.
    pub name: &'a str,
    /// The groups, from left to right.
    pub groups: &'a [BoxGroup<'a>],
    /// The p-value of their difference, and the test's name.
    pub p: Option<(f64, &'a str)>,
}

/// Boxes of a score by outcome, in panels side by side.
pub fn boxplots(score: &str, panels: &[BoxPanel]) -> Figure {
    let n_groups: usize = panels.iter().map(|panel| panel.groups.len()).sum();
    let gaps = GAP * panels.len().saturating_sub(1) as f64;
    let width = (LEFT + PLACE * n_groups as f64 + gaps + MARGIN).max(COLUMN);
    let names = panels.iter().flat_map(|panel| panel.groups).map(|group| wrapped(group.name, SMALL, PLACE - 6.0).len());
    let lines = names.max().unwrap_or(1);
    let title = format!("{score} by outcome");
    let said: Vec<String> = panels.iter().map(description).collect();
    let description = format!("{title}. {}", said.join(" "));
    let size = [width, TOP + HEIGHT + 16.0 + 10.0 * (lines + 1) as f64];
    let mut figure = titled(&title, description, size);
    let all =
        panels.iter().flat_map(|panel| panel.groups).flat_map(|group| group.values.iter().chain(&group.quartiles));
    let plot = Plot {
        min: [LEFT, TOP],
        size: [width - MARGIN - LEFT, HEIGHT],
        x: Axis::between(0.0, 1.0, 1),
        y: Axis::covering(all.copied(), 6),
    };
    plot.levels(&mut figure, "");
    figure.text([MARGIN, 38.0], score, plain(TEXT, Role::Ink));
    // The places share the width that a figure of few groups has left.
    let place = (width - MARGIN - LEFT - gaps) / n_groups.max(1) as f64;
    let mut left = LEFT;
    for panel in panels {
        let right = left + place * panel.groups.len() as f64;
        head(&mut figure, panel, [left, right], place);
        for (i, of) in panel.groups.iter().enumerate() {
            let middle = left + (i as f64 + 0.5) * place;
            group(&mut figure, &plot, of, middle);
            let said = wrapped(of.name, SMALL, place - 6.0);
            let n = format!("n = {}", of.values.len());
            for (k, line) in said.into_iter().chain([n]).enumerate() {
                let role = if k == 0 { Role::Ink } else { Role::Muted };
                let at = [middle, plot.bottom() + 13.0 + 10.0 * k as f64];
                figure.text(at, line, plain(SMALL, role).anchored(Anchor::Middle));
            }
        }
        figure.line([left, plot.bottom()], [right, plot.bottom()], HAIR, Role::Ink);
        left = right + GAP;
    }
    figure
}

fn description(panel: &BoxPanel) -> String {
    let medians =
        panel.groups.iter().map(|g| format!("{} median {} (n = {})", g.name, fixed(g.quartiles[1], 2), g.values.len()));
    let p =
        panel.p.filter(|(p, _)| p.is_finite()).map(|(p, test)| format!("; {}, {test}", p_value(p))).unwrap_or_default();
    format!("{}: {}{p}.", panel.name, medians.collect::<Vec<_>>().join(", "))
}

/// A panel's name, and the p-value over a bracket from its first group to its last.
fn head(figure: &mut Figure, panel: &BoxPanel, [left, right]: [f64; 2], place: f64) {
    let middle = (left + right) / 2.0;
    let style = plain(TEXT, Role::Ink).anchored(Anchor::Middle);
    let name = wrapped(panel.name, TEXT, right - left).into_iter().next().unwrap_or_default();
    figure.text([middle, TOP - 32.0], name, style.strong());
    let Some((p, _)) = panel.p.filter(|(p, _)| p.is_finite()) else { return };
    let (from, to) = (left + place / 2.0, right - place / 2.0);
    let y = TOP - 12.0;
    let points = vec![[from, y + 5.0], [from, y], [to, y], [to, y + 5.0]];
    figure.shapes.push(Shape::Line { points, width: HAIR, dash: None, role: Role::Muted });
    figure.text([middle, y - 4.0], p_value(p), plain(SMALL, Role::Ink).anchored(Anchor::Middle));
}

fn group(figure: &mut Figure, plot: &Plot, of: &BoxGroup, middle: f64) {
    let role = outcome_role(of.is_event);
    let y = |value: f64| plot.at([0.0, value])[1];
    for (i, value) in of.values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
        // Multiples of the golden ratio, modulo 1, fill an interval evenly at every length.
        let shift = (i as f64 * 0.618_033_988_749_895).fract() - 0.5;
        figure.point([middle + shift * BOX * 0.8, y(*value)], 1.7, MarkKind::Disc, role, "patient");
    }
    let [first, median, third] = of.quartiles;
    if !of.quartiles.iter().all(|quartile| quartile.is_finite()) {
        return;
    }
    let reach = 1.5 * (third - first);
    let within = of.values.iter().copied().filter(|v| (first - reach..=third + reach).contains(v));
    let [low, high] = within.fold([first, third], |[low, high], v| [low.min(v), high.max(v)]);
    let (left, right) = (middle - BOX / 2.0, middle + BOX / 2.0);
    let size = [BOX, y(first) - y(third)];
    figure.shapes.push(Shape::Rect { min: [left, y(third)], size, role, opacity: 0.16 });
    let corners = [[left, y(first)], [left, y(third)], [right, y(third)], [right, y(first)], [left, y(first)]];
    figure.shapes.push(Shape::Line { points: corners.to_vec(), width: 1.0, dash: None, role });
    for (from, to) in [(third, high), (first, low)] {
        figure.line([middle, y(from)], [middle, y(to)], 1.0, role);
        figure.line([middle - 7.0, y(to)], [middle + 7.0, y(to)], 1.0, role);
        figure.reading([middle, y(to)], format!("{}: whisker ends at {}", of.name, fixed(to, 3)));
    }
    figure.line([left, y(median)], [right, y(median)], 2.25, role);
    for (name, value) in [("first quartile", first), ("third quartile", third), ("median", median)] {
        figure.reading([middle, y(value)], format!("{}: {name} {}", of.name, fixed(value, 3)));
    }
}
