//! The bars: pages and patient at the top, window and views above the image, status and progress at the bottom.

use std::cell::Cell;
use std::ops::RangeInclusive;

use egui::{Align, Layout, Ui};

use super::actions::{Action, Page};
use super::jobs::Jobs;
use super::marks::shortened;
use super::proposals::{self, Proposals};
use super::viewer::{SurfacePlace, Viewer};
use super::widgets::{self, named};
use super::{icons, keeping, surface_view, theme};
use crate::case::{Case, Identity, PROTOCOL_LEVEL_HU, PROTOCOL_WIDTH_HU};
use crate::render::{Preset, Window};

/// Name of the program, pages, and who is on screen.
pub fn top(ui: &mut Ui, page: Page, identity: &Identity, viewer: &Viewer, actions: &mut Vec<Action>) {
    ui.horizontal_centered(|ui| {
        ui.label(egui::RichText::new("Hepatica").font(theme::heading()));
        ui.add_space(4.0 * theme::UNIT);
        for other in Page::ALL {
            if widgets::choice(ui, page == other, named(other.name(), other.key())).clicked() {
                actions.push(Action::Show(other));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if widgets::icon_button(ui, icons::SHORTCUTS, named("Keys", "?"), false).clicked() {
                actions.push(Action::ShowKeys);
            }
            let eye = if viewer.shows_identity { "Hide the patient's identity" } else { "Show the patient's identity" };
            if widgets::icon_button(ui, icons::IDENTITY, named(eye, "P"), viewer.shows_identity).clicked() {
                actions.push(Action::ToggleIdentity);
            }
            if identity.simulated {
                widgets::badge(ui, "SIMULATED", theme::AMBER);
            }
            let who = [identity.patient_name.as_str(), identity.study_date.as_str()];
            let who = who.into_iter().filter(|part| viewer.shows_identity && !part.is_empty());
            let who = who.collect::<Vec<_>>().join("  ·  ");
            ui.label(egui::RichText::new(shortened(&who, 60)).color(theme::WEAK));
        });
    });
}

/// Presets, typed width and level, crosshair, whole view.
pub fn image(ui: &mut Ui, viewer: &Viewer, actions: &mut Vec<Action>) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        let present = viewer.window.preset();
        for (key, preset) in ["1", "2", "3", "4", "5"].into_iter().zip(&Preset::ALL) {
            let chosen = present == Some(preset);
            if widgets::choice(ui, chosen, named(preset.name, key)).clicked() {
                actions.push(Action::SetWindow(preset.window));
            }
        }
        ui.add_space(2.0 * theme::UNIT);
        window_values(ui, viewer.window, actions);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = theme::UNIT;
            let maximise = if viewer.is_one_large() { "Show all views" } else { "Maximise the active view" };
            if widgets::icon_button(ui, icons::MAXIMISE, named(maximise, "M"), viewer.is_one_large()).clicked() {
                actions.push(Action::ToggleMaximised(viewer.active));
            }
            let has_surface = viewer.surface != SurfacePlace::Off;
            if widgets::icon_button(ui, icons::SURFACE, named("Surface of what is drawn", "D"), has_surface).clicked() {
                actions.push(Action::Surface(surface_view::Wish::Toggle));
            }
            if widgets::icon_button(ui, icons::CROSSHAIR, named("Crosshair", "X"), viewer.shows_crosshair).clicked() {
                actions.push(Action::ToggleCrosshair);
            }
        });
    });
}

fn window_values(ui: &mut Ui, window: Window, actions: &mut Vec<Action>) {
    let (mut width, mut level) = (window.width, window.level);
    let mut changed = false;
    for (name, full, value, range) in
        [("W", "Window width", &mut width, Window::WIDTHS), ("L", "Window level", &mut level, Window::LEVELS)]
    {
        let label = ui.label(egui::RichText::new(name).color(theme::WEAK));
        let problem = Cell::new(None);
        let typed = |text: &str| {
            let number = widgets::typed_number(text);
            problem.set(problem_of(text, number, &range).map(|words| format!("{full} {words}").replace('-', "−")));
            number
        };
        let field = egui::DragValue::new(value).range(range.clone()).speed(1.0).fixed_decimals(0);
        // A number counts once it is whole: on the way to 250 lie the windows 2 and 25.
        let field = field.update_while_editing(false).custom_parser(typed);
        let response = ui.add(field).labelled_by(label.id);
        ui.add_space(theme::UNIT);
        if let Some(words) = problem.take() {
            actions.push(Action::Say(words));
        }
        changed |= widgets::explained(response, named(full, "right drag")).changed();
    }
    if changed {
        actions.push(Action::SetWindow(Window::new(width, level)));
    }
    if !window.in_protocol_range() {
        let icon = egui::RichText::new(icons::WARNING).family(theme::icons()).size(theme::ICON).color(theme::AMBER);
        let (widths, levels) = (PROTOCOL_WIDTH_HU, PROTOCOL_LEVEL_HU);
        ui.label(icon).on_hover_text(format!(
            "Outside the protocol's window for delineation: width {} to {} HU, level {} to {} HU",
            widths.start(),
            widths.end(),
            levels.start(),
            levels.end()
        ));
    }
}

/// What is wrong with what was typed for a width or a level, and what becomes of it.
fn problem_of(text: &str, number: Option<f64>, range: &RangeInclusive<f64>) -> Option<String> {
    let (least, most) = (range.start(), range.end());
    match number {
        None => Some(format!("\"{}\" is not a number: nothing is changed", shortened(text.trim(), 20))),
        Some(number) if !range.contains(&number) => {
            let nearest = number.clamp(*least, *most);
            Some(format!("{number} HU is beyond {least} to {most} HU: {nearest} HU is set"))
        }
        Some(_) => None,
    }
}

/// Width of the words for what a job is doing.
const STAGE: f32 = 288.0;

/// What the status bar shows.
pub struct Status<'a> {
    /// Jobs under way.
    pub jobs: &'a Jobs,
    /// The last message that is no fault.
    pub note: &'a str,
    /// What is proposed.
    pub proposals: &'a Proposals,
    /// The case.
    pub case: Option<&'a Case>,
    /// The voxel under the pointer.
    pub pointer: Option<[usize; 3]>,
    /// What draws the slices.
    pub painter: &'a str,
    /// Why what is drawn is in no journal, where it is so.
    pub journal_trouble: Option<&'a str>,
    /// Why it is the processor although there is a GPU, where it is so.
    pub refusal: Option<String>,
}

/// Status, progress with Cancel, HU and position under the pointer.
pub fn status(ui: &mut Ui, status: &Status, actions: &mut Vec<Action>) {
    ui.horizontal_centered(|ui| {
        match status.jobs.shown() {
            Some(job) => {
                let stage = job.progress.stage();
                let words = if stage.is_empty() { job.name.to_owned() } else { stage };
                // Words come and go; the button stays under the pointer.
                let size = egui::Vec2::new(STAGE, ui.available_height());
                ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
                    ui.set_width(STAGE);
                    ui.label(shortened(&words, 48));
                });
                let bar = egui::ProgressBar::new(job.progress.fraction().unwrap_or(0.0));
                ui.add(bar.desired_width(160.0).desired_height(6.0).fill(theme::ACCENT));
                if ui.small_button("Cancel").clicked() {
                    actions.push(Action::CancelJob);
                }
            }
            // It takes no place of its own, so that nothing moves under the pen when it comes.
            None if status.proposals.waiting.is_some() => proposals::bar(ui, status.proposals, actions),
            None => {
                ui.label(egui::RichText::new(shortened(status.note, 90)).color(theme::WEAK));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let painter = ui.label(egui::RichText::new(status.painter).font(theme::small()).color(theme::WEAK));
            if let Some(refusal) = &status.refusal {
                painter.on_hover_text(refusal);
            }
            if let Some(trouble) = status.journal_trouble {
                ui.add_space(2.0 * theme::UNIT);
                keeping::mark(ui, trouble);
            }
            if let Some((hu, place)) = status.case.zip(status.pointer).map(|(case, voxel)| under(case, voxel)) {
                ui.add_space(2.0 * theme::UNIT);
                ui.label(egui::RichText::new(place).color(theme::WEAK));
                ui.add_space(2.0 * theme::UNIT);
                ui.label(egui::RichText::new(hu).family(theme::semibold()));
            }
        });
    });
}

/// HU and patient position of a voxel.
fn under(case: &Case, [i, j, k]: [usize; 3]) -> (String, String) {
    let volume = case.volume();
    let [x, y, z] = volume.geometry().patient_from_voxel([i as f64, j as f64, k as f64]);
    let place = format!("x {x:.1}   y {y:.1}   z {z:.1} mm (LPS)").replace('-', "−");
    let (slices, rows, columns) = volume.geometry().shape();
    if k >= slices || j >= rows || i >= columns {
        return (String::new(), place);
    }
    let hu = if volume.is_padding((k, j, i)) {
        "outside the scan".to_owned()
    } else {
        format!("{:.0} HU", volume.voxels().at((k, j, i))).replace('-', "−")
    };
    (hu, place)
}
