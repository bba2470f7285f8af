//! The path of the LASSO (Supplementary Fig. 1a): each feature's coefficient as the penalty falls, with the number of features in
//! the model along the top and the names of the chosen ones at the ends of their curves.
//!
//! The penalty falls to the right, as in `plot.glmnet` since glmnet 4.1-9, so that curves begin at zero and end at their names.

use super::draw::{SMALL, TEXT, plain, wrapped};
use super::names::short_names;
use super::numbers::{fixed, signed};
use super::plot::{Axis, BELOW, LEFT, MARGIN, Pen, Plot, WIDE, range, row_of_numbers, series_pen, spread, titled};
use super::{Anchor, Figure, Role, Shape};

/// The plot's top, below the title, the vertical axis' name and the numbers of features.
pub(super) const TOP: f64 = 72.0;
/// Width of the plot; names stand right of it. The cross-validation's plot has the same, so that both can be read down.
pub(super) const PLOT: f64 = 262.0;
const LEAST_HEIGHT: f64 = 190.0;
/// Height of a name's line, what lies between names, and where they begin.
const LINE: f64 = 9.5;
const BETWEEN: f64 = 2.5;
const NAMES: f64 = LEFT + PLOT + 22.0;

/// One feature's coefficients along the path.
#[derive(Debug, Clone, Copy)]
pub struct LassoCurve<'a> {
    /// The feature's full name.
    pub name: &'a str,
    /// Standardised coefficients, one a lambda.
    pub coefficients: &'a [f64],
    /// Whether it is in the model that is kept; its curve is coloured and named.
    pub is_chosen: bool,
}

/// The path of a LASSO.
#[derive(Debug, Clone, Copy)]
pub struct LassoPath<'a> {
    /// Penalties, in any order.
    pub lambdas: &'a [f64],
    /// Number of non-zero coefficients, one a lambda.
    pub nonzero: &'a [usize],
    /// All features that enter the path.
    pub curves: &'a [LassoCurve<'a>],
    /// The penalty with the least cross-validated error.
    pub lambda_min: f64,
    /// The largest penalty within one standard error of it.
    pub lambda_1se: f64,
}

/// The path, drawn.
pub fn lasso_path(path: &LassoPath) -> Figure {
    let chosen: Vec<&LassoCurve> = path.curves.iter().filter(|curve| curve.is_chosen).collect();
    let names: Vec<&str> = chosen.iter().map(|curve| curve.name).collect();
    let names: Vec<Vec<String>> =
        short_names(&names).iter().map(|name| wrapped(name, SMALL, WIDE - MARGIN - NAMES)).collect();
    let height = LEAST_HEIGHT.max(names.iter().map(|lines| height_of(lines)).sum());
    let title = "LASSO coefficient paths";
    let description = format!(
        "{title}: {} features, {} of them chosen; lambda.min {}, lambda.1se {}.",
        path.curves.len(),
        chosen.len(),
        fixed(path.lambda_min, 4),
        fixed(path.lambda_1se, 4)
    );
    let mut figure = titled(title, description, [WIDE, TOP + height + BELOW + 8.0]);
    let all = path.curves.iter().flat_map(|curve| curve.coefficients.iter().copied());
    let y = Axis::covering(all.chain([0.0]), 5);
    let plot = Plot { min: [LEFT, TOP], size: [PLOT, height], x: penalty_axis(path.lambdas), y };
    penalty_frame(&mut figure, &plot, "Standardised coefficient");
    feature_numbers(&mut figure, &plot, path.lambdas, path.nonzero);
    let points = |curve: &LassoCurve| -> Vec<[f64; 2]> {
        let logs = path.lambdas.iter().map(|lambda| lambda.ln());
        let mut points: Vec<[f64; 2]> = logs.zip(curve.coefficients).map(|(log, c)| [log, *c]).collect();
        points.sort_by(|a, b| b[0].total_cmp(&a[0]));
        points
    };
    for curve in path.curves.iter().filter(|curve| !curve.is_chosen) {
        plot.curve(&mut figure, &points(curve), Pen { width: 0.4, dash: None, role: Role::Muted });
    }
    both_lambdas(&mut figure, &plot, path.lambda_min, path.lambda_1se);
    let chosen: Vec<(&str, Vec<[f64; 2]>)> = chosen.iter().map(|curve| (curve.name, points(curve))).collect();
    for (i, (name, points)) in chosen.iter().enumerate() {
        plot.curve(&mut figure, points, series_pen(i));
        for [log, coefficient] in points.iter().filter(|point| point[1] != 0.0) {
            let text = format!("{name}\nlog λ {}: {}", fixed(*log, 2), signed(*coefficient, 3));
            read_inside(&mut figure, &plot, [*log, *coefficient], text);
        }
    }
    let ends: Vec<f64> = chosen.iter().map(|(_, points)| end_of(&plot, points)[1]).collect();
    label(&mut figure, &plot, &names, &ends);
    figure
}

/// Height of a name.
fn height_of(lines: &[String]) -> f64 {
    LINE * lines.len() as f64 + BETWEEN
}

/// The names right of the plot, as near to their curves' ends as they can stand, with a line to each.
fn label(figure: &mut Figure, plot: &Plot, names: &[Vec<String>], ends: &[f64]) {
    let labels: Vec<(f64, f64)> =
        names.iter().zip(ends).map(|(lines, end)| (end - height_of(lines) / 2.0, height_of(lines))).collect();
    let places = spread(&labels, [TOP, plot.bottom()]);
    for (i, ((lines, end), y)) in names.iter().zip(ends).zip(places).enumerate() {
        let middle = y + height_of(lines) / 2.0;
        let points = vec![[plot.right() + 2.0, *end], [NAMES - 12.0, middle], [NAMES - 4.0, middle]];
        figure.shapes.push(Shape::Line { points, width: 0.5, dash: None, role: Role::Series(i) });
        let first = middle + 2.8 - LINE * (lines.len() as f64 - 1.0) / 2.0;
        for (k, line) in lines.iter().enumerate() {
            figure.text([NAMES, first + k as f64 * LINE], line, plain(SMALL, Role::Series(i)));
        }
    }
}

/// Where a curve leaves the plot.
fn end_of(plot: &Plot, points: &[[f64; 2]]) -> [f64; 2] {
    let last = points.iter().rev().find(|point| point.iter().all(|part| part.is_finite()));
    last.map_or([plot.right(), plot.bottom()], |last| plot.at(*last))
}

/// The frame, with the vertical axis' name above the row of the penalties' names.
pub(super) fn penalty_frame(figure: &mut Figure, plot: &Plot, name: &str) {
    plot.frame(figure, "log λ (the penalty falls to the right)", "");
    figure.text([MARGIN, plot.min[1] - 34.0], name, plain(TEXT, Role::Ink));
}

/// The logarithms of the penalties, falling.
pub(super) fn penalty_axis(lambdas: &[f64]) -> Axis {
    let [low, high] = range(lambdas.iter().map(|lambda| lambda.ln()));
    Axis::between(high, low, 6)
}

/// The number of features in the model along the top of the plot.
pub(super) fn feature_numbers(figure: &mut Figure, plot: &Plot, lambdas: &[f64], nonzero: &[usize]) {
    // Twelve numbers at most: one for each is a grey bar.
    let every = lambdas.len().div_ceil(12).max(1);
    let numbers: Vec<(f64, String)> = lambdas
        .iter()
        .zip(nonzero)
        .map(|(lambda, n)| (plot.at([lambda.ln(), 0.0])[0], n.to_string()))
        .step_by(every)
        .collect();
    let places = numbers.iter().map(|(x, n)| (*x, n.as_str())).collect();
    row_of_numbers(figure, places, plot.min[1] - 5.0, Role::Muted);
    figure.text([plot.right() + 22.0, plot.min[1] - 5.0], "features in the model", plain(SMALL, Role::Muted));
}

/// Lines at both penalties; their names stand above the numbers of features.
pub(super) fn both_lambdas(figure: &mut Figure, plot: &Plot, min: f64, one_se: f64) {
    let place = |lambda: f64| plot.at([lambda.ln(), 0.0])[0];
    let (x_min, x_1se) = (place(min), place(one_se));
    // The two lie close together or upon one another: the larger penalty's name ends at its line, the other's begins there.
    for (x, name, anchor, role) in
        [(x_1se, "λ.1se", Anchor::End, Role::Ink), (x_min, "λ.min", Anchor::Start, Role::Accent)]
    {
        if !plot.holds([x, plot.bottom()]) {
            continue;
        }
        figure.dashed([x, plot.min[1]], [x, plot.bottom()], role);
        let shift = if anchor == Anchor::End { -1.5 } else { 1.5 };
        figure.text([x + shift, plot.min[1] - 16.0], name, plain(TEXT, role).strong().anchored(anchor));
    }
}

/// A reading at values, where they lie in the plot.
pub(super) fn read_inside(figure: &mut Figure, plot: &Plot, values: [f64; 2], text: String) {
    let at = plot.at(values);
    if plot.holds(at) {
        figure.reading(at, text);
    }
}
