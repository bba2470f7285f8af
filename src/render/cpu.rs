//! A slice drawn by the processor: the reference that the shader is held against, and the last resort without a GPU.
//!
//! Grey is bilinear between the four nearest pixels of the slice, then windowed; labels are those of the nearest pixel.
//! Arithmetic is in `f32` in the shader's own order. Memory follows what is visible, not the slice.

use std::sync::OnceLock;

use ndarray::{ArrayView2, ArrayView3, Axis};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

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
    /// Whether low HU are shown bright: the series is MONOCHROME1.
    pub inverted: bool,
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
    let painter = PixelPainter::new(&patch, map, look);
    // Without shear or rotation the first axis depends on x alone, and the second on y alone.
    let is_upright = map.per_x[1] == 0.0 && map.per_y[0] == 0.0;
    let columns: Vec<Tap> = (0..if is_upright { width } else { 0 })
        .map(|x| patch.tap(0, map.slice_pixel([x as f32 + 0.5, 0.5])[0]))
        .collect();
    let draw_row = |(y, row): (usize, &mut [u8])| {
        let y = y as f32 + 0.5;
        let line = patch.tap(1, map.slice_pixel([0.5, y])[1]);
        for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
            let at = [x as f32 + 0.5, y];
            let colour = match columns.get(x) {
                Some(column) => painter.pixel(column, &line, at),
                None => {
                    let [a, b] = map.slice_pixel(at);
                    painter.pixel(&patch.tap(0, a), &patch.tap(1, b), at)
                }
            };
            pixel.copy_from_slice(&colour);
        }
    };
    match threads() {
        Some(threads) => threads.install(|| image.par_chunks_mut(width * 4).enumerate().for_each(draw_row)),
        None => image.chunks_mut(width * 4).enumerate().for_each(draw_row),
    }
    image
}

/// Threads that draw and do nothing else. Rayon's common ones are busy to the end while a series is decoded, and whoever draws
/// would wait for it. None where the system gives no threads: then the caller's draws alone.
fn threads() -> Option<&'static ThreadPool> {
    static THREADS: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let build = || {
        let n = std::thread::available_parallelism().map_or(1, usize::from);
        ThreadPoolBuilder::new().num_threads(n).thread_name(|n| format!("Drawing {n}")).build().ok()
    };
    THREADS.get_or_init(build).as_ref()
}

/// The visible part of a slice, gathered so that drawing reads it in order whichever way the slice runs through the volume.
struct Patch {
    /// Pixels of the whole slice.
    size: [i32; 2],
    /// First pixel of the part.
    low: [i32; 2],
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
            size: size.map(|n| n as i32),
            low: [*first.start() as i32, *second.start() as i32],
            part,
            values,
            labels,
        }
    }

    /// Where a coordinate along one axis takes its values from.
    fn tap(&self, axis: usize, at: f32) -> Tap {
        let low = floor(at);
        let nearest = floor(at + 0.5);
        let cell = |pixel: i32| (pixel - self.low[axis]).clamp(0, self.part[axis] as i32 - 1) as usize;
        Tap {
            low: cell(low),
            high: cell(low.saturating_add(1)),
            part: at - low as f32,
            nearest: cell(nearest),
            is_inside: (0..self.size[axis]).contains(&nearest),
        }
    }

    fn value(&self, a: usize, b: usize) -> f32 {
        self.values[b * self.part[0] + a]
    }

    fn bits(&self, a: usize, b: usize) -> u8 {
        self.labels[b * self.part[0] + a]
    }
}

/// What one coordinate means along one axis of a patch.
struct Tap {
    /// Cells below and above, between which to interpolate.
    low: usize,
    high: usize,
    /// Way from the one to the other.
    part: f32,
    /// The nearest cell.
    nearest: usize,
    /// Whether the nearest pixel is one of the slice.
    is_inside: bool,
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
struct PixelPainter<'a> {
    patch: &'a Patch,
    map: PixelMap,
    black: f32,
    per_hu: f32,
    colours: [[f32; 3]; 4],
    shown: u8,
    opacity: f32,
    outline: f32,
}

impl<'a> PixelPainter<'a> {
    fn new(patch: &'a Patch, map: &PixelMap, look: &Look) -> Self {
        let (black, per_hu) = look.window.ramp(look.inverted);
        Self {
            patch,
            map: *map,
            black: black as f32,
            per_hu: per_hu as f32,
            colours: look.overlay.colours.map(|colour| colour.map(|c| f32::from(c) / 255.0)),
            shown: if patch.labels.is_empty() { 0 } else { look.overlay.shown_bits() },
            opacity: look.overlay.opacity,
            outline: look.overlay.outline * look.pixels_per_point,
        }
    }

    fn pixel(&self, a: &Tap, b: &Tap, screen: [f32; 2]) -> [u8; 4] {
        if !(a.is_inside && b.is_inside) {
            return [0, 0, 0, 255];
        }
        let grey = ((self.interpolated(a, b) - self.black) * self.per_hu).clamp(0.0, 1.0);
        let bits = if self.shown == 0 { 0 } else { self.patch.bits(a.nearest, b.nearest) & self.shown };
        if bits == 0 {
            let level = to_byte(grey);
            return [level, level, level, 255];
        }
        let [r, g, b] = self.overlaid([grey; 3], bits, screen).map(to_byte);
        [r, g, b, 255]
    }

    fn interpolated(&self, a: &Tap, b: &Tap) -> f32 {
        let patch = self.patch;
        let (upper_left, upper_right) = (patch.value(a.low, b.low), patch.value(a.high, b.low));
        let (lower_left, lower_right) = (patch.value(a.low, b.high), patch.value(a.high, b.high));
        let upper = upper_left + (upper_right - upper_left) * a.part;
        let lower = lower_left + (lower_right - lower_left) * a.part;
        upper + (lower - upper) * b.part
    }

    /// Colours of the labels over grey: areas at their opacity, edges at full strength.
    fn overlaid(&self, mut colour: [f32; 3], bits: u8, [x, y]: [f32; 2]) -> [f32; 3] {
        let mut everywhere = bits;
        if self.outline > 0.0 {
            for [dx, dy] in AROUND {
                let [a, b] = self.map.slice_pixel([x + dx * self.outline, y + dy * self.outline]);
                let (a, b) = (self.patch.tap(0, a), self.patch.tap(1, b));
                everywhere &= if a.is_inside && b.is_inside { self.patch.bits(a.nearest, b.nearest) } else { 0 };
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
}

/// The whole number below, without the library call that `f32::floor` is on processors of unknown kind.
fn floor(x: f32) -> i32 {
    let towards_zero = x as i32;
    towards_zero.saturating_sub(i32::from(towards_zero as f32 > x))
}

fn to_byte(x: f32) -> u8 {
    (x * 255.0 + 0.5) as u8
}
