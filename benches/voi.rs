//! What keeps the VOI and its statistics current: after a brush stroke, while the pen is down, its outline on three slices, and
//! derived anew beside the window. Limits: 4 ms for what follows the pointer, 50 ms for what follows a stroke.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use hepatica::base::Progress;
use hepatica::case::{Case, Identity, MeasuredVoi, Operation, Snapshot};
use hepatica::job::{MeasureVoi, Request};
use hepatica::segment::voi::{EDGE_MARGIN_MM, place};
use hepatica::segment::{Brush, Pixels, SliceOfGrid, fill, outlines, stroke};
use hepatica::volume::{Geometry, Label, LabelMap, Volume, Voxels};
use ndarray::Array3;

/// Slices of the two series, and their distance in mm.
const SERIES: [(usize, f64); 2] = [(60, 5.0), (500, 0.6)];

/// A case with a liver drawn on two thirds of its slices.
fn case(n_slices: usize, thickness: f64) -> Case {
    let grid = Geometry::axial([512, 512, n_slices], [0.0; 3], [0.7, 0.7, thickness]).unwrap();
    let voxels = Array3::from_shape_fn(grid.shape(), |(k, j, i)| ((i * 7 + j * 13 + k * 31) % 400) as i16 - 150);
    let mut case = Case::new(Identity::default(), Arc::new(Volume::new(grid, Voxels::I16(voxels)).unwrap()));
    let mut labels = LabelMap::empty(grid);
    let angles = (0..200).map(|n| f64::from(n) / 200.0 * std::f64::consts::TAU);
    let outline: Vec<[f64; 2]> = angles.map(|t| [200.0 + 130.0 * t.cos(), 230.0 + 95.0 * t.sin()]).collect();
    let inside = fill(&outline);
    for k in n_slices / 6..n_slices - n_slices / 6 {
        for run in inside.runs() {
            (run.start..run.end)
                .for_each(|i| labels.bits_mut()[(k, run.line as usize, i as usize)] |= Label::Liver.bit());
        }
    }
    case.replace_labels("Grow", &labels).unwrap();
    case
}

/// What of a case is followed, and as far as it was.
struct Followed {
    case: Case,
    voi: MeasuredVoi,
}

impl Followed {
    fn new(mut case: Case) -> Self {
        let drawn = case.drawn();
        let request = MeasureVoi { volume: drawn.volume, labels: drawn.labels, edge_margin_mm: EDGE_MARGIN_MM };
        Self { voi: request.run(&Progress::new()).unwrap(), case }
    }

    /// Draws, and follows.
    fn step(&mut self, slice: SliceOfGrid, pixels: &Pixels, operation: Operation) {
        let before = self.case.labels().mark();
        self.case.draw_on(slice, pixels, Label::Vessel, operation);
        if let Some(changed) = self.case.labels().changed_since(Some(before)) {
            self.voi.update(self.case.label_map(), changed, &Progress::new()).unwrap();
        }
        black_box(self.voi.statistics());
    }
}

fn voi(criterion: &mut Criterion) {
    for (n_slices, thickness) in SERIES {
        let mut followed = Followed::new(case(n_slices, thickness));
        let slice = SliceOfGrid { axis: 2, index: n_slices / 2 };
        let brush = Brush { radius_mm: 10.0, spacing_mm: [0.7, 0.7] };
        let step = stroke([200.0, 230.0], [206.0, 230.0], brush);
        let whole = stroke([160.0, 230.0], [240.0, 230.0], brush);
        for (what, pixels) in [("a brush step of 10 mm", &step), ("a brush stroke of 20 x 76 mm", &whole)] {
            followed.case.begin_stroke("Brush", slice);
            criterion.bench_function(
                &format!("VOI with statistics after {what}, and back, {n_slices} slices"),
                |bencher| {
                    bencher.iter(|| {
                        followed.step(slice, pixels, Operation::Add);
                        followed.step(slice, pixels, Operation::Erase);
                    });
                },
            );
            followed.case.end_stroke();
        }
        criterion.bench_function(&format!("outlines of the VOI in three planes, {n_slices} slices"), |bencher| {
            let places = followed.voi.voi().places();
            let slices = [(0, 200), (1, 230), (2, n_slices / 2)].map(|(axis, index)| SliceOfGrid { axis, index });
            bencher.iter(|| slices.map(|slice| outlines(&slice.pixels(places, |at| *at == place::INSIDE))));
        });
        let (volume, labels) = (followed.case.volume().clone(), Snapshot::of(followed.case.label_map()));
        criterion.bench_function(&format!("VOI with statistics anew, {n_slices} slices"), |bencher| {
            bencher.iter(|| {
                let (volume, labels) = (volume.clone(), labels.clone());
                MeasureVoi { volume, labels, edge_margin_mm: EDGE_MARGIN_MM }.run(&Progress::new()).unwrap()
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = voi
}
criterion_main!(benches);
