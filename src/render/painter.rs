//! One way to paint a slice, whatever the machine offers.

use std::collections::HashMap;
use std::sync::Arc;

use egui::{Color32, ColorImage, Id, Pos2, Rect, TextureHandle, TextureOptions};
use egui_wgpu::wgpu;

use super::cpu::{Look, Source, draw_part};
use super::{GpuPainter, Overlay, Part, Viewport, Window};
use crate::case::{ChangeMark, Labels};

/// What one view shows.
#[derive(Debug, Clone, Copy)]
pub struct SliceScene<'a> {
    /// Names the view: two views on screen at once need two names.
    pub id: Id,
    /// The image and what is drawn on it.
    pub labels: &'a Labels,
    /// Where the slice lies on the screen.
    pub viewport: Viewport,
    /// Window of the grey image.
    pub window: Window,
    /// How labels are shown.
    pub overlay: &'a Overlay,
    /// Whether low HU are shown bright: the series is MONOCHROME1.
    pub inverted: bool,
}

/// Paints slices.
pub enum SlicePainter {
    /// By a shader on 3D textures.
    Gpu(Box<GpuPainter>),
    /// On the processor, shown as an ordinary texture: with the glow renderer, or when asked for.
    Cpu(CpuPainter),
}

impl SlicePainter {
    /// The best painter for the window's renderer: a shader where there is wgpu, else the processor. The window must be
    /// without depth buffer and multisampling, as eframe's are by default.
    pub fn new(wgpu: Option<&egui_wgpu::RenderState>) -> Self {
        match wgpu {
            Some(state) => Self::Gpu(Box::new(GpuPainter::new(&state.device, &state.queue, state.target_format))),
            None => Self::Cpu(CpuPainter::default()),
        }
    }

    /// What draws the present image, as the status bar shows it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Gpu(gpu) if gpu.refusal().is_none() => "GPU",
            Self::Gpu(_) | Self::Cpu(_) => "CPU",
        }
    }

    /// Why the present image is drawn by the processor although there is a GPU, where it is so.
    pub fn refusal(&self) -> Option<String> {
        match self {
            Self::Gpu(gpu) => gpu.refusal(),
            Self::Cpu(_) => None,
        }
    }

    /// Paints a slice into its viewport's rectangle.
    pub fn paint(&mut self, painter: &egui::Painter, scene: &SliceScene) {
        match self {
            Self::Gpu(gpu) => gpu.paint(painter, scene),
            Self::Cpu(cpu) => cpu.paint(painter, scene),
        }
    }
}

/// How the window is to set up wgpu: with the adapter's own limits, since the default ones are too small for 3D textures
/// of long series.
pub fn wgpu_configuration() -> egui_wgpu::WgpuConfiguration {
    let mut setup = egui_wgpu::WgpuSetupCreateNew::without_display_handle();
    setup.device_descriptor = Arc::new(|adapter| wgpu::DeviceDescriptor {
        label: Some("slices"),
        required_limits: adapter.limits(),
        // Little is allocated besides the volume and its labels: small pools do.
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        ..Default::default()
    });
    egui_wgpu::WgpuConfiguration { wgpu_setup: setup.into(), ..Default::default() }
}

/// Draws on the processor and keeps one texture for every view; draws again only what changed.
#[derive(Default)]
pub struct CpuPainter {
    views: HashMap<Id, Drawn>,
}

struct Drawn {
    key: Key,
    texture: TextureHandle,
}

/// Everything that a picture depends on; the mark stands for the image too, which a label map never changes.
#[derive(Clone, PartialEq)]
struct Key {
    labels: ChangeMark,
    viewport: Viewport,
    window: Window,
    overlay: Overlay,
    inverted: bool,
    pixels_per_point: f32,
}

impl Key {
    /// Whether another picture differs in its labels alone, if at all.
    fn shows_the_same(&self, other: &Self) -> bool {
        self.labels.same_map(other.labels) && Self { labels: self.labels, ..other.clone() } == *self
    }
}

impl CpuPainter {
    /// Paints a slice into its viewport's rectangle.
    pub fn paint(&mut self, painter: &egui::Painter, scene: &SliceScene) {
        let scale = painter.ctx().pixels_per_point();
        // Whole physical pixels, so that the picture is shown as it was drawn.
        let snap = |at: Pos2| (at.to_vec2() * scale).round();
        let (min, max) = (snap(scene.viewport.rect.min), snap(scene.viewport.rect.max));
        let size = [(max.x - min.x).max(0.0) as usize, (max.y - min.y).max(0.0) as usize];
        if size[0] == 0 || size[1] == 0 {
            return;
        }
        let key = Key {
            labels: scene.labels.mark(),
            viewport: scene.viewport,
            window: scene.window,
            overlay: *scene.overlay,
            inverted: scene.inverted,
            pixels_per_point: scale,
        };
        let map = scene.viewport.pixel_map(scale).from_corner([f64::from(min.x), f64::from(min.y)]);
        let draw = |part: Part| {
            let source =
                Source { volume: scene.labels.volume(), labels: scene.labels.map(), slice: scene.viewport.slice };
            let look = Look {
                window: scene.window,
                overlay: scene.overlay,
                inverted: scene.inverted,
                pixels_per_point: scale,
            };
            let rgba = draw_part(&source, &map, &look, &part);
            ColorImage::from_rgba_premultiplied(part.map(|range| range.len()), &rgba)
        };
        let whole = size.map(|n| 0..n);
        let drawn = match self.views.remove(&scene.id) {
            Some(mut drawn) if drawn.key.shows_the_same(&key) => {
                let outline = scene.overlay.outline * scale;
                let changed = scene.labels.changed_since(Some(drawn.key.labels));
                let part = changed.map(|changed| map.part_of(changed, scene.viewport.slice, outline, size));
                if let Some([columns, rows]) = part.filter(|part| part.iter().all(|range| !range.is_empty())) {
                    let corner = [columns.start, rows.start];
                    drawn.texture.set_partial(corner, draw([columns, rows]), TextureOptions::NEAREST);
                }
                Drawn { key, ..drawn }
            }
            Some(mut drawn) => {
                drawn.texture.set(draw(whole), TextureOptions::NEAREST);
                Drawn { key, ..drawn }
            }
            None => Drawn { key, texture: painter.ctx().load_texture("slice", draw(whole), TextureOptions::NEAREST) },
        };
        let rect = Rect::from_min_max((min / scale).to_pos2(), (max / scale).to_pos2());
        let whole = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
        painter.image(drawn.texture.id(), rect, whole, Color32::WHITE);
        self.views.insert(scene.id, drawn);
    }
}

#[cfg(test)]
mod tests {
    use egui::{RawInput, Vec2};
    use ndarray::Array3;

    use super::*;
    use crate::case::{Case, Identity, Operation};
    use crate::render::PlaneFrame;
    use crate::segment::{Brush, Plane, SliceOfGrid, disc};
    use crate::volume::{Geometry, Label, Volume, Voxels};

    /// Pictures that a frame hands over: where they go, and how large they are.
    fn handed_over(ctx: &egui::Context, cpu: &mut CpuPainter, case: &Case) -> Vec<(Option<[usize; 2]>, [usize; 2])> {
        let rect = Rect::from_min_size(Pos2::ZERO, Vec2::splat(100.0));
        let frame = PlaneFrame::new(case.volume().geometry(), Plane::Axial);
        let output = ctx.run_ui(RawInput { screen_rect: Some(rect), ..RawInput::default() }, |ui| {
            let viewport = Viewport::new(&frame, &frame.whole(), rect);
            let overlay = Overlay::default();
            let window = Window::default();
            let labels = case.labels();
            let scene =
                SliceScene { id: Id::unique("view"), labels, viewport, window, overlay: &overlay, inverted: false };
            cpu.paint(ui.painter(), &scene);
        });
        let pictures = output.textures_delta.set.values().flatten();
        let pictures = pictures.map(|delta| (delta.pos, delta.image.size()));
        let pictures = pictures.collect();
        output.drop_without_applying_deltas();
        pictures
    }

    #[test]
    fn a_stroke_paints_its_own_part_again_and_nothing_where_it_does_not_show() {
        let geometry = Geometry::axial([50, 50, 4], [0.0; 3], [1.0; 3]).unwrap();
        let voxels = Voxels::I16(Array3::zeros(geometry.shape()));
        let mut case = Case::new(Identity::default(), Arc::new(Volume::new(geometry, voxels).unwrap()));
        let (ctx, mut cpu) = (egui::Context::default(), CpuPainter::default());
        let shown = PlaneFrame::new(&geometry, Plane::Axial).whole().slice;
        assert!(handed_over(&ctx, &mut cpu, &case).contains(&(None, [100, 100])), "first the whole");
        assert_eq!(handed_over(&ctx, &mut cpu, &case), [], "nothing changed");
        for (index, n_pictures) in [(shown, 1), ((shown + 1) % 4, 0)] {
            case.begin_stroke("Brush", SliceOfGrid { axis: 2, index });
            case.draw(
                &disc([20.0, 30.0], Brush { radius_mm: 4.0, spacing_mm: [1.0; 2] }),
                Label::Liver,
                Operation::Add,
            );
            case.end_stroke();
            let pictures = handed_over(&ctx, &mut cpu, &case);
            assert_eq!(pictures.len(), n_pictures, "slice {index}: {pictures:?}");
            assert!(pictures.iter().all(|(pos, [w, h])| pos.is_some() && *w < 40 && *h < 40), "{pictures:?}");
        }
    }
}
