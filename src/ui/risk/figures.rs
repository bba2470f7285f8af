//! The figures of the chosen model and of the patient, and what is exported of them: the nomogram first, what is secondary below it.

use egui::{Align, Layout, Ui};

use super::{Risk, prevalence};
use crate::figure::{self, Figure};
use crate::model::{THRESHOLDS, percent};
use crate::report;
use crate::ui::actions::Action;
use crate::ui::dialogs::Purpose;
use crate::ui::widgets::{self, named};
use crate::ui::{figure_painter, icons, theme};

/// Most that the figures are wide: beyond it the eye loses the line from axis to axis.
const FIGURES: f32 = 820.0;
/// Points of the screen a point of the figures, so that their text is as large as the panels'.
const SCALE: f32 = 1.25;
/// Least and most that the ROC curve is wide.
const ROC: [f32; 2] = [284.0, 360.0];
/// Space between figures.
const GAP: f32 = 4.0 * theme::UNIT;

/// All of it; what is first lies within `height` where that is enough.
pub fn show(ui: &mut Ui, risk: &Risk, height: f32, actions: &mut Vec<Action>) {
    let top = ui.cursor().top();
    let width = ui.available_width().min(FIGURES);
    exports(ui, risk, actions);
    ui.add_space(2.0 * theme::UNIT);
    let (model, prediction) = (risk.model(), risk.prediction.as_ref());
    let nomogram = figure::nomogram_of_width(model, prediction, f64::from(width / SCALE));
    figure_painter::show(ui, &nomogram, width);
    ui.add_space(2.0 * theme::UNIT);
    let roc = risk.roc();
    if let Some(radscore) = report::radscore_figure(model, prediction) {
        let scale = (width - GAP) / (roc.size[0] + radscore.size[0]) as f32;
        side_by_side(ui, &[&radscore, &roc], scale);
        if let Some(contributions) = risk.figure(Purpose::SaveContributions) {
            ui.add_space(GAP);
            figure_painter::show(ui, &contributions, width.min(contributions.size[0] as f32 * SCALE * 1.2));
        }
        net_benefit(ui, risk, width, actions);
        ui.add_space(GAP);
        ui.scope(|ui| {
            ui.set_width(width);
            prevalence::show(ui, model, prediction);
        });
        return;
    }
    let left = height - (ui.cursor().top() - top);
    let roc_width = (left * (roc.size[0] / roc.size[1]) as f32).clamp(ROC[0], ROC[1]);
    ui.horizontal_top(|ui| {
        figure_painter::show(ui, &roc, roc_width);
        ui.add_space(GAP);
        ui.vertical(|ui| {
            ui.set_width(width - roc_width - 2.0 * GAP);
            prevalence::show(ui, model, prediction);
        });
    });
    net_benefit(ui, risk, width, actions);
}

/// What can be saved.
fn exports(ui: &mut Ui, risk: &Risk, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        for (text, name, purpose) in [
            ("Nomogram…", "Save the nomogram as SVG or PNG", Purpose::SaveNomogram),
            ("ROC…", "Save the ROC curve as SVG or PNG", Purpose::SaveRoc),
            ("Radscore…", "Save the radscore's distribution as SVG or PNG", Purpose::SaveRadscore),
            ("Contributions…", "Save the contributions as SVG or PNG", Purpose::SaveContributions),
            ("Net benefit…", "Save the decision curve as SVG or PNG", Purpose::SaveNetBenefit),
        ] {
            let has = match purpose {
                Purpose::SaveRadscore => risk.model().radscore.is_some(),
                Purpose::SaveContributions => risk.model().radscore.is_some() && risk.prediction.is_some(),
                Purpose::SaveNetBenefit => risk.model().tested().risk.is_some(),
                _ => true,
            };
            if has && widgets::icon_and_text(ui, icons::EXPORT, text, named(name, "")).clicked() {
                actions.push(Action::AskForPath(purpose));
            }
        }
        ui.add_enabled_ui(risk.prediction.is_some(), |ui| {
            if widgets::icon_and_text(ui, icons::PDF, "Report…", named("Save the report as PDF", "")).clicked() {
                actions.push(Action::AskForPath(Purpose::SaveReport));
            }
        });
    });
}

/// Figures of one scale beside each other.
fn side_by_side(ui: &mut Ui, figures: &[&Figure], scale: f32) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        for figure in figures {
            figure_painter::show(ui, figure, figure.size[0] as f32 * scale);
        }
    });
}

/// The decision curve, and beside it the threshold that the reader chooses and what it means.
fn net_benefit(ui: &mut Ui, risk: &Risk, width: f32, actions: &mut Vec<Action>) {
    let Some(figure) = risk.figure(Purpose::SaveNetBenefit) else { return };
    ui.add_space(GAP);
    ui.horizontal_top(|ui| {
        let figure_width = figure.size[0] as f32 * SCALE * 1.15;
        figure_painter::show(ui, &figure, figure_width);
        ui.add_space(GAP);
        let size = egui::Vec2::new(width - figure_width - 2.0 * GAP, 0.0);
        ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
            ui.set_width(size.x);
            threshold(ui, risk, actions);
        });
    });
}

fn threshold(ui: &mut Ui, risk: &Risk, actions: &mut Vec<Action>) {
    let threshold = risk.threshold();
    widgets::section(ui, "NET BENEFIT AT A THRESHOLD");
    ui.add_space(theme::UNIT);
    let mut in_percent = (100.0 * threshold).round() as u32;
    ui.spacing_mut().slider_width = (ui.available_width() - 80.0).max(80.0);
    let label = ui.label("Threshold probability").id;
    let slider = egui::Slider::new(&mut in_percent, THRESHOLDS).suffix(" %");
    if ui.add(slider).labelled_by(label).changed() {
        actions.push(Action::SetThreshold(f64::from(in_percent) / 100.0));
    }
    ui.add_space(theme::UNIT);
    let odds = (1.0 - threshold) / threshold;
    let worth = if odds >= 1.0 {
        format!("{odds:.1} unnecessary treatments are taken for as bad as one that was missed")
    } else {
        format!("one unnecessary treatment is taken for as bad as {:.1} that were missed", 1.0 / odds)
    };
    wrapped(ui, format!("Who treats from a risk of {in_percent} % on says that {worth}."));
    let tested = risk.model().tested();
    let point = tested.point_at(threshold);
    wrapped(
        ui,
        format!(
            "Of the {} patients, {:.0} % of those with the event would be treated, and {:.0} % of those without it.",
            tested.set(),
            100.0 * point.sensitivity,
            100.0 * (1.0 - point.specificity)
        ),
    );
    if let Some(prediction) = &risk.prediction {
        let side = if prediction.probability >= threshold { "at or above" } else { "below" };
        wrapped(ui, format!("This patient's {} lies {side} the threshold.", percent(prediction.probability)));
    }
    ui.add_space(theme::UNIT);
    widgets::note(
        ui,
        "Net benefit: true positives less the false ones, weighed by the odds of the threshold, a patient (Vickers & Elkin, Medical \
         Decision Making 2006;26:565). A model helps where it lies above treating all and treating none.",
    );
}

fn wrapped(ui: &mut Ui, text: String) {
    ui.add(egui::Label::new(text).wrap());
}
