//! A model applied to one patient: log odds, probability with interval, points.
//!
//! The interval is Wald's on the log odds, η ± 1.96 √(xᵀVx), taken through the logistic function (Hosmer & Lemeshow, Applied
//! Logistic Regression, § 1.4). It covers the coefficients' uncertainty alone, not that of the sample's selection.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::{Model, ModelError, Nomogram, Predictor, PredictorRole, ProtocolTag, Radscore, RadscorePart};
use crate::base::Warnings;
use crate::cohort::{CaseToPredict, ClinicalCase};
use crate::stats::{Z_975, logistic};

/// What is known of one patient.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inputs {
    /// Clinical columns and features by name.
    pub values: BTreeMap<String, f64>,
    /// How the features were extracted, where there are any.
    pub protocol: Option<ProtocolTag>,
}

/// What a model says of one patient.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Prediction {
    /// The model's id.
    pub model: String,
    /// Log odds.
    pub linear_predictor: f64,
    /// Probability of the model's outcome within its horizon.
    pub probability: f64,
    /// Its 95 % interval, of the coefficients' uncertainty alone.
    pub ci: [f64; 2],
    /// Whether a number of the patient's lies outside the range of the patients that the model was fitted on.
    pub is_outside: bool,
    /// What each predictor adds.
    pub points: Vec<PredictorPoints>,
    /// Sum of the points.
    pub total_points: f64,
    /// What each feature adds to the radscore, where the model has one.
    pub radscore_parts: Vec<RadscorePart>,
    /// What is odd about the inputs.
    pub warnings: Warnings,
}

/// What one predictor adds to a prediction.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PredictorPoints {
    /// The predictor's name.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// The patient's value.
    pub value: f64,
    /// The value in words: the level's label, else the number with its unit.
    pub shown: String,
    /// What it adds to the log odds.
    pub contribution: f64,
    /// Its points on the nomogram.
    pub points: f64,
}

impl Prediction {
    /// The patient's radscore, where the model has one.
    pub fn radscore(&self) -> Option<f64> {
        let is_radscore = |points: &&PredictorPoints| points.name == Radscore::NAME && !self.radscore_parts.is_empty();
        self.points.iter().find(is_radscore).map(|points| points.value)
    }

    /// The features of the radscore that lie outside the range of the patients that it was fitted on.
    pub fn out_of_range(&self) -> impl Iterator<Item = &RadscorePart> {
        self.radscore_parts.iter().filter(|part| part.outside.is_some())
    }
}

impl Inputs {
    /// The known clinical columns of a case; sex counts 1 for female, markers and hepatitis 1 for elevated or known.
    pub fn from_clinical(case: &ClinicalCase) -> Self {
        let number = |flag: bool| f64::from(u8::from(flag));
        let known = [
            ("sex", case.sex.map(|sex| number(sex == crate::cohort::Sex::Female))),
            ("age", case.age),
            ("pT", case.p_t.map(f64::from)),
            ("pN", case.p_n.map(f64::from)),
            ("CEA", case.cea_elevated.map(number)),
            ("CA199", case.ca199_elevated.map(number)),
            ("hepatitis", case.hepatitis.map(number)),
        ];
        let values = known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        Self { values, protocol: None }
    }

    /// What the tables say of a case, the images' odd sides apart.
    pub fn from_tables(case: &CaseToPredict) -> Self {
        Self { values: case.values.clone(), protocol: case.protocol.as_ref().map(ProtocolTag::from) }
    }

    /// The same with features and the protocol that they were extracted by.
    pub fn with_features(mut self, features: impl IntoIterator<Item = (String, f64)>, protocol: ProtocolTag) -> Self {
        self.values.extend(features);
        self.protocol = Some(protocol);
        self
    }
}

/// Applies a model.
///
/// # Errors
/// A missing input and a value that the model does not know (no number is among them) name the column and what can be given; features of another protocol
/// name what differs.
pub fn predict(model: &Model, inputs: &Inputs) -> Result<Prediction, ModelError> {
    let mut warnings = Warnings::new();
    check_protocol(model, inputs, &mut warnings)?;
    let nomogram = Nomogram::of(model);
    let radscore_parts = radscore_parts(model, inputs, &mut warnings)?;
    let radscore = model.radscore.as_ref().map(|formula| formula.value(radscore_parts.iter().map(|part| part.value)));
    let mut x = vec![1.0];
    let mut points = Vec::new();
    let mut is_outside = radscore_parts.iter().any(|part| part.outside.is_some());
    for (predictors, axis) in model.by_input().zip(&nomogram.axes) {
        let Some(predictor) = predictors.first() else { continue };
        let given = match predictor.role {
            PredictorRole::Radscore => radscore,
            PredictorRole::Clinical | PredictorRole::Feature => inputs.values.get(predictor.input()).copied(),
        };
        let value = checked(model, predictor, given, &mut warnings)?;
        is_outside |= !(predictor.range[0]..=predictor.range[1]).contains(&value);
        x.extend(predictors.iter().map(|predictor| predictor.scaled(value)));
        let contribution = predictors.iter().map(|predictor| predictor.contribution(value)).sum();
        points.push(PredictorPoints {
            name: predictor.input().to_owned(),
            label: predictor.label.clone(),
            value,
            shown: predictor.shown(value),
            contribution,
            points: axis.points(contribution),
        });
    }
    let linear_predictor = model.intercept + points.iter().map(|p| p.contribution).sum::<f64>();
    let rows = model.covariance.iter().map(|row| row.iter().zip(&x).map(|(v, x)| v * x).sum::<f64>());
    let variance: f64 = rows.zip(&x).map(|(row, x)| row * x).sum();
    let half = Z_975 * variance.max(0.0).sqrt();
    Ok(Prediction {
        model: model.id.clone(),
        linear_predictor,
        probability: logistic(linear_predictor),
        ci: [logistic(linear_predictor - half), logistic(linear_predictor + half)],
        is_outside,
        total_points: points.iter().map(|p| p.points).sum(),
        points,
        radscore_parts,
        warnings,
    })
}

/// Each feature of the model's radscore at the patient's value; features outside the training range are warned of in one sentence.
fn radscore_parts(model: &Model, inputs: &Inputs, warnings: &mut Warnings) -> Result<Vec<RadscorePart>, ModelError> {
    let Some(Radscore { terms, .. }) = &model.radscore else { return Ok(Vec::new()) };
    let mut parts = Vec::new();
    for term in terms {
        let [low, high] = term.range();
        let (column, name) = (term.feature.clone(), model.name.clone());
        let allowed = format!("a finite number, in training {low} to {high}");
        match inputs.values.get(&term.feature) {
            Some(value) if value.is_finite() => parts.push(term.part(*value)),
            Some(&found) => return Err(ModelError::NotAllowed { column, found, model: name, allowed }),
            None => return Err(ModelError::Missing { column, model: name, allowed }),
        }
    }
    let outside: Vec<&RadscorePart> = parts.iter().filter(|part| part.outside.is_some()).collect();
    if !outside.is_empty() {
        let named: Vec<&str> = outside.iter().take(NAMED).map(|part| part.feature.as_str()).collect();
        let more = outside.len() - named.len();
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        warnings.push(format!(
            "{} of {} features of the radscore lie outside the range of the patients that it was fitted on ({}{rest}): the prediction is a guess beyond them",
            outside.len(),
            parts.len(),
            named.join(", ")
        ));
    }
    Ok(parts)
}

/// Prevalences at which a prediction is illustrated, where they lie below that of the model's sample.
pub const ILLUSTRATED_PREVALENCES: [f64; 3] = [0.3, 0.2, 0.1];

/// What a prediction would be at another prevalence; see [`at_prevalence`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Illustration {
    /// Part of the patients with the event.
    pub prevalence: f64,
    /// The probability there.
    pub probability: f64,
}

/// A prediction at each of the [`ILLUSTRATED_PREVALENCES`] below that of the model's sample.
pub fn illustrations(model: &Model, prediction: &Prediction) -> Vec<Illustration> {
    let lower = ILLUSTRATED_PREVALENCES.into_iter().filter(|prevalence| *prevalence < model.provenance.prevalence);
    let at = |prevalence| {
        let probability = at_prevalence(model, prediction, prevalence).ok()?;
        Some(Illustration { prevalence, probability })
    };
    lower.filter_map(at).collect()
}

/// The probability if the event were as frequent as `prevalence` among otherwise alike patients: the intercept corrected by the
/// difference of log odds, ln(τ/(1−τ)) − ln(ȳ/(1−ȳ)) (King & Zeng, Political Analysis 2001;9:137, eq. 7).
///
/// An illustration, to be labelled so: it holds only if selection depended on the outcome alone, and has not been tested.
pub fn at_prevalence(model: &Model, prediction: &Prediction, prevalence: f64) -> Result<f64, ModelError> {
    let sample = model.provenance.prevalence;
    for part in [prevalence, sample] {
        if !(part > 0.0 && part < 1.0) {
            return Err(ModelError::Prevalence(part));
        }
    }
    let log_odds = |p: f64| (p / (1.0 - p)).ln();
    Ok(logistic(prediction.linear_predictor + log_odds(prevalence) - log_odds(sample)))
}

impl Predictor {
    /// What is asked of the patient: the column that the predictor is a level of, else the predictor itself.
    pub fn input(&self) -> &str {
        self.indicator.as_ref().map_or(&self.name, |indicator| &indicator.column)
    }

    /// The number that the coefficient multiplies.
    pub fn scaled(&self, value: f64) -> f64 {
        let value = match &self.indicator {
            Some(indicator) => f64::from(u8::from(value == indicator.level)),
            None => value,
        };
        (value - self.center) / self.scale
    }

    /// What a value adds to the log odds.
    pub fn contribution(&self, value: f64) -> f64 {
        self.coefficient * self.scaled(value)
    }

    /// What can be given, in words.
    pub fn allowed(&self) -> String {
        let unit = self.unit.as_deref().map(|unit| format!(" {unit}")).unwrap_or_default();
        if self.levels.is_empty() {
            return format!("a number{unit}, in training {} to {}", self.range[0], self.range[1]);
        }
        let listed: Vec<String> =
            self.levels.iter().map(|level| format!("{} ({})", level.value, level.label)).collect();
        match listed.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
            None => String::new(),
        }
    }

    /// A value in words.
    pub fn shown(&self, value: f64) -> String {
        match self.levels.iter().find(|level| level.value == value) {
            Some(level) => level.label.clone(),
            None => {
                let number = short(value);
                self.unit.as_deref().map_or(number.clone(), |unit| format!("{number} {unit}"))
            }
        }
    }
}

/// A number with at most four decimals and a true minus sign.
fn short(value: f64) -> String {
    let number = format!("{value:.4}").replace('-', "−");
    let is_fraction = number.contains('.');
    if is_fraction { number.trim_end_matches('0').trim_end_matches('.').to_owned() } else { number }
}

fn checked(model: &Model, of: &Predictor, given: Option<f64>, warnings: &mut Warnings) -> Result<f64, ModelError> {
    let (column, allowed) = (of.input().to_owned(), of.allowed());
    let name = model.name.clone();
    let Some(value) = given else {
        return Err(ModelError::Missing { column, model: name, allowed });
    };
    let known = of.levels.is_empty() || of.levels.iter().any(|level| level.value == value);
    if !known || !value.is_finite() {
        return Err(ModelError::NotAllowed { column, found: value, model: name, allowed });
    }
    let [low, high] = of.range;
    if value < low || value > high {
        warnings.push(format!(
            "{} is {}, outside the {} to {} of the patients that the model was fitted on: the prediction is a guess beyond them",
            of.label,
            of.shown(value),
            short(low),
            short(high)
        ));
    }
    Ok(value)
}

fn check_protocol(model: &Model, inputs: &Inputs, warnings: &mut Warnings) -> Result<(), ModelError> {
    let wrong = |difference| Err(ModelError::Protocol { model: model.name.clone(), difference });
    // Features that are missing altogether are named one by one later.
    if !model.features().any(|name| inputs.values.contains_key(name)) {
        return Ok(());
    }
    match (&model.protocol, &inputs.protocol) {
        (Some(expected), Some(found)) if found.fingerprint == expected.fingerprint => Ok(()),
        (Some(expected), Some(found)) => wrong(difference(expected, found)),
        (Some(_), None) => wrong("theirs is not known".to_owned()),
        (None, Some(_)) => wrong("the model does not say how its features were extracted".to_owned()),
        (None, None) => {
            warnings.push(
                "neither the model nor the features say how they were extracted: the prediction holds only if both were by the same settings",
            );
            Ok(())
        }
    }
}

/// Differences of settings that are named; the rest are counted.
const NAMED: usize = 3;

/// The settings that differ, in words; the fingerprints where the settings of either are not known.
fn difference(expected: &ProtocolTag, found: &ProtocolTag) -> String {
    let mut differing = Vec::new();
    if !expected.settings.is_null() && !found.settings.is_null() {
        compare("", Some(&expected.settings), Some(&found.settings), &mut differing);
    }
    if differing.is_empty() {
        return format!("fingerprint {} where the model has {}", found.fingerprint, expected.fingerprint);
    }
    let more = differing.len().saturating_sub(NAMED);
    differing.truncate(NAMED);
    let rest = if more > 0 { format!(", and {more} more") } else { String::new() };
    differing.join(", ") + &rest
}

/// Adds what differs between the model's settings and those found, setting by setting, each under the names that lead to it.
fn compare(path: &str, ours: Option<&Value>, theirs: Option<&Value>, differing: &mut Vec<String>) {
    match (ours, theirs) {
        (Some(Value::Object(ours)), Some(Value::Object(theirs))) => {
            let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
            for name in names {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(&inner, ours.get(name), theirs.get(name), differing);
            }
        }
        (Some(Value::Array(ours)), Some(Value::Array(theirs))) => {
            for index in 0..ours.len().max(theirs.len()) {
                compare(&format!("{path}[{index}]"), ours.get(index), theirs.get(index), differing);
            }
        }
        _ if is_same(ours, theirs) => {}
        _ => differing.push(format!("{path} is {} where the model has {}", shown(theirs), shown(ours))),
    }
}

/// Whether two settings are one: 25 is 25.0, and what is null is not set.
fn is_same(a: Option<&Value>, b: Option<&Value>) -> bool {
    let set = |value: Option<&Value>| value.filter(|value| !value.is_null()).cloned();
    match (set(a), set(b)) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}

/// A setting in words, cut where it is long.
fn shown(value: Option<&Value>) -> String {
    const LONGEST: usize = 60;
    let Some(value) = value.filter(|value| !value.is_null()) else { return "not set".to_owned() };
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
