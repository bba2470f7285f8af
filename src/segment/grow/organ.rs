//! Which tissue belongs to the organ: from strokes to a region of the working grid.

use super::basins::Basins;
use super::distance::distances;
use super::fill;
use super::lattice::Lattice;
use super::tissue::Tissue;

/// Tissue is what lies within this many spreads of the mean.
const BAND: f32 = 2.75;
/// Parts thinner than twice this, in mm, are walls, vessels and partial volume, unless a part of the organ runs beside them.
const LEAST_DEPTH_MM: f32 = 4.0;
/// A basin joins when the pass to it is at least this part of the shallower of both, and more the more its mean differs.
const PASS_RATIO: f32 = 0.35;
const PASS_RATIO_PER_SPREAD: f32 = 0.3;
/// Basins smaller than this, in mm3, join through any pass when their mean is within one spread.
const SMALL_MM3: f32 = 3000.0;

/// The organ on the working grid, and what was found to be something else that looks alike.
pub(super) struct Organ {
    pub region: Vec<bool>,
    pub barred: Vec<bool>,
}

/// Where strokes lie on the working grid.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub liver: Vec<usize>,
    pub background: Vec<usize>,
}

/// The organ of a tissue: twice, since the first answer says better than the strokes' surroundings what its tissue is.
pub(super) fn find(values: &[f32], lattice: &Lattice, tissue: Tissue, marks: &Marks) -> (Organ, Tissue) {
    let (_, core) = once(values, lattice, tissue, marks);
    let mut own: Vec<f32> = core.iter().enumerate().filter(|(_, inside)| **inside).map(|(at, _)| values[at]).collect();
    let better = Tissue::of(&mut own).filter(|better| better.deviation(tissue.mean) < 2.0).unwrap_or(tissue);
    let (organ, _) = once(values, lattice, better, marks);
    (organ, better)
}

fn once(values: &[f32], lattice: &Lattice, tissue: Tissue, marks: &Marks) -> (Organ, Vec<bool>) {
    let alike: Vec<bool> = values.iter().map(|v| tissue.deviation(*v) <= BAND).collect();
    let depth = distances(lattice, |at| !alike[at]);
    let basins = Basins::of(lattice, &depth, values, LEAST_DEPTH_MM);
    let joined = join(&basins, lattice, tissue, marks);
    let of = |at: usize| (basins.of[at] > 0).then(|| joined[basins.of[at] as usize - 1]);
    let core: Vec<bool> = (0..values.len()).map(|at| of(at) == Some(true)).collect();
    let other: Vec<bool> = (0..values.len()).map(|at| of(at) == Some(false)).collect();
    // Cores grow back to the edge of their tissue; where two organs' rims meet, each voxel goes to the nearer core.
    let to_core = distances(lattice, |at| core[at]);
    let to_other = distances(lattice, |at| other[at]);
    let rim = LEAST_DEPTH_MM + 1.0;
    let region: Vec<bool> =
        (0..values.len()).map(|at| alike[at] && to_core[at] <= rim && to_core[at] <= to_other[at]).collect();
    let barred = (0..values.len()).map(|at| to_other[at] <= rim && to_other[at] < to_core[at]).collect();
    (Organ { region, barred }, core)
}

/// Which basins are the organ's: those with a stroke, and from them on those that a wide enough pass leads to.
fn join(basins: &Basins, lattice: &Lattice, tissue: Tissue, marks: &Marks) -> Vec<bool> {
    let mut joined = vec![false; basins.list.len()];
    let mut refused = vec![false; basins.list.len()];
    for &at in &marks.background {
        if basins.of[at] > 0 {
            refused[basins.of[at] as usize - 1] = true;
        }
    }
    for basin in marks.liver.iter().filter_map(|&at| nearest_basin(basins, lattice, at)) {
        joined[basin] = true;
    }
    let side_mm3: f32 = lattice.side_mm.iter().product();
    loop {
        let mut grew = false;
        for pass in &basins.passes {
            let [a, b] = pass.between;
            if joined[a] == joined[b] {
                continue;
            }
            let (from, to) = if joined[a] { (a, b) } else { (b, a) };
            let (from, basin) = (&basins.list[from], &basins.list[to]);
            let differs = tissue.deviation(basin.mean());
            let ratio = pass.depth_mm / basin.depth_mm.min(from.depth_mm);
            let small = basin.count as f32 * side_mm3 < SMALL_MM3 && differs < 1.0;
            if !refused[to] && (small || ratio >= PASS_RATIO + PASS_RATIO_PER_SPREAD * differs) {
                joined[to] = true;
                grew = true;
            }
        }
        if !grew {
            return joined;
        }
    }
}

/// The basin that a mark lies in, or the nearest one within 12 mm.
fn nearest_basin(basins: &Basins, lattice: &Lattice, at: usize) -> Option<usize> {
    const REACH_MM: f32 = 12.0;
    if basins.of[at] > 0 {
        return Some(basins.of[at] as usize - 1);
    }
    let centre = lattice.voxel(at);
    let reach: [usize; 3] = std::array::from_fn(|a| (REACH_MM / lattice.side_mm[a]) as usize);
    let bound = |a: usize| centre[a].saturating_sub(reach[a])..(centre[a] + reach[a] + 1).min(lattice.n[a]);
    let mut best: Option<(f32, usize)> = None;
    for k in bound(2) {
        for j in bound(1) {
            for i in bound(0) {
                let other = lattice.at([i, j, k]);
                let voxel = [i, j, k];
                let d2 =
                    (0..3).map(|a| (voxel[a].abs_diff(centre[a]) as f32 * lattice.side_mm[a]).powi(2)).sum::<f32>();
                if basins.of[other] > 0 && d2 <= REACH_MM * REACH_MM && best.is_none_or(|(least, _)| d2 < least) {
                    best = Some((d2, basins.of[other] as usize - 1));
                }
            }
        }
    }
    best.map(|(_, basin)| basin)
}

/// Adds what the organ encloses, and what lies in its notches: large vessels and lesions at its edge.
pub(super) fn complete(organ: &mut Organ, values: &[f32], lattice: &Lattice, tissue: Tissue, marks: &Marks) {
    /// Radius of the ball that rolls around the organ, in mm.
    const NOTCH_MM: f32 = 6.0;
    /// How far below and above the organ's mean a notch's content may lie, in HU: no fat, no gas, no bone.
    const NOTCH_HU: [f32; 2] = [-70.0, 120.0];
    let Organ { region, barred } = organ;
    for &at in &marks.background {
        barred[at] = true;
    }
    let fits = |at: usize| {
        let d = values[at] - tissue.mean;
        !barred[at] && (NOTCH_HU[0]..NOTCH_HU[1]).contains(&d)
    };
    fill::close(region, lattice, NOTCH_MM, fits);
    fill::enclosed(region, lattice);
    for (at, inside) in region.iter_mut().enumerate() {
        *inside &= !barred[at];
    }
}
