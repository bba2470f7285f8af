//! The panel's page of the protocol: how what is drawn stands, line by line, time at work, and the way to handing in.
//!
//! The lines show what [`Check`](crate::case::protocol::Check) finds open, no more and no less, so that nothing is asked at the end that
//! was not to be seen before.

use std::time::Duration;

use egui::{Align2, Color32, FontId, Response, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo};

use super::Shown;
use crate::case::protocol::{Facts, Standing, Topic};
use crate::case::{Case, SliceState};
use crate::segment::findings::{Finding, Likeness};
use crate::ui::actions::Action;
use crate::ui::dialogs::Purpose;
use crate::ui::protocol::{UNREVIEWED, Wish, paint_mark};
use crate::ui::widgets::{self, named};
use crate::ui::{icons, theme};
use crate::volume::Label;

/// Height that time at work and submitting take below the lines.
const FOOT: f32 = 128.0;
/// Places of each kind that are listed at first, so that every line fits the panel; the rest shows when it is asked for.
const FIRST_PLACES: usize = 3;
/// Distance of a line's details from the panel's edge: below its name.
const INDENT: f32 = 22.0;

/// The page.
pub fn show(ui: &mut Ui, shown: &Shown, case: &Case, actions: &mut Vec<Action>) {
    let lines = ScrollArea::vertical().max_height(ui.available_height() - FOOT).auto_shrink([false, false]);
    lines.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::UNIT / 2.0;
        for topic in Topic::ALL {
            line(ui, shown, case, topic);
            ui.horizontal(|ui| {
                // The legend's marks stand under the icons: its names need the width.
                ui.add_space(if topic == Topic::Slices { 0.0 } else { INDENT });
                ui.vertical(|ui| details(ui, shown, case, topic, actions));
            });
            ui.add_space(theme::UNIT);
        }
    });
    foot(ui, shown, case, actions);
}

/// How a topic stands: an icon and a word, its name between them.
fn line(ui: &mut Ui, shown: &Shown, case: &Case, topic: Topic) {
    let standing = shown.protocol.check.standing(topic);
    let is_slow = matches!(topic, Topic::Edge | Topic::Outliers);
    let waits = is_slow && standing == Standing::Unknown && case.statistics().voi.n_voxels > 0;
    let word = if waits { "checking…" } else { standing.name() };
    let (icon, colour) = match standing {
        Standing::InOrder => (icons::IN_ORDER, theme::ACCENT),
        Standing::Open => (icons::OPEN_POINT, theme::AMBER),
        Standing::Unknown => (icons::UNKNOWN, theme::WEAK),
    };
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 20.0), Sense::hover());
    let name = format!("{}: {word}", topic.name());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    let painter = ui.painter();
    let at = rect.left_center() + Vec2::new(theme::ICON / 2.0, 0.0);
    painter.text(at, Align2::CENTER_CENTER, icon, FontId::new(theme::ICON, theme::icons()), colour);
    let at = rect.left_center() + Vec2::new(INDENT, 0.0);
    painter.text(at, Align2::LEFT_CENTER, topic.name(), FontId::new(theme::BODY, theme::semibold()), theme::TEXT);
    painter.text(rect.right_center(), Align2::RIGHT_CENTER, word, theme::small(), colour);
}

fn details(ui: &mut Ui, shown: &Shown, case: &Case, topic: Topic, actions: &mut Vec<Action>) {
    let facts = shown.desk.voi_state().and_then(|state| shown.protocol.facts(state));
    let statistics = case.statistics();
    match topic {
        Topic::Window => {
            let (window, strokes) = (shown.window, case.review().window_use());
            say(ui, format!("Now W {:.0}  L {:.0}", window.width, window.level).replace('-', "−"), false);
            say(ui, format!("Strokes: {} within, {} outside", strokes.within, strokes.outside), false);
        }
        Topic::Slices => slices(ui, shown, case, facts, actions),
        Topic::Edge => {
            let margin_mm = shown.desk.voi.margin_mm();
            if let Some(voi) = shown.desk.voi.current(case).filter(|_| statistics.voi.n_voxels > 0) {
                let n = grouped(voi.voi().n_within_margin() as u64);
                say(ui, format!("{margin_mm} mm, {n} voxels left out"), false);
            }
            if let Some((facts, is_stale)) = facts.filter(|_| statistics.voi.n_voxels > 0) {
                let reaches = facts.at_border.is_some();
                say(
                    ui,
                    if reaches { "The liver reaches the image's border" } else { "No border is touched" },
                    is_stale,
                );
            }
        }
        Topic::Outliers => {
            if let Some((facts, is_stale)) = facts {
                places(ui, shown, facts, is_stale, actions);
            }
        }
        Topic::Caudate => match statistics.label(Label::Caudate).volume_ml {
            ml if ml > 0.0 => say(ui, format!("Excluded, {ml:.1} mL"), false),
            _ => say(ui, "Not drawn", false),
        },
        Topic::Phase => match shown.desk.hu {
            Some(Ok(hu)) => {
                let words = [("Aorta", hu.aorta), ("portal vein", hu.portal_vein), ("liver", hu.liver)];
                let words = words.map(|(name, hu)| format!("{name} {hu:.0}")).join(", ");
                say(ui, format!("{words} HU").replace('-', "−"), false);
            }
            Some(Err(none)) => say(ui, none.to_string(), false),
            None => {}
        },
        Topic::Volume => {
            say(ui, format!("{:.0} mL without vessels, lesions, caudate", statistics.voi.volume_ml), false)
        }
    }
}

/// A detail in small letters; dimmed where it is of an earlier state.
fn say(ui: &mut Ui, text: impl Into<String>, is_stale: bool) {
    let colour = if is_stale { theme::faded(theme::WEAK, STALE) } else { theme::WEAK };
    ui.add(egui::Label::new(egui::RichText::new(text).font(theme::small()).color(colour)).wrap());
}

/// How strong what is of an earlier state still shows.
const STALE: f32 = 0.6;

/// How far the slices got: the legend of the slider, with counts that lead there.
fn slices(ui: &mut Ui, shown: &Shown, case: &Case, facts: Option<(&Facts, bool)>, actions: &mut Vec<Action>) {
    let states: Vec<SliceState> = case.review().states().collect();
    let rows = [
        [SliceState::Reviewed, SliceState::Interpolated],
        [SliceState::Drawn, SliceState::Proposed],
        [SliceState::Untouched, SliceState::Loaded],
    ];
    for row in rows {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        ui.columns(2, |columns| {
            for (column, state) in columns.iter_mut().zip(row) {
                let n = states.iter().filter(|other| **other == state).count();
                column.add_enabled_ui(n > 0, |ui| {
                    if legend(ui, state, n).clicked() {
                        actions.push(Action::Protocol(Wish::NextOf(vec![state])));
                    }
                });
            }
        });
    }
    if let Some((facts, is_stale)) = facts.filter(|(facts, _)| !facts.gaps.is_empty()) {
        say(ui, format!("Slices without liver in between: {}", facts.gaps.len()), is_stale);
    }
    let n = states.iter().filter(|state| state.needs_review()).count();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        ui.add_enabled_ui(n > 0, |ui| {
            let name = "Go to the next slice that needs a look";
            let button = ui.small_button(format!("{n} to look at"));
            button.widget_info(|| WidgetInfo::labeled(Role::Button, n > 0, name));
            if widgets::explained(button, named(name, "")).clicked() {
                actions.push(Action::Protocol(Wish::NextOf(UNREVIEWED.to_vec())));
            }
        });
        let is_reviewed = case.review().state(shown.crosshair[2]) == SliceState::Reviewed;
        let (text, name) = match is_reviewed {
            true => ("Take back", "Take back that the slice in view is accepted"),
            false => ("Accept slice", "Accept the slice in view"),
        };
        let button = ui.small_button(text);
        button.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        if widgets::explained(button, named(name, "A")).clicked() {
            actions.push(Action::Protocol(Wish::Review));
        }
    });
}

/// Mark, name and number of a state.
fn legend(ui: &mut Ui, state: SliceState, n: usize) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 18.0), Sense::click());
    let enabled = ui.is_enabled();
    let name = format!("Slices {}: {n}", state.name());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, &name));
    if enabled {
        widgets::row_ground(ui, rect, &response, false);
    }
    let mark = egui::Rect::from_center_size(rect.left_center() + Vec2::new(8.0, 0.0), Vec2::new(14.0, 8.0));
    let painter = ui.painter();
    paint_mark(painter, mark, state);
    let colour = if enabled { theme::TEXT } else { theme::WEAK };
    let at = rect.left_center() + Vec2::new(20.0, 0.0);
    painter.text(at, Align2::LEFT_CENTER, state.name(), theme::small(), colour);
    widgets::number(painter, rect.right_center() - Vec2::new(2.0, 0.0), &n.to_string(), &theme::small(), colour);
    if enabled { response.on_hover_text(format!("Go to the next one that is {}", state.name())) } else { response }
}

/// What in the VOI does not look like liver: kinds by their volume, and of each the largest first.
fn places(ui: &mut Ui, shown: &Shown, facts: &Facts, is_stale: bool, actions: &mut Vec<Action>) {
    let listed = &facts.findings.listed;
    if listed.is_empty() {
        let text = if facts.findings.median_hu.is_some() { "None found" } else { "The VOI has no inside" };
        return say(ui, text, is_stale);
    }
    let of_kind = |kind: Likeness| listed.iter().filter(move |finding| finding.likeness == kind);
    let volume = |kind: Likeness| of_kind(kind).map(|finding| finding.volume_mm3).sum::<f64>();
    let mut kinds = Likeness::ALL;
    kinds.sort_by(|a, b| volume(*b).total_cmp(&volume(*a)));
    let all = ui.scope_id().with("all places");
    let shows_all = ui.data(|data| data.get_temp::<bool>(all)).unwrap_or(false);
    let n_of_kind = if shows_all { listed.len() } else { FIRST_PLACES };
    let shown_places: Vec<&Finding> = kinds.into_iter().flat_map(|kind| of_kind(kind).take(n_of_kind)).collect();
    let boxed = shown.desk.voi_state().and_then(|state| shown.protocol.boxed(state));
    for finding in &shown_places {
        if place(ui, finding, boxed == Some(finding.bounds), is_stale).clicked() {
            actions.push(Action::Protocol(Wish::Look(finding.voxel, finding.bounds)));
        }
    }
    let more = listed.len() - shown_places.len();
    if more > 0 || shows_all {
        let text = if shows_all { "The largest alone".to_owned() } else { format!("{more} more…") };
        if ui.small_button(text).clicked() {
            ui.data_mut(|data| data.insert_temp(all, !shows_all));
        }
    }
}

/// What a place looks like, its volume and mean HU; a click leads there.
fn place(ui: &mut Ui, finding: &Finding, chosen: bool, is_stale: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 18.0), Sense::click());
    let (ml, hu) = (finding.volume_mm3 / 1000.0, finding.mean_hu);
    let [ml, hu] = [format!("{ml:.1} mL"), format!("{hu:.0} HU").replace('-', "−")];
    let name = format!("{}, {ml}, {hu}", finding.likeness.name());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
    widgets::row_ground(ui, rect, &response, chosen);
    let colour = theme::faded(theme::TEXT, if is_stale { STALE } else { 1.0 });
    let painter = ui.painter();
    let at = rect.left_center() + Vec2::new(2.0, 0.0);
    painter.text(at, Align2::LEFT_CENTER, finding.likeness.name(), theme::small(), colour);
    let right = rect.right_center() - Vec2::new(2.0, 0.0);
    widgets::number(painter, right, &hu, &theme::small(), colour);
    widgets::number(painter, right - Vec2::new(56.0, 0.0), &ml, &theme::small(), colour);
    response.on_hover_text(format!("Slice {}: go there", finding.voxel[2] + 1))
}

/// Time at work, and handing in.
fn foot(ui: &mut Ui, shown: &Shown, case: &Case, actions: &mut Vec<Action>) {
    let protocol = shown.protocol;
    widgets::section(ui, "TIME AT WORK");
    ui.horizontal(|ui| {
        let slice = protocol.times.on_slice(shown.crosshair[2]);
        let text = format!("{}, this slice {}", spent(protocol.times.total()), spent(slice));
        ui.label(egui::RichText::new(text).font(theme::small()).color(theme::TEXT));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let button = ui.small_button("CSV…");
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Save the times"));
            let hint = "Save the time at work, by slice and tool";
            if widgets::explained(button, named(hint, "")).clicked() {
                actions.push(Action::AskForPath(Purpose::SaveTimes));
            }
        });
    });
    let n = protocol.check.points.len();
    let is_submitted = shown.desk.voi_state().is_some_and(|state| protocol.is_submitted(state));
    let text = match n {
        _ if is_submitted => "Submit again…".to_owned(),
        0 => "Submit…".to_owned(),
        1 => "Submit…  1 point open".to_owned(),
        n => format!("Submit…  {n} points open"),
    };
    if widgets::main_button(ui, &text, named("Submit…", "")).clicked() {
        actions.push(Action::Protocol(Wish::Ask));
    }
    let (text, colour) = handed_in(shown, case);
    ui.label(egui::RichText::new(text).font(theme::small()).color(colour));
}

/// Who submitted when, and whether something was drawn since.
fn handed_in(shown: &Shown, case: &Case) -> (String, Color32) {
    let Some((_, submitted)) = &shown.protocol.submitted else { return ("Not submitted yet".to_owned(), theme::WEAK) };
    let at = submitted.at.get(..16).unwrap_or(&submitted.at).replace('T', " ");
    let words = format!("Submitted {at} by {}", submitted.reader);
    let is_same = shown.desk.voi_state().is_some_and(|state| shown.protocol.is_submitted(state));
    match is_same && !case.is_drawing() {
        true => (words, theme::WEAK),
        false => (format!("{words}; changed since"), theme::AMBER),
    }
}

/// A time at work.
fn spent(time: Duration) -> String {
    match time.as_secs() {
        s @ 0..60 => format!("{s} s"),
        s @ 60..3600 => format!("{} min {} s", s / 60, s % 60),
        s => format!("{} h {} min", s / 3600, s / 60 % 60),
    }
}

/// A number with its thousands apart.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join("\u{202f}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_numbers_read_well() {
        let times = [59, 61, 3600 + 61].map(|s| spent(Duration::from_secs(s)));
        assert_eq!(times, ["59 s", "1 min 1 s", "1 h 1 min"]);
        assert_eq!([7, 1234, 1_234_567].map(grouped), ["7", "1\u{202f}234", "1\u{202f}234\u{202f}567"]);
    }
}
