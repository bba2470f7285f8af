//! Figures of how well the models do: ROC, calibration and decision curves, and the table of calls.

use super::Trial;
use crate::cohort::Set;
use crate::figure::{self, Figure};
use crate::model::ModelKind;
use crate::model::train::{Measured, Trained, decision_thresholds};
use crate::report::training::TrainingReport;
use crate::report::training::words::measured;
use crate::stats::{Confusion, Proportion, RocPoint};

/// The point of a curve at which these calls lie.
fn point_of(calls: &Confusion) -> Option<RocPoint> {
    let (sensitivity, specificity) = (calls.sensitivity()?.value, calls.specificity()?.value);
    Some(RocPoint { threshold: calls.threshold, sensitivity, specificity })
}

/// The point of the threshold that training gave, at which the table of calls was counted.
pub(in crate::report::training) fn operating_point(of: &Measured) -> Option<RocPoint> {
    point_of(&of.confusion)
}

/// The calls of a model on a set at a threshold: who has at least that probability is called positive. A curve's own points cannot
/// tell them, since their thresholds lie between two probabilities.
fn calls_at(report: &TrainingReport, trained: &Trained, set: Set, threshold: f64) -> Option<Confusion> {
    let rows = report.cohort.rows(set);
    let probabilities: Vec<f64> = rows.iter().map(|&row| trained.probabilities[row]).collect();
    Confusion::at(&probabilities, &report.cohort.outcomes(&rows), threshold).ok().filter(|_| !rows.is_empty())
}

pub(super) fn roc_curves(report: &TrainingReport, set: Set, trial: Option<Trial>) -> Option<Figure> {
    let models: Vec<(&Trained, &Measured)> =
        report.training.models.iter().filter_map(|trained| Some((trained, measured(trained, set)?))).collect();
    let curves: Vec<figure::RocCurve> = models
        .iter()
        .map(|(trained, of)| {
            let tried = trial.filter(|trial| trial.kind == trained.kind);
            figure::RocCurve {
                name: trained.kind.title(),
                points: &of.roc.points,
                auc: of.roc.auc,
                auc_ci: of.roc.ci,
                operating_point: operating_point(of),
                current: tried.and_then(|trial| point_of(&calls_at(report, trained, set, trial.threshold)?)),
            }
        })
        .collect();
    let comparisons: Vec<figure::Comparison> = report
        .training
        .comparisons
        .iter()
        .filter(|comparison| comparison.set == set)
        .filter_map(|comparison| {
            let [first, second] = comparison.models.map(ModelKind::title);
            Some(figure::Comparison { first, second, p: comparison.test.p? })
        })
        .collect();
    (!curves.is_empty()).then(|| figure::roc_curves(set.as_str(), &curves, &comparisons))
}

/// What a calibration curve borrows.
pub(in crate::report::training) struct Calibrated {
    pub smooth: Vec<[f64; 2]>,
    pub groups: Vec<figure::CalibrationGroup>,
    pub predicted: Vec<f64>,
}

impl Calibrated {
    /// The curve and the groups that were measured, of patients with these predictions.
    pub fn new(of: &Measured, predicted: Vec<f64>) -> Self {
        let curve = &of.calibration.curve;
        let groups = of.hosmer_lemeshow.iter().flat_map(|test| &test.groups);
        let groups = groups.filter_map(|group| {
            let observed = Proportion::of(group.observed, group.n)?;
            let predicted = group.expected / group.n as f64;
            Some(figure::CalibrationGroup { predicted, observed: observed.value, interval: observed.ci, n: group.n })
        });
        let smooth = curve.x.iter().zip(&curve.y).map(|(x, y)| [*x, *y]).collect();
        Self { smooth, groups: groups.collect(), predicted }
    }

    /// The curve under a name.
    pub fn curve<'a>(&'a self, name: &'a str, of: &Measured, outcome: &'a [bool]) -> figure::CalibrationCurve<'a> {
        figure::CalibrationCurve {
            name,
            smooth: &self.smooth,
            groups: &self.groups,
            predicted: &self.predicted,
            outcome,
            in_the_large: of.calibration.in_the_large.as_ref().map(|fit| fit.intercept),
            slope: of.calibration.recalibration.as_ref().map(|fit| fit.slope),
            brier: Some(of.calibration.brier),
        }
    }
}

pub(super) fn calibration(report: &TrainingReport, set: Set) -> Option<Figure> {
    let rows = report.cohort.rows(set);
    let outcome = report.cohort.outcomes(&rows);
    let models: Vec<(&Trained, &Measured, Calibrated)> = report
        .training
        .models
        .iter()
        .filter_map(|trained| {
            let of = measured(trained, set)?;
            let predicted = rows.iter().map(|&row| trained.probabilities[row]).collect();
            Some((trained, of, Calibrated::new(of, predicted)))
        })
        .collect();
    let curves: Vec<figure::CalibrationCurve> =
        models.iter().map(|(trained, of, parts)| parts.curve(trained.kind.title(), of, &outcome)).collect();
    (!curves.is_empty()).then(|| figure::calibration(set.as_str(), &curves))
}

pub(super) fn decision_curves(report: &TrainingReport, set: Set, trial: Option<Trial>) -> Option<Figure> {
    let models: Vec<(&Trained, &Measured)> =
        report.training.models.iter().filter_map(|trained| Some((trained, measured(trained, set)?))).collect();
    let (_, any) = models.first()?;
    let curves: Vec<figure::DecisionCurve> = models
        .iter()
        .map(|(trained, of)| figure::DecisionCurve { name: trained.kind.title(), net_benefit: &of.net_benefit })
        .collect();
    Some(figure::decision_curves(&figure::DecisionPlot {
        set: set.as_str(),
        thresholds: &decision_thresholds(),
        models: &curves,
        treat_all: &any.net_benefit_of_all,
        current: trial.map(|trial| trial.threshold),
    }))
}

pub(super) fn confusion(report: &TrainingReport, set: Set, trial: Option<Trial>) -> Option<Figure> {
    let models = &report.training.models;
    let trained = trial.and_then(|trial| models.iter().find(|of| of.kind == trial.kind)).or(models.last())?;
    let threshold = trial.map_or(trained.training.confusion.threshold, |trial| trial.threshold);
    let calls = calls_at(report, trained, set, threshold)?;
    Some(drawn_confusion(&format!("{} model, {}", trained.kind.title(), set.as_str()), &calls))
}

/// The table of calls of a model on a set, as its name says.
pub(in crate::report::training) fn drawn_confusion(name: &str, table: &Confusion) -> Figure {
    let rate = |name, rate: Option<Proportion>| figure::Rate {
        name,
        value: rate.map(|rate| rate.value),
        ci: rate.map(|rate| rate.ci),
    };
    let rates = [
        rate("Accuracy", table.accuracy()),
        rate("Sensitivity", table.sensitivity()),
        rate("Specificity", table.specificity()),
        rate("PPV", table.ppv()),
        rate("NPV", table.npv()),
    ];
    figure::confusion(&figure::Confusion {
        name,
        event: "event",
        threshold: table.threshold,
        true_positives: table.tp,
        false_positives: table.fp,
        false_negatives: table.fn_,
        true_negatives: table.tn,
        rates: &rates,
    })
}
