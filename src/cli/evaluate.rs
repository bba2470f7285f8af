//! `hepatica evaluate`: external validation of a model.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;

use super::input;
use super::progress::watched;
use super::train::{CohortTables, area_in_words};
use crate::cohort::{CohortFiles, CohortOptions, SplitChoice};
use crate::job::{EvaluateModel, ReadCohort, Request, WriteEvaluation};
use crate::model::train::Measured;
use crate::model::{Model, needed};

/// Hold a model against another cohort: performance, calibration, decision curve, and what recalibration would make of it
///
/// Every patient of the tables is predicted; nothing is fitted but the recalibration, which is offered as models of their own and
/// not applied.
#[derive(Debug, Args)]
pub struct Evaluate {
    /// The model file
    #[arg(long, value_name = "MODEL.json")]
    model: PathBuf,
    /// Features, for models that need them
    #[arg(long, value_name = "F.csv")]
    features: Option<PathBuf>,
    #[command(flatten)]
    tables: CohortTables,
    /// Where the patients come from, in words, for the files of recalibrated models
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// Folder for every number, table and figure
    #[arg(long, value_name = "DIR")]
    report: PathBuf,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

impl Evaluate {
    /// Reads, predicts, measures and writes.
    pub fn run(self) -> anyhow::Result<()> {
        input::check_folder(&self.report, self.force)?;
        let CohortTables { clinical, schema } = self.tables;
        let read = [Some(&self.model), self.features.as_ref(), Some(&clinical), schema.as_ref()];
        input::check_none_in(&self.report, "the evaluation", read)?;
        let model = Model::read(&self.model).with_context(|| self.model.display().to_string())?;
        let model = Arc::new(model);
        let files = CohortFiles { features: self.features, clinical, schema, ..CohortFiles::default() };
        let (split, needed) = (SplitChoice::AllValidation, Some(needed(&model)));
        let options = CohortOptions { split, needed, ..CohortOptions::default() };
        let cohort = watched(|progress| ReadCohort { files, options }.run(progress))?;
        input::warn(&cohort.warnings);
        let request = EvaluateModel { cohort: cohort.clone(), model: model.clone(), source: self.source };
        let evaluation = watched(|progress| request.run(progress))?;
        cohort.flow.lines().iter().for_each(|line| eprintln!("{line}"));
        input::warn(&evaluation.warnings);
        let measured = &evaluation.measured;
        let Measured { n, n_events, .. } = measured;
        eprintln!("{}: AUC {} of {n} patients, {n_events} with the event", model.name, area_in_words(measured));
        for (name, update) in
            [("in the large", &evaluation.in_the_large), ("by intercept and slope", &evaluation.slope)]
        {
            if let Some(update) = update {
                eprintln!("Recalibrated {name}: log odds = {:.4} + {:.4} × before", update.intercept, update.slope);
            }
        }
        if evaluation.n_outside > 0 {
            eprintln!(
                "hepatica: warning: {} patients have a value outside what the model was trained on",
                evaluation.n_outside
            );
        }
        let folder = self.report.clone();
        let write = WriteEvaluation { cohort, model, evaluation, folder, force: self.force };
        let written = watched(|progress| write.run(progress))?;
        eprintln!("{}: {} files", self.report.display(), written.len());
        Ok(())
    }
}
