//! Random fields that depend on seed and place alone, so that any number of threads draws the same abdomen.
//!
//! SplitMix64's output function hashes seed and lattice index;
//! value noise interpolates the hashes with Perlin's quintic fade (Perlin, SIGGRAPH 2002, doi 10.1145/566654.566636).
//! It deliberately is no cryptographic generator.

use crate::base::mix;

/// 64 random bits of one lattice point.
pub(super) fn hash(seed: u64, [x, y, z]: [i64; 3]) -> u64 {
    let x = (x as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let y = (y as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    let z = (z as u64).wrapping_mul(0x1656_67b1_9e37_79f9);
    mix(seed ^ x ^ y.rotate_left(21) ^ z.rotate_left(42))
}

/// Smooth noise with one random value, -1 to 1, at each point of a lattice. It remembers the lattice cell that it was asked for
/// last, since neighbours are asked for one after another.
#[derive(Debug, Clone)]
pub(super) struct Noise {
    seed: u64,
    per_mm: f64,
    cell: [i64; 3],
    /// Values at the cell's corners; x changes fastest.
    corners: [f64; 8],
}

impl Noise {
    /// Noise with `scale_mm` between independent values.
    pub(super) fn new(seed: u64, scale_mm: f64) -> Self {
        // No point lies in this cell.
        Self { seed, per_mm: 1.0 / scale_mm, cell: [i64::MAX; 3], corners: [0.0; 8] }
    }

    /// The noise at a point in mm.
    pub(super) fn at(&mut self, point: [f64; 3]) -> f64 {
        let scaled = point.map(|x| x * self.per_mm);
        let cell = scaled.map(|x| x as i64 - i64::from(x < 0.0));
        if cell != self.cell {
            self.cell = cell;
            self.corners = self.values(cell);
        }
        let fade = |t: f64| t * t * t * (t * (t * 6.0 - 15.0) + 10.0);
        let [u, v, w]: [f64; 3] = std::array::from_fn(|axis| fade(scaled[axis] - cell[axis] as f64));
        let c = &self.corners;
        let row = |n: usize| c[n] + u * (c[n + 1] - c[n]);
        let plane = |n: usize| {
            let near = row(n);
            near + v * (row(n + 2) - near)
        };
        let low = plane(0);
        low + w * (plane(4) - low)
    }

    fn values(&self, [i, j, k]: [i64; 3]) -> [f64; 8] {
        std::array::from_fn(|n| {
            let n = n as i64;
            let bits = hash(self.seed, [i + (n & 1), j + (n >> 1 & 1), k + (n >> 2)]);
            (bits >> 40) as f64 / (1u64 << 23) as f64 - 1.0
        })
    }
}

/// Noise of one scale at one point: `scale_mm` between independent values.
pub(super) fn noise_mm(seed: u64, point: [f64; 3], scale_mm: f64) -> f64 {
    Noise::new(seed, scale_mm).at(point)
}

/// A nearly normal number of mean 0 and variance 1 from 64 random bits: the sum of four 16-bit uniforms (Irwin-Hall).
pub(super) fn nearly_normal(bits: u64) -> f32 {
    let sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
    // Four uniforms on 0..65535: mean 2 x 65535, variance 65536^2 / 3.
    (sum as f32 - 131_070.0) * (1.732_050_8 / 65_536.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_normal_enough_and_differ_by_place() {
        let values: Vec<f64> = (0..20_000).map(|i| f64::from(nearly_normal(hash(7, [i % 100, i / 100, 3])))).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
        // Four standard errors of mean and variance at n = 20000.
        assert!(mean.abs() < 4.0 / 20_000f64.sqrt(), "{mean}");
        assert!((variance - 1.0).abs() < 4.0 * (2.0 / 20_000f64).sqrt(), "{variance}");
        assert_ne!(hash(7, [1, 2, 3]), hash(7, [2, 1, 3]));
    }

    #[test]
    fn noise_is_continuous_across_lattice_points() {
        for x in [-3.0, 0.0, 2.0] {
            let (below, above) = (noise_mm(1, [x - 1e-9, 0.3, 0.4], 1.0), noise_mm(1, [x, 0.3, 0.4], 1.0));
            assert!((below - above).abs() < 1e-6);
        }
    }
}
