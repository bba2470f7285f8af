//! Pictures of slices with their delineation, as the window shows them.

use std::path::Path;

use anyhow::Context;
use eframe::egui::{Pos2, Rect, Vec2};
use resvg::tiny_skia::{IntSize, Pixmap};

use crate::base::write_atomically;
use crate::case::Labels;
use crate::render::{Look, Overlay, PlaneFrame, Source, Viewport, Window, draw_slice};
use crate::segment::Plane;

/// Width and height of a picture, in pixels.
const SIZE: [usize; 2] = [768, 768];

/// Writes `axial.png`, `coronal.png` and `sagittal.png` through the middle of the image into `folder`.
pub fn write_planes(folder: &Path, labels: &Labels, force: bool) -> anyhow::Result<()> {
    for (name, plane) in [("axial", Plane::Axial), ("coronal", Plane::Coronal), ("sagittal", Plane::Sagittal)] {
        let bytes = png(labels, plane)?;
        write_atomically(&folder.join(format!("{name}.png")), force, |file| file.write_all(&bytes))?;
    }
    Ok(())
}

fn png(labels: &Labels, plane: Plane) -> anyhow::Result<Vec<u8>> {
    let [width, height] = SIZE;
    let volume = labels.volume();
    let frame = PlaneFrame::new(volume.geometry(), plane);
    let rect = Rect::from_min_size(Pos2::ZERO, Vec2::new(width as f32, height as f32));
    let viewport = Viewport::new(&frame, &frame.whole(), rect);
    let source = Source { volume, labels: labels.map(), slice: viewport.slice };
    let overlay = Overlay::default();
    let look = Look { window: Window::default(), overlay: &overlay, inverted: false, pixels_per_point: 1.0 };
    let rgba = draw_slice(&source, &viewport.pixel_map(1.0), &look, SIZE);
    let size = IntSize::from_wh(width as u32, height as u32).context("a picture needs pixels")?;
    Pixmap::from_vec(rgba, size)
        .context("a picture has the wrong size")?
        .encode_png()
        .context("a picture could not be encoded")
}
