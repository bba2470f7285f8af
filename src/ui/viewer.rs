//! What the three views show: one point of the image, a window, and how each view is magnified.

use egui::Rect;

use crate::render::{PlaneFrame, SliceView, Viewport, Window};
use crate::segment::{Plane, SliceOfGrid};
use crate::volume::Geometry;

/// Where the surface of what is drawn is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SurfacePlace {
    /// Nowhere.
    #[default]
    Off,
    /// Beside the other views, in the place of the last.
    Beside,
    /// In the whole area.
    Large,
}

/// The state of the views.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Window of the grey image.
    pub window: Window,
    /// The voxel (column, row, slice) that all views go through.
    pub crosshair: [usize; 3],
    /// Magnification and shift of each view, in the order of [`Plane::ALL`]; their slice is the crosshair's.
    views: [SliceView; 3],
    frames: Option<[PlaneFrame; 3]>,
    /// The view that keys act on.
    pub active: Plane,
    /// The view that has the whole area, where one does.
    pub maximised: Option<Plane>,
    /// Where the surface view is.
    pub surface: SurfacePlace,
    /// Whether the lines through the crosshair show.
    pub shows_crosshair: bool,
    /// Whether the patient's name and number show.
    pub shows_identity: bool,
    /// The voxel under the pointer.
    pub pointer: Option<[usize; 3]>,
}

impl Default for Viewer {
    fn default() -> Self {
        let whole = SliceView { slice: 0, zoom: 1.0, pan_mm: [0.0; 2] };
        Self {
            window: Window::default(),
            crosshair: [0; 3],
            views: [whole; 3],
            frames: None,
            active: Plane::Axial,
            maximised: None,
            surface: SurfacePlace::Off,
            shows_crosshair: true,
            shows_identity: true,
            pointer: None,
        }
    }
}

impl Viewer {
    /// Shows an image from its middle, whole.
    pub fn show_image(&mut self, geometry: &Geometry) {
        let frames = Plane::ALL.map(|plane| PlaneFrame::new(geometry, plane));
        self.views = frames.map(|frame| frame.whole());
        self.frames = Some(frames);
        self.crosshair = geometry.size().map(|n| n / 2);
        self.pointer = None;
    }

    /// Shows nothing.
    pub fn clear(&mut self) {
        self.frames = None;
        self.pointer = None;
    }

    /// How slices of a plane lie; `None` without an image.
    pub fn frame(&self, plane: Plane) -> Option<&PlaneFrame> {
        self.frames.as_ref().map(|frames| &frames[plane as usize])
    }

    /// The plane of the acquired slices, and how they lie.
    pub fn acquired(&self) -> Option<(Plane, &PlaneFrame)> {
        let frames = Plane::ALL.into_iter().filter_map(|plane| Some((plane, self.frame(plane)?)));
        frames.into_iter().find(|(_, frame)| frame.axis == 2)
    }

    /// A view's slice, magnification and shift.
    pub fn view(&self, plane: Plane) -> SliceView {
        let slice = self.frame(plane).map_or(0, |frame| self.crosshair[frame.axis]);
        SliceView { slice, ..self.views[plane as usize] }
    }

    /// Whether one of the views shows a slice.
    pub fn shows(&self, slice: SliceOfGrid) -> bool {
        let is_of = |plane: Plane| {
            self.frame(plane).is_some_and(|frame| frame.axis == slice.axis) && self.view(plane).slice == slice.index
        };
        Plane::ALL.into_iter().filter(|plane| self.is_laid_out(*plane)).any(is_of)
    }

    /// Whether a plane's view is on the page.
    pub fn is_laid_out(&self, plane: Plane) -> bool {
        match (self.surface, self.maximised) {
            (SurfacePlace::Large, _) => false,
            (_, Some(maximised)) => maximised == plane,
            (SurfacePlace::Beside, None) => plane != Plane::Sagittal,
            (SurfacePlace::Off, None) => true,
        }
    }

    /// Whether one view has the whole area.
    pub fn is_one_large(&self) -> bool {
        self.maximised.is_some() || self.surface == SurfacePlace::Large
    }

    /// A view laid out in a rectangle; `None` without an image.
    pub fn viewport(&self, plane: Plane, rect: Rect) -> Option<Viewport> {
        self.frame(plane).map(|frame| Viewport::new(frame, &self.view(plane), rect))
    }

    /// Sets a view's magnification and shift.
    pub fn set_view(&mut self, plane: Plane, view: SliceView) {
        self.views[plane as usize] = view;
    }

    /// Shows the whole slice again in all views.
    pub fn reset_views(&mut self) {
        if let Some(frames) = &self.frames {
            self.views = frames.map(|frame| frame.whole());
        }
    }

    /// Goes to the nearest slice of a plane that exists.
    pub fn go_to_slice(&mut self, plane: Plane, slice: i64) {
        if let Some(frame) = self.frame(plane).copied() {
            self.crosshair[frame.axis] = frame.clamp_slice(slice);
        }
    }

    /// Moves by slices: upwards to the head, the front or the patient's left when positive.
    pub fn step(&mut self, plane: Plane, upwards: i64) {
        if let Some(frame) = self.frame(plane) {
            let steps = if frame.grows_up { upwards } else { -upwards };
            self.go_to_slice(plane, self.view(plane).slice as i64 + steps);
        }
    }

    /// Goes to the uppermost or lowermost slice.
    pub fn go_to_end(&mut self, plane: Plane, uppermost: bool) {
        if let Some(frame) = self.frame(plane) {
            let last = frame.n_slices as i64 - 1;
            self.go_to_slice(plane, if frame.grows_up == uppermost { last } else { 0 });
        }
    }

    /// Puts the crosshair on a voxel.
    pub fn go_to(&mut self, voxel: [usize; 3]) {
        self.crosshair = voxel;
    }

    /// Has a plane's view on the page: it takes the place of what covers it.
    pub fn uncover(&mut self, plane: Plane) {
        if self.surface == SurfacePlace::Large {
            self.surface = SurfacePlace::Beside;
        }
        if self.is_laid_out(plane) {
            return;
        }
        match &mut self.maximised {
            Some(maximised) => *maximised = plane,
            None => self.surface = SurfacePlace::Off,
        }
    }

    /// Gives the active view the whole area, or the others theirs back.
    pub fn toggle_maximised(&mut self, plane: Plane) {
        self.maximised = if self.maximised.is_some() { None } else { Some(plane) };
        self.active = plane;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_uncovered_wherever_it_was() {
        let places = [SurfacePlace::Off, SurfacePlace::Beside, SurfacePlace::Large];
        for (plane, surface) in Plane::ALL.into_iter().flat_map(|plane| places.map(|place| (plane, place))) {
            for maximised in [None, Some(Plane::Axial), Some(Plane::Coronal)] {
                let mut viewer = Viewer { surface, maximised, ..Viewer::default() };
                viewer.uncover(plane);
                assert!(viewer.is_laid_out(plane), "{plane:?}, {surface:?}, {maximised:?}");
                assert_eq!(viewer.maximised.is_some(), maximised.is_some(), "one large view stays one");
            }
        }
    }
}
