//! What an evaluation must say and mark.

use super::pdf::evaluation_paper;
use super::*;
use crate::base::RESEARCH_USE_ONLY;
use crate::exchange::table::Cell;
use crate::figure::Shape;
use crate::model::evaluate;
use crate::report::paper::checks::{text_of, unfit};
use crate::report::training::example::{Case, Example, ORDINARY};

/// A simulated model on the patients of its run.
fn evaluated() -> (Example, Model, Evaluation) {
    let example = Example::of(Case { bootstrap: 0, is_simulated: true, ..ORDINARY });
    let model = example.training.to_model(&example.cohort, example.training.models.last().unwrap(), &example.about);
    let evaluation = evaluate(&model, &example.cohort, None).unwrap();
    (example, model, evaluation)
}

#[test]
fn every_figure_of_a_simulated_model_says_so_and_those_with_predictions_say_whose() {
    let (mut example, model, evaluation) = evaluated();
    // The patients of this evaluation are not known to be simulated; the model is.
    example.cohort.features.is_simulated = false;
    let report = EvaluationReport { cohort: &example.cohort, model: &model, evaluation: &evaluation };
    for (name, figure) in evaluation_figures(&EvaluationReport { ..report }) {
        let texts: Vec<&str> = figure
            .shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Text { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        if name == "flowchart" {
            continue;
        }
        assert!(texts.contains(&"simulated"), "{name}");
        assert!(texts.contains(&RESEARCH_USE_ONLY), "{name}");
        assert!(name == "nomogram" || texts.join(" ").contains("90 patients, 36 with the event"), "{name}");
    }
    for table in evaluation_tables(&report) {
        let at = |column: &str| table.header.iter().position(|name| name == column).unwrap();
        let (data, notice) = (at("data"), at("notice"));
        for row in &table.rows {
            assert_eq!(row.len(), table.header.len(), "{}", table.name);
            assert_eq!(
                [&row[data], &row[notice]],
                [&Cell::Text("simulated".to_owned()), &Cell::Text(RESEARCH_USE_ONLY.to_owned())]
            );
        }
    }
}

#[test]
fn what_is_right_by_construction_is_marked_as_apparent() {
    let (example, model, evaluation) = evaluated();
    let report = EvaluationReport { cohort: &example.cohort, model: &model, evaluation: &evaluation };
    let table = evaluation_tables(&report).swap_remove(0);
    let note = table.header.iter().position(|name| name == "note").unwrap();
    let notes: Vec<bool> = table.rows.iter().map(|row| row[note] == Cell::Text(APPARENT.to_owned())).collect();
    assert_eq!(notes, [false, true, true]);
}

#[test]
fn its_pages_hold_their_text_name_no_patient_and_call_nobody_other() {
    let (example, model, evaluation) = evaluated();
    let report = EvaluationReport { cohort: &example.cohort, model: &model, evaluation: &evaluation };
    let (pages, _) = evaluation_paper(&report).pages();
    for page in &pages {
        assert!(unfit(page).is_empty(), "{}", unfit(page).join("\n"));
    }
    let text = text_of(&pages);
    assert!(!text.contains("SECRET") && !text.contains("other patients"));
    assert!(text.contains("SIMULATED DATA") && text.contains(&model.checksum));
    assert!(evaluation_pdf(&report).unwrap() == evaluation_pdf(&report).unwrap());
}
