//! What is asked of the patient, and the answer: the number, its interval, and what it is not; or what is still to be done.

use egui::{FontId, Grid, Id, Ui};

use super::{Risk, Shown, picker};
use crate::base::RESEARCH_USE_ONLY;
use crate::figure::fixed;
use crate::model::{Prediction, Predictor, percent};
use crate::ui::actions::{Action, Page};
use crate::ui::theme;
use crate::ui::widgets::{self, named};

/// Size of the probability's digits.
const NUMBER: f32 = 48.0;

/// What the chosen model asks for.
pub fn inputs(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    Grid::new("inputs").num_columns(2).spacing([16.0, 8.0]).show(ui, |ui| {
        for predictor in shown.risk.model().clinical_inputs() {
            let label = ui.label(&predictor.label).id;
            ui.horizontal(|ui| input(ui, shown.risk, predictor, label, actions));
            ui.end_row();
        }
    });
}

/// A choice among levels, or a number.
fn input(ui: &mut Ui, risk: &Risk, predictor: &Predictor, label: Id, actions: &mut Vec<Action>) {
    let present = risk.value(predictor);
    ui.spacing_mut().item_spacing.x = theme::UNIT;
    for level in &predictor.levels {
        if widgets::framed_choice(ui, present == Some(level.value), named(&level.label, "")).clicked() {
            actions.push(Action::SetInput(predictor.input().to_owned(), level.value));
        }
    }
    if predictor.levels.is_empty() {
        number(ui, present, predictor, label, actions);
    }
}

/// A number that is still to be entered: less than any that can be.
const NOT_ENTERED: f64 = f64::NEG_INFINITY;

/// A number that may lie outside the range of the model's patients: that is for the prediction to warn of, not for the field to
/// mend unasked.
fn number(ui: &mut Ui, present: Option<f64>, predictor: &Predictor, label: Id, actions: &mut Vec<Action>) {
    let [low, high] = predictor.range;
    let mut value = present.unwrap_or(NOT_ENTERED);
    let unit = predictor.unit.as_deref().unwrap_or_default();
    let field = egui::DragValue::new(&mut value)
        .speed((high - low) / 200.0)
        .update_while_editing(false)
        .custom_parser(widgets::typed_number)
        .custom_formatter(|value, decimals| match value {
            NOT_ENTERED => "–".to_owned(),
            _ => egui::emath::format_with_decimals_in_range(value, decimals),
        });
    let response = ui.add(field).labelled_by(label);
    let range = format!("{}: {low} to {high} {unit} in the model's patients", predictor.label);
    if widgets::explained(response, named(&range, "")).changed() && value.is_finite() {
        actions.push(Action::SetInput(predictor.input().to_owned(), value));
    }
    ui.label(unit);
}

/// The probability, its interval, and what it is not.
pub fn show(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    ui.add_space(2.0 * theme::UNIT);
    theme::card_frame().inner_margin(egui::Margin::same(16)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        match &shown.risk.prediction {
            Some(prediction) => probability(ui, shown, prediction),
            None => {
                ui.label(egui::RichText::new("–").font(FontId::new(NUMBER, theme::semibold())).color(theme::WEAK));
                wanted(ui, shown, actions);
            }
        }
        ui.add_space(theme::UNIT);
        research_use(ui);
    });
}

/// The probability, its interval, where it stands, and what is odd about it.
fn probability(ui: &mut Ui, shown: &Shown, prediction: &Prediction) {
    let risk = shown.risk;
    let font = FontId::new(NUMBER, theme::semibold());
    // A number that no patient stands behind does not shine.
    let colour = if prediction.is_outside { theme::WEAK } else { theme::ACCENT };
    ui.label(egui::RichText::new(percent(prediction.probability)).font(font).color(colour));
    picker::simulated_badge(ui, risk.model());
    let months = risk.model().horizon_months;
    ui.add(egui::Label::new(format!("within {months} months; {}", prediction.ci_in_words())).wrap());
    let radscore = prediction.radscore().map(|score| format!("Radscore {}, ", fixed(score, 2))).unwrap_or_default();
    widgets::note(ui, format!("{radscore}{} points on the nomogram", fixed(prediction.total_points, 0)));
    if !prediction.is_outside {
        widgets::note(
            ui,
            "The interval is of the coefficients alone: not of how the model's features and patients were selected.",
        );
    }
    let of_image = shown.doubts.iter().filter(|_| risk.model().needs_features());
    for warning in prediction.warnings.iter().chain(of_image) {
        let text = egui::RichText::new(warning).font(theme::small()).color(theme::AMBER);
        ui.add(egui::Label::new(text).wrap());
    }
}

/// What is still to be entered or done, with the way to it.
fn wanted(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    let risk = shown.risk;
    let missing = risk.not_entered();
    if !missing.is_empty() {
        ui.add(egui::Label::new(format!("Choose the patient's {}", missing.join(", "))).wrap());
    }
    let is_current = matches!(shown.features, Some((_, false)));
    if risk.model().needs_features() && !is_current {
        features(ui, shown, actions);
    } else if let Some(problem) = risk.problem.as_ref().filter(|_| missing.is_empty()) {
        let text = egui::RichText::new(problem.to_string()).color(theme::AMBER);
        ui.add(egui::Label::new(text).wrap());
    }
}

/// How to come to the features that the model takes.
fn features(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    let n = shown.risk.model().features().count();
    let says = match shown.features {
        _ if shown.is_extracting => "Features are being extracted.".to_owned(),
        Some(_) => "The features are out of date: the VOI changed. Extract them again.".to_owned(),
        None if shown.is_drawn => {
            format!("Extract the features of what is drawn now; this model takes {n} of them.")
        }
        None => format!("Draw the liver first, then extract its features; this model takes {n} of them."),
    };
    let colour = if matches!(shown.features, Some((_, true))) { theme::AMBER } else { theme::TEXT };
    ui.add(egui::Label::new(egui::RichText::new(says).color(colour)).wrap());
    if shown.is_extracting {
        return;
    }
    if shown.is_drawn {
        if widgets::main_button(ui, "Extract features", named("Extract features", "F")).clicked() {
            actions.push(Action::Extract);
        }
    } else if widgets::main_button(ui, "Go to the image", named("Go to the image", "F1")).clicked() {
        actions.push(Action::Show(Page::Image));
    }
}

/// The line that stands by every prediction.
pub fn research_use(ui: &mut Ui) {
    egui::Frame::new()
        .fill(theme::faded(theme::AMBER, 0.16))
        .corner_radius(egui::CornerRadius::same(4))
        .inner_margin(egui::Margin::symmetric(8, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let text = egui::RichText::new(RESEARCH_USE_ONLY).family(theme::semibold()).color(theme::AMBER);
            ui.add(egui::Label::new(text).wrap());
        });
}
