//! Round numbers for an axis, as R's `pretty` chooses them (R Core Team, `?pretty`): steps of 1, 2 or 5 times a power of ten
//! that cover the range in about `n` intervals, with R's bias towards larger steps.

/// R's `high.u.bias` and `u5.bias`.
const BIAS: (f64, f64) = (1.5, 0.5 + 1.5 * 1.5);
const ROUNDING: f64 = 1e-10;

/// Ticks that cover `low` to `high` in about `n` intervals; empty unless both are finite and in order.
pub fn pretty(low: f64, high: f64, n: usize) -> Vec<f64> {
    if !(low.is_finite() && high.is_finite() && low <= high) {
        return Vec::new();
    }
    let n = n.clamp(1, 1000);
    let unit = step(low, high, n);
    let mut first = (low / unit + ROUNDING).floor();
    let mut last = (high / unit - ROUNDING).ceil();
    let lacking = (n as f64 / 3.0).floor() - (last - first);
    if lacking > 0.0 {
        let half = (lacking / 2.0).floor();
        if first >= 0.0 {
            (first, last) = (first - half - lacking % 2.0, last + half);
        } else {
            (first, last) = (first - half, last + half + lacking % 2.0);
        }
    }
    let count = (last - first).clamp(0.0, 4000.0) as usize;
    (0..=count).map(|i| (first + i as f64) * unit).collect()
}

fn step(low: f64, high: f64, n: usize) -> f64 {
    let range = high - low;
    let largest = low.abs().max(high.abs());
    let mut cell = if largest == 0.0 { 1.0 } else { largest };
    let factor = 1.0 + 1.0 / (1.0 + BIAS.0);
    if range < cell * factor * n as f64 * f64::EPSILON * 3.0 || largest == 0.0 {
        // A range that is no more than rounding: a step from the size of its numbers.
        cell = if cell > 10.0 { 9.0 + cell / 10.0 } else { cell } * 0.75;
        if n >= 6 {
            cell /= (n / 3) as f64;
        }
    } else {
        cell = range / n as f64;
    }
    let base = 10f64.powf(cell.max(f64::MIN_POSITIVE * 20.0).log10().floor());
    let mut unit = base;
    for (multiple, bias) in [(2.0, BIAS.0), (5.0, BIAS.1), (10.0, BIAS.0)] {
        if multiple * base - cell >= bias * (cell - unit) {
            break;
        }
        unit = multiple * base;
    }
    unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover_the_range() {
        assert_eq!(pretty(0.0, 100.0, 10), (0..=10).map(|i| f64::from(i) * 10.0).collect::<Vec<_>>());
        assert_eq!(pretty(-4.7, 4.9, 10).first(), Some(&-5.0));
        assert!(pretty(f64::NAN, 1.0, 5).is_empty());
        assert!(!pretty(7.0, 7.0, 10).is_empty());
    }
}
