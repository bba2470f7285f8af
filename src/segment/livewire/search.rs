//! The cheapest paths from one pixel, counted out only as far as they are asked for.
//!
//! Dijkstra, Numer Math 1959;1:269, with the queue of Dial, Commun ACM 1969;12:632: costs are small whole numbers, so that
//! the pixels waiting at each cost lie in a bucket of their own. What was settled for one pointer position stays for the
//! next. The way to a pixel does not depend on the order of questions.

use super::cost::{Costs, STEPS};

/// How far from the first pixel paths lead, along either axis.
pub(super) const REACH: usize = 128;

/// No step: of the first pixel, and of those that none led to yet.
const NO_STEP: u8 = u8::MAX;

/// Paths from one pixel within a square around it.
#[derive(Debug, Clone)]
pub(super) struct Search {
    /// The square on the slice: its first corner, and pixels along both axes.
    low: [usize; 2],
    size: [usize; 2],
    begin: usize,
    /// Of each pixel of the square, with one more on every side: the cost of the cheapest known path, which is the cheapest
    /// once the search has come as far, and which of the eight steps it ends with. To the pixels around the square nothing
    /// leads more cheaply.
    cost: Vec<u32>,
    step: Vec<u8>,
    /// Half of what steps cost, in the order of the square's pixels.
    half: Vec<[u16; 4]>,
    /// Pixels that wait at each cost, modulo the number of buckets.
    buckets: Vec<Vec<u32>>,
    now: u32,
    waiting: usize,
}

impl Search {
    /// Paths from the pixel nearest to a place.
    pub fn from(costs: &Costs, at: [f64; 2]) -> Self {
        let all = costs.size();
        let pixel = [0, 1].map(|axis| nearest(at[axis], 0, all[axis]));
        let low = pixel.map(|x| x.saturating_sub(REACH));
        let size = [0, 1].map(|axis| (pixel[axis] + REACH + 1).min(all[axis]) - low[axis]);
        let width = size[0] + 2;
        let n = width * (size[1] + 2);
        let (mut half, mut cost) = (vec![[0; 4]; n], vec![0; n]);
        for b in 0..size[1] {
            let (own, on_slice) = ((b + 1) * width + 1, (b + low[1]) * all[0] + low[0]);
            half[own..own + size[0]].copy_from_slice(&costs.half[on_slice..on_slice + size[0]]);
            cost[own..own + size[0]].fill(u32::MAX);
        }
        let dearest = half.iter().flatten().max().copied().unwrap_or(0);
        let buckets = vec![Vec::new(); 2 * usize::from(dearest) + 1];
        let begin = (pixel[1] - low[1] + 1) * width + pixel[0] - low[0] + 1;
        let step = vec![NO_STEP; n];
        let mut search = Self { low, size, begin, cost, step, half, buckets, now: 0, waiting: 0 };
        search.wait(begin, 0, NO_STEP);
        search
    }

    /// The places on the slice of the cheapest path to the pixel nearest to a place, both ends included.
    pub fn path_to<'a>(&mut self, costs: &'a Costs, at: [f64; 2]) -> impl Iterator<Item = usize> + use<'a> {
        let [a, b] = [0, 1].map(|axis| nearest(at[axis], self.low[axis], self.size[axis]) - self.low[axis]);
        let width = self.size[0] + 2;
        let mut place = (b + 1) * width + a + 1;
        self.settle(place);
        let mut path = vec![place];
        while place != self.begin && self.step[place] != NO_STEP {
            place = neighbour(place, opposite(self.step[place]), width);
            path.push(place);
        }
        let (low, columns) = (self.low, costs.size()[0]);
        path.into_iter().rev().map(move |place| (place / width - 1 + low[1]) * columns + place % width - 1 + low[0])
    }

    /// Counts on until the cheapest path to a pixel is known.
    fn settle(&mut self, target: usize) {
        let width = self.size[0] + 2;
        let n_buckets = self.buckets.len();
        while self.cost[target] > self.now && self.waiting > 0 {
            let Some(at) = self.buckets[self.now as usize % n_buckets].pop() else {
                self.now += 1;
                continue;
            };
            let at = at as usize;
            self.waiting -= 1;
            if self.cost[at] < self.now {
                continue;
            }
            let half = self.half[at];
            for step in 0..8 {
                let next = neighbour(at, step, width);
                let axis = usize::from(step & 3);
                let cost = self.now + u32::from(half[axis]) + u32::from(self.half[next][axis]);
                if cost < self.cost[next] {
                    self.wait(next, cost, step);
                }
            }
        }
    }

    fn wait(&mut self, place: usize, cost: u32, step: u8) {
        let bucket = cost as usize % self.buckets.len();
        self.cost[place] = cost;
        self.step[place] = step;
        self.buckets[bucket].push(place as u32);
        self.waiting += 1;
    }
}

/// The pixel nearest to a coordinate, of `n` from `low` on.
fn nearest(x: f64, low: usize, n: usize) -> usize {
    (x.round().max(0.0) as usize).clamp(low, low + n.saturating_sub(1))
}

/// The place that a step leads to: of number 0 to 3 along [`STEPS`], of 4 to 7 back.
fn neighbour(place: usize, step: u8, width: usize) -> usize {
    let [a, b] = STEPS[usize::from(step & 3)];
    let way = b * width as i64 + a;
    place.wrapping_add_signed(if step < 4 { way as isize } else { -way as isize })
}

fn opposite(step: u8) -> u8 {
    step ^ 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Stream;
    use crate::segment::SliceImage;

    /// The cost of a path between places of a slice.
    fn cost_of(costs: &Costs, path: &[usize]) -> u32 {
        let width = costs.size()[0];
        let step = |from: usize, to: usize| {
            let axis = (0..8).find(|step| neighbour(from, *step, width) == to).unwrap() & 3;
            u32::from(costs.half[from][usize::from(axis)]) + u32::from(costs.half[to][usize::from(axis)])
        };
        path.windows(2).map(|ends| step(ends[0], ends[1])).sum()
    }

    /// The cheapest cost to every place, by relaxing all steps until nothing changes (Bellman and Ford).
    fn cheapest(costs: &Costs, begin: usize) -> Vec<u32> {
        let [width, height] = costs.size();
        let mut cheapest = vec![u32::MAX; width * height];
        cheapest[begin] = 0;
        loop {
            let before = cheapest.clone();
            for place in 0..width * height {
                for step in 0..8 {
                    let [a, b] = STEPS[usize::from(step & 3u8)].map(|x| if step < 4 { x } else { -x });
                    let [a, b] = [(place % width) as i64 + a, (place / width) as i64 + b];
                    if a < 0 || b < 0 || a >= width as i64 || b >= height as i64 || cheapest[place] == u32::MAX {
                        continue;
                    }
                    let next = b as usize * width + a as usize;
                    cheapest[next] = cheapest[next].min(cheapest[place] + cost_of(costs, &[place, next]));
                }
            }
            if before == cheapest {
                return cheapest;
            }
        }
    }

    #[test]
    fn paths_are_the_cheapest_and_asked_for_in_any_order() {
        let mut stream = Stream::new(5, 1);
        let values = (0..24 * 18).map(|_| stream.between(-100.0, 200.0) as f32).collect();
        let image = SliceImage::new(values, [24, 18], [0.7, 1.9]).unwrap();
        let costs = Costs::of(&image, &(-75.0..=175.0));
        let expected = cheapest(&costs, 9 * 24 + 5);
        let mut search = Search::from(&costs, [5.2, 8.9]);
        for n in (0..24 * 18).map(|n| n * 61 % (24 * 18)) {
            let path: Vec<usize> = search.path_to(&costs, [(n % 24) as f64, (n / 24) as f64]).collect();
            assert_eq!((path[0], path[path.len() - 1]), (9 * 24 + 5, n));
            assert_eq!(cost_of(&costs, &path), expected[n]);
        }
    }
}
