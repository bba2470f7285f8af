//! `hepatica predict`: what a model makes of the cases of a table.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};

use super::input::is_same;
use super::output::answer;
use crate::base::{RESEARCH_USE_ONLY, check_free, write_atomically};
use crate::cohort::{CLINICAL_COLUMNS, ClinicalCase, check_column, clinical_cases};
use crate::exchange::table::{Cell, Table, csv_text, read_table, write_table};
use crate::model::{self, Inputs, Model, ModelError, Prediction, ProtocolTag};
use crate::radiomics::FeatureId;
use crate::report::{ILLUSTRATION_NOTE, prediction_csv_header, prediction_csv_row};

/// The column of a feature table with the settings of the extraction.
const SETTINGS: &str = "diagnostics_Configuration_Settings";
/// The column that says whether an image is simulated.
const SIMULATED: &str = "diagnostics_Simulated";

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
        let table = read_table(&self.clinical)?;
        for predictor in model.clinical_inputs() {
            check_column(&table, predictor.input())?;
        }
        let cases = clinical_cases(&table)?;
        check_cases(&cases, &self.clinical)?;
        let features =
            self.features.as_deref().map(|path| read_table(path).map_err(anyhow::Error::from)).transpose()?;
        let mut predictions = Vec::new();
        for (of_case, case) in cases.into_iter().enumerate() {
            let row = features.as_ref().map(|table| row_of(table, &case).map(|row| (table, row))).transpose()?;
            let mut inputs = inputs_of(&model, &case, row)?;
            inputs.values.extend(others_of(&model, &table, of_case)?);
            let mut prediction = model::predict(&model, &inputs).with_context(|| format!("case \"{}\"", case.id))?;
            if row.is_some_and(|(table, row)| is_simulated(table, row)) {
                prediction.warnings.push("the features are those of a simulated patient");
            }
            predictions.push((case, prediction));
        }
        self.answer(&model, &predictions)
    }

    /// Refuses an ending that is no format, and a table that is read.
    fn check_out(&self, out: &Path) -> anyhow::Result<()> {
        let inputs = [Some(&self.clinical), self.features.as_ref(), self.model.as_ref()];
        if inputs.into_iter().flatten().any(|input| is_same(input, out)) {
            bail!("{} is what the prediction is made from; write to another file", out.display());
        }
        let ending = if self.json { &["json"][..] } else { &["csv", "json"] };
        if !out.extension().is_some_and(|found| ending.iter().any(|wanted| found.eq_ignore_ascii_case(wanted))) {
            bail!(
                "{} does not end in .{}, which decides the format; choose another name",
                out.display(),
                ending.join(" or .")
            );
        }
        Ok(check_free(out, self.force)?)
    }

    /// Whether JSON is wanted, by the switch or by the file's ending.
    fn wants_json(&self) -> bool {
        self.json
            || self.out.as_ref().is_some_and(|out| out.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")))
    }

    fn answer(&self, model: &Model, predictions: &[(ClinicalCase, Prediction)]) -> anyhow::Result<()> {
        if self.wants_json() {
            let text = serde_json::to_string_pretty(&self.as_json(model, predictions)?)?;
            match &self.out {
                Some(path) => write_atomically(path, self.force, |file| writeln!(file, "{text}"))?,
                None => answer(&format!("{text}\n"))?,
            }
            return Ok(());
        }
        let mut header = prediction_csv_header(model);
        let mut rows: Vec<Vec<Cell>> =
            predictions.iter().map(|(case, p)| prediction_csv_row(&case.id, model, p)).collect();
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

    fn as_json(&self, model: &Model, predictions: &[(ClinicalCase, Prediction)]) -> Result<Value, ModelError> {
        let mut cases = Vec::new();
        for (case, prediction) in predictions {
            let mut object = json!({"id": case.id, "prediction": prediction});
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

/// Refuses a table without a case, and two cases of one name.
fn check_cases(cases: &[ClinicalCase], path: &Path) -> anyhow::Result<()> {
    if cases.is_empty() {
        bail!("{} has a header and no case; give one row a case", path.display());
    }
    let mut ids = std::collections::HashSet::new();
    if let Some(twice) = cases.iter().find(|case| !ids.insert(case.id.as_str())) {
        bail!("{} has case \"{}\" twice; give each case an id of its own", path.display(), twice.id);
    }
    Ok(())
}

/// The one row of a feature table with a case's features.
fn row_of(table: &Table, case: &ClinicalCase) -> anyhow::Result<usize> {
    let id = table.column("id")?;
    let rows: Vec<usize> = (0..table.rows.len()).filter(|&row| table.text(row, id) == case.id).collect();
    match rows.as_slice() {
        [row] => Ok(*row),
        rows => bail!("the feature table has {} rows for case \"{}\"; it must have one", rows.len(), case.id),
    }
}

/// What a row says of the clinical columns of a model that are none of the usual ones: plain numbers.
fn others_of(model: &Model, table: &Table, row: usize) -> anyhow::Result<Vec<(String, f64)>> {
    let mut values = Vec::new();
    for predictor in model.clinical_inputs() {
        let name = predictor.input();
        if !CLINICAL_COLUMNS.contains(&name) {
            let number = table.number(row, table.column(name)?)?;
            values.extend(number.map(|number| (name.to_owned(), number)));
        }
    }
    Ok(values)
}

/// Whether a row says that its image is simulated.
fn is_simulated(table: &Table, row: usize) -> bool {
    table.column(SIMULATED).is_ok_and(|column| table.text(row, column).eq_ignore_ascii_case("true"))
}

fn inputs_of(model: &Model, case: &ClinicalCase, features: Option<(&Table, usize)>) -> anyhow::Result<Inputs> {
    let inputs = Inputs::from_clinical(case);
    let Some((table, row)) = features else { return Ok(inputs) };
    let text = |name: &str| table.column(name).map(|column| table.text(row, column));
    // Tables of other programs do not say how features were extracted; the prediction says what that means.
    let protocol = match text("diagnostics_Configuration_Fingerprint") {
        Ok(fingerprint) => Some(ProtocolTag {
            name: text("diagnostics_Configuration_Protocol").unwrap_or_default().to_owned(),
            fingerprint: fingerprint.to_owned(),
            settings: text(SETTINGS).ok().and_then(|settings| serde_json::from_str(settings).ok()).unwrap_or_default(),
        }),
        Err(_) => None,
    };
    let needed: HashSet<&str> = model.features().collect();
    let is_feature = |name: &str| name.parse::<FeatureId>().is_ok() || needed.contains(name);
    let mut values = Vec::new();
    for (column, name) in table.header.iter().enumerate().filter(|(_, name)| is_feature(name)) {
        // A feature that was extracted and has no value is not one that was left out.
        let has_no_value = table.text(row, column).eq_ignore_ascii_case("nan");
        if let Some(value) = table.number(row, column)?.or(has_no_value.then_some(f64::NAN)) {
            values.push((name.clone(), value));
        }
    }
    let mut inputs = inputs;
    inputs.values.extend(values);
    inputs.protocol = protocol;
    Ok(inputs)
}
