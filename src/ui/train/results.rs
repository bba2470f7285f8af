//! What came of a run in tables and words: Table 2 with what it is worth, how the radscore came to be, and the models.

use egui::Ui;

use super::run::Run;
use super::table::{self, Row};
use super::{p_text, three};
use crate::figure::{fixed, interval, percent};
use crate::model::InternalValidation;
use crate::model::ModelKind;
use crate::model::train::{Measured, Trained};
use crate::report::training::{TrainingFigure, TrainingReport, coefficient_names};
use crate::stats::Proportion;
use crate::ui::actions::Action;
use crate::ui::theme;
use crate::ui::widgets;

/// Doubts, Table 2 and the comparison of the models.
pub fn summary(ui: &mut Ui, run: &Run) {
    doubts(ui, &run.training.doubts);
    table_2(ui, run);
    comparisons(ui, run);
}

/// What makes the result doubtful: said before any number.
fn doubts(ui: &mut Ui, doubts: &[String]) {
    if doubts.is_empty() {
        return;
    }
    theme::card_frame().inner_margin(egui::Margin::same(12)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let heading = egui::RichText::new("How far to trust it").family(theme::semibold()).color(theme::AMBER);
        ui.label(heading);
        for doubt in doubts {
            ui.add(egui::Label::new(format!("•  {doubt}")).wrap());
        }
    });
    ui.add_space(theme::UNIT);
}

/// The paper's Table 2, apparent performance beside what is left of it.
fn table_2(ui: &mut Ui, run: &Run) {
    let columns = [
        table::words("MODEL", 0.11),
        table::words("SET", 0.1),
        table::numbers("AUC (95 % CI)", 0.16),
        table::numbers("CORRECTED", 0.1),
        table::numbers("NESTED CV", 0.1),
        table::numbers("ACC.", 0.07),
        table::numbers("SENS.", 0.07),
        table::numbers("SPEC.", 0.07),
        table::numbers("PPV", 0.07),
        table::numbers("NPV", 0.07),
        table::numbers("BRIER", 0.08),
    ];
    let mut rows = Vec::new();
    for trained in &run.training.models {
        let honest = run.training.resampled.as_ref().and_then(|resampled| resampled.of(trained.kind));
        rows.push(performance(trained, &trained.training, "training", honest.as_ref()));
        rows.extend(trained.validation.as_ref().map(|of| performance(trained, of, "validation", None)));
    }
    table::show(ui, "TABLE 2: PERFORMANCE", &columns, &rows);
    widgets::note(
        ui,
        "AUC in training is apparent: the models saw these patients. CORRECTED is less the optimism that bootstrap resamples show, \
         NESTED CV comes from patients that a fold's whole training never saw. Calls at the threshold with the largest Youden \
         index in training; in per cent.",
    );
}

fn performance(trained: &Trained, of: &Measured, set: &str, honest: Option<&InternalValidation>) -> Row {
    let auc = match of.roc.ci {
        Some(ci) => format!("{} ({})", fixed(of.roc.auc, 3), interval(ci, 2)),
        None => fixed(of.roc.auc, 3),
    };
    let calls = &of.confusion;
    let rates = [calls.accuracy(), calls.sensitivity(), calls.specificity(), calls.ppv(), calls.npv()];
    let in_percent = |rate: Option<Proportion>| fixed(100.0 * rate.map_or(f64::NAN, |rate| rate.value), 1);
    let mut cells = vec![trained.kind.title().to_owned(), set.to_owned(), auc];
    let is_training = set == "training";
    let only = |number: Option<f64>| if is_training { three(number) } else { String::new() };
    cells.extend([only(honest.and_then(|of| Some(of.auc?[1]))), only(honest.and_then(|of| of.nested_auc))]);
    cells.extend(rates.map(in_percent));
    cells.push(three(Some(of.calibration.brier)));
    Row::of(cells).with(more(of, honest))
}

/// Intervals and calibration, which the table has no room for.
fn more(of: &Measured, honest: Option<&InternalValidation>) -> String {
    let calls = &of.confusion;
    let mut lines =
        vec![format!("{} patients, {} with the event; threshold {}", of.n, of.n_events, percent(calls.threshold, 1))];
    for (name, rate) in [
        ("Accuracy", calls.accuracy()),
        ("Sensitivity", calls.sensitivity()),
        ("Specificity", calls.specificity()),
        ("PPV", calls.ppv()),
        ("NPV", calls.npv()),
    ] {
        lines.extend(rate.map(|rate| {
            format!("{name} {} ({} %)", percent(rate.value, 1), interval(rate.ci.map(|end| 100.0 * end), 1))
        }));
    }
    let in_the_large = of.calibration.in_the_large.as_ref();
    lines.extend(in_the_large.map(|of| format!("Calibration-in-the-large {}", fixed(of.intercept, 2))));
    let line = of.calibration.recalibration.as_ref();
    lines.extend(
        line.map(|of| format!("Intercept (with slope) {}, slope {}", fixed(of.intercept, 2), fixed(of.slope, 2))),
    );
    let test = of.hosmer_lemeshow.as_ref();
    lines.extend(test.map(|test| {
        let (chi2, groups, df) = (fixed(test.chi2, 2), test.groups.len(), test.df);
        format!("Hosmer-Lemeshow χ² {chi2} ({groups} groups, {df} df), p {}", p_text(test.p))
    }));
    if let Some(of) = honest {
        lines.push(format!("{} bootstrap resamples ({} gave no model)", of.resamples, of.failed));
        let slope = of.slope.map(|[apparent, corrected]| [apparent, corrected].map(|slope| fixed(slope, 2)));
        lines.extend(slope.map(|[apparent, corrected]| format!("Slope {apparent} apparent, {corrected} corrected")));
        lines.extend(of.nested_auc.map(|mean| {
            let sd = of.nested_sd.map(|sd| format!(" ± {}", fixed(sd, 3))).unwrap_or_default();
            let [repetitions, folds] = of.nested;
            format!("Nested cross-validation {repetitions} times {folds} folds: AUC {}{sd}", fixed(mean, 3))
        }));
    }
    lines.join("\n")
}

fn comparisons(ui: &mut Ui, run: &Run) {
    if run.training.comparisons.is_empty() {
        return;
    }
    let columns = [
        table::words("SET", 0.15),
        table::words("MODELS", 0.35),
        table::numbers("DIFFERENCE OF AUC (95 % CI)", 0.3),
        table::numbers("z", 0.1),
        table::numbers("p", 0.1),
    ];
    let rows: Vec<Row> = run
        .training
        .comparisons
        .iter()
        .map(|comparison| {
            let [first, second] = comparison.models.map(ModelKind::title);
            let test = &comparison.test;
            let difference = fixed(test.difference, 3);
            let difference = test.ci.map_or(difference.clone(), |ci| format!("{difference} ({})", interval(ci, 3)));
            let z = fixed(test.z.unwrap_or(f64::NAN), 2);
            let models = format!("{first} less {}", second.to_lowercase());
            Row::of([comparison.set.as_str().to_owned(), models, difference, z, p_text(test.p)])
        })
        .collect();
    ui.add_space(2.0 * theme::UNIT);
    table::show(ui, "COMPARISON OF THE MODELS (DELONG)", &columns, &rows);
}

/// How the radscore came to be.
pub fn selection(ui: &mut Ui, run: &mut Run, actions: &mut Vec<Action>) {
    let columns = [
        table::words("STEP", 0.2),
        table::numbers("IN", 0.08),
        table::numbers("OUT", 0.08),
        table::words("   RULE", 0.64),
    ];
    let rows: Vec<Row> = run
        .training
        .steps
        .iter()
        .map(|step| {
            let numbers = [step.entered.to_string(), step.left.to_string()];
            let cells = std::iter::once(step.name.clone()).chain(numbers).chain([format!("   {}", step.detail)]);
            Row::of(cells).with(step.detail.clone())
        })
        .collect();
    table::show(ui, "STEPS", &columns, &rows);
    if run.training.selection.is_none() {
        widgets::note(ui, "The LASSO chose no feature, or there were none: there is no radscore.");
    }
    let figures =
        [TrainingFigure::LassoPath, TrainingFigure::CvCurve, TrainingFigure::Coefficients, TrainingFigure::Radscore];
    for which in figures {
        run.show(ui, which, actions);
        ui.add_space(2.0 * theme::UNIT);
    }
}

/// Coefficients of the models, and the nomogram of the richest.
pub fn models(ui: &mut Ui, run: &mut Run, actions: &mut Vec<Action>) {
    run.show(ui, TrainingFigure::Nomogram, actions);
    ui.add_space(2.0 * theme::UNIT);
    let columns = [
        table::words("MODEL", 0.2),
        table::words("TERM", 0.25),
        table::numbers("COEFFICIENT", 0.15),
        table::numbers("ODDS RATIO (95 % CI)", 0.28),
        table::numbers("p", 0.12),
    ];
    let report = TrainingReport { cohort: &run.cohort, training: &run.training, about: &run.about };
    let mut rows = Vec::new();
    for trained in run.training.models.iter().chain(&run.training.study) {
        let is_study = run.training.study.iter().any(|of| std::ptr::eq(of, trained));
        let model = format!("{}{}", trained.kind.title(), if is_study { " (study's)" } else { "" });
        for (place, term) in coefficient_names(&report, trained).into_iter().enumerate() {
            let fit = &trained.regression.fit;
            let (ratio, ci) = fit.odds_ratio(place);
            let of_ratio =
                if place == 0 { String::new() } else { format!("{} ({})", short(ratio), ci.map(short).join("–")) };
            let model = if place == 0 { model.clone() } else { String::new() };
            let cells = [model, term, fixed(fit.coefficients[place], 4), of_ratio, p_text(Some(fit.p(place)))];
            rows.push(Row::of(cells).with(format!("Standard error {}", fixed(fit.standard_error(place), 4))));
        }
    }
    table::show(ui, "LOGISTIC REGRESSIONS", &columns, &rows);
    if !run.training.study.is_empty() {
        widgets::note(ui, "Study's: with pT alone, as in Liang et al. 2022, whatever the p-values here choose.");
    }
}

/// An odds ratio: two decimals, and none where there are thousands.
fn short(ratio: f64) -> String {
    if ratio.abs() < 1000.0 { fixed(ratio, 2) } else { format!("{ratio:.1e}") }
}
