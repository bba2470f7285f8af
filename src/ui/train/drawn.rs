//! The figures of a run: drawn once, those that show the threshold again when it moves, and each with a button that saves it.

use std::collections::HashMap;

use egui::{Rect, Ui, UiBuilder, Vec2};

use super::Wish;
use crate::figure::Figure;
use crate::report::training::{TrainingFigure, TrainingReport, Trial};
use crate::ui::actions::Action;
use crate::ui::widgets::{self, named};
use crate::ui::{figure_painter, icons, theme};

/// Points of the screen a point of a figure, at most, so that its text is as large as the page's.
const SCALE: f32 = 1.35;

/// Figures that were drawn, each with the threshold that it shows.
#[derive(Default)]
pub struct Drawn {
    figures: HashMap<TrainingFigure, (Option<Trial>, Option<Figure>)>,
}

impl Drawn {
    /// The figure, drawn where it is not yet; none where the run has not what it shows.
    pub fn get(&mut self, which: TrainingFigure, report: &TrainingReport, trial: Trial) -> Option<&Figure> {
        let trial = shows_threshold(which).then_some(trial);
        let is_current = self.figures.get(&which).is_some_and(|(of, _)| *of == trial);
        if !is_current {
            self.figures.insert(which, (trial, which.draw(report, trial)));
        }
        self.figures.get(&which).and_then(|(_, figure)| figure.as_ref())
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.figures.clear();
    }
}

/// Whether a figure marks the threshold that is tried.
fn shows_threshold(which: TrainingFigure) -> bool {
    matches!(which, TrainingFigure::Roc(_) | TrainingFigure::DecisionCurves(_) | TrainingFigure::Confusion(_))
}

/// A figure on the page.
pub struct Drawing<'a> {
    /// As it was drawn.
    pub figure: &'a Figure,
    /// Which it is.
    pub which: TrainingFigure,
    /// Whether it can be saved.
    pub can_save: bool,
}

/// Shows a figure as large as the page has room for, with its button at the right of its title.
pub fn show(ui: &mut Ui, drawing: &Drawing, actions: &mut Vec<Action>) {
    let width = (SCALE * drawing.figure.size[0] as f32).min(ui.available_width());
    let response = figure_painter::show(ui, drawing.figure, width);
    if !drawing.can_save {
        return;
    }
    let size = Vec2::new(theme::ROW + theme::UNIT, theme::ROW);
    let corner = response.rect.right_top() - Vec2::new(size.x, 0.0);
    let rect = Rect::from_min_size(corner, size);
    // It lies over the figure and takes no room of its own.
    let mut over = ui.new_child(UiBuilder::new().max_rect(rect));
    let name = format!("Save the figure: {}", drawing.which.title());
    if widgets::icon_button(&mut over, icons::EXPORT, named(&name, ""), false).clicked() {
        actions.push(Action::Train(Wish::AskForFigureFile(drawing.which)));
    }
}
