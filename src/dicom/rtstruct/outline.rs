//! From the voxels of a slice to closed polygons along their edges, and back.
//!
//! Polygons are in the slice's own coordinates: voxel (column i, row j) has its centre at (i, j) and its corners half a voxel away.
//! Parts of a region that touch at a corner alone are polygons of their own. The walk along edges keeps the region on its right
//! (rows run down), so that outer borders run clockwise and those of holes counter-clockwise; corners where two parts touch are
//! passed by turning right, which stays with one part.

/// A point on the corners of voxels: column and row, each half a voxel above the coordinate.
type Corner = (i32, i32);

/// The four ways along edges, clockwise: right, down, left, up.
const WAYS: [Corner; 4] = [(1, 0), (0, 1), (-1, 0), (0, -1)];

/// The polygons around a region of a slice of `columns` x `rows` voxels, each with its holes joined to it; time follows the voxels.
pub(super) fn outlines([columns, rows]: [usize; 2], inside: impl Fn(usize, usize) -> bool) -> Vec<Vec<[f64; 2]>> {
    let borders = borders([columns, rows], inside);
    let (outer, mut holes): (Vec<_>, Vec<_>) = borders.into_iter().partition(|border| twice_area(border) > 0);
    // What lies to the left of a hole is joined before it.
    holes.sort_by_key(|hole| leftmost(hole));
    let mut chains = Chains::new(columns + 1, rows + 1);
    let begins: Vec<usize> = outer.iter().map(|border| chains.add(border)).collect();
    holes.iter().for_each(|hole| chains.join(hole));
    let place = |(x, y): Corner| [f64::from(x) - 0.5, f64::from(y) - 0.5];
    begins.into_iter().map(|begin| turns(&chains.around(begin)).into_iter().map(place).collect()).collect()
}

/// Every border of the region, as the corners of voxels that it passes.
fn borders([columns, rows]: [usize; 2], inside: impl Fn(usize, usize) -> bool) -> Vec<Vec<Corner>> {
    let width = columns + 1;
    // For each corner, the ways on which an edge leaves it.
    let mut leaving = vec![0u8; width * (rows + 1)];
    let is_in = |i: Option<usize>, j: Option<usize>| match (i, j) {
        (Some(i), Some(j)) => i < columns && j < rows && inside(i, j),
        _ => false,
    };
    for j in 0..rows {
        for i in (0..columns).filter(|&i| inside(i, j)) {
            let neighbours = [
                (Some(i), j.checked_sub(1)),
                (Some(i + 1), Some(j)),
                (Some(i), Some(j + 1)),
                (i.checked_sub(1), Some(j)),
            ];
            let from = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)];
            for (way, ((i, j), (x, y))) in neighbours.into_iter().zip(from).enumerate() {
                if !is_in(i, j)
                    && let Some(corner) = leaving.get_mut(y * width + x)
                {
                    *corner |= 1 << way;
                }
            }
        }
    }
    let mut found = Vec::new();
    for start in 0..leaving.len() {
        while let Some(way) = (0..4).find(|way| leaving.get(start).is_some_and(|ways| ways >> way & 1 == 1)) {
            found.push(walk(&mut leaving, width, start, way));
        }
    }
    found
}

/// Walks along edges from a corner, taking each away, until it comes back; the corners that it passed.
fn walk(leaving: &mut [u8], width: usize, start: usize, first_way: usize) -> Vec<Corner> {
    let (mut at, mut way) = (start, first_way);
    let mut border = Vec::new();
    let corner = |at: usize| ((at % width) as i32, (at / width) as i32);
    loop {
        if let Some(ways) = leaving.get_mut(at) {
            *ways &= !(1 << way);
        }
        let (x, y) = corner(at);
        at = (y + WAYS[way].1) as usize * width + (x + WAYS[way].0) as usize;
        // To the right first, then straight on, then to the left; the first edge counts as if it were still there.
        let has =
            |next: usize| leaving.get(at).is_some_and(|ways| ways >> next & 1 == 1) || (at, next) == (start, first_way);
        let Some(next) = [way + 1, way, way + 3].map(|next| next % 4).into_iter().find(|&next| has(next)) else {
            return border;
        };
        border.push(corner(at));
        if (at, next) == (start, first_way) {
            return border;
        }
        way = next;
    }
}

/// Twice the signed area, positive where the walk is clockwise (rows run down).
fn twice_area(border: &[Corner]) -> i64 {
    edges(border)
        .map(|((x, y), (next_x, next_y))| i64::from(x) * i64::from(next_y) - i64::from(next_x) * i64::from(y))
        .sum()
}

/// Each corner with the next.
fn edges(border: &[Corner]) -> impl Iterator<Item = (Corner, Corner)> + '_ {
    border.iter().copied().zip(border.iter().copied().cycle().skip(1))
}

/// The highest of the corners farthest to the left.
fn leftmost(border: &[Corner]) -> Corner {
    border.iter().copied().min().unwrap_or_default()
}

/// The corners at which a polygon turns.
fn turns(polygon: &[Corner]) -> Vec<Corner> {
    let mut corners = polygon.to_vec();
    corners.dedup();
    let way = |(from, to): (Corner, Corner)| ((to.0 - from.0).signum(), (to.1 - from.1).signum());
    let ways: Vec<Corner> = edges(&corners).map(way).collect();
    let before = ways.iter().cycle().skip(ways.len().saturating_sub(1));
    let turning = corners.iter().zip(ways.iter().zip(before)).filter(|(_, (after, before))| after != before);
    turning.map(|(corner, _)| *corner).collect()
}

/// No place in [`Chains`].
const NONE: usize = usize::MAX;

/// Borders as chains of corners, so that one is put into another in one step.
struct Chains {
    /// Corners along a side of the slice.
    width: usize,
    corners: Vec<Corner>,
    /// For each corner, the place of the one that follows.
    next: Vec<usize>,
    /// For each corner of the slice, a place where a chain passes it, or [`NONE`].
    passing: Vec<usize>,
}

impl Chains {
    fn new(width: usize, height: usize) -> Self {
        Self { width, corners: Vec::new(), next: Vec::new(), passing: vec![NONE; width * height] }
    }

    fn index(&self, (x, y): Corner) -> usize {
        y as usize * self.width + x as usize
    }

    /// Adds a closed border; the answer is the place of its first corner.
    fn add(&mut self, border: &[Corner]) -> usize {
        let begin = self.corners.len();
        for (place, &corner) in (begin..).zip(border) {
            let index = self.index(corner);
            if let Some(passing) = self.passing.get_mut(index) {
                *passing = place;
            }
            self.corners.push(corner);
            self.next.push(place + 1);
        }
        if let Some(last) = self.next.last_mut() {
            *last = begin;
        }
        begin
    }

    /// Joins a hole to the polygon that lies to its left, by a channel along the edge of voxels from the hole's leftmost corner. To the
    /// left of that corner lies the region around the hole, so that the first border met there is one of its own: its outer one, or that
    /// of another hole, which begins farther to the left and is joined already.
    fn join(&mut self, hole: &[Corner]) {
        let (x, y) = leftmost(hole);
        let passing = |x: i32| self.passing.get(self.index((x, y))).copied().filter(|place| *place != NONE);
        let Some(at) = (0..=x).rev().find_map(passing) else { return };
        // From its leftmost corner around and back to it.
        let begin = hole.iter().position(|&corner| corner == (x, y)).unwrap_or(0);
        let mut around = hole.to_vec();
        around.rotate_left(begin);
        around.push((x, y));
        let first = self.add(&around);
        let back = self.corners.len();
        let (Some(&corner), Some(&after)) = (self.corners.get(at), self.next.get(at)) else { return };
        self.corners.push(corner);
        self.next.push(after);
        for (place, follower) in [(at, first), (back - 1, back)] {
            if let Some(next) = self.next.get_mut(place) {
                *next = follower;
            }
        }
    }

    /// The corners of the chain that begins at a place.
    fn around(&self, begin: usize) -> Vec<Corner> {
        let step = |place: &usize| self.next.get(*place).copied().filter(|next| *next != begin);
        std::iter::successors(Some(begin), step).filter_map(|place| self.corners.get(place).copied()).collect()
    }
}

/// Calls `set(column, row)` for the voxels whose centres lie in an odd number of the polygons: those of a row between every first and second
/// crossing of its edges, the first included. A crossing belongs to an edge that begins on the row or above it and ends below it, so that a
/// corner on a row counts once.
pub(super) fn fill(polygons: &[Vec<[f64; 2]>], [columns, rows]: [usize; 2], mut set: impl FnMut(usize, usize)) {
    // Whether an odd number of crossings lie between a voxel and its left neighbour; memory follows the slice and not the polygons.
    let mut is_crossed = vec![false; (columns + 1) * rows];
    let edges = |points: &'_ Vec<[f64; 2]>| {
        points.iter().copied().zip(points.iter().copied().cycle().skip(1)).collect::<Vec<_>>()
    };
    for (from, to) in polygons.iter().flat_map(edges) {
        let ([x0, y0], [x1, y1]) = if from[1] <= to[1] { (from, to) } else { (to, from) };
        // Rows j with y0 <= j < y1.
        let first = y0.ceil().clamp(0.0, rows as f64) as usize;
        let end = y1.ceil().clamp(0.0, rows as f64) as usize;
        for j in first..end {
            let x = x0 + (x1 - x0) * (j as f64 - y0) / (y1 - y0);
            let column = x.ceil().clamp(0.0, columns as f64) as usize;
            if let Some(crossed) = is_crossed.get_mut(j * (columns + 1) + column) {
                *crossed = !*crossed;
            }
        }
    }
    for (j, row) in is_crossed.chunks_exact(columns + 1).enumerate() {
        let mut inside = false;
        for (i, crossed) in row.iter().take(columns).enumerate() {
            inside ^= crossed;
            if inside {
                set(i, j);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Stream;

    /// A picture of rows, `#` inside.
    fn picture(rows: &[&str]) -> (Vec<Vec<bool>>, [usize; 2]) {
        let voxels: Vec<Vec<bool>> = rows.iter().map(|row| row.chars().map(|c| c == '#').collect()).collect();
        let size = [voxels[0].len(), voxels.len()];
        (voxels, size)
    }

    fn filled(polygons: &[Vec<[f64; 2]>], size: [usize; 2]) -> Vec<Vec<bool>> {
        let mut voxels = vec![vec![false; size[0]]; size[1]];
        fill(polygons, size, |i, j| voxels[j][i] = true);
        voxels
    }

    /// As programs do that fill each contour and add it to the others.
    fn united(polygons: &[Vec<[f64; 2]>], size: [usize; 2]) -> Vec<Vec<bool>> {
        let mut voxels = vec![vec![false; size[0]]; size[1]];
        for polygon in polygons {
            let one = filled(std::slice::from_ref(polygon), size);
            voxels.iter_mut().flatten().zip(one.into_iter().flatten()).for_each(|(all, one)| *all |= one);
        }
        voxels
    }

    #[test]
    fn a_single_voxel_is_a_square_along_its_edges() {
        let (voxels, size) = picture(&["...", ".#.", "..."]);
        let polygons = outlines(size, |i, j| voxels[j][i]);
        let mut corners = polygons[0].clone();
        corners.sort_by(|a, b| a.partial_cmp(b).unwrap());
        assert_eq!((polygons.len(), corners), (1, vec![[0.5, 0.5], [0.5, 1.5], [1.5, 0.5], [1.5, 1.5]]));
    }

    #[test]
    fn holes_islands_in_holes_and_touching_corners_fill_to_the_same_voxels() {
        let pictures: [&[&str]; 5] = [
            &["#####", "#...#", "#.#.#", "#...#", "#####"],
            &["######", "#.##.#", "######", "#.#..#", "######"],
            &["#.#.", ".#.#", "#.#.", ".#.#"],
            &["#####", "#.#.#", "##.##", "#.#.#", "#####"],
            &["###", "###", "###"],
        ];
        for rows in pictures {
            let (voxels, size) = picture(rows);
            let polygons = outlines(size, |i, j| voxels[j][i]);
            assert_eq!(filled(&polygons, size), voxels, "{rows:?}");
            assert_eq!(united(&polygons, size), voxels, "{rows:?}");
        }
    }

    #[test]
    fn a_slice_of_noise_takes_no_longer_than_its_voxels() {
        let mut random = Stream::new(3, 0);
        let voxels: Vec<bool> = (0..512 * 512).map(|_| random.between(0.0, 1.0) < 0.9).collect();
        let began = std::time::Instant::now();
        let polygons = outlines([512, 512], |i, j| voxels[j * 512 + i]);
        // A fiftieth of a second; searching every edge for each of the 15,000 holes takes five.
        assert!(began.elapsed().as_secs_f64() < 1.0, "{:?}", began.elapsed());
        let mut filled = vec![false; 512 * 512];
        fill(&polygons, [512, 512], |i, j| filled[j * 512 + i] = true);
        assert!(filled == voxels);
    }

    #[test]
    fn whatever_is_drawn_fills_to_the_same_voxels_by_either_rule() {
        let mut random = Stream::new(7, 0);
        for share in [0.1, 0.3, 0.5, 0.7, 0.9] {
            for _ in 0..40 {
                let size = [17, 13];
                let voxels: Vec<Vec<bool>> =
                    (0..size[1]).map(|_| (0..size[0]).map(|_| random.between(0.0, 1.0) < share).collect()).collect();
                let polygons = outlines(size, |i, j| voxels[j][i]);
                assert_eq!(filled(&polygons, size), voxels);
                assert_eq!(united(&polygons, size), voxels);
            }
        }
    }

    #[test]
    fn a_centre_on_the_left_or_upper_edge_is_inside_and_one_on_the_others_is_not() {
        let square = vec![[1.0, 1.0], [3.0, 1.0], [3.0, 3.0], [1.0, 3.0]];
        let (voxels, size) = picture(&[".....", ".##..", ".##..", ".....", "....."]);
        assert_eq!(filled(&[square], size), voxels);
    }

    #[test]
    fn polygons_beyond_the_slice_are_cut() {
        let beyond = vec![[-5.0, -5.0], [50.0, -5.0], [50.0, 50.0], [-5.0, 50.0]];
        assert!(filled(&[beyond], [3, 2]).into_iter().flatten().all(|inside| inside));
    }
}
