//! Reading a cohort, training on it, and writing what came of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Request;
use super::folder::{WriteFolderError, bytes, figures, make_folder, text};
use crate::base::Progress;
use crate::cohort::{Cohort, CohortError, CohortFiles, CohortOptions, read_cohort};
use crate::exchange::table::write_table;
use crate::figure::Figure;
use crate::model::train::{About, Pipeline, TrainError, Trained, Training, train};
use crate::report::training::{
    TrainingFigure, TrainingReport, model_card_markdown, model_card_pdf, results_json, training_pdf, training_tables,
};

/// Reads the tables of a cohort.
pub struct ReadCohort {
    /// Its files.
    pub files: CohortFiles,
    /// How patients are split.
    pub options: CohortOptions,
}

impl Request for ReadCohort {
    type Output = Arc<Cohort>;
    type Error = CohortError;
    const NAME: &'static str = "Reading the cohort";

    fn run(self, progress: &Progress) -> Result<Arc<Cohort>, CohortError> {
        progress.begin(Self::NAME, 0);
        read_cohort(&self.files, &self.options).map(Arc::new)
    }
}

/// Trains on a cohort.
pub struct TrainModels {
    /// The cohort.
    pub cohort: Arc<Cohort>,
    /// The settings.
    pub pipeline: Pipeline,
}

impl Request for TrainModels {
    type Output = Arc<Training>;
    type Error = TrainError;
    const NAME: &'static str = "Training";

    fn run(self, progress: &Progress) -> Result<Arc<Training>, TrainError> {
        train(&self.cohort, &self.pipeline, progress).map(Arc::new)
    }
}

/// Writes a training run: the richest model, and a folder with every number, table and model.
pub struct WriteTraining {
    /// The cohort.
    pub cohort: Arc<Cohort>,
    /// The run.
    pub training: Arc<Training>,
    /// What the team says of its cohort.
    pub about: About,
    /// Where the model goes.
    pub model: Option<PathBuf>,
    /// The folder for everything else.
    pub folder: Option<PathBuf>,
    /// Whether files that are there are replaced.
    pub force: bool,
}

impl Request for WriteTraining {
    type Output = Vec<PathBuf>;
    type Error = WriteFolderError;
    const NAME: &'static str = "Writing the training run";
    const WRITES: bool = true;

    fn run(self, progress: &Progress) -> Result<Vec<PathBuf>, WriteFolderError> {
        progress.begin(Self::NAME, 0);
        let mut written = Vec::new();
        if let Some(folder) = &self.folder {
            make_folder(folder)?;
            self.write_folder(folder, &mut written, progress)?;
        }
        if let (Some(path), Some(richest)) = (&self.model, self.training.models.last()) {
            self.write_model(path, richest)?;
            written.push(path.clone());
        }
        Ok(written)
    }
}

impl WriteTraining {
    fn write_folder(
        &self,
        folder: &Path,
        written: &mut Vec<PathBuf>,
        progress: &Progress,
    ) -> Result<(), WriteFolderError> {
        let report = TrainingReport { cohort: &self.cohort, training: &self.training, about: &self.about };
        let results = folder.join("results.json");
        text(&results, &results_json(&report), self.force)?;
        written.push(results);
        for table in training_tables(&report) {
            progress.check()?;
            let path = folder.join(format!("{}.csv", table.name));
            write_table(&path, &table.header, &table.rows, self.force)?;
            written.push(path);
        }
        let drawn =
            TrainingFigure::ALL.iter().filter_map(|figure| Some((figure.file_name(), figure.draw(&report, None)?)));
        let drawn: Vec<(&str, Figure)> = drawn.collect();
        written.extend(figures(folder, &drawn, self.force, progress)?);
        progress.begin("Writing the report", 0);
        let mut add = |name: &str, content: &[u8]| -> Result<(), WriteFolderError> {
            let path = folder.join(name);
            bytes(&path, content, self.force)?;
            written.push(path);
            Ok(())
        };
        add("report.pdf", &training_pdf(&report)?)?;
        if let Some(richest) = self.training.models.last() {
            let model = self.training.to_model(&self.cohort, richest, &self.about);
            add("model-card.md", model_card_markdown(&report, &model).as_bytes())?;
            add("model-card.pdf", &model_card_pdf(&report, &model)?)?;
        }
        let models = folder.join("models");
        make_folder(&models)?;
        let chosen = self.training.models.iter().map(|trained| (trained.kind.as_str().to_owned(), trained));
        let study = self.training.study.iter().map(|trained| (format!("{}-pT", trained.kind.as_str()), trained));
        for (name, trained) in chosen.chain(study) {
            let path = models.join(format!("{name}.json"));
            self.write_model(&path, trained)?;
            written.push(path);
        }
        Ok(())
    }

    fn write_model(&self, path: &Path, trained: &Trained) -> Result<(), WriteFolderError> {
        let model = self.training.to_model(&self.cohort, trained, &self.about);
        Ok(text(path, &model.to_json(), self.force)?)
    }
}
