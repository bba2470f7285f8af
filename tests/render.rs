//! The shader against the CPU reference, on whatever adapter there is: lavapipe in CI, where its absence is a failure.

use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use egui::{Id, Pos2, Rect, Vec2};
use egui_wgpu::wgpu;
use hepatica::case::{Case, Identity, Operation};
use hepatica::render::{
    GpuPainter, Look, Overlay, PlaneFrame, SlicePainter, SliceScene, SliceView, Source, Viewport, Window, draw_slice,
};
use hepatica::segment::{Brush, Plane, SliceOfGrid, disc, fill};
use hepatica::volume::{Geometry, Label, Volume, Voxels};
use ndarray::Array3;

/// Grey levels by which the two may differ: both round the same number, and their last bits may fall on either side.
const GREY_LEVELS: u8 = 1;
/// Part of the pixels that may differ by more: where a pixel's centre falls on the border between two voxels to within the
/// last bit of a 32-bit float, each may take the other one.
const ON_A_BORDER: f64 = 1e-5;

/// Draws after which memory is compared, and the growth that other tests of the same process may cause meanwhile. A
/// driver that compiles the shader anew for every draw keeps 2 MiB each time.
const DRAWS: usize = 200;
const NOISE_MIB: u64 = 150;

struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
}

/// The adapter's device, or `None` with a line that says which test is skipped; in CI there must be one.
fn gpu(test: &str) -> Option<Gpu> {
    let setup = hepatica::render::wgpu_configuration().wgpu_setup;
    let found = pollster::block_on(async {
        let instance = setup.new_instance().await;
        let adapter = instance.request_adapter(&wgpu::RequestAdapterOptions::default()).await.ok()?;
        let egui_wgpu::WgpuSetup::CreateNew(setup) = &setup else { return None };
        let (device, queue) = adapter.request_device(&(setup.device_descriptor)(&adapter)).await.ok()?;
        eprintln!("{test} on {}", adapter.get_info().name);
        Some(Gpu { device, queue })
    });
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{test}: no graphics adapter, and in CI there must be one");
        println!("skipped: {test}: no graphics adapter");
    }
    found
}

/// A number that looks random, from 0 to 1.
fn noise(n: usize) -> f64 {
    let mut x = (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 31;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 29;
    (x >> 11) as f64 / (1u64 << 53) as f64
}

fn value(k: usize, j: usize, i: usize) -> f64 {
    let shape = 120.0 * (i as f64 / 17.0).sin() + 90.0 * (j as f64 / 11.0).cos() + 4.0 * k as f64;
    shape + 60.0 * noise((k * 1000 + j) * 1000 + i)
}

/// A gantry-tilted image of thick slices, with labels that overlap and reach the border.
fn case(as_float: bool) -> Case {
    let steps = [[0.71, 0.0, 0.0], [0.0, 0.83, 0.0], [0.0, 0.9, 4.1]];
    let geometry = Geometry::new([150, 130, 40], [-50.0, -60.0, 20.0], steps).unwrap();
    let shape = geometry.shape();
    let voxels = if as_float {
        Voxels::F32(Array3::from_shape_fn(shape, |(k, j, i)| value(k, j, i) as f32 + 0.25))
    } else {
        Voxels::I16(Array3::from_shape_fn(shape, |(k, j, i)| value(k, j, i) as i16))
    };
    let padding = Array3::from_shape_fn(shape, |(_, j, i)| i + j < 30);
    let volume = Volume::new(geometry, voxels).unwrap().with_padding(padding).unwrap();
    let mut case = Case::new(Identity::default(), Arc::new(volume));
    for index in 5..35 {
        let slice = SliceOfGrid { axis: 2, index };
        let spacing_mm = slice.spacing_mm(&geometry);
        let shift = index as f64;
        case.begin_stroke("Contour", slice);
        let outline = [[-9.0, 20.0], [80.0, 10.0 + shift], [120.0, 70.0], [40.0, 110.0 - shift]];
        case.draw(&fill(&outline), Label::Liver, Operation::Add);
        for (label, at, radius_mm) in [(Label::Vessel, [50.0, 50.0], 3.0), (Label::Lesion, [60.0, 55.0], 8.0)] {
            case.draw(&disc(at, Brush { radius_mm, spacing_mm }), label, Operation::Add);
        }
        case.end_stroke();
    }
    case
}

fn views(frame: &PlaneFrame) -> [SliceView; 3] {
    let middle = frame.n_slices / 2;
    [
        SliceView { slice: middle, zoom: 0.93, pan_mm: [1.7, -2.9] },
        SliceView { slice: middle + 3, zoom: 4.37, pan_mm: [11.3, 6.1] },
        SliceView { slice: middle - 4, zoom: 13.1, pan_mm: [-7.7, 3.3] },
    ]
}

/// Both pictures of one scene, from the GPU and from the CPU.
fn both(painter: &mut GpuPainter, scene: &SliceScene, scale: f32) -> [Vec<u8>; 2] {
    let size = [scene.viewport.rect.width() * scale, scene.viewport.rect.height() * scale].map(|x| x as usize);
    let by_gpu = painter.draw_offscreen(scene, scale, size).expect("the GPU draws");
    let min = scene.viewport.rect.min * scale;
    let map = scene.viewport.pixel_map(scale).from_corner([f64::from(min.x), f64::from(min.y)]);
    let source = Source { volume: scene.labels.volume(), labels: scene.labels.map(), slice: scene.viewport.slice };
    let look = Look { window: scene.window, overlay: scene.overlay, inverted: scene.inverted, pixels_per_point: scale };
    [by_gpu, draw_slice(&source, &map, &look, size)]
}

/// Pixels compared, and those that differ by more than [`GREY_LEVELS`].
fn compare([by_gpu, by_cpu]: &[Vec<u8>; 2]) -> (usize, usize) {
    assert_eq!(by_gpu.len(), by_cpu.len());
    let differ = |(a, b): &(&[u8], &[u8])| a.iter().zip(b.iter()).any(|(x, y)| x.abs_diff(*y) > GREY_LEVELS);
    let pairs = by_gpu.chunks_exact(4).zip(by_cpu.chunks_exact(4));
    (by_gpu.len() / 4, pairs.filter(differ).count())
}

fn scene<'a>(case: &'a Case, viewport: Viewport, overlay: &'a Overlay) -> SliceScene<'a> {
    let window = Window { width: 250.0, level: 50.0 };
    SliceScene { id: Id::unique("view"), labels: case.labels(), viewport, window, overlay, inverted: false }
}

fn rect() -> Rect {
    Rect::from_min_size(Pos2::new(40.0, 24.0), Vec2::new(450.0, 350.0))
}

fn shader_agrees(test: &str, as_float: bool) {
    let Some(gpu) = gpu(test) else { return };
    let mut painter = GpuPainter::new(&gpu.device, &gpu.queue, wgpu::TextureFormat::Rgba8Unorm);
    let case = case(as_float);
    let (mut compared, mut differ, mut seen) = (0, 0, [false; 256]);
    for plane in Plane::ALL {
        let frame = PlaneFrame::new(case.volume().geometry(), plane);
        for (n, view) in views(&frame).iter().enumerate() {
            let overlay = Overlay { outline: if n == 2 { 0.0 } else { 1.5 }, ..Overlay::default() };
            let scale = if n == 1 { 2.0 } else { 1.0 };
            let mut scene = scene(&case, Viewport::new(&frame, view, rect()), &overlay);
            scene.inverted = n == 1;
            let pictures = both(&mut painter, &scene, scale);
            let (pixels, differing) = compare(&pictures);
            compared += pixels;
            differ += differing;
            pictures[0].iter().for_each(|level| seen[usize::from(*level)] = true);
        }
    }
    println!("{test}: {differ} of {compared} pixels differ by more than {GREY_LEVELS} grey level");
    assert!(seen.iter().filter(|seen| **seen).count() > 200, "the pictures show next to nothing");
    assert!(differ as f64 <= compared as f64 * ON_A_BORDER, "{differ} of {compared} pixels differ");
}

#[test]
fn the_shader_agrees_with_the_cpu_on_integer_ct() {
    shader_agrees("the_shader_agrees_with_the_cpu_on_integer_ct", false);
}

#[test]
fn the_shader_agrees_with_the_cpu_on_float_ct() {
    shader_agrees("the_shader_agrees_with_the_cpu_on_float_ct", true);
}

#[test]
fn edits_and_undo_reach_the_gpu() {
    let Some(gpu) = gpu("edits_and_undo_reach_the_gpu") else { return };
    let mut painter = GpuPainter::new(&gpu.device, &gpu.queue, wgpu::TextureFormat::Rgba8Unorm);
    let mut case = case(false);
    let overlay = Overlay::default();
    let frame = PlaneFrame::new(case.volume().geometry(), Plane::Axial);
    let viewport = Viewport::new(&frame, &frame.whole(), rect());
    let [before, _] = both(&mut painter, &scene(&case, viewport, &overlay), 1.0);

    case.begin_stroke("Brush", viewport.slice);
    let brush = Brush { radius_mm: 9.0, spacing_mm: viewport.slice.spacing_mm(case.volume().geometry()) };
    case.draw(&disc([110.0, 90.0], brush), Label::Caudate, Operation::Add);
    let during = both(&mut painter, &scene(&case, viewport, &overlay), 1.0);
    assert_eq!(compare(&during).1, 0);
    assert_ne!(during[0], before);

    case.end_stroke();
    case.undo();
    let [after, _] = both(&mut painter, &scene(&case, viewport, &overlay), 1.0);
    assert!(after == before, "undo leaves a trace on the GPU");
}

#[test]
fn another_image_takes_the_place_of_the_first() {
    let Some(gpu) = gpu("another_image_takes_the_place_of_the_first") else { return };
    let mut painter = GpuPainter::new(&gpu.device, &gpu.queue, wgpu::TextureFormat::Rgba8Unorm);
    let overlay = Overlay::default();
    for as_float in [false, true, false] {
        let case = case(as_float);
        let frame = PlaneFrame::new(case.volume().geometry(), Plane::Coronal);
        let viewport = Viewport::new(&frame, &views(&frame)[0], rect());
        let (compared, differ) = compare(&both(&mut painter, &scene(&case, viewport, &overlay), 1.0));
        assert!(differ as f64 <= compared as f64 * ON_A_BORDER, "{differ} of {compared} pixels differ");
    }
}

#[test]
fn an_image_beyond_the_drivers_limits_is_refused_with_the_reason() {
    let Some(gpu) = gpu("an_image_beyond_the_drivers_limits_is_refused_with_the_reason") else { return };
    let mut painter = GpuPainter::new(&gpu.device, &gpu.queue, wgpu::TextureFormat::Rgba8Unorm);
    let side = gpu.device.limits().max_texture_dimension_3d as usize + 1;
    let geometry = Geometry::axial([side, 2, 2], [0.0; 3], [1.0; 3]).unwrap();
    let volume = Volume::new(geometry, Voxels::I16(Array3::zeros(geometry.shape()))).unwrap();
    let case = Case::new(Identity::default(), Arc::new(volume));
    let overlay = Overlay::default();
    let frame = PlaneFrame::new(&geometry, Plane::Axial);
    let scene = scene(&case, Viewport::new(&frame, &frame.whole(), rect()), &overlay);
    assert!(painter.draw_offscreen(&scene, 1.0, [64, 64]).is_none());
    let reason = painter.refusal().unwrap();
    assert!(reason.contains(&side.to_string()), "{reason}");
    let painter = SlicePainter::Gpu(Box::new(painter));
    assert_eq!(painter.name(), "CPU", "what draws is named, not what refused to");
}

/// Longest time for a small slice to be drawn.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_slice_is_drawn_while_every_common_thread_is_busy() {
    let n = rayon::current_num_threads();
    let [all_busy, done] = [(); 2].map(|()| Arc::new(Barrier::new(n + 1)));
    for _ in 0..n {
        let (all_busy, done) = (all_busy.clone(), done.clone());
        rayon::spawn(move || {
            all_busy.wait();
            done.wait();
        });
    }
    all_busy.wait();
    let (drawn, picture) = channel();
    let drawing = std::thread::spawn(move || {
        let case = case(false);
        let frame = PlaneFrame::new(case.volume().geometry(), Plane::Axial);
        let viewport = Viewport::new(&frame, &frame.whole(), rect());
        let source = Source { volume: case.volume(), labels: case.label_map(), slice: viewport.slice };
        let overlay = Overlay::default();
        let look = Look { window: Window::default(), overlay: &overlay, inverted: false, pixels_per_point: 1.0 };
        let map = viewport.pixel_map(1.0).from_corner([40.0, 24.0]);
        drawn.send(draw_slice(&source, &map, &look, [450, 350])).unwrap();
    });
    let picture = picture.recv_timeout(PATIENCE);
    done.wait();
    drawing.join().unwrap();
    assert!(picture.unwrap().iter().any(|&level| level > 0 && level < 255));
}

/// Resident memory of this process, in MiB.
#[cfg(target_os = "linux")]
fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1024
}

#[cfg(target_os = "linux")]
#[test]
fn drawing_again_and_again_keeps_no_memory() {
    let Some(gpu) = gpu("drawing_again_and_again_keeps_no_memory") else { return };
    let mut painter = GpuPainter::new(&gpu.device, &gpu.queue, wgpu::TextureFormat::Rgba8Unorm);
    let case = case(false);
    let overlay = Overlay::default();
    let frame = PlaneFrame::new(case.volume().geometry(), Plane::Axial);
    let mut draw = |n: usize| {
        let view = SliceView { slice: n % frame.n_slices, ..frame.whole() };
        let scene = scene(&case, Viewport::new(&frame, &view, rect()), &overlay);
        painter.draw_offscreen(&scene, 1.0, [64, 64]).unwrap();
    };
    draw(0);
    let before = resident_mib();
    (1..=DRAWS).for_each(&mut draw);
    let grown = resident_mib().saturating_sub(before);
    assert!(grown < NOISE_MIB, "{DRAWS} draws keep {grown} MiB");
}
