//! The shader `shaders/slice.wgsl`: its pipeline and its parameters.

use std::ops::Range;

use egui_wgpu::wgpu;

use super::{Overlay, PixelMap, Window};
use crate::segment::SliceOfGrid;

/// Bytes of the parameters: 20 words and four colours.
const PARAMETER_WORDS: usize = 20 + 16;

/// Voxels are in the float texture.
const FLOAT: u32 = 1;
/// The target encodes to sRGB by itself.
const LINEAR: u32 = 2;

/// The compiled shader for one kind of target.
pub(super) struct SliceShader {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    target_is_linear: bool,
}

/// What the shader is to show.
pub(super) struct Parameters<'a> {
    pub map: PixelMap,
    pub slice: SliceOfGrid,
    pub size: [usize; 2],
    /// Acquired slices in the texture so far: first, one past the last.
    pub arrived: [usize; 2],
    pub window: Window,
    pub overlay: &'a Overlay,
    /// Acquired slices in the label texture.
    pub label_slices: Range<usize>,
    pub inverted: bool,
    pub is_float: bool,
    pub pixels_per_point: f32,
}

/// One view's parameters on the GPU, bound to the textures.
#[derive(Clone)]
pub(super) struct View {
    pub buffer: wgpu::Buffer,
    pub bind_group: wgpu::BindGroup,
}

impl SliceShader {
    /// Compiles the shader for targets of a format, drawn without depth and multisampling.
    pub fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("slice"),
            source: wgpu::ShaderSource::Wgsl(include_str!("../../shaders/slice.wgsl").into()),
        });
        let layout = bind_group_layout(device);
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("slice"),
            bind_group_layouts: &[Some(&layout)],
            ..Default::default()
        });
        let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("slice"),
            layout: Some(&pipeline_layout),
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("cover"),
                compilation_options: Default::default(),
                buffers: &[],
            },
            primitive: wgpu::PrimitiveState::default(),
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some("paint"),
                compilation_options: Default::default(),
                targets: &[Some(target.into())],
            }),
            multiview_mask: None,
            cache: None,
        });
        Self { pipeline, layout, target_is_linear: target.is_srgb() }
    }

    /// Binds textures (integers, floats, labels) for one view.
    pub fn bind(&self, device: &wgpu::Device, textures: [&wgpu::TextureView; 3]) -> View {
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("slice"),
            size: (PARAMETER_WORDS * 4) as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let texture =
            |binding: u32, view| wgpu::BindGroupEntry { binding, resource: wgpu::BindingResource::TextureView(view) };
        let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("slice"),
            layout: &self.layout,
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() },
                texture(1, textures[0]),
                texture(2, textures[1]),
                texture(3, textures[2]),
            ],
        });
        View { buffer, bind_group }
    }

    /// The parameters as the shader reads them.
    pub fn bytes(&self, parameters: &Parameters) -> Vec<u8> {
        let Parameters { map, slice, size, arrived, window, overlay, .. } = parameters;
        let (black, per_hu) = window.ramp(parameters.inverted);
        let labels = [parameters.label_slices.start, parameters.label_slices.end];
        let shown = if parameters.label_slices.is_empty() { 0 } else { overlay.shown_bits() };
        let flags = [(parameters.is_float, FLOAT), (self.target_is_linear, LINEAR)]
            .into_iter()
            .filter(|(set, _)| *set)
            .fold(0, |flags, (_, flag)| flags | flag);
        let mut words: Vec<u32> = Vec::with_capacity(PARAMETER_WORDS);
        words.extend([map.origin, map.per_x, map.per_y].iter().flatten().map(|x| (*x as f32).to_bits()));
        words.extend([*size, *arrived, labels].iter().flatten().map(|n| *n as u32));
        words.extend([slice.axis as u32, slice.index as u32]);
        words.extend([(black as f32).to_bits(), (per_hu as f32).to_bits(), u32::from(shown), flags]);
        words.extend([overlay.opacity.to_bits(), (overlay.outline * parameters.pixels_per_point).to_bits()]);
        for [r, g, b] in overlay.colours {
            words.extend([r, g, b].map(|c| (f32::from(c) / 255.0).to_bits()));
            words.push(0);
        }
        words.into_iter().flat_map(u32::to_ne_bytes).collect()
    }

    /// Draws a view over the whole viewport of a pass.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, view: &View) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &view.bind_group, &[]);
        pass.draw(0..3, 0..1);
    }
}

fn bind_group_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let entry =
        |binding, ty| wgpu::BindGroupLayoutEntry { binding, visibility: wgpu::ShaderStages::FRAGMENT, ty, count: None };
    let texture = |binding, sample_type| {
        let view_dimension = wgpu::TextureViewDimension::D3;
        entry(binding, wgpu::BindingType::Texture { sample_type, view_dimension, multisampled: false })
    };
    let uniform = wgpu::BindingType::Buffer {
        ty: wgpu::BufferBindingType::Uniform,
        has_dynamic_offset: false,
        min_binding_size: None,
    };
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("slice"),
        entries: &[
            wgpu::BindGroupLayoutEntry { visibility: wgpu::ShaderStages::VERTEX_FRAGMENT, ..entry(0, uniform) },
            texture(1, wgpu::TextureSampleType::Sint),
            texture(2, wgpu::TextureSampleType::Float { filterable: false }),
            texture(3, wgpu::TextureSampleType::Uint),
        ],
    })
}
