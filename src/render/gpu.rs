//! Painting slices by the shader, inside the window's own render pass. All views share the textures of the one case.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use egui::Id;
use egui_wgpu::{CallbackTrait, wgpu};

use super::cpu::PixelMap;
use super::painter::{CpuPainter, SliceScene};
use super::slice_shader::{Parameters, SliceShader, View};
use super::textures::{ImageTexture, LabelTexture, TextureError, placeholder};
use crate::case::ChangeMark;

/// Time that one frame spends on uploading slices of an image that arrives, and again of labels that changed.
const UPLOAD_BUDGET: Duration = Duration::from_millis(8);

/// Paints slices on the GPU; falls back to the processor for an image that the GPU cannot hold.
pub struct GpuPainter {
    device: wgpu::Device,
    queue: wgpu::Queue,
    shader: Arc<SliceShader>,
    no_floats: wgpu::TextureView,
    no_integers: wgpu::TextureView,
    no_labels: wgpu::TextureView,
    /// The case on the GPU, or why it is not there.
    held: Option<Held>,
    last_upload_frame: Option<u64>,
    cpu: CpuPainter,
}

/// What is held for one label map and its image.
struct Held {
    of: ChangeMark,
    image: Result<ImageTexture, TextureError>,
    labels: Option<LabelTexture>,
    views: HashMap<Id, View>,
}

impl GpuPainter {
    /// A painter for targets of a format.
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue, target: wgpu::TextureFormat) -> Self {
        Self {
            device: device.clone(),
            queue: queue.clone(),
            shader: Arc::new(SliceShader::new(device, target)),
            no_floats: placeholder(device, wgpu::TextureFormat::R32Float),
            no_integers: placeholder(device, wgpu::TextureFormat::R16Sint),
            no_labels: placeholder(device, wgpu::TextureFormat::R8Uint),
            held: None,
            last_upload_frame: None,
            cpu: CpuPainter::default(),
        }
    }

    /// Why the present image is drawn by the processor, where it is.
    pub fn refusal(&self) -> Option<String> {
        self.held.as_ref()?.image.as_ref().err().map(ToString::to_string)
    }

    /// Paints a slice into its viewport's rectangle.
    pub fn paint(&mut self, painter: &egui::Painter, scene: &SliceScene) {
        let ctx = painter.ctx();
        let frame = ctx.cumulative_frame_nr();
        // The views of one frame share its budget.
        let budget = if self.last_upload_frame == Some(frame) { None } else { Some(UPLOAD_BUDGET) };
        self.last_upload_frame = Some(frame);
        let Some(complete) = self.update(scene, budget) else {
            return self.cpu.paint(painter, scene);
        };
        if !complete {
            ctx.request_repaint();
        }
        let scale = ctx.pixels_per_point();
        if let Some(view) = self.prepare(scene, &scene.viewport.pixel_map(scale), scale) {
            let shader = self.shader.clone();
            let callback = egui_wgpu::Callback::new_paint_callback(scene.viewport.rect, DrawSlice { shader, view });
            painter.add(callback);
        }
    }

    /// Draws a slice off screen into an image of [width, height] pixels of four bytes, for tests and pictures in files.
    /// The painter must have been made for such a format. `None` when the image is refused or the GPU does not answer.
    pub fn draw_offscreen(&mut self, scene: &SliceScene, scale: f32, size: [usize; 2]) -> Option<Vec<u8>> {
        while !self.update(scene, Some(UPLOAD_BUDGET))? {
            self.queue.submit([]);
        }
        let min = scene.viewport.rect.min * scale;
        let map = scene.viewport.pixel_map(scale).from_corner([f64::from(min.x), f64::from(min.y)]);
        let view = self.prepare(scene, &map, scale)?;
        super::offscreen::draw(&self.device, &self.queue, size, |pass| self.shader.draw(pass, &view))
    }

    /// Brings the textures up to date; whether image and labels have arrived in whole, `None` when the image is refused.
    fn update(&mut self, scene: &SliceScene, budget: Option<Duration>) -> Option<bool> {
        let volume = scene.labels.volume();
        if !self.held.as_ref().is_some_and(|held| held.of.same_map(scene.labels.mark())) {
            // The old textures go before the new ones come.
            let kept = self.held.take().and_then(|held| held.image.ok()).filter(|image| image.is_of(volume));
            let slice = scene.viewport.slice;
            let first = if slice.axis == 2 { slice.index } else { volume.geometry().size()[2] / 2 };
            let image = kept.map_or_else(|| ImageTexture::new(&self.device, volume, first), Ok);
            self.held = Some(Held { of: scene.labels.mark(), image, labels: None, views: HashMap::new() });
        }
        let slice = scene.viewport.slice;
        let held = self.held.as_mut()?;
        let image = held.image.as_mut().ok()?;
        if let Some(budget) = budget.filter(|_| !image.is_complete()) {
            image.upload(&self.queue, volume, budget);
        }
        let mut complete = image.is_complete();
        if let Some(drawn) = scene.labels.changed_since(None).map(|touched| touched.range(2)) {
            if !held.labels.as_ref().is_some_and(|labels| labels.holds(&drawn)) {
                // Views are bound to the texture that goes; it goes before the new one comes.
                (held.labels, held.views) = (None, HashMap::new());
                match LabelTexture::around(&self.device, volume.geometry(), drawn.clone()) {
                    Ok(texture) => held.labels = Some(texture),
                    Err(error) => {
                        held.image = Err(error);
                        return None;
                    }
                }
            }
            if let Some(labels) = &mut held.labels {
                labels.follow(scene.labels);
                if let Some(budget) = budget {
                    let first = if slice.axis == 2 { slice.index } else { usize::midpoint(drawn.start, drawn.end) };
                    labels.upload(&self.queue, scene.labels, first, budget);
                }
                complete &= labels.is_complete();
            }
        }
        Some(complete)
    }

    /// Writes one view's parameters.
    fn prepare(&mut self, scene: &SliceScene, map: &PixelMap, scale: f32) -> Option<View> {
        let held = self.held.as_mut()?;
        let image = held.image.as_ref().ok()?;
        let (integers, floats) =
            if image.is_float { (&self.no_integers, &image.view) } else { (&image.view, &self.no_floats) };
        let labels = held.labels.as_ref().map_or(&self.no_labels, |labels| &labels.view);
        let bind = || self.shader.bind(&self.device, [integers, floats, labels]);
        let view = held.views.entry(scene.id).or_insert_with(bind).clone();
        let parameters = Parameters {
            map: *map,
            slice: scene.viewport.slice,
            size: scene.viewport.slice.size(scene.labels.map().geometry()),
            arrived: image.arrived,
            window: scene.window,
            overlay: scene.overlay,
            label_slices: held.labels.as_ref().map_or(0..0, |labels| labels.slices.clone()),
            inverted: scene.inverted,
            is_float: image.is_float,
            pixels_per_point: scale,
        };
        self.queue.write_buffer(&view.buffer, 0, &self.shader.bytes(&parameters));
        Some(view)
    }
}

/// Draws one view within the window's pass.
struct DrawSlice {
    shader: Arc<SliceShader>,
    view: View,
}

impl CallbackTrait for DrawSlice {
    fn paint(
        &self,
        _: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        _: &egui_wgpu::CallbackResources,
    ) {
        self.shader.draw(pass, &self.view);
    }
}
