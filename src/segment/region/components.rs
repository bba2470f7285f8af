//! Connected components of a region, run by run: the two-pass labelling of Rosenfeld and Pfaltz (J ACM 1966;13:471) on runs
//! of a row instead of voxels, with a union-find forest (Galler and Fisher, Commun ACM 1964;7:301).

use ndarray::{ArrayView2, ArrayView3};
use rayon::prelude::*;

/// Which neighbours connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connectivity {
    /// Across a face: 6 neighbours in space, 4 in a slice.
    Faces,
    /// Across a face, an edge or a corner: 26 neighbours in space, 8 in a slice.
    Corners,
}

/// Neighbouring voxels of one row that belong to one component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComponentRun {
    /// Slice of the array.
    pub slice: u32,
    /// Row of the slice.
    pub row: u32,
    /// First column.
    pub start: u32,
    /// One past the last column.
    pub end: u32,
    /// Number of the component, 0 for the largest.
    pub component: u32,
}

impl ComponentRun {
    /// Number of voxels.
    pub fn n_voxels(&self) -> usize {
        (self.end - self.start) as usize
    }
}

/// The components of a region, numbered by size: 0 is the largest, and of equal ones the one that comes first in the array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Components {
    runs: Vec<ComponentRun>,
    sizes: Vec<usize>,
}

impl Components {
    /// The components of what a test picks of an array `[slice, row, column]`.
    pub fn of<T: Sync>(array: ArrayView3<T>, connectivity: Connectivity, picks: impl Fn(&T) -> bool + Sync) -> Self {
        let (_, rows, _) = array.dim();
        let slices: Vec<ArrayView2<T>> = array.outer_iter().collect();
        let per_slice: Vec<Vec<ComponentRun>> =
            slices.par_iter().enumerate().map(|(k, slice)| runs_of(k, slice, &picks)).collect();
        let mut runs = per_slice.concat();
        let mut row_starts = vec![0usize; slices.len() * rows + 1];
        for run in &runs {
            row_starts[run.slice as usize * rows + run.row as usize + 1] += 1;
        }
        for n in 1..row_starts.len() {
            row_starts[n] += row_starts[n - 1];
        }
        let mut forest = Forest::of(runs.len());
        for k in 0..slices.len() {
            for j in 0..rows {
                let own = row_starts[k * rows + j]..row_starts[k * rows + j + 1];
                if own.is_empty() {
                    continue;
                }
                for (k, j) in rows_before(k, j, rows, connectivity) {
                    let other = row_starts[k * rows + j]..row_starts[k * rows + j + 1];
                    forest.join_touching(&runs, own.clone(), other, u32::from(connectivity == Connectivity::Corners));
                }
            }
        }
        let sizes = number_by_size(&mut runs, &mut forest);
        Self { runs, sizes }
    }

    /// All runs in the order of the array.
    pub fn runs(&self) -> &[ComponentRun] {
        &self.runs
    }

    /// Voxels of every component, largest first.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The component at (slice, row, column); `None` outside of all.
    pub fn at(&self, (slice, row, column): (usize, usize, usize)) -> Option<u32> {
        let place = |run: &ComponentRun| (run.slice as usize, run.row as usize, run.start as usize);
        let after = self.runs.partition_point(|run| place(run) <= (slice, row, column));
        let run = self.runs.get(after.checked_sub(1)?)?;
        let hit = (run.slice as usize, run.row as usize) == (slice, row) && column < run.end as usize;
        hit.then_some(run.component)
    }
}

fn runs_of<T>(k: usize, slice: &ArrayView2<T>, picks: &(impl Fn(&T) -> bool + Sync)) -> Vec<ComponentRun> {
    let mut runs: Vec<ComponentRun> = Vec::new();
    for (j, row) in slice.outer_iter().enumerate() {
        let mut start = None;
        let mut end = |start: &mut Option<usize>, end: usize| {
            if let Some(start) = start.take() {
                let [slice, row, start, end] = [k, j, start, end].map(|x| x as u32);
                runs.push(ComponentRun { slice, row, start, end, component: 0 });
            }
        };
        for (i, value) in row.iter().enumerate() {
            if picks(value) {
                start.get_or_insert(i);
            } else {
                end(&mut start, i);
            }
        }
        end(&mut start, row.len());
    }
    runs
}

/// The rows before (slice, row) that touch it.
fn rows_before(k: usize, j: usize, rows: usize, connectivity: Connectivity) -> impl Iterator<Item = (usize, usize)> {
    let aside = usize::from(connectivity == Connectivity::Corners);
    let same = (j > 0).then(|| (k, j - 1));
    let before = k.checked_sub(1).into_iter();
    let below = before.flat_map(move |k| (j.saturating_sub(aside)..(j + aside + 1).min(rows)).map(move |j| (k, j)));
    same.into_iter().chain(below)
}

/// Trees of runs that are known to touch; the root is the earliest.
struct Forest(Vec<u32>);

impl Forest {
    fn of(n: usize) -> Self {
        Self((0..n as u32).collect())
    }

    fn root(&mut self, mut n: u32) -> u32 {
        while self.0[n as usize] != n {
            let above = self.0[self.0[n as usize] as usize];
            self.0[n as usize] = above;
            n = above;
        }
        n
    }

    /// Joins the runs of two rows that share a column, or lie `aside` columns apart.
    fn join_touching(
        &mut self,
        runs: &[ComponentRun],
        mut own: std::ops::Range<usize>,
        mut other: std::ops::Range<usize>,
        aside: u32,
    ) {
        while !own.is_empty() && !other.is_empty() {
            let (a, b) = (runs[own.start], runs[other.start]);
            if a.start < b.end + aside && b.start < a.end + aside {
                let (a, b) = (self.root(own.start as u32), self.root(other.start as u32));
                self.0[a.max(b) as usize] = a.min(b);
            }
            if a.end < b.end {
                own.start += 1;
            } else {
                other.start += 1;
            }
        }
    }
}

/// Writes the components' numbers into the runs; gives their sizes.
fn number_by_size(runs: &mut [ComponentRun], forest: &mut Forest) -> Vec<usize> {
    let mut sizes: Vec<usize> = Vec::new();
    let mut number_of_root = vec![0u32; runs.len()];
    for (n, run) in runs.iter_mut().enumerate() {
        let root = forest.root(n as u32) as usize;
        if root == n {
            number_of_root[n] = sizes.len() as u32;
            sizes.push(0);
        }
        run.component = number_of_root[root];
        sizes[run.component as usize] += run.n_voxels();
    }
    let mut order: Vec<u32> = (0..sizes.len() as u32).collect();
    order.sort_by_key(|&n| std::cmp::Reverse(sizes[n as usize]));
    let mut rank = vec![0u32; sizes.len()];
    order.iter().enumerate().for_each(|(place, &n)| rank[n as usize] = place as u32);
    runs.iter_mut().for_each(|run| run.component = rank[run.component as usize]);
    order.iter().map(|&n| sizes[n as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;
    use proptest::prelude::*;

    /// Components by flooding voxel after voxel, as sorted sizes.
    fn flooded(inside: &Array3<bool>, connectivity: Connectivity) -> Vec<usize> {
        let mut left = inside.clone();
        let mut sizes = Vec::new();
        while let Some((seed, _)) = left.indexed_iter().find(|(_, inside)| **inside) {
            let mut waiting = vec![seed];
            left[seed] = false;
            let mut size = 0;
            while let Some((k, j, i)) = waiting.pop() {
                size += 1;
                for ((z, y, x), inside) in left.indexed_iter_mut() {
                    let steps = [z.abs_diff(k), y.abs_diff(j), x.abs_diff(i)];
                    let near = match connectivity {
                        Connectivity::Faces => steps.iter().sum::<usize>() == 1,
                        Connectivity::Corners => steps.iter().all(|&n| n <= 1),
                    };
                    if near && std::mem::take(inside) {
                        waiting.push((z, y, x));
                    } else if near {
                        *inside = false;
                    }
                }
            }
            sizes.push(size);
        }
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        sizes
    }

    proptest! {
        #[test]
        fn components_are_those_of_flooding(cells in prop::collection::vec(prop::bool::weighted(0.4), 4 * 6 * 7), all in any::<bool>()) {
            let connectivity = if all { Connectivity::Corners } else { Connectivity::Faces };
            let inside = Array3::from_shape_vec((4, 6, 7), cells).unwrap();
            let found = Components::of(inside.view(), connectivity, |inside| *inside);
            prop_assert_eq!(found.sizes(), flooded(&inside, connectivity));
            for (at, &inside) in inside.indexed_iter() {
                prop_assert_eq!(found.at(at).is_some(), inside);
            }
            prop_assert_eq!(found.runs().iter().map(ComponentRun::n_voxels).sum::<usize>(), found.sizes().iter().sum::<usize>());
        }
    }
}
