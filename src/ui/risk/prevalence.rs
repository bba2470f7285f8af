//! What a prediction would be where fewer patients have the outcome: an illustration beside the figures of the Risk page.

use egui::{Align2, FontId, Rect, Role, Sense, Ui, Vec2, WidgetInfo};

use super::answer;
use crate::model::{ILLUSTRATED_PREVALENCES, Model, Prediction, at_prevalence, percent};
use crate::ui::{theme, widgets};

/// Height of a row.
const ROW: f32 = 28.0;
/// Widths of the prevalence and the prediction; a bar fills what is between.
const COLUMNS: [f32; 2] = [132.0, 64.0];

/// The table, with what it is not.
pub fn show(ui: &mut Ui, model: &Model, prediction: Option<&Prediction>) {
    ui.horizontal_wrapped(|ui| {
        widgets::section(ui, "IF FEWER PATIENTS HAD THE EVENT");
        widgets::badge(ui, "ILLUSTRATION, NOT VALIDATED", theme::AMBER);
    });
    ui.add_space(theme::UNIT);
    ui.spacing_mut().item_spacing.y = 0.0;
    header(ui);
    let sample = model.provenance.prevalence;
    let lower = ILLUSTRATED_PREVALENCES.into_iter().filter(|prevalence| *prevalence < sample);
    for prevalence in std::iter::once(sample).chain(lower) {
        let probability = prediction.and_then(|prediction| at_prevalence(model, prediction, prevalence).ok());
        row(ui, prevalence, probability, prevalence == sample);
    }
    ui.spacing_mut().item_spacing.y = 2.0 * theme::UNIT;
    ui.add_space(2.0 * theme::UNIT);
    let share = 100.0 * sample;
    widgets::note(
        ui,
        format!(
            "Of the patients that the model was fitted on {share:.0} % had the event. Were fewer affected, the same patient's prediction \
             would be lower: the intercept is corrected for the prevalence (King & Zeng, Political Analysis 2001;9:137), which holds \
             only if patients were selected by the outcome alone."
        ),
    );
    answer::research_use(ui);
}

fn header(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), theme::ROW), Sense::hover());
    let inner = rect.shrink2(Vec2::new(2.0 * theme::UNIT, 0.0));
    let painter = ui.painter();
    painter.text(inner.left_center(), Align2::LEFT_CENTER, "Patients with it", theme::small(), theme::WEAK);
    painter.text(inner.right_center(), Align2::RIGHT_CENTER, "Prediction", theme::small(), theme::WEAK);
    painter.hline(rect.x_range(), rect.bottom(), egui::Stroke::new(1.0, theme::RAISED));
}

/// A prevalence, and the probability as number and bar.
fn row(ui: &mut Ui, prevalence: f64, probability: Option<f64>, is_sample: bool) {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), Sense::hover());
    let number = probability.map_or("–".to_owned(), percent);
    let patients = match is_sample {
        true => format!("{:.0} %, the sample", 100.0 * prevalence),
        false => format!("{:.0} %", 100.0 * prevalence),
    };
    let says = format!("Were the event found in {patients}: {number}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &says));
    let inner = rect.shrink2(Vec2::new(2.0 * theme::UNIT, 0.0));
    let painter = ui.painter();
    painter.text(inner.left_center(), Align2::LEFT_CENTER, patients, theme::body(), theme::TEXT);
    let colour = if is_sample { theme::ACCENT } else { theme::TEXT };
    let font = FontId::new(theme::BODY, theme::semibold());
    widgets::number(painter, inner.right_center(), &number, &font, colour);
    let [left, right] = COLUMNS;
    let min = inner.left_center() + Vec2::new(left, -3.0);
    let whole = Rect::from_min_max(min, inner.right_center() + Vec2::new(-right, 3.0));
    painter.rect_filled(whole, 2.0, theme::CONTROL);
    if let Some(probability) = probability {
        let size = Vec2::new(whole.width() * probability as f32, whole.height());
        let fill = if is_sample { theme::ACCENT } else { theme::faded(theme::ACCENT, 0.6) };
        painter.rect_filled(Rect::from_min_size(whole.min, size), 2.0, fill);
    }
}
