//! Kurtosis of the samples around a voxel, of several voxels side by side, with sums paired as NumPy pairs them.
//!
//! Rounding matters here: kurtosis is near 0 for many voxels, and 0 is the edge of a gray level.

use super::Real;

/// Voxels side by side.
pub const COLUMNS: usize = 8;

type Several<T> = [T; COLUMNS];

/// Up to this many terms NumPy sums in eight strands; more it halves.
const BLOCK: usize = 128;
const STRANDS: usize = 8;

/// Fisher's kurtosis of `count` samples, a number that is `n` too: the fourth central moment by the square of the second, minus 3; NaN when all samples are equal but for
/// rounding, as SciPy has it.
#[inline(always)]
pub fn kurtosis<T: Real>(count: usize, n: T, sample: impl Fn(usize) -> Several<T> + Copy) -> Several<T> {
    let mean = sum(0, count, sample).map(|sum| sum / n);
    let square = |vertex: usize| -> Several<T> {
        let mut square = sample(vertex);
        for i in 0..COLUMNS {
            let from_mean = square[i] - mean[i];
            square[i] = from_mean * from_mean;
        }
        square
    };
    let fourth_power = |vertex: usize| -> Several<T> {
        let mut power = square(vertex);
        for value in &mut power {
            *value = *value * *value;
        }
        power
    };
    let second = sum(0, count, square).map(|sum| sum / n);
    let fourth = sum(0, count, fourth_power).map(|sum| sum / n);
    let mut kurtosis = [T::nan(); COLUMNS];
    for i in 0..COLUMNS {
        let nothing = T::epsilon() * mean[i];
        if second[i] > nothing * nothing {
            kurtosis[i] = fourth[i] / (second[i] * second[i]) - T::rounded(3.0);
        }
    }
    kurtosis
}

/// Sum of `count` terms from `first` on.
#[inline(always)]
fn sum<T: Real>(first: usize, count: usize, term: impl Fn(usize) -> Several<T> + Copy) -> Several<T> {
    if count <= BLOCK {
        return block(first, count, term);
    }
    let mut parts = vec![(first, count)];
    let mut sums: Vec<(usize, Several<T>)> = Vec::new();
    while let Some((first, count)) = parts.pop() {
        if count > BLOCK {
            let half = count / 2 - count / 2 % STRANDS;
            parts.push((first + half, count - half));
            parts.push((first, half));
        } else {
            sums.push((first, block(first, count, term)));
        }
    }
    sums.into_iter().map(|(_, sum)| sum).reduce(added).unwrap_or([T::zero(); COLUMNS])
}

#[inline(always)]
fn block<T: Real>(first: usize, count: usize, term: impl Fn(usize) -> Several<T>) -> Several<T> {
    let mut done = 0;
    let mut sum = [T::zero(); COLUMNS];
    if count >= STRANDS {
        let mut strands = [[T::zero(); COLUMNS]; STRANDS];
        for (strand, sum) in strands.iter_mut().enumerate() {
            *sum = term(first + strand);
        }
        done = STRANDS;
        while done + STRANDS <= count {
            for (strand, sum) in strands.iter_mut().enumerate() {
                *sum = added(*sum, term(first + done + strand));
            }
            done += STRANDS;
        }
        let [a, b, c, d, e, f, g, h] = strands;
        sum = added(added(added(a, b), added(c, d)), added(added(e, f), added(g, h)));
    }
    for i in done..count {
        sum = added(sum, term(first + i));
    }
    sum
}

#[inline(always)]
fn added<T: Real>(mut a: Several<T>, b: Several<T>) -> Several<T> {
    for i in 0..COLUMNS {
        a[i] = a[i] + b[i];
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_equal_halves_have_the_least_kurtosis() {
        let found = kurtosis(42, 42.0, |vertex| [f64::from(vertex as u8 % 2); COLUMNS]);
        assert!((found[0] + 2.0).abs() < 1e-12);
    }

    #[test]
    fn equal_samples_have_none() {
        assert!(kurtosis(42, 42.0f32, |_| [17.25; COLUMNS])[0].is_nan());
    }
}
