//! `hepatica predict`: what a model makes of the cases of a table.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

use super::input::{check_ending, check_not_read};
use super::output::answer;
use crate::base::{RESEARCH_USE_ONLY, check_free, write_atomically};
use crate::cohort::{CaseFiles, read_cases};
use crate::exchange::table::{Cell, csv_text, write_table};
use crate::model::{self, Inputs, Model, ModelError, Prediction};
use crate::report::{ILLUSTRATION_NOTE, prediction_csv_header, prediction_csv_row};

/// Apply a model to the cases of a table
///
/// Research use only - not for clinical decisions. The clinical table has one row a case with the columns that the model needs, such as
/// id, sex, age, pT, pN, CEA, CA199 and hepatitis, or those that a schema explains; levels go by their names. Without --model the
/// embedded model is used: the published clinical model on pT (Liang et al. 2022), whose sample had far more metastases than unselected
/// patients have.
#[derive(Debug, Args)]
pub struct Predict {
    /// Model file; the embedded clinical model without it
    #[arg(long, value_name = "M.json")]
    model: Option<PathBuf>,
    /// Clinical table
    #[arg(long, value_name = "C.csv|C.xlsx")]
    clinical: PathBuf,
    /// Feature table, for models that use features; joined by id
    #[arg(long, value_name = "F.csv")]
    features: Option<PathBuf>,
    /// What the clinical columns mean (see docs/formats.md), as for `train`; without it, columns are known by their names
    #[arg(long, value_name = "S.json")]
    schema: Option<PathBuf>,
    /// Also say what the probability would be where this part of the patients has the event, such as 0.15: an illustration,
    /// not validated
    #[arg(long, value_name = "P", value_parser = prevalence)]
    prevalence: Option<f64>,
    /// Where to write, the ending deciding the format; standard output without it
    #[arg(long, value_name = "P.csv|P.json")]
    out: Option<PathBuf>,
    /// Print JSON instead of CSV
    #[arg(long)]
    json: bool,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

impl Predict {
    /// Predicts every case, or says what is wrong with the first that cannot be.
    pub fn run(self) -> anyhow::Result<()> {
        if let Some(out) = &self.out {
            self.check_out(out)?;
        }
        let model = match &self.model {
            Some(path) => Model::read(path).with_context(|| path.display().to_string())?,
            None => model::embedded().clone(),
        };
        let Self { clinical, features, schema, .. } = &self;
        let files = CaseFiles { clinical: clinical.clone(), features: features.clone(), schema: schema.clone() };
        let mut predictions = Vec::new();
        for case in read_cases(&files, &model::needed(&model))? {
            let inputs = Inputs::from_tables(&case);
            let mut prediction = model::predict(&model, &inputs).with_context(|| format!("case \"{}\"", case.id))?;
            if case.is_simulated {
                prediction.warnings.push("the features are those of a simulated patient");
            }
            predictions.push((case.id, prediction));
        }
        self.answer(&model, &predictions)
    }

    /// Refuses an ending that is no format, and a table that is read.
    fn check_out(&self, out: &Path) -> anyhow::Result<()> {
        let read = [Some(&self.clinical), self.features.as_ref(), self.model.as_ref(), self.schema.as_ref()];
        check_not_read(out, "the prediction", read)?;
        check_ending(out, if self.json { &["json"] } else { &["csv", "json"] })?;
        Ok(check_free(out, self.force)?)
    }

    /// Whether JSON is wanted, by the switch or by the file's ending.
    fn wants_json(&self) -> bool {
        self.json
            || self.out.as_ref().is_some_and(|out| out.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")))
    }

    fn answer(&self, model: &Model, predictions: &[(String, Prediction)]) -> anyhow::Result<()> {
        if self.wants_json() {
            let text = serde_json::to_string_pretty(&self.as_json(model, predictions)?)?;
            match &self.out {
                Some(path) => write_atomically(path, self.force, |file| writeln!(file, "{text}"))?,
                None => answer(&format!("{text}\n"))?,
            }
            return Ok(());
        }
        let mut header = prediction_csv_header(model);
        let mut rows: Vec<Vec<Cell>> = predictions.iter().map(|(id, p)| prediction_csv_row(id, model, p)).collect();
        if let Some(prevalence) = self.prevalence {
            header.extend(["illustrated_prevalence", "illustrated_probability"].map(str::to_owned));
            for (row, (_, prediction)) in rows.iter_mut().zip(predictions) {
                row.extend([prevalence, model::at_prevalence(model, prediction, prevalence)?].map(Cell::Number));
            }
        }
        match &self.out {
            Some(path) => write_table(path, &header, &rows, self.force)?,
            None => answer(&csv_text(&header, &rows))?,
        }
        eprintln!("{}. {RESEARCH_USE_ONLY}.", model.name);
        if self.prevalence.is_some() {
            eprintln!("  illustrated_probability: {ILLUSTRATION_NOTE}.");
        }
        for limit in &model.limits {
            eprintln!("  {limit}");
        }
        Ok(())
    }

    fn as_json(&self, model: &Model, predictions: &[(String, Prediction)]) -> Result<Value, ModelError> {
        let mut cases = Vec::new();
        for (id, prediction) in predictions {
            let mut object = json!({"id": id, "prediction": prediction});
            if let Some(prevalence) = self.prevalence {
                let probability = model::at_prevalence(model, prediction, prevalence)?;
                object["illustration"] =
                    json!({"note": ILLUSTRATION_NOTE, "prevalence": prevalence, "probability": probability});
            }
            cases.push(object);
        }
        Ok(json!({
            "note": RESEARCH_USE_ONLY,
            "model": {"id": model.id, "name": model.name, "provenance": model.provenance, "limits": model.limits},
            "cases": cases,
        }))
    }
}

/// A prevalence as an argument.
fn prevalence(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|part| *part > 0.0 && *part < 1.0);
    number.ok_or_else(|| "give a number above 0 and below 1, such as 0.15".to_owned())
}
