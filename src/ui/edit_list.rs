//! The undo list by name: every edit that can be undone or redone, newest first; a click leads to the state after it.

use egui::{Popup, PopupCloseBehavior, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo};

use super::actions::Action;
use super::widgets::{self, named};
use super::{App, icons, theme};
use crate::case::{History, Revision, Step};

/// Width of the list, in points.
const WIDTH: f32 = 260.0;
/// Most that it is high; the rest is scrolled to.
const HEIGHT: f32 = 420.0;

/// The arrow that opens the list, beside undo and redo.
pub fn show(ui: &mut Ui, history: Option<&History>, actions: &mut Vec<Action>) {
    let any = history.filter(|history| history.steps().next().is_some());
    ui.add_enabled_ui(any.is_some(), |ui| {
        let arrow = widgets::icon_button(ui, icons::LIST, named("List of edits", ""), false);
        let popup = Popup::menu(&arrow).close_behavior(PopupCloseBehavior::CloseOnClickOutside).width(WIDTH);
        popup.show(|ui| {
            if let Some(history) = any {
                list(ui, history, actions);
            }
        });
    });
}

fn list(ui: &mut Ui, history: &History, actions: &mut Vec<Action>) {
    ui.set_width(WIDTH);
    widgets::note(ui, "A click goes back to a state, or forward to it.");
    let steps: Vec<Step> = history.steps().collect();
    let present = history.revision();
    let n_undone = steps.iter().filter(|step| !step.is_done).count();
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::vertical().max_height(HEIGHT).auto_shrink([false, true]);
    if ui.is_sizing_pass() {
        // What was undone lies above: the present state is what is looked for.
        area = area.vertical_scroll_offset((n_undone as f32 - 4.0).max(0.0) * theme::ROW);
    }
    area.show_rows(ui, theme::ROW, steps.len() + 1, |ui, rows| {
        for row in rows {
            let oldest = Step { name: "As it was before", state: history.oldest_state(), is_done: true };
            let step = steps.get(row).copied().unwrap_or(oldest);
            if state_row(ui, &step, step.state == present) {
                actions.push(Action::GoToState(step.state));
            }
        }
    });
}

/// One state; answers whether it was clicked.
fn state_row(ui: &mut Ui, step: &Step, is_present: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), theme::ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, is_present, step.name));
    widgets::row_ground(ui, rect, &response, is_present);
    let colour = if step.is_done { theme::TEXT } else { theme::WEAK };
    let at = rect.left_center() + Vec2::new(2.0 * theme::UNIT, -theme::BODY / 2.0 - 1.0);
    widgets::elided(ui.painter(), at, step.name, theme::body(), (colour, rect.width() - 4.0 * theme::UNIT));
    response.clicked()
}

/// Goes back or forth to a state.
pub fn go_to(app: &mut App, state: Revision) {
    let Some(case) = &mut app.desk.case else { return };
    let is_back = case.history().way_to(state).is_some_and(|way| way < 0);
    let n = case.go_to(state);
    if n > 0 {
        let verb = if is_back { "Undone" } else { "Redone" };
        app.shell.note = format!("{verb}: {}", widgets::counted(n, "edit"));
    }
}
