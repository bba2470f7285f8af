//! Figures of the selection and of the radscore: the LASSO's path and cross-validation, the coefficients, and the scores by outcome.

use crate::cohort::Set;
use crate::figure::{self, Figure};
use crate::model::train::Selection;
use crate::report::training::TrainingReport;
use crate::report::training::words::{SETS, set_title};
use crate::stats::{Comparison, compare_numeric, quantile};

/// Standard deviation (n) of a candidate over the training patients, by which the LASSO scales it.
fn scale_of(report: &TrainingReport, candidate: usize) -> f64 {
    let values = &report.cohort.features.columns[report.training.candidates[candidate]];
    let rows = report.cohort.rows(Set::Training);
    let n = rows.len() as f64;
    let mean = rows.iter().map(|&row| values[row]).sum::<f64>() / n;
    (rows.iter().map(|&row| (values[row] - mean).powi(2)).sum::<f64>() / n).sqrt()
}

fn name_of<'a>(report: &TrainingReport<'a>, candidate: usize) -> &'a str {
    &report.cohort.features.names[report.training.candidates[candidate]]
}

pub(super) fn lasso_path(report: &TrainingReport) -> Option<Figure> {
    let selection = report.training.selection.as_ref()?;
    let path = &selection.lasso.path;
    let of_pick = |pick: usize| {
        let scale = scale_of(report, selection.picks[pick].column);
        let at = |coefficients: &Vec<(usize, f64)>| {
            coefficients.iter().find(|(column, _)| *column == pick).map_or(0.0, |(_, coefficient)| coefficient * scale)
        };
        path.coefficients.iter().map(at).collect::<Vec<f64>>()
    };
    let standardised: Vec<Vec<f64>> = (0..selection.picks.len()).map(of_pick).collect();
    let curves: Vec<figure::LassoCurve> = selection
        .picks
        .iter()
        .zip(&standardised)
        .filter(|(_, coefficients)| coefficients.iter().any(|coefficient| *coefficient != 0.0))
        .map(|(pick, coefficients)| figure::LassoCurve {
            name: name_of(report, pick.column),
            coefficients,
            is_chosen: selection.terms.iter().any(|(column, _)| *column == pick.column),
        })
        .collect();
    Some(figure::lasso_path(&figure::LassoPath {
        lambdas: &path.lambdas,
        nonzero: &selection.lasso.nzero,
        curves: &curves,
        lambda_min: selection.lasso.lambda_min,
        lambda_1se: selection.lasso.lambda_1se,
    }))
}

pub(super) fn cv_curve(report: &TrainingReport, selection: &Selection) -> Figure {
    let cv = &selection.lasso;
    let measure = match cv.measure {
        crate::stats::CvMeasure::Deviance => "Binomial deviance",
        crate::stats::CvMeasure::Auc => "AUC",
        crate::stats::CvMeasure::Class => "Misclassified",
    };
    figure::cv_curve(&figure::CvCurve {
        measure,
        folds: report.training.folds.iter().max().copied().unwrap_or(0),
        lambdas: &cv.path.lambdas,
        mean: &cv.cvm,
        error: &cv.cvsd,
        nonzero: &cv.nzero,
        lambda_min: cv.lambda_min,
        lambda_1se: cv.lambda_1se,
    })
}

pub(super) fn coefficients(report: &TrainingReport) -> Option<Figure> {
    let selection = report.training.selection.as_ref()?;
    let of: Vec<figure::Coefficient> = selection
        .terms
        .iter()
        .map(|&(candidate, coefficient)| figure::Coefficient {
            name: name_of(report, candidate),
            value: coefficient * scale_of(report, candidate),
        })
        .collect();
    Some(figure::coefficients(&of))
}

/// A set's radscores by outcome, those without the event first.
struct Scores {
    name: &'static str,
    groups: [Vec<f64>; 2],
    test: Option<Comparison>,
}

fn scores_of(report: &TrainingReport, scores: &[f64], set: Set) -> Option<Scores> {
    let rows = report.cohort.rows(set);
    let values: Vec<f64> = rows.iter().map(|&row| scores[row]).collect();
    let outcome = report.cohort.outcomes(&rows);
    let of = |class: bool| {
        let mut of: Vec<f64> =
            values.iter().zip(&outcome).filter(|(_, event)| **event == class).map(|(v, _)| *v).collect();
        of.sort_by(f64::total_cmp);
        of
    };
    let groups = [of(false), of(true)];
    let test = compare_numeric(&values, &outcome).ok();
    (!values.is_empty()).then_some(Scores { name: set_title(set), groups, test })
}

fn box_groups(set: &Scores) -> Vec<figure::BoxGroup<'_>> {
    let named = [("No event", false), ("Event", true)].into_iter().zip(&set.groups);
    let filled = named.filter(|(_, values)| !values.is_empty());
    filled
        .map(|((name, is_event), values)| {
            let quartiles = [0.25, 0.5, 0.75].map(|part| quantile(values, part));
            figure::BoxGroup { name, is_event, values, quartiles }
        })
        .collect()
}

pub(super) fn radscore(report: &TrainingReport) -> Option<Figure> {
    let scores = report.training.radscore.as_ref()?;
    let sets: Vec<Scores> = SETS.into_iter().filter_map(|set| scores_of(report, scores, set)).collect();
    let groups: Vec<Vec<figure::BoxGroup>> = sets.iter().map(box_groups).collect();
    let p = |set: &Scores| set.test.as_ref().map(|found| (found.p, found.test.name()));
    let panels: Vec<figure::BoxPanel> =
        sets.iter().zip(&groups).map(|(set, groups)| figure::BoxPanel { name: set.name, groups, p: p(set) }).collect();
    Some(figure::boxplots("Radscore", &panels))
}

/// The test of the radscore between the outcomes, on each set where it can be made.
pub(in crate::report::training) fn tests_of_radscore(report: &TrainingReport) -> Vec<(Set, Comparison)> {
    let Some(scores) = &report.training.radscore else { return Vec::new() };
    SETS.into_iter().filter_map(|set| Some((set, scores_of(report, scores, set)?.test?))).collect()
}
