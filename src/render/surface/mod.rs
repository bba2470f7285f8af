//! Surfaces of labels on the screen, drawn by the processor: the same picture with every renderer of the window, and where a pointer
//! hits them.
//!
//! Nearest surfaces are found by depth (a z-buffer), lit matt by one lamp beside the viewer's head. The liver is glass where anything
//! else is shown, clearest where it is looked at straight: of its surfaces only the nearest is seen, so that nothing needs sorting and
//! nothing flickers. There is no perspective: what is equally large looks equally large.

mod camera;
mod raster;
mod shade;

pub use camera::{SurfaceCamera, SurfaceViewport};
pub use raster::SurfaceRaster;

use super::Overlay;
use crate::segment::surface::{Surface, Surfaces};
use crate::volume::Label;

/// What to show of surfaces.
#[derive(Debug, Clone, Copy)]
pub struct SurfaceScene<'a> {
    /// The surfaces.
    pub surfaces: &'a Surfaces,
    /// Where they are seen from.
    pub camera: SurfaceCamera,
    /// Colours, and which labels are shown.
    pub overlay: &'a Overlay,
}

impl SurfaceScene<'_> {
    /// The surfaces that are shown.
    fn shown(&self) -> impl Iterator<Item = &Surface> {
        self.surfaces.list.iter().filter(|surface| self.overlay.shown[surface.label as usize])
    }

    /// Whether anything is shown.
    pub fn is_visible(&self) -> bool {
        self.shown().next().is_some()
    }

    /// Whether the liver is glass: something else is shown that lies in it.
    fn has_glass(&self) -> bool {
        self.shown().any(|surface| surface.label != Label::Liver)
    }

    /// How it lies on a picture of this size.
    pub fn viewport(&self, size: [f32; 2]) -> SurfaceViewport {
        SurfaceViewport::new(self.surfaces, &self.camera, size)
    }

    /// The point in patient mm that is seen at a place of a picture of this size: of what lies in glass, if anything does there, else of
    /// what is nearest.
    pub fn hit(&self, size: [f32; 2], at: [f32; 2]) -> Option<[f64; 3]> {
        let viewport = self.viewport(size);
        let has_glass = self.has_glass();
        let nearest = |glass: bool| {
            let surfaces = self.shown().filter(|surface| (has_glass && surface.label == Label::Liver) == glass);
            surfaces.filter_map(|surface| viewport.depth_at(surface, at)).min_by(f32::total_cmp)
        };
        nearest(false).or_else(|| nearest(true)).map(|depth| viewport.patient_from_screen([at[0], at[1], depth]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Progress;
    use crate::segment::surface::surfaces;
    use crate::volume::{Geometry, LabelMap};

    const SIZE: [usize; 2] = [160, 120];

    /// A liver with a radius of 60 mm around the origin, a vessel of 12 mm in its middle, and a lesion of 15 mm that looks out of its
    /// left side.
    fn scene() -> (Surfaces, Overlay) {
        let geometry = Geometry::axial([80, 80, 80], [-79.0; 3], [2.0; 3]).unwrap();
        let bits = ndarray::Array3::from_shape_fn(geometry.shape(), |(k, j, i)| {
            let [x, y, z] = geometry.patient_from_voxel([i as f64, j as f64, k as f64]);
            let ball = |x: f64, radius: f64, label: Label| u8::from(x.hypot(y).hypot(z) < radius) * label.bit();
            ball(x, 60.0, Label::Liver) | ball(x, 12.0, Label::Vessel) | ball(x - 60.0, 15.0, Label::Lesion)
        });
        let map = LabelMap::from_bits(geometry, bits).unwrap();
        (surfaces(&map, &Progress::new()).unwrap(), Overlay::default())
    }

    fn only(labels: &[Label]) -> Overlay {
        let mut overlay = Overlay { shown: [false; 4], ..Overlay::default() };
        labels.iter().for_each(|label| overlay.shown[*label as usize] = true);
        overlay
    }

    fn drawn(surfaces: &Surfaces, overlay: &Overlay, camera: SurfaceCamera) -> egui::ColorImage {
        SurfaceRaster::default().draw(&SurfaceScene { surfaces, camera, overlay }, SIZE, 2)
    }

    fn pixel(image: &egui::ColorImage, right: f32, down: f32) -> [u8; 4] {
        let at = [right, down].map(|part| (part + 1.0) / 2.0);
        let [x, y] = [0, 1].map(|n| (at[n] * SIZE[n] as f32) as usize);
        image.pixels[y * SIZE[0] + x].to_array()
    }

    #[test]
    fn from_the_front_the_patients_left_is_on_the_right_and_arrows_lead_around() {
        let (surfaces, _) = scene();
        let lesion = only(&[Label::Lesion]);
        let covered = |camera| {
            let image = drawn(&surfaces, &lesion, camera);
            let places = image.pixels.iter().enumerate().filter(|(_, pixel)| pixel.a() > 128);
            let xs: Vec<f64> = places.map(|(n, _)| (n % SIZE[0]) as f64).collect();
            (xs.len() > 100).then(|| xs.iter().sum::<f64>() / xs.len() as f64 / SIZE[0] as f64)
        };
        let anterior = SurfaceCamera::default();
        assert!(covered(anterior).unwrap() > 0.6);
        assert!(covered(anterior.turned(180.0, 0.0)).unwrap() < 0.4, "from behind");
        assert!((covered(anterior.turned(90.0, 0.0)).unwrap() - 0.5).abs() < 0.1, "from the patient's right");
        assert!(covered(anterior.turned(0.0, 90.0)).unwrap() > 0.6, "from above");
    }

    #[test]
    fn glass_shows_what_lies_in_it_and_hidden_labels_are_not_there() {
        let (surfaces, all) = scene();
        let camera = SurfaceCamera::default();
        let liver = drawn(&surfaces, &only(&[Label::Liver]), camera);
        let [red, green, blue, alpha] = pixel(&liver, 0.0, 0.0);
        assert!(alpha == 255 && green > red && green > blue, "alone it is solid");
        let [_, green, blue, alpha] = pixel(&drawn(&surfaces, &all, camera), 0.0, 0.0);
        assert!(alpha == 255 && blue > green, "the vessel's blue shows through");
        let [.., alpha] = pixel(&drawn(&surfaces, &all, camera), 0.0, 0.5);
        assert!((20..160).contains(&alpha), "glass: {alpha}");
        let none = drawn(&surfaces, &only(&[]), camera);
        assert!(none.pixels.iter().all(|pixel| *pixel == egui::Color32::TRANSPARENT));
        assert!(!SurfaceScene { surfaces: &surfaces, camera, overlay: &only(&[]) }.is_visible());
    }

    #[test]
    fn the_lamp_lights_the_middle_more_than_the_rim() {
        let (surfaces, _) = scene();
        let image = drawn(&surfaces, &only(&[Label::Liver]), SurfaceCamera::default());
        let [middle, rim] = [0.0, 0.62].map(|down| pixel(&image, 0.0, down));
        assert!(rim[3] == 255 && middle[1] > rim[1] + 40, "{middle:?} {rim:?}");
    }

    #[test]
    fn a_pointer_hits_what_is_seen_under_it() {
        let (surfaces, all) = scene();
        let hit = |overlay: &Overlay, camera, right: f32| {
            let size = SIZE.map(|n| n as f32);
            let at = [size[0] / 2.0 * (1.0 + right), size[1] / 2.0];
            SurfaceScene { surfaces: &surfaces, camera, overlay }.hit(size, at)
        };
        // The picture's middle is the patient's, not that of what is drawn.
        let anterior = SurfaceCamera { pan_mm: [f64::from(surfaces.centre[0]), 0.0], ..SurfaceCamera::default() };
        let [x, y, z] = hit(&all, anterior, 0.0).unwrap();
        assert!(x.abs() < 1.0 && (y + 12.0).abs() < 1.5 && z.abs() < 1.5, "the vessel in the glass: {x} {y} {z}");
        let [_, y, _] = hit(&only(&[Label::Liver]), anterior, 0.0).unwrap();
        assert!((y + 60.0).abs() < 1.5, "the liver's front: {y}");
        let behind = SurfaceCamera { azimuth: 180.0, pan_mm: [0.0; 2], ..anterior };
        let [_, y, _] = hit(&only(&[Label::Liver]), behind, 0.0).unwrap();
        assert!(y > 55.0, "the liver's back: {y}");
        assert_eq!(hit(&all, anterior, 0.99), None);
    }
}
