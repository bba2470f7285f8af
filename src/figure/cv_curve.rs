//! The cross-validation of the LASSO (Supplementary Fig. 1b): its measure at each penalty, mean and standard error over the folds,
//! with the number of features in the model along the top. It shares its horizontal axis with the paths above it.

use super::draw::{SMALL, TEXT, plain};
use super::lasso_path::{PLOT, TOP, both_lambdas, feature_numbers, penalty_axis, penalty_frame, read_inside};
use super::numbers::fixed;
use super::plot::{Axis, BELOW, CURVE, LEFT, MARGIN, Pen, Plot, WIDE, titled};
use super::{Figure, MarkKind, Role};

const HEIGHT: f64 = 160.0;

/// A cross-validated measure along the path.
#[derive(Debug, Clone, Copy)]
pub struct CvCurve<'a> {
    /// What was measured: `Binomial deviance`, `AUC`.
    pub measure: &'a str,
    /// Number of folds.
    pub folds: usize,
    /// Penalties, in any order.
    pub lambdas: &'a [f64],
    /// Mean over the folds, one a lambda.
    pub mean: &'a [f64],
    /// Its standard error (glmnet's `cvsd`).
    pub error: &'a [f64],
    /// Number of non-zero coefficients.
    pub nonzero: &'a [usize],
    /// The penalty with the best mean.
    pub lambda_min: f64,
    /// The largest penalty within one standard error of it.
    pub lambda_1se: f64,
}

/// The curve, drawn.
pub fn cv_curve(cv: &CvCurve) -> Figure {
    let mut points: Vec<(f64, f64, f64, usize)> = (cv.lambdas.iter().zip(cv.mean))
        .zip(cv.error.iter().zip(cv.nonzero))
        .map(|((lambda, mean), (error, n))| (lambda.ln(), *mean, *error, *n))
        .collect();
    points.sort_by(|a, b| b.0.total_cmp(&a.0));
    let near = |lambda: f64| {
        let distance = |point: &&(f64, f64, f64, usize)| (point.0 - lambda.ln()).abs();
        points.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))
    };
    let said = |name: &str, lambda: f64| {
        let at = near(lambda).map(|(_, mean, error, n)| {
            let features = if *n == 1 { "feature" } else { "features" };
            format!("{} ± {}, {n} {features}", fixed(*mean, 3), fixed(*error, 3))
        });
        let at = at.unwrap_or_else(|| "–".to_owned());
        (format!("{name} = {}", fixed(lambda, 4)), format!("log λ {}", fixed(lambda.ln(), 2)), at)
    };
    let (min, one_se) = (said("λ.min", cv.lambda_min), said("λ.1se", cv.lambda_1se));
    let title = format!("{}-fold cross-validation of the LASSO", cv.folds);
    let description = format!("{title}: {}. {}: {}; {}: {}.", cv.measure, min.0, min.2, one_se.0, one_se.2);
    let mut figure = titled(&title, description, [WIDE, TOP + HEIGHT + BELOW + 8.0]);
    let ends = points.iter().flat_map(|(_, mean, error, _)| [mean - error, mean + error]);
    let plot = Plot { min: [LEFT, TOP], size: [PLOT, HEIGHT], x: penalty_axis(cv.lambdas), y: Axis::covering(ends, 5) };
    penalty_frame(&mut figure, &plot, cv.measure);
    feature_numbers(&mut figure, &plot, cv.lambdas, cv.nonzero);
    let band: Vec<(f64, [f64; 2])> =
        points.iter().map(|(x, mean, error, _)| (*x, [mean - error, mean + error])).collect();
    plot.band(&mut figure, &band, Role::Accent);
    both_lambdas(&mut figure, &plot, cv.lambda_min, cv.lambda_1se);
    let mean: Vec<[f64; 2]> = points.iter().map(|(x, mean, ..)| [*x, *mean]).collect();
    plot.curve(&mut figure, &mean, Pen { width: CURVE, dash: None, role: Role::Accent });
    for (x, mean, error, n) in &points {
        let at = plot.at([*x, *mean]);
        if plot.holds(at) {
            figure.point(at, 1.6, MarkKind::Disc, Role::Accent, "penalty");
        }
        let text = format!(
            "λ {} (log λ {}): {} ± {}\n{n} features",
            fixed(x.exp(), 4),
            fixed(*x, 2),
            fixed(*mean, 3),
            fixed(*error, 3)
        );
        read_inside(&mut figure, &plot, [*x, *mean], text);
    }
    let (left, width) = (plot.right() + 22.0, WIDE - MARGIN - plot.right() - 22.0);
    let mut y = TOP + 12.0;
    for ((name, log, at), role) in [(min, Role::Accent), (one_se, Role::Ink)] {
        figure.text([left, y], name, plain(TEXT, role).strong());
        y = figure.paragraph(&log, [left, y + 12.0], width, plain(SMALL, Role::Muted));
        y = figure.paragraph(&at, [left, y], width, plain(SMALL, Role::Muted)) + 10.0;
    }
    let band = "Line and band: mean ± standard error over the folds.";
    figure.paragraph(band, [left, y], width, plain(SMALL, Role::Muted));
    figure
}
