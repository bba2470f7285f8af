//! The Features page: what was extracted from the VOI, by which protocol, and whether it is still of what is drawn.

mod filters;
mod listing;
mod table;

use egui::{Align, Id, Layout, Rect, Ui, UiBuilder, Vec2};

use super::actions::Action;
use super::desk::Desk;
use super::dialogs::Purpose;
use super::widgets::{self, named};
use super::{icons, theme};
use crate::case::{Derived, VoiState};
use crate::radiomics::Features;

pub use listing::{Copied, Listing, Step};

/// Width of the column with search and groups.
const FILTERS: f32 = 184.0;

/// What was extracted.
#[derive(Default)]
pub struct Extracted {
    results: Derived<VoiState, Features>,
    latest: Option<VoiState>,
    /// The state that an extraction was last begun of.
    pub under_way: Option<VoiState>,
}

impl Extracted {
    /// Keeps the features of a state.
    pub fn insert(&mut self, state: VoiState, features: Features) {
        self.results.insert(state, features);
        self.latest = Some(state);
    }

    /// The features of a state; else the latest, which are then out of date (`true`).
    pub fn of(&self, wanted: VoiState) -> Option<(&Features, bool)> {
        let state = self.state_for(wanted)?;
        self.results.get(state).map(|features| (features, state != wanted))
    }

    /// The features of this state itself.
    pub fn current(&self, state: VoiState) -> Option<&Features> {
        self.results.get(state)
    }

    /// The state that the features for a state came from: itself, else the latest.
    pub fn state_for(&self, wanted: VoiState) -> Option<VoiState> {
        self.results.get(wanted).map(|_| wanted).or(self.latest)
    }
}

/// The field with words to search for.
pub fn search_id() -> Id {
    Id::unique("search features")
}

/// The table, which has the keyboard as one.
pub fn table_id() -> Id {
    Id::unique("feature table")
}

/// What the page shows.
pub struct Shown<'a> {
    /// The case and what it came from.
    pub desk: &'a Desk,
    /// What was extracted so far.
    pub extracted: &'a Extracted,
    /// Whether features are being extracted.
    pub is_extracting: bool,
}

/// The page.
pub fn show(ui: &mut Ui, shown: &Shown, listing: &mut Listing, actions: &mut Vec<Action>) {
    egui::CentralPanel::default().frame(theme::page_frame()).show(ui, |ui| {
        let wanted = shown.desk.voi_state();
        let state = wanted.and_then(|wanted| shown.extracted.state_for(wanted));
        let found = wanted.and_then(|wanted| shown.extracted.of(wanted)).zip(state);
        heading(ui, shown, found.map(|((_, is_stale), _)| is_stale), actions);
        match found {
            Some(((features, is_stale), state)) => {
                listing.update(state, features);
                origin(ui, features, is_stale);
                ui.add_space(theme::UNIT);
                body(ui, listing, features, is_stale);
            }
            None if shown.is_extracting => {
                widgets::note(ui, "Features are being extracted.");
            }
            None => {
                widgets::note(ui, "Nothing is extracted yet: draw the liver, then extract.");
            }
        }
    });
}

/// The page's name and its buttons; `is_stale` of the features that there are.
fn heading(ui: &mut Ui, shown: &Shown, is_stale: Option<bool>, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new("Radiomics features of the VOI").font(theme::heading()));
        if is_stale == Some(true) {
            widgets::badge(ui, "OUT OF DATE", theme::AMBER)
                .on_hover_text("The labels or the edge margin changed since.");
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_enabled_ui(shown.desk.has_voi() && !shown.is_extracting, |ui| {
                let name = named("Extract features", "F");
                if widgets::icon_and_text(ui, icons::EXTRACT, "Extract", name).clicked() {
                    actions.push(Action::Extract);
                }
            });
            ui.add_enabled_ui(is_stale == Some(false), |ui| {
                let name = named("Save the features as CSV or JSON", "");
                if widgets::icon_and_text(ui, icons::EXPORT, "Save…", name).clicked() {
                    actions.push(Action::AskForPath(Purpose::SaveFeatures));
                }
                let name = named("Copy the rows shown as a table", "");
                if widgets::icon_and_text(ui, icons::COPY, "Copy", name).clicked() {
                    actions.push(Action::CopyFeatures(Copied::Listed));
                }
            });
        });
    });
}

/// What the features were made of, and what is odd about them.
fn origin(ui: &mut Ui, features: &Features, is_stale: bool) {
    let diagnostics = &features.diagnostics;
    let [slices, rows, columns] = diagnostics.bounding_box;
    widgets::note(
        ui,
        format!(
            "{} features  ·  protocol {} ({})  ·  {} voxels in a box of {columns} x {rows} x {slices}  ·  {} gray levels",
            features.values.len(),
            diagnostics.protocol,
            diagnostics.fingerprint,
            diagnostics.n_voxels,
            diagnostics.n_gray_levels,
        ),
    );
    let stale =
        is_stale.then_some("the labels or the edge margin changed since these features were extracted: extract again");
    for warning in stale.into_iter().chain(features.warnings.iter()) {
        ui.label(egui::RichText::new(warning).font(theme::small()).color(theme::AMBER));
    }
}

/// Search and groups at the left, the table in the rest.
fn body(ui: &mut Ui, listing: &mut Listing, features: &Features, is_stale: bool) {
    let whole = ui.available_rect_before_wrap();
    let filters = Rect::from_min_size(whole.min, Vec2::new(FILTERS, whole.height()));
    let rest = Rect::from_min_max(whole.min + Vec2::new(FILTERS + 6.0 * theme::UNIT, 0.0), whole.max);
    ui.scope_builder(UiBuilder::new().max_rect(filters), |ui| filters::show(ui, listing));
    // What was narrowed in this frame shows in it.
    listing.refresh(features);
    ui.scope_builder(UiBuilder::new().max_rect(rest), |ui| table::show(ui, listing, features, is_stale));
}
