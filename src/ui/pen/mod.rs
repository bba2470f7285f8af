//! The tool in hand: what it does between being put down and lifted, and what of it shows before it is a stroke.

mod outline;
mod paint;
mod push;

use std::ops::RangeInclusive;

pub use outline::Draft;
use outline::Wire;
use paint::Painting;
pub use paint::Tip;

use crate::case::{Beginning, Case, Extent, Made, Operation, Technique};
use crate::render::Window;
use crate::segment::{Contour, Nudge, Pixels, Plane, SliceOfGrid, Stroke};
use crate::volume::Label;

/// What the left mouse button does in a view.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Tool {
    /// Moves the crosshair.
    #[default]
    Navigate,
    /// Draws a contour: a click adds a corner, a drag draws freehand. A drag across a region's border extends or cuts it.
    Contour,
    /// Draws a contour that follows edges between clicks.
    Livewire,
    /// Pushes the outline of what is drawn.
    Nudge,
    /// Paints with a round brush.
    Brush,
    /// Takes away with a round brush.
    Erase,
    /// Says where the liver is (and with Alt where it is not), for the whole of it to be proposed.
    Grow,
}

impl Tool {
    /// Every tool, in the order in which they are shown.
    pub const ALL: [Tool; 7] =
        [Tool::Navigate, Tool::Contour, Tool::Livewire, Tool::Nudge, Tool::Brush, Tool::Erase, Tool::Grow];

    /// As it is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Tool::Navigate => "Navigate",
            Tool::Contour => "Contour",
            Tool::Livewire => "Livewire",
            Tool::Nudge => "Nudge",
            Tool::Brush => "Brush",
            Tool::Erase => "Erase",
            Tool::Grow => "Grow",
        }
    }

    /// Its key.
    pub const fn key(self) -> &'static str {
        match self {
            Tool::Navigate => "V",
            Tool::Contour => "C",
            Tool::Livewire => "L",
            Tool::Nudge => "N",
            Tool::Brush => "B",
            Tool::Erase => "E",
            Tool::Grow => "G",
        }
    }

    /// Whether it has a radius.
    pub const fn has_radius(self) -> bool {
        matches!(self, Tool::Nudge | Tool::Brush | Tool::Erase | Tool::Grow)
    }

    /// Whether it draws contours.
    pub const fn draws_contours(self) -> bool {
        matches!(self, Tool::Contour | Tool::Livewire)
    }
}

/// Where the pen touches or points.
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
    /// The window that the slice is looked at through.
    pub window: Window,
    /// Whether the tool is to take away where it adds (Alt).
    pub takes_away: bool,
    /// Whether the tool is to do the other of two things (Ctrl).
    pub is_inverted: bool,
}

/// The pen: tool, label, size, and what it is drawing.
pub struct Pen {
    /// The tool in hand.
    pub tool: Tool,
    /// The label that is drawn.
    pub label: Label,
    /// Radius of brush, eraser and fingertip, in mm.
    pub radius_mm: f64,
    /// How the brush's tip reaches.
    pub tip: Tip,
    /// HU that strokes keep to, where they do.
    pub hu_range: Option<[f64; 2]>,
    /// The HU that they kept to last.
    pub last_hu_range: [f64; 2],
    /// The contour that is being drawn.
    pub draft: Option<Draft>,
    /// The view that the pen is down in.
    pub down_in: Option<Plane>,
    /// Where the pen points.
    pub hover: Option<Touch>,
    /// What the livewire follows.
    wire: Option<Wire>,
    /// The contour that was accepted last.
    accepted: Option<Contour>,
    painting: Option<Painting>,
    pushing: Option<(SliceOfGrid, Nudge, [f64; 2])>,
    /// The stroke that says where the liver is, or is not, while it is drawn.
    hint: Option<Hint>,
    /// The window of the last touch.
    window: Window,
}

/// A stroke that says where the liver is.
#[derive(Debug, Clone, PartialEq)]
pub struct Hint {
    /// The slice that it is drawn on.
    pub slice: SliceOfGrid,
    /// Where it went, in pixel units of the slice.
    pub points: Vec<[f64; 2]>,
    /// Whether the liver is not there.
    pub is_background: bool,
}

impl Default for Pen {
    fn default() -> Self {
        Self {
            tool: Tool::default(),
            label: Label::Liver,
            radius_mm: 8.0,
            tip: Tip::Round,
            hu_range: None,
            last_hu_range: [20.0, 200.0],
            draft: None,
            down_in: None,
            hover: None,
            wire: None,
            accepted: None,
            painting: None,
            pushing: None,
            hint: None,
            window: Window::default(),
        }
    }
}

impl Pen {
    /// Radii that can be set, in mm.
    pub const RADII: RangeInclusive<f64> = 0.5..=50.0;
    /// HU that strokes can keep to.
    pub const HU: RangeInclusive<f64> = -1024.0..=3071.0;

    /// Sets the radius to the nearest that it can have.
    pub fn set_radius(&mut self, mm: f64) {
        self.radius_mm = mm.clamp(*Self::RADII.start(), *Self::RADII.end());
    }

    /// Keeps strokes to a range of HU, or to none.
    pub fn set_hu_range(&mut self, range: Option<[f64; 2]>) {
        if let Some([low, high]) = range {
            self.last_hu_range = [low.min(high), high.max(low)].map(|hu| hu.clamp(*Self::HU.start(), *Self::HU.end()));
        }
        self.hu_range = range.map(|_| self.last_hu_range);
    }

    /// Keeps strokes to the HU that they kept to last, or to none any more.
    pub fn toggle_hu_range(&mut self) {
        self.hu_range = if self.hu_range.is_some() { None } else { Some(self.last_hu_range) };
    }

    /// Takes a tool; what was being drawn ends, and a closed contour is accepted.
    pub fn take(&mut self, tool: Tool, case: Option<&mut Case>) {
        if let Some(case) = case {
            self.lift(case);
            if !tool.draws_contours() {
                self.accept_closed(case);
            }
        }
        self.tool = tool;
    }

    /// Puts the pen down.
    pub fn put_down(&mut self, case: &mut Case, touch: Touch) {
        self.down_in = Some(touch.plane);
        self.window = touch.window;
        match self.tool {
            Tool::Navigate => {}
            Tool::Contour | Tool::Livewire => self.touch_contour(case, touch),
            Tool::Nudge => self.begin_nudge(case, touch),
            Tool::Brush | Tool::Erase => self.begin_painting(case, touch),
            Tool::Grow => {
                let Touch { slice, at, takes_away: is_background, .. } = touch;
                self.hint = Some(Hint { slice, points: vec![at], is_background });
            }
        }
    }

    /// Moves the pen that was put down.
    pub fn move_to(&mut self, case: &mut Case, touch: Touch) {
        self.window = touch.window;
        match self.tool {
            Tool::Navigate => {}
            Tool::Contour | Tool::Livewire => self.draw_contour(case, touch),
            Tool::Nudge => self.push(touch),
            Tool::Brush | Tool::Erase => self.paint_on(case, touch),
            Tool::Grow => {
                if let Some(hint) = self.hint.as_mut().filter(|hint| hint.slice == touch.slice) {
                    hint.points.push(touch.at);
                }
            }
        }
    }

    /// Lifts the pen. The answer is where the liver is, or is not, where that was said.
    pub fn lift(&mut self, case: &mut Case) -> Option<(Stroke, bool)> {
        self.down_in = None;
        self.painting = None;
        self.end_nudge(case);
        case.end_stroke();
        self.lift_contour(case);
        let hint = self.hint.take()?;
        let geometry = case.volume().geometry();
        let points = hint.points.iter().map(|&at| geometry.patient_from_voxel(hint.slice.voxel(at))).collect();
        // A thin line says what it means; a brush as wide as the liver's edge would say too much.
        Some((Stroke { points, radius_mm: self.radius_mm.min(HINT_MM) }, hint.is_background))
    }

    /// Takes back what is drawn under the pen since it was put down; `false` where it draws nothing. It goes on as if it had been lifted.
    pub fn cancel(&mut self, case: &mut Case) -> bool {
        let draws = self.painting.take().is_some() | self.pushing.take().is_some() | self.hint.take().is_some();
        draws | case.cancel_stroke()
    }

    /// Forgets what belongs to the image that was open: contours, and that the pen is down.
    pub fn put_away(&mut self) {
        let Self { tool, label, radius_mm, tip, hu_range, last_hu_range, window, .. } = *self;
        *self = Self { tool, label, radius_mm, tip, hu_range, last_hu_range, window, ..Self::default() };
    }

    /// The stroke that says where the liver is, while it is drawn.
    pub fn hint(&self) -> Option<&Hint> {
        self.hint.as_ref()
    }

    /// Begins a stroke on a slice, or with `None` across slices, as the history and the review are to know it.
    fn begin(&self, case: &mut Case, tool: &str, slice: Option<SliceOfGrid>, technique: Technique) {
        let extent = slice.map_or(Extent::Volume, Extent::Slice);
        case.begin(Beginning { tool, extent, made: Made::by(technique).under(self.window.into()) });
    }

    /// Draws pixels of a slice as one edit, as far as their HU are among those that strokes keep to; `is_helped` where the image helped to
    /// find them.
    fn draw_once<const N: usize>(
        &self,
        case: &mut Case,
        tool: &str,
        slice: SliceOfGrid,
        is_helped: bool,
        parts: [(Pixels, Operation); N],
    ) {
        let technique = if is_helped || self.hu_range.is_some() { Technique::SemiAutomatic } else { Technique::Manual };
        self.begin(case, tool, Some(slice), technique);
        for (pixels, operation) in parts {
            case.draw(&self.kept(case, slice, pixels), self.label, operation);
        }
        case.end_stroke();
    }

    /// A slice's region becomes what lies between others, or what one beside it has, looked at through a window.
    pub fn draw_blended(
        &mut self,
        case: &mut Case,
        (name, window): (&str, Window),
        slice: SliceOfGrid,
        pixels: &Pixels,
    ) {
        self.window = window;
        self.begin(case, name, Some(slice), Technique::Interpolated);
        case.draw(pixels, self.label, Operation::Replace);
        case.end_stroke();
    }

    /// The pixels whose HU are among those that strokes keep to.
    fn kept(&self, case: &Case, slice: SliceOfGrid, pixels: Pixels) -> Pixels {
        match self.hu_range {
            Some([low, high]) => pixels.within_hu(case.volume(), &(low..=high), slice),
            None => pixels,
        }
    }
}

/// Widest stroke that says where the liver is, in mm.
const HINT_MM: f64 = 3.0;
