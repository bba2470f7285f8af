//! What a model card must say, and that the checklists in it are whole.

use std::collections::HashSet;

use super::{card, model_card_markdown, model_card_pdf};
use crate::base::RESEARCH_USE_ONLY;
use crate::model::Model;
use crate::report::paper::checks::{body_of, squeezed, text_of, unfit};
use crate::report::paper::{Block, Row};
use crate::report::training::checklists::{Answer, CLEAR, Checklist, Facts, TRIPOD_AI};
use crate::report::training::example::{CASES, Case, Example, ORDINARY};
use crate::report::training::words::area;

fn richest(example: &Example) -> Model {
    example.training.to_model(&example.cohort, example.training.models.last().unwrap(), &example.about)
}

/// TRIPOD+AI's numbers: 27 items, those of several parts with letters.
fn tripod_numbers() -> Vec<String> {
    let parts = |item: usize| match item {
        3 | 6 | 8 | 9 | 20 | 27 => 3,
        5 | 23 => 2,
        12 => 7,
        18 => 6,
        _ => 0,
    };
    let of = |item: usize| match parts(item) {
        0 => vec![item.to_string()],
        n => ('a'..).take(n).map(|letter| format!("{item}{letter}")).collect(),
    };
    (1..=27).flat_map(of).collect()
}

#[test]
fn the_checklists_have_every_number_once_in_order() {
    let numbers = |of: &Checklist| of.items.iter().map(|item| item.number.to_owned()).collect::<Vec<_>>();
    assert_eq!(numbers(&TRIPOD_AI), tripod_numbers());
    assert_eq!(TRIPOD_AI.items.len(), 52);
    assert_eq!(numbers(&CLEAR), (1..=58).map(|number| number.to_string()).collect::<Vec<_>>());
    for checklist in [&TRIPOD_AI, &CLEAR] {
        let mut sections: Vec<&str> = checklist.items.iter().map(|item| item.section).collect();
        sections.dedup();
        assert_eq!(sections.iter().collect::<HashSet<_>>().len(), sections.len(), "a section comes twice");
    }
}

fn answer(checklist: &Checklist, number: &str, facts: &Facts) -> Answer {
    (checklist.items.iter().find(|item| item.number == number).unwrap().answer)(facts)
}

#[test]
fn filled_items_hold_the_runs_numbers() {
    let example = Example::of(ORDINARY);
    let (report, model) = (example.report(), richest(&example));
    let facts = Facts::new(&report, &model);
    let said = |checklist, number: &str| match answer(checklist, number, &facts) {
        Answer::Filled(known) | Answer::Partly(known, _) => known,
        other => panic!("{number}: {other:?}"),
    };
    let trained = example.training.models.last().unwrap();
    let of_training = area(trained.training.roc.auc, trained.training.roc.ci);
    let validation = trained.validation.as_ref().unwrap();
    for (checklist, number) in [(&TRIPOD_AI, "23a"), (&CLEAR, "47"), (&CLEAR, "48")] {
        let said = said(checklist, number);
        assert!(said.contains(&of_training) && said.contains(&area(validation.roc.auc, validation.roc.ci)), "{said}");
    }
    let flow = &example.cohort.flow;
    let sets = format!("{} patients, {} with the event", flow.training.patients, flow.training.events);
    for (checklist, number) in [(&TRIPOD_AI, "21"), (&TRIPOD_AI, "20a"), (&CLEAR, "45")] {
        assert!(said(checklist, number).contains(&sets));
    }
    assert!(said(&TRIPOD_AI, "6b").contains("3 without outcome"));
    assert!(said(&TRIPOD_AI, "18f").contains("4711") && said(&CLEAR, "35").contains("4711"));
    assert!(said(&CLEAR, "23").contains("binWidth 25.0") && said(&CLEAR, "22").contains("Resampling: none"));
    assert!(said(&CLEAR, "26").contains("glcm 30") && said(&CLEAR, "31").contains("30 patients"));
}

#[test]
fn what_no_run_can_know_is_open() {
    let example = Example::of(ORDINARY);
    let (report, model) = (example.report(), richest(&example));
    let facts = Facts::new(&report, &model);
    for (checklist, numbers) in [
        (&TRIPOD_AI, ["3a", "5b", "8c", "14", "17", "18a", "18b", "19", "25"]),
        (&CLEAR, ["1", "8", "10", "14", "16", "19", "36", "49", "53"]),
    ] {
        for number in numbers {
            assert!(matches!(answer(checklist, number, &facts), Answer::Open(_)), "{} {number}", checklist.name);
        }
    }
}

#[test]
fn items_on_images_do_not_apply_to_a_run_without_and_ethics_not_to_simulated_data() {
    let clinical = Example::of(Case { n_features: 0, is_simulated: true, ..ORDINARY });
    let (report, model) = (clinical.report(), richest(&clinical));
    let facts = Facts::new(&report, &model);
    for number in ["16", "19", "20", "21", "22", "23", "24", "25", "26", "27", "28", "31", "46"] {
        assert!(matches!(answer(&CLEAR, number, &facts), Answer::NotApplicable(_)), "{number}");
    }
    assert!(matches!(answer(&TRIPOD_AI, "17", &facts), Answer::NotApplicable(_)));
    let state = |n: usize, has_validation: bool| {
        let example = Example::of(Case { n_features: n, has_validation, bootstrap: 0, ..ORDINARY });
        let (report, model) = (example.report(), richest(&example));
        matches!(answer(&TRIPOD_AI, "20c", &Facts::new(&report, &model)), Answer::NotApplicable(_))
    };
    assert_eq!([state(0, true), state(0, false)], [false, true]);
}

#[test]
fn every_page_of_a_card_holds_its_text() {
    for (name, case) in CASES {
        let example = Example::of(case);
        let (pages, _) = card(&example.report(), &richest(&example)).pages();
        for (i, page) in pages.iter().enumerate() {
            let unfit = unfit(page);
            assert!(unfit.is_empty(), "{name}, page {}:\n{}", i + 1, unfit.join("\n"));
            let text = text_of(std::slice::from_ref(page));
            assert!(text.contains(RESEARCH_USE_ONLY), "{name}, page {}", i + 1);
            assert_eq!(text.contains("SIMULATED DATA"), case.is_simulated, "{name}, page {}", i + 1);
        }
    }
}

#[test]
fn markdown_and_pages_say_the_same() {
    let example = Example::of(ORDINARY);
    let (report, model) = (example.report(), richest(&example));
    let paper = card(&report, &model);
    let pages = squeezed(&body_of(&paper.pages().0));
    let markdown = squeezed(&model_card_markdown(&report, &model).replace('\\', ""));
    let mut said = 0;
    let mut check = |text: &str| {
        said += 1;
        let text = squeezed(text);
        assert!(pages.contains(&text), "not on the pages: {text}");
        assert!(markdown.contains(&text), "not in the Markdown: {text}");
    };
    for block in &paper.blocks {
        match block {
            Block::Heading(text) | Block::Subheading(text) | Block::Text(text) | Block::Note(text) => check(text),
            Block::List(points) => points.iter().for_each(|point| check(point)),
            Block::Table(table) => {
                for row in &table.rows {
                    match row {
                        Row::Cells(cells) => cells.iter().for_each(|cell| check(&cell.text)),
                        Row::Group(name) => check(name),
                    }
                }
            }
            _ => {}
        }
    }
    assert!(said > 400, "{said}");
}

#[test]
fn a_card_says_what_the_model_is_and_what_it_must_not_be_used_for() {
    let example = Example::of(Case { is_simulated: true, ..ORDINARY });
    let (report, model) = (example.report(), richest(&example));
    let text = model_card_markdown(&report, &model);
    for wanted in
        [&model.id, &model.checksum, "must not be used for", "Any patient at all", "hepatica predict", "OPEN."]
    {
        assert!(text.contains(wanted), "{wanted}");
    }
    assert!(!text.contains("SECRET"));
    let pdf = model_card_pdf(&report, &model).unwrap();
    assert!(pdf.starts_with(b"%PDF-") && pdf == model_card_pdf(&report, &model).unwrap());
}
