//! `hepatica train`: from the tables of a cohort to models and every number about them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::input;
use super::progress::watched;
use crate::cohort::{CohortFiles, CohortOptions};
use crate::job::{ReadCohort, Request, TrainModels, WriteTraining};
use crate::model::train::{About, LassoLambda, LassoMeasure, Measured, MrmrScheme, Pipeline, Training};

/// The tables of a cohort, as several commands take them.
#[derive(Debug, Args)]
pub struct CohortTables {
    /// Clinical columns and the outcome
    #[arg(long, value_name = "C.csv|C.xlsx")]
    pub clinical: PathBuf,
    /// What the clinical columns mean (see docs/formats.md); without it, columns are known by their names
    #[arg(long, value_name = "S.json")]
    pub schema: Option<PathBuf>,
}

/// Train the study's pipeline on a cohort: ICC, mRMR, LASSO, radscore, clinical, radiomics and combined model
///
/// Everything is chosen, scaled and fitted on training patients alone; the validation patients are predicted once at the end. (A
/// column `double_read` or `reader_study` names the patients of the ICC, whichever set they are in.) The
/// report folder holds results.json with every number, tables as CSV, and the models. --out is the richest model: the combined one
/// where some clinical column is chosen. Apparent numbers stand beside those corrected for optimism and those of nested
/// cross-validation.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  hepatica train --features features.csv --clinical clinical.csv --reader2 features_reader2.csv \\
      --split-column split --fold-column foldid --out model.json --report report")]
pub struct Train {
    /// Features, one row a patient: what `extract --cases` writes, or PyRadiomics' own batch table; either may be compressed (.csv.gz)
    #[arg(long, value_name = "F.csv")]
    features: PathBuf,
    #[command(flatten)]
    tables: CohortTables,
    /// The second reader's features of some of the patients, for the ICC
    #[arg(long, value_name = "B.csv")]
    reader2: Option<PathBuf>,
    /// Column that says who is in training and who in validation; without it the column `split` or `set`, else at random
    #[arg(long, value_name = "COLUMN")]
    split_column: Option<String>,
    /// Column with the fold of each training patient; without it the column `foldid` or `fold`, else folds are drawn at random
    #[arg(long, value_name = "COLUMN")]
    fold_column: Option<String>,
    /// Part of the patients in training, where the split is random
    #[arg(long, value_name = "PART", default_value_t = 0.7, value_parser = part)]
    training_part: f64,
    /// Decides the split, the folds and every resample
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    steps: Steps,
    /// Where the patients come from, in words, for the model's file
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// Months within which the outcome counts
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=1200))]
    horizon_months: u32,
    /// Where the model is written
    #[arg(long, value_name = "MODEL.json")]
    out: PathBuf,
    /// Folder for every number, table and model
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

/// The settings of the pipeline's steps.
#[derive(Debug, Args)]
#[command(next_help_heading = "Steps")]
pub struct Steps {
    /// Keep features whose ICC(2,1) is greater
    #[arg(long, value_name = "ICC", default_value_t = 0.75)]
    icc: f64,
    /// Features that mRMR keeps
    #[arg(long, value_name = "N", default_value_t = 20)]
    mrmr: usize,
    /// Relevance less redundancy, or divided by it
    #[arg(long, value_enum, default_value_t = Scheme::Difference)]
    mrmr_scheme: Scheme,
    /// Folds of the LASSO's cross-validation, where they are not given
    #[arg(long, value_name = "N", default_value_t = 5)]
    folds: usize,
    /// What the cross-validation measures
    #[arg(long, value_enum, default_value_t = Measure::Deviance)]
    measure: Measure,
    /// Which λ the radscore takes
    #[arg(long, value_enum, default_value_t = Lambda::Min)]
    lambda: Lambda,
    /// Limit of the p by which clinical columns are chosen
    #[arg(long, value_name = "P", default_value_t = 0.05)]
    clinical_p: f64,
    /// Clinical columns of the models, chosen beforehand and not by p
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    clinical_columns: Option<Vec<String>>,
    /// Bootstrap resamples, each a whole training; 0 leaves validation by resampling out
    #[arg(long, value_name = "N", default_value_t = 100)]
    bootstrap: usize,
    /// Repetitions of the nested cross-validation; 0 leaves it out
    #[arg(long, value_name = "N", default_value_t = 10)]
    nested: usize,
}

/// A part above 0 and below 1.
fn part(text: &str) -> Result<f64, String> {
    let part = text.parse::<f64>().ok().filter(|part| *part > 0.0 && *part < 1.0);
    part.ok_or_else(|| "give a part above 0 and below 1, such as 0.7".to_owned())
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Scheme {
    Difference,
    Quotient,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Measure {
    Deviance,
    Auc,
    Class,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Lambda {
    Min,
    #[value(name = "1se")]
    OneSe,
}

impl Steps {
    fn pipeline(self, seed: u64) -> Pipeline {
        Pipeline {
            icc_above: self.icc,
            mrmr_features: self.mrmr,
            mrmr_scheme: match self.mrmr_scheme {
                Scheme::Difference => MrmrScheme::Difference,
                Scheme::Quotient => MrmrScheme::Quotient,
            },
            folds: self.folds,
            lasso_measure: match self.measure {
                Measure::Deviance => LassoMeasure::Deviance,
                Measure::Auc => LassoMeasure::Auc,
                Measure::Class => LassoMeasure::Class,
            },
            lasso_lambda: match self.lambda {
                Lambda::Min => LassoLambda::Min,
                Lambda::OneSe => LassoLambda::OneSe,
            },
            clinical_p_below: self.clinical_p,
            clinical_columns: self.clinical_columns,
            bootstrap: self.bootstrap,
            nested_repetitions: self.nested,
            seed,
            ..Pipeline::default()
        }
    }
}

impl Train {
    /// Reads, trains and writes.
    pub fn run(self) -> anyhow::Result<()> {
        let CohortTables { clinical, schema } = &self.tables;
        let read = [Some(&self.features), Some(clinical), schema.as_ref(), self.reader2.as_ref()];
        input::check_not_read(&self.out, "the model", read)?;
        input::check_writable(&self.out, self.force)?;
        if let Some(folder) = &self.report {
            input::check_folder(folder, self.force)?;
            input::check_none_in(folder, "the model", read)?;
        }
        let CohortTables { clinical, schema } = self.tables;
        let files = CohortFiles {
            features: Some(self.features),
            clinical,
            schema,
            reader2: self.reader2,
            split_column: self.split_column,
            fold_column: self.fold_column,
        };
        let options = CohortOptions {
            training_fraction: self.training_part,
            seed: self.seed,
            candidates: self.steps.clinical_columns.clone(),
            ..CohortOptions::default()
        };
        let cohort = watched(|progress| ReadCohort { files, options }.run(progress))?;
        input::warn(&cohort.warnings);
        let pipeline = self.steps.pipeline(self.seed);
        let training = watched(|progress| TrainModels { cohort: cohort.clone(), pipeline }.run(progress))?;
        let mut about = About { horizon_months: self.horizon_months, ..About::of(&cohort) };
        about.source = self.source.unwrap_or(about.source);
        let write = WriteTraining {
            cohort: cohort.clone(),
            training: training.clone(),
            about,
            model: Some(self.out),
            folder: self.report,
            force: self.force,
        };
        let written = watched(|progress| write.run(progress))?;
        cohort.flow.lines().iter().for_each(|line| eprintln!("{line}"));
        said(&training);
        eprintln!(
            "{} files, the model among them: {}",
            written.len(),
            written.last().map_or_else(String::new, |path| path.display().to_string())
        );
        Ok(())
    }
}

/// The run in a few lines.
fn said(training: &Training) {
    for step in &training.steps {
        eprintln!("{}: {} to {} ({})", step.name, step.entered, step.left, step.detail);
    }
    for trained in &training.models {
        let validation = trained.validation.as_ref().map_or("none".to_owned(), area_in_words);
        let honest = training.internal(trained);
        let corrected = honest.as_ref().and_then(|of| Some(format!(", corrected for optimism {:.3}", of.auc?[1])));
        let nested = honest.as_ref().and_then(|of| Some(format!(", nested {:.3}", of.nested_auc?)));
        let corrected = corrected.unwrap_or_default() + &nested.unwrap_or_default();
        let name = trained.kind.as_str();
        eprintln!(
            "{name}: AUC {} in training{corrected}; {validation} in validation",
            area_in_words(&trained.training)
        );
    }
    for doubt in &training.doubts {
        eprintln!("hepatica: warning: {doubt}");
    }
}

/// The area under the curve with its interval, where it has one.
pub fn area_in_words(measured: &Measured) -> String {
    let ends = measured.roc.ci.map(|[low, high]| format!(" ({low:.3} to {high:.3})"));
    format!("{:.3}{}", measured.roc.auc, ends.unwrap_or_default())
}
