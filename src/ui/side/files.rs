//! Files of what is drawn.

use egui::Ui;

use super::Shown;
use crate::ui::actions::Action;
use crate::ui::dialogs::Purpose;
use crate::ui::widgets::{self, named};

/// Buttons that load and save labels.
pub fn show(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    widgets::section(ui, if shown.desk.is_saved() { "FILES" } else { "FILES  ·  not saved" });
    let is_dicom = shown.desk.can_save_seg();
    offer(
        ui,
        shown,
        [
            ("Load…", "Load labels", "Ctrl+L", Purpose::LoadLabels, true),
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
