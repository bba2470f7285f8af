//! A score in the training patients of both groups, and where one patient stands among them: a histogram a group, in parts of the group, one
//! above the other on the same axes.

use super::draw::{SMALL, TEXT, plain, width_of};
use super::numbers::{fixed, percent};
use super::plot::{Axis, BELOW, LEFT, MARGIN, Plot, outcome_role, range, titled};
use super::{Anchor, Figure, MarkKind, Role, Shape};
use crate::stats::pretty;

const WIDTH: f64 = 340.0;
const TOP: f64 = 74.0;
const HEIGHT: f64 = 62.0;
/// Between panels; the lower one's name stands there.
const GAP: f64 = 22.0;
/// About how many bars there are.
const BARS: usize = 18;

/// The scores of one group.
#[derive(Debug, Clone, Copy)]
pub struct DistributionGroup<'a> {
    /// What they have in common: `Recurrence`.
    pub name: &'a str,
    /// Whether it is the event.
    pub is_event: bool,
    /// A score a patient.
    pub values: &'a [f64],
}

/// A score in groups of patients.
#[derive(Debug, Clone, Copy)]
pub struct Distribution<'a> {
    /// What the score is called: `Radscore`.
    pub score: &'a str,
    /// The groups, from the top.
    pub groups: &'a [DistributionGroup<'a>],
    /// The score of the patient who is looked at.
    pub patient: Option<f64>,
}

/// The distribution, drawn.
pub fn distribution(of: &Distribution) -> Figure {
    let title = format!("{} in training", of.score);
    let said = of.groups.iter().map(|group| {
        let [low, high] = range(group.values.iter().copied());
        format!("{} {} to {} (n = {})", group.name, fixed(low, 2), fixed(high, 2), group.values.len())
    });
    let patient = of.patient.map(|score| format!(" This patient: {}.", fixed(score, 2))).unwrap_or_default();
    let description = format!("{title}: {}.{patient}", said.collect::<Vec<_>>().join("; "));
    let n = of.groups.len().max(1) as f64;
    let bottom = TOP + n * HEIGHT + (n - 1.0) * GAP;
    let mut figure = titled(&title, description, [WIDTH, bottom + BELOW + 6.0]);
    let all = of.groups.iter().flat_map(|group| group.values).copied().chain(of.patient);
    let [low, high] = range(all);
    let edges = pretty(low, high, BARS);
    let parts: Vec<Vec<(usize, f64)>> = of.groups.iter().map(|group| counted(group.values, &edges)).collect();
    let most = parts.iter().flatten().fold(0.0, |most: f64, (_, part)| most.max(*part));
    let [left, right] = range(edges.iter().copied());
    for (i, (group, parts)) in of.groups.iter().zip(&parts).enumerate() {
        let plot = Plot {
            min: [LEFT, TOP + i as f64 * (HEIGHT + GAP)],
            size: [WIDTH - MARGIN - LEFT, HEIGHT],
            x: Axis::between(left, right, 7),
            y: Axis::covering([0.0, most.max(0.01)], 2).written(|part| percent(part, 0)),
        };
        plot.levels(&mut figure, "");
        // The lowest panel has the numbers of all.
        match i + 1 == of.groups.len() {
            true => plot.base(&mut figure, of.score),
            false => plot.verticals(&mut figure),
        }
        let name = format!("{} (n = {})", group.name, group.values.len());
        let role = outcome_role(group.is_event);
        // On the side where the patient's line does not come down.
        let is_crossed = of.patient.is_some_and(|score| plot.at([score, 0.0])[0] < LEFT + width_of(&name, TEXT) + 8.0);
        let (x, anchor) = if is_crossed { (plot.right(), Anchor::End) } else { (LEFT, Anchor::Start) };
        figure.text([x, plot.min[1] - 6.0], name, plain(TEXT, role).strong().anchored(anchor));
        for (pair, (n, part)) in edges.windows(2).zip(parts).filter(|(_, (n, _))| *n > 0) {
            let (min, end) = (plot.at([pair[0], *part]), plot.at([pair[1], 0.0]));
            let size = [end[0] - min[0] - 0.75, end[1] - min[1]];
            figure.shapes.push(Shape::Rect { min, size, role, opacity: 0.75 });
            let [from, to] = [pair[0], pair[1]].map(|edge| fixed(edge, 2));
            let text = format!("{}: {n} of {} from {from} to {to}", group.name, group.values.len());
            figure.reading([min[0] + size[0] / 2.0, min[1]], text);
        }
        if let Some(score) = of.patient {
            mark(&mut figure, &plot, score, i == 0);
        }
    }
    figure
}

/// How many of the values lie between neighbouring edges, and what part of all.
fn counted(values: &[f64], edges: &[f64]) -> Vec<(usize, f64)> {
    let n = values.len().max(1) as f64;
    let last = edges.len().saturating_sub(2);
    let within = |(i, pair): (usize, &[f64])| {
        let count =
            values.iter().filter(|v| **v >= pair[0] && (**v < pair[1] || (i == last && **v <= pair[1]))).count();
        (count, count as f64 / n)
    };
    edges.windows(2).enumerate().map(within).collect()
}

/// The patient's line through a panel; the first panel's begins with the patient's name.
fn mark(figure: &mut Figure, plot: &Plot, score: f64, is_first: bool) {
    let [x, _] = plot.at([score, 0.0]);
    if !x.is_finite() {
        return;
    }
    let top = if is_first { plot.min[1] - 24.0 } else { plot.min[1] };
    figure.line([x, top], [x, plot.bottom()], 1.5, Role::Ink);
    if is_first {
        figure.point([x, top], 4.0, MarkKind::Diamond, Role::Ink, "patient");
        let text = format!("this patient {}", fixed(score, 2));
        let (shift, anchor) = if x > WIDTH - 110.0 { (-8.0, Anchor::End) } else { (8.0, Anchor::Start) };
        figure.text([x + shift, top + 3.0], text.clone(), plain(SMALL, Role::Ink).strong().anchored(anchor));
        figure.reading([x, top], text);
    }
}
