//! The Train page: from a team's tables to three models, their performance and their figures.
//!
//! At the left stand the tables, the settings and the way on; at the right what came of them, one part at a time. Nothing is
//! computed here: reading and training are jobs, and figures and tables are asked of the report.

mod cohort;
mod drawn;
mod inputs;
mod performance;
mod results;
mod run;
mod settings;
mod table;
mod tables;
mod wishes;

use egui::{Align, Layout, ScrollArea, Ui};

use super::actions::Action;
use super::widgets::{self, named};
use super::{icons, theme};
use crate::figure::{fixed, p_value};
use crate::job::{ReadCohort, ReadDemonstration, Request, TrainModels};

pub use cohort::ReadTables;
pub use run::Run;
pub use settings::Settings;
pub use tables::{TableFile, Tables};
pub use wishes::{Wish, perform, save_everything, save_figure, save_model};

/// Width of the column with tables and settings, in points.
const COLUMN: f32 = 360.0;

/// A part of what came of a cohort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Part {
    /// The flow of patients and Table 1.
    #[default]
    Cohort,
    /// Table 2, and what makes it doubtful.
    Summary,
    /// How the radscore came to be.
    Selection,
    /// Curves and calls at a threshold.
    Performance,
    /// Coefficients and nomogram.
    Models,
}

impl Part {
    const ALL: [Self; 5] = [Self::Cohort, Self::Summary, Self::Selection, Self::Performance, Self::Models];

    const fn name(self) -> &'static str {
        match self {
            Self::Cohort => "Cohort",
            Self::Summary => "Summary",
            Self::Selection => "Selection",
            Self::Performance => "Performance",
            Self::Models => "Models",
        }
    }
}

/// What the page knows.
#[derive(Default)]
pub struct Study {
    /// Where the tables are.
    pub tables: Tables,
    /// How to train.
    pub settings: Settings,
    /// The cohort that was read, and the tables that it was read from.
    pub cohort: Option<ReadTables>,
    /// The run on it.
    pub run: Option<Run>,
    /// Why the tables were not read.
    pub unread: Option<String>,
    /// Why there is no run.
    pub untrained: Option<String>,
    /// What shows.
    pub part: Part,
}

impl Study {
    /// Keeps why a job of the page failed, to be said beside what it was about; `false` of other jobs.
    pub fn refuse(&mut self, job: &str, why: &str) -> bool {
        let place = match job {
            ReadCohort::NAME | ReadDemonstration::NAME => &mut self.unread,
            TrainModels::NAME => &mut self.untrained,
            _ => return false,
        };
        *place = Some(why.to_owned());
        true
    }

    /// A cohort is here. What was trained on another one goes; what was typed stays.
    pub fn take_cohort(&mut self, read: ReadTables) {
        self.settings.keep_columns(&read.cohort);
        self.cohort = Some(read);
        self.run = None;
        self.untrained = None;
        self.part = Part::Cohort;
    }

    /// A run is here.
    pub fn take_run(&mut self, run: Run) {
        self.run = Some(run);
        self.part = Part::Summary;
    }

    /// Whether the tables or the seed are others than those that were read.
    fn tables_changed(&self) -> bool {
        self.cohort.as_ref().is_some_and(|read| read.tables != self.tables)
    }

    /// Why what shows is not what the page now asks for, where it is so.
    fn why_stale(&self) -> Option<&'static str> {
        if self.tables_changed() {
            return Some("The tables, their columns or the seed were changed since they were read");
        }
        let run = self.run.as_ref().filter(|run| run.training.pipeline != self.settings.pipeline(self.tables.seed));
        run.map(|_| "The settings were changed since the models were trained")
    }
}

/// What runs, as the page shows it.
#[derive(Debug, Clone, Default)]
pub struct UnderWay {
    /// Whether tables are being read.
    pub is_reading: bool,
    /// What the training is at, and how far, where it runs.
    pub training: Option<(String, Option<f32>)>,
}

/// The page.
pub fn show(ui: &mut Ui, study: &mut Study, under_way: &UnderWay, actions: &mut Vec<Action>) {
    egui::Panel::left("train inputs").exact_size(COLUMN).frame(theme::panel_frame()).show(ui, |ui| {
        inputs::show(ui, study, under_way, actions);
    });
    egui::CentralPanel::default().frame(theme::page_frame()).show(ui, |ui| match study.cohort.is_some() {
        true => outcome(ui, study, actions),
        false => welcome(ui),
    });
}

/// What to do first.
fn welcome(ui: &mut Ui) {
    ui.set_max_width(600.0);
    ui.label(egui::RichText::new("From a table of cases to a nomogram").font(theme::heading()));
    ui.add_space(2.0 * theme::UNIT);
    for line in [
        "1.  Choose the features of your patients (what hepatica extract --cases writes, or PyRadiomics' own CSV) and their \
         clinical table (CSV or XLSX): id, outcome, and what is known of each. Files can be dropped on the window.",
        "2.  Read them: the flow of patients, Table 1 and everything odd about the tables is shown before anything is trained.",
        "3.  Train: ICC, mRMR, LASSO, radscore, and a clinical, a radiomics and a combined model, measured on the training and \
         the validation set, and by resampling.",
    ] {
        ui.add(egui::Label::new(line).wrap());
        ui.add_space(theme::UNIT);
    }
    ui.add(egui::Label::new("To look around first, take the demonstration cohort: 112 simulated patients.").wrap());
    widgets::note(
        ui,
        "Nothing leaves this computer. Tables that cannot be read are refused with the line and the column.",
    );
}

/// What came of the tables.
fn outcome(ui: &mut Ui, study: &mut Study, actions: &mut Vec<Action>) {
    heading(ui, study, actions);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        for part in Part::ALL {
            ui.add_enabled_ui(part == Part::Cohort || study.run.is_some(), |ui| {
                if widgets::choice(ui, study.part == part, named(part.name(), "")).clicked() {
                    study.part = part;
                }
            });
        }
    });
    ui.add_space(theme::UNIT);
    if study.run.is_none() {
        study.part = Part::Cohort;
    }
    let Study { cohort, run, part, settings, .. } = study;
    if let Some(run) = run {
        let about = settings.about(&run.cohort);
        run.set_about(about);
    }
    if let Some(run) = run.as_mut().filter(|_| *part == Part::Performance) {
        performance::controls(ui, run);
    }
    ScrollArea::vertical().id_salt(part.name()).auto_shrink(false).show(ui, |ui| {
        // Room for the scroll bar.
        ui.set_max_width(ui.available_width() - 3.0 * theme::UNIT);
        match (*part, run, cohort) {
            (Part::Summary, Some(run), _) => results::summary(ui, run),
            (Part::Selection, Some(run), _) => results::selection(ui, run, actions),
            (Part::Performance, Some(run), _) => performance::show(ui, run, actions),
            (Part::Models, Some(run), _) => results::models(ui, run, actions),
            (_, run, Some(read)) => cohort::show(ui, read, run.is_some(), actions),
            _ => {}
        }
    });
}

/// Whose numbers these are, and what can be done with them.
fn heading(ui: &mut Ui, study: &Study, actions: &mut Vec<Action>) {
    let Some(read) = &study.cohort else { return };
    ui.horizontal(|ui| {
        // As high as its buttons, which are not always there.
        ui.set_min_height(theme::ROW + theme::UNIT);
        let counts = read.cohort.flow.analysed;
        let words = format!("{} patients, {} with the event", counts.patients, counts.events);
        ui.label(egui::RichText::new(words).font(theme::heading()));
        if read.cohort.features.is_simulated {
            widgets::badge(ui, "SIMULATED", theme::AMBER)
                .on_hover_text("Patients who never lived, images that were computed.");
        }
        if let Some(why) = study.why_stale() {
            widgets::badge(ui, "OUT OF DATE", theme::AMBER).on_hover_text(why);
        }
        let Some(run) = &study.run else { return };
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| save(ui, run, actions));
    });
    ui.add_space(theme::UNIT);
}

fn save(ui: &mut Ui, run: &Run, actions: &mut Vec<Action>) {
    let kind = run.kind_in_words();
    let name = "Save every number, table, figure and model into a folder";
    if widgets::icon_and_text(ui, icons::EXPORT, "Everything…", named(name, "")).clicked() {
        actions.push(Action::Train(Wish::AskForFolder));
    }
    let name = format!("Save the {kind} model");
    if widgets::icon_and_text(ui, icons::EXPORT, "Model…", named(&name, "")).clicked() {
        actions.push(Action::Train(Wish::AskForModelFile));
    }
    ui.add_enabled_ui(run.has_features(), |ui| {
        let name = format!("Use the {kind} model on the Risk page");
        let button = widgets::icon_and_text(ui, icons::EXTRACT, "Use on Risk page", named(&name, ""));
        let why = "It has no feature to be asked of an image: choose the radiomics or the combined model";
        if button.on_disabled_hover_text(why).clicked() {
            actions.push(Action::Train(Wish::UseModel));
        }
    });
}

/// A p-value as it stands in a column named p.
fn p_text(p: Option<f64>) -> String {
    let text = p_value(p.unwrap_or(f64::NAN)).replace('\u{a0}', " ");
    text.trim_start_matches("p ").trim_start_matches("= ").to_owned()
}

/// A number with three decimals, or a dash.
fn three(number: Option<f64>) -> String {
    fixed(number.unwrap_or(f64::NAN), 3)
}
