//! The regressions: each clinical term alone, those that mattered together, and the models.

use crate::figure::numbers::{fixed, significant};
use crate::report::paper::{Block, Cell, Row, Table};
use crate::report::training::TrainingReport;
use crate::report::training::tables::{coefficient_names, named_models};
use crate::report::training::words::{NONE, counted, odds_ratio, p_cell, two_digits};
use crate::stats::LogisticFit;

const COLUMNS: [&str; 6] = ["Term", ">Coefficient", ">SE", ">Wald z", ">p", "Odds ratio (95 % CI)"];

pub(super) fn blocks(report: &TrainingReport) -> Vec<Block> {
    let mut blocks = vec![Block::Heading("Regressions".to_owned())];
    if !report.training.terms.is_empty() {
        blocks.push(Block::Table(clinical(report)));
    }
    blocks.push(Block::Table(models(report)));
    blocks
}

/// A coefficient with what is read off it; a term that is in the model is set in semibold.
pub(super) fn coefficient(name: &str, fit: &LogisticFit, index: usize, strong: bool) -> Row {
    let p = fit.p(index);
    let name = if strong { Cell::strong(name) } else { name.into() };
    // The odds where all terms are zero are nobody's.
    let odds = if index == 0 { String::new() } else { odds_ratio(fit.odds_ratio(index)) };
    let numbers =
        [significant(fit.coefficients[index]), significant(fit.standard_error(index)), fixed(fit.wald_z(index), 3)];
    let numbers = numbers.map(Cell::from).into_iter().chain([p_cell(p).into(), odds.into()]);
    Row::Cells(std::iter::once(name).chain(numbers).collect())
}

fn clinical(report: &TrainingReport) -> Table {
    let training = report.training;
    let mut table = Table::new("Clinical terms alone and together, training patients", &COLUMNS);
    let is_chosen = |term: usize| training.clinical.chosen.contains(&term);
    table.rows.push(Row::Group("Each term alone".to_owned()));
    for (at, (term, fit)) in training.terms.iter().zip(&training.clinical.univariable).enumerate() {
        table.rows.push(match fit {
            Ok(fit) => coefficient(&term.name, fit, 1, is_chosen(at)),
            Err(_) => Row::Cells(vec![term.name.as_str().into(), "no estimate".into()]),
        });
    }
    if let Some(Ok(fit)) = &training.clinical.multivariable {
        table.rows.push(Row::Group("Terms below the limit together".to_owned()));
        for (i, &at) in training.clinical.entering.iter().enumerate() {
            let name = training.terms.get(at).map_or(NONE, |term| term.name.as_str());
            table.rows.push(coefficient(name, fit, i + 1, is_chosen(at)));
        }
    }
    table.noted("Logistic regressions. In semibold the terms of the models. Intervals and p are Wald's.")
}

fn models(report: &TrainingReport) -> Table {
    let mut table = Table::new("The models' regressions, training patients", &COLUMNS);
    for (name, trained) in named_models(report) {
        let fit = &trained.regression.fit;
        let study = if name.ends_with("_pT") { ", with the study's own clinical predictor pT" } else { "" };
        let [considered, used] = report.training.events_per_variable(trained);
        table.rows.push(Row::Group(format!(
            "{} model{study}: AIC {}, Nagelkerke R²\u{a0}{}; events per candidate {}, per term {}",
            trained.kind.title(),
            fixed(fit.aic(), 1),
            fixed(fit.nagelkerke_r2(), 3),
            two_digits(considered),
            two_digits(used)
        )));
        for (i, term) in coefficient_names(report, trained).iter().enumerate() {
            table.rows.push(coefficient(term, fit, i, false));
        }
    }
    let on = report.training.models.first().map(|first| (first.regression.fit.n, first.regression.fit.n_events));
    let on = on
        .map(|(n, events)| format!("{}, {events} with the event. ", counted(n, "patient", "patients")))
        .unwrap_or_default();
    table.noted(format!(
        "{on}Wald's intervals; results.json has the profile-likelihood intervals and the covariances too."
    ))
}
