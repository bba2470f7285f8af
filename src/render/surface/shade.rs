//! Light: how bright a surface is by the way that it faces, how clear glass is, and what colour that makes.

use super::super::Overlay;
use super::camera::{SurfaceViewport, dot};

/// Where the lamp is, to the right, down and away: over the viewer's left shoulder.
const LAMP: [f32; 3] = [-0.32, -0.42, -0.85];
/// Light that comes from everywhere.
const AMBIENT: f32 = 0.22;
/// How far light reaches around an edge: matt tissue has no hard shadow.
const WRAP: f32 = 0.25;
/// Part of the light that is lost from the nearest to the farthest point.
const HAZE: f32 = 0.35;
/// Opacity of glass looked at straight, and what it gains towards its rim, with the power that it gains it by.
const GLASS: f32 = 0.5;
const RIM: f32 = 0.4;
const RIM_POWER: i32 = 2;
/// Behind this much glass, in mm, the whole of it is seen; what lies in the glass's own surface is seen without it.
pub(super) const GLASS_DEPTH: f32 = 3.0;
/// Grades of brightness.
const GRADES: usize = 256;

/// Light and depth of a picture.
pub(super) struct Light {
    away: [f32; 3],
    lamp: [f32; 3],
    radius: f32,
}

impl Light {
    /// The lamp stands where the viewer does.
    pub fn new(viewport: &SurfaceViewport, radius: f32) -> Self {
        let length = dot(LAMP, LAMP).sqrt();
        let axes = viewport.axes;
        let lamp = [0, 1, 2].map(|x| (0..3).map(|a| axes[a][x] * LAMP[a] / length).sum());
        Self { away: axes[2], lamp, radius: radius.max(1.0) }
    }

    /// Brightness, 0 to 255, of a surface with this normal so far behind the middle, and its opacity as glass, 0 to 255.
    pub fn on(&self, normal: [f32; 3], depth: f32) -> [f32; 2] {
        let lambert = ((dot(normal, self.lamp) + WRAP) / (1.0 + WRAP)).max(0.0);
        let behind = ((depth / self.radius + 1.0) / 2.0).clamp(0.0, 1.0);
        let bright = (AMBIENT + (1.0 - AMBIENT) * lambert) * (1.0 - HAZE * behind);
        let facing = (-dot(normal, self.away)).clamp(0.0, 1.0);
        let opacity = GLASS + RIM * (1.0 - facing).powi(RIM_POWER);
        [bright * 255.0, opacity * 255.0]
    }
}

/// The colours of each label at each grade of brightness. Light is reckoned in proportion, not in the screen's numbers.
pub(super) fn palette(overlay: &Overlay) -> [[[u8; 3]; GRADES]; 4] {
    overlay.colours.map(|colour| {
        let linear = colour.map(|x| (f32::from(x) / 255.0).powf(2.2));
        std::array::from_fn(|grade| {
            let bright = grade as f32 / (GRADES - 1) as f32;
            linear.map(|x| ((x * bright).powf(1.0 / 2.2) * 255.0).round() as u8)
        })
    })
}
