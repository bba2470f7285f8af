//! Numbers as figures print them: a true minus sign, no more digits than are read, and a dash for what could not be computed.

/// What stands for a value that is absent or not finite.
const ABSENT: &str = "–";

/// A number with so many decimals.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return ABSENT.to_owned();
    }
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        // What rounds to nothing has no sign.
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

/// The same, or a dash where there is none.
pub(crate) fn optional(value: Option<f64>, decimals: usize) -> String {
    fixed(value.unwrap_or(f64::NAN), decimals)
}

/// A number whose sign is always said, but for zero.
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    let is_zero = text.chars().all(|c| matches!(c, '0' | '.'));
    if value > 0.0 && value.is_finite() && !is_zero { format!("+{text}") } else { text }
}

/// A part as per cent.
pub(crate) fn percent(part: f64, decimals: usize) -> String {
    if part.is_finite() { format!("{} %", fixed(100.0 * part, decimals)) } else { ABSENT.to_owned() }
}

/// An interval, with a word between its ends where a dash would stand beside a minus sign.
pub(crate) fn interval([low, high]: [f64; 2], decimals: usize) -> String {
    let between = if low < 0.0 || high < 0.0 { " to " } else { "–" };
    format!("{}{between}{}", fixed(low, decimals), fixed(high, decimals))
}

/// A p-value with its sign of equality: three decimals, and no smaller than p < 0.001. It is not broken over lines.
pub(crate) fn p_value(p: f64) -> String {
    match p {
        p if !p.is_finite() => ABSENT.to_owned(),
        p if p < 0.001 => "p\u{a0}<\u{a0}0.001".to_owned(),
        p if p > 0.999 => "p\u{a0}>\u{a0}0.999".to_owned(),
        p => format!("p\u{a0}=\u{a0}{p:.3}"),
    }
}

/// The numbers of an axis' ticks, all with the decimals that their step needs.
pub(crate) fn tick_labels(ticks: &[f64]) -> Vec<String> {
    let step = ticks.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(f64::INFINITY, f64::min);
    let largest = ticks.iter().fold(0.0, |largest: f64, tick| largest.max(tick.abs()));
    let plain = |decimals: usize| ticks.iter().map(|tick| fixed(*tick, decimals)).collect();
    if !step.is_finite() || step <= 0.0 {
        return plain(2);
    }
    let decimals = (-(step.log10() + 1e-9).floor()).max(0.0);
    if decimals <= 4.0 && largest < 1e6 {
        return plain(decimals as usize);
    }
    let digits = (largest / step).log10().ceil().clamp(0.0, 6.0) as usize;
    let label =
        |tick: &f64| if *tick == 0.0 { "0".to_owned() } else { format!("{tick:.digits$e}").replace('-', "−") };
    ticks.iter().map(label).collect()
}

/// Decimals with which the largest of some numbers has two digits that say something, and two at least.
pub(crate) fn decimals_for(values: impl IntoIterator<Item = f64>) -> usize {
    let largest = values.into_iter().filter(|value| value.is_finite()).fold(0.0, |most: f64, v| most.max(v.abs()));
    if largest > 0.0 { (1.0 - largest.log10().floor()).clamp(2.0, 6.0) as usize } else { 2 }
}

/// A number with four digits that say something, as a power of ten where it is very large or small.
pub(crate) fn significant(value: f64) -> String {
    match value.abs() {
        size if !size.is_finite() => ABSENT.to_owned(),
        0.0 => "0".to_owned(),
        size if (1e-3..1e6).contains(&size) => fixed(value, (3.0 - size.log10().floor()).clamp(0.0, 6.0) as usize),
        _ => format!("{value:.2e}").replace('-', "−"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_true_signs_and_no_negative_zero() {
        assert_eq!([fixed(-0.0004, 2), fixed(-1.5, 1), fixed(f64::NAN, 1)], ["0.00", "−1.5", "–"]);
        assert_eq!([signed(0.0004, 2), signed(0.4, 1), signed(-0.4, 1)], ["0.00", "+0.4", "−0.4"]);
        assert_eq!([interval([-0.1, 0.2], 1), interval([0.1, 0.2], 1)], ["−0.1 to 0.2", "0.1–0.2"]);
    }

    #[test]
    fn a_p_value_is_never_zero_nor_one() {
        assert_eq!(
            [0.0, 0.0123, 0.9999].map(|p| p_value(p).replace('\u{a0}', " ")),
            ["p < 0.001", "p = 0.012", "p > 0.999"]
        );
    }

    #[test]
    fn ticks_have_the_decimals_of_their_step() {
        assert_eq!(tick_labels(&[-0.05, 0.0, 0.05]), ["−0.05", "0.00", "0.05"]);
        assert_eq!(tick_labels(&[0.0, 200.0, 400.0]), ["0", "200", "400"]);
        assert_eq!(tick_labels(&[0.0, 2e-7, 4e-7]), ["0", "2.0e−7", "4.0e−7"]);
    }
}
