//! Where surfaces are seen from: a turntable, on which the head stays up.

use crate::segment::surface::{Surface, Surfaces};

/// Part of the picture's shorter side that the farthest points reach at magnification 1.
const FILLED: f32 = 0.94;

/// The place that surfaces are seen from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurfaceCamera {
    /// Degrees around the patient: 0 from the front, 90 from the patient's right.
    pub azimuth: f64,
    /// Degrees towards the head, -90 to 90.
    pub elevation: f64,
    /// Magnification over "everything fits from everywhere".
    pub zoom: f64,
    /// How far what is seen is moved to the right and down, in mm.
    pub pan_mm: [f64; 2],
}

impl Default for SurfaceCamera {
    /// From the front.
    fn default() -> Self {
        Self { azimuth: 0.0, elevation: 0.0, zoom: 1.0, pan_mm: [0.0; 2] }
    }
}

impl SurfaceCamera {
    /// Least and most magnification.
    pub const ZOOM: std::ops::RangeInclusive<f64> = 0.5..=20.0;

    /// What is seen turned by degrees to the right and down; never over the head.
    pub fn turned(self, right: f64, down: f64) -> Self {
        let azimuth = (self.azimuth + right + 180.0).rem_euclid(360.0) - 180.0;
        Self { azimuth, elevation: (self.elevation + down).clamp(-90.0, 90.0), ..self }
    }

    /// Magnified by a factor.
    pub fn zoomed(self, factor: f64) -> Self {
        Self { zoom: (self.zoom * factor).clamp(*Self::ZOOM.start(), *Self::ZOOM.end()), ..self }
    }

    /// What is seen moved to the right and down, in mm.
    pub fn panned(self, mm: [f64; 2]) -> Self {
        Self { pan_mm: [0, 1].map(|n| self.pan_mm[n] + mm[n]), ..self }
    }

    /// The same magnification from the front (0, 0), or from elsewhere.
    pub fn from_side(self, azimuth: f64, elevation: f64) -> Self {
        Self { azimuth, elevation, ..self }
    }

    /// Unit vectors in the patient that lead to the right and down on the picture, and out of it towards the viewer.
    pub fn axes(&self) -> [[f64; 3]; 3] {
        let ((sin, cos), (lift, level)) = (self.azimuth.to_radians().sin_cos(), self.elevation.to_radians().sin_cos());
        let right = [cos, -sin, 0.0];
        let towards = [-sin * level, -cos * level, lift];
        let down = [-sin * lift, -cos * lift, -level];
        [right, down, towards]
    }
}

/// How surfaces lie on a picture.
#[derive(Debug, Clone, Copy)]
pub struct SurfaceViewport {
    /// To the right, down, and away from the viewer.
    pub(super) axes: [[f32; 3]; 3],
    centre: [f32; 3],
    /// Pixels, or whatever the size is in, per mm.
    pub per_mm: f32,
    middle: [f32; 2],
}

impl SurfaceViewport {
    /// Lays surfaces out on a picture of this size.
    pub fn new(surfaces: &Surfaces, camera: &SurfaceCamera, size: [f32; 2]) -> Self {
        let [right, down, towards] = camera.axes().map(|axis| axis.map(|x| x as f32));
        let fit = FILLED * size[0].min(size[1]) / 2.0 / surfaces.radius.max(1.0);
        let per_mm = fit * camera.zoom as f32;
        let middle = [0, 1].map(|n| size[n] / 2.0 + camera.pan_mm[n] as f32 * per_mm);
        Self { axes: [right, down, towards.map(|x| -x)], centre: surfaces.centre, per_mm, middle }
    }

    /// Where a point in patient mm is seen: right, down, and how far behind the middle in mm.
    pub fn screen_from_patient(&self, point: [f32; 3]) -> [f32; 3] {
        let from = [0, 1, 2].map(|x| point[x] - self.centre[x]);
        let [right, down, away] = self.axes.map(|axis| dot(axis, from));
        [self.middle[0] + right * self.per_mm, self.middle[1] + down * self.per_mm, away]
    }

    /// The point in patient mm that is seen there.
    pub fn patient_from_screen(&self, [x, y, away]: [f32; 3]) -> [f64; 3] {
        let along = [(x - self.middle[0]) / self.per_mm, (y - self.middle[1]) / self.per_mm, away];
        [0, 1, 2].map(|n| {
            f64::from(self.centre[n]) + (0..3).map(|a| f64::from(along[a]) * f64::from(self.axes[a][n])).sum::<f64>()
        })
    }

    /// How far behind the middle, in mm, a surface first lies under a place of the picture.
    pub(super) fn depth_at(&self, surface: &Surface, [x, y]: [f32; 2]) -> Option<f32> {
        let seen: Vec<[f32; 3]> = surface.points.iter().map(|point| self.screen_from_patient(*point)).collect();
        let depth = |triangle: &[u32; 3]| {
            let [a, b, c] = triangle.map(|n| seen.get(n as usize).copied().unwrap_or_default());
            let cross = |p: [f32; 3], q: [f32; 3]| (p[0] - x) * (q[1] - y) - (q[0] - x) * (p[1] - y);
            let parts = [cross(b, c), cross(c, a), cross(a, b)];
            let sum: f32 = parts.iter().sum();
            let is_in = sum != 0.0 && parts.iter().all(|part| part * sum >= 0.0);
            is_in.then(|| (parts[0] * a[2] + parts[1] * b[2] + parts[2] * c[2]) / sum)
        };
        surface.triangles.iter().filter_map(depth).min_by(f32::total_cmp)
    }
}

pub(super) fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_stay_upright_and_perpendicular_on_every_way_around() {
        let mut camera = SurfaceCamera::default();
        assert_eq!(
            camera.axes(),
            [[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, -1.0, 0.0]].map(|a| a.map(|x: f64| x + 0.0))
        );
        for n in 0..200 {
            camera = camera.turned(37.0, if n % 40 < 20 { 11.0 } else { -13.0 });
            let [right, down, towards] = camera.axes();
            let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
            assert!([dot(right, down), dot(right, towards), dot(down, towards)].iter().all(|x| x.abs() < 1e-12));
            assert!((dot(down, down) - 1.0).abs() < 1e-12 && (dot(towards, towards) - 1.0).abs() < 1e-12);
            assert!(down[2] <= 1e-12 && (-180.0..180.0).contains(&camera.azimuth), "the head is never down");
        }
    }

    #[test]
    fn a_point_comes_back_from_the_screen() {
        let surfaces = Surfaces { centre: [10.0, -20.0, 30.0], radius: 80.0, ..Surfaces::default() };
        let camera = SurfaceCamera { azimuth: 33.0, elevation: -20.0, zoom: 2.0, pan_mm: [4.0, -6.0] };
        let viewport = SurfaceViewport::new(&surfaces, &camera, [300.0, 200.0]);
        let point = [25.0f32, -40.0, 60.0];
        let back = viewport.patient_from_screen(viewport.screen_from_patient(point));
        assert!((0..3).all(|x| (back[x] - f64::from(point[x])).abs() < 1e-3), "{back:?}");
    }
}
