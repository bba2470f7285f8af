//! Exact Euclidean distances on the working grid.

use rayon::prelude::*;

use super::lattice::Lattice;

/// Farther than anything on a working grid, in mm2.
const FAR: f32 = 1e12;

/// Distance in mm from each voxel's centre to the nearest voxel for which `is_target` holds; `FAR`'s root where there is none.
/// Separable lower envelopes of parabolas (Felzenszwalb and Huttenlocher, Theory of Computing 2012;8:415). The grid's border is no
/// target: what goes on beyond the image is not known.
pub(super) fn distances(lattice: &Lattice, is_target: impl Fn(usize) -> bool + Sync) -> Vec<f32> {
    let [nx, ny, nz] = lattice.n;
    let mut squares: Vec<f32> =
        (0..lattice.count()).into_par_iter().map(|at| if is_target(at) { 0.0 } else { FAR }).collect();
    squares.par_chunks_mut(nx).for_each_init(Envelope::default, |envelope, line| {
        envelope.transform(line, lattice.side_mm[0]);
    });
    squares.par_chunks_mut(nx * ny).for_each_init(
        || (Envelope::default(), vec![0.0; ny]),
        |(envelope, line), plane| {
            for i in 0..nx {
                line.iter_mut().enumerate().for_each(|(j, v)| *v = plane[j * nx + i]);
                envelope.transform(line, lattice.side_mm[1]);
                line.iter().enumerate().for_each(|(j, v)| plane[j * nx + i] = *v);
            }
        },
    );
    // Along slices the lines of one row are gathered together, so that memory is read in order.
    let rows: Vec<Vec<f32>> = (0..ny)
        .into_par_iter()
        .map_init(Envelope::default, |envelope, j| {
            let mut lines = vec![0.0; nx * nz];
            for k in 0..nz {
                for i in 0..nx {
                    lines[i * nz + k] = squares[(k * ny + j) * nx + i];
                }
            }
            lines.chunks_mut(nz).for_each(|line| envelope.transform(line, lattice.side_mm[2]));
            lines
        })
        .collect();
    squares.par_chunks_mut(nx).enumerate().for_each(|(line, out)| {
        let (j, k) = (line % ny, line / ny);
        out.iter_mut().enumerate().for_each(|(i, v)| *v = rows[j][i * nz + k].sqrt());
    });
    squares
}

/// Work space of one line's transform.
#[derive(Default)]
struct Envelope {
    /// Apexes of the parabolas of the lower envelope, and from where on each is the lowest.
    apex: Vec<usize>,
    from: Vec<f32>,
    old: Vec<f32>,
}

impl Envelope {
    /// min over q of (h (p - q))^2 + f(q), in place.
    fn transform(&mut self, line: &mut [f32], h: f32) {
        self.old.clear();
        self.old.extend_from_slice(line);
        self.apex.clear();
        self.from.clear();
        let f = &self.old;
        if f.iter().all(|v| *v >= FAR) {
            return;
        }
        let h2 = h * h;
        for q in 0..f.len() {
            if f[q] >= FAR {
                continue;
            }
            let mut start = f32::NEG_INFINITY;
            while let (Some(&p), Some(&begin)) = (self.apex.last(), self.from.last()) {
                let (pf, qf) = (p as f32, q as f32);
                start = ((f[q] - f[p]) / h2 + qf * qf - pf * pf) / (2.0 * (qf - pf));
                if start > begin {
                    break;
                }
                self.apex.pop();
                self.from.pop();
                start = f32::NEG_INFINITY;
            }
            self.apex.push(q);
            self.from.push(start);
        }
        let mut n = 0;
        for (p, out) in line.iter_mut().enumerate() {
            while n + 1 < self.apex.len() && self.from[n + 1] < p as f32 {
                n += 1;
            }
            let q = self.apex[n];
            *out = ((p as f32 - q as f32) * h).powi(2) + f[q];
        }
    }
}
