//! The tool in hand and the contour being drawn with it.

use crate::case::{Case, Operation};
use crate::segment::{Brush, Pixels, Plane, SliceOfGrid, disc, fill, stroke};
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

/// Distance in points within which a press or a freehand end meets the contour's first corner.
const CORNER: f64 = 8.0;
/// Corners that make a contour.
const CORNERS: usize = 3;
/// Distance in points between the points of a freehand contour.
const FREEHAND: f64 = 3.0;
/// Points that make a drag freehand rather than a click by an unsteady hand.
const FREEHAND_POINTS: usize = 8;

/// A contour that is not closed yet.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The slice that it is drawn on.
    pub slice: SliceOfGrid,
    /// Its corners in pixel units of the slice.
    pub points: Vec<[f64; 2]>,
}

/// Where the pen touches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Touch {
    /// The view.
    pub plane: Plane,
    /// The slice that it shows.
    pub slice: SliceOfGrid,
    /// The place in pixel units of the slice.
    pub at: [f64; 2],
    /// Millimetres under one point of the screen.
    pub mm_per_point: f64,
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
    /// The view that the pen is down in.
    pub down_in: Option<Plane>,
    /// Where the brush was last: the slice, and the place in its pixel units.
    last: Option<(SliceOfGrid, [f64; 2])>,
    /// Points that the contour got since the pen was put down.
    freehand: usize,
}

impl Default for Pen {
    fn default() -> Self {
        Self {
            tool: Tool::default(),
            label: Label::Liver,
            radius_mm: 8.0,
            draft: None,
            down_in: None,
            last: None,
            freehand: 0,
        }
    }
}

impl Pen {
    /// Radii that can be set, in mm.
    pub const RADII: std::ops::RangeInclusive<f64> = 0.5..=50.0;

    /// Sets the brush's radius to the nearest that it can have.
    pub fn set_radius(&mut self, mm: f64) {
        self.radius_mm = mm.clamp(*Self::RADII.start(), *Self::RADII.end());
    }

    /// Takes a tool; what was being painted ends.
    pub fn take(&mut self, tool: Tool, case: Option<&mut Case>) {
        if let Some(case) = case {
            self.lift(case);
        }
        self.tool = tool;
    }

    /// Puts the pen down.
    pub fn put_down(&mut self, case: &mut Case, touch: Touch) {
        self.down_in = Some(touch.plane);
        match self.tool {
            Tool::Navigate => {}
            Tool::Contour => self.touch_contour(case, touch),
            Tool::Brush | Tool::Erase => {
                case.begin_stroke(self.tool.name(), touch.slice);
                self.last = Some((touch.slice, touch.at));
                self.paint(case, disc(touch.at, self.brush(case, touch.slice)));
            }
        }
    }

    /// Moves the pen that was put down.
    pub fn move_to(&mut self, case: &mut Case, touch: Touch) {
        match self.tool {
            Tool::Navigate => {}
            Tool::Contour => self.draw_freehand(case, touch),
            Tool::Brush | Tool::Erase => self.paint_on(case, touch),
        }
    }

    /// Lifts the pen; a freehand contour that came back to its beginning is closed.
    pub fn lift(&mut self, case: &mut Case) {
        self.down_in = None;
        self.last = None;
        case.end_stroke();
        if self.freehand > FREEHAND_POINTS && self.draft.as_ref().is_some_and(came_back) {
            self.close_contour(case);
        }
        self.freehand = 0;
    }

    /// Paints on from where the brush was, on the slice that shows: where that is another one, or where saving or the like has
    /// ended the stroke under the pen, a new stroke begins.
    fn paint_on(&mut self, case: &mut Case, touch: Touch) {
        let Some((slice, last)) = self.last else { return };
        self.last = Some((touch.slice, touch.at));
        if !case.is_drawing_on(touch.slice) {
            case.begin_stroke(self.tool.name(), touch.slice);
        }
        let from = if slice == touch.slice { last } else { touch.at };
        self.paint(case, stroke(from, touch.at, self.brush(case, touch.slice)));
    }

    fn brush(&self, case: &Case, slice: SliceOfGrid) -> Brush {
        Brush { radius_mm: self.radius_mm, spacing_mm: slice.spacing_mm(case.volume().geometry()) }
    }

    fn paint(&self, case: &mut Case, pixels: Pixels) {
        let operation = if self.tool == Tool::Erase { Operation::Erase } else { Operation::Add };
        case.draw(&pixels, self.label, operation);
    }

    /// Adds a corner to the contour, or closes it when its first corner is met; on another slice a new one begins in place of one
    /// that is none yet.
    fn touch_contour(&mut self, case: &mut Case, touch: Touch) {
        self.freehand = 0;
        match &mut self.draft {
            Some(draft) if draft.slice == touch.slice => {
                let meets = distance_mm(case, &touch, draft.points.first()) <= CORNER * touch.mm_per_point;
                if meets && draft.points.len() >= CORNERS {
                    self.close_contour(case);
                } else {
                    draft.points.push(touch.at);
                }
            }
            _ => self.draft = Some(Draft { slice: touch.slice, points: vec![touch.at] }),
        }
    }

    fn draw_freehand(&mut self, case: &Case, touch: Touch) {
        if let Some(draft) = self.draft.as_mut().filter(|draft| draft.slice == touch.slice)
            && distance_mm(case, &touch, draft.points.last()) >= FREEHAND * touch.mm_per_point
        {
            draft.points.push(touch.at);
            self.freehand += 1;
        }
    }

    /// The slice of a contour that would be lost by beginning another one where the pen touches.
    pub fn contour_elsewhere(&self, touch: &Touch) -> Option<SliceOfGrid> {
        let draft = self.draft.as_ref().filter(|_| self.tool == Tool::Contour && self.holds_contour())?;
        (draft.slice != touch.slice).then_some(draft.slice)
    }

    /// Whether a contour is open that could be closed.
    pub fn holds_contour(&self) -> bool {
        self.draft.as_ref().is_some_and(|draft| draft.points.len() >= CORNERS)
    }

    /// Forgets what belongs to the image that was open: the contour, and that the pen is down.
    pub fn put_away(&mut self) {
        (self.draft, self.down_in, self.last, self.freehand) = (None, None, None, 0);
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

    /// Fills the contour with the label, as one edit; a contour of fewer than three corners stays as it is (`false`).
    pub fn close_contour(&mut self, case: &mut Case) -> bool {
        let Some(draft) = self.draft.take_if(|draft| draft.points.len() >= CORNERS) else { return false };
        case.begin_stroke(Tool::Contour.name(), draft.slice);
        case.draw(&fill(&draft.points), self.label, Operation::Add);
        case.end_stroke();
        true
    }
}

/// Distance of a touch from a point of its slice, in mm; 0 without a point.
fn distance_mm(case: &Case, touch: &Touch, point: Option<&[f64; 2]>) -> f64 {
    let [dx, dy] = touch.slice.spacing_mm(case.volume().geometry());
    point.map_or(0.0, |point| ((touch.at[0] - point[0]) * dx).hypot((touch.at[1] - point[1]) * dy))
}

/// Whether a contour's end lies near its beginning, against its size.
fn came_back(draft: &Draft) -> bool {
    let (Some(first), Some(last)) = (draft.points.first(), draft.points.last()) else { return false };
    let from_first = |point: &[f64; 2]| (point[0] - first[0]).hypot(point[1] - first[1]);
    let farthest = draft.points.iter().map(from_first).fold(0.0, f64::max);
    from_first(last) < farthest / 5.0
}
