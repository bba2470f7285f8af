//! The left panel: what was found, series by series, and what was left out and why.

use std::collections::HashMap;
use std::sync::Arc;

use egui::{ColorImage, Rect, Response, Role, ScrollArea, Sense, TextureHandle, TextureOptions, Ui, Vec2, WidgetInfo};

use super::actions::Action;
use super::dialogs::Purpose;
use super::marks::shortened;
use super::theme;
use super::widgets::{self, named};
use crate::case::{shown_date, shown_name};
use crate::dicom::phase::evidence::NoEvidence;
use crate::dicom::phase::{self, HuEvidence, Phase, PhaseScore};
use crate::dicom::{Scan, Series, SeriesStatus, Skipped, Thumbnail};
use crate::job::SliceGrid;

/// Side of a thumbnail in pixels; shown half as large on an ordinary screen.
pub const THUMBNAIL: usize = 96;
/// What stands for a file's name, which may be the patient's, while the identity is hidden.
pub const HIDDEN_FILE: &str = "Image file";
/// Side of a thumbnail in points.
const PICTURE: f32 = 48.0;

/// What was found.
#[derive(Default)]
pub struct Library {
    /// The series, shared with the requests that open them.
    pub series: Vec<Arc<Series>>,
    /// What was left out beside them.
    skipped: Vec<Skipped>,
    /// The series that is open or being opened, and on which grid.
    pub open: Option<(usize, SliceGrid)>,
    /// The NIfTI image that is open, by its name.
    pub image: Option<String>,
    thumbnails: HashMap<usize, TextureHandle>,
    /// What HU said of series that were opened.
    evidence: HashMap<usize, Result<HuEvidence, NoEvidence>>,
}

impl Library {
    /// Shows a scan, complete or not.
    pub fn set_scan(&mut self, scan: Scan) {
        self.series = scan.series.into_iter().map(Arc::new).collect();
        self.skipped = scan.skipped;
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Keeps what HU say of a series.
    pub fn set_evidence(&mut self, series: &Arc<Series>, measured: Result<HuEvidence, NoEvidence>) {
        if let Some(index) = self.series.iter().position(|known| Arc::ptr_eq(known, series)) {
            self.evidence.insert(index, measured);
        }
    }

    /// Number of series whose HU are known.
    pub fn n_measured(&self) -> usize {
        self.evidence.values().filter(|measured| measured.is_ok()).count()
    }

    /// How much speaks for the portal venous phase, HU included where they are known.
    fn phase(&self, index: usize) -> PhaseScore {
        let series = &self.series[index];
        match self.evidence.get(&index) {
            Some(Ok(hu)) => phase::score(series, Some(*hu)),
            _ => series.phase.clone(),
        }
    }

    /// Keeps a series' small picture.
    pub fn set_thumbnail(&mut self, ctx: &egui::Context, index: usize, thumbnail: &Thumbnail) {
        let size = [thumbnail.width, thumbnail.height];
        if size[0] * size[1] == thumbnail.grey.len() {
            let image = ColorImage::from_gray(size, &thumbnail.grey);
            self.thumbnails.insert(index, ctx.load_texture("thumbnail", image, TextureOptions::LINEAR));
        }
    }
}

/// The panel.
pub fn show(ui: &mut Ui, library: &Library, shows_identity: bool, is_busy: bool, actions: &mut Vec<Action>) {
    if widgets::wide_button(ui, "Open…", named("Open a study", "Ctrl+O")).clicked() {
        actions.push(Action::AskForPath(Purpose::Study));
    }
    ui.add_space(theme::UNIT);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        if let Some(name) = &library.image {
            widgets::section(ui, "IMAGE FILE");
            let name = if shows_identity { name } else { HIDDEN_FILE };
            ui.label(shortened(name, 34));
        }
        if library.series.is_empty() && library.image.is_none() && !is_busy {
            welcome(ui, actions);
        }
        let mut heading = None;
        for (index, series) in library.series.iter().enumerate() {
            let of = (&series.patient, &series.study);
            if heading != Some(of) {
                study_heading(ui, series, shows_identity);
                heading = Some(of);
            }
            if series_row(ui, library, index, series).clicked() && series.is_volume() {
                actions.push(Action::OpenSeries(index, SliceGrid::Acquired));
            }
            other_grid(ui, library, index, series, actions);
        }
        left_out(ui, library);
    });
}

/// What to do with an empty window.
fn welcome(ui: &mut Ui, actions: &mut Vec<Action>) {
    widgets::note(ui, "Drop a folder, a zip archive or a NIfTI file on the window, or choose one.");
    ui.add_space(theme::UNIT);
    let name = named("Open the simulated demonstration case", "");
    if widgets::wide_button(ui, "Demonstration case", name).clicked() {
        actions.push(Action::OpenDemo);
    }
}

fn study_heading(ui: &mut Ui, series: &Series, shows_identity: bool) {
    ui.add_space(theme::UNIT);
    let name = shown_name(&series.patient.name);
    let name = if !shows_identity { "Identity hidden".to_owned() } else { name };
    let name = if name.is_empty() { "No name".to_owned() } else { name };
    ui.label(egui::RichText::new(shortened(&name, 30)).family(theme::semibold()));
    let date = if shows_identity { shown_date(&series.study.date) } else { String::new() };
    let study = [date, series.study.description.clone()];
    let study: Vec<String> = study.into_iter().filter(|part| !part.is_empty()).collect();
    if !study.is_empty() {
        widgets::note(ui, shortened(&study.join("  ·  "), 120));
    }
}

fn series_row(ui: &mut Ui, library: &Library, index: usize, series: &Series) -> Response {
    let size = Vec2::new(ui.available_width(), PICTURE + 2.0 * theme::UNIT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let is_open = library.open.is_some_and(|(open, _)| open == index);
    let title = description(series);
    let enabled = ui.is_enabled() && series.is_volume();
    let phase = library.phase(index);
    let (badge, colour) = badge(series, phase.class);
    let measured = matches!(library.evidence.get(&index), Some(Ok(_)));
    let badge = if measured { format!("{badge}  ·  HU") } else { badge.to_owned() };
    let says = format!("Series {title}, {badge}");
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, is_open, &says));
    let visuals = ui.style().interact(&response);
    let painter = ui.painter_at(rect);
    if is_open || response.hovered() {
        let fill = if is_open { theme::ACCENT_DIM } else { theme::CONTROL };
        painter.rect_filled(rect, visuals.corner_radius, fill);
    }
    if response.has_focus() {
        widgets::focus_line(ui, rect);
    }
    let picture = Rect::from_min_size(rect.min + Vec2::splat(theme::UNIT), Vec2::splat(PICTURE));
    painter.rect_filled(picture, 2.0, theme::BLACK);
    if let Some(texture) = library.thumbnails.get(&index) {
        let fit = texture.size_vec2() * (PICTURE / texture.size_vec2().max_elem());
        let whole = Rect::from_min_max(egui::Pos2::ZERO, egui::Pos2::new(1.0, 1.0));
        painter.image(texture.id(), Rect::from_center_size(picture.center(), fit), whole, egui::Color32::WHITE);
    }
    let at = picture.right_top() + Vec2::new(2.0 * theme::UNIT, 2.0);
    let ink = if series.is_volume() { theme::TEXT } else { theme::WEAK };
    widgets::elided(&painter, at, &title, theme::body(), (ink, rect.max.x - at.x - theme::UNIT));
    let facts = facts(series);
    painter.text(at + Vec2::new(0.0, 17.0), egui::Align2::LEFT_TOP, facts, theme::small(), theme::WEAK);
    let bold = egui::FontId::new(theme::SMALL, theme::semibold());
    painter.text(at + Vec2::new(0.0, 32.0), egui::Align2::LEFT_TOP, badge, bold, colour);
    response.on_hover_ui(|ui| reasons(ui, series, &phase, library.evidence.get(&index)))
}

/// The way onto an even, orthogonal grid and back, where the scanner's own is not one.
fn other_grid(ui: &mut Ui, library: &Library, index: usize, series: &Series, actions: &mut Vec<Action>) {
    let open = library.open.filter(|(open, _)| *open == index).map(|(_, grid)| grid);
    let (text, says, grid) = match (&series.status, open) {
        (SeriesStatus::Tilted { .. }, Some(SliceGrid::Acquired)) => {
            ("Straighten the tilt", "Open the series interpolated onto an orthogonal grid", SliceGrid::Interpolated)
        }
        (SeriesStatus::Tilted { .. }, Some(SliceGrid::Interpolated)) => {
            ("Back to the scanner's slices", "Open the series as it was acquired", SliceGrid::Acquired)
        }
        (SeriesStatus::Rejected { resamplable: true, .. }, None) => {
            ("Open interpolated", "Open the series interpolated onto evenly spaced slices", SliceGrid::Interpolated)
        }
        _ => return,
    };
    if widgets::wide_button(ui, text, named(says, "")).clicked() {
        actions.push(Action::OpenSeries(index, grid));
    }
}

fn description(series: &Series) -> String {
    let description = if series.description.is_empty() { "no description" } else { &series.description };
    let part = if series.part.is_empty() { String::new() } else { format!(", {}", series.part) };
    format!("{description}{part}")
}

fn facts(series: &Series) -> String {
    let spacing = series.geometry.map(|grid| format!("  ·  {:.3} mm", grid.slice_distance_mm()));
    let spacing = spacing.map(|text| text.replace(".000", "")).unwrap_or_default();
    let number = series.number.map(|number| format!("{number}  ·  ")).unwrap_or_default();
    format!("{number}{}{spacing}", widgets::counted(series.frames.len(), "slice"))
}

/// The phase in a word, or why the series cannot be opened.
fn badge(series: &Series, class: Option<Phase>) -> (&'static str, egui::Color32) {
    match &series.status {
        SeriesStatus::Reading => return ("reading", theme::WEAK),
        SeriesStatus::Rejected { resamplable: true, .. } => return ("uneven slices", theme::AMBER),
        SeriesStatus::Rejected { .. } => return ("not a volume", theme::AMBER),
        SeriesStatus::Usable | SeriesStatus::Irregular | SeriesStatus::Tilted { .. } => {}
    }
    match class {
        Some(Phase::PortalVenous) => ("portal venous", theme::ACCENT),
        Some(Phase::Arterial) => ("arterial", theme::WEAK),
        Some(Phase::Native) => ("native", theme::WEAK),
        Some(Phase::Delayed) => ("delayed", theme::WEAK),
        None => ("phase unclear", theme::WEAK),
    }
}

/// Why the series is ranked as it is, and what is odd about it.
fn reasons(ui: &mut Ui, series: &Series, phase: &PhaseScore, evidence: Option<&Result<HuEvidence, NoEvidence>>) {
    ui.set_max_width(340.0);
    ui.label(egui::RichText::new(shortened(&description(series), 300)).family(theme::semibold()));
    ui.label(series.status.to_string());
    if phase.points.is_none() && series.is_volume() {
        widgets::section(ui, "PORTAL VENOUS PHASE: NOT RANKED");
        for (_, reason) in &phase.reasons {
            widgets::note(ui, reason);
        }
    }
    if let Some(points) = phase.points {
        widgets::section(ui, &format!("PORTAL VENOUS PHASE: {points} POINTS"));
        for (points, reason) in &phase.reasons {
            widgets::note(ui, format!("{points:+}  {reason}"));
        }
        match evidence {
            Some(Ok(_)) => {}
            Some(Err(none)) => {
                widgets::note(ui, none.to_string());
            }
            None => {
                widgets::note(ui, "HU of aorta, portal vein and liver join once the series is opened");
            }
        }
    }
    if !series.warnings.is_empty() {
        widgets::section(ui, "WARNINGS");
        for warning in series.warnings.iter() {
            ui.label(egui::RichText::new(warning).font(theme::small()).color(theme::AMBER));
        }
    }
}

/// How many files were left out; which and why, on hover and for damaged ones in the list.
fn left_out(ui: &mut Ui, library: &Library) {
    let skipped = &library.skipped;
    if skipped.is_empty() {
        return;
    }
    ui.add_space(theme::UNIT);
    let damaged = skipped.iter().filter(|file| file.damaged).count();
    let files = |n: usize| widgets::counted(n, "file");
    let text = match damaged {
        0 => format!("{} left out", files(skipped.len())),
        _ => format!("{} left out, {damaged} damaged", files(skipped.len())),
    };
    let colour = if damaged > 0 { theme::AMBER } else { theme::WEAK };
    let heading = egui::RichText::new(text).font(theme::small()).color(colour);
    egui::CollapsingHeader::new(heading).id_salt("left out").show(ui, |ui| {
        for file in skipped.iter().take(200) {
            let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            widgets::note(ui, format!("{}: {}", shortened(&name, 40), file.reason))
                .on_hover_text(file.path.display().to_string());
        }
        if skipped.len() > 200 {
            widgets::note(ui, format!("and {} more", skipped.len() - 200));
        }
    });
}
