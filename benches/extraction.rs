//! How long the study's 1316 features take, stage by stage, and how much memory, for VOIs of about 50,000, 500,000 and 3,000,000
//! voxels on one, two and all threads.
//!
//!     cargo bench --bench extraction                    prints the tables of docs/performance.md
//!     cargo bench --bench extraction -- 500k            the tables of one size alone
//!     cargo bench --bench extraction -- write DIR       writes the same images and VOIs as NIfTI, for other programs
//!
//! The images hold noise of 20 HU, correlated over a few voxels as in CT, on a slow gradient: what makes about fifteen gray
//! levels of width 25. Times are medians; stages are timed one after the other, the whole as it is used.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use hepatica::base::{Progress, Warnings};
use hepatica::exchange::nifti;
use hepatica::radiomics::discretize::Levels;
use hepatica::radiomics::feature::shape::Shape;
use hepatica::radiomics::filter::{Derived, Filter, Scene, derive};
use hepatica::radiomics::frame::Frame;
use hepatica::radiomics::matrix::{glcm, glrlm, glszm, neighbourhood};
use hepatica::radiomics::region::Region;
use hepatica::radiomics::{Protocol, TextureSettings, extract, feature};
use hepatica::volume::{Geometry, Mask, Volume, Voxels};
use ndarray::{Array3, Axis};

/// An ellipsoid in a CT series of 512 x 512.
struct Size {
    name: &'static str,
    /// Half axes of the VOI in voxels: slice, row, column.
    half: [f64; 3],
    slices: usize,
    slice_mm: f64,
    runs: usize,
}

const SIZES: [Size; 3] = [
    Size { name: "50k", half: [9.5, 32.0, 39.0], slices: 24, slice_mm: 5.0, runs: 9 },
    Size { name: "500k", half: [19.0, 72.0, 87.0], slices: 43, slice_mm: 5.0, runs: 5 },
    Size { name: "3M", half: [75.0, 90.0, 106.0], slices: 170, slice_mm: 1.25, runs: 3 },
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["write", folder] => SIZES.iter().for_each(|size| write(size, Path::new(folder))),
        // A process of its own, whose memory nothing else has used before.
        ["memory", name, threads] => {
            let size = SIZES.iter().find(|size| size.name == *name).unwrap();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.parse().unwrap()).build().unwrap();
            let (volume, mask) = case(size);
            if let Some(mib) = pool.install(|| memory_mib(&volume, &mask)) {
                println!("\n{name}, {threads} threads: at most {mib:.0} MiB beyond the image");
            }
        }
        [] => SIZES.iter().for_each(|size| measure(size, &threads())),
        [name] if SIZES.iter().any(|size| size.name == *name) => {
            SIZES.iter().filter(|size| size.name == *name).for_each(|size| measure(size, &threads()));
        }
        other => eprintln!("{other:?} is not known; give nothing, 50k, 500k or 3M, or: write DIR"),
    }
}

/// One, two and all threads, each once.
fn threads() -> Vec<usize> {
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    let mut threads = vec![1, 2, all];
    threads.dedup();
    threads
}

fn write(size: &Size, folder: &Path) {
    let (volume, mask) = case(size);
    let path = |what: &str| folder.join(format!("{}_{what}.nii.gz", size.name));
    nifti::write_volume(&path("image"), &volume, true).unwrap();
    nifti::write_mask(&path("mask"), &mask, true).unwrap();
    println!("{} voxels: {}, {}", mask.count(), path("image").display(), path("mask").display());
}

fn case(size: &Size) -> (Volume, Mask) {
    let grid = Geometry::axial([512, 512, size.slices], [0.0; 3], [0.78, 0.78, size.slice_mm]).unwrap();
    let centre = [size.slices as f64 / 2.0, 250.0, 200.0];
    let inside = Array3::from_shape_fn(grid.shape(), |(k, j, i)| {
        let place = [k as f64, j as f64, i as f64];
        (0..3).map(|axis| ((place[axis] - centre[axis]) / size.half[axis]).powi(2)).sum::<f64>() <= 1.0
    });
    let mut state = 7u64;
    let mut white = Array3::from_shape_fn(grid.shape(), |_| {
        let mut sum = 0.0f32;
        for _ in 0..4 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sum += (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5;
        }
        sum
    });
    for axis in [1, 2] {
        for mut line in white.lanes_mut(Axis(axis)) {
            let mut before = 0.0;
            line.iter_mut().for_each(|value| {
                let here = *value;
                *value += 0.7 * before;
                before = here;
            });
        }
    }
    // Four uniform numbers have a standard deviation of 0.577, and the two sums make 1.49 times that.
    let hu = |(k, j, i): (usize, usize, usize)| {
        (105.0
            + 12.0 * (i as f32 / 40.0).sin()
            + 8.0 * (j as f32 / 31.0 + k as f32 / 9.0).cos()
            + white[(k, j, i)] * 23.3) as i16
    };
    let voxels = Voxels::I16(Array3::from_shape_fn(grid.shape(), hu));
    (Volume::new(grid, voxels).unwrap(), Mask::new(grid, inside).unwrap())
}

fn measure(size: &Size, threads: &[usize]) {
    let (volume, mask) = case(size);
    let heading: String = threads.iter().map(|n| format!(" {n} thread{} |", if *n == 1 { "" } else { "s" })).collect();
    println!(
        "\n{}: {} voxels, ms\n\n| stage |{heading}\n| --- |{}",
        size.name,
        mask.count(),
        " --- |".repeat(threads.len())
    );
    let columns: Vec<Vec<(&str, Duration)>> = threads
        .iter()
        .map(|&n| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
            pool.install(|| stages(&volume, &mask, size.runs))
        })
        .collect();
    for row in 0..columns[0].len() {
        let times: String =
            columns.iter().map(|column| format!(" {:.1} |", 1e3 * column[row].1.as_secs_f64())).collect();
        println!("| {} |{times}", columns[0][row].0);
    }
    for n in threads {
        let itself = std::env::current_exe().unwrap();
        let arguments = ["memory".to_owned(), size.name.to_owned(), n.to_string()];
        let child = std::process::Command::new(itself).args(arguments).status();
        assert!(child.is_ok_and(|status| status.success()), "memory was not measured");
    }
}

/// The median time of each stage; those of one image are of the original.
fn stages(volume: &Volume, mask: &Mask, runs: usize) -> Vec<(&'static str, Duration)> {
    let protocol = Protocol::liang2022();
    let progress = Progress::new();
    let texture = TextureSettings::default();
    let region = Region::cut(volume, mask).unwrap();
    let scene = Scene { volume, region: &region, force_2d: None, progress: &progress };
    let filtered = |filter: &Filter| derive(filter, scene, &mut Warnings::new()).unwrap();
    let frame = Frame::of(&region, 1).unwrap();
    let original: Vec<Derived> = filtered(&Filter::Original);
    let values = &original[0].values;
    let levels = Levels::of(&frame, values, texture.binning).unwrap();
    let spacing = region.spacing_mm;
    let matrices = glcm::each_direction(&levels, &texture, spacing, &progress, |matrix| Ok(matrix.clone())).unwrap();
    let named =
        ["filter: original", "filter: LoG, 2 images", "filter: wavelet, 8 images", "filter: LBP in space, 3 images"];
    let mut found: Vec<(&'static str, Duration)> = Vec::new();
    found.push(("VOI: cut out", median(runs, || Region::cut(volume, mask).unwrap())));
    for (name, image) in named.into_iter().zip(&protocol.images) {
        found.push((name, median(runs, || filtered(&image.filter))));
    }
    found.push(("shape", median(runs, || Shape::of(&region, &progress).unwrap())));
    found.push(("one image: frame", median(runs, || Frame::of(&region, 1).unwrap())));
    found.push(("one image: discretize", median(runs, || Levels::of(&frame, values, texture.binning).unwrap())));
    let distribution = || feature::firstorder::Distribution::of(values, &levels, 1.0, 0.0);
    found.push((
        "one image: first order",
        median(runs, || {
            let of = distribution();
            feature::firstorder::TABLE.iter().map(|(_, function)| function(&of)).sum::<f64>()
        }),
    ));
    found.push((
        "one image: GLCM",
        median(runs, || glcm::each_direction(&levels, &texture, spacing, &progress, |_| Ok(())).unwrap()),
    ));
    found.push((
        "one image: GLCM features",
        median(runs, || {
            let of_direction = |matrix| feature::glcm::of_direction(matrix, |_| true, &progress);
            matrices.iter().map(of_direction).collect::<Result<Vec<_>, _>>().unwrap()
        }),
    ));
    found.push(("one image: GLRLM", median(runs, || glrlm::count(&levels, &texture, spacing))));
    found.push(("one image: GLSZM", median(runs, || glszm::count(&levels, None, &progress).unwrap())));
    found.push((
        "one image: GLDM and NGTDM",
        median(runs, || neighbourhood::count(&levels, &texture, &progress).unwrap()),
    ));
    let whole = median(runs, || extract(volume, mask, &protocol, &progress).unwrap());
    found.push(("**all 1316 features**", whole));
    let waits = cancelled(volume, mask, &protocol, whole);
    found.push(("until it has stopped, once cancelled: median", waits[CANCELLED / 2]));
    found.push(("until it has stopped, once cancelled: worst", waits[CANCELLED - 1]));
    found
}

/// How often an extraction is cancelled.
const CANCELLED: usize = 20;

/// How long an extraction still works that is cancelled at so many points of its time, in ascending order.
fn cancelled(volume: &Volume, mask: &Mask, protocol: &Protocol, whole: Duration) -> Vec<Duration> {
    let mut waits: Vec<Duration> = (0..CANCELLED as u32)
        .map(|at| {
            let progress = Progress::new();
            let canceller = progress.clone();
            let asked = std::thread::spawn(move || {
                std::thread::sleep(whole * at / CANCELLED as u32);
                canceller.cancel();
                Instant::now()
            });
            // One that had ended before it was cancelled waits for nothing.
            let _ = black_box(extract(volume, mask, protocol, &progress));
            let ended = Instant::now();
            ended.saturating_duration_since(asked.join().unwrap())
        })
        .collect();
    waits.sort();
    waits
}

fn median<R>(runs: usize, mut work: impl FnMut() -> R) -> Duration {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed()
        })
        .collect();
    times.sort();
    times[runs / 2]
}

/// The most memory that an extraction holds beyond what was held before it, where the system tells (Linux).
fn memory_mib(volume: &Volume, mask: &Mask) -> Option<f64> {
    let kib = |key: &str| -> Option<f64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        status.lines().find_map(|line| line.strip_prefix(key)?.trim().trim_end_matches(" kB").parse().ok())
    };
    // Writing 5 makes the present size the peak (proc(5)).
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    let before = kib("VmRSS:")?;
    black_box(extract(volume, mask, &Protocol::liang2022(), &Progress::new()).ok()?);
    Some((kib("VmHWM:")? - before) / 1024.0)
}
