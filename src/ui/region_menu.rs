//! What can be done to the whole of a label's region; each is proposed first, with the change of volume.

use egui::{Id, Ui};

use super::actions::Action;
use super::widgets::{self, named};
use crate::case::Case;
use crate::job::RegionChange;
use crate::segment::region::{Combination, Smoothing};
use crate::volume::Label;

/// Sizes that can be set, in mm.
const SIZES: std::ops::RangeInclusive<f64> = 0.1..=50.0;
/// The size at first, in mm.
const SIZE: f64 = 2.5;

/// The menu's content, for a label, in a case whose crosshair is at a voxel.
pub fn show(ui: &mut Ui, label: Label, case: &Case, crosshair: [usize; 3], actions: &mut Vec<Action>) {
    let id = Id::unique("region size");
    let mut mm = ui.data_mut(|data| *data.get_temp_mut_or(id, SIZE));
    ui.horizontal(|ui| {
        let name = ui.label("Size").id;
        let field = egui::DragValue::new(&mut mm).range(SIZES).speed(0.1).max_decimals(1).suffix(" mm");
        ui.add(field.custom_parser(widgets::typed_number)).labelled_by(name);
    });
    ui.data_mut(|data| data.insert_temp(id, mm));
    ui.separator();
    let mut offer = |ui: &mut Ui, text: &str, hint: &str, change: RegionChange| {
        if widgets::explained(ui.button(text), named(hint, "")).clicked() {
            actions.push(Action::ChangeRegion(change));
            ui.close();
        }
    };
    offer(ui, "Widen", "Widen the region by the size", RegionChange::Margin(mm));
    offer(ui, "Shrink", "Shrink the region by the size", RegionChange::Margin(-mm));
    for (text, hint, how) in [
        ("Median", "Smooth: what most voxels within the size are", Smoothing::Median { radius_mm: mm }),
        ("Gaussian", "Smooth by a Gaussian of the size", Smoothing::Gaussian { sigma_mm: mm }),
        ("Closing", "Fill cracks narrower than the size", Smoothing::Closing { radius_mm: mm }),
        ("Opening", "Remove bridges narrower than the size", Smoothing::Opening { radius_mm: mm }),
    ] {
        offer(ui, text, hint, RegionChange::Smooth(how));
    }
    ui.separator();
    let holes = |slice_by_slice| RegionChange::FillHoles { slice_by_slice };
    offer(ui, "Fill holes", "Fill what is enclosed on all sides", holes(false));
    offer(ui, "Fill holes on slices", "Fill what is enclosed on its axial slice", holes(true));
    offer(ui, "Keep largest part", "Keep the largest part alone", RegionChange::KeepLargest);
    let [i, j, k] = crosshair;
    let is_on_part = case.label_map().bits().get((k, j, i)).is_some_and(|bits| bits & label.bit() != 0);
    ui.add_enabled_ui(is_on_part, |ui| {
        offer(ui, "Keep this part", "Keep the part under the crosshair alone", RegionChange::KeepPart(crosshair));
        offer(ui, "Remove this part", "Take the part under the crosshair away", RegionChange::RemovePart(crosshair));
    });
    if !is_on_part {
        widgets::note(ui, "The crosshair is on no part");
    }
    // What is empty changes nothing, or everything.
    let others = Label::ALL.into_iter().filter(|&other| other != label);
    for other in others.filter(|&other| case.statistics().label(other).n_voxels > 0) {
        ui.separator();
        let name = other.name().to_lowercase();
        for (verb, how) in [
            ("Join", Combination::Union),
            ("Subtract", Combination::Difference),
            ("Intersect", Combination::Intersection),
        ] {
            let text = format!("{verb} {name}");
            offer(ui, &text, &text, RegionChange::Combine(how, other));
        }
    }
}
