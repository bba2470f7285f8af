//! The settings of the pipeline that a team may want otherwise than the paper; the rest are the paper's.

use egui::{Grid, Ui};

use crate::cohort::Cohort;
use crate::model::train::{About, LassoLambda, LassoMeasure, Pipeline};
use crate::ui::theme;
use crate::ui::widgets::{self, named};

/// What was set.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The steps; its seed is that of the tables.
    steps: Pipeline,
    /// Where the patients come from, in words.
    source: String,
    /// Within how many months the outcome counts, where it was said.
    months: Option<u32>,
}

impl Settings {
    /// The settings of a run.
    pub fn pipeline(&self, seed: u64) -> Pipeline {
        Pipeline { seed, ..self.steps.clone() }
    }

    /// What the team says of its cohort.
    pub fn about(&self, cohort: &Cohort) -> About {
        let mut about = About::of(cohort);
        if !self.source.trim().is_empty() {
            about.source = self.source.trim().to_owned();
        }
        about.horizon_months = self.months.unwrap_or(about.horizon_months);
        about
    }

    /// Forgets chosen columns that a cohort does not have.
    pub fn keep_columns(&mut self, cohort: &Cohort) {
        let is_there = |name: &String| cohort.clinical.iter().any(|column| column.name == *name);
        if let Some(columns) = &mut self.steps.clinical_columns {
            columns.retain(is_there);
        }
        self.steps.clinical_columns = self.steps.clinical_columns.take().filter(|columns| !columns.is_empty());
    }
}

/// The settings, to be changed.
pub fn show(ui: &mut Ui, settings: &mut Settings, cohort: Option<&Cohort>) {
    let Settings { steps, source, months } = settings;
    Grid::new("train settings").num_columns(2).min_col_width(112.0).spacing([12.0, 6.0]).show(ui, |ui| {
        row(ui, "ICC above", "Features are kept whose agreement between two readers, ICC(2,1), is greater", |ui| {
            ui.add(egui::DragValue::new(&mut steps.icc_above).range(0.0..=0.99).speed(0.01).fixed_decimals(2))
        });
        row(ui, "mRMR keeps", "How many features mRMR keeps", |ui| {
            ui.add(egui::DragValue::new(&mut steps.mrmr_features).range(1..=1000).suffix(" features"))
        });
        choice(
            ui,
            ("LASSO measure", "What the LASSO's cross-validation measures"),
            &mut steps.lasso_measure,
            &MEASURES,
        );
        choice(ui, ("Lambda", "Which λ the radscore takes"), &mut steps.lasso_lambda, &LAMBDAS);
        row(ui, "Bootstrap", "Resamples, each a whole training, to correct for optimism; 0 for none", |ui| {
            ui.add(egui::DragValue::new(&mut steps.bootstrap).range(0..=2000).suffix(" resamples"))
        });
        row(ui, "Nested CV", "Repetitions of the nested cross-validation; 0 for none", |ui| {
            ui.add(egui::DragValue::new(&mut steps.nested_repetitions).range(0..=200).suffix(" repetitions"))
        });
        row(ui, "Outcome within", "Months within which the outcome counts, for the model's file", |ui| {
            let mut value = months.unwrap_or(About::default().horizon_months);
            let response = ui.add(egui::DragValue::new(&mut value).range(1..=600).suffix(" months"));
            if response.changed() {
                *months = Some(value);
            }
            response
        });
        row(ui, "Source", "Where the patients come from, for the model's file", |ui| {
            let hint = egui::RichText::new("hospital, years").color(theme::WEAK);
            let edit = egui::TextEdit::singleline(source).desired_width(f32::INFINITY).hint_text(hint);
            ui.add(edit)
        });
    });
    columns(ui, steps, cohort);
}

/// A label, its control, and what it decides.
fn row(ui: &mut Ui, label: &str, meaning: &str, control: impl FnOnce(&mut Ui) -> egui::Response) {
    let id = ui.label(label).id;
    control(ui).labelled_by(id).on_hover_text(meaning);
    ui.end_row();
}

const MEASURES: [(LassoMeasure, &str); 3] =
    [(LassoMeasure::Deviance, "deviance"), (LassoMeasure::Auc, "AUC"), (LassoMeasure::Class, "class")];
const LAMBDAS: [(LassoLambda, &str); 2] = [(LassoLambda::Min, "λ min"), (LassoLambda::OneSe, "λ 1 SE")];

fn choice<T: Copy + PartialEq>(ui: &mut Ui, (label, meaning): (&str, &str), chosen: &mut T, offers: &[(T, &str)]) {
    ui.label(label).on_hover_text(meaning);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        for (value, name) in offers {
            if widgets::choice(ui, *chosen == *value, named(name, "")).clicked() {
                *chosen = *value;
            }
        }
    });
    ui.end_row();
}

/// The clinical columns of the models: chosen by their p-values, or by hand among those of the cohort.
fn columns(ui: &mut Ui, steps: &mut Pipeline, cohort: Option<&Cohort>) {
    ui.add_space(theme::UNIT);
    ui.label("Clinical predictors");
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::Vec2::splat(theme::UNIT);
        let by_p = format!("chosen by p < {}", steps.clinical_p_below);
        if widgets::choice(ui, steps.clinical_columns.is_none(), named(&by_p, "")).clicked() {
            steps.clinical_columns = None;
        }
        for column in cohort.iter().flat_map(|cohort| &cohort.clinical).filter(|column| column.is_candidate) {
            let chosen = steps.clinical_columns.as_ref().is_some_and(|columns| columns.contains(&column.name));
            let name = format!("{}{}", if chosen { "✓ " } else { "" }, column.label);
            let button = egui::Button::selectable(chosen, name);
            let response = ui.add(button);
            let says = format!("Use {} whatever its p", column.label);
            response.widget_info(|| egui::WidgetInfo::selected(egui::Role::CheckBox, true, chosen, &says));
            if widgets::explained(response, named(&says, "")).clicked() {
                toggle(&mut steps.clinical_columns, &column.name);
            }
        }
    });
}

/// Takes a column in or out; none that is chosen leaves the choice to the p-values.
fn toggle(columns: &mut Option<Vec<String>>, name: &str) {
    let mut chosen = columns.take().unwrap_or_default();
    let before = chosen.len();
    chosen.retain(|column| column != name);
    if chosen.len() == before {
        chosen.push(name.to_owned());
    }
    *columns = Some(chosen).filter(|chosen| !chosen.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_chosen_by_hand_replace_the_p_values_until_none_is_left() {
        let mut columns = None;
        toggle(&mut columns, "pT");
        toggle(&mut columns, "CEA");
        assert_eq!(columns.as_deref(), Some(&["pT".to_owned(), "CEA".to_owned()][..]));
        toggle(&mut columns, "pT");
        toggle(&mut columns, "CEA");
        assert_eq!(columns, None);
    }
}
