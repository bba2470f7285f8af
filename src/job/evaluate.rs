//! Holding a model against another cohort, and writing what came of it.

use std::path::PathBuf;
use std::sync::Arc;

use super::Request;
use super::folder::{WriteFolderError, bytes, figures, make_folder, text};
use crate::base::Progress;
use crate::cohort::Cohort;
use crate::exchange::table::write_table;
use crate::model::{EvaluateError, Evaluation, Model, evaluate};
use crate::report::training::{
    EvaluationReport, evaluation_figures, evaluation_json, evaluation_pdf, evaluation_tables,
};

/// Evaluates a model on a cohort.
pub struct EvaluateModel {
    /// The cohort.
    pub cohort: Arc<Cohort>,
    /// The model.
    pub model: Arc<Model>,
    /// Where the cohort comes from, in words, for the files of recalibrated models.
    pub source: Option<String>,
}

impl Request for EvaluateModel {
    type Output = Evaluation;
    type Error = EvaluateError;
    const NAME: &'static str = "Evaluating the model";

    fn run(self, progress: &Progress) -> Result<Evaluation, EvaluateError> {
        progress.begin(Self::NAME, 0);
        evaluate(&self.model, &self.cohort, self.source.as_deref())
    }
}

/// Writes an evaluation into a folder.
pub struct WriteEvaluation {
    /// The cohort.
    pub cohort: Arc<Cohort>,
    /// The model.
    pub model: Arc<Model>,
    /// What came of it.
    pub evaluation: Evaluation,
    /// The folder.
    pub folder: PathBuf,
    /// Whether files that are there are replaced.
    pub force: bool,
}

impl Request for WriteEvaluation {
    type Output = Vec<PathBuf>;
    type Error = WriteFolderError;
    const NAME: &'static str = "Writing the evaluation";

    fn run(self, progress: &Progress) -> Result<Vec<PathBuf>, WriteFolderError> {
        progress.begin(Self::NAME, 0);
        let Self { cohort, model, evaluation, folder, force } = self;
        make_folder(&folder)?;
        let report = EvaluationReport { cohort: &cohort, model: &model, evaluation: &evaluation };
        let results = folder.join("results.json");
        text(&results, &evaluation_json(&report), force)?;
        let mut written = vec![results];
        for table in evaluation_tables(&report) {
            let path = folder.join(format!("{}.csv", table.name));
            write_table(&path, &table.header, &table.rows, force)?;
            written.push(path);
        }
        let path = folder.join("report.pdf");
        bytes(&path, &evaluation_pdf(&report)?, force)?;
        written.push(path);
        let drawn = evaluation_figures(&report);
        written.extend(figures(&folder, &drawn, force, progress)?);
        let updates =
            [("recalibrated-in-the-large.json", &evaluation.in_the_large), ("recalibrated.json", &evaluation.slope)];
        for (name, update) in updates {
            let Some(update) = update else { continue };
            let path = folder.join(name);
            text(&path, &update.model.to_json(), force)?;
            written.push(path);
        }
        Ok(written)
    }
}
