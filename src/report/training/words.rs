//! A run's numbers as a reader finds them in a paper: rounded, with their intervals, and settings as sentences.

use super::TrainingReport;
use super::origin::repeated;
use crate::cohort::Set;
use crate::figure::numbers::{fixed, interval, optional, p_value, percent, significant};
use crate::model::train::{LassoLambda, LassoMeasure, Measured, MrmrScheme, Pipeline, Trained};
use crate::model::{DataKind, InternalValidation, ModelKind};
use crate::stats::{HosmerLemeshow, Proportion};

/// What stands where there is nothing to say.
pub(super) const NONE: &str = "–";

/// An area under the curve with its interval.
pub(super) fn area(auc: f64, ci: Option<[f64; 2]>) -> String {
    with_interval(auc, ci, 3)
}

/// A number with its interval.
pub(super) fn with_interval(value: f64, ci: Option<[f64; 2]>, decimals: usize) -> String {
    let ci = ci.map(|ci| format!(" ({})", joined(&interval(ci, decimals)))).unwrap_or_default();
    format!("{}{ci}", fixed(value, decimals))
}

/// Text that is not broken over lines.
pub(super) fn joined(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// A part with its interval.
pub(super) fn rate(rate: Option<Proportion>) -> String {
    rate.map_or(NONE.to_owned(), |rate| with_interval(rate.value, Some(rate.ci), 3))
}

/// A p-value for a column that is named so: without its letter.
pub(super) fn p_cell(p: f64) -> String {
    let text = p_value(p).replace('\u{a0}', "");
    text.trim_start_matches('p').trim_start_matches('=').to_owned()
}

/// An odds ratio with its interval; one that no page has room for as a power of ten.
pub(super) fn odds_ratio((value, [low, high]): (f64, [f64; 2])) -> String {
    let number = |value: f64| if (0.01..1000.0).contains(&value) { fixed(value, 2) } else { significant(value) };
    format!("{} ({}–{})", number(value), number(low), number(high))
}

/// Patients and those with the event.
pub(super) fn counts(n: usize, events: usize) -> String {
    format!("{n} ({events})")
}

/// So many of a thing.
pub(super) fn counted(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

/// A ratio with two digits that say something.
pub(super) fn two_digits(value: f64) -> String {
    let decimals = if value > 0.0 { (1.0 - value.log10().floor()).clamp(0.0, 6.0) } else { 0.0 };
    fixed(value, decimals as usize)
}

/// A sentence's first letter; a name that has a dot or a line within it, as a file's, stays as it is.
pub(super) fn capital(text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default().trim_end_matches([',', '.', ':', ';']);
    if first.contains(['.', '_', '/']) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// Text with a full stop.
pub(super) fn ended(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// A sentence with a capital and a full stop.
pub(super) fn sentence(text: &str) -> String {
    ended(&capital(text))
}

/// Where a run's data come from.
pub(super) fn data_kind(data: DataKind) -> &'static str {
    match data {
        DataKind::Patients => "records of patients",
        DataKind::Simulated => "SIMULATED: no patient is in them",
        DataKind::PublishedCounts => "published counts",
    }
}

/// A part of all as per cent.
pub(super) fn share(part: usize, whole: usize) -> String {
    percent(part as f64 / whole.max(1) as f64, 1)
}

/// How the LASSO's cross-validation is measured.
pub(super) fn lasso_measure(measure: LassoMeasure) -> &'static str {
    match measure {
        LassoMeasure::Deviance => "binomial deviance",
        LassoMeasure::Auc => "area under the ROC curve",
        LassoMeasure::Class => "misclassified cases",
    }
}

/// Which λ the radscore takes.
pub(super) fn lasso_lambda(lambda: LassoLambda) -> &'static str {
    match lambda {
        LassoLambda::Min => "λ with the best mean",
        LassoLambda::OneSe => "largest λ within one standard error of the best",
    }
}

/// The folds' number, those that were given included.
pub(super) fn n_folds(report: &TrainingReport) -> usize {
    report.training.folds.iter().max().copied().unwrap_or(report.training.pipeline.folds)
}

/// Every setting of a run by name.
pub(super) fn settings(report: &TrainingReport) -> Vec<(&'static str, String)> {
    let Pipeline {
        icc_above,
        mrmr_features,
        mrmr_scheme,
        lasso_measure: measure,
        lasso_lambda: lambda,
        clinical_p_below,
        clinical_columns,
        bootstrap,
        nested_repetitions,
        nested_folds,
        seed,
        ..
    } = &report.training.pipeline;
    let folds = match report.cohort.folds {
        Some(_) => format!("{}, as the table gives them", counted(n_folds(report), "fold", "folds")),
        None => {
            format!("{}, drawn with about the same part of events in each", counted(n_folds(report), "fold", "folds"))
        }
    };
    let readers = match report.cohort.second {
        Some(_) => format!("ICC(2,1) > {icc_above} between two readers"),
        None => "no second reader: every feature is a candidate".to_owned(),
    };
    let scheme = match mrmr_scheme {
        MrmrScheme::Difference => "difference of relevance and redundancy",
        MrmrScheme::Quotient => "quotient of relevance and redundancy",
    };
    let clinical = match clinical_columns {
        Some(columns) => format!("as given: {}", columns.join(", ")),
        None => format!("p < {clinical_p_below} alone, then p < {clinical_p_below} together"),
    };
    let or_none = |n: usize, text: String| if n == 0 { "none".to_owned() } else { text };
    vec![
        ("Agreement of readers", readers),
        (
            "mRMR",
            format!("up to {} by Somers' D as in mRMRe, {scheme}", counted(*mrmr_features, "feature", "features")),
        ),
        ("LASSO", format!("logistic, {}; {}", lasso_measure(*measure), lasso_lambda(*lambda))),
        ("Folds of its cross-validation", folds),
        ("Clinical columns", clinical),
        (
            "Optimism",
            or_none(
                *bootstrap,
                format!("{}; {}", counted(*bootstrap, "bootstrap resample", "bootstrap resamples"), repeated(report)),
            ),
        ),
        (
            "Nested cross-validation",
            or_none(
                *nested_repetitions,
                format!("{} of {nested_folds} outer folds", counted(*nested_repetitions, "repetition", "repetitions")),
            ),
        ),
        ("Seed", seed.to_string()),
    ]
}

/// What was measured of a model on a set.
pub(super) fn measured(trained: &Trained, set: Set) -> Option<&Measured> {
    match set {
        Set::Training => Some(&trained.training),
        Set::Validation => trained.validation.as_ref(),
    }
}

/// Both sets.
pub(super) const SETS: [Set; 2] = [Set::Training, Set::Validation];

/// A set at the beginning of a line.
pub(super) fn set_title(set: Set) -> &'static str {
    match set {
        Set::Training => "Training",
        Set::Validation => "Validation",
    }
}

/// Optimism-corrected and nested area of a kind of model; a dash for what there is not.
pub(super) fn honest_areas(report: &TrainingReport, kind: ModelKind) -> [String; 2] {
    let internal = report.training.resampled.as_ref().and_then(|resampled| resampled.of(kind));
    let corrected = internal.as_ref().and_then(|of| Some(of.auc?[1]));
    [fixed(corrected.unwrap_or(f64::NAN), 3), nested_area(internal.as_ref())]
}

/// The nested area with its standard deviation over repetitions, where there were several.
pub(super) fn nested_area(internal: Option<&InternalValidation>) -> String {
    let Some((of, mean)) = internal.and_then(|of| Some((of, of.nested_auc?))) else { return NONE.to_owned() };
    let sd = of.nested_sd.map(|sd| format!(" (SD\u{a0}{})", fixed(sd, 3))).unwrap_or_default();
    format!("{}{sd}", fixed(mean, 3))
}

/// At which thresholds a model's net benefit is greater than that of treating everyone and of treating nobody, as ranges in
/// per cent; they are whole numbers.
pub(super) fn useful_thresholds(of: &Measured) -> Vec<[usize; 2]> {
    let better = |(model, all): (&f64, &f64)| *model > all.max(0.0);
    let mut ranges: Vec<[usize; 2]> = Vec::new();
    for (i, is_better) in of.net_benefit.iter().zip(&of.net_benefit_of_all).map(better).enumerate() {
        match ranges.last_mut() {
            _ if !is_better => {}
            Some([_, last]) if *last == i => *last = i + 1,
            _ => ranges.push([i + 1, i + 1]),
        }
    }
    ranges
}

/// The same in words.
pub(super) fn net_benefit_in_words(of: &Measured, model: &str, set: &str) -> String {
    let ranges = useful_thresholds(of);
    let range = |[from, to]: &[usize; 2]| if from == to { format!("{from} %") } else { format!("{from}–{to} %") };
    let shown: Vec<String> = ranges.iter().map(range).collect();
    match shown.as_slice() {
        [] => format!(
            "On {set} the {model} model is at no threshold of more benefit than treating everyone or nobody would be."
        ),
        ranges => format!(
            "On {set} the {model} model is of more net benefit than treating everyone and than treating nobody at thresholds of {}.",
            listed(ranges)
        ),
    }
}

/// Words joined by commas and "and".
pub(super) fn listed<T: AsRef<str>>(of: &[T]) -> String {
    match of {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// What the observed less the expected log odds on the whole is called: the intercept of a fit whose slope is held at 1.
pub(super) const IN_THE_LARGE: &str = "Calibration-in-the-large";
/// What the intercept of the fit that has a slope too is called.
pub(super) const WITH_SLOPE: &str = "Intercept (with slope)";

/// Calibration in one line.
pub(super) fn calibration(of: &Measured) -> String {
    let line = of.calibration.recalibration.as_ref();
    format!(
        "{} {}, {} {}, slope {}, Brier score {}",
        IN_THE_LARGE.to_lowercase(),
        optional(of.calibration.in_the_large.as_ref().map(|fit| fit.intercept), 3),
        WITH_SLOPE.to_lowercase(),
        optional(line.map(|line| line.intercept), 3),
        optional(line.map(|line| line.slope), 3),
        fixed(of.calibration.brier, 4)
    )
}

/// How the Hosmer-Lemeshow test groups patients.
pub(super) const GROUPING: &str = "g groups of like risk of about n/10 patients each, equal predictions never divided (as SAS documents), \
                                   and g − 2 degrees of freedom";

/// The Hosmer-Lemeshow test in one line.
pub(super) fn hosmer_lemeshow(of: &Measured) -> String {
    let Some(HosmerLemeshow { groups, chi2, df, p }) = &of.hosmer_lemeshow else { return NONE.to_owned() };
    let p = p.map(|p| format!(", {}", p_value(p))).unwrap_or_default();
    format!("χ² {} (g {}, df {df}){p}", fixed(*chi2, 2), groups.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_lose_their_letter_and_keep_their_sign() {
        assert_eq!([p_cell(0.0432), p_cell(1e-9), p_cell(f64::NAN)], ["0.043", "<0.001", "–"]);
    }

    #[test]
    fn odds_ratios_have_two_decimals_and_very_large_ones_a_power_of_ten() {
        assert_eq!(odds_ratio((2.464, [1.251, 4.852])), "2.46 (1.25–4.85)");
        assert_eq!(odds_ratio((123456.0, [0.001, 5e9])), "123456 (0.001000–5.00e9)");
    }

    #[test]
    fn ratios_below_one_do_not_print_as_none_and_names_of_files_keep_their_letters() {
        assert_eq!([0.034_48, 0.7, 1.28, 12.4].map(two_digits), ["0.034", "0.70", "1.3", "12"]);
        assert_eq!([sentence("feat.csv has it"), sentence("one has it")], ["feat.csv has it.", "One has it."]);
    }

    #[test]
    fn words_are_listed_with_and() {
        assert_eq!([listed(&["a"]), listed(&["a", "b"]), listed(&["a", "b", "c"])], ["a", "a and b", "a, b and c"]);
    }
}
