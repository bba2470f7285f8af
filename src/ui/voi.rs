//! The right panel: labels, tools, undo, and what was drawn measures.

use egui::{Grid, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use super::actions::Action;
use super::desk::Desk;
use super::dialogs::Purpose;
use super::features::Extracted;
use super::pen::{Pen, Tip, Tool};
use super::widgets::{self, named};
use super::{icons, region_menu, theme};
use crate::case::{Case, RegionStatistics};
use crate::render::Overlay;
use crate::volume::Label;

/// What the panel shows.
pub struct Shown<'a> {
    /// The case; the panel is dimmed without one.
    pub case: Option<&'a Case>,
    /// Tool, label, size.
    pub pen: &'a Pen,
    /// How labels are shown.
    pub overlay: &'a Overlay,
    /// What the case came from, and whether it is saved.
    pub desk: &'a Desk,
    /// What was extracted so far.
    pub extracted: &'a Extracted,
    /// Whether features are being extracted.
    pub is_extracting: bool,
    /// The voxel under the crosshair.
    pub crosshair: [usize; 3],
}

/// The panel.
pub fn show(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    ui.add_enabled_ui(shown.case.is_some(), |ui| {
        tools(ui, shown, actions);
        labels(ui, shown, actions);
        region(ui, shown, actions);
        look(ui, shown, actions);
        if let Some(case) = shown.case {
            statistics(ui, case);
            extraction(ui, shown, case, actions);
        }
        files(ui, shown, actions);
    });
}

fn tools(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    widgets::section(ui, "TOOLS");
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for tool in Tool::ALL {
            let icon = match tool {
                Tool::Navigate => icons::NAVIGATE,
                Tool::Contour => icons::CONTOUR,
                Tool::Livewire => icons::LIVEWIRE,
                Tool::Nudge => icons::NUDGE,
                Tool::Brush => icons::BRUSH,
                Tool::Erase => icons::ERASE,
                Tool::Grow => icons::GROW,
            };
            if widgets::icon_button(ui, icon, named(tool.name(), tool.key()), shown.pen.tool == tool).clicked() {
                actions.push(Action::Take(tool));
            }
        }
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        history(ui, shown, actions);
        hu_range(ui, shown.pen, actions);
    });
    let hint = match shown.pen.tool {
        Tool::Navigate => "Drag moves the crosshair.",
        Tool::Contour => "Click or drag; Enter closes and fills. A drag across the border extends or cuts.",
        Tool::Livewire => "Click along the edge; the line follows it. Enter closes and fills.",
        Tool::Grow => match shown.pen.label {
            Label::Liver => "Draw a line in the liver, with Alt one outside it: the whole liver is proposed.",
            Label::Vessel => "Click: the enhanced vessels within the liver are proposed.",
            Label::Lesion => "Click a lesion: all of it is proposed.",
            Label::Caudate => "Draw the caudate lobe with the contour tool.",
        },
        Tool::Nudge | Tool::Brush | Tool::Erase => "",
    };
    if hint.is_empty() {
        ui.horizontal(|ui| radius(ui, shown.pen, actions));
    } else {
        widgets::note(ui, hint);
    }
}

/// The radius of the tool, and how the brush's tip reaches.
fn radius(ui: &mut Ui, pen: &Pen, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.x = theme::UNIT;
    let mut radius = pen.radius_mm;
    let drag = egui::DragValue::new(&mut radius).range(Pen::RADII).speed(0.1).max_decimals(1).suffix(" mm");
    let drag = drag.custom_parser(widgets::typed_number);
    let label = ui.label("Radius");
    let field = widgets::explained(ui.add(drag).labelled_by(label.id), named("Brush radius", "[  ], Shift+Wheel"));
    if field.changed() {
        actions.push(Action::SetRadius(radius));
    }
    if pen.tool == Tool::Nudge {
        return;
    }
    for tip in Tip::ALL {
        let response = widgets::choice(ui, pen.tip == tip, named(tip.name(), "T"));
        if response.on_hover_text(tip.meaning()).clicked() {
            actions.push(Action::SetTip(tip));
        }
    }
}

/// The range of HU that strokes keep to.
fn hu_range(ui: &mut Ui, pen: &Pen, actions: &mut Vec<Action>) {
    let is_on = pen.hu_range.is_some();
    let mut wanted = is_on;
    let hint = "Strokes of every tool keep to voxels within a range of HU";
    let response = ui.checkbox(&mut wanted, "HU");
    if widgets::explained(response, named(hint, "U")).changed() {
        actions.push(Action::ToggleHuRange);
    }
    if let Some([mut low, mut high]) = pen.hu_range {
        let mut changed = false;
        for (name, value) in [("Lowest HU", &mut low), ("Highest HU", &mut high)] {
            let field = egui::DragValue::new(value).range(Pen::HU).speed(1.0).fixed_decimals(0);
            let response = ui.add(field.update_while_editing(false).custom_parser(widgets::typed_number));
            response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, name));
            changed |= response.on_hover_text(name).changed();
        }
        if changed {
            actions.push(Action::SetHuRange(Some([low, high])));
        }
    }
}

fn history(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    let history = shown.case.map(Case::history);
    let undo = history.and_then(|history| history.undo_name());
    let redo = history.and_then(|history| history.redo_name());
    for (icon, verb, name, key, action) in
        [(icons::UNDO, "Undo", undo, "Ctrl+Z", Action::Undo), (icons::REDO, "Redo", redo, "Ctrl+Shift+Z", Action::Redo)]
    {
        let text = name.map_or(verb.to_owned(), |name| format!("{verb} {name}"));
        ui.add_enabled_ui(name.is_some(), |ui| {
            if widgets::icon_button(ui, icon, named(&text, key), false).clicked() {
                actions.push(action);
            }
        });
    }
}

fn labels(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    widgets::section(ui, "LABELS");
    ui.spacing_mut().item_spacing.y = 0.0;
    for label in Label::ALL {
        ui.horizontal(|ui| {
            let is_shown = shown.overlay.shown[label as usize];
            let icon = if is_shown { icons::SHOWN } else { icons::HIDDEN };
            let verb = if is_shown { "Hide" } else { "Show" };
            let name = format!("{verb} {}", label.name().to_lowercase());
            if widgets::icon_button(ui, icon, named(&name, ""), false).clicked() {
                actions.push(Action::ToggleLabel(label));
            }
            let is_locked = shown.case.is_some_and(|case| case.locks.is_locked(label));
            let (icon, verb) = if is_locked { (icons::LOCKED, "Unlock") } else { (icons::UNLOCKED, "Lock") };
            let name = format!("{verb} {}", label.name().to_lowercase());
            let why = "Strokes of other labels leave a locked one alone and flow around it";
            if widgets::icon_button(ui, icon, named(&name, ""), false).on_hover_text(why).clicked() {
                actions.push(Action::ToggleLock(label));
            }
            if label_row(ui, shown, label).clicked() {
                actions.push(Action::Choose(label));
            }
        });
    }
    ui.spacing_mut().item_spacing.y = 2.0 * theme::UNIT;
}

/// What is done to the whole region, and to slices between drawn ones.
fn region(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    ui.add_space(theme::UNIT);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        let label = shown.pen.label;
        ui.menu_button("Whole region…", |ui| region_menu::show(ui, label, shown.crosshair, actions));
        let hint = "Fill all slices between those that are drawn";
        if widgets::explained(ui.button("Fill between"), named(hint, "I")).clicked() {
            actions.push(Action::FillBetween);
        }
    });
}

/// Colour, name and volume of a label; a click makes it the one that is drawn.
fn label_row(ui: &mut Ui, shown: &Shown, label: Label) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), theme::ROW), Sense::click());
    let chosen = shown.pen.label == label;
    let name = format!("Draw {}", label.name().to_lowercase());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, enabled, chosen, &name));
    widgets::row_ground(ui, rect, &response, chosen);
    let painter = ui.painter();
    let colour = theme::label_colour(shown.overlay.colours[label as usize]);
    let swatch = egui::Rect::from_center_size(rect.left_center() + Vec2::new(14.0, 0.0), Vec2::splat(10.0));
    painter.rect_filled(swatch, 2.0, colour);
    let at = rect.left_center() + Vec2::new(28.0, 0.0);
    painter.text(at, egui::Align2::LEFT_CENTER, label.name(), theme::body(), theme::TEXT);
    let measured = shown.case.map(|case| case.statistics().label(label).volume_ml).filter(|ml| *ml > 0.0);
    let volume = measured.map_or("–".to_owned(), |ml| format!("{ml:.1} mL"));
    let at = rect.right_center() - Vec2::new(8.0, 0.0);
    painter.text(at, egui::Align2::RIGHT_CENTER, volume, theme::body(), theme::WEAK);
    widgets::explained(response, named(&name, &format!("Ctrl+{}", label.number())))
}

fn look(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    ui.add_space(theme::UNIT);
    Grid::new("look").num_columns(2).show(ui, |ui| {
        ui.spacing_mut().slider_width = 92.0;
        let mut percent = shown.overlay.opacity * 100.0;
        let label = ui.label("Opacity");
        let slider = egui::Slider::new(&mut percent, 0.0..=100.0).fixed_decimals(0).suffix(" %");
        if ui.add(slider).labelled_by(label.id).changed() {
            actions.push(Action::SetOpacity(percent / 100.0));
        }
        ui.end_row();
        let mut outline = shown.overlay.outline;
        let label = ui.label("Outline");
        let slider = egui::Slider::new(&mut outline, 0.0..=4.0).step_by(0.5).fixed_decimals(1).suffix(" pt");
        if ui.add(slider).labelled_by(label.id).changed() {
            actions.push(Action::SetOutline(outline));
        }
        ui.end_row();
    });
}

fn statistics(ui: &mut Ui, case: &Case) {
    widgets::section(ui, "VOLUME OF INTEREST");
    let statistics = case.statistics();
    theme::card_frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        let big = egui::RichText::new(format!("{:.1} mL", statistics.voi.volume_ml)).font(theme::heading());
        ui.label(big);
        widgets::note(ui, "Liver without vessels, lesions and caudate lobe");
        Grid::new("voi").num_columns(2).spacing([16.0, 2.0]).show(ui, |ui| {
            rows(ui, &statistics.voi);
        });
    });
}

/// The button that leads on, and what is known of the last extraction.
fn extraction(ui: &mut Ui, shown: &Shown, case: &Case, actions: &mut Vec<Action>) {
    if shown.desk.interpolation.is_some() {
        let mut allowed = shown.desk.allows_interpolated;
        let text = "Features of interpolated voxels";
        let hint = "Interpolation changes texture: such features are not comparable with the scanner's own voxels.";
        if ui.checkbox(&mut allowed, text).on_hover_text(hint).changed() {
            actions.push(Action::AllowInterpolated(allowed));
        }
    }
    let may = shown.desk.interpolation.is_none() || shown.desk.allows_interpolated;
    let can_start = case.statistics().voi.n_voxels > 0 && !shown.is_extracting && may;
    ui.add_enabled_ui(can_start, |ui| {
        let text = if shown.is_extracting { "Extracting…" } else { "Extract features" };
        let button = widgets::main_button(ui, text, named("Extract features", "F"));
        let why = if shown.is_extracting {
            "Features are being extracted"
        } else if may {
            "The VOI is empty: draw the liver first, or load labels"
        } else {
            "The image is interpolated: allow features of interpolated voxels first"
        };
        if button.on_disabled_hover_text(why).clicked() {
            actions.push(Action::Extract);
        }
    });
    // One line whatever it says, so that nothing below it moves.
    let (text, colour) = match shown.extracted.of(case.revision()) {
        None => ("No features extracted yet".to_owned(), theme::WEAK),
        Some((features, true)) => {
            (format!("{} features, out of date: labels changed", features.values.len()), theme::AMBER)
        }
        Some((features, false)) if features.warnings.is_empty() => {
            (format!("{} features extracted (F2)", features.values.len()), theme::WEAK)
        }
        Some((features, false)) => (format!("{} features, with warnings (F2)", features.values.len()), theme::AMBER),
    };
    ui.label(egui::RichText::new(text).font(theme::small()).color(colour));
}

fn rows(ui: &mut Ui, region: &RegionStatistics) {
    let hu = |value: Option<f64>| value.map_or("–".to_owned(), |hu| format!("{hu:.1} HU").replace('-', "−"));
    let facts = [
        ("Mean", hu(region.mean_hu)),
        ("SD", hu(region.sd_hu)),
        ("Voxels", region.n_voxels.to_string()),
        ("Slices", region.n_slices.to_string()),
    ];
    for (name, value) in facts {
        ui.label(egui::RichText::new(name).color(theme::WEAK));
        ui.label(value);
        ui.end_row();
    }
}

fn files(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    widgets::section(ui, if shown.desk.is_saved() { "FILES" } else { "FILES  ·  not saved" });
    let is_dicom = shown.desk.can_save_seg();
    offer(
        ui,
        shown,
        [
            ("Load…", "Load labels", "", Purpose::LoadLabels, true),
            ("SEG…", "Save as DICOM SEG", "Ctrl+S", Purpose::SaveSeg, is_dicom),
            ("NIfTI…", "Save as NIfTI", "", Purpose::SaveNifti, true),
        ],
        actions,
    );
    offer(
        ui,
        shown,
        [
            ("NRRD…", "Save as NRRD for 3D Slicer", "", Purpose::SaveNrrd, true),
            ("RTSTRUCT…", "Save as contours, which lose voxels", "", Purpose::SaveRtStruct, is_dicom),
        ],
        actions,
    );
}

/// Buttons for files, side by side: text, name, key, what for, and whether it can be done.
fn offer<const N: usize>(
    ui: &mut Ui,
    shown: &Shown,
    offers: [(&str, &str, &str, Purpose, bool); N],
    actions: &mut Vec<Action>,
) {
    ui.columns(N, |columns| {
        for (column, (text, name, key, purpose, enabled)) in columns.iter_mut().zip(offers) {
            column.add_enabled_ui(enabled, |ui| {
                let button = widgets::wide_button(ui, text, named(name, key));
                let why = if shown.case.is_some() { shown.desk.why_no_seg() } else { None };
                if button.on_disabled_hover_text(why.unwrap_or("Open an image first")).clicked() {
                    actions.push(Action::AskForPath(purpose));
                }
            });
        }
    });
}
