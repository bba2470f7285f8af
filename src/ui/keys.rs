//! Keys: one table that the window obeys and the sheet of keys shows.

use egui::text_selection::LabelSelectionState;
use egui::{Context, Id, Key, Modifiers};

use super::actions::{Action, Page};
use super::dialogs::Purpose;
use super::features::{self, Copied, Step};
use super::pen::{Pen, Tool};
use super::protocol::Wish;
use super::surface_view;
use super::viewer::Viewer;
use super::views;
use crate::render::Preset;
use crate::volume::Label;

/// What the sheet of keys shows: heading, then key and what it does.
pub const SHEET: [(&str, &[(&str, &str)]); 4] = [
    (
        "LOOK",
        &[
            ("1 – 5", "Windows, from liver to lung"),
            ("Right drag", "Window width and level"),
            ("Wheel, arrows", "One slice"),
            ("Page Up, Page Down", "Ten slices"),
            ("Home, End", "Uppermost, lowermost slice"),
            ("Ctrl+Wheel", "Zoom at the pointer"),
            ("Middle drag", "Move the image"),
            ("R", "Whole slices again"),
            ("M, double click", "Maximise a view"),
            ("D", "Surface of what is drawn; drag turns it"),
            ("X", "Crosshair"),
            ("P", "Patient's identity"),
        ],
    ),
    (
        "DRAW",
        &[
            ("V", "Navigate"),
            ("C  L", "Contour, livewire"),
            ("Enter", "Close the contour, then fill it"),
            ("Backspace, Esc", "Drop its last point, clear it"),
            ("+  −, Delete", "Insert, remove a corner"),
            ("Ctrl+V", "Paste the last contour"),
            ("N  G", "Nudge the outline, grow the label in hand"),
            ("Shift+Home, End", "Upper, lower end of the caudate lobe"),
            ("I, Ctrl+↑ ↓", "Fill between slices, copy from above, below"),
            ("Space", "Accept, advance, carry on; Shift downwards"),
            ("A", "Accept the slice in view, or take that back"),
            ("B  E", "Brush, erase; Alt swaps"),
            ("T", "Brush: round, edges, ball"),
            ("[  ], Shift+Wheel", "Smaller, larger brush"),
            ("U", "Keep to a range of HU"),
            ("Ctrl+1 – 4", "Liver, vessel, lesion, caudate lobe"),
            ("H, Shift+H", "Hide or show all labels, the VOI's outline"),
            ("Ctrl+Z", "Undo"),
            ("Ctrl+Shift+Z", "Redo"),
        ],
    ),
    (
        "FEATURES",
        &[
            ("/, Ctrl+F", "Search; Esc shows all again"),
            ("Arrows", "Select; with Shift, several"),
            ("Ctrl+C", "Copy what is selected"),
        ],
    ),
    (
        "WINDOW",
        &[
            ("F1 – F4", "Pages: image, features, risk, train"),
            ("Q", "Draw or protocol beside the image"),
            ("F", "Extract features"),
            ("Ctrl+O", "Open"),
            ("Ctrl+S, Ctrl+L", "Save as DICOM SEG, load labels"),
            ("?", "This sheet"),
        ],
    ),
];

/// The control that has the keyboard; a view that has it acts on keys as if none had.
pub fn focused_control(ctx: &Context) -> Option<Id> {
    ctx.memory(|memory| memory.focused()).filter(|id| !views::is_view(*id))
}

/// What the keys of this frame ask for. Letters stay letters while text is typed; arrows move a focused control's value, and
/// Esc by the image only leaves a control that had the keyboard: `had_focus` is what the last frame ended with, since Esc has
/// taken it away before this one begins.
pub fn actions(ctx: &Context, page: Page, viewer: &Viewer, pen: &Pen, had_focus: bool) -> Vec<Action> {
    let is_typing = ctx.text_edit_focused();
    let focused = focused_control(ctx);
    let is_marked = ctx.with_plugin(|marked: &mut LabelSelectionState| marked.has_selection()) == Some(true);
    let mut actions = Vec::new();
    let mut heard = ctx.data(|data| data.get_temp::<Heard>(Id::NULL)).unwrap_or_default();
    // The system's clipboard is asked for nothing: what is pasted is the contour.
    let pasted = || (!is_typing && page == Page::Image).then_some(Action::PasteContour(viewer.active));
    ctx.input(|input| {
        for event in &input.events {
            match event {
                egui::Event::Key { key: Key::Escape, pressed: true, .. } if had_focus && page == Page::Image => {}
                egui::Event::Key { key, pressed: true, repeat, modifiers, .. } => {
                    heard.v |= *key == Key::V;
                    let of_page = || match page {
                        Page::Image if focused.is_none() => unfocused(*key, *modifiers, viewer),
                        Page::Features => of_features(*key, *modifiers, focused),
                        _ => None,
                    };
                    let found = anywhere(*key)
                        .or_else(of_page)
                        .or_else(|| if is_typing { None } else { plain(*key, *modifiers, viewer, pen) });
                    actions.extend(found.filter(|action| !repeat || is_done_again(action)));
                }
                // On some keyboards "?" is a key of its own, on others only the text that keys make.
                egui::Event::Text(text) if !is_typing && text == "?" => actions.push(Action::ShowKeys),
                egui::Event::Text(text) if !is_typing && page == Page::Features && text == "/" => {
                    actions.push(Action::FindFeature);
                }
                // Where the system's clipboard is empty no more is heard of Ctrl+V than that the key comes up again.
                egui::Event::Paste(_) | egui::Event::PasteImage(_) => {
                    heard.v = true;
                    actions.extend(pasted());
                }
                egui::Event::Key { key: Key::V, pressed: false, .. } => {
                    let is_known = std::mem::take(&mut heard.v);
                    actions.extend(pasted().filter(|_| !is_known));
                }
                // What is marked in a text is copied by the text.
                egui::Event::Copy if !is_typing && page == Page::Features && !is_marked => {
                    actions.push(Action::CopyFeatures(Copied::Selected));
                }
                _ => {}
            }
        }
    });
    ctx.data_mut(|data| data.insert_temp(Id::NULL, heard));
    actions
}

/// What was heard of keys that are down.
#[derive(Debug, Clone, Copy, Default)]
struct Heard {
    /// That V went down, or what it pastes with Ctrl.
    v: bool,
}

/// Whether a key that is held down does it again and again. What switches something or begins it is done once.
fn is_done_again(action: &Action) -> bool {
    use Action::{DropPoint, Redo, SetRadius, Step, StepFeatures, Undo};
    matches!(action, Step(..) | StepFeatures(..) | SetRadius(_) | DropPoint | Undo | Redo)
}

fn anywhere(key: Key) -> Option<Action> {
    Page::ALL.into_iter().find(|page| key.name() == page.key()).map(Action::Show)
}

fn plain(key: Key, modifiers: Modifiers, viewer: &Viewer, pen: &Pen) -> Option<Action> {
    const DIGITS: [Key; 5] = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5];
    let digit = DIGITS.iter().position(|&digit| digit == key);
    if modifiers.command {
        return match key {
            Key::Z if modifiers.shift => Some(Action::Redo),
            Key::Z => Some(Action::Undo),
            Key::Y => Some(Action::Redo),
            Key::O => Some(Action::AskForPath(Purpose::Study)),
            Key::S => Some(Action::AskForPath(Purpose::SaveSeg)),
            Key::L => Some(Action::AskForPath(Purpose::LoadLabels)),
            Key::V => Some(Action::PasteContour(viewer.active)),
            _ => digit.and_then(|n| Label::ALL.get(n)).map(|&label| Action::Choose(label)),
        };
    }
    if modifiers.alt {
        return None;
    }
    match key {
        Key::T => Some(Action::SetTip(pen.tip.next())),
        Key::U => Some(Action::ToggleHuRange),
        Key::I => Some(Action::FillBetween),
        Key::Plus | Key::Equals => Some(Action::InsertVertex),
        Key::Minus | Key::Delete => Some(Action::RemoveVertex),
        Key::OpenBracket => Some(Action::SetRadius(pen.radius_mm / 1.25)),
        Key::CloseBracket => Some(Action::SetRadius(pen.radius_mm * 1.25)),
        Key::Q => Some(Action::Protocol(Wish::Turn)),
        Key::F => Some(Action::Extract),
        Key::H if modifiers.shift => Some(Action::ToggleVoi),
        Key::H => Some(Action::ToggleAllLabels),
        Key::M => Some(Action::ToggleMaximised(viewer.active)),
        Key::D => Some(Action::Surface(surface_view::Wish::Toggle)),
        Key::X => Some(Action::ToggleCrosshair),
        Key::P => Some(Action::ToggleIdentity),
        Key::R => Some(Action::ResetViews),
        Key::Questionmark => Some(Action::ShowKeys),
        Key::Slash if modifiers.shift => Some(Action::ShowKeys),
        Key::Escape => Some(Action::Clear),
        Key::Backspace => Some(Action::DropPoint),
        _ => {
            let tool = Tool::ALL.into_iter().find(|tool| tool.key() == key.name()).map(Action::Take);
            tool.or_else(|| digit.and_then(|n| Preset::ALL.get(n)).map(|preset| Action::SetWindow(preset.window)))
        }
    }
}

/// Keys of the Features page. Arrows are the table's unless another control has the keyboard; Home and End stay in a text.
fn of_features(key: Key, modifiers: Modifiers, focused: Option<egui::Id>) -> Option<Action> {
    if modifiers.command {
        return (key == Key::F).then_some(Action::FindFeature);
    }
    let in_search = focused == Some(features::search_id());
    let in_table = focused.is_none_or(|focused| focused == features::table_id());
    let step = match key {
        Key::ArrowUp => Step::Rows(-1),
        Key::ArrowDown => Step::Rows(1),
        Key::PageUp => Step::Pages(-1),
        Key::PageDown => Step::Pages(1),
        Key::Home if in_table => Step::First,
        Key::End if in_table => Step::Last,
        _ => return None,
    };
    (in_table || in_search).then_some(Action::StepFeatures(step, modifiers.shift))
}

fn unfocused(key: Key, modifiers: Modifiers, viewer: &Viewer) -> Option<Action> {
    let plane = viewer.active;
    if modifiers.command_only() {
        return match key {
            Key::Enter => Some(Action::FinishContour),
            Key::ArrowUp => Some(Action::CopyFrom(true)),
            Key::ArrowDown => Some(Action::CopyFrom(false)),
            _ => None,
        };
    }
    if modifiers.shift_only() && key == Key::Space {
        return Some(Action::Advance(false));
    }
    if modifiers.shift_only() && matches!(key, Key::Home | Key::End) {
        return Some(Action::SetCutEnd(key == Key::Home));
    }
    if modifiers.any() {
        return None;
    }
    match key {
        Key::Space => Some(Action::Advance(true)),
        Key::A => Some(Action::Protocol(Wish::Review)),
        Key::ArrowUp | Key::ArrowLeft => Some(Action::Step(plane, 1)),
        Key::ArrowDown | Key::ArrowRight => Some(Action::Step(plane, -1)),
        Key::PageUp => Some(Action::Step(plane, 10)),
        Key::PageDown => Some(Action::Step(plane, -10)),
        Key::Home => Some(Action::GoToEnd(plane, true)),
        Key::End => Some(Action::GoToEnd(plane, false)),
        Key::Enter => Some(Action::CloseContour),
        _ => None,
    }
}
