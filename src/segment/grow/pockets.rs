//! Lesions that reach the organ's surface: they lie in pockets of it, which the organ's outline at large closes.

use super::distance::distances;
use super::lattice::Lattice;

/// Radius of the ball that rolls around the organ, in mm: a lesion of 40 mm leaves a mouth that it does not enter.
const BALL_MM: f32 = 30.0;
/// A pocket's walls of organ are at least this many times as large as its mouth. Half a ball has 2, half a tube 1.6; what merely
/// presses on the organ from outside, as a kidney does, has 1 to 1.3.
const DEEP: f32 = 1.6;
/// What is less than this many mm away from the outside ties pockets together and belongs to none.
const MOUTH_MM: f32 = 3.0;

/// Adds the pockets of a region in which all is what `fits` says: deep ones, in a closing by a large ball.
pub(super) fn fill(region: &mut [bool], lattice: &Lattice, fits: impl Fn(usize) -> bool + Sync) {
    let to_region = distances(lattice, |at| region[at]);
    let to_far = distances(lattice, |at| to_region[at] > BALL_MM);
    let may = |at: usize| !region[at] && to_far[at] > BALL_MM && fits(at);
    let depth = distances(lattice, |at| !region[at] && !may(at));
    let mut open: Vec<bool> = (0..region.len()).map(|at| may(at) && depth[at] > MOUTH_MM).collect();
    for start in 0..open.len() {
        if open[start] {
            let pocket = take(&mut open, lattice, start);
            if is_deep(&pocket, region, lattice) {
                pocket.iter().for_each(|&at| region[at] = true);
            }
        }
    }
}

/// Takes what hangs together with a voxel out of a set.
fn take(set: &mut [bool], lattice: &Lattice, start: usize) -> Vec<usize> {
    let mut taken = vec![start];
    set[start] = false;
    let mut next = 0;
    while next < taken.len() {
        lattice.neighbours(taken[next], |other, _| {
            if set[other] {
                set[other] = false;
                taken.push(other);
            }
        });
        next += 1;
    }
    taken.sort_unstable();
    taken
}

/// Whether the faces between a pocket and the region are large against those between it and all else.
fn is_deep(pocket: &[usize], region: &[bool], lattice: &Lattice) -> bool {
    let (mut wall, mut mouth) = (0.0f32, 0.0f32);
    for &at in pocket {
        lattice.neighbours(at, |other, axis| {
            let face = lattice.side_mm[(axis + 1) % 3] * lattice.side_mm[(axis + 2) % 3];
            if region[other] {
                wall += face;
            } else if pocket.binary_search(&other).is_err() {
                mouth += face;
            }
        });
    }
    wall >= DEEP * mouth
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ball of 60 mm on a grid of 2.5 mm with room for the rolling ball around it, out of which another ball is bitten.
    fn bitten(bite: [f32; 3], radius: f32) -> (Lattice, Vec<bool>, Vec<bool>) {
        let lattice = Lattice { n: [112; 3], side_mm: [2.5; 3] };
        let distance = |at: usize, to: [f32; 3]| {
            let voxel = lattice.voxel(at);
            (0..3).map(|a| (voxel[a] as f32 * 2.5 - to[a]).powi(2)).sum::<f32>().sqrt()
        };
        let ball: Vec<bool> = (0..lattice.count()).map(|at| distance(at, [140.0; 3]) < 60.0).collect();
        let rest = (0..ball.len()).map(|at| ball[at] && distance(at, bite) >= radius).collect();
        (lattice, ball, rest)
    }

    /// Voxels of the bite that are missing before and after.
    fn missing(bite: [f32; 3], radius: f32) -> (usize, usize) {
        let (lattice, ball, mut region) = bitten(bite, radius);
        let count = |region: &[bool]| ball.iter().zip(region).filter(|(ball, inside)| **ball && !**inside).count();
        let before = count(&region);
        fill(&mut region, &lattice, |_| true);
        (before, count(&region))
    }

    #[test]
    fn a_half_ball_at_the_surface_is_filled_but_for_its_mouth() {
        let (before, after) = missing([140.0, 87.0, 140.0], 16.0);
        assert!(after < before / 2, "{after} of {before}");
    }

    #[test]
    fn what_presses_on_the_surface_stays_out() {
        let (before, after) = missing([140.0, 230.0, 140.0], 40.0);
        assert!(before > 300 && after == before, "{after} of {before}");
    }
}
