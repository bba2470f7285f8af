//! Brush and eraser: round, stopping at edges, or a ball through neighbouring slices.

use super::{Pen, Tool, Touch};
use crate::case::{Case, Operation, Technique};
use crate::segment::{Brush, EdgeBrush, Pixels, SliceImage, SliceOfGrid, ball_stroke, stroke};

/// How the brush's tip reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tip {
    /// Everything within the radius.
    #[default]
    Round,
    /// What hangs together with the middle without crossing an edge.
    Edges,
    /// Everything within the radius, on neighbouring slices too.
    Ball,
}

impl Tip {
    /// Every tip, in the order in which they are shown.
    pub const ALL: [Tip; 3] = [Tip::Round, Tip::Edges, Tip::Ball];

    /// The one after it, and the first after the last.
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    /// As it is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Tip::Round => "Round",
            Tip::Edges => "Edges",
            Tip::Ball => "Ball",
        }
    }

    /// What it does.
    pub const fn meaning(self) -> &'static str {
        match self {
            Tip::Round => "Paint everything under the brush",
            Tip::Edges => "Stop at edges: paint what hangs together with the middle of the brush",
            Tip::Ball => "A ball: paint on neighbouring slices too",
        }
    }
}

/// A drag with the brush.
pub(super) struct Painting {
    /// Where the brush was last: the slice, and the place in its pixel units.
    last: (SliceOfGrid, [f64; 2]),
    takes_away: bool,
    /// The edges of the slice that is painted on.
    edges: Option<EdgeBrush>,
}

impl Pen {
    /// Puts the brush down.
    pub(super) fn begin_painting(&mut self, case: &mut Case, touch: Touch) {
        let takes_away = (self.tool == Tool::Erase) != touch.takes_away;
        let last = (touch.slice, touch.at);
        self.painting = Some(Painting { last, takes_away, edges: None });
        self.begin_stroke(case, touch.slice);
        self.paint(case, touch.slice, touch.at, touch.at);
    }

    /// Paints on from where the brush was, on the slice that shows: where that is another one, or where saving or the like has
    /// ended the stroke under the pen, a new stroke begins.
    pub(super) fn paint_on(&mut self, case: &mut Case, touch: Touch) {
        let Some(painting) = &mut self.painting else { return };
        let (slice, last) = std::mem::replace(&mut painting.last, (touch.slice, touch.at));
        if slice != touch.slice || !case.is_drawing() {
            painting.edges = None;
            self.begin_stroke(case, touch.slice);
        }
        let from = if slice == touch.slice { last } else { touch.at };
        self.paint(case, touch.slice, from, touch.at);
    }

    fn begin_stroke(&self, case: &mut Case, slice: SliceOfGrid) {
        let takes_away = self.painting.as_ref().is_some_and(|painting| painting.takes_away);
        let tool = if takes_away { Tool::Erase } else { Tool::Brush }.name();
        let is_helped = self.tip == Tip::Edges || self.hu_range.is_some();
        let technique = if is_helped { Technique::SemiAutomatic } else { Technique::Manual };
        self.begin(case, tool, Some(slice).filter(|_| self.tip != Tip::Ball), technique);
    }

    fn paint(&mut self, case: &mut Case, slice: SliceOfGrid, from: [f64; 2], to: [f64; 2]) {
        let (volume, radius_mm) = (case.volume().clone(), self.radius_mm);
        let Some(painting) = &mut self.painting else { return };
        let painted: Vec<(SliceOfGrid, Pixels)> = match self.tip {
            Tip::Ball => ball_stroke(slice, from, to, radius_mm, volume.geometry()),
            Tip::Edges => {
                let of_slice = || SliceImage::of(&volume, slice).map(EdgeBrush::new);
                let edges = painting.edges.take().or_else(of_slice);
                painting.edges = edges;
                let pixels = painting.edges.as_mut().map(|edges| edges.stroke(from, to, radius_mm));
                pixels.into_iter().map(|pixels| (slice, pixels)).collect()
            }
            Tip::Round => {
                let spacing_mm = slice.spacing_mm(volume.geometry());
                vec![(slice, stroke(from, to, Brush { radius_mm, spacing_mm }))]
            }
        };
        let operation = if painting.takes_away { Operation::Erase } else { Operation::Add };
        for (slice, pixels) in painted {
            case.draw_on(slice, &self.kept(case, slice, pixels), self.label, operation);
        }
    }
}
