//! What the tables of a cohort had that a reader should know, for documents that others read: numbers and reasons, but no patient's id
//! and no path. The sentences that the program says to its user have both and are not repeated here.

use super::words::{counted, listed};
use crate::cohort::{Cohort, Finding, FindingKind};

/// The most names of columns and features that a sentence lists.
const MOST_NAMES: usize = 8;

/// One sentence for each kind of thing.
pub(super) fn found(cohort: &Cohort) -> Vec<String> {
    let flow = &cohort.flow;
    let mut said: Vec<String> = flow
        .excluded
        .iter()
        .map(|step| format!("{} {} left out.", counted(step.ids.len(), "patient", "patients"), step.reason))
        .collect();
    let mut rows = |n: usize, whose: &str| {
        if n > 0 {
            said.push(format!("{} not used: {whose}.", counted(n, "row", "rows")));
        }
    };
    rows(flow.features_alone.len(), "features of ids that the clinical table does not have");
    let second = flow.second.map_or(0, |second| second.read.saturating_sub(second.analysed));
    rows(second, "the second reader's features of ids that are not analysed");
    let of_kind = |kind: FindingKind| cohort.findings.iter().filter(move |finding| finding.kind == kind);
    let names = |of: &mut dyn Iterator<Item = &Finding>| -> Vec<String> {
        let mut names: Vec<String> = of.filter_map(|finding| finding.column.clone()).collect();
        names.dedup();
        names
    };
    let mut add = |names: Vec<String>, (one, many): (&str, &str), end: &str| {
        if !names.is_empty() {
            said.push(format!("{} {end}: {}.", counted(names.len(), one, many), shown(&names)));
        }
    };
    let is_feature = |finding: &&Finding| {
        finding.column.as_ref().is_some_and(|name| finding.sentence.starts_with(&format!("{name} is left out")))
    };
    let columns = ("column of the clinical table", "columns of the clinical table");
    add(names(&mut of_kind(FindingKind::IgnoredColumn)), columns, "not used, since nothing says what they mean");
    let lacking = names(&mut of_kind(FindingKind::NotFinite).filter(is_feature));
    let why = "left out for all, since some training patient or second read has no finite value";
    add(lacking, ("feature", "features"), why);
    let constant = names(&mut of_kind(FindingKind::Constant));
    add(constant, ("feature or candidate", "features and candidates"), "the same for all training patients");
    let not_read_twice = of_kind(FindingKind::SecondReader).count();
    if not_read_twice > 0 {
        let n = counted(not_read_twice, "feature", "features");
        said.push(format!("{n} left out for all, since the second reader's table does not have them."));
    }
    // These name a column and its level alone.
    said.extend(of_kind(FindingKind::ValidationOnlyLevel).map(|finding| format!("{}.", finding.sentence)));
    let validation = flow.validation;
    if validation.patients > 0 && (validation.events == 0 || validation.without() == 0) {
        let n = counted(validation.patients, "validation patient", "validation patients");
        said.push(format!("{n}, not both outcomes among them: nothing could be measured there."));
    }
    said
}

fn shown(names: &[String]) -> String {
    match names.get(..MOST_NAMES) {
        Some(first) if names.len() > MOST_NAMES => {
            format!("{} and {} more", first.join(", "), names.len() - MOST_NAMES)
        }
        _ => listed(names),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use crate::base::Progress;
    use crate::cohort::{CohortFiles, CohortOptions, read_cohort};
    use crate::model::train::{About, Pipeline, train};
    use crate::report::paper::checks::text_of;
    use crate::report::training::{TrainingReport, model_card_markdown, pdf};

    #[test]
    fn a_cohort_with_patients_left_out_is_described_without_an_id_or_a_path() {
        let folder = tempfile::tempdir().unwrap();
        let (clinical, features) = (folder.path().join("Klinik.csv"), folder.path().join("Feat.csv"));
        let (mut patients, mut values) = ("id,outcome,pT,notes,split\n".to_owned(), "id,a,b\n".to_owned());
        for i in 0..40 {
            let (event, stage) = (i % 2, 2 + (i + i / 7) % 3);
            let outcome = if i == 3 { String::new() } else { event.to_string() };
            let set = if i % 4 < 3 { "training" } else { "validation" };
            writeln!(patients, "MUSTERMANN{i},{outcome},{stage},x,{set}").unwrap();
            let gap = if i == 7 { String::new() } else { format!("{}", (i * 7) % 11 + event * 2) };
            writeln!(values, "MUSTERMANN{i},{gap},{}", (i * 5) % 13).unwrap();
        }
        values += "BEISPIEL,1,2\n";
        std::fs::write(&clinical, patients).unwrap();
        std::fs::write(&features, values).unwrap();
        let files = CohortFiles { features: Some(features), clinical, ..CohortFiles::default() };
        let cohort = read_cohort(&files, &CohortOptions::default()).unwrap();
        let pipeline = Pipeline {
            bootstrap: 0,
            nested_repetitions: 0,
            mrmr_features: 2,
            clinical_columns: Some(vec!["pT".to_owned()]),
            ..Pipeline::default()
        };
        let training = train(&cohort, &pipeline, &Progress::new()).unwrap();
        let about = About::of(&cohort);
        let report = TrainingReport { cohort: &cohort, training: &training, about: &about };
        assert!(cohort.warnings.iter().any(|said| said.contains("MUSTERMANN3")));
        let pages = text_of(&pdf::training_paper(&report).pages().0);
        let model = training.to_model(&cohort, training.models.last().unwrap(), &about);
        let card = model_card_markdown(&report, &model);
        for text in [&pages, &card] {
            assert!(text.contains("1 patient without outcome left out"), "{text}");
            for secret in ["MUSTERMANN", "BEISPIEL", folder.path().to_str().unwrap()] {
                assert!(!text.contains(secret), "{secret}");
            }
        }
    }
}
