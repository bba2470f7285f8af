//! The flow of patients (Fig. 3): boxes with counts from top to bottom, exclusions at the right of the arrow where they happened, and the split
//! into training and validation at the foot.

use super::draw::{HAIR, TEXT, plain, wrapped};
use super::plot::{MARGIN, WIDE, titled};
use super::{Anchor, Figure, Role, Shape};

/// The boxes of steps, and those of exclusions right of them.
const STEP: [f64; 2] = [MARGIN, 230.0];
const EXCLUDED: [f64; 2] = [WIDE - MARGIN - 214.0, WIDE - MARGIN];
const LINE: f64 = 12.0;
/// Space within a box, and the shortest arrow.
const PAD: f64 = 8.0;
const ARROW: f64 = 24.0;
/// The least space between the boxes at the foot.
const GAP: f64 = 12.0;

/// A number of patients, and who left after it.
#[derive(Debug, Clone, Copy)]
pub struct FlowStep<'a> {
    /// Who they are.
    pub text: &'a str,
    /// How many.
    pub n: usize,
    /// Why patients left before the next step, and how many.
    pub excluded: &'a [(&'a str, usize)],
}

/// One of the sets into which the last step is split.
#[derive(Debug, Clone, Copy)]
pub struct FlowGroup<'a> {
    /// `Training`.
    pub name: &'a str,
    /// Patients.
    pub n: usize,
    /// Those with the event.
    pub events: usize,
}

/// The flow of patients; `event` is what is predicted: `recurrence`.
pub fn flowchart(steps: &[FlowStep], groups: &[FlowGroup], event: &str) -> Figure {
    let title = "Flow of patients";
    let mut figure = titled(title, description(title, steps, groups, event), [WIDE, 0.0]);
    let middle = (STEP[0] + STEP[1]) / 2.0;
    let mut top = 32.0;
    let mut is_wide = groups.len() > 1;
    for (i, step) in steps.iter().enumerate() {
        let bottom = boxed(&mut figure, STEP, top, &[(step.text.to_owned(), false), (count(step.n), true)]);
        let is_last = i + 1 == steps.len();
        if is_last && groups.is_empty() && step.excluded.is_empty() {
            top = bottom;
            break;
        }
        let lines = reasons(step.excluded);
        let excluded = if lines.is_empty() { 0.0 } else { height(EXCLUDED, &lines) + 12.0 };
        let next = bottom + ARROW.max(excluded);
        let goes_on = !is_last || groups.len() == 1;
        if goes_on {
            arrow(&mut figure, [middle, bottom], [middle, next]);
        } else {
            figure.line([middle, bottom], [middle, next], HAIR, Role::Ink);
        }
        if !lines.is_empty() {
            let from = bottom + 6.0;
            arrow(&mut figure, [middle, (bottom + next) / 2.0], [EXCLUDED[0], (bottom + next) / 2.0]);
            boxed(&mut figure, EXCLUDED, from, &lines);
            is_wide = true;
        }
        top = next;
    }
    let bottom = if groups.is_empty() { top } else { split(&mut figure, groups, event, (middle, top)) };
    figure.size = [if is_wide { WIDE } else { STEP[1] + MARGIN }, bottom + MARGIN];
    figure
}

/// The sets side by side, with a line above them from which each has its arrow.
fn split(figure: &mut Figure, groups: &[FlowGroup], event: &str, (from, top): (f64, f64)) -> f64 {
    let n = groups.len() as f64;
    let width = ((WIDE - 2.0 * MARGIN - GAP * (n - 1.0)) / n).min(STEP[1] - STEP[0]);
    // They reach from the left of the steps to the right of the exclusions.
    let step = if groups.len() > 1 { (WIDE - 2.0 * MARGIN - width) / (n - 1.0) } else { 0.0 };
    let first = if groups.len() > 1 { MARGIN + width / 2.0 } else { from };
    let centre = |i: usize| first + i as f64 * step;
    let below = if groups.len() > 1 {
        let ends = [from.min(centre(0)), from.max(centre(groups.len() - 1))];
        figure.line([ends[0], top], [ends[1], top], HAIR, Role::Ink);
        top + ARROW
    } else {
        top
    };
    let mut lowest = below;
    for (i, group) in groups.iter().enumerate() {
        if groups.len() > 1 {
            arrow(figure, [centre(i), top], [centre(i), below]);
        }
        let events = format!("{} with {event}, {} without", group.events, group.n.saturating_sub(group.events));
        let lines = [(group.name.to_owned(), false), (count(group.n), true), (events, false)];
        let ends = [centre(i) - width / 2.0, centre(i) + width / 2.0];
        lowest = boxed(figure, ends, below, &lines).max(lowest);
    }
    lowest
}

/// An exclusion box's lines: the sum, then each reason.
fn reasons(excluded: &[(&str, usize)]) -> Vec<(String, bool)> {
    let sum: usize = excluded.iter().map(|(_, n)| n).sum();
    let head = (!excluded.is_empty()).then(|| (format!("Excluded ({})", count(sum)), true));
    head.into_iter().chain(excluded.iter().map(|(reason, n)| (format!("{reason} ({})", count(*n)), false))).collect()
}

/// A count that is not broken over lines.
fn count(n: usize) -> String {
    format!("n\u{a0}=\u{a0}{n}")
}

fn in_lines([left, right]: [f64; 2], texts: &[(String, bool)]) -> Vec<(String, bool)> {
    let width = right - left - 2.0 * PAD;
    texts.iter().flat_map(|(text, strong)| wrapped(text, TEXT, width).into_iter().map(|line| (line, *strong))).collect()
}

fn height(ends: [f64; 2], texts: &[(String, bool)]) -> f64 {
    in_lines(ends, texts).len() as f64 * LINE + 2.0 * PAD - 3.0
}

/// A box with centred lines; gives its lower edge.
fn boxed(figure: &mut Figure, [left, right]: [f64; 2], top: f64, texts: &[(String, bool)]) -> f64 {
    let bottom = top + height([left, right], texts);
    let corners = vec![[left, top], [right, top], [right, bottom], [left, bottom], [left, top]];
    figure.shapes.push(Shape::Line { points: corners, width: HAIR, dash: None, role: Role::Ink });
    for (i, (line, strong)) in in_lines([left, right], texts).into_iter().enumerate() {
        let style = plain(TEXT, Role::Ink).anchored(Anchor::Middle);
        let style = if strong { style.strong() } else { style };
        figure.text([(left + right) / 2.0, top + PAD + 8.0 + i as f64 * LINE], line, style);
    }
    bottom
}

fn arrow(figure: &mut Figure, from: [f64; 2], to: [f64; 2]) {
    figure.line(from, to, HAIR, Role::Ink);
    let [x, y] = to;
    let head = if from[0] == to[0] {
        [[x - 3.5, y - 6.0], to, [x + 3.5, y - 6.0]]
    } else {
        [[x - 6.0, y - 3.5], to, [x - 6.0, y + 3.5]]
    };
    figure.shapes.push(Shape::Line { points: head.to_vec(), width: 1.0, dash: None, role: Role::Ink });
}

fn description(title: &str, steps: &[FlowStep], groups: &[FlowGroup], event: &str) -> String {
    let steps = steps.iter().map(|step| {
        let excluded: usize = step.excluded.iter().map(|(_, n)| n).sum();
        let excluded = if excluded > 0 { format!(", {excluded} excluded") } else { String::new() };
        format!("{} {}{excluded}", step.text, step.n)
    });
    let groups = groups.iter().map(|group| format!("{} {} with {} {event}", group.name, group.n, group.events));
    format!("{title}: {}.", steps.chain(groups).collect::<Vec<_>>().join("; "))
}
