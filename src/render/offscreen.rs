//! Drawing into a texture and reading it back.

use egui_wgpu::wgpu;

/// The format that is drawn and read: red, green, blue, alpha with 8 bits each, as they are.
pub(super) const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// Draws one pass over black into an image of [width, height] pixels and reads it back; `None` when the GPU does not answer.
pub(super) fn draw(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    [width, height]: [usize; 2],
    paint: impl FnOnce(&mut wgpu::RenderPass<'_>),
) -> Option<Vec<u8>> {
    let size = wgpu::Extent3d { width: width as u32, height: height as u32, depth_or_array_layers: 1 };
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("off screen"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: FORMAT,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    });
    let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
    let bytes_per_row = (width as u32 * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
    let buffer = device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("off screen"),
        size: u64::from(bytes_per_row) * height as u64,
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let attachment = wgpu::RenderPassColorAttachment {
        view: &view,
        depth_slice: None,
        resolve_target: None,
        ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::BLACK), store: wgpu::StoreOp::Store },
    };
    paint(&mut encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("off screen"),
        color_attachments: &[Some(attachment)],
        ..Default::default()
    }));
    encoder.copy_texture_to_buffer(
        texture.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout: wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(bytes_per_row), rows_per_image: None },
        },
        size,
    );
    queue.submit([encoder.finish()]);
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    buffer.map_async(wgpu::MapMode::Read, .., move |result| {
        // The receiver waits below for as long as the sender lives.
        let _ = sender.try_send(result);
    });
    device.poll(wgpu::PollType::wait_indefinitely()).ok()?;
    receiver.recv().ok()?.ok()?;
    let mapped = buffer.get_mapped_range(..).ok()?;
    Some(mapped.chunks_exact(bytes_per_row as usize).flat_map(|row| &row[..width * 4]).copied().collect())
}
