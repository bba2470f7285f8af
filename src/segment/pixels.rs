//! Pixels of one slice as runs: what every pen answers with. Coordinates may lie outside the slice until they are clipped.

/// Neighbouring pixels of one line: `start <= a < end` at line `b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelRun {
    /// Position along the second in-plane axis.
    pub line: i64,
    /// First pixel along the first in-plane axis.
    pub start: i64,
    /// One past the last pixel.
    pub end: i64,
}

/// A set of pixels of one slice, sorted by line and start; its runs are not empty and do not overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pixels(Vec<PixelRun>);

impl Pixels {
    /// A set from runs in any order; empty ones are dropped, overlapping ones merged.
    pub fn from_runs(mut runs: Vec<PixelRun>) -> Self {
        runs.retain(|run| run.start < run.end);
        runs.sort_unstable_by_key(|run| (run.line, run.start));
        let mut merged: Vec<PixelRun> = Vec::with_capacity(runs.len());
        for run in runs {
            match merged.last_mut() {
                Some(last) if last.line == run.line && run.start <= last.end => last.end = last.end.max(run.end),
                _ => merged.push(run),
            }
        }
        Self(merged)
    }

    /// The pixels that lie on a slice of `size` = [pixels along the first axis, along the second].
    pub fn clipped(mut self, size: [usize; 2]) -> Self {
        let [width, height] = size.map(|n| n as i64);
        self.0.retain_mut(|run| {
            run.start = run.start.max(0);
            run.end = run.end.min(width);
            run.start < run.end && (0..height).contains(&run.line)
        });
        self
    }

    /// The runs in order.
    pub fn runs(&self) -> &[PixelRun] {
        &self.0
    }

    /// Number of pixels.
    pub fn count(&self) -> usize {
        self.0.iter().map(|run| (run.end - run.start) as usize).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a pixel belongs to the set.
    pub fn contains(&self, a: i64, b: i64) -> bool {
        let after = self.0.partition_point(|run| (run.line, run.start) <= (b, a));
        after > 0 && self.0[after - 1].line == b && a < self.0[after - 1].end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_runs_merge_and_clipping_cuts_them() {
        let run = |line, start, end| PixelRun { line, start, end };
        let pixels = Pixels::from_runs(vec![run(1, 2, 5), run(0, -3, 2), run(1, 4, 9), run(1, 7, 7)]);
        assert_eq!(pixels.runs(), [run(0, -3, 2), run(1, 2, 9)]);
        assert_eq!(pixels.clone().clipped([4, 2]).runs(), [run(0, 0, 2), run(1, 2, 4)]);
        assert!(pixels.contains(8, 1) && !pixels.contains(9, 1) && !pixels.contains(0, 2));
        assert_eq!(pixels.count(), 12);
    }
}
