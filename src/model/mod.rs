//! The model file, the embedded models, prediction and the nomogram.
//!
//! A model is a logistic regression with everything needed to use it honestly: where it comes from, which inputs it takes, how
//! its features were extracted, how well it did, and what limits it. `docs/model-file.md` has the file's schema.

pub mod clinical;
mod evaluate;
mod file;
mod library;
mod nomogram;
mod predict;
mod radscore;
mod recalibrate;
mod record;
mod tested;
pub mod train;
mod words;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cohort::FeatureProtocol;
use crate::radiomics::Diagnostics;

pub use evaluate::{EvaluateError, Evaluation, evaluate, needed};
pub use file::{FORMAT, FORMAT_VERSION};
pub use library::{demonstration, embedded, library};
pub use nomogram::{Nomogram, NomogramAxis, NomogramTick};
pub use predict::{
    ILLUSTRATED_PREVALENCES, Illustration, Inputs, Prediction, PredictorPoints, at_prevalence, illustrations, predict,
};
pub use radscore::{ByOutcome, Radscore, RadscorePart, RadscoreTerm};
pub use recalibrate::Recalibrated;
pub use record::{InternalValidation, TrainingRecord, TrainingStep};
pub use tested::{Measure, THRESHOLDS, Tested};
pub use words::{NO_INTERVAL, percent};

/// Why a model cannot be read or cannot predict.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// The file could not be read at all.
    #[error("the model file could not be read: {0}")]
    Unreadable(String),
    /// The text is not a model file.
    #[error("this is not a Hepatica model file: {0}")]
    Foreign(String),
    /// The file was written by a later program.
    #[error(
        "the model file has format version {found}, and this program reads up to version {known}: use a newer Hepatica"
    )]
    Newer {
        /// The file's version.
        found: u64,
        /// The newest version known here.
        known: u32,
    },
    /// The file does not hold what its version asks for.
    #[error("the model file is damaged: {0}; get it again from where it came from")]
    Damaged(String),
    /// The checksum does not fit the content.
    #[error(
        "the model file was changed after it was written: its checksum is {found}, its content gives {computed}; get it again from where it came from"
    )]
    Checksum {
        /// The checksum in the file.
        found: String,
        /// The checksum of the content.
        computed: String,
    },
    /// A needed input is not given.
    #[error("\"{column}\" is missing; {model} needs it: {allowed}")]
    Missing {
        /// The input's column.
        column: String,
        /// The model's name.
        model: String,
        /// What can be given.
        allowed: String,
    },
    /// An input has a value that the model does not know.
    #[error("\"{column}\" is {found}; {model} takes {allowed}")]
    NotAllowed {
        /// The input's column.
        column: String,
        /// What was given.
        found: f64,
        /// The model's name.
        model: String,
        /// What can be given.
        allowed: String,
    },
    /// The features were extracted in another way than those the model was trained on.
    #[error(
        "the features were extracted by another protocol than {model} was trained on: {difference}; extract them again with the model's protocol"
    )]
    Protocol {
        /// The model's name.
        model: String,
        /// What differs.
        difference: String,
    },
    /// A prevalence must be a part between 0 and 1.
    #[error("{0} is no prevalence: give a number above 0 and below 1")]
    Prevalence(f64),
}

/// What a model is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ModelKind {
    /// Clinical columns alone.
    Clinical,
    /// Features of an image alone.
    Radiomics,
    /// Both.
    Combined,
}

impl ModelKind {
    /// As it is written in files and within a sentence.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clinical => "clinical",
            Self::Radiomics => "radiomics",
            Self::Combined => "combined",
        }
    }

    /// At the beginning of a sentence, and as a figure names it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Clinical => "Clinical",
            Self::Radiomics => "Radiomics",
            Self::Combined => "Combined",
        }
    }
}

/// Where a model's numbers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DataKind {
    /// Rebuilt from counts that were published.
    PublishedCounts,
    /// Fitted on patients' records.
    Patients,
    /// Fitted on simulated data; such a model says nothing about patients.
    Simulated,
}

impl DataKind {
    /// As it is written in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PublishedCounts => "publishedCounts",
            Self::Patients => "patients",
            Self::Simulated => "simulated",
        }
    }

    /// As it stands beside a model's name.
    pub const fn badge(self) -> &'static str {
        match self {
            Self::PublishedCounts => "PUBLISHED COUNTS",
            Self::Patients => "PATIENTS (OWN COHORT)",
            Self::Simulated => "SIMULATED",
        }
    }
}

/// Source of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Provenance {
    /// Reference in words.
    pub source: String,
    /// Digital object identifier.
    pub doi: Option<String>,
    /// How the coefficients were obtained, in one sentence.
    pub method: String,
    /// Cases that it was fitted on.
    pub n: u32,
    /// Cases with the event.
    pub events: u32,
    /// Part of the cases with the event.
    pub prevalence: f64,
    /// What the cases are.
    pub data: DataKind,
}

/// How features were extracted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProtocolTag {
    /// What it is called.
    pub name: String,
    /// Hash of all settings that decide numbers.
    pub fingerprint: String,
    /// The settings that decide numbers, so that a difference can be named; null where they are not known.
    pub settings: Value,
}

impl ProtocolTag {
    /// How features were extracted, by what the extraction says of itself.
    pub fn of(diagnostics: &Diagnostics) -> Self {
        let Diagnostics { protocol, fingerprint, settings, .. } = diagnostics;
        Self { name: protocol.clone(), fingerprint: fingerprint.clone(), settings: settings.clone() }
    }
}

impl From<&FeatureProtocol> for ProtocolTag {
    fn from(found: &FeatureProtocol) -> Self {
        let FeatureProtocol { name, fingerprint, settings } = found;
        Self { name: name.clone(), fingerprint: fingerprint.clone(), settings: settings.clone() }
    }
}

/// What a predictor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PredictorRole {
    /// A clinical column.
    Clinical,
    /// A feature of the image.
    Feature,
    /// The radscore, computed from features by the model's own formula.
    Radscore,
}

/// One value that a graded predictor can take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Level {
    /// The number that stands in the column.
    pub value: f64,
    /// What people call it.
    pub label: String,
}

/// What makes a predictor one level of a column against the column's reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Indicator {
    /// The column, which is what is asked of the patient.
    pub column: String,
    /// The level: the predictor is 1 there and 0 elsewhere.
    pub level: f64,
}

/// One predictor of a model; it adds `coefficient × (value − center) / scale` to the log odds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Predictor {
    /// The column's or feature's name.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Clinical column or feature.
    pub role: PredictorRole,
    /// Its unit, if it has one.
    pub unit: Option<String>,
    /// The values that it can take; empty for a continuous predictor.
    pub levels: Vec<Level>,
    /// Smallest and largest value in training.
    pub range: [f64; 2],
    /// Log odds per scaled unit.
    pub coefficient: f64,
    /// Subtracted before scaling.
    pub center: f64,
    /// Divides the centred value.
    pub scale: f64,
    /// Set where the predictor is one level of a column; `levels` and `range` are then the column's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indicator: Option<Indicator>,
}

/// A point of the model's ROC curve; `threshold` is a probability, `None` beyond all patients.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CurvePoint {
    /// Patients with at least this probability are called positive.
    pub threshold: Option<f64>,
    /// Part of the patients with the event that are called positive.
    pub sensitivity: f64,
    /// Part of the patients without the event that are called negative.
    pub specificity: f64,
}

/// How well a model told patients apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Performance {
    /// On whom it was measured, in words.
    pub measured_on: String,
    /// Area under the ROC curve.
    pub auc: f64,
    /// Its 95 % interval (DeLong).
    pub auc_ci: [f64; 2],
    /// The curve, from sensitivity 1 to specificity 1.
    pub roc: Vec<CurvePoint>,
    /// The point with the largest Youden index.
    pub operating_point: CurvePoint,
}

/// A model as it stands in its file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Model {
    /// Always [`FORMAT`].
    pub format: String,
    /// Version of the file's schema.
    pub format_version: u32,
    /// Identifies the model and its version.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it is made of.
    pub kind: ModelKind,
    /// The event whose probability it gives.
    pub outcome: String,
    /// Within how many months.
    pub horizon_months: u32,
    /// For whom it is meant.
    pub intended_use: String,
    /// Where it comes from.
    pub provenance: Provenance,
    /// How its features were extracted; none for a model without features.
    pub protocol: Option<ProtocolTag>,
    /// Its inputs.
    pub predictors: Vec<Predictor>,
    /// Log odds where every predictor is at its center.
    pub intercept: f64,
    /// Covariance of intercept and coefficients, in the predictors' order; for the probability's interval.
    pub covariance: Vec<Vec<f64>>,
    /// The formula of its radscore, where that is a predictor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radscore: Option<Radscore>,
    /// How well it did on the patients that it was fitted on.
    pub performance: Performance,
    /// How well it did on patients that were held back, where there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Performance>,
    /// How it was trained, where that was done here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<TrainingRecord>,
    /// What limits it, in plain words, one sentence each.
    pub limits: Vec<String>,
    /// Guards against damage; see [`Model::to_json`].
    pub checksum: String,
}

impl Model {
    /// The predictors by what is asked of the patient: levels of one column together, every other predictor alone.
    pub fn by_input(&self) -> impl Iterator<Item = &[Predictor]> {
        self.predictors.chunk_by(|a, b| a.input() == b.input())
    }

    /// The clinical columns that it asks for, each by its first predictor.
    pub fn clinical_inputs(&self) -> impl Iterator<Item = &Predictor> {
        let first = self.by_input().filter_map(<[Predictor]>::first);
        first.filter(|predictor| predictor.role == PredictorRole::Clinical)
    }

    /// The names of the features that it needs: predictors of their own, and the terms of its radscore.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        let own = self.predictors.iter().filter(|p| p.role == PredictorRole::Feature).map(|p| p.name.as_str());
        own.chain(self.radscore.iter().flat_map(|radscore| radscore.terms.iter().map(|term| term.feature.as_str())))
    }
}
