//! What the report must say, and that its pages hold it.

use super::training_paper;
use crate::base::RESEARCH_USE_ONLY;
use crate::cohort::Set;
use crate::figure::numbers::fixed;
use crate::report::paper::checks::{body_of, squeezed, text_of, unfit};
use crate::report::training::example::{CASES, Case, Example, ORDINARY};
use crate::report::training::words::area;
use crate::report::training::{TrainingFigure, training_pdf};

const SIMULATED: &str = "SIMULATED DATA";

#[test]
fn every_page_says_that_it_is_for_research_and_which_page_it_is() {
    for (name, case) in CASES {
        let example = Example::of(case);
        let (pages, _) = training_paper(&example.report()).pages();
        assert!((6..40).contains(&pages.len()), "{name}: {} pages", pages.len());
        for (i, page) in pages.iter().enumerate() {
            let text = text_of(std::slice::from_ref(page));
            assert!(text.contains(RESEARCH_USE_ONLY), "{name}, page {}", i + 1);
            assert!(text.contains(&format!("Page {} of {}", i + 1, pages.len())), "{name}, page {}", i + 1);
            assert_eq!(text.contains(SIMULATED), case.is_simulated, "{name}, page {}", i + 1);
        }
    }
}

#[test]
fn every_page_holds_its_text_and_no_text_lies_upon_another() {
    for (name, case) in CASES {
        let example = Example::of(case);
        let (pages, _) = training_paper(&example.report()).pages();
        for (i, page) in pages.iter().enumerate() {
            let unfit = unfit(page);
            assert!(unfit.is_empty(), "{name}, page {}:\n{}", i + 1, unfit.join("\n"));
        }
    }
}

#[test]
fn every_figure_and_both_tables_of_the_paper_are_in_it() {
    let example = Example::of(ORDINARY);
    let text = text_of(&training_paper(&example.report()).pages().0);
    for figure in TrainingFigure::ALL {
        assert!(text.contains(figure.title()), "{figure:?}");
    }
    for table in ["Table 1. Patients by outcome", "Table 2. Performance of the models", "Table S1. Why these tests"] {
        assert!(text.contains(table), "{table}");
    }
    let n = TrainingFigure::ALL.len();
    assert!(text.contains(&format!("Figure {n}. ")) && !text.contains(&format!("Figure {}. ", n + 1)));
}

#[test]
fn it_holds_the_runs_numbers_and_names_no_patient() {
    let example = Example::of(ORDINARY);
    let paper = training_paper(&example.report());
    let text = squeezed(&body_of(&paper.pages().0));
    for trained in &example.training.models {
        let validation = trained.validation.as_ref().unwrap();
        for of in [&trained.training, validation] {
            assert!(text.contains(&squeezed(&area(of.roc.auc, of.roc.ci))), "{:?}", trained.kind);
            assert!(text.contains(&fixed(of.calibration.brier, 4)), "{:?}", trained.kind);
        }
        let internal = example.training.resampled.as_ref().unwrap().of(trained.kind).unwrap();
        let [_, corrected] = internal.auc.unwrap();
        assert!(text.contains(&fixed(corrected, 3)), "{:?}", trained.kind);
    }
    for doubt in &example.training.doubts {
        assert!(text.contains(&squeezed(doubt)), "{doubt}");
    }
    assert!(text.contains("4711") && text.contains("liang2022") && text.contains("7b2c6f898ef37387"));
    assert!(!text.contains("SECRET"));
}

#[test]
fn the_contents_name_the_pages_on_which_sections_begin() {
    let example = Example::of(ORDINARY);
    let (pages, sections) = training_paper(&example.report()).pages();
    assert!(sections.len() > 10);
    let first = text_of(&pages[..1]);
    for section in sections {
        assert!(text_of(&pages[section.page..=section.page]).contains(&section.name), "{}", section.name);
        assert!(first.contains(&format!("{}\n{}\n", section.name, section.page + 1)), "{}", section.name);
    }
}

#[test]
fn forty_features_with_long_names_are_all_in_it() {
    let (_, case) = CASES.into_iter().find(|(_, case)| case.n_features == 60).unwrap();
    let example = Example::of(case);
    let picks = &example.training.selection.as_ref().unwrap().picks;
    assert_eq!(picks.len(), 40);
    let text = squeezed(&body_of(&training_paper(&example.report()).pages().0));
    for pick in picks {
        let name = &example.cohort.features.names[example.training.candidates[pick.column]];
        assert!(text.contains(name.as_str()), "{name}");
    }
}

#[test]
fn a_run_on_clinical_columns_alone_says_so_and_has_no_figure_of_features() {
    let example = Example::of(Case { n_features: 0, ..ORDINARY });
    let text = body_of(&training_paper(&example.report()).pages().0);
    assert!(squeezed(&text).contains(&squeezed("The run has no features")));
    assert!(
        !text.contains(TrainingFigure::LassoPath.title()) && text.contains(TrainingFigure::Roc(Set::Training).title())
    );
}

#[test]
fn without_validation_the_report_says_that_there_is_none() {
    let example = Example::of(Case { has_validation: false, ..ORDINARY });
    let text = body_of(&training_paper(&example.report()).pages().0);
    assert!(squeezed(&text).contains(&squeezed("There is no validation set")));
    assert!(!text.contains(TrainingFigure::Roc(Set::Validation).title()));
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let example = Example::of(ORDINARY);
    let pdf = training_pdf(&example.report()).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    assert!(pdf == training_pdf(&example.report()).unwrap());
}
