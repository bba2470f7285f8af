//! Checks that hold for every figure. With `HEPATICA_FIGURES_OUT` set to a folder all are written there as PNG, to be looked at.

use super::every::every;
use super::*;
use crate::stats::RocPoint;

/// A text's rectangle: left, top, right, bottom; as high as its capitals, with what hangs below the line.
fn rectangle(shape: &Shape) -> Option<([f64; 4], &str)> {
    let Shape::Text { at: [x, y], text, size, anchor, .. } = shape else { return None };
    let width = width_of(text, *size);
    let left = match anchor {
        Anchor::Start => *x,
        Anchor::Middle => x - width / 2.0,
        Anchor::End => x - width,
    };
    Some(([left, y - 0.73 * size, left + width, y + 0.2 * size], text))
}

fn points_of(shape: &Shape) -> Vec<[f64; 2]> {
    match shape {
        Shape::Line { points, .. } => points.clone(),
        Shape::Rect { min, size, .. } => vec![*min, [min[0] + size[0], min[1] + size[1]]],
        Shape::Band { upper, lower, .. } => upper.iter().chain(lower).copied().collect(),
        Shape::Mark { at: [x, y], radius, .. } => vec![[x - radius, y - radius], [x + radius, y + radius]],
        Shape::Text { .. } => {
            let ([left, top, right, bottom], _) = rectangle(shape).unwrap();
            vec![[left, top], [right, bottom]]
        }
    }
}

#[test]
fn everything_is_drawn_within_the_figure() {
    let mut outside = Vec::new();
    for (name, figure) in every() {
        for shape in &figure.shapes {
            let inside = |[x, y]: &[f64; 2]| (0.0..=figure.size[0]).contains(x) && (0.0..=figure.size[1]).contains(y);
            let points = points_of(shape);
            if !points.iter().all(inside) {
                outside.push(format!("{name}, {:?}: {shape:?}", figure.size));
            }
        }
    }
    assert!(outside.is_empty(), "{}", outside.join("\n"));
}

/// How much two texts' rectangles, which are a little larger than their ink, may overlap.
const TOUCH: f64 = 0.5;

#[test]
fn no_text_lies_upon_another() {
    let mut overlaps = Vec::new();
    for (name, figure) in every() {
        let texts: Vec<([f64; 4], &str)> = figure.shapes.iter().filter_map(rectangle).collect();
        for (i, (a, first)) in texts.iter().enumerate() {
            for (b, second) in &texts[i + 1..] {
                let apart = |low: usize| a[low + 2].min(b[low + 2]) - a[low].max(b[low]) <= TOUCH;
                if !(apart(0) || apart(1)) {
                    overlaps.push(format!("{name}: \"{first}\" and \"{second}\""));
                }
            }
        }
    }
    assert!(overlaps.is_empty(), "{}", overlaps.join("\n"));
}

/// Rounding of places, in points.
const SAME_PLACE: f64 = 1e-6;

#[test]
fn readings_lie_on_what_is_drawn() {
    for (name, figure) in every() {
        let shown: Vec<[f64; 2]> = figure
            .shapes
            .iter()
            .flat_map(|shape| match shape {
                Shape::Mark { at, .. } => vec![*at],
                Shape::Line { points, .. } => {
                    points.windows(2).flat_map(|p| [p[0], p[1], middle(p[0], p[1])]).collect()
                }
                Shape::Rect { min: [x, y], size: [width, height], .. } => {
                    let [right, bottom] = [x + width, y + height];
                    let (across, down) = (x + width / 2.0, y + height / 2.0);
                    vec![[*x, down], [right, down], [across, *y], [across, bottom], [across, down]]
                }
                _ => Vec::new(),
            })
            .collect();
        for reading in &figure.readings {
            let near = |at: &[f64; 2]| (at[0] - reading.at[0]).hypot(at[1] - reading.at[1]) < SAME_PLACE;
            assert!(shown.iter().any(near), "{name}: {reading:?}");
        }
        let may_be_silent = ["flowchart", "flowchart_1", "nothing", "no_bars"].contains(&name);
        assert_eq!(figure.readings.is_empty(), may_be_silent, "{name}");
    }
}

#[test]
fn marks_of_curves_lie_on_them() {
    let mut seen = 0;
    for (name, figure) in every() {
        let lines = figure.shapes.iter().filter_map(|shape| match shape {
            Shape::Line { points, .. } => Some(points),
            _ => None,
        });
        for shape in &figure.shapes {
            let Shape::Mark { at, name: "operating-point" | "current-threshold" | "penalty", .. } = shape else {
                continue;
            };
            let is_here = |point: &[f64; 2]| (point[0] - at[0]).hypot(point[1] - at[1]) < SAME_PLACE;
            assert!(lines.clone().flatten().any(is_here), "{name}: {shape:?}");
            seen += 1;
        }
    }
    assert!(seen > 300, "{seen}");
}

/// Every figure of numbers that are absent, not finite, or too few.
fn hostile() -> Vec<(&'static str, Figure)> {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let junk = [nan, inf, -inf, 0.0, 1e300];
    let lambda = LassoCurve { name: "", coefficients: &junk, is_chosen: true };
    let point = |threshold, sensitivity| RocPoint { threshold, sensitivity, specificity: nan };
    let points = [point(nan, 0.5), point(0.5, inf)];
    let group = CalibrationGroup { predicted: 0.5, observed: 0.5, interval: [nan, inf], n: 0 };
    let bad_group = CalibrationGroup { predicted: nan, observed: inf, interval: [nan, inf], n: 0 };
    let feature = Contribution { name: "", value: nan, z: inf, contribution: nan, training_range: [nan, inf] };
    let rate = Rate { name: "", value: Some(nan), ci: Some([nan, inf]) };
    vec![
        (
            "lasso_path",
            lasso_path(&LassoPath {
                lambdas: &junk,
                nonzero: &[1, 2],
                curves: &[lambda],
                lambda_min: nan,
                lambda_1se: 0.0,
            }),
        ),
        (
            "cv_curve",
            cv_curve(&CvCurve {
                measure: "",
                folds: 0,
                lambdas: &junk,
                mean: &junk,
                error: &junk,
                nonzero: &[1, 2, 3],
                lambda_min: 0.0,
                lambda_1se: inf,
            }),
        ),
        ("coefficients", coefficients(&junk.map(|value| Coefficient { name: "a", value }))),
        (
            "contributions",
            contributions(&Contributions {
                score_name: "",
                features: &[feature],
                intercept: nan,
                score: inf,
                at_most: 9,
            }),
        ),
        (
            "boxplots",
            boxplots(
                "",
                &[BoxPanel {
                    name: "",
                    groups: &[
                        BoxGroup { name: "", is_event: true, values: &junk, quartiles: [nan; 3] },
                        BoxGroup { name: "", is_event: true, values: &[], quartiles: [1.0, 0.0, -1.0] },
                    ],
                    p: Some((inf, "")),
                }],
            ),
        ),
        ("boxplots of none", boxplots("", &[])),
        (
            "roc_curves",
            roc_curves(
                "",
                &[RocCurve {
                    name: "",
                    points: &points,
                    auc: nan,
                    auc_ci: Some([nan, inf]),
                    operating_point: Some(points[0]),
                    current: Some(points[1]),
                }],
                &[Comparison { first: "", second: "", p: nan }],
            ),
        ),
        (
            "calibration",
            calibration(
                "",
                &[CalibrationCurve {
                    name: "",
                    smooth: &[[nan, 0.5], [0.5, inf], [0.6, 0.7]],
                    groups: &[group, bad_group],
                    predicted: &junk,
                    outcome: &[true],
                    in_the_large: Some(nan),
                    slope: Some(inf),
                    brier: None,
                }],
            ),
        ),
        (
            "decision_curves",
            decision_curves(&DecisionPlot {
                set: "",
                thresholds: &junk,
                models: &[DecisionCurve { name: "", net_benefit: &junk[..2] }],
                treat_all: &[],
                current: Some(nan),
            }),
        ),
        (
            "distribution",
            distribution(&Distribution {
                score: "",
                groups: &[DistributionGroup { name: "", is_event: false, values: &junk }],
                patient: Some(nan),
            }),
        ),
        ("distribution of none", distribution(&Distribution { score: "", groups: &[], patient: Some(inf) })),
        ("flowchart", flowchart(&[], &[], "")),
        (
            "confusion",
            confusion(&Confusion {
                name: "",
                event: "",
                threshold: nan,
                true_positives: 0,
                false_positives: 0,
                false_negatives: 0,
                true_negatives: 0,
                rates: &[rate],
            }),
        ),
    ]
}

#[test]
fn what_has_no_place_is_not_drawn_and_nan_is_never_said() {
    for (name, figure) in hostile() {
        let finite = |points: &[[f64; 2]]| points.iter().flatten().all(|part| part.is_finite());
        for shape in &figure.shapes {
            assert!(finite(&points_of(shape)), "{name}: {shape:?}");
            assert!(
                !matches!(shape, Shape::Text { text, .. } if text.contains("NaN") || text.contains("inf")),
                "{name}: {shape:?}"
            );
        }
        let places: Vec<[f64; 2]> = figure.readings.iter().map(|reading| reading.at).collect();
        assert!(finite(&places) && finite(&[figure.size]), "{name}");
        assert!(!figure.description.contains("NaN"), "{name}: {}", figure.description);
    }
}

fn middle(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0]
}

#[test]
fn every_figure_says_what_it_shows_and_is_drawn_in_both_palettes() {
    let folder = std::env::var_os("HEPATICA_FIGURES_OUT").map(std::path::PathBuf::from);
    for (name, figure) in every() {
        assert!(figure.description.len() > figure.title.len() && !figure.description.contains("NaN"), "{name}");
        for (palette, ending) in [(Palette::Light, "light"), (Palette::Dark, "dark")] {
            assert!(tree(&to_svg(&figure, palette)).is_ok(), "{name}");
            if let Some(folder) = &folder {
                let png = to_png(&figure, palette, 2.0).unwrap();
                std::fs::write(folder.join(format!("{name}-{ending}.png")), png).unwrap();
            }
        }
    }
}
