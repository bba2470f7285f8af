//! The figures of an evaluation: ROC, calibration and decision curves, calls, flow of patients, and the model's nomogram.

use super::EvaluationReport;
use crate::figure::{self, Figure};
use crate::model::Prediction;
use crate::model::train::{Measured, decision_thresholds};
use crate::report::training::figures::{
    Calibrated, drawn_confusion, flow_of_patients, operating_point, say_research_only, say_simulated, say_whose,
};
use crate::stats::logistic;

/// What titles call the patients.
const SET: &str = "evaluation";

/// The figures with the names of their files. Those that show predictions say of which model and of how many patients, and that they
/// are for research only; all but the flow of patients say where model or patients are simulated, which that says of the patients.
pub fn evaluation_figures(report: &EvaluationReport) -> Vec<(&'static str, Figure)> {
    let whose = format!("{}; {}", report.model.name, report.patients());
    let of_predictions = [
        ("roc", roc(report)),
        ("calibration", calibration(report)),
        ("decision_curves", decision_curves(report)),
        (
            "confusion",
            drawn_confusion(
                &format!("{} model, {SET}", report.model.kind.title()),
                &report.evaluation.measured.confusion,
            ),
        ),
    ];
    let mut figures = Vec::new();
    for (name, mut figure) in of_predictions {
        if report.is_simulated() {
            say_simulated(&mut figure);
        }
        say_whose(&mut figure, &whose);
        say_research_only(&mut figure);
        figures.push((name, figure));
    }
    let mut nomogram = figure::nomogram(report.model, None);
    if report.is_simulated() {
        say_simulated(&mut nomogram);
    }
    figures.push(("nomogram", nomogram));
    figures.push(("flowchart", flow_of_patients(report.cohort)));
    figures
}

fn roc(report: &EvaluationReport) -> Figure {
    let of = &report.evaluation.measured;
    let curve = figure::RocCurve {
        name: report.model.kind.title(),
        points: &of.roc.points,
        auc: of.roc.auc,
        auc_ci: of.roc.ci,
        operating_point: operating_point(of),
        current: None,
    };
    figure::roc_curves(SET, &[curve], &[])
}

/// The model as it is, and recalibrated by intercept and slope.
fn calibration(report: &EvaluationReport) -> Figure {
    let evaluation = report.evaluation;
    let predicted = |new: &dyn Fn(&Prediction) -> f64| evaluation.predictions.iter().map(new).collect::<Vec<f64>>();
    let as_it_is = &evaluation.measured;
    let mut of: Vec<(&str, &Measured, Calibrated)> =
        vec![("As it is", as_it_is, Calibrated::new(as_it_is, predicted(&|of| of.probability)))];
    of.extend(evaluation.slope.as_ref().map(|update| {
        let new = predicted(&|of| logistic(update.intercept + update.slope * of.linear_predictor));
        ("Recalibrated (apparent)", &update.measured, Calibrated::new(&update.measured, new))
    }));
    let curves: Vec<figure::CalibrationCurve> =
        of.iter().map(|(name, of, parts)| parts.curve(name, of, &report.cohort.outcome)).collect();
    figure::calibration(SET, &curves)
}

fn decision_curves(report: &EvaluationReport) -> Figure {
    let states = report.states();
    let drawn = states.iter().filter(|(name, ..)| *name != "recalibrated_in_the_large");
    let models: Vec<figure::DecisionCurve> =
        drawn.map(|(_, name, of)| figure::DecisionCurve { name, net_benefit: &of.net_benefit }).collect();
    figure::decision_curves(&figure::DecisionPlot {
        set: SET,
        thresholds: &decision_thresholds(),
        models: &models,
        treat_all: &report.evaluation.measured.net_benefit_of_all,
        current: None,
    })
}
