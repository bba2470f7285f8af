//! What whole-region work costs on synthetic livers: margin, smoothing, the VOI anew and after one stroke, interpolation of a gap,
//! findings, comparison; on 512 x 512 x 60 (5 mm) and 512 x 512 x 500 (1.25 mm).
//!
//!     cargo bench --bench region              both sizes
//!     cargo bench --bench region -- 60        one size alone
//!
//! What follows a commit may take 50 ms: the VOI after a stroke, one interpolated slice. The rest runs in the background.

mod abdomen;

use std::hint::black_box;
use std::time::{Duration, Instant};

use abdomen::abdomen;
use hepatica::base::Progress;
use hepatica::segment::agreement::agreement;
use hepatica::segment::findings::findings;
use hepatica::segment::region::{Extent, Smoothing, fill_holes, islands, margin, on_slice, smooth};
use hepatica::segment::voi::{EDGE_MARGIN_MM, ProtocolVoi};
use hepatica::segment::{Gap, SliceOfGrid, interpolate, outlines};
use hepatica::volume::{Label, LabelMap, VoxelBox};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    for (slices, slice_mm) in [(60, 5.0), (500, 1.25)] {
        if arguments.is_empty() || arguments.contains(&slices.to_string()) {
            measure(slices, slice_mm);
        }
    }
}

/// Prints the median of several runs.
fn time<T>(what: &str, runs: usize, mut work: impl FnMut() -> T) {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed()
        })
        .collect();
    times.sort();
    println!("{what:48} {:10.2} ms", times[runs / 2].as_secs_f64() * 1e3);
}

fn measure(slices: usize, slice_mm: f64) {
    let (volume, mut labels) = abdomen(slices, slice_mm);
    let progress = Progress::new();
    let liver = labels.mask(Label::Liver);
    println!("\n512 x 512 x {slices}, liver of {:.0} ml, {} voxels", liver.volume_ml(), liver.count());
    time("margin of -2.5 mm", 3, || margin(&liver, -2.5, &progress).unwrap());
    time("margin of +2.5 mm", 3, || margin(&liver, 2.5, &progress).unwrap());
    time("margin of -10 mm", 3, || margin(&liver, -10.0, &progress).unwrap());
    for how in [
        Smoothing::Median { radius_mm: 3.0 },
        Smoothing::Gaussian { sigma_mm: 2.0 },
        Smoothing::Closing { radius_mm: 3.0 },
        Smoothing::Opening { radius_mm: 3.0 },
    ] {
        time(&format!("smooth: {how:?}"), 3, || smooth(&liver, how, Extent::Volume, &progress).unwrap());
    }
    let slice = SliceOfGrid { axis: 2, index: slices / 2 };
    let pixels = slice.pixels(liver.inside(), |inside| *inside);
    let median = Smoothing::Median { radius_mm: 3.0 };
    time("smooth one slice by a median", 21, || {
        on_slice(&pixels, slice, liver.geometry(), |mask| Ok(smooth(mask, median, Extent::Volume, &progress)?.region))
    });
    time("fill holes", 3, || fill_holes(&liver, Extent::Volume, &progress).unwrap());
    time("islands", 3, || islands(&liver));
    time("VOI anew", 3, || ProtocolVoi::new(&labels, EDGE_MARGIN_MM, &progress).unwrap());
    stroke(&mut labels, slices);
    gap(&labels, slices);
    let voi = ProtocolVoi::new(&labels, EDGE_MARGIN_MM, &progress).unwrap().mask().unwrap();
    time("findings", 3, || findings(&volume, &voi, &progress).unwrap());
    let found = findings(&volume, &voi, &progress).unwrap();
    println!("    {} found, median {:?} HU", found.n_found, found.median_hu);
    let other = margin(&liver, -1.0, &progress).unwrap();
    time("comparison of two livers", 3, || agreement(&liver, &other, &progress).unwrap());
}

/// The VOI after a brush stroke of 20 mm width and 40 mm length, and after a whole slice changed.
fn stroke(labels: &mut LabelMap, slices: usize) {
    let mut voi = ProtocolVoi::new(labels, EDGE_MARGIN_MM, &Progress::new()).unwrap();
    let k = slices / 2;
    for (what, low, high) in [
        ("VOI after a stroke of 20 x 40 mm", [230, 240, k], [257, 293, k + 1]),
        ("VOI after a slice changed", [40, 100, k], [360, 400, k + 1]),
        ("VOI after a ball of 40 mm changed", [200, 200, k - slices / 30], [253, 253, k + slices / 30]),
    ] {
        let changed = VoxelBox { low, high };
        time(what, 21, || {
            changed.view_mut(labels.bits_mut()).iter_mut().for_each(|bits| *bits ^= Label::Vessel.bit());
            voi.update(labels, changed).unwrap()
        });
        changed.view_mut(labels.bits_mut()).iter_mut().for_each(|bits| *bits ^= Label::Vessel.bit());
        voi.update(labels, changed).unwrap();
    }
}

fn gap(labels: &LabelMap, slices: usize) {
    let liver =
        |index: usize| SliceOfGrid { axis: 2, index }.pixels(labels.bits(), |bits| bits & Label::Liver.bit() != 0);
    let (k, step) = (slices / 2, (slices / 12).max(2));
    time("one slice between two drawn ones", 21, || {
        Gap::between(labels.geometry(), 2, (k, &liver(k)), (k + step, &liver(k + step))).slice(k + 1)
    });
    let gap = Gap::between(labels.geometry(), 2, (k, &liver(k)), (k + step, &liver(k + step)));
    time("another slice of the same gap", 21, || gap.slice(k + 1));
    time("its outlines", 21, || outlines(&liver(k)));
    let mask = labels.mask(Label::Liver);
    let drawn: Vec<usize> = (0..slices).step_by(5).collect();
    time("all slices, every fifth drawn", 3, || interpolate(&mask, 2, &drawn, &Progress::new()).unwrap());
}
