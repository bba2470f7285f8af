//! HU of aorta, portal vein and liver in a loaded volume, found by where they lie and how even they are.
//!
//! It is no segmentation: it looks for round, even, bright places where anatomy says that they should be (aorta left in front
//! of the spine over several slices; liver as the most frequent tissue on the right; portal vein as a round place brighter
//! than the liver around it, in front of the inferior vena cava). Where one is not found, it says so and gives no number. A
//! scan without contrast shows no bright aorta, so it yields no evidence rather than a guess. Simple heuristics of this
//! project; the thresholds were not validated on patients.

use ndarray::Array2;

use super::HuEvidence;
use crate::volume::Volume;

/// Least side of the cells that the search works on, mm: pixels are averaged, since single ones are noisy.
const CELL_MM: f64 = 2.0;
/// Thickness of the slabs that are looked at, mm: thinner slices are averaged, since they are noisy.
const SLICE_MM: f64 = 5.0;
/// The aorta is to be followed over this length, mm.
const AORTA_LENGTH_MM: f64 = 25.0;
/// How far the aorta's centre moves from one slice that is looked at to the next, mm.
const AORTA_STEP_MM: f64 = 8.0;
/// Planes above and below that tell where the vertebral body is.
const SPINE_REACH: usize = 4;
/// How much its brightness changes from one slice that is looked at to the next, HU.
const AORTA_STEP_HU: f64 = 25.0;
/// Liver tissue that is to be seen, mL.
const LIVER_ML: f64 = 200.0;
/// Slices in which the portal vein is to be seen.
const PORTAL_SLICES: usize = 2;

/// Why there is no evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoEvidence {
    /// Slices are not axial, or columns do not run left-right.
    #[error("no HU evidence: the volume is not axial")]
    NotAxial,
    /// No aorta that is brighter than what is around it.
    #[error("no HU evidence: no bright aorta was found in front of the spine (a scan without contrast shows none)")]
    NoAorta,
    /// No liver.
    #[error("no HU evidence: no liver was found")]
    NoLiver,
    /// No portal vein brighter than the liver.
    #[error("no HU evidence: no portal vein brighter than the liver was found")]
    NoPortalVein,
}

/// Measures HU in aorta, portal vein and liver.
///
/// # Errors
/// When one of the three is not found.
pub fn measure(volume: &Volume) -> Result<HuEvidence, NoEvidence> {
    let planes = planes(volume)?;
    let run = aorta(&planes).ok_or(NoEvidence::NoAorta)?;
    let aorta = median(run.iter().map(|found| found.disc.mean).collect());
    let liver = liver(&planes, &run).ok_or(NoEvidence::NoLiver)?;
    let mut veins: Vec<f64> = run.iter().filter_map(|found| portal_vein(&planes[found.plane], found, liver)).collect();
    if veins.len() < PORTAL_SLICES {
        return Err(NoEvidence::NoPortalVein);
    }
    // Where the slice does not cut the trunk, a branch is found in its place, darkened by partial volume: the brighter third of
    // the slices shows the trunk.
    veins.sort_by(|a, b| b.total_cmp(a));
    veins.truncate((veins.len() / 3).max(PORTAL_SLICES));
    Ok(HuEvidence { aorta, portal_vein: median(veins), liver })
}

/// One slab in cells of 2 mm or a little more: rows from front to back, columns from the patient's right to left.
struct Plane {
    hu: Array2<f32>,
    cell_mm: [f64; 2],
    step_mm: f64,
}

/// A round place: its centre in cells, mean and standard deviation.
#[derive(Debug, Clone, Copy)]
struct Disc {
    row: f64,
    column: f64,
    mean: f64,
    sd: f64,
}

/// The aorta in one plane, and the spine beside it.
struct Found {
    plane: usize,
    disc: Disc,
    spine: Disc,
}

fn planes(volume: &Volume) -> Result<Vec<Plane>, NoEvidence> {
    let grid = volume.geometry();
    let [row_direction, column_direction, _] = grid.directions();
    // Within 25 degrees of the body's axes.
    if row_direction[0].abs() < 0.9 || column_direction[1].abs() < 0.9 || grid.slice_normal()[2].abs() < 0.9 {
        return Err(NoEvidence::NotAxial);
    }
    let [dx, dy, _] = grid.spacing_mm();
    let [columns, rows, slices] = grid.size();
    let (fx, fy) = ((CELL_MM / dx).ceil().max(1.0) as usize, (CELL_MM / dy).ceil().max(1.0) as usize);
    let stride = (SLICE_MM / grid.slice_distance_mm()).round().max(1.0) as usize;
    let step_mm = stride as f64 * grid.slice_distance_mm();
    let (flip_x, flip_y) = (row_direction[0] < 0.0, column_direction[1] < 0.0);
    let plane = |k: usize| {
        let depth = stride.min(slices - k);
        let hu = Array2::from_shape_fn((rows / fy, columns / fx), |(j, i)| {
            let j = if flip_y { rows / fy - 1 - j } else { j };
            let i = if flip_x { columns / fx - 1 - i } else { i };
            let mut sum = 0.0;
            for (z, y, x) in ndarray::indices((depth, fy, fx)) {
                sum += volume.voxels().at((k + z, j * fy + y, i * fx + x));
            }
            (sum / (depth * fx * fy) as f64) as f32
        });
        Plane { hu, cell_mm: [fy as f64 * dy, fx as f64 * dx], step_mm }
    };
    Ok((0..slices).step_by(stride).map(plane).collect())
}

impl Plane {
    /// Cells whose centres lie `from..=to` mm from a place; empty where the ring leaves the image.
    fn ring(&self, row: f64, column: f64, from: f64, to: f64) -> Vec<f64> {
        let (rows, columns) = self.hu.dim();
        let reach = [to / self.cell_mm[0], to / self.cell_mm[1]];
        if row < reach[0] || column < reach[1] || row + reach[0] >= rows as f64 || column + reach[1] >= columns as f64 {
            return Vec::new();
        }
        let mut cells = Vec::new();
        for j in (row - reach[0]).ceil() as usize..=(row + reach[0]) as usize {
            for i in (column - reach[1]).ceil() as usize..=(column + reach[1]) as usize {
                let mm = ((j as f64 - row) * self.cell_mm[0]).hypot((i as f64 - column) * self.cell_mm[1]);
                if mm >= from && mm <= to {
                    cells.push(f64::from(self.hu[(j, i)]));
                }
            }
        }
        cells
    }

    fn disc(&self, row: f64, column: f64, radius_mm: f64) -> Option<Disc> {
        let cells = self.ring(row, column, 0.0, radius_mm);
        if cells.is_empty() {
            return None;
        }
        let n = cells.len() as f64;
        let mean = cells.iter().sum::<f64>() / n;
        let sd = (cells.iter().map(|hu| (hu - mean).powi(2)).sum::<f64>() / n).sqrt();
        Some(Disc { row, column, mean, sd })
    }

    /// Discs at every cell of a box given in mm from a place: rows from..to, columns from..to.
    fn discs(&self, at: &Disc, rows_mm: [f64; 2], columns_mm: [f64; 2], radius_mm: f64) -> Vec<Disc> {
        let (rows, columns) = self.hu.dim();
        let cells = |centre: f64, mm: [f64; 2], cell: f64, n: usize| {
            let from = (centre + mm[0] / cell).max(0.0) as usize;
            let to = ((centre + mm[1] / cell).max(0.0) as usize).min(n.saturating_sub(1));
            from..to + 1
        };
        let columns = cells(at.column, columns_mm, self.cell_mm[1], columns);
        cells(at.row, rows_mm, self.cell_mm[0], rows)
            .flat_map(|row| columns.clone().map(move |column| (row as f64, column as f64)))
            .filter_map(|(row, column)| self.disc(row, column, radius_mm))
            .collect()
    }

    fn distance_mm(&self, a: &Disc, b: &Disc) -> f64 {
        ((a.row - b.row) * self.cell_mm[0]).hypot((a.column - b.column) * self.cell_mm[1])
    }

    /// The vertebral body: the brightest place of its size in the back half of the body, near the middle.
    fn spine(&self) -> Option<Disc> {
        let (mut n, mut row_sum, mut column_sum) = (0.0, 0.0, 0.0);
        for ((row, column), &hu) in self.hu.indexed_iter() {
            if hu > -200.0 {
                n += 1.0;
                row_sum += row as f64;
                column_sum += column as f64;
            }
        }
        // A cross-section of a body has some hundred square centimetres.
        if n * self.cell_mm[0] * self.cell_mm[1] < 1e4 {
            return None;
        }
        let middle = Disc { row: row_sum / n, column: column_sum / n, mean: 0.0, sd: 0.0 };
        let bone = |disc: &Disc| disc.mean.min(400.0);
        let best = self
            .discs(&middle, [0.0, 110.0], [-40.0, 40.0], 13.0)
            .into_iter()
            .max_by(|a, b| bone(a).total_cmp(&bone(b)))?;
        (best.mean > 90.0).then_some(best)
    }

    /// Where the aorta may lie beside a vertebral body: round, even, and brighter than most of what is around it.
    fn aorta_candidates(&self, spine: &Disc) -> Vec<Disc> {
        let clear = |disc: &Disc| {
            let ring = self.ring(disc.row, disc.column, 15.0, 19.0);
            let darker = ring.iter().filter(|&&hu| hu < disc.mean - 30.0).count();
            !ring.is_empty() && darker * 10 >= ring.len() * 6
        };
        self.discs(spine, [-50.0, 5.0], [-12.0, 35.0], 7.0)
            .into_iter()
            .filter(|disc| disc.mean > 95.0 && disc.mean < 600.0 && disc.sd < 12.0 + 0.08 * disc.mean)
            .filter(|disc| self.distance_mm(disc, spine) > 22.0 && clear(disc))
            .collect()
    }
}

/// The vertebral body in each plane. Between two vertebrae it is mistaken for another bright place; the column runs smoothly, so
/// that the middle one of the neighbours tells where it is.
fn spines(planes: &[Plane]) -> Vec<Option<Disc>> {
    let found: Vec<Option<Disc>> = planes.iter().map(Plane::spine).collect();
    let smooth = |plane: usize| {
        let near: Vec<Disc> = found[plane.saturating_sub(SPINE_REACH)..found.len().min(plane + SPINE_REACH + 1)]
            .iter()
            .flatten()
            .copied()
            .collect();
        let middle = |of: fn(&Disc) -> f64| median(near.iter().map(of).collect());
        found[plane].map(|spine| Disc { row: middle(|disc| disc.row), column: middle(|disc| disc.column), ..spine })
    };
    (0..found.len()).map(smooth).collect()
}

/// A candidate in one plane, and the best way to it from below.
struct Step {
    disc: Disc,
    /// Planes of the way, and how bright and even its discs are.
    planes: usize,
    quality: f64,
    /// Index of the candidate before it, in the plane below.
    before: Option<usize>,
}

/// The longest tube that can be followed from plane to plane, of equally long ones the brightest and most even. Other bright
/// vessels lie in front of the spine as well, but none of them runs along it as far as the aorta.
fn aorta(planes: &[Plane]) -> Option<Vec<Found>> {
    let spines = spines(planes);
    let mut ways: Vec<Vec<Step>> = Vec::new();
    for (plane, spine) in planes.iter().zip(&spines) {
        let candidates = spine.as_ref().map_or(Vec::new(), |spine| plane.aorta_candidates(spine));
        let below = ways.last().map_or(&[][..], Vec::as_slice);
        ways.push(candidates.into_iter().map(|disc| follow(plane, disc, below)).collect());
    }
    let all = ways.iter().enumerate().flat_map(|(plane, steps)| (0..steps.len()).map(move |step| (plane, step)));
    let (mut plane, mut step) = all.max_by(|&(p, s), &(q, t)| longer(&ways[p][s], &ways[q][t]))?;
    let mut run = Vec::new();
    loop {
        let Step { disc, before, .. } = ways[plane][step];
        run.extend(spines[plane].map(|spine| Found { plane, disc, spine }));
        let Some(before) = before else { break };
        (plane, step) = (plane - 1, before);
    }
    run.reverse();
    (run.len() as f64 * planes.first()?.step_mm >= AORTA_LENGTH_MM).then_some(run)
}

fn longer(a: &Step, b: &Step) -> std::cmp::Ordering {
    a.planes.cmp(&b.planes).then(a.quality.total_cmp(&b.quality))
}

/// The best way to a candidate: it goes on from a near and equally bright one below.
fn follow(plane: &Plane, disc: Disc, below: &[Step]) -> Step {
    let goes_on = |step: &Step| {
        plane.distance_mm(&step.disc, &disc) <= AORTA_STEP_MM && (step.disc.mean - disc.mean).abs() <= AORTA_STEP_HU
    };
    let before = (0..below.len()).filter(|&n| goes_on(&below[n])).max_by(|&a, &b| longer(&below[a], &below[b]));
    let (planes, quality) = before.map_or((0, 0.0), |n| (below[n].planes, below[n].quality));
    Step { planes: planes + 1, quality: quality + disc.mean - 2.0 * disc.sd, disc, before }
}

/// The most frequent HU of even tissue on the patient's right of the spine, where there is enough of it.
fn liver(planes: &[Plane], run: &[Found]) -> Option<f64> {
    const BIN_HU: f64 = 4.0;
    const HALF_WIDTH_HU: f64 = 20.0;
    let mut even: Vec<f64> = Vec::new();
    let mut cell_ml = 0.0;
    for found in run {
        let plane = &planes[found.plane];
        let (rows, columns) = plane.hu.dim();
        let right = (found.spine.column - 25.0 / plane.cell_mm[1]).max(0.0) as usize;
        cell_ml = plane.cell_mm[0] * plane.cell_mm[1] * plane.step_mm / 1000.0;
        for (j, i) in (1..rows.saturating_sub(1)).flat_map(|j| (1..right.min(columns - 1)).map(move |i| (j, i))) {
            let around = [(j, i), (j - 1, i), (j + 1, i), (j, i - 1), (j, i + 1)].map(|at| f64::from(plane.hu[at]));
            let mean = around.iter().sum::<f64>() / 5.0;
            let spread = around.iter().map(|hu| (hu - mean).abs()).fold(0.0, f64::max);
            if spread < 25.0 && (20.0..220.0).contains(&mean) {
                even.push(mean);
            }
        }
    }
    let mut bins = [0usize; 56];
    even.iter().for_each(|hu| bins[(hu / BIN_HU) as usize] += 1);
    let peak = (1..bins.len() - 1).max_by_key(|&bin| bins[bin - 1] + bins[bin] + bins[bin + 1])?;
    let mode = (peak as f64 + 0.5) * BIN_HU;
    let near: Vec<f64> = even.into_iter().filter(|hu| (hu - mode).abs() <= HALF_WIDTH_HU).collect();
    (near.len() as f64 * cell_ml >= LIVER_ML).then(|| near.iter().sum::<f64>() / near.len() as f64)
}

/// HU of a round place in front of the vena cava that is brighter than the liver around it.
fn portal_vein(plane: &Plane, found: &Found, liver: f64) -> Option<f64> {
    let in_liver = |disc: &Disc| {
        let ring = plane.ring(disc.row, disc.column, 12.0, 22.0);
        let tissue = ring.iter().filter(|&&hu| (hu - liver).abs() < 25.0).count();
        !ring.is_empty() && tissue * 10 >= ring.len() * 4
    };
    plane
        .discs(&found.spine, [-95.0, -42.0], [-75.0, 0.0], 4.5)
        .into_iter()
        .filter(|disc| disc.mean > liver + 15.0 && disc.mean < liver + 160.0 && disc.sd < 10.0 + 0.08 * disc.mean)
        .filter(|disc| plane.distance_mm(disc, &found.disc) > 25.0 && in_liver(disc))
        .map(|disc| disc.mean)
        .max_by(f64::total_cmp)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::volume::{Geometry, Voxels};

    /// A plain abdomen: body, spine, aorta, liver with a portal vein; simulated, 20 slices of 5 mm.
    fn abdomen(aorta: f64, portal_vein: f64, liver: f64, flipped: bool) -> Volume {
        let side = 160;
        let spacing = 2.2;
        let half = spacing * side as f64 / 2.0;
        let steps = if flipped { -spacing } else { spacing };
        let origin = if flipped { half } else { -half };
        let grid = Geometry::new(
            [side, side, 20],
            [origin, -half, 0.0],
            [[steps, 0.0, 0.0], [0.0, spacing, 0.0], [0.0, 0.0, 5.0]],
        );
        let grid = grid.unwrap();
        let voxels = Array3::from_shape_fn(grid.shape(), |(k, j, i)| {
            let [x, y, _] = grid.patient_from_voxel([i as f64, j as f64, k as f64]);
            let round = |cx: f64, cy: f64, rx: f64, ry: f64| ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) < 1.0;
            let noise = f64::from(((i * 7919 + j * 104_729 + k * 1_299_709) % 17) as u32) - 8.0;
            let hu = if !round(0.0, 0.0, 160.0, 110.0) {
                -1000.0
            } else if round(0.0, 55.0, 20.0, 17.0) {
                220.0
            } else if round(14.0, 24.0, 10.0, 10.0) {
                aorta
            } else if round(-40.0, -5.0, 8.0, 8.0) {
                portal_vein
            } else if round(-80.0, -10.0, 62.0, 80.0) {
                liver
            } else {
                -90.0
            };
            (hu + noise) as i16
        });
        Volume::new(grid, Voxels::I16(voxels)).unwrap()
    }

    /// Partial volume at the rim of a disc costs some HU.
    const TOLERANCE_HU: f64 = 8.0;

    #[test]
    fn a_simulated_portal_venous_abdomen_is_measured_either_way_round() {
        for flipped in [false, true] {
            let found = measure(&abdomen(155.0, 170.0, 110.0, flipped)).unwrap();
            assert!((found.aorta - 155.0).abs() < TOLERANCE_HU, "{found:?}");
            assert!((found.portal_vein - 170.0).abs() < TOLERANCE_HU, "{found:?}");
            assert!((found.liver - 110.0).abs() < TOLERANCE_HU, "{found:?}");
            assert_eq!(super::super::class_of_hu(found), Some(super::super::Phase::PortalVenous));
        }
    }

    #[test]
    fn without_contrast_nothing_is_claimed() {
        assert_eq!(measure(&abdomen(40.0, 40.0, 55.0, false)), Err(NoEvidence::NoAorta));
        assert_eq!(measure(&abdomen(155.0, 110.0, 110.0, false)), Err(NoEvidence::NoPortalVein));
    }
}
