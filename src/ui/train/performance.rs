//! Curves and calls of a run's models: one threshold moves through the ROC curves, the calls and the decision curves together.

use egui::{Role, SliderClamping, Ui, WidgetInfo};

use super::run::Run;
use crate::cohort::Set;
use crate::model::ModelKind;
use crate::report::training::TrainingFigure;
use crate::ui::actions::Action;
use crate::ui::theme;
use crate::ui::widgets::{self, named};

/// Width of the slider, in points.
const SLIDER: f32 = 200.0;
/// Most that a column of figures is wide: ROC, calls and decision curves are to be seen together.
const COLUMN: f32 = 350.0;
/// What a step of the slider is.
const STEP: f64 = 0.005;

/// Which set, which model, and at which threshold: they stay in view while the figures are scrolled.
pub fn controls(ui: &mut Ui, run: &mut Run) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        sets(ui, run);
        ui.add_space(2.0 * theme::UNIT);
        let kinds: Vec<ModelKind> = run.training.models.iter().map(|trained| trained.kind).collect();
        for kind in kinds {
            let says = format!("Look at the {} model", kind.title().to_lowercase());
            let response = ui.add(egui::Button::selectable(run.trial.kind == kind, kind.title()));
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, run.trial.kind == kind, &says));
            if widgets::explained(response, named(&says, "")).clicked() {
                run.choose(kind);
            }
        }
        ui.add_space(2.0 * theme::UNIT);
        threshold(ui, run);
    });
    ui.add_space(theme::UNIT);
}

fn sets(ui: &mut Ui, run: &mut Run) {
    let is_validated = run.is_validated();
    for (set, name) in [(Set::Training, "Training"), (Set::Validation, "Validation")] {
        ui.add_enabled_ui(set == Set::Training || is_validated, |ui| {
            if widgets::choice(ui, run.set == set, named(name, "")).clicked() {
                run.set = set;
            }
        });
    }
}

fn threshold(ui: &mut Ui, run: &mut Run) {
    let label = ui.label("Threshold").id;
    ui.spacing_mut().slider_width = SLIDER;
    let mut threshold = run.trial.threshold;
    // Clamped always, a slider would round the threshold to its steps without being touched.
    let slider = egui::Slider::new(&mut threshold, 0.0..=1.0).clamping(SliderClamping::Never);
    let slider = ui.add(slider.step_by(STEP).show_value(false));
    slider.widget_info(|| WidgetInfo::slider(true, threshold, "Threshold of the model"));
    let moved = slider.on_hover_text("Patients with at least this risk are called high").changed();
    let mut percent = 100.0 * if moved { threshold } else { run.trial.threshold };
    let number = egui::DragValue::new(&mut percent).range(0.0..=100.0).speed(0.2).fixed_decimals(1).suffix(" %");
    let typed =
        ui.add(number.update_while_editing(false).custom_parser(widgets::typed_number)).labelled_by(label).changed();
    if typed || moved {
        run.trial.threshold = if typed { percent / 100.0 } else { threshold };
    }
    let youden = named("Back to the threshold with the largest Youden index in training", "");
    if widgets::explained(ui.button("Youden"), youden).clicked() {
        run.reset_threshold();
    }
}

/// The figures, in two columns.
pub fn show(ui: &mut Ui, run: &mut Run, actions: &mut Vec<Action>) {
    let set = run.set;
    let width = ((ui.available_width() - 4.0 * theme::UNIT) / 2.0).min(COLUMN);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0 * theme::UNIT;
        for column in [
            [TrainingFigure::Roc(set), TrainingFigure::Calibration(set)],
            [TrainingFigure::Confusion(set), TrainingFigure::DecisionCurves(set)],
        ] {
            ui.vertical(|ui| {
                ui.set_width(width);
                for which in column {
                    run.show(ui, which, actions);
                    ui.add_space(2.0 * theme::UNIT);
                }
            });
        }
    });
}
