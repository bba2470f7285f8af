//! The figures of a training run (Liang et al. 2022, Fig. 3 to 7 and Supplementary Fig. 1 to 3), each from the run's numbers.
//!
//! What is drawn was computed elsewhere; here it is put into the order and the units in which a figure takes it.

use super::TrainingReport;
use crate::cohort::{Cohort, Set};
use crate::figure::draw::{SMALL, plain};
use crate::figure::{self, Anchor, Figure, Role};
use crate::model::ModelKind;
use crate::model::train::{Measured, Selection, Trained, decision_thresholds};
use crate::stats::{Confusion, Proportion, RocPoint, compare_numeric, quantile};

/// One figure of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrainingFigure {
    /// Who came in and who was left out (Fig. 3).
    Flowchart,
    /// Coefficients along the LASSO's path (Supplementary Fig. 1).
    LassoPath,
    /// The cross-validation along it (Supplementary Fig. 1).
    CvCurve,
    /// The radscore's coefficients (Supplementary Fig. 2).
    Coefficients,
    /// The radscore by outcome (Fig. 4).
    Radscore,
    /// ROC curves of the models (Fig. 5).
    Roc(Set),
    /// The nomogram of the richest model (Fig. 6).
    Nomogram,
    /// Calibration of the models (Supplementary Fig. 3).
    Calibration(Set),
    /// Decision curves (Fig. 7).
    DecisionCurves(Set),
    /// Calls and outcomes of one model at a threshold.
    Confusion(Set),
}

/// A threshold that is tried on one model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// Which model.
    pub kind: ModelKind,
    /// The probability from which a patient is called positive.
    pub threshold: f64,
}

impl TrainingFigure {
    /// All of them in the paper's order.
    pub const ALL: &[Self] = &[
        Self::Flowchart,
        Self::LassoPath,
        Self::CvCurve,
        Self::Coefficients,
        Self::Radscore,
        Self::Roc(Set::Training),
        Self::Roc(Set::Validation),
        Self::Nomogram,
        Self::Calibration(Set::Training),
        Self::Calibration(Set::Validation),
        Self::DecisionCurves(Set::Training),
        Self::DecisionCurves(Set::Validation),
        Self::Confusion(Set::Training),
        Self::Confusion(Set::Validation),
    ];

    /// The file's name without its ending.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Flowchart => "flowchart",
            Self::LassoPath => "lasso_path",
            Self::CvCurve => "lasso_cross_validation",
            Self::Coefficients => "radscore_coefficients",
            Self::Radscore => "radscore",
            Self::Roc(Set::Training) => "roc_training",
            Self::Roc(Set::Validation) => "roc_validation",
            Self::Nomogram => "nomogram",
            Self::Calibration(Set::Training) => "calibration_training",
            Self::Calibration(Set::Validation) => "calibration_validation",
            Self::DecisionCurves(Set::Training) => "decision_curves_training",
            Self::DecisionCurves(Set::Validation) => "decision_curves_validation",
            Self::Confusion(Set::Training) => "confusion_training",
            Self::Confusion(Set::Validation) => "confusion_validation",
        }
    }

    /// What it shows, in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Flowchart => "Flow of patients",
            Self::LassoPath => "LASSO path",
            Self::CvCurve => "Cross-validation of the LASSO",
            Self::Coefficients => "Coefficients of the radscore",
            Self::Radscore => "Radscore by outcome",
            Self::Roc(Set::Training) => "ROC curves, training",
            Self::Roc(Set::Validation) => "ROC curves, validation",
            Self::Nomogram => "Nomogram",
            Self::Calibration(Set::Training) => "Calibration, training",
            Self::Calibration(Set::Validation) => "Calibration, validation",
            Self::DecisionCurves(Set::Training) => "Decision curves, training",
            Self::DecisionCurves(Set::Validation) => "Decision curves, validation",
            Self::Confusion(Set::Training) => "Calls and outcomes, training",
            Self::Confusion(Set::Validation) => "Calls and outcomes, validation",
        }
    }

    /// The figure; none where the run has not what it shows. `trial` marks a threshold on curves and decides the table of calls. One
    /// of a simulated cohort says so.
    pub fn draw(self, report: &TrainingReport, trial: Option<Trial>) -> Option<Figure> {
        let mut figure = self.drawn(report, trial)?;
        if report.cohort.features.is_simulated && self != Self::Flowchart {
            say_simulated(&mut figure);
        }
        Some(figure)
    }

    fn drawn(self, report: &TrainingReport, trial: Option<Trial>) -> Option<Figure> {
        match self {
            Self::Flowchart => Some(flow_of_patients(report.cohort)),
            Self::LassoPath => lasso_path(report),
            Self::CvCurve => report.training.selection.as_ref().map(|selection| cv_curve(report, selection)),
            Self::Coefficients => coefficients(report),
            Self::Radscore => radscore(report),
            Self::Roc(set) => roc_curves(report, set, trial),
            Self::Nomogram => {
                let richest = report.training.models.last()?;
                let model = report.training.to_model(report.cohort, richest, report.about);
                Some(figure::nomogram(&model, None))
            }
            Self::Calibration(set) => calibration(report, set),
            Self::DecisionCurves(set) => decision_curves(report, set, trial),
            Self::Confusion(set) => confusion(report, set, trial),
        }
    }
}

fn measured(trained: &Trained, set: Set) -> Option<&Measured> {
    match set {
        Set::Training => Some(&trained.training),
        Set::Validation => trained.validation.as_ref(),
    }
}

/// Where the word ends, from the right edge of a figure: the window has a button beside it.
const SIMULATED_FROM_RIGHT: f64 = 40.0;
/// The baseline of the word: that of a figure's title.
const SIMULATED_BASELINE: f64 = 18.0;

/// Says on a figure that its patients are simulated.
fn say_simulated(figure: &mut Figure) {
    let at = [figure.size[0] - SIMULATED_FROM_RIGHT, SIMULATED_BASELINE];
    figure.text(at, "simulated", plain(SMALL, Role::Amber).strong().anchored(Anchor::End));
    figure.description.push_str(" The patients are simulated.");
}

/// Who came in and who was left out, before anything is trained.
pub fn flow_of_patients(cohort: &Cohort) -> Figure {
    let flow = &cohort.flow;
    let excluded: Vec<(&str, usize)> =
        flow.excluded.iter().map(|exclusion| (exclusion.reason.as_str(), exclusion.ids.len())).collect();
    let steps = [
        figure::FlowStep { text: "Patients in the clinical table", n: flow.read, excluded: &excluded },
        figure::FlowStep { text: "Patients analysed", n: flow.analysed.patients, excluded: &[] },
    ];
    let group =
        |name, counts: crate::cohort::Counts| figure::FlowGroup { name, n: counts.patients, events: counts.events };
    let groups = [group("Training", flow.training), group("Validation", flow.validation)];
    let groups: Vec<figure::FlowGroup> = groups.into_iter().filter(|group| group.n > 0).collect();
    let mut figure = figure::flowchart(&steps, &groups, "event");
    if cohort.features.is_simulated {
        say_simulated(&mut figure);
    }
    figure
}

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

fn lasso_path(report: &TrainingReport) -> Option<Figure> {
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

fn cv_curve(report: &TrainingReport, selection: &Selection) -> Figure {
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

fn coefficients(report: &TrainingReport) -> Option<Figure> {
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
    p: Option<(f64, &'static str)>,
}

fn scores_of(report: &TrainingReport, scores: &[f64], set: Set) -> Option<Scores> {
    let rows = report.cohort.rows(set);
    let values: Vec<f64> = rows.iter().map(|&row| scores[row]).collect();
    let outcome: Vec<bool> = rows.iter().map(|&row| report.cohort.outcome[row]).collect();
    let of = |class: bool| {
        let mut of: Vec<f64> =
            values.iter().zip(&outcome).filter(|(_, event)| **event == class).map(|(v, _)| *v).collect();
        of.sort_by(f64::total_cmp);
        of
    };
    let groups = [of(false), of(true)];
    let name = if set == Set::Training { "Training" } else { "Validation" };
    let p = compare_numeric(&values, &outcome).ok().map(|found| (found.p, found.test.name()));
    (!values.is_empty()).then_some(Scores { name, groups, p })
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

fn radscore(report: &TrainingReport) -> Option<Figure> {
    let scores = report.training.radscore.as_ref()?;
    let sets: Vec<Scores> =
        [Set::Training, Set::Validation].into_iter().filter_map(|set| scores_of(report, scores, set)).collect();
    let groups: Vec<Vec<figure::BoxGroup>> = sets.iter().map(box_groups).collect();
    let panels: Vec<figure::BoxPanel> =
        sets.iter().zip(&groups).map(|(set, groups)| figure::BoxPanel { name: set.name, groups, p: set.p }).collect();
    Some(figure::boxplots("Radscore", &panels))
}

/// The point of a curve at a threshold: who has at least that probability is called positive.
pub(super) fn point_at(measured: &Measured, threshold: f64) -> Option<RocPoint> {
    measured.roc.points.iter().rev().find(|point| point.threshold <= threshold).or(measured.roc.points.first()).copied()
}

fn roc_curves(report: &TrainingReport, set: Set, trial: Option<Trial>) -> Option<Figure> {
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
                operating_point: point_at(of, of.confusion.threshold),
                current: tried.and_then(|trial| point_at(of, trial.threshold)),
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
pub(super) struct Calibrated {
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
            intercept: of.calibration.in_the_large.as_ref().map(|fit| fit.intercept),
            slope: of.calibration.recalibration.as_ref().map(|fit| fit.slope),
            brier: Some(of.calibration.brier),
        }
    }
}

fn calibration(report: &TrainingReport, set: Set) -> Option<Figure> {
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

fn decision_curves(report: &TrainingReport, set: Set, trial: Option<Trial>) -> Option<Figure> {
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

fn confusion(report: &TrainingReport, set: Set, trial: Option<Trial>) -> Option<Figure> {
    let models = &report.training.models;
    let trained = trial.and_then(|trial| models.iter().find(|of| of.kind == trial.kind)).or(models.last())?;
    let rows = report.cohort.rows(set);
    let probabilities: Vec<f64> = rows.iter().map(|&row| trained.probabilities[row]).collect();
    let outcome: Vec<bool> = rows.iter().map(|&row| report.cohort.outcome[row]).collect();
    let threshold = trial.map_or(trained.training.confusion.threshold, |trial| trial.threshold);
    let table = Confusion::at(&probabilities, &outcome, threshold).ok().filter(|_| !rows.is_empty())?;
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
    Some(figure::confusion(&figure::Confusion {
        name: &format!("{} model, {}", trained.kind.title(), set.as_str()),
        event: "event",
        threshold,
        true_positives: table.tp,
        false_positives: table.fp,
        false_negatives: table.fn_,
        true_negatives: table.tn,
        rates: &rates,
    }))
}
