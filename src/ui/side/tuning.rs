//! What can be set while a tool's proposal waits: the ends of the caudate lobe, and a lesion's band of HU.

use egui::{Role, Ui, WidgetInfo};

use super::Shown;
use crate::segment::lesion::HuBand;
use crate::ui::actions::Action;
use crate::ui::pen::Pen;
use crate::ui::proposals::Recipe;
use crate::ui::theme;
use crate::ui::widgets::{self, named};

/// How a cut is drawn, where a line of the panel has no room for it.
const CUTTING: &str = "On the axial view: from the left end of the fissure for the ligamentum venosum to the front of the vena cava. \
    A line may also be clicked corner by corner. Two lines, at the upper and the lower end, set the ends; Backspace takes back.";

/// What to do next for the caudate lobe, and its ends.
pub fn caudate(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    // As high as the hints of other tools, so that nothing below is pushed out of a small window.
    ui.spacing_mut().item_spacing.y = theme::UNIT;
    widgets::note(ui, shown.proposals.cut.hint()).on_hover_text(CUTTING);
    let ends = shown.proposals.cut.ends();
    ui.columns(2, |columns| {
        let offers = [("Upper", "Shift+Home", true), ("Lower", "Shift+End", false)];
        for ((column, end), (name, key, is_upper)) in columns.iter_mut().zip(ends).zip(offers) {
            let text = end.map_or(format!("{name} end"), |end| format!("{name}: {}", end + 1));
            let hint = format!("{name} end on the axial slice that shows");
            let button = column.add_sized([column.available_width(), theme::ROW], egui::Button::new(text));
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &hint));
            if widgets::explained(button, named(&hint, key)).clicked() {
                actions.push(Action::SetCutEnd(is_upper));
            }
        }
    });
    ui.spacing_mut().item_spacing.y = 2.0 * theme::UNIT;
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
        let hint = "Take the HU from around the click";
        let auto = ui.add_enabled(lesion.is_set, egui::Button::new("Auto"));
        auto.widget_info(|| WidgetInfo::labeled(Role::Button, lesion.is_set, hint));
        if widgets::explained(auto, named(hint, "")).clicked() {
            actions.push(Action::SetLesionBand(None));
        }
    });
}
