//! How a run came about, in sentences that hold whatever was asked for: how patients came into the sets, which step saw whom, what was
//! repeated, and which models there are not.

use super::TrainingReport;
use super::words::counted;
use crate::cohort::{Set, random_split};
use crate::model::train::Pipeline;
use crate::model::{InternalValidation, ModelKind};

/// Parts for training that a random split is tried with besides that which the numbers give.
const USUAL_PARTS: [f64; 4] = [0.7, 0.75, 2.0 / 3.0, 0.8];

/// How patients came into the sets. A cohort does not keep it, so the draw with the run's seed is made again: sets that are the same
/// were drawn, others were given.
pub(super) fn split(report: &TrainingReport) -> String {
    let TrainingReport { cohort, training, .. } = report;
    let n = cohort.outcome.len().max(1) as f64;
    let seed = training.pipeline.seed;
    let own = cohort.rows(Set::Training).len() as f64 / n;
    let is_drawn = |part: f64| random_split(&cohort.outcome, part, seed) == cohort.set;
    let left_out_after = cohort.flow.excluded.iter().any(|step| step.reason.starts_with("of the validation set"));
    if USUAL_PARTS.into_iter().chain([own]).any(is_drawn) {
        format!("drawn at random within each outcome (stratified), seed {seed}")
    } else if left_out_after {
        format!(
            "by the clinical table's column of sets, or where it has none at random within each outcome, seed {seed}"
        )
    } else {
        "by the clinical table's column of sets; what that follows, the run does not know".to_owned()
    }
}

/// Which steps saw which patients.
pub(super) fn seen(report: &TrainingReport) -> String {
    let cohort = report.cohort;
    let training = counted(cohort.flow.training.patients, "training patient", "training patients");
    if !cohort.set.contains(&Set::Validation) {
        return format!("Every step saw the {training}; there are no others.");
    }
    let rows = report.training.agreement.iter().flat_map(|agreement| &agreement.rows);
    let of_validation = rows.filter(|&&row| cohort.set.get(row) == Some(&Set::Validation)).count();
    let end = "validation patients were predicted once, at the end";
    match of_validation {
        0 => format!("Every step saw the {training} alone; {end}."),
        n => format!(
            "The readers' agreement was counted on {} too, as the column of the reader study asks: it looks at features and at no outcome, but \
             decides which features are candidates. Every other step saw the {training} alone; {end}.",
            counted(n, "validation patient", "validation patients")
        ),
    }
}

/// What each resample and each fold repeats.
pub(super) fn repeated(report: &TrainingReport) -> &'static str {
    if report.cohort.features.names.is_empty() {
        return "the choice of clinical columns and the fits are repeated in each";
    }
    match report.training.agreement.is_some() {
        true => {
            "everything from mRMR on is repeated in each, the readers' agreement, which looks at no outcome, is not"
        }
        false => "everything from mRMR on is repeated in each",
    }
}

/// What resampling was asked for and what of it counts; one sentence for the bootstrap and one for nested cross-validation.
pub(super) fn resampling(report: &TrainingReport, internal: &[InternalValidation]) -> [String; 2] {
    let Pipeline { bootstrap, nested_repetitions, nested_folds, .. } = report.training.pipeline;
    let numbers = |of: fn(&InternalValidation) -> usize| internal.iter().map(of).collect::<Vec<usize>>();
    let corrected = match bootstrap {
        0 => "No bootstrap was asked for, so nothing is corrected for optimism.".to_owned(),
        asked => format!(
            "Corrected: apparent value less the mean optimism of {} (Harrell); {}.",
            counting(&numbers(|of| of.resamples), asked, ["bootstrap resample", "bootstrap resamples"]),
            repeated(report)
        ),
    };
    let nested = match nested_repetitions {
        0 => "No nested cross-validation was asked for.".to_owned(),
        asked => format!(
            "Nested: {} of {nested_folds}-fold nested cross-validation.",
            counting(&numbers(|of| of.nested[0]), asked, ["repetition", "repetitions"])
        ),
    };
    [corrected, nested]
}

/// How many of those that were asked for count.
fn counting(found: &[usize], asked: usize, [one, many]: [&str; 2]) -> String {
    let least = found.iter().copied().min().unwrap_or(asked);
    let most = found.iter().copied().max().unwrap_or(asked);
    if least == asked {
        return counted(asked, one, many);
    }
    let counting = if least == most { format!("{least}") } else { format!("{least} to {most}, by model,") };
    format!("{counting} of {} that gave a model", counted(asked, one, many))
}

/// Which models there are not, and why; one sentence each.
pub(super) fn missing_models(report: &TrainingReport) -> Vec<String> {
    let training = report.training;
    let has = |kind: ModelKind| training.models.iter().any(|trained| trained.kind == kind);
    let no_feature = match &training.selection {
        _ if report.cohort.features.names.is_empty() => "the run has no features",
        None => "no feature was left by the readers' agreement",
        Some(selection) if selection.terms.is_empty() => "the LASSO chose no feature",
        Some(_) => "the regression on the radscore has no estimate (see the doubts)",
    };
    let no_column = match (training.terms.is_empty(), training.clinical.chosen.is_empty()) {
        (true, _) => "no clinical column is a candidate",
        (false, true) => "no clinical column was chosen by its p",
        (false, false) => "the clinical regression has no estimate (see the doubts)",
    };
    match (has(ModelKind::Radiomics), has(ModelKind::Clinical), has(ModelKind::Combined)) {
        (false, true, false) => vec![format!("There is no radiomics and no combined model: {no_feature}.")],
        (true, false, false) => vec![format!("There is no clinical and no combined model: {no_column}.")],
        (true, true, false) => {
            vec!["There is no combined model: its regression has no estimate (see the doubts).".to_owned()]
        }
        (false, _, true) => vec![format!("There is no radiomics model: {no_feature}.")],
        (true, false, true) => vec![format!("There is no clinical model: {no_column}.")],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::training::example::{Case, Example, ORDINARY};

    #[test]
    fn a_draw_is_known_by_its_seed_and_other_sets_were_given() {
        let mut example = Example::of(Case { n_features: 0, bootstrap: 0, ..ORDINARY });
        assert!(split(&example.report()).contains("column of sets"));
        example.cohort.set = random_split(&example.cohort.outcome, 0.7, example.training.pipeline.seed);
        assert!(split(&example.report()).contains("at random within each outcome (stratified), seed 4711"));
    }

    #[test]
    fn validation_patients_of_the_reader_study_are_said_to_have_been_seen() {
        let mut example = Example::of(Case { bootstrap: 0, ..ORDINARY });
        assert!(seen(&example.report()).starts_with("Every step saw the 60 training patients alone"));
        let of_validation = example.cohort.rows(Set::Validation);
        example.training.agreement.as_mut().unwrap().rows.extend(&of_validation[..2]);
        let said = seen(&example.report());
        assert!(said.contains("counted on 2 validation patients too") && said.contains("Every other step"), "{said}");
    }

    #[test]
    fn what_counts_of_what_was_asked_for_is_said() {
        let words = ["repetition", "repetitions"];
        assert_eq!(counting(&[10, 10], 10, words), "10 repetitions");
        assert_eq!(counting(&[7], 10, words), "7 of 10 repetitions that gave a model");
        assert_eq!(counting(&[7, 9], 10, words), "7 to 9, by model, of 10 repetitions that gave a model");
    }

    #[test]
    fn a_run_without_features_says_which_models_there_are_not() {
        let example = Example::of(Case { n_features: 0, bootstrap: 0, ..ORDINARY });
        let said = missing_models(&example.report());
        assert_eq!(said, ["There is no radiomics and no combined model: the run has no features."]);
    }
}
