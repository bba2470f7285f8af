//! Power of a binary pattern on the sphere, level by level of spherical harmonics.
//!
//! A pattern f has at level n the part g(u) = sum over m of c_m Y_nm(u), with c_m the sum of f(v) Y_nm(v) over the vertices v,
//! and the power is the root of the sum of g(u)^2 over the vertices u. PyRadiomics takes the polar angle for the azimuth and
//! the azimuth for the polar angle, and does not conjugate; so does this.
//!
//! Patterns that are one another's mirror image have one power, up to rounding, and a voxel whose power is a percentile of
//! the VOI's counts by its last bit. Hence sums run in NumPy's order, and harmonics are computed in SciPy's steps.

use super::moments::COLUMNS;

/// Harmonics at the vertices of a sphere.
pub struct Harmonics {
    vertices: usize,
    levels: Vec<Level>,
    /// Power of level 0 by the number of samples that are at least the centre.
    power_by_count: Vec<f64>,
}

/// One level from 1 on: its harmonics of each order m from -n to n.
struct Level {
    orders: Vec<Order>,
}

/// One harmonic: real and imaginary part at each vertex.
struct Order {
    at: Vec<[f64; 2]>,
}

/// The harmonic of level 0: 1 / sqrt(4 pi).
const Y00: f64 = 0.282_094_791_773_878_14;
/// The most levels that are asked for.
pub const MOST_LEVELS: usize = 8;
/// Orders of the highest level.
const MOST_ORDERS: usize = 2 * MOST_LEVELS - 1;
/// Vertices of the finest sphere that is asked for, an icosahedron divided three times.
const MOST_VERTICES: usize = 642;

type Several = [f64; COLUMNS];

impl Harmonics {
    /// Levels 0 to `levels` - 1 at these vertices.
    pub fn on(sphere: &[[f64; 3]], radius: f64, levels: u8) -> Self {
        Self {
            vertices: sphere.len(),
            levels: (1..i32::from(levels)).map(|n| Level::new(sphere, radius, n)).collect(),
            power_by_count: (0..=sphere.len()).map(|count| constant_power(count, sphere.len())).collect(),
        }
    }

    /// Number of vertices.
    pub fn vertices(&self) -> usize {
        self.vertices
    }

    /// Number of levels, that of the constant included.
    pub fn levels(&self) -> usize {
        self.levels.len() + 1
    }

    /// The power at each level of the patterns that samples at the vertices around several voxels make.
    #[inline(always)]
    pub fn powers(&self, centre: &Several, samples: &[Several], powers: &mut [Several]) {
        // 1 for a sample that is at least the centre, else 0.
        let mut pattern = [[0.0; COLUMNS]; MOST_VERTICES];
        let pattern = &mut pattern[..self.vertices];
        let mut counts = [0.0; COLUMNS];
        for (bits, sample) in pattern.iter_mut().zip(samples) {
            for i in 0..COLUMNS {
                bits[i] = if sample[i] >= centre[i] { 1.0 } else { 0.0 };
                counts[i] += bits[i];
            }
        }
        powers[0] = counts.map(|count| self.power_by_count[count as usize]);
        for (level, power) in self.levels.iter().zip(&mut powers[1..]) {
            *power = level.power(pattern);
        }
    }
}

impl Level {
    fn new(sphere: &[[f64; 3]], radius: f64, n: i32) -> Self {
        let order = |m| Order { at: sphere.iter().map(|&vertex| harmonic(n, m, vertex, radius)).collect() };
        Self { orders: (-n..=n).map(order).collect() }
    }

    #[inline(always)]
    fn power(&self, pattern: &[Several]) -> Several {
        let mut parts = [[[0.0; COLUMNS]; 2]; MOST_ORDERS];
        let parts = &mut parts[..self.orders.len()];
        for (order, [real, imaginary]) in self.orders.iter().zip(&mut *parts) {
            for (bits, [re, im]) in pattern.iter().zip(&order.at) {
                for i in 0..COLUMNS {
                    real[i] += bits[i] * re;
                    imaginary[i] += bits[i] * im;
                }
            }
        }
        let mut square = [0.0; COLUMNS];
        for vertex in 0..pattern.len() {
            let [re, im] = self.sum_over_orders(parts, vertex);
            for i in 0..COLUMNS {
                square[i] += re[i].mul_add(re[i], -(im[i] * im[i]));
            }
        }
        // The root of a complex number whose imaginary part is rounding; where its real part is no more than that, it is 0.
        square.map(|square| square.max(0.0).sqrt())
    }

    /// The pattern's part at this level at one vertex. NumPy sums the orders one after the other, since PyRadiomics' choice of a
    /// level's columns leaves them farthest apart in memory.
    #[inline(always)]
    fn sum_over_orders(&self, parts: &[[Several; 2]], vertex: usize) -> [Several; 2] {
        let mut sum = [[0.0; COLUMNS]; 2];
        for (part, order) in parts.iter().zip(&self.orders) {
            sum = added(sum, product(part, order.at[vertex]));
        }
        sum
    }
}

/// The complex product with one number, one product of each part fused as in NumPy.
#[inline(always)]
fn product([real, imaginary]: &[Several; 2], [re, im]: [f64; 2]) -> [Several; 2] {
    // Loops and not closures: those are not compiled for the widest vectors, and a fused product is then a call.
    let mut product = [[0.0; COLUMNS]; 2];
    for i in 0..COLUMNS {
        product[0][i] = real[i].mul_add(re, -(imaginary[i] * im));
        product[1][i] = real[i].mul_add(im, imaginary[i] * re);
    }
    product
}

#[inline(always)]
fn added(mut a: [Several; 2], b: [Several; 2]) -> [Several; 2] {
    for part in 0..2 {
        for i in 0..COLUMNS {
            a[part][i] += b[part][i];
        }
    }
    a
}

/// The power at level 0 of so many samples, rounded step by step as NumPy's sums are.
fn constant_power(count: usize, vertices: usize) -> f64 {
    let c: f64 = (0..count).fold(0.0, |sum, _| sum + Y00);
    let part = c * Y00;
    (0..vertices).fold(0.0, |sum, _| sum + part * part).sqrt()
}

/// Y of degree n and order m at a vertex: real and imaginary part.
fn harmonic(n: i32, m: i32, [x, y, z]: [f64; 3], radius: f64) -> [f64; 2] {
    let azimuth = arc_cosine(z / radius);
    let polar = y.atan2(x);
    let mut value = legendre(n, m.abs(), polar.cos());
    if m < 0 {
        value *= sign(m) * rising(n - m + 1, 2 * m);
    }
    value *= (f64::from(2 * n + 1) * rising(n + m + 1, -2 * m) / (4.0 * std::f64::consts::PI)).sqrt();
    let angle = f64::from(m) * azimuth;
    [value * angle.cos(), value * angle.sin()]
}

/// Heights on the default sphere whose arc cosine NumPy 2 rounds the other way on processors with AVX-512, where it uses
/// Intel's vector functions. On other processors PyRadiomics' own last digits differ.
const OTHER_WAY: [(f64, Towards); 3] =
    [(0.5, Towards::Zero), (-0.5257311121191336, Towards::Infinity), (-0.85065080835204, Towards::Infinity)];

enum Towards {
    Zero,
    Infinity,
}

fn arc_cosine(cosine: f64) -> f64 {
    let angle = cosine.acos();
    match OTHER_WAY.iter().find(|(known, _)| *known == cosine) {
        Some((_, Towards::Zero)) => angle.next_down(),
        Some((_, Towards::Infinity)) => angle.next_up(),
        None => angle,
    }
}

/// -1 to the power of m.
fn sign(m: i32) -> f64 {
    if m % 2 == 0 { 1.0 } else { -1.0 }
}

/// The rising factorial a (a + 1) ... of `m` factors; of a negative number of factors its inverse.
fn rising(a: i32, m: i32) -> f64 {
    let product = (0..m).rev().fold(1.0, |product, k| product * f64::from(a + k));
    (m..0).fold(product, |quotient, k| quotient / f64::from(a + k))
}

/// The associated Legendre function of degree n and order m: its series up to degree 2, above by recurrence over degrees
/// (DLMF 14.7.17 and 14.10.3).
fn legendre(n: i32, m: i32, x: f64) -> f64 {
    if n <= 2 || n <= m {
        return legendre_series(n, m, x);
    }
    let (mut last, mut value) = (legendre_series(m, m, x), legendre_series(m + 1, m, x));
    for j in m + 2..=n {
        let [j, m] = [j, m].map(f64::from);
        let next = ((2.0 * j - 1.0) * x * value - (j - 1.0 + m) * last) / (j - m);
        (last, value) = (value, next);
    }
    value
}

fn legendre_series(n: i32, m: i32, x: f64) -> f64 {
    let mut scale = 1.0;
    if m != 0 {
        let factors = (1..m).fold(f64::from(n * (n + m)), |product, j| product * f64::from(n * n - j * j));
        let root = (1.0 - x * x).sqrt();
        scale = (1..=m).fold(1.0, |power, j| 0.5 * power * root / f64::from(j)) * factors;
    }
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..=n - m {
        term = 0.5 * term * (f64::from(m - n + k) - 1.0) * f64::from(n + m + k) / f64::from(k * (k + m)) * (1.0 + x);
        sum += term;
    }
    sign(n) * scale * sum
}

#[cfg(test)]
mod tests {
    use super::super::sphere::icosphere;
    use super::*;

    /// SciPy 1.14.1: sph_harm(m, 2, 0.3, 0.2).
    #[test]
    fn functions_are_scipys() {
        let expected = [
            (-2, [0.012583108691345034, -0.008608567819113401]),
            (-1, [0.14370387320873296, -0.04445281719276626]),
            (0, [0.5934380855136777, 0.0]),
            (1, [-0.14370387320873296, -0.04445281719276626]),
        ];
        // The point whose z has 0.3 for its angle, and whose x and y have 0.2.
        let vertex = [0.3f64.sin() * 0.2f64.cos(), 0.3f64.sin() * 0.2f64.sin(), 0.3f64.cos()];
        for (m, expected) in expected {
            let found = harmonic(2, m, vertex, 1.0);
            assert!((0..2).all(|part| (found[part] - expected[part]).abs() < 1e-14), "{m}: {found:?}");
        }
    }

    /// SciPy 1.14.1: sph_harm(m, n, theta, phi) at vertices of the sphere of 42.
    #[test]
    fn functions_of_higher_degree_are_scipys_bit_for_bit() {
        let equator = [-0.5257311121191336, 0.85065080835204, 0.0];
        assert_eq!(harmonic(3, -3, equator, 1.0)[1], 0.2568165786623862);
        assert_eq!(harmonic(3, 3, equator, 1.0)[1], 0.25681657866238616);
        assert_eq!(
            harmonic(4, -3, [0.5000000000000001, -0.30901699437494745, -0.8090169943749475], 1.0),
            [0.04780959591345959, -0.1471428062618557]
        );
    }

    #[test]
    fn a_pattern_of_all_has_power_at_level_0_alone() {
        let harmonics = Harmonics::on(&icosphere(1, 1.0), 1.0, 1);
        let mut powers = [[0.0; COLUMNS]; 1];
        harmonics.powers(&[0.0; COLUMNS], &[[1.0; COLUMNS]; 42], &mut powers);
        assert!((powers[0][0] - 42f64.sqrt() * 42.0 * Y00 * Y00).abs() < 1e-12);
    }

    #[test]
    fn power_is_linear_in_the_pattern() {
        let sphere = icosphere(1, 1.0);
        let level = Level::new(&sphere, 1.0, 1);
        let pattern = |scale: f64| -> Vec<Several> { (0..42).map(|v| [scale * f64::from(v % 3); COLUMNS]).collect() };
        let (once, twice) = (level.power(&pattern(1.0))[0], level.power(&pattern(2.0))[0]);
        assert!((twice - 2.0 * once).abs() < 1e-12 * twice && once > 0.0);
    }
}
