//! A slice drawn by the processor: the reference that the shader is held against, and the last resort without a GPU.
//!
//! Grey is bilinear between the four nearest pixels of the slice, then windowed; labels are those of the nearest pixel.
//! Arithmetic is in `f32` in the shader's own order. Memory follows what is visible, not the slice.

use std::ops::Range;
use std::sync::OnceLock;

use ndarray::{ArrayView2, ArrayView3, Axis, s};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::{Overlay, Window};
use crate::segment::SliceOfGrid;
use crate::volume::{Label, LabelMap, Volume, VoxelBox, Voxels};

/// HU at which padding is shown: air.
pub(super) const AIR_HU: i16 = -1024;

/// A part of an image: its columns and rows.
pub type Part = [Range<usize>; 2];

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

    /// Where a pixel of the slice is on the screen; `None` where the map folds the slice to a line.
    fn screen(&self, [a, b]: [f64; 2]) -> Option<[f64; 2]> {
        let ([ax, bx], [ay, by]) = (self.per_x, self.per_y);
        let determinant = ax * by - bx * ay;
        let (a, b) = (a - self.origin[0], b - self.origin[1]);
        (determinant != 0.0).then(|| [(a * by - b * ay) / determinant, (b * ax - a * bx) / determinant])
    }

    /// The part of an image of [width, height] pixels on which a slice shows a box of voxels, as far as labels and their outlines reach;
    /// empty where it shows none of it.
    pub fn part_of(&self, bounds: VoxelBox, slice: SliceOfGrid, outline: f32, size: [usize; 2]) -> Part {
        if !bounds.range(slice.axis).contains(&slice.index) {
            return [0..0, 0..0];
        }
        let [first, second] = slice.in_plane_axes().map(|axis| {
            let range = bounds.range(axis);
            [range.start as f64 - 0.5, range.end as f64 - 0.5]
        });
        let corners = first.iter().flat_map(|&a| second.iter().map(move |&b| [a, b]));
        let Some(corners) = corners.map(|corner| self.screen(corner)).collect::<Option<Vec<_>>>() else {
            return [0..size[0], 0..size[1]];
        };
        // One pixel more than outlines are wide, for what is rounded.
        let margin = f64::from(outline.max(0.0)).ceil() + 1.0;
        [0, 1].map(|axis| {
            let on_axis = || corners.iter().map(|corner| corner[axis]);
            let (low, high) = (on_axis().fold(f64::INFINITY, f64::min), on_axis().fold(f64::NEG_INFINITY, f64::max));
            ((low - margin).floor().max(0.0) as usize).min(size[axis])
                ..((high + margin).ceil().max(0.0) as usize).min(size[axis])
        })
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
    draw_part(source, map, look, &[0..width, 0..height])
}

/// Draws a part of the image that [`draw_slice`] would draw, bit for bit.
pub fn draw_part(source: &Source, map: &PixelMap, look: &Look, [columns, rows]: &Part) -> Vec<u8> {
    let width = columns.len();
    let mut image = vec![0u8; width * rows.len() * 4];
    if image.is_empty() {
        return image;
    }
    let outline = look.overlay.outline * look.pixels_per_point;
    let patch = Patch::visible(source, map, [columns, rows], outline);
    let painter = PixelPainter::new(&patch, map, look);
    // Without shear or rotation the first axis depends on x alone, and the second on y alone.
    let is_upright = map.per_x[1] == 0.0 && map.per_y[0] == 0.0;
    let upright = if is_upright { columns.clone() } else { 0..0 };
    let taps: Vec<Tap> = upright.map(|x| patch.tap(0, map.slice_pixel([x as f32 + 0.5, 0.5])[0])).collect();
    let draw_row = |(y, row): (usize, &mut [u8])| {
        let y = (rows.start + y) as f32 + 0.5;
        let line = patch.tap(1, map.slice_pixel([0.5, y])[1]);
        for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
            let at = [(columns.start + x) as f32 + 0.5, y];
            let colour = match taps.get(x) {
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
    fn visible(source: &Source, map: &PixelMap, [columns, rows]: [&Range<usize>; 2], outline: f32) -> Self {
        let size = source.slice.size(source.volume.geometry());
        // Outlines look so far beyond the edge.
        let ends = |of: &Range<usize>| [of.start as f32 - outline.max(0.0), of.end as f32 + outline.max(0.0)];
        let corners = ends(columns).into_iter().flat_map(|x| ends(rows).map(|y| map.slice_pixel([x, y])));
        let corners: Vec<[f32; 2]> = corners.collect();
        // Two pixels of margin for interpolation.
        let [first, second] = [0, 1].map(|n| {
            let last = size[n] - 1;
            let low = corners.iter().map(|c| c[n]).fold(f32::INFINITY, f32::min) - 2.0;
            let high = corners.iter().map(|c| c[n]).fold(f32::NEG_INFINITY, f32::max) + 3.0;
            (low.max(0.0) as usize).min(last)..=(high.max(0.0) as usize).min(last)
        });
        let part = [first.clone().count(), second.clone().count()];
        let low = [*first.start(), *second.start()];
        let mut values = match source.volume.voxels() {
            Voxels::I16(array) => gathered(plane_of(array.view(), source.slice), low, part, f32::from),
            Voxels::I32(array) => gathered(plane_of(array.view(), source.slice), low, part, |hu| hu as f32),
            Voxels::F32(array) => gathered(plane_of(array.view(), source.slice), low, part, |hu| hu),
            Voxels::F64(array) => gathered(plane_of(array.view(), source.slice), low, part, |hu| hu as f32),
        };
        if let Some(padding) = source.volume.padding() {
            let view = plane_of(padding.view(), source.slice);
            let cells = second.clone().flat_map(|b| first.clone().map(move |a| (b, a)));
            for (value, at) in values.iter_mut().zip(cells) {
                if view[at] {
                    *value = f32::from(AIR_HU);
                }
            }
        }
        let mut labels = gathered(plane_of(source.labels.bits().view(), source.slice), low, part, |bits| bits);
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

/// Pixels of a slice from `low` on, as many as `part` says, row by row. Reading across slices takes the time that memory takes to answer,
/// so that every thread asks for some.
fn gathered<T: Copy + Sync, U: Copy + Default + Send + Sync>(
    view: ArrayView2<T>,
    low: [usize; 2],
    part: [usize; 2],
    value: impl Fn(T) -> U + Sync,
) -> Vec<U> {
    let mut values = vec![U::default(); part[0] * part[1]];
    let gather = |(row, to): (usize, &mut [U])| {
        let from = view.slice(s![low[1] + row, low[0]..low[0] + part[0]]);
        to.iter_mut().zip(from).for_each(|(to, from)| *to = value(*from));
    };
    match threads() {
        Some(threads) => threads.install(|| values.par_chunks_mut(part[0].max(1)).enumerate().for_each(gather)),
        None => values.chunks_mut(part[0].max(1)).enumerate().for_each(gather),
    }
    values
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

#[cfg(test)]
mod tests {
    use egui::{Pos2, Rect, Vec2};
    use ndarray::Array3;

    use super::*;
    use crate::base::Stream;
    use crate::case::{Case, Identity, Operation};
    use crate::render::{PlaneFrame, SliceView, Viewport};
    use crate::segment::{Brush, Plane, disc};
    use crate::volume::Geometry;

    const SIZE: [usize; 2] = [90, 70];

    #[test]
    fn a_picture_of_which_the_changed_part_is_drawn_again_is_that_drawn_anew() {
        let mut stream = Stream::new(5, 0);
        let geometry = Geometry::axial([50, 40, 12], [0.0; 3], [1.0, 1.0, 3.0]).unwrap();
        let voxels = Array3::from_shape_fn(geometry.shape(), |_| stream.between(-150.0, 250.0) as i16);
        let volume = Volume::new(geometry, Voxels::I16(voxels)).unwrap();
        let mut case = Case::new(Identity::default(), volume.into());
        let (mut redrawn, mut left) = (0, 0);
        for n in 0..300 {
            let frame = PlaneFrame::new(case.volume().geometry(), Plane::ALL[n % 3]);
            let view = SliceView {
                slice: stream.below(frame.n_slices),
                zoom: stream.between(0.2, 6.0),
                pan_mm: [stream.between(-15.0, 15.0), stream.between(-15.0, 15.0)],
            };
            let rect = Rect::from_min_size(Pos2::ZERO, Vec2::new(SIZE[0] as f32, SIZE[1] as f32));
            let viewport = Viewport::new(&frame, &view, rect);
            let map = viewport.pixel_map(1.0);
            let overlay = Overlay { outline: [0.0, 1.5, 4.0][stream.below(3)], ..Overlay::default() };
            let look = Look { window: Window::default(), overlay: &overlay, inverted: false, pixels_per_point: 1.0 };
            let source = |case: &'_ Case| {
                draw_slice(
                    &Source { volume: case.volume(), labels: case.label_map(), slice: viewport.slice },
                    &map,
                    &look,
                    SIZE,
                )
            };
            let (mut picture, mark) = (source(&case), case.labels().mark());
            let at = [stream.between(0.0, 50.0), stream.between(0.0, 40.0)];
            case.begin_stroke("Brush", SliceOfGrid { axis: 2, index: stream.below(12) });
            let brush = Brush { radius_mm: stream.between(0.5, 12.0), spacing_mm: [1.0; 2] };
            let operation = if n % 4 == 0 { Operation::Erase } else { Operation::Add };
            case.draw(&disc(at, brush), Label::ALL[n % 2], operation);
            case.end_stroke();
            if let Some(changed) = case.labels().changed_since(Some(mark)) {
                let part = map.part_of(changed, viewport.slice, overlay.outline, SIZE);
                let source = Source { volume: case.volume(), labels: case.label_map(), slice: viewport.slice };
                let drawn = draw_part(&source, &map, &look, &part);
                let [columns, rows] = part;
                for (row, line) in rows.zip(drawn.chunks_exact((4 * columns.len()).max(1))) {
                    let begin = 4 * (row * SIZE[0] + columns.start);
                    picture[begin..begin + line.len()].copy_from_slice(line);
                }
                redrawn += drawn.len();
                left += picture.len() - drawn.len();
            }
            assert!(picture == source(&case), "try {n}: {view:?}, outline {}", overlay.outline);
        }
        assert!(redrawn > 0 && left > redrawn, "{redrawn} of {left}");
    }
}
