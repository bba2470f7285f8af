//! Where a slice lies on the screen: true proportions in millimetres, zoom, pan, radiological orientation.
//!
//! Axial slices are seen from the feet (patient's right on the left, front up), coronal ones from the front, sagittal ones
//! from the patient's left (front on the left), head up. The map from pixels to screen is affine, not just a scale: on a
//! gantry-tilted grid coronal and sagittal slices are sheared, and shown so.

use egui::{Pos2, Rect, Vec2};

use super::cpu::PixelMap;
use super::orientation::letters;
use crate::segment::{Plane, SliceOfGrid};
use crate::volume::Geometry;

/// How slices of one plane lie: the same for all slices of a volume.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlaneFrame {
    /// Which plane.
    pub plane: Plane,
    /// The grid axis from slice to slice.
    pub axis: usize,
    /// Number of slices.
    pub n_slices: usize,
    /// Pixels along the first and second in-plane axis.
    pub size: [usize; 2],
    /// Screen right and screen down as unit vectors in patient space.
    pub right_and_down: [[f64; 3]; 2],
    /// Whether the slice index grows towards the head, the front or the patient's left as the viewer pages "up".
    pub grows_up: bool,
    /// Column a: mm to the right and down of one step along in-plane axis a.
    mm_per_pixel: [[f64; 2]; 2],
}

/// What the user set for one view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SliceView {
    /// Which slice along the plane's axis, from 0.
    pub slice: usize,
    /// Magnification over "the whole slice fits".
    pub zoom: f64,
    /// Where the slice's centre lies right of and below the view's centre, in mm.
    pub pan_mm: [f64; 2],
}

/// A slice laid out in a rectangle of the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Viewport {
    /// The rectangle, in points.
    pub rect: Rect,
    /// Points per mm.
    pub points_per_mm: f64,
    /// The slice shown.
    pub slice: SliceOfGrid,
    frame: PlaneFrame,
    pan_mm: [f64; 2],
}

impl PlaneFrame {
    /// How slices of a plane lie on a grid.
    pub fn new(geometry: &Geometry, plane: Plane) -> Self {
        let axis = plane.normal_axis(geometry);
        let slice = SliceOfGrid { axis, index: 0 };
        let in_plane = slice.in_plane_axes();
        let (wanted_right, wanted_down, up) = match plane {
            Plane::Axial => ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]),
            Plane::Coronal => ([1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, -1.0, 0.0]),
            Plane::Sagittal => ([0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]),
        };
        let steps = geometry.steps();
        let directions = in_plane.map(|a| geometry.directions()[a]);
        // Screen right follows the in-plane axis that agrees best with it; screen down is its orthogonal in the plane, so
        // that a shear shows as a shear.
        let lies_across = dot(directions[0], wanted_right).abs() >= dot(directions[1], wanted_right).abs();
        let (across, along) = if lies_across { (0, 1) } else { (1, 0) };
        let right = towards(directions[across], wanted_right);
        let slant = dot(directions[along], right);
        let down = towards(unit(minus(directions[along], right.map(|x| x * slant))), wanted_down);
        let mm_per_pixel = in_plane.map(|a| [dot(steps[a], right), dot(steps[a], down)]);
        Self {
            plane,
            axis,
            n_slices: geometry.size()[axis],
            size: slice.size(geometry),
            right_and_down: [right, down],
            grows_up: dot(steps[axis], up) > 0.0,
            mm_per_pixel,
        }
    }

    /// Letters at the left, right, top and bottom edge.
    pub fn edge_letters(&self) -> [String; 4] {
        let [right, down] = self.right_and_down;
        [letters(right.map(|x| -x)), letters(right), letters(down.map(|x| -x)), letters(down)]
    }

    /// The middle slice in a whole view.
    pub fn whole(&self) -> SliceView {
        SliceView { slice: self.n_slices / 2, zoom: 1.0, pan_mm: [0.0; 2] }
    }

    /// The nearest slice that exists.
    pub fn clamp_slice(&self, slice: i64) -> usize {
        slice.clamp(0, self.n_slices as i64 - 1) as usize
    }

    /// Width and height of a slice in mm, pixels taken as areas.
    pub fn extent_mm(&self) -> [f64; 2] {
        let [a, b] = self.mm_per_pixel;
        let [na, nb] = self.size.map(|n| n as f64);
        [0, 1].map(|c| (a[c] * na).abs() + (b[c] * nb).abs())
    }

    /// Position of a pixel right of and below the slice's centre, in mm.
    fn mm_from_pixel(&self, pixel: [f64; 2]) -> [f64; 2] {
        let [a, b] = self.mm_per_pixel;
        let [u, v] = [0, 1].map(|n| pixel[n] - (self.size[n] as f64 - 1.0) / 2.0);
        [0, 1].map(|c| a[c] * u + b[c] * v)
    }

    fn pixel_from_mm(&self, mm: [f64; 2]) -> [f64; 2] {
        let [a, b] = self.mm_per_pixel;
        let determinant = a[0] * b[1] - a[1] * b[0];
        let u = (mm[0] * b[1] - mm[1] * b[0]) / determinant;
        let v = (mm[1] * a[0] - mm[0] * a[1]) / determinant;
        [0, 1].map(|n| [u, v][n] + (self.size[n] as f64 - 1.0) / 2.0)
    }
}

impl SliceView {
    /// Least and most magnification.
    pub const ZOOM: std::ops::RangeInclusive<f64> = 0.25..=40.0;

    /// The view magnified by `factor`, with what lies under `at` (points) staying there.
    pub fn zoomed_at(self, viewport: &Viewport, at: Pos2, factor: f64) -> Self {
        let zoom = (self.zoom * factor).clamp(*Self::ZOOM.start(), *Self::ZOOM.end());
        let ratio = self.zoom / zoom;
        let from_centre = at - viewport.rect.center();
        let pointer_mm = [from_centre.x, from_centre.y].map(|x| f64::from(x) / viewport.points_per_mm);
        // The slice's centre keeps its distance from the pointer in units of the screen.
        let pan_mm = [0, 1].map(|c| pointer_mm[c] * ratio + self.pan_mm[c] - pointer_mm[c]);
        Self { zoom, pan_mm, ..self }
    }

    /// The view moved by a drag, in points.
    pub fn panned(self, viewport: &Viewport, drag: Vec2) -> Self {
        let drag = [drag.x, drag.y].map(|x| f64::from(x) / viewport.points_per_mm);
        Self { pan_mm: [0, 1].map(|c| self.pan_mm[c] + drag[c]), ..self }
    }
}

impl Viewport {
    /// Lays a slice out in a rectangle; at zoom 1 the whole of it just fits.
    pub fn new(frame: &PlaneFrame, view: &SliceView, rect: Rect) -> Self {
        let [width, height] = frame.extent_mm();
        let fit = (f64::from(rect.width().max(1.0)) / width).min(f64::from(rect.height().max(1.0)) / height);
        let slice = SliceOfGrid { axis: frame.axis, index: frame.clamp_slice(view.slice as i64) };
        Self { rect, points_per_mm: fit * view.zoom, slice, frame: *frame, pan_mm: view.pan_mm }
    }

    /// Where on the screen (points) a point of the slice lies, in pixel units of the slice.
    pub fn screen_from_pixel(&self, pixel: [f64; 2]) -> Pos2 {
        let mm = self.frame.mm_from_pixel(pixel);
        let [x, y] = [0, 1].map(|c| ((mm[c] + self.pan_mm[c]) * self.points_per_mm) as f32);
        self.rect.center() + Vec2::new(x, y)
    }

    /// The point of the slice under a position on the screen; fractions lie between pixel centres, and it may lie outside.
    pub fn pixel_from_screen(&self, at: Pos2) -> [f64; 2] {
        let from_centre = at - self.rect.center();
        let mm = [from_centre.x, from_centre.y].map(|x| f64::from(x) / self.points_per_mm);
        self.frame.pixel_from_mm([0, 1].map(|c| mm[c] - self.pan_mm[c]))
    }

    /// Where a voxel lies on the screen when it is projected onto this slice: the crosshair.
    pub fn screen_from_voxel(&self, voxel: [f64; 3]) -> Pos2 {
        self.screen_from_pixel(self.slice.in_plane(voxel))
    }

    /// The voxel (column, row, slice) under a position on the screen, where there is one.
    pub fn voxel_at(&self, at: Pos2) -> Option<[usize; 3]> {
        let pixel = self.pixel_from_screen(at).map(f64::round);
        let inside = (0..2).all(|n| pixel[n] >= 0.0 && pixel[n] < self.frame.size[n] as f64);
        inside.then(|| self.slice.voxel(pixel).map(|x| x as usize))
    }

    /// Half axes of a circle of `radius_mm`, in points: a circle on the screen as well, since proportions are true.
    pub fn points_from_mm(&self, mm: f64) -> f32 {
        (mm * self.points_per_mm) as f32
    }

    /// The map from physical pixels, counted from the screen's corner, to pixels of the slice.
    pub fn pixel_map(&self, pixels_per_point: f32) -> PixelMap {
        let at = |x: f32, y: f32| self.pixel_from_screen(Pos2::new(x / pixels_per_point, y / pixels_per_point));
        let origin = at(0.0, 0.0);
        let (x, y) = (at(1024.0, 0.0), at(0.0, 1024.0));
        // What is rounding rather than shear is zero, which is drawn faster: less than 1e-5 pixels over a wide screen.
        let step = |far: f64, near: f64| Some((far - near) / 1024.0).filter(|step| step.abs() > 1e-9).unwrap_or(0.0);
        PixelMap { origin, per_x: [0, 1].map(|n| step(x[n], origin[n])), per_y: [0, 1].map(|n| step(y[n], origin[n])) }
    }
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn unit(a: [f64; 3]) -> [f64; 3] {
    let length = dot(a, a).sqrt();
    a.map(|x| x / length)
}

/// The vector or its opposite, whichever points to `wanted`.
fn towards(a: [f64; 3], wanted: [f64; 3]) -> [f64; 3] {
    if dot(a, wanted) < 0.0 { a.map(|x| -x) } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect() -> Rect {
        Rect::from_min_size(Pos2::new(100.0, 50.0), Vec2::new(900.0, 700.0))
    }

    fn thick() -> Geometry {
        Geometry::axial([512, 512, 60], [-180.0, -180.0, -100.0], [0.7, 0.7, 5.0]).unwrap()
    }

    #[test]
    fn orientation_is_radiological_in_all_planes() {
        let expected = [["R", "L", "A", "P"], ["R", "L", "H", "F"], ["A", "P", "H", "F"]];
        for (plane, letters) in Plane::ALL.into_iter().zip(expected) {
            assert_eq!(PlaneFrame::new(&thick(), plane).edge_letters(), letters, "{plane:?}");
        }
    }

    #[test]
    fn orientation_is_radiological_whichever_way_the_grid_runs() {
        // Acquired from head to feet, columns to the right, rows to the front.
        let steps = [[-0.7, 0.0, 0.0], [0.0, -0.7, 0.0], [0.0, 0.0, -5.0]];
        let geometry = Geometry::new([512, 512, 60], [0.0; 3], steps).unwrap();
        let frame = PlaneFrame::new(&geometry, Plane::Axial);
        assert_eq!(frame.edge_letters(), ["R", "L", "A", "P"]);
        assert!(!frame.grows_up);
        let viewport = Viewport::new(&frame, &frame.whole(), rect());
        // Column 0 is the patient's left, so it lies on the right of the screen.
        assert!(viewport.screen_from_pixel([0.0, 0.0]).x > viewport.screen_from_pixel([511.0, 0.0]).x);
        assert!(viewport.screen_from_pixel([0.0, 0.0]).y > viewport.screen_from_pixel([0.0, 511.0]).y);
    }

    #[test]
    fn an_oblique_grid_names_its_leaning_edges() {
        let (s, c) = 30f64.to_radians().sin_cos();
        let steps = [[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 3.0]];
        let geometry = Geometry::new([64, 64, 20], [0.0; 3], steps).unwrap();
        assert_eq!(PlaneFrame::new(&geometry, Plane::Axial).edge_letters(), ["RA", "LP", "AL", "PR"]);
    }

    #[test]
    fn a_sagittal_acquisition_stands_upright() {
        let steps = [[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [3.0, 0.0, 0.0]];
        let geometry = Geometry::new([256, 200, 60], [0.0; 3], steps).unwrap();
        for (plane, letters) in [(Plane::Axial, ["R", "L", "A", "P"]), (Plane::Sagittal, ["A", "P", "H", "F"])] {
            assert_eq!(PlaneFrame::new(&geometry, plane).edge_letters(), letters);
        }
    }

    #[test]
    fn ten_centimetres_measure_the_same_along_both_axes_of_every_plane() {
        for plane in Plane::ALL {
            let frame = PlaneFrame::new(&thick(), plane);
            let viewport = Viewport::new(&frame, &frame.whole(), rect());
            let spacing = viewport.slice.spacing_mm(&thick());
            let start = viewport.screen_from_pixel([10.0, 10.0]);
            let across = viewport.screen_from_pixel([10.0 + 100.0 / spacing[0], 10.0]);
            let along = viewport.screen_from_pixel([10.0, 10.0 + 100.0 / spacing[1]]);
            let expected = viewport.points_from_mm(100.0);
            assert!(((across - start).length() - expected).abs() < 0.01, "{plane:?}");
            assert!(((along - start).length() - expected).abs() < 0.01, "{plane:?}");
        }
    }

    #[test]
    fn a_whole_slice_just_fits() {
        for plane in Plane::ALL {
            let frame = PlaneFrame::new(&thick(), plane);
            let viewport = Viewport::new(&frame, &frame.whole(), rect());
            let [na, nb] = frame.size.map(|n| n as f64 - 0.5);
            let corners =
                Rect::from_two_pos(viewport.screen_from_pixel([-0.5, -0.5]), viewport.screen_from_pixel([na, nb]));
            assert!(rect().expand(0.01).contains_rect(corners));
            let touches = (corners.width() - 900.0).abs() < 0.01 || (corners.height() - 700.0).abs() < 0.01;
            assert!(touches, "{plane:?} {corners:?}");
        }
    }

    #[test]
    fn a_tilted_gantry_shows_as_a_shear() {
        let steps = [[0.7, 0.0, 0.0], [0.0, 0.7, 0.0], [0.0, 1.2, 5.0]];
        let geometry = Geometry::new([512, 512, 60], [0.0; 3], steps).unwrap();
        let frame = PlaneFrame::new(&geometry, Plane::Sagittal);
        let viewport = Viewport::new(&frame, &frame.whole(), rect());
        let step = viewport.screen_from_pixel([100.0, 21.0]) - viewport.screen_from_pixel([100.0, 20.0]);
        assert!((step.x / step.y + 1.2 / 5.0).abs() < 1e-3, "{step:?}");
    }

    #[test]
    fn screen_and_pixels_round_trip_under_zoom_and_pan() {
        let frame = PlaneFrame::new(&thick(), Plane::Coronal);
        let view = SliceView { slice: 200, zoom: 3.7, pan_mm: [12.0, -30.0] };
        let viewport = Viewport::new(&frame, &view, rect());
        let pixel = [123.4, 17.2];
        let back = viewport.pixel_from_screen(viewport.screen_from_pixel(pixel));
        assert!((0..2).all(|n| (back[n] - pixel[n]).abs() < 1e-3), "{back:?}");
        assert_eq!(viewport.voxel_at(viewport.screen_from_pixel(pixel)), Some([123, 200, 17]));
        assert_eq!(viewport.voxel_at(viewport.screen_from_pixel([-0.6, 0.0])), None);
        let map = viewport.pixel_map(2.0);
        let at = viewport.pixel_from_screen(Pos2::new(150.5, 99.5));
        let mapped = map.slice_pixel([301.0, 199.0]);
        assert!((0..2).all(|n| (f64::from(mapped[n]) - at[n]).abs() < 1e-3), "{mapped:?} {at:?}");
    }

    #[test]
    fn zooming_keeps_what_lies_under_the_pointer() {
        let frame = PlaneFrame::new(&thick(), Plane::Axial);
        let view = SliceView { slice: 30, zoom: 1.4, pan_mm: [5.0, 9.0] };
        let before = Viewport::new(&frame, &view, rect());
        let pointer = Pos2::new(400.0, 600.0);
        let after = Viewport::new(&frame, &view.zoomed_at(&before, pointer, 1.5), rect());
        let (was, is) = (before.pixel_from_screen(pointer), after.pixel_from_screen(pointer));
        assert!((0..2).all(|n| (was[n] - is[n]).abs() < 1e-6), "{was:?} {is:?}");
        let moved = Viewport::new(&frame, &view.panned(&before, Vec2::new(30.0, -10.0)), rect());
        let shift = moved.screen_from_pixel([9.0, 9.0]) - before.screen_from_pixel([9.0, 9.0]);
        assert!((shift - Vec2::new(30.0, -10.0)).length() < 1e-2, "{shift:?}");
    }
}
