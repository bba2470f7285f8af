//! From features to the radscore: the readers' agreement, mRMR, the LASSO, the radscore's formula and its values by outcome.

use super::patients::steps;
use super::plates;
use crate::figure::numbers::{fixed, optional, percent, significant};
use crate::model::Radscore;
use crate::model::train::{Agreement, Selection};
use crate::report::paper::{Block, Cell, Table};
use crate::report::training::words::{NONE, counted, lasso_lambda, lasso_measure, n_folds};
use crate::report::training::{TrainingFigure, TrainingReport};
use crate::stats::quantile;

pub(super) fn blocks(report: &TrainingReport) -> Vec<Block> {
    let mut blocks = vec![Block::Heading("Steps".to_owned()), Block::Table(steps(report))];
    blocks.extend(report.training.agreement.as_ref().map(|agreement| Block::Text(readers(agreement))));
    let Some(selection) = &report.training.selection else {
        let why = match report.cohort.features.names.is_empty() {
            true => "The run has no features: its models are made of clinical columns alone.",
            false => "No feature was left by the readers' agreement: there is no radscore.",
        };
        blocks.push(Block::Text(why.to_owned()));
        return blocks;
    };
    blocks.push(Block::Heading("LASSO".to_owned()));
    blocks.push(Block::Text(lasso(report, selection)));
    let notes = [
        (TrainingFigure::LassoPath, "Standardised coefficients as the penalty falls; chosen features are in colour."),
        (
            TrainingFigure::CvCurve,
            "Mean over the folds with its standard error; above it, how many features have a coefficient.",
        ),
    ];
    blocks.extend(plates(report, &notes));
    blocks.push(Block::Table(picks(report, selection)));
    blocks.push(Block::Heading("Radscore".to_owned()));
    let note = "Per standard deviation of the training patients, so that features can be compared.";
    blocks.extend(plates(report, &[(TrainingFigure::Coefficients, note)]));
    let note = "Boxes from the first to the third quartile with the median; each patient is a point. The test is chosen as in Table 1.";
    blocks.extend(plates(report, &[(TrainingFigure::Radscore, note)]));
    blocks.extend(radscore(report).as_ref().map(|radscore| Block::Table(formula(radscore))));
    blocks
}

/// The formula of the run's radscore, as its model files have it.
pub(in crate::report::training) fn radscore(report: &TrainingReport) -> Option<Radscore> {
    let richest = report.training.models.last()?;
    report.training.to_model(report.cohort, richest, report.about).radscore
}

fn readers(agreement: &Agreement) -> String {
    let mut values: Vec<f64> = agreement.icc.iter().flatten().map(|icc| icc.agreement.value).collect();
    values.sort_by(f64::total_cmp);
    let none = agreement.icc.len() - values.len();
    let none = match none {
        0 => String::new(),
        _ => format!(" {} no agreement that could be computed.", counted(none, "feature has", "features have")),
    };
    let quartiles = match values.is_empty() {
        true => String::new(),
        false => {
            let [low, median, high] = [0.25, 0.5, 0.75].map(|part| fixed(quantile(&values, part), 3));
            format!(" Half of the features have an ICC above {median} (quartiles {low} and {high}).")
        }
    };
    format!(
        "Two readers' features of {}: {} of {} with an ICC(2,1) above {} (two-way random effects, absolute agreement, single \
         measures).{quartiles}{none}",
        counted(agreement.rows.len(), "patient", "patients"),
        agreement.kept.len(),
        counted(agreement.icc.len(), "feature", "features"),
        agreement.above
    )
}

fn lasso(report: &TrainingReport, selection: &Selection) -> String {
    let (pipeline, cv) = (&report.training.pipeline, &selection.lasso);
    format!(
        "Logistic LASSO on {} that mRMR picked, {}-fold cross-validation by {}. The radscore takes the {} (λ = {}), where {} a \
         coefficient; λ min = {}, λ 1-SE = {}.",
        counted(selection.picks.len(), "feature", "features"),
        n_folds(report),
        lasso_measure(pipeline.lasso_measure),
        lasso_lambda(pipeline.lasso_lambda),
        significant(cv.path.lambdas.get(selection.lambda_index).copied().unwrap_or(f64::NAN)),
        counted(selection.terms.len(), "feature has", "features have"),
        significant(cv.lambda_min),
        significant(cv.lambda_1se)
    )
}

fn picks(report: &TrainingReport, selection: &Selection) -> Table {
    let columns = [">Rank", "Feature", ">Relevance", ">Redundancy", ">Score", ">Coefficient", ">Chosen in"];
    let mut table = Table::new("Features in the order in which mRMR picked them", &columns);
    let training = report.training;
    let stability = training.resampled.iter().flat_map(|resampled| &resampled.stability);
    for (rank, pick) in selection.picks.iter().enumerate() {
        let name = training.candidates.get(pick.column).and_then(|&at| report.cohort.features.names.get(at));
        let coefficient = selection.terms.iter().find(|(column, _)| *column == pick.column).map(|term| term.1);
        let chosen_in = stability.clone().find(|of| of.candidate == pick.column).map(|of| of.chosen_in);
        let name = name.map_or(NONE, String::as_str);
        table.row([
            Cell::from((rank + 1).to_string()),
            if coefficient.is_some() { Cell::strong(name) } else { name.into() },
            fixed(pick.relevance, 4).into(),
            optional(pick.mean_redundancy, 4).into(),
            fixed(pick.score, 4).into(),
            coefficient.map_or(NONE.to_owned(), significant).into(),
            chosen_in.map_or(NONE.to_owned(), |part| percent(part, 0)).into(),
        ]);
    }
    table.noted(
        "In semibold what the LASSO chose, with its coefficient per unit of the feature. Relevance and redundancy are mutual information \
         by Somers' D. Chosen in: part of the bootstrap resamples in which both steps chose the feature again.",
    )
}

/// The radscore's terms with the distribution of each feature.
pub(in crate::report::training) fn formula(radscore: &Radscore) -> Table {
    let columns = ["Feature", ">Coefficient", ">Mean", ">SD", ">Lowest", ">Highest"];
    let mut table = Table::new("Formula of the radscore, with the training patients' values", &columns);
    table.row([Cell::from("intercept"), significant(radscore.intercept).into()]);
    for term in &radscore.terms {
        let [low, high] = term.range();
        let numbers = [term.coefficient, term.mean, term.sd, low, high].map(|number| Cell::from(significant(number)));
        table.row(std::iter::once(Cell::from(term.feature.as_str())).chain(numbers));
    }
    table.noted("Radscore = intercept + Σ coefficient × feature, in the features' own units. Every digit stands in the model file.")
}
