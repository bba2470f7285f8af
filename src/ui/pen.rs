//! The tool in hand and the contour being drawn with it.

use crate::case::{Case, Operation};
use crate::segment::{Brush, Pixels, SliceOfGrid, disc, fill, stroke};
use crate::volume::Label;

/// What the left mouse button does in a view.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tool {
    /// Moves the crosshair.
    #[default]
    Navigate,
    /// Draws a contour: a click adds a corner, a drag draws freehand.
    Contour,
    /// Paints with a round brush.
    Brush,
    /// Takes away with a round brush.
    Erase,
}

impl Tool {
    /// Every tool, in the order in which they are shown.
    pub const ALL: [Tool; 4] = [Tool::Navigate, Tool::Contour, Tool::Brush, Tool::Erase];

    /// As it is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Tool::Navigate => "Navigate",
            Tool::Contour => "Contour",
            Tool::Brush => "Brush",
            Tool::Erase => "Erase",
        }
    }
}

/// A contour that is not closed yet.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The slice that it is drawn on.
    pub slice: SliceOfGrid,
    /// Its corners in pixel units of the slice.
    pub points: Vec<[f64; 2]>,
}

/// The pen: tool, label and size.
#[derive(Debug, Clone)]
pub struct Pen {
    /// The tool in hand.
    pub tool: Tool,
    /// The label that is drawn.
    pub label: Label,
    /// Radius of brush and eraser, in mm.
    pub radius_mm: f64,
    /// The contour that is being drawn.
    pub draft: Option<Draft>,
    /// Where the brush was last, in pixel units of its slice.
    last: Option<[f64; 2]>,
}

impl Default for Pen {
    fn default() -> Self {
        Self { tool: Tool::default(), label: Label::Liver, radius_mm: 8.0, draft: None, last: None }
    }
}

impl Pen {
    /// Radii that can be set, in mm.
    pub const RADII: std::ops::RangeInclusive<f64> = 0.5..=50.0;

    /// Sets the brush's radius to the nearest that it can have.
    pub fn set_radius(&mut self, mm: f64) {
        self.radius_mm = mm.clamp(*Self::RADII.start(), *Self::RADII.end());
    }

    /// Puts the brush down.
    pub fn put_down(&mut self, case: &mut Case, slice: SliceOfGrid, at: [f64; 2]) {
        case.begin_stroke(self.tool.name(), slice);
        self.last = Some(at);
        self.paint(case, disc(at, self.brush(case, slice)));
    }

    /// Moves the brush that was put down.
    pub fn move_to(&mut self, case: &mut Case, slice: SliceOfGrid, at: [f64; 2]) {
        if let Some(last) = self.last.replace(at) {
            self.paint(case, stroke(last, at, self.brush(case, slice)));
        }
    }

    /// Lifts the brush.
    pub fn lift(&mut self, case: &mut Case) {
        self.last = None;
        case.end_stroke();
    }

    fn brush(&self, case: &Case, slice: SliceOfGrid) -> Brush {
        Brush { radius_mm: self.radius_mm, spacing_mm: slice.spacing_mm(case.volume().geometry()) }
    }

    fn paint(&self, case: &mut Case, pixels: Pixels) {
        let operation = if self.tool == Tool::Erase { Operation::Erase } else { Operation::Add };
        case.draw(&pixels, self.label, operation);
    }

    /// Adds a corner to the contour; on another slice a new contour begins.
    pub fn add_point(&mut self, slice: SliceOfGrid, point: [f64; 2]) {
        match &mut self.draft {
            Some(draft) if draft.slice == slice => draft.points.push(point),
            _ => self.draft = Some(Draft { slice, points: vec![point] }),
        }
    }

    /// Takes the last corner away.
    pub fn drop_point(&mut self) {
        if let Some(draft) = &mut self.draft {
            draft.points.pop();
            if draft.points.is_empty() {
                self.draft = None;
            }
        }
    }

    /// Fills the contour with the label, as one edit; a contour of fewer than three corners stays as it is.
    pub fn close_contour(&mut self, case: &mut Case) {
        if let Some(draft) = self.draft.take_if(|draft| draft.points.len() >= 3) {
            case.begin_stroke(Tool::Contour.name(), draft.slice);
            case.draw(&fill(&draft.points), self.label, Operation::Add);
            case.end_stroke();
        }
    }
}
