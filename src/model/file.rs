//! Reading and writing of the model file: JSON with a version and a checksum (`docs/model-file.md`).
//!
//! Whatever is wrong with a file is said before any number of it is used. The checksum (CRC-32 of the compact JSON with an empty
//! `checksum`) guards against damage and careless edits, not against intent.

use std::path::Path;

use flate2::Crc;
use serde_json::Value;

use super::{
    ByOutcome, Model, ModelError, ModelKind, Performance, Predictor, PredictorRole, Provenance, Radscore, RadscoreTerm,
    TrainingRecord,
};
use crate::base::read_at_most;
use crate::radiomics::FeatureId;
use crate::stats::is_positive_semidefinite;

/// What stands in a model file's `format`.
pub const FORMAT: &str = "hepatica-model";
/// The newest schema that is read, and the one that is written.
pub const FORMAT_VERSION: u32 = 2;

/// How far a prevalence may lie from its counts: six digits are enough to write it.
const PREVALENCE_DIGITS: f64 = 1e-6;
/// Least eigenvalue that counts as zero in a covariance whose numbers have twelve digits.
const COVARIANCE_ROUNDING: f64 = 1e-10;

/// Longest text that is read, in bytes; the largest sensible model has 1316 predictors and their covariance.
const MAX_BYTES: usize = 128 << 20;

/// The refusal of a text that is too long.
fn too_long() -> ModelError {
    ModelError::Foreign(format!("it has more than {MAX_BYTES} bytes, as no model has"))
}

impl Model {
    /// Reads a model file. Messages do not name it: whoever asked knows.
    ///
    /// # Errors
    /// The file cannot be read as text, or [`Model::from_json`] refuses it.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let bytes = read_at_most(path, MAX_BYTES).map_err(|cause| ModelError::Unreadable(cause.to_string()))?;
        let bytes = bytes.ok_or_else(too_long)?;
        Self::from_json(
            &String::from_utf8(bytes).map_err(|_| ModelError::Foreign("it is not text in UTF-8".to_owned()))?,
        )
    }

    /// Reads a model file's text and checks all of it.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        if text.len() > MAX_BYTES {
            return Err(too_long());
        }
        let text = text.trim_start_matches('\u{feff}');
        let value: Value = serde_json::from_str(text).map_err(|error| {
            // A file that begins like a model and breaks off is a damaged one.
            let problem = format!("it is not valid JSON ({error})");
            if text.contains(FORMAT) { ModelError::Damaged(problem) } else { ModelError::Foreign(problem) }
        })?;
        match value.get("format").and_then(Value::as_str) {
            Some(FORMAT) => {}
            Some(other) => return Err(ModelError::Foreign(format!("its \"format\" is \"{other}\", not \"{FORMAT}\""))),
            None => return Err(ModelError::Foreign(format!("it has no \"format\": \"{FORMAT}\""))),
        }
        match value.get("formatVersion").and_then(Value::as_u64) {
            Some(found) if found > u64::from(FORMAT_VERSION) => {
                return Err(ModelError::Newer { found, known: FORMAT_VERSION });
            }
            Some(1..) => {}
            _ => return Err(ModelError::Damaged("its \"formatVersion\" is not a whole number from 1 on".to_owned())),
        }
        let model: Self = serde_json::from_str(text).map_err(|error| ModelError::Damaged(error.to_string()))?;
        let computed = model.computed_checksum();
        if model.checksum != computed {
            return Err(ModelError::Checksum { found: model.checksum, computed });
        }
        model.check().map_err(ModelError::Damaged)?;
        Ok(model)
    }

    /// The model's file: indented JSON, its checksum computed anew.
    pub fn to_json(&self) -> String {
        let sealed = Self { checksum: self.computed_checksum(), ..self.clone() };
        // A struct of numbers, texts and lists always serialises.
        serde_json::to_string_pretty(&sealed).unwrap_or_default() + "\n"
    }

    /// The checksum of the content as it stands now.
    pub fn computed_checksum(&self) -> String {
        let unsealed = Self { checksum: String::new(), ..self.clone() };
        let mut crc = Crc::new();
        crc.update(serde_json::to_string(&unsealed).unwrap_or_default().as_bytes());
        format!("crc32:{:08x}", crc.sum())
    }

    /// Everything that the types alone do not hold.
    fn check(&self) -> Result<(), String> {
        if self.predictors.is_empty() {
            return Err("it has no predictors".to_owned());
        }
        for (i, predictor) in self.predictors.iter().enumerate() {
            predictor.check().map_err(|problem| format!("predictor \"{}\" {problem}", predictor.name))?;
            if self.predictors.iter().take(i).any(|other| other.name == predictor.name) {
                return Err(format!("predictor \"{}\" stands in it twice", predictor.name));
            }
        }
        let mut inputs: Vec<&str> = self.by_input().filter_map(|group| group.first()).map(Predictor::input).collect();
        inputs.sort_unstable();
        if let Some([column, _]) = inputs.array_windows().find(|[a, b]| a == b) {
            return Err(format!("the levels of \"{column}\" do not stand together"));
        }
        if !self.intercept.is_finite() {
            return Err("its intercept is not a finite number".to_owned());
        }
        if self.limits.iter().all(|limit| limit.trim().is_empty()) {
            return Err("it names no limits, the first of which stands beside every prediction".to_owned());
        }
        self.check_kind()?;
        self.check_covariance()?;
        self.provenance.check()?;
        if let Some(radscore) = &self.radscore {
            radscore.check()?;
        }
        if let Some(training) = &self.training {
            training.check()?;
        }
        self.performance.check()?;
        self.validation.as_ref().map_or(Ok(()), Performance::check)
    }

    fn check_kind(&self) -> Result<(), String> {
        let of = |role| self.predictors.iter().filter(|p| p.role == role).count();
        let scores = of(PredictorRole::Radscore);
        if scores != usize::from(self.radscore.is_some()) {
            return Err(format!(
                "it has {scores} predictors that are its radscore, and its formula is {}",
                match self.radscore {
                    Some(_) => "there",
                    None => "missing",
                }
            ));
        }
        let (features, clinical) = (of(PredictorRole::Feature) + scores, of(PredictorRole::Clinical));
        let fits = match self.kind {
            ModelKind::Clinical => features == 0,
            ModelKind::Radiomics => clinical == 0,
            ModelKind::Combined => features > 0 && clinical > 0,
        };
        if !fits {
            return Err(format!("its kind does not fit its {clinical} clinical columns and {features} features"));
        }
        // A radscore may come from another program's table, which does not say how its features were extracted.
        if of(PredictorRole::Feature) > 0 && self.protocol.is_none() {
            return Err("it has features but not the protocol that they were extracted by".to_owned());
        }
        let known = |name: &str| name.parse::<FeatureId>().is_ok();
        let unknown = self.features().find(|name| self.protocol.is_some() && !known(name));
        if let Some(name) = unknown {
            return Err(format!("\"{name}\" is no feature; names look like original_glcm_JointEntropy"));
        }
        Ok(())
    }

    fn check_covariance(&self) -> Result<(), String> {
        let n = self.predictors.len() + 1;
        if self.covariance.len() != n || self.covariance.iter().any(|row| row.len() != n) {
            return Err(format!("its covariance is not {n} by {n} (intercept and predictors)"));
        }
        for (i, row) in self.covariance.iter().enumerate() {
            let mirrored = row.iter().enumerate().all(|(j, cell)| {
                let other = self.covariance.get(j).and_then(|row| row.get(i)).copied().unwrap_or(f64::NAN);
                cell.is_finite() && (cell - other).abs() <= 1e-9 * cell.abs().max(other.abs())
            });
            if !mirrored || row.get(i).is_none_or(|variance| *variance <= 0.0) {
                return Err(
                    "its covariance is not a symmetric matrix with variances above 0 on its diagonal".to_owned()
                );
            }
        }
        if !is_positive_semidefinite(&self.covariance, COVARIANCE_ROUNDING) {
            return Err("its covariance is no covariance: some combination of the coefficients has a variance below 0"
                .to_owned());
        }
        Ok(())
    }
}

impl Provenance {
    fn check(&self) -> Result<(), String> {
        let Self { n, events, prevalence, .. } = *self;
        if !(1..n).contains(&events) {
            return Err(format!("it was fitted on {n} cases with {events} events, where both outcomes must occur"));
        }
        let counted = f64::from(events) / f64::from(n);
        if (prevalence - counted).abs() <= PREVALENCE_DIGITS {
            return Ok(());
        }
        Err(format!("its prevalence is {prevalence}, and {events} events in {n} cases are {counted:.6}"))
    }
}

impl Performance {
    fn check(&self) -> Result<(), String> {
        let points = || self.roc.iter().chain(std::iter::once(&self.operating_point));
        let rates = points().flat_map(|point| [point.sensitivity, point.specificity]);
        let thresholds = points().filter_map(|point| point.threshold);
        let mut parts = std::iter::once(self.auc).chain(self.auc_ci).chain(rates).chain(thresholds);
        if parts.any(|part| !(0.0..=1.0).contains(&part)) {
            return Err("an AUC, sensitivity, specificity or threshold is not within 0 to 1".to_owned());
        }
        let [low, high] = self.auc_ci;
        if !(low <= self.auc && self.auc <= high) {
            return Err(format!("its AUC of {} is not within its interval, {low} to {high}", self.auc));
        }
        Ok(())
    }
}

impl Predictor {
    fn check(&self) -> Result<(), String> {
        let numbers = [self.range[0], self.range[1], self.coefficient, self.center, self.scale];
        if numbers.into_iter().chain(self.levels.iter().map(|level| level.value)).any(|number| !number.is_finite()) {
            return Err("has a number that is not finite".to_owned());
        }
        if self.scale <= 0.0 {
            return Err(format!("has the scale {}, which must be above 0", self.scale));
        }
        if let Some(indicator) = &self.indicator
            && self.levels.iter().all(|level| level.value != indicator.level)
        {
            return Err(format!(
                "stands for the level {} of \"{}\", which is none of its levels",
                indicator.level, indicator.column
            ));
        }
        if self.range[0] > self.range[1] {
            return Err(format!("has a range from {} down to {}", self.range[0], self.range[1]));
        }
        for (i, level) in self.levels.iter().enumerate() {
            if self.levels.iter().take(i).any(|other| other.value == level.value || other.label == level.label) {
                return Err(format!("has the level {} ({}) twice", level.value, level.label));
            }
        }
        Ok(())
    }
}

impl Radscore {
    fn check(&self) -> Result<(), String> {
        if self.terms.is_empty() || !self.intercept.is_finite() {
            return Err("its radscore has no features, or no finite intercept".to_owned());
        }
        for (i, term) in self.terms.iter().enumerate() {
            term.check().map_err(|problem| format!("the radscore's feature \"{}\" {problem}", term.feature))?;
            if self.terms.iter().take(i).any(|other| other.feature == term.feature) {
                return Err(format!("the radscore's feature \"{}\" stands in it twice", term.feature));
            }
        }
        self.training
            .check(f64::NEG_INFINITY..=f64::INFINITY)
            .map_err(|problem| format!("of its training radscores {problem}"))
    }
}

impl RadscoreTerm {
    fn check(&self) -> Result<(), String> {
        let numbers = [self.coefficient, self.mean, self.sd];
        if numbers.iter().chain(&self.quantiles).any(|number| !number.is_finite()) || self.sd < 0.0 {
            return Err("has a number that is not finite, or a standard deviation below 0".to_owned());
        }
        if self.quantiles.len() < 2 || !self.quantiles.is_sorted() {
            return Err("has quantiles that do not rise".to_owned());
        }
        Ok(())
    }
}

impl TrainingRecord {
    fn check(&self) -> Result<(), String> {
        let sets = std::iter::once(&self.risk).chain(&self.validation_risk);
        for set in sets {
            set.check(0.0..=1.0).map_err(|problem| format!("of its training record's probabilities {problem}"))?;
        }
        Ok(())
    }
}

impl ByOutcome {
    fn check(&self, allowed: std::ops::RangeInclusive<f64>) -> Result<(), String> {
        for values in [&self.without, &self.with] {
            if !values.is_sorted() || values.iter().any(|value| !value.is_finite() || !allowed.contains(value)) {
                return Err("some are not finite, not allowed, or do not rise".to_owned());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{clinical, embedded};
    use super::*;

    fn edited(edit: impl Fn(&mut Model)) -> Result<Model, ModelError> {
        let mut model = clinical::from_table1();
        edit(&mut model);
        Model::from_json(&model.to_json())
    }

    #[test]
    fn a_file_gives_the_same_model_back() {
        let model = Model::from_json(&embedded().to_json()).unwrap();
        assert_eq!(&model, embedded());
    }

    fn says(edit: &dyn Fn(&mut Model), words: &str) {
        let error = edited(edit).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn a_prevalence_that_the_counts_do_not_have_is_refused() {
        says(&|m| m.provenance.prevalence = 0.05, "prevalence is 0.05, and 52 events in 112 cases are 0.464286");
        says(&|m| m.provenance.events = 112, "both outcomes");
        says(&|m| m.provenance.n = 0, "both outcomes");
        assert!(edited(|m| m.provenance.prevalence = 0.464286).is_ok());
    }

    #[test]
    fn thresholds_and_the_interval_of_the_area_must_be_possible() {
        says(&|m| m.performance.auc_ci.reverse(), "not within its interval, 0.71");
        says(&|m| m.performance.operating_point.threshold = Some(1.5), "threshold is not within 0 to 1");
    }

    #[test]
    fn a_covariance_that_would_give_an_interval_without_width_is_refused() {
        // The variance of pT3's log odds would be negative.
        says(&|m| m.covariance = vec![vec![1.0, -0.9], vec![-0.9, 0.3]], "variance below 0");
        says(&|m| m.covariance = vec![vec![0.0; 2]; 2], "variances above 0");
        // A coefficient that follows from the other one, to twelve digits.
        let third = 0.333_333_333_333;
        assert!(edited(|m| m.covariance = vec![vec![1.0, third], vec![third, 0.111_111_111_111]]).is_ok());
    }

    #[test]
    fn what_does_not_fit_together_is_named() {
        says(&|m| m.covariance.truncate(1), "2 by 2");
        says(&|m| m.covariance[0][1] = 3.0, "symmetric");
        says(&|m| m.predictors[0].scale = 0.0, "\"pT\" has the scale 0");
        says(&|m| m.kind = ModelKind::Radiomics, "1 clinical columns and 0 features");
        says(&|m| m.performance.auc = 1.2, "within 0 to 1");
        says(&|m| m.predictors.push(m.predictors[0].clone()), "\"pT\" stands in it twice");
        says(&|m| m.predictors[0].levels[1].value = 2.0, "the level 2 (pT3) twice");
        says(&|m| m.predictors[0].role = PredictorRole::Radscore, "formula is missing");
        says(&|m| m.limits.clear(), "no limits");
        says(&|m| m.format = "other".to_owned(), "not a Hepatica model file");
    }
}
