//! The volume and its labels as 3D textures, uploaded in parts: an image slice by slice from the one on screen outwards,
//! labels by the box that changed, which for a whole label map takes several frames as well.
//!
//! CT in `i16` becomes R16Sint, everything else R32Float. Padding is stored as air.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use egui_wgpu::wgpu;
use ndarray::{Array3, Axis, s};

use super::cpu::AIR_HU;
use crate::case::{ChangeMark, Labels, VoxelBox};
use crate::volume::{Geometry, Volume, Voxels};

/// Bytes that one call uploads at most: they are held twice until the GPU has taken them.
const UPLOAD_BYTES: usize = 16 << 20;

/// Slices of room for labels on either side of the first one that is drawn on.
const LABEL_MARGIN: usize = 8;

/// Why a volume cannot live on the GPU; it is then drawn by the processor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TextureError {
    #[error("{0} voxels along one side are more than the {1} that this graphics driver takes in a 3D texture")]
    TooLarge(usize, u32),
    #[error("the graphics driver could not hold the image: {0}")]
    Refused(String),
}

/// An image on the GPU.
pub(super) struct ImageTexture {
    source: Weak<Volume>,
    texture: wgpu::Texture,
    pub view: wgpu::TextureView,
    pub is_float: bool,
    /// Slices that have arrived: `low..high`.
    pub arrived: [usize; 2],
    n_slices: usize,
}

/// Labels on the GPU: those slices that were ever drawn on, with room for more on both sides. Drivers clear a new texture
/// whole, which for a whole volume would halt the first stroke.
pub(super) struct LabelTexture {
    texture: wgpu::Texture,
    pub view: wgpu::TextureView,
    /// The volume's slices that it holds.
    pub slices: Range<usize>,
    mark: Option<ChangeMark>,
    /// Of each of its slices the part that changed and was not uploaded yet.
    waiting: BTreeMap<usize, VoxelBox>,
}

impl ImageTexture {
    /// Makes room for a volume; its slices arrive by [`ImageTexture::upload`], `first` before all others.
    pub fn new(device: &wgpu::Device, volume: &Arc<Volume>, first: usize) -> Result<Self, TextureError> {
        let is_float = !matches!(volume.voxels(), Voxels::I16(_));
        let format = if is_float { wgpu::TextureFormat::R32Float } else { wgpu::TextureFormat::R16Sint };
        let texture = create(device, volume.geometry().size(), format)?;
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let n_slices = volume.geometry().size()[2];
        let first = first.min(n_slices - 1);
        Ok(Self { source: Arc::downgrade(volume), texture, view, is_float, arrived: [first; 2], n_slices })
    }

    /// Whether it is this volume's.
    pub fn is_of(&self, volume: &Arc<Volume>) -> bool {
        std::ptr::eq(self.source.as_ptr(), Arc::as_ptr(volume))
    }

    /// Whether every slice has arrived.
    pub fn is_complete(&self) -> bool {
        self.arrived == [0, self.n_slices]
    }

    /// Uploads slices, the nearest to the first one first, until the time or [`UPLOAD_BYTES`] are spent; at least one if
    /// any is missing.
    pub fn upload(&mut self, queue: &wgpu::Queue, volume: &Volume, budget: Duration) {
        let began = Instant::now();
        let mut uploaded = 0;
        let first = (self.arrived[0] + self.arrived[1]) / 2;
        while !self.is_complete() {
            let [low, high] = self.arrived;
            let grow_up = high < self.n_slices && (low == 0 || high - first <= first - low);
            let next = if grow_up { high } else { low - 1 };
            let voxels = slice_bytes(volume, next);
            let [columns, rows, _] = volume.geometry().size();
            write(queue, &self.texture, VoxelBox { low: [0, 0, next], high: [columns, rows, next + 1] }, &voxels);
            self.arrived = if grow_up { [low, high + 1] } else { [low - 1, high] };
            uploaded += voxels.len();
            if began.elapsed() >= budget || uploaded >= UPLOAD_BYTES {
                break;
            }
        }
    }
}

impl LabelTexture {
    /// Room for the labels of some slices and half as many around them, empty so far.
    pub fn around(device: &wgpu::Device, geometry: &Geometry, drawn: Range<usize>) -> Result<Self, TextureError> {
        let [columns, rows, n_slices] = geometry.size();
        let margin = (drawn.len() / 2).max(LABEL_MARGIN);
        let slices = drawn.start.saturating_sub(margin)..(drawn.end + margin).min(n_slices);
        let texture = create(device, [columns, rows, slices.len()], wgpu::TextureFormat::R8Uint)?;
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        Ok(Self { texture, view, slices, mark: None, waiting: BTreeMap::new() })
    }

    /// Whether it has room for these slices.
    pub fn holds(&self, drawn: &Range<usize>) -> bool {
        self.slices.start <= drawn.start && drawn.end <= self.slices.end
    }

    /// Learns what changed since the last call; it must have room for all that was drawn.
    pub fn follow(&mut self, labels: &Labels) {
        if let Some(changed) = labels.changed_since(self.mark) {
            for slice in changed.range(2) {
                let mut part = changed;
                (part.low[2], part.high[2]) = (slice, slice + 1);
                self.waiting.entry(slice).and_modify(|waiting| *waiting = waiting.union(part)).or_insert(part);
            }
        }
        self.mark = Some(labels.mark());
    }

    /// Whether everything that changed has arrived.
    pub fn is_complete(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Uploads what changed, the slice nearest to `first` first, until the time or [`UPLOAD_BYTES`] are spent; at least one slice if
    /// any is waiting.
    pub fn upload(&mut self, queue: &wgpu::Queue, labels: &Labels, first: usize, budget: Duration) {
        let began = Instant::now();
        let mut uploaded = 0;
        while let Some(slice) = self.nearest_waiting(first)
            && let Some(part) = self.waiting.remove(&slice)
        {
            let bits = labels.map().bits().slice(s![slice, part.range(1), part.range(0)]);
            let bytes: Vec<u8> = bits.iter().copied().collect();
            let mut layer = part;
            layer.low[2] = slice - self.slices.start;
            layer.high[2] = layer.low[2] + 1;
            write(queue, &self.texture, layer, &bytes);
            uploaded += bytes.len();
            if began.elapsed() >= budget || uploaded >= UPLOAD_BYTES {
                break;
            }
        }
    }

    fn nearest_waiting(&self, first: usize) -> Option<usize> {
        let above = self.waiting.range(first..).next().map(|(&slice, _)| slice);
        let below = self.waiting.range(..first).next_back().map(|(&slice, _)| slice);
        above.into_iter().chain(below).min_by_key(|slice| slice.abs_diff(first))
    }
}

/// A texture of one voxel, bound where there is nothing to show.
pub(super) fn placeholder(device: &wgpu::Device, format: wgpu::TextureFormat) -> wgpu::TextureView {
    texture(device, [1; 3], format).create_view(&wgpu::TextureViewDescriptor::default())
}

fn create(device: &wgpu::Device, size: [usize; 3], format: wgpu::TextureFormat) -> Result<wgpu::Texture, TextureError> {
    let limit = device.limits().max_texture_dimension_3d;
    if let Some(&side) = size.iter().find(|&&side| side > limit as usize) {
        return Err(TextureError::TooLarge(side, limit));
    }
    let memory = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let validity = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let texture = texture(device, size, format);
    // Both scopes are popped whatever they say: an error left in a scope would end the program.
    let errors = [ready(validity.pop()).flatten(), ready(memory.pop()).flatten()];
    match errors.into_iter().flatten().next() {
        Some(error) => Err(TextureError::Refused(error.to_string())),
        None => Ok(texture),
    }
}

fn texture(device: &wgpu::Device, [width, height, depth]: [usize; 3], format: wgpu::TextureFormat) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some("volume"),
        size: wgpu::Extent3d { width: width as u32, height: height as u32, depth_or_array_layers: depth as u32 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D3,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

/// What a future says when it is asked once: those of error scopes answer at once outside of browsers.
fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}

fn write(queue: &wgpu::Queue, texture: &wgpu::Texture, part: VoxelBox, bytes: &[u8]) {
    let [width, height, depth] = part.size().map(|n| n as u32);
    let [x, y, z] = part.low.map(|n| n as u32);
    queue.write_texture(
        wgpu::TexelCopyTextureInfo {
            texture,
            mip_level: 0,
            origin: wgpu::Origin3d { x, y, z },
            aspect: wgpu::TextureAspect::All,
        },
        bytes,
        wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(bytes.len() as u32 / height / depth),
            rows_per_image: Some(height),
        },
        wgpu::Extent3d { width, height, depth_or_array_layers: depth },
    );
}

/// One slice as the texture stores it.
fn slice_bytes(volume: &Volume, slice: usize) -> Vec<u8> {
    let padding = volume.padding().map(|padding| padding.index_axis(Axis(0), slice));
    fn gather<T: Copy, const N: usize>(array: &Array3<T>, slice: usize, bytes: impl Fn(T) -> [u8; N]) -> Vec<u8> {
        let mut gathered = Vec::with_capacity(array.dim().1 * array.dim().2 * N);
        for &value in array.index_axis(Axis(0), slice) {
            gathered.extend_from_slice(&bytes(value));
        }
        gathered
    }
    let (mut bytes, air) = match volume.voxels() {
        Voxels::I16(array) => (gather(array, slice, i16::to_ne_bytes), AIR_HU.to_ne_bytes().to_vec()),
        Voxels::I32(array) => (gather(array, slice, |x| (x as f32).to_ne_bytes()), float_air()),
        Voxels::F32(array) => (gather(array, slice, f32::to_ne_bytes), float_air()),
        Voxels::F64(array) => (gather(array, slice, |x| (x as f32).to_ne_bytes()), float_air()),
    };
    if let Some(padding) = padding {
        for (voxel, _) in bytes.chunks_exact_mut(air.len()).zip(padding).filter(|(_, padded)| **padded) {
            voxel.copy_from_slice(&air);
        }
    }
    bytes
}

fn float_air() -> Vec<u8> {
    f32::from(AIR_HU).to_ne_bytes().to_vec()
}
