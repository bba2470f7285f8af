//! The model card of a trained model (after Mitchell et al., Proc FAT* 2019:220): what it is, for whom, from which data, how well it
//! does, what limits it, how it is used, and the reporting checklists as far as the run fills them.
//!
//! It is one document: Markdown and PDF say the same. What the run cannot know is said to be open.

mod sections;

use super::TrainingReport;
use super::checklists::{CLEAR, Facts, TRIPOD_AI};
use crate::model::{DataKind, Model};
use crate::report::ReportError;
use crate::report::paper::{Block, Paper};

/// The card as Markdown.
pub fn model_card_markdown(report: &TrainingReport, model: &Model) -> String {
    card(report, model).to_markdown()
}

/// The card as a PDF file; the same run and model give the same bytes.
pub fn model_card_pdf(report: &TrainingReport, model: &Model) -> Result<Vec<u8>, ReportError> {
    card(report, model).to_pdf()
}

/// The card as a document.
pub(super) fn card(report: &TrainingReport, model: &Model) -> Paper {
    let facts = Facts::new(report, model);
    let mut blocks = sections::blocks(&facts);
    blocks.push(Block::NewPage);
    for checklist in [&TRIPOD_AI, &CLEAR] {
        blocks.push(Block::Heading(format!("{} checklist", checklist.name)));
        blocks.push(Block::Text(checklist.summary(&facts)));
        blocks.push(Block::Table(checklist.table(&facts)));
    }
    Paper {
        title: format!("Model card: {}", model.name),
        head: "Model card".to_owned(),
        foot: format!("Hepatica {}  ·  {} ({})", env!("CARGO_PKG_VERSION"), model.id, model.checksum),
        is_simulated: model.provenance.data == DataKind::Simulated,
        blocks,
    }
}

#[cfg(test)]
mod tests;
