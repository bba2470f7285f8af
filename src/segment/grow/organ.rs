//! Which tissue belongs to the organ: from strokes to a region of the working grid.

use super::basins::Basins;
use super::distance::distances;
use super::fill;
use super::lattice::{Block, Lattice};
use super::likeness::Likeness;
use super::pockets;

/// Parts thinner than twice this, in mm, are walls, vessels and partial volume, unless a part of the organ runs beside them.
pub(super) const LEAST_DEPTH_MM: f32 = 4.0;
/// A basin joins when the pass to it is at least this part of the shallower of both, and more the more its mean differs.
const PASS_RATIO: f32 = 0.35;
const PASS_RATIO_PER_SPREAD: f32 = 0.45;
/// A basin this deep, in mm, is no vessel, bowel or muscle. Where that leads to a better region, it joins through a narrower pass,
/// and what counts is the step at the pass:
/// an organ's attenuation drifts by more than a neighbour's differs, but not from one side of a pass to the other.
const BULKY_MM: f32 = 15.0;
const BULKY_RATIO: f32 = 0.22;
const BULKY_RATIO_PER_SPREAD: f32 = 0.3;
/// Basins smaller than this, in mm3, join through any pass when their mean is within one spread.
const SMALL_MM3: f32 = 3000.0;

/// A background stroke refuses no basin larger than this part of the organ, and none of which it lies in a shallow part only.
const MOST_REFUSED: f32 = 0.25;
const LEAST_REFUSED_DEPTH: f32 = 0.5;

/// What is looked at around the organ's basins, in mm: more than the balls that roll around it.
const NEAR_MM: f32 = 40.0;
/// How far from the organ's core a thin wall around a lesion may run, in mm.
const WALL_MM: f32 = 10.0;

/// The organ on the working grid, and what was found to be something else that looks alike.
pub(super) struct Organ {
    pub region: Vec<bool>,
    /// Thin parts beside it that look like it: walls around what it encloses, or nothing of it.
    pub walls: Vec<bool>,
    pub barred: Vec<bool>,
}

/// Where strokes lie on the working grid, each stroke for itself.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub liver: Vec<Vec<usize>>,
    pub background: Vec<Vec<usize>>,
}

/// The part of the working grid around the organ, which is a fraction of the body.
pub(super) struct Near {
    pub block: Block,
    pub lattice: Lattice,
    pub values: Vec<f32>,
    pub likeness: Likeness,
}

impl Near {
    /// What lies around the basins that are joined, and within `reach_mm` of marks.
    pub fn of(
        likeness: &Likeness,
        values: &[f32],
        lattice: &Lattice,
        joined: &[bool],
        marks: &[usize],
        reach_mm: f32,
    ) -> Self {
        let mut block = Block { low: lattice.n, high: [0; 3] };
        let mut add = |at: usize, margin_mm: f32| {
            for (a, x) in lattice.voxel(at).into_iter().enumerate() {
                let margin = (margin_mm / lattice.side_mm[a]).ceil() as usize;
                block.low[a] = block.low[a].min(x.saturating_sub(margin));
                block.high[a] = block.high[a].max((x + margin + 1).min(lattice.n[a]));
            }
        };
        let own = |at: &usize| likeness.basins.of[*at] > 0 && joined[likeness.basins.of[*at] as usize - 1];
        (0..values.len()).filter(own).for_each(|at| add(at, NEAR_MM));
        marks.iter().for_each(|&at| add(at, reach_mm));
        let likeness = likeness.cut(lattice, block);
        Self { block, lattice: lattice.cut(block), values: lattice.copy(values, block), likeness }
    }

    /// The organ of these basins, with what lies within it and in its notches.
    pub fn organ(&self, joined: &[bool]) -> Organ {
        let mut organ = find(&self.likeness, &self.lattice, joined);
        complete(&mut organ, &self.values, &self.lattice, &self.likeness.mean);
        organ
    }
}

/// The organ of these basins. Cores grow back to the edge of their tissue; where two organs' rims meet, each voxel goes to the
/// nearer core.
fn find(likeness: &Likeness, lattice: &Lattice, joined: &[bool]) -> Organ {
    let Likeness { alike, basins, .. } = likeness;
    let of = |at: usize| (basins.of[at] > 0).then(|| joined[basins.of[at] as usize - 1]);
    let (to_core, to_other) = rayon::join(
        || distances(lattice, |at| of(at) == Some(true)),
        || distances(lattice, |at| of(at) == Some(false)),
    );
    let all = 0..alike.len();
    let is_own = |at: usize| to_core[at] <= to_other[at];
    let region = all.clone().map(|at| alike[at] && to_core[at] <= LEAST_DEPTH_MM && is_own(at)).collect();
    let barred = all.map(|at| to_other[at] <= LEAST_DEPTH_MM && !is_own(at)).collect();
    let is_wall = |at: usize| alike[at] && to_core[at] <= WALL_MM && is_own(at);
    let walls = (0..alike.len()).map(is_wall).collect();
    Organ { region, walls, barred }
}

/// Which basins are the organ's: those with a liver stroke, and from them on those that a wide enough pass leads to. A background
/// stroke refuses its basin, unless that is much of the organ or much deeper than at the stroke: then only a part of it can be
/// meant.
pub(super) fn join(likeness: &Likeness, lattice: &Lattice, liver: &[usize], background: &[usize]) -> Vec<bool> {
    let basins = &likeness.basins;
    let mut starts = vec![false; basins.list.len()];
    for basin in liver.iter().filter_map(|&at| nearest_basin(basins, lattice, at)) {
        starts[basin] = true;
    }
    let mut refused = vec![false; basins.list.len()];
    let freely = spread_out(likeness, lattice, &starts, &refused);
    let count = |n: usize| basins.list[n].count as f32;
    let most = MOST_REFUSED * (0..freely.len()).filter(|&n| freely[n]).map(count).sum::<f32>();
    for &at in background.iter().filter(|&&at| basins.of[at] > 0) {
        let basin = basins.of[at] as usize - 1;
        let deep = likeness.depth_mm[at] >= LEAST_REFUSED_DEPTH * basins.list[basin].depth_mm;
        refused[basin] |= deep && count(basin) <= most && !starts[basin];
    }
    if refused.contains(&true) { spread_out(likeness, lattice, &starts, &refused) } else { freely }
}

/// The basins that wide enough passes lead to from those that are joined at the start.
fn spread_out(likeness: &Likeness, lattice: &Lattice, starts: &[bool], refused: &[bool]) -> Vec<bool> {
    let basins = &likeness.basins;
    let mut joined = starts.to_vec();
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
            let differs = basin.mean().abs() / likeness.spread;
            let ratio = pass.depth_mm / basin.depth_mm.min(from.depth_mm);
            let small = basin.count as f32 * side_mm3 < SMALL_MM3 && differs < 1.0;
            let goes_on = likeness.goes_on && basin.depth_mm >= BULKY_MM && {
                let differs = differs.min(pass.step / likeness.spread);
                ratio >= BULKY_RATIO + BULKY_RATIO_PER_SPREAD * differs
            };
            if !refused[to] && (small || goes_on || ratio >= PASS_RATIO + PASS_RATIO_PER_SPREAD * differs) {
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
    let mut best: Option<(f32, usize)> = None;
    lattice.around(at, REACH_MM, |other| {
        let voxel = lattice.voxel(other);
        let d2 = (0..3).map(|a| (voxel[a].abs_diff(centre[a]) as f32 * lattice.side_mm[a]).powi(2)).sum::<f32>();
        if basins.of[other] > 0 && d2 <= REACH_MM * REACH_MM && best.is_none_or(|(least, _)| d2 < least) {
            best = Some((d2, basins.of[other] as usize - 1));
        }
    });
    best.map(|(_, basin)| basin)
}

/// Adds what the organ encloses, and what lies in its notches and pockets: large vessels and lesions at its edge.
fn complete(organ: &mut Organ, values: &[f32], lattice: &Lattice, mean: &[f32]) {
    /// Radius of the ball that rolls around the organ, in mm.
    const NOTCH_MM: f32 = 8.0;
    /// How far below and above the organ's mean a notch's content may lie, in HU: no fat, no gas, no bone.
    const NOTCH_HU: [f32; 2] = [-70.0, 120.0];
    let Organ { region, walls, barred } = organ;
    let fits = |at: usize| !barred[at] && (NOTCH_HU[0]..NOTCH_HU[1]).contains(&(values[at] - mean[at]));
    fill::close(region, lattice, NOTCH_MM, fits);
    let mut with_walls: Vec<bool> = region.iter().zip(&*walls).map(|(inside, wall)| *inside || *wall).collect();
    let before = with_walls.clone();
    fill::enclosed(&mut with_walls, lattice);
    // Of the walls, those stay that lie around something.
    let filled: Vec<bool> = with_walls.iter().zip(&before).map(|(after, before)| *after && !*before).collect();
    let around = fill::grown(&filled, lattice, NOTCH_MM);
    for at in 0..region.len() {
        region[at] |= filled[at] || (around[at] && with_walls[at]);
    }
    for (at, inside) in region.iter_mut().enumerate() {
        *inside &= !barred[at];
    }
    // Lesions are no other organ, though tissue of a kind may fill them.
    pockets::fill(region, lattice, |at| (NOTCH_HU[0]..NOTCH_HU[1]).contains(&(values[at] - mean[at])));
    barred.iter_mut().zip(&*region).for_each(|(barred, inside)| *barred &= !*inside);
}
