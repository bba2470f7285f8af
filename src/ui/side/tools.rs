//! Tools, undo, and what the tool in hand needs to know.

use egui::{Role, Ui, WidgetInfo};

use super::{Shown, tuning};
use crate::case::Case;
use crate::ui::actions::Action;
use crate::ui::pen::{Pen, Tip, Tool};
use crate::ui::widgets::{self, named};
use crate::ui::{edit_list, icons, theme};
use crate::volume::Label;

/// The tools, and a line about the one in hand.
pub fn show(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
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
        ui.spacing_mut().item_spacing.x = 0.0;
        history(ui, shown, actions);
        // Two fields of four digits have room beside it.
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        ui.spacing_mut().button_padding.x = theme::UNIT;
        hu_range(ui, shown.pen, actions);
    });
    let hint = match shown.pen.tool {
        Tool::Navigate => "Drag moves the crosshair.",
        Tool::Contour => "Click or drag; Enter closes and fills. A drag across the border extends or cuts.",
        Tool::Livewire => "Click along the edge; the line follows it. Enter closes and fills.",
        Tool::Grow => match shown.pen.label {
            Label::Liver => "Draw a line in the liver, with Alt one outside it: the whole liver is proposed.",
            Label::Vessel => "Click: the enhanced vessels within the liver are proposed.",
            Label::Lesion => return tuning::lesion(ui, shown, actions),
            Label::Caudate => return tuning::caudate(ui, shown, actions),
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
    // The tips take the room that a word before the field would.
    ui.spacing_mut().button_padding.x = theme::UNIT;
    let field = ui.add(drag);
    field.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Radius"));
    let field = widgets::explained(field, named("Radius", "[  ], Shift+Wheel"));
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
    let undo = if shown.case.is_some_and(|case| shown.proposals.is_latest(case)) {
        Some("the proposal's last stroke")
    } else {
        undo
    };
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
    edit_list::show(ui, history, actions);
}
