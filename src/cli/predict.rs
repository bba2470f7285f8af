//! `hepatica predict`: what a model makes of the cases of a table.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};

use super::output::answer;
use crate::base::{RESEARCH_USE_ONLY, check_free, write_atomically};
use crate::cohort::{ClinicalCase, clinical_cases};
use crate::exchange::table::{Cell, Table, csv_text, read_table, write_table};
use crate::model::{self, Inputs, Model, Prediction, ProtocolTag};
use crate::report::{prediction_csv_header, prediction_csv_row};

/// Apply a model to the cases of a table
///
/// Research use only - not for clinical decisions. The clinical table has one row a case with the columns id, sex, age, pT, pN,
/// CEA, CA199 and hepatitis, as far as the model needs them. Without --model the embedded model is used: the published
/// clinical model on pT (Liang et al. 2022), whose sample had far more metastases than unselected patients have.
#[derive(Debug, Args)]
pub struct Predict {
    /// Model file; the embedded clinical model without it
    #[arg(long, value_name = "M.json")]
    model: Option<PathBuf>,
    /// Clinical table
    #[arg(long, value_name = "F.csv")]
    clinical: PathBuf,
    /// Feature table, for models that use features; joined by id
    #[arg(long, value_name = "F.csv")]
    features: Option<PathBuf>,
    /// Where to write; standard output without it
    #[arg(long, value_name = "P.csv")]
    out: Option<PathBuf>,
    /// Print or write JSON instead of CSV
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
            check_free(out, self.force)?;
        }
        let model = match &self.model {
            Some(path) => Model::read(path).with_context(|| path.display().to_string())?,
            None => model::embedded().clone(),
        };
        let cases = clinical_cases(&read_table(&self.clinical)?)?;
        let features =
            self.features.as_deref().map(|path| read_table(path).map_err(anyhow::Error::from)).transpose()?;
        let mut predictions = Vec::new();
        for case in cases {
            let inputs = inputs_of(&case, features.as_ref())?;
            let prediction = model::predict(&model, &inputs).with_context(|| format!("case \"{}\"", case.id))?;
            predictions.push((case, prediction));
        }
        self.answer(&model, &predictions)
    }

    fn answer(&self, model: &Model, predictions: &[(ClinicalCase, Prediction)]) -> anyhow::Result<()> {
        if self.json {
            let text = serde_json::to_string_pretty(&as_json(model, predictions))?;
            match &self.out {
                Some(path) => write_atomically(path, self.force, |file| writeln!(file, "{text}"))?,
                None => answer(&format!("{text}\n"))?,
            }
            return Ok(());
        }
        let header = prediction_csv_header(model);
        let rows: Vec<Vec<Cell>> = predictions.iter().map(|(case, p)| prediction_csv_row(&case.id, p)).collect();
        match &self.out {
            Some(path) => write_table(path, &header, &rows, self.force)?,
            None => answer(&csv_text(&header, &rows))?,
        }
        eprintln!("{}. {RESEARCH_USE_ONLY}.", model.name);
        for limit in &model.limits {
            eprintln!("  {limit}");
        }
        Ok(())
    }
}

fn inputs_of(case: &ClinicalCase, features: Option<&Table>) -> anyhow::Result<Inputs> {
    let inputs = Inputs::from_clinical(case);
    let Some(table) = features else { return Ok(inputs) };
    let id = table.column("id")?;
    let rows: Vec<usize> = (0..table.rows.len()).filter(|&row| table.text(row, id) == case.id).collect();
    let [row] = rows.as_slice() else {
        bail!("the feature table has {} rows for case \"{}\"; it must have one", rows.len(), case.id);
    };
    let text = |name: &str| table.column(name).map(|column| table.text(*row, column).to_owned());
    let protocol = ProtocolTag {
        name: text("diagnostics_Configuration_Protocol")?,
        fingerprint: text("diagnostics_Configuration_Fingerprint")?,
        settings: Value::Null,
    };
    let mut values = Vec::new();
    for (column, name) in table.header.iter().enumerate().filter(|(_, name)| name.starts_with("original_")) {
        if let Some(value) = table.number(*row, column)? {
            values.push((name.clone(), value));
        }
    }
    Ok(inputs.with_features(values, protocol))
}

fn as_json(model: &Model, predictions: &[(ClinicalCase, Prediction)]) -> Value {
    let cases: Vec<Value> =
        predictions.iter().map(|(case, prediction)| json!({"id": case.id, "prediction": prediction})).collect();
    json!({
        "note": RESEARCH_USE_ONLY,
        "model": {"id": model.id, "name": model.name, "provenance": model.provenance, "limits": model.limits},
        "cases": cases,
    })
}
