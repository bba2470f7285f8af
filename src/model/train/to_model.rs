//! A trained model as the file that others use: coefficients, inputs, training distributions, record and limits.

use serde::Serialize;

use super::design::Term;
use super::{Measured, Trained, Training};
use crate::cohort::{Cohort, Set};
use crate::model::{
    ByOutcome, DataKind, FORMAT, FORMAT_VERSION, Indicator, InternalValidation, Model, ModelKind, Performance,
    Predictor, PredictorRole, ProtocolTag, Provenance, Radscore, RadscoreTerm, TrainingRecord,
};
use crate::stats::quantile;

/// Quantiles of a feature's training distribution that a model keeps: at each 5 %.
const QUANTILES: usize = 20;

/// What a team says of its cohort, for the model's file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// Where the patients come from, in words.
    pub source: String,
    /// The event.
    pub outcome: String,
    /// Within how many months.
    pub horizon_months: u32,
    /// For whom the model is meant.
    pub intended_use: String,
    /// What the patients are.
    pub data: DataKind,
}

impl Default for About {
    fn default() -> Self {
        Self {
            source: "A cohort of the user's own".to_owned(),
            outcome: "metachronous liver metastasis after rectal cancer surgery".to_owned(),
            horizon_months: 24,
            intended_use: "Research on patients like those that it was trained on. Not for clinical decisions."
                .to_owned(),
            data: DataKind::Patients,
        }
    }
}

impl About {
    /// What the cohort itself tells: whether its images are simulated.
    pub fn of(cohort: &Cohort) -> Self {
        if cohort.features.is_simulated {
            return Self {
                source: "Simulated patients who never lived".to_owned(),
                intended_use: "Showing how the program works. It says nothing about any patient.".to_owned(),
                data: DataKind::Simulated,
                ..Self::default()
            };
        }
        Self::default()
    }
}

impl Training {
    /// The file of one of its models.
    pub fn to_model(&self, cohort: &Cohort, trained: &Trained, about: &About) -> Model {
        let rows = cohort.rows(Set::Training);
        let radscore = match trained.kind {
            ModelKind::Clinical => None,
            ModelKind::Radiomics | ModelKind::Combined => self.radscore_of(cohort, &rows),
        };
        let predictors = self.predictors(trained, radscore.as_ref(), &rows);
        let (n, n_events) = (trained.training.n, trained.training.n_events);
        let inputs: Vec<&str> = predictors.iter().map(|predictor| predictor.name.as_str()).collect();
        let mut model = Model {
            format: FORMAT.to_owned(),
            format_version: FORMAT_VERSION,
            id: String::new(),
            name: format!("{} ({})", named(trained.kind, about.data), inputs.join(", ")),
            kind: trained.kind,
            outcome: about.outcome.clone(),
            horizon_months: about.horizon_months,
            intended_use: about.intended_use.clone(),
            provenance: Provenance {
                source: about.source.clone(),
                doi: None,
                method: self.method(trained.kind),
                n: n as u32,
                events: n_events as u32,
                prevalence: n_events as f64 / n as f64,
                data: about.data,
            },
            protocol: radscore.as_ref().and(cohort.features.protocol.as_ref()).map(ProtocolTag::from),
            predictors,
            intercept: trained.regression.fit.coefficients[0],
            covariance: symmetric(&trained.regression.fit.covariance),
            radscore,
            performance: trained
                .training
                .summary(format!("the {n} patients that it was fitted on (apparent performance)")),
            validation: trained.validation.as_ref().map(on_validation),
            training: Some(self.record(cohort, trained)),
            limits: self.limits(trained, about),
            checksum: String::new(),
        };
        model.id = format!("{}-{}", trained.kind.as_str(), model.computed_checksum().replace("crc32:", ""));
        model.checksum = model.computed_checksum();
        model
    }

    /// The radscore's formula with the training patients' distributions, the heaviest feature first.
    fn radscore_of(&self, cohort: &Cohort, rows: &[usize]) -> Option<Radscore> {
        let (selection, scores) = (self.selection.as_ref()?, self.radscore.as_ref()?);
        let mut terms: Vec<RadscoreTerm> = selection
            .terms
            .iter()
            .map(|&(candidate, coefficient)| {
                let column = self.candidates[candidate];
                let values: Vec<f64> = rows.iter().map(|&row| cohort.features.columns[column][row]).collect();
                term_of(cohort.features.names[column].clone(), coefficient, values)
            })
            .collect();
        terms.sort_by(|a, b| (b.coefficient * b.sd).abs().total_cmp(&(a.coefficient * a.sd).abs()));
        let scores: Vec<f64> = rows.iter().map(|&row| scores[row]).collect();
        let outcome = cohort.outcomes(rows);
        Some(Radscore { intercept: selection.intercept, terms, training: ByOutcome::of(&scores, &outcome) })
    }

    fn predictors(&self, trained: &Trained, radscore: Option<&Radscore>, rows: &[usize]) -> Vec<Predictor> {
        let regression = &trained.regression;
        let mut coefficients = regression.fit.coefficients.iter().skip(1).copied();
        let score = radscore.zip(radscore.and_then(|_| coefficients.next())).map(|(radscore, coefficient)| {
            let (values, _) = radscore.training.pairs();
            Predictor {
                name: Radscore::NAME.to_owned(),
                label: "Radscore".to_owned(),
                role: PredictorRole::Radscore,
                unit: None,
                levels: Vec::new(),
                range: range(values),
                coefficient,
                center: 0.0,
                scale: 1.0,
                indicator: None,
            }
        });
        let clinical = regression.terms.iter().zip(coefficients);
        let clinical = clinical.map(|(&term, coefficient)| clinical_predictor(&self.terms[term], coefficient, rows));
        score.into_iter().chain(clinical).collect()
    }

    fn method(&self, kind: ModelKind) -> String {
        let radscore = "radscore by ICC, mRMR and LASSO";
        let chosen = match self.pipeline.clinical_columns {
            Some(_) => "clinical columns as given",
            None => "clinical columns by univariable and multivariable p",
        };
        let steps = match kind {
            ModelKind::Clinical => chosen.to_owned(),
            ModelKind::Radiomics => radscore.to_owned(),
            ModelKind::Combined => format!("{radscore}; {chosen}"),
        };
        format!("Logistic regression; {steps}. Pipeline of Liang et al. 2022 (doi 10.1186/s40644-022-00485-z).")
    }

    fn record(&self, cohort: &Cohort, trained: &Trained) -> TrainingRecord {
        let by_outcome = |set| {
            let rows = cohort.rows(set);
            let probabilities: Vec<f64> = rows.iter().map(|&row| trained.probabilities[row]).collect();
            let outcome = cohort.outcomes(&rows);
            ByOutcome::of(&probabilities, &outcome)
        };
        let validation = by_outcome(Set::Validation);
        TrainingRecord {
            program: format!("Hepatica {}", env!("CARGO_PKG_VERSION")),
            pipeline: serde_json::to_value(&self.pipeline).unwrap_or_default(),
            steps: self.steps.clone(),
            risk: by_outcome(Set::Training),
            validation_risk: Some(validation).filter(|set| !set.with.is_empty() || !set.without.is_empty()),
            events_per_variable: self.events_per_variable(trained),
            internal: self.internal(trained),
            doubts: self.doubts_of(trained),
        }
    }

    /// What resampling made of one of its models; the study's own models beside the chosen ones were not resampled.
    pub fn internal(&self, trained: &Trained) -> Option<InternalValidation> {
        let is_chosen = self.models.iter().any(|chosen| std::ptr::eq(chosen, trained));
        self.resampled.as_ref().filter(|_| is_chosen)?.of(trained.kind)
    }

    /// What makes one of its models doubtful: what does so with all of them, and its own doubts.
    pub fn doubts_of(&self, trained: &Trained) -> Vec<String> {
        let of_one = |doubt: &&String| self.models.iter().any(|model| model.doubts.contains(doubt));
        let of_all = self.doubts.iter().filter(|doubt| !of_one(doubt));
        of_all.chain(&trained.doubts).cloned().collect()
    }

    /// Events per coefficient that was considered, and per one of the model.
    pub fn events_per_variable(&self, trained: &Trained) -> [f64; 2] {
        let features = self.candidates.len();
        let considered = match trained.kind {
            ModelKind::Clinical => self.terms.len(),
            ModelKind::Radiomics => features,
            ModelKind::Combined => features + self.terms.len(),
        };
        let events = trained.training.n_events as f64;
        [considered, trained.regression.fit.coefficients.len() - 1].map(|n| events / n.max(1) as f64)
    }

    fn limits(&self, trained: &Trained, about: &About) -> Vec<String> {
        let Measured { n, n_events, roc, .. } = &trained.training;
        let mut limits = Vec::new();
        if about.data == DataKind::Simulated {
            limits.push(SIMULATED_LIMIT.to_owned());
        }
        limits.push(prevalence_limit(*n, *n_events));
        limits.push(match &trained.validation {
            Some(validation) => format!(
                "It was tested on {} patients of the same cohort alone (AUC {:.3} there, {:.3} on those it was fitted on); elsewhere expect less.",
                validation.n, validation.roc.auc, roc.auc
            ),
            None => format!(
                "It was measured on the patients that it was fitted on alone (AUC {:.3}); in others expect less.",
                roc.auc
            ),
        });
        limits.extend(self.doubts_of(trained));
        limits
    }
}

/// What is said first of a model that no patient's data went into.
pub const SIMULATED_LIMIT: &str = "Fitted on simulated data: its numbers say nothing about any patient.";

/// What the frequency of the event among a model's patients means for others.
pub fn prevalence_limit(n: usize, n_events: usize) -> String {
    let share = 100.0 * n_events as f64 / n.max(1) as f64;
    format!(
        "Of the {n} patients that its probabilities were fitted on, {share:.0} % ({n_events}) had the event; where the event is rarer, the probability overstates the risk."
    )
}

fn named(kind: ModelKind, data: DataKind) -> String {
    match data {
        DataKind::Simulated => format!("Simulated {} model", kind.as_str()),
        DataKind::Patients | DataKind::PublishedCounts => format!("{} model", kind.title()),
    }
}

fn on_validation(measured: &Measured) -> Performance {
    measured.summary(format!("{} patients of the same cohort that were held back", measured.n))
}

fn term_of(feature: String, coefficient: f64, mut values: Vec<f64>) -> RadscoreTerm {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let sd = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    values.sort_by(f64::total_cmp);
    let quantiles = (0..=QUANTILES).map(|i| quantile(&values, i as f64 / QUANTILES as f64)).collect();
    RadscoreTerm { feature, coefficient, mean, sd, quantiles }
}

fn clinical_predictor(term: &Term, coefficient: f64, rows: &[usize]) -> Predictor {
    let of_column = || match term.indicator {
        Some(_) => term.levels.iter().map(|level| level.value).collect(),
        None => rows.iter().map(|&row| term.values[row]).collect::<Vec<f64>>(),
    };
    Predictor {
        name: term.name.clone(),
        label: term.label.clone(),
        role: PredictorRole::Clinical,
        unit: term.unit.clone(),
        levels: term.levels.clone(),
        range: range(of_column()),
        coefficient,
        center: 0.0,
        scale: 1.0,
        indicator: term.indicator.map(|level| Indicator { column: term.input.clone(), level }),
    }
}

fn range(values: Vec<f64>) -> [f64; 2] {
    values.into_iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| [low.min(value), high.max(value)])
}

/// A fit's covariance is symmetric but for its last digit; a file's is exactly.
fn symmetric(covariance: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = covariance.len();
    (0..n).map(|i| (0..n).map(|j| covariance[i.min(j)][i.max(j)]).collect()).collect()
}
