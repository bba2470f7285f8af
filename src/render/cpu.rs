//! A slice drawn by the processor: the reference that the shader is held against, and the last resort without a GPU.
//!
//! Grey is bilinear between the four nearest pixels of the slice, then windowed; labels are those of the nearest pixel.
//! Arithmetic is in `f32` in the shader's own order. Memory follows what is visible, not the slice.

use ndarray::{ArrayView2, ArrayView3, Axis};
use rayon::prelude::*;

use super::{Overlay, Window};
use crate::segment::SliceOfGrid;
use crate::volume::{Label, LabelMap, Volume, Voxels};

/// HU at which padding is shown: air.
pub(super) const AIR_HU: i16 = -1024;

/// The map from screen pixels to pixels of a slice (whole numbers are centres): origin + x per_x + y per_y.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PixelMap {
    /// The slice's pixel at the corner of the screen's first pixel.
    pub origin: [f64; 2],
    /// Step of one screen pixel to the right.
    pub per_x: [f64; 2],
    /// Step of one screen pixel down.
    pub per_y: [f64; 2],
}

impl PixelMap {
    /// The slice's pixel at a position on the screen.
    pub fn slice_pixel(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        [0, 1].map(|n| self.origin[n] as f32 + x * self.per_x[n] as f32 + y * self.per_y[n] as f32)
    }

    /// The same map for an image whose first pixel lies at `[x, y]` of the screen.
    pub fn from_corner(&self, [x, y]: [f64; 2]) -> Self {
        Self { origin: [0, 1].map(|n| self.origin[n] + x * self.per_x[n] + y * self.per_y[n]), ..*self }
    }
}

/// What the processor draws from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The image.
    pub volume: &'a Volume,
    /// What was drawn on it.
    pub labels: &'a LabelMap,
    /// Which slice.
    pub slice: SliceOfGrid,
}

/// How the processor draws.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Window of the grey image.
    pub window: Window,
    /// How labels are shown.
    pub overlay: &'a Overlay,
    /// Whether to interpolate between pixels.
    pub smooth: bool,
    /// Physical pixels per point, for the width of outlines.
    pub pixels_per_point: f32,
}

/// Draws a slice into an image of [width, height] pixels, RGBA with 8 bits each; black outside the slice.
pub fn draw_slice(source: &Source, map: &PixelMap, look: &Look, [width, height]: [usize; 2]) -> Vec<u8> {
    let mut image = vec![0u8; width * height * 4];
    if width == 0 || height == 0 {
        return image;
    }
    let patch = Patch::visible(source, map, [width, height]);
    let painter = RowPainter::new(&patch, map, look);
    image.par_chunks_mut(width * 4).enumerate().for_each(|(y, row)| {
        for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
            pixel.copy_from_slice(&painter.pixel(x as f32 + 0.5, y as f32 + 0.5));
        }
    });
    image
}

/// The visible part of a slice, gathered so that drawing reads it in order whichever way the slice runs through the volume.
struct Patch {
    /// Pixels of the whole slice.
    size: [i64; 2],
    /// First pixel of the part.
    low: [i64; 2],
    /// Pixels of the part.
    part: [usize; 2],
    values: Vec<f32>,
    /// Empty when no label is in sight.
    labels: Vec<u8>,
}

impl Patch {
    fn visible(source: &Source, map: &PixelMap, [width, height]: [usize; 2]) -> Self {
        let size = source.slice.size(source.volume.geometry());
        let corners =
            [[0, 0], [width, 0], [0, height], [width, height]].map(|at| map.slice_pixel(at.map(|x| x as f32)));
        // Two pixels of margin: one for interpolation, one for outlines that look beyond the edge.
        let [first, second] = [0, 1].map(|n| {
            let last = size[n] - 1;
            let low = corners.iter().map(|c| c[n]).fold(f32::INFINITY, f32::min) - 2.0;
            let high = corners.iter().map(|c| c[n]).fold(f32::NEG_INFINITY, f32::max) + 3.0;
            (low.max(0.0) as usize).min(last)..=(high.max(0.0) as usize).min(last)
        });
        let part = [first.clone().count(), second.clone().count()];
        let gather = |view: ArrayView2<u8>| -> Vec<u8> {
            second.clone().flat_map(|b| first.clone().map(move |a| (b, a))).map(|at| view[at]).collect()
        };
        let mut values = Vec::with_capacity(part[0] * part[1]);
        macro_rules! gather_values {
            ($array:expr) => {{
                let view = plane_of($array.view(), source.slice);
                values
                    .extend(second.clone().flat_map(|b| first.clone().map(move |a| (b, a))).map(|at| view[at] as f32));
            }};
        }
        match source.volume.voxels() {
            Voxels::I16(array) => gather_values!(array),
            Voxels::I32(array) => gather_values!(array),
            Voxels::F32(array) => gather_values!(array),
            Voxels::F64(array) => gather_values!(array),
        }
        if let Some(padding) = source.volume.padding() {
            let view = plane_of(padding.view(), source.slice);
            let cells = second.clone().flat_map(|b| first.clone().map(move |a| (b, a)));
            for (value, at) in values.iter_mut().zip(cells) {
                if view[at] {
                    *value = f32::from(AIR_HU);
                }
            }
        }
        let mut labels = gather(plane_of(source.labels.bits().view(), source.slice));
        if labels.iter().all(|&bits| bits == 0) {
            labels.clear();
        }
        Self {
            size: size.map(|n| n as i64),
            low: [*first.start() as i64, *second.start() as i64],
            part,
            values,
            labels,
        }
    }

    fn value(&self, a: i64, b: i64) -> f32 {
        self.values[self.cell(a, b)]
    }

    /// Index of a pixel, taken to the nearest one of the part.
    fn cell(&self, a: i64, b: i64) -> usize {
        let u = (a - self.low[0]).clamp(0, self.part[0] as i64 - 1) as usize;
        let v = (b - self.low[1]).clamp(0, self.part[1] as i64 - 1) as usize;
        v * self.part[0] + u
    }

    fn contains(&self, [a, b]: [i64; 2]) -> bool {
        (0..self.size[0]).contains(&a) && (0..self.size[1]).contains(&b)
    }
}

/// A slice of a volume as [second in-plane axis, first in-plane axis].
fn plane_of<T>(array: ArrayView3<'_, T>, slice: SliceOfGrid) -> ArrayView2<'_, T> {
    array.index_axis_move(Axis(2 - slice.axis), slice.index)
}

/// Directions in which a pixel looks for the edge of its label, to be scaled by the outline's width.
const AROUND: [[f32; 2]; 8] = {
    const D: f32 = std::f32::consts::FRAC_1_SQRT_2;
    [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0], [D, D], [-D, D], [D, -D], [-D, -D]]
};

/// Everything that stays the same from pixel to pixel.
struct RowPainter<'a> {
    patch: &'a Patch,
    map: PixelMap,
    lowest: f32,
    per_hu: f32,
    smooth: bool,
    colours: [[f32; 3]; 4],
    shown: u8,
    opacity: f32,
    outline: f32,
}

impl<'a> RowPainter<'a> {
    fn new(patch: &'a Patch, map: &PixelMap, look: &Look) -> Self {
        let (lowest, per_hu) = look.window.ramp();
        Self {
            patch,
            map: *map,
            lowest: lowest as f32,
            per_hu: per_hu as f32,
            smooth: look.smooth,
            colours: look.overlay.colours.map(|colour| colour.map(|c| f32::from(c) / 255.0)),
            shown: if patch.labels.is_empty() { 0 } else { look.overlay.shown_bits() },
            opacity: look.overlay.opacity,
            outline: look.overlay.outline * look.pixels_per_point,
        }
    }

    fn pixel(&self, x: f32, y: f32) -> [u8; 4] {
        let at = self.map.slice_pixel([x, y]);
        let nearest = at.map(nearest);
        if !self.patch.contains(nearest) {
            return [0, 0, 0, 255];
        }
        let hu = if self.smooth { self.interpolated(at) } else { self.patch.value(nearest[0], nearest[1]) };
        let grey = ((hu - self.lowest) * self.per_hu).clamp(0.0, 1.0);
        let bits = if self.shown == 0 { 0 } else { self.bits(nearest) };
        if bits == 0 {
            let level = to_byte(grey);
            return [level, level, level, 255];
        }
        let [r, g, b] = self.overlaid([grey; 3], bits, [x, y]).map(to_byte);
        [r, g, b, 255]
    }

    fn interpolated(&self, at: [f32; 2]) -> f32 {
        let [a, b] = at.map(f32::floor);
        let [u, v] = [at[0] - a, at[1] - b];
        let (a, b) = (a as i64, b as i64);
        let patch = self.patch;
        let upper = patch.value(a, b) + (patch.value(a + 1, b) - patch.value(a, b)) * u;
        let lower = patch.value(a, b + 1) + (patch.value(a + 1, b + 1) - patch.value(a, b + 1)) * u;
        upper + (lower - upper) * v
    }

    /// Colours of the labels over grey: areas at their opacity, then edges on top.
    fn overlaid(&self, mut colour: [f32; 3], bits: u8, [x, y]: [f32; 2]) -> [f32; 3] {
        let mut everywhere = bits;
        if self.outline > 0.0 {
            for [dx, dy] in AROUND {
                let beside = self.map.slice_pixel([x + dx * self.outline, y + dy * self.outline]).map(nearest);
                everywhere &= if self.patch.contains(beside) { self.bits(beside) } else { 0 };
            }
        }
        for (n, label) in Label::ALL.iter().enumerate() {
            if bits & label.bit() != 0 {
                let opacity = if everywhere & label.bit() == 0 { 1.0 } else { self.opacity };
                colour = [0, 1, 2].map(|c| colour[c] + (self.colours[n][c] - colour[c]) * opacity);
            }
        }
        colour
    }

    fn bits(&self, [a, b]: [i64; 2]) -> u8 {
        self.patch.labels[self.patch.cell(a, b)] & self.shown
    }
}

fn nearest(x: f32) -> i64 {
    (x + 0.5).floor() as i64
}

fn to_byte(x: f32) -> u8 {
    (x * 255.0 + 0.5) as u8
}
