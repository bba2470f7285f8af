//! Recursive Gaussian along a line: ITK's fourth-order approximation (Deriche 1993, INRIA RR-1893, with the scaling of
//! Farneback and Westin 2006), one pass forward and one back.

/// Lines that are filtered side by side.
pub(super) const LANES: usize = 8;

/// One voxel of each of several lines.
pub(super) type Lane = [f64; LANES];

/// Which derivative of the Gaussian a line is convolved with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Derivative {
    /// The Gaussian itself: weights that sum to 1.
    None,
    /// The second derivative, times sigma squared.
    Second,
}

/// Coefficients of the recursion, for the voxel itself or its neighbour first.
#[derive(Debug, Clone)]
pub(super) struct Recursion {
    /// Of values, forward: this voxel and the three before.
    forward: [f64; 4],
    /// Of values, backward: the four voxels behind.
    backward: [f64; 4],
    /// Of the four results before.
    feedback: [f64; 4],
    /// Of the border's value in place of results beyond the border, forward.
    border_forward: [f64; 4],
    /// The same, backward.
    border_backward: [f64; 4],
}

/// Deriche's fit of two damped oscillations: frequencies and decays.
const W: [f64; 2] = [0.6681, 2.0787];
const L: [f64; 2] = [-1.3932, -1.3732];
/// Amplitudes of cosine and sine for the Gaussian and for its second derivative.
const GAUSSIAN: Amplitudes = Amplitudes { a: [1.3530, -0.3531], b: [1.8151, 0.0902] };
const SECOND: Amplitudes = Amplitudes { a: [-1.3563, 0.3446], b: [5.2318, -2.2355] };

#[derive(Clone, Copy)]
struct Amplitudes {
    a: [f64; 2],
    b: [f64; 2],
}

/// The oscillations at one width in voxels.
struct Waves {
    sin: [f64; 2],
    cos: [f64; 2],
    exp: [f64; 2],
}

/// A polynomial's coefficients with its sum, and the sums weighted by the power and by its square.
struct Moments {
    sum: f64,
    first: f64,
    second: f64,
}

impl Recursion {
    /// The recursion for a width and a spacing in mm.
    pub fn gaussian(sigma_mm: f64, spacing_mm: f64, derivative: Derivative) -> Self {
        let waves = Waves::at(sigma_mm / spacing_mm);
        let feedback = waves.feedback();
        let d = {
            let [d1, d2, d3, d4] = feedback;
            Moments {
                sum: 1.0 + d1 + d2 + d3 + d4,
                first: d1 + 2.0 * d2 + 3.0 * d3 + 4.0 * d4,
                second: d1 + 4.0 * d2 + 9.0 * d3 + 16.0 * d4,
            }
        };
        let gaussian = waves.forward(GAUSSIAN);
        let forward = match derivative {
            Derivative::None => {
                let alpha = 2.0 * moments(&gaussian).sum / d.sum - gaussian[0];
                gaussian.map(|n| n * (1.0 / alpha))
            }
            Derivative::Second => second_derivative(&waves, gaussian, &d, sigma_mm * sigma_mm),
        };
        Self::with(forward, feedback)
    }

    fn with(forward: [f64; 4], feedback: [f64; 4]) -> Self {
        let [n0, n1, n2, n3] = forward;
        let [d1, d2, d3, d4] = feedback;
        let backward = [n1 - d1 * n0, n2 - d2 * n0, n3 - d3 * n0, -d4 * n0];
        let sum_forward = n0 + n1 + n2 + n3;
        let sum_backward = backward[0] + backward[1] + backward[2] + backward[3];
        let sum_feedback = 1.0 + d1 + d2 + d3 + d4;
        Self {
            forward,
            backward,
            feedback,
            border_forward: feedback.map(|d| d * sum_forward / sum_feedback),
            border_backward: feedback.map(|d| d * sum_backward / sum_feedback),
        }
    }

    /// Filters lines of at least four voxels; beyond their ends the last voxel goes on.
    #[inline(always)]
    pub fn filter(&self, values: &[Lane], filtered: &mut [Lane]) {
        self.pass_forward(values, filtered);
        self.pass_backward(values, filtered);
    }

    #[inline(always)]
    fn pass_forward(&self, values: &[Lane], filtered: &mut [Lane]) {
        let border = values[0];
        for i in 0..4 {
            let value = |back: usize| if i >= back { &values[i - back] } else { &border };
            let mut result = weighted(self.forward, [value(0), value(1), value(2), value(3)]);
            let mut weights = self.border_forward;
            weights[..i].copy_from_slice(&self.feedback[..i]);
            let before = |back: usize| if i >= back { &filtered[i - back] } else { &border };
            subtract(&mut result, weighted(weights, [before(1), before(2), before(3), before(4)]));
            filtered[i] = result;
        }
        for i in 4..values.len() {
            let [a, b, c, d] = [&values[i], &values[i - 1], &values[i - 2], &values[i - 3]];
            let mut result = weighted(self.forward, [a, b, c, d]);
            let before = [&filtered[i - 1], &filtered[i - 2], &filtered[i - 3], &filtered[i - 4]];
            subtract(&mut result, weighted(self.feedback, before));
            filtered[i] = result;
        }
    }

    /// Adds what the voxels behind contribute.
    #[inline(always)]
    fn pass_backward(&self, values: &[Lane], filtered: &mut [Lane]) {
        let last = values.len() - 1;
        let border = values[last];
        // Results of the four voxels behind, the nearest first.
        let mut behind = [border; 4];
        for i in 0..4 {
            let value = |ahead: usize| if i >= ahead { &values[last + ahead - i] } else { &border };
            let mut result = weighted(self.backward, [value(1), value(2), value(3), value(4)]);
            let mut weights = self.border_backward;
            weights[..i].copy_from_slice(&self.feedback[..i]);
            subtract(&mut result, weighted(weights, [&behind[0], &behind[1], &behind[2], &behind[3]]));
            add(&mut filtered[last - i], &result);
            behind = [result, behind[0], behind[1], behind[2]];
        }
        for i in (0..values.len() - 4).rev() {
            let [a, b, c, d] = [&values[i + 1], &values[i + 2], &values[i + 3], &values[i + 4]];
            let mut result = weighted(self.backward, [a, b, c, d]);
            subtract(&mut result, weighted(self.feedback, [&behind[0], &behind[1], &behind[2], &behind[3]]));
            add(&mut filtered[i], &result);
            behind = [result, behind[0], behind[1], behind[2]];
        }
    }
}

impl Waves {
    fn at(sigma: f64) -> Self {
        Self { sin: W.map(|w| (w / sigma).sin()), cos: W.map(|w| (w / sigma).cos()), exp: L.map(|l| (l / sigma).exp()) }
    }

    fn feedback(&self) -> [f64; 4] {
        let ([cos1, cos2], [exp1, exp2]) = (self.cos, self.exp);
        let d4 = exp1 * exp1 * exp2 * exp2;
        let d3 = -2.0 * cos1 * exp1 * exp2 * exp2 + -2.0 * cos2 * exp2 * exp1 * exp1;
        let d2 = 4.0 * cos2 * cos1 * exp1 * exp2 + (exp1 * exp1 + exp2 * exp2);
        let d1 = -2.0 * (exp2 * cos2 + exp1 * cos1);
        [d1, d2, d3, d4]
    }

    fn forward(&self, Amplitudes { a: [a1, a2], b: [b1, b2] }: Amplitudes) -> [f64; 4] {
        let ([sin1, sin2], [cos1, cos2], [exp1, exp2]) = (self.sin, self.cos, self.exp);
        let n0 = a1 + a2;
        let n1 = exp2 * (b2 * sin2 - (a2 + 2.0 * a1) * cos2) + exp1 * (b1 * sin1 - (a1 + 2.0 * a2) * cos1);
        let n2 = ((a1 + a2) * cos2 * cos1 - (b1 * cos2 * sin1 + b2 * cos1 * sin2)) * (2.0 * exp1 * exp2)
            + (a2 * exp1 * exp1 + a1 * exp2 * exp2);
        let n3 = exp2 * exp1 * exp1 * (b2 * sin2 - a2 * cos2) + exp1 * exp2 * exp2 * (b1 * sin1 - a1 * cos1);
        [n0, n1, n2, n3]
    }
}

/// The second derivative's coefficients: the fit, made to answer 0 to a constant, and scaled to answer `scale` times 2 to a
/// parabola.
fn second_derivative(waves: &Waves, gaussian: [f64; 4], d: &Moments, scale: f64) -> [f64; 4] {
    let second = waves.forward(SECOND);
    let (of_gaussian, of_second) = (moments(&gaussian), moments(&second));
    let beta = -(2.0 * of_second.sum - d.sum * second[0]) / (2.0 * of_gaussian.sum - d.sum * gaussian[0]);
    let n: [f64; 4] = std::array::from_fn(|i| second[i] + beta * gaussian[i]);
    let sum = of_second.sum + beta * of_gaussian.sum;
    let first = of_second.first + beta * of_gaussian.first;
    let weighted = of_second.second + beta * of_gaussian.second;
    let alpha = weighted * d.sum * d.sum - d.second * sum * d.sum - 2.0 * first * d.first * d.sum
        + 2.0 * d.first * d.first * sum;
    let alpha = alpha / (d.sum * d.sum * d.sum);
    n.map(|n| n * (scale / alpha))
}

fn moments(&[n0, n1, n2, n3]: &[f64; 4]) -> Moments {
    Moments { sum: n0 + n1 + n2 + n3, first: n1 + 2.0 * n2 + 3.0 * n3, second: n1 + 4.0 * n2 + 9.0 * n3 }
}

#[inline(always)]
fn weighted(weights: [f64; 4], [a, b, c, d]: [&Lane; 4]) -> Lane {
    std::array::from_fn(|i| a[i] * weights[0] + b[i] * weights[1] + c[i] * weights[2] + d[i] * weights[3])
}

#[inline(always)]
fn add(sum: &mut Lane, term: &Lane) {
    (0..LANES).for_each(|i| sum[i] += term[i]);
}

#[inline(always)]
fn subtract(from: &mut Lane, term: Lane) {
    (0..LANES).for_each(|i| from[i] -= term[i]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(derivative: Derivative, value: impl Fn(usize) -> f64) -> Vec<f64> {
        let values: Vec<Lane> = (0..200).map(|i| [value(i); LANES]).collect();
        let mut filtered = vec![Lane::default(); values.len()];
        Recursion::gaussian(4.0, 1.0, derivative).filter(&values, &mut filtered);
        filtered.iter().map(|lane| lane[0]).collect()
    }

    #[test]
    fn smoothing_leaves_a_constant() {
        assert!(filtered(Derivative::None, |_| 40.0).iter().all(|value| (value - 40.0).abs() < 1e-9));
    }

    #[test]
    fn the_second_derivative_of_a_constant_is_0_and_of_a_parabola_2() {
        assert!(filtered(Derivative::Second, |_| 40.0).iter().all(|value| value.abs() < 1e-9));
        let parabola = filtered(Derivative::Second, |i| (i as f64 - 100.0).powi(2));
        // Scaled by sigma squared.
        assert!((parabola[100] - 2.0 * 16.0).abs() < 1e-6, "{}", parabola[100]);
    }
}
