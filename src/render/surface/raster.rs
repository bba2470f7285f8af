//! Triangles to pixels by a depth buffer.

use egui::{Color32, ColorImage};

use super::shade::{GLASS_DEPTH, Light, palette};
use super::{SurfaceScene, SurfaceViewport};
use crate::segment::surface::Surface;
use crate::volume::Label;

/// Draws surfaces; keeps its buffers from picture to picture.
#[derive(Default)]
pub struct SurfaceRaster {
    solid: Vec<Sample>,
    glass: Vec<Sample>,
    corners: Vec<Corner>,
}

/// What is nearest at a place: depth in mm, brightness, and the label (of glass: the opacity).
#[derive(Clone, Copy)]
struct Sample {
    depth: f32,
    bright: u8,
    what: u8,
}

const NOTHING: Sample = Sample { depth: f32::INFINITY, bright: 0, what: 0 };

/// A vertex on the picture.
#[derive(Clone, Copy, Default)]
struct Corner {
    x: f32,
    y: f32,
    depth: f32,
    bright: f32,
    what: f32,
}

impl SurfaceRaster {
    /// Draws a picture of this size, each pixel from `samples` x `samples` places; transparent where there is no surface.
    pub fn draw(&mut self, scene: &SurfaceScene, size: [usize; 2], samples: usize) -> ColorImage {
        let samples = samples.max(1);
        let fine = size.map(|n| n * samples);
        let viewport = scene.viewport(fine.map(|n| n as f32));
        let light = Light::new(&viewport, scene.surfaces.radius);
        let has_glass = scene.has_glass();
        for layer in [&mut self.solid, &mut self.glass] {
            layer.clear();
            layer.resize(fine[0] * fine[1], NOTHING);
        }
        for surface in scene.shown() {
            let is_glass = has_glass && surface.label == Label::Liver;
            self.place(surface, &viewport, &light, is_glass);
            let layer = if is_glass { &mut self.glass } else { &mut self.solid };
            for triangle in &surface.triangles {
                let [Some(a), Some(b), Some(c)] = triangle.map(|n| self.corners.get(n as usize)) else { continue };
                fill(layer, fine, [a, c, b]);
            }
        }
        ColorImage::new(size, self.blended(scene, size, samples))
    }

    fn place(&mut self, surface: &Surface, viewport: &SurfaceViewport, light: &Light, is_glass: bool) {
        self.corners.clear();
        self.corners.extend(surface.points.iter().zip(&surface.normals).map(|(point, normal)| {
            let [x, y, depth] = viewport.screen_from_patient(*point);
            let [bright, opacity] = light.on(*normal, depth);
            let what = if is_glass { opacity } else { f32::from(surface.label as u8) };
            Corner { x, y, depth, bright, what }
        }));
    }

    /// Lays glass over what is solid, and makes pixels of samples.
    fn blended(&self, scene: &SurfaceScene, [width, height]: [usize; 2], samples: usize) -> Vec<Color32> {
        let palette = palette(scene.overlay);
        let liver = &palette[Label::Liver as usize];
        let line = width * samples;
        let n = (samples * samples) as u32;
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let mut sum = [0u32; 4];
                for row in 0..samples {
                    let from = (y * samples + row) * line + x * samples;
                    let (solid, glass) = (self.solid.get(from..from + samples), self.glass.get(from..from + samples));
                    for (solid, glass) in solid.into_iter().flatten().zip(glass.into_iter().flatten()) {
                        let [opacity, cover] = [veil(solid, glass), u32::from(solid.depth.is_finite())];
                        if opacity == 0 && cover == 0 {
                            continue;
                        }
                        let behind = palette[usize::from(solid.what & 3)][usize::from(solid.bright)];
                        let before = liver[usize::from(glass.bright)];
                        let rest = cover * (255 - opacity);
                        for (sum, (before, behind)) in sum.iter_mut().zip(before.iter().zip(behind)) {
                            *sum += u32::from(*before) * opacity + u32::from(behind) * rest;
                        }
                        sum[3] += 255 * (opacity + rest);
                    }
                }
                let [r, g, b, a] = sum.map(|sum| ((sum + 127 * n) / (255 * n)) as u8);
                pixels.push(Color32::from_rgba_premultiplied(r, g, b, a));
            }
        }
        pixels
    }
}

/// Opacity, 0 to 255, of the glass over what is solid.
fn veil(solid: &Sample, glass: &Sample) -> u32 {
    let thickness = solid.depth - glass.depth;
    if glass.depth.is_infinite() || thickness <= 0.0 {
        0
    } else {
        (f32::from(glass.what) * (thickness / GLASS_DEPTH).min(1.0)) as u32
    }
}

/// Fills a triangle whose corners go clockwise on the screen; one seen from behind is left out.
fn fill(layer: &mut [Sample], [width, height]: [usize; 2], [a, b, c]: [&Corner; 3]) {
    let area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
    if area.is_nan() || area <= 0.0 {
        return;
    }
    let range = |p: f32, q: f32, r: f32, n: usize| {
        // Pixels whose middles may be inside.
        let low = (p.min(q).min(r) - 0.5).ceil().max(0.0) as usize;
        let high = ((p.max(q).max(r) - 0.5).floor() + 1.0).clamp(0.0, n as f32) as usize;
        low..high.max(low)
    };
    let (columns, rows) = (range(a.x, b.x, c.x, width), range(a.y, b.y, c.y, height));
    if columns.is_empty() || rows.is_empty() {
        return;
    }
    // How far inside each side a place is, and how that changes to the right and down.
    let sides = [(b, c), (c, a), (a, b)].map(|(p, q)| (p, p.y - q.y, q.x - p.x));
    let (x, y) = (columns.start as f32 + 0.5, rows.start as f32 + 0.5);
    let mut inside = sides.map(|(p, per_x, per_y)| (x - p.x) * per_x + (y - p.y) * per_y);
    let per_area = 1.0 / area;
    let weighed =
        |parts: [f32; 3], of: fn(&Corner) -> f32| (parts[0] * of(a) + parts[1] * of(b) + parts[2] * of(c)) * per_area;
    let of: [fn(&Corner) -> f32; 3] = [|c| c.depth, |c| c.bright, |c| c.what];
    let right = of.map(|of| weighed(sides.map(|side| side.1), of));
    for row in rows {
        let mut at = inside;
        let mut value = of.map(|of| weighed(inside, of));
        let line = row * width;
        for sample in layer.get_mut(line + columns.start..line + columns.end).unwrap_or_default() {
            if at[0] >= 0.0 && at[1] >= 0.0 && at[2] >= 0.0 && value[0] < sample.depth {
                *sample = Sample { depth: value[0], bright: value[1] as u8, what: (value[2] + 0.5) as u8 };
            }
            at = [0, 1, 2].map(|n| at[n] + sides[n].1);
            value = [0, 1, 2].map(|n| value[n] + right[n]);
        }
        inside = [0, 1, 2].map(|n| inside[n] + sides[n].2);
    }
}
