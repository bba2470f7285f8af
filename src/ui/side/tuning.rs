//! What can be set while a tool's proposal waits: the ends of the caudate lobe, and a lesion's band of HU.

use egui::{Role, Ui, WidgetInfo};

use super::Shown;
use crate::segment::lesion::HuBand;
use crate::ui::actions::Action;
use crate::ui::pen::Pen;
use crate::ui::proposals::Recipe;
use crate::ui::theme;
use crate::ui::widgets::{self, named};

/// What to do next for the caudate lobe, and its ends.
pub fn caudate(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    widgets::note(ui, shown.proposals.cut.hint());
    let ends = shown.proposals.cut.ends();
    ui.columns(2, |columns| {
        let offers = [("Upper end", "Shift+Home", true), ("Lower end", "Shift+End", false)];
        for ((column, end), (name, key, is_upper)) in columns.iter_mut().zip(ends).zip(offers) {
            let text = end.map_or(format!("{name} here"), |end| format!("{name}: {}", end + 1));
            let hint = format!("{name} on the axial slice that shows");
            if widgets::wide_button(column, &text, named(&hint, key)).clicked() {
                actions.push(Action::SetCutEnd(is_upper));
            }
        }
    });
}

/// The band of HU of the lesion that waits; a hint while none does.
pub fn lesion(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    let waiting = shown.proposals.waiting.as_ref().map(|proposal| &proposal.recipe);
    let Some(Recipe::Lesion(lesion)) = waiting else {
        widgets::note(ui, "Click a lesion: all of it is proposed.");
        return;
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        ui.label("HU");
        let HuBand { mut low, mut high } = lesion.band;
        let mut changed = false;
        for (name, value) in [("Lesion from HU", &mut low), ("Lesion to HU", &mut high)] {
            let field = egui::DragValue::new(value).range(Pen::HU).speed(0.5).fixed_decimals(0);
            let response = ui.add(field.update_while_editing(false).custom_parser(widgets::typed_number));
            response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, name));
            changed |= response.on_hover_text(name).changed();
            if name == "Lesion from HU" {
                ui.label("to");
            }
        }
        if changed {
            actions.push(Action::SetLesionBand(Some(HuBand { low, high })));
        }
        let auto = egui::Button::new("Auto");
        let hint = named("Take the HU from around the click", "");
        if widgets::explained(ui.add_enabled(lesion.is_set, auto), hint).clicked() {
            actions.push(Action::SetLesionBand(None));
        }
    });
}
