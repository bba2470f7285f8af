//! What a run knows, in the sentences that a checklist or a model card takes.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::cohort::Set;
use crate::figure::numbers::percent;
use crate::model::train::Trained;
use crate::model::{DataKind, Model, ModelKind, Radscore, TrainingStep};
use crate::report::training::TrainingReport;
use crate::report::training::words::{
    SETS, area, calibration, counted, honest_areas, listed, measured, set_title, share,
};
use crate::stats::Z_975;

/// A run and one of its models.
pub(in crate::report::training) struct Facts<'a> {
    pub report: &'a TrainingReport<'a>,
    pub model: &'a Model,
    /// The run's own record of the model; none where the model is not of this run.
    pub trained: Option<&'a Trained>,
}

impl<'a> Facts<'a> {
    pub fn new(report: &'a TrainingReport<'a>, model: &'a Model) -> Self {
        let all = report.training.models.iter().chain(&report.training.study);
        let is_it = |trained: &&Trained| {
            let coefficients = trained.regression.fit.coefficients.get(1..).unwrap_or_default();
            trained.kind == model.kind
                && coefficients.len() == model.predictors.len()
                && coefficients.iter().zip(&model.predictors).all(|(own, of)| *own == of.coefficient)
        };
        Self { report, model, trained: all.into_iter().find(is_it) }
    }

    /// Whether the run had features of images.
    pub fn has_features(&self) -> bool {
        !self.report.cohort.features.names.is_empty()
    }

    pub fn is_simulated(&self) -> bool {
        self.report.about.data == DataKind::Simulated
    }

    pub fn has_validation(&self) -> bool {
        self.report.cohort.set.contains(&Set::Validation)
    }

    /// The event and its horizon.
    pub fn outcome(&self) -> String {
        let about = self.report.about;
        format!("{}, within {}", about.outcome, counted(about.horizon_months as usize, "month", "months"))
    }

    /// Source of the data, and their kind where they are none of patients.
    pub fn source(&self) -> String {
        let about = self.report.about;
        let kind = match about.data {
            DataKind::Simulated => "SIMULATED data. ",
            DataKind::PublishedCounts => "Published counts. ",
            DataKind::Patients => "",
        };
        format!("{kind}{}", ended(&about.source))
    }

    /// Patients and events of the sets.
    pub fn sets(&self) -> String {
        let flow = &self.report.cohort.flow;
        let of = |name: &str, counts: crate::cohort::Counts| {
            format!(
                "{name}: {} patients, {} with the event and {} without",
                counts.patients,
                counts.events,
                counts.without()
            )
        };
        let validation = (flow.validation.patients > 0).then(|| of("validation", flow.validation));
        let sets: Vec<String> = std::iter::once(of("training", flow.training)).chain(validation).collect();
        format!("{}.", capital(&sets.join("; ")))
    }

    /// Who was left out, and why.
    pub fn excluded(&self) -> String {
        let flow = &self.report.cohort.flow;
        let reasons: Vec<String> =
            flow.excluded.iter().map(|exclusion| format!("{} {}", exclusion.ids.len(), exclusion.reason)).collect();
        let read = counted(flow.read, "patient", "patients");
        match reasons.as_slice() {
            [] => format!("{} in the clinical table, none left out.", capital(&read)),
            reasons => format!("{} in the clinical table; left out: {}.", capital(&read), listed(reasons)),
        }
    }

    /// The event's frequency in each set.
    pub fn prevalence(&self) -> String {
        let flow = &self.report.cohort.flow;
        let training = share(flow.training.events, flow.training.patients);
        match flow.validation.patients {
            0 => format!("{training} of the training patients had the event."),
            n => format!(
                "{training} of the training patients and {} of the validation patients had the event.",
                share(flow.validation.events, n)
            ),
        }
    }

    /// How patients came into the sets.
    pub fn split(&self) -> String {
        if !self.has_validation() {
            return "Every patient is in the training set; internal validation by resampling alone.".to_owned();
        }
        let flow = &self.report.cohort.flow;
        format!(
            "{} of the patients for training and the rest for validation, which no step of the training saw.",
            share(flow.training.patients, flow.analysed.patients)
        )
    }

    /// The clinical terms that were candidates.
    pub fn clinical_terms(&self) -> String {
        let terms: Vec<String> = self.report.training.terms.iter().map(|term| term.label.clone()).collect();
        let terms: Vec<String> = terms
            .iter()
            .zip(&self.report.training.terms)
            .map(|(label, of)| match &of.unit {
                Some(unit) => format!("{label} ({unit})"),
                None if of.indicator.is_some() => of.name.clone(),
                None => label.clone(),
            })
            .collect();
        if terms.is_empty() { "none".to_owned() } else { listed(&terms) }
    }

    /// The candidates of a run.
    pub fn candidates(&self) -> String {
        let n = self.report.cohort.features.names.len();
        let terms = self.clinical_terms();
        match n {
            0 => format!("Clinical: {terms}."),
            _ => format!("{} of the image; clinical: {terms}.", capital(&counted(n, "feature", "features"))),
        }
    }

    /// The model's predictors.
    pub fn predictors(&self) -> String {
        let names =
            self.model.predictors.iter().map(|predictor| match (&self.model.radscore, predictor.name.as_str()) {
                (Some(radscore), Radscore::NAME) => {
                    format!("radscore of {}", counted(radscore.terms.len(), "feature", "features"))
                }
                (_, name) => name.to_owned(),
            });
        listed(&names.collect::<Vec<_>>())
    }

    /// The steps with their rules.
    pub fn steps(&self) -> String {
        steps_in_words(self.report.training.steps.iter())
    }

    /// Those that reduce the features.
    pub fn feature_steps(&self) -> String {
        let is_of_features = |step: &&TrainingStep| ["Agreement", "mRMR", "LASSO"].contains(&step.name.as_str());
        steps_in_words(self.report.training.steps.iter().filter(is_of_features))
    }

    /// Internal validation as it was asked for.
    pub fn resampling(&self) -> String {
        let pipeline = &self.report.training.pipeline;
        let nested = match pipeline.nested_repetitions {
            0 => String::new(),
            n => format!(" {n} repetitions of {}-fold nested cross-validation.", pipeline.nested_folds),
        };
        match pipeline.bootstrap {
            0 => "No resampling was asked for.".to_owned(),
            n => format!(
                "Bootstrap of {n} resamples with the whole training on each (optimism).{nested} Seed {}.",
                pipeline.seed
            ),
        }
    }

    /// Areas under the curve of the model.
    pub fn areas(&self) -> String {
        let Some(trained) = self.trained else {
            let of = &self.model.performance;
            return format!("AUC {} on {}.", area(of.auc, Some(of.auc_ci)), of.measured_on);
        };
        self.areas_of(trained)
    }

    /// Areas under the curve of one of the run's models.
    fn areas_of(&self, trained: &Trained) -> String {
        let apparent = format!("AUC (95 % CI) on training {}", area(trained.training.roc.auc, trained.training.roc.ci));
        let of_run = self.report.training.models.iter().any(|of| std::ptr::eq(of, trained));
        let corrected = self.report.training.resampled.as_ref().filter(|_| of_run).map(|_| {
            let [corrected, nested] = honest_areas(self.report, trained.kind);
            format!(", optimism-corrected {corrected}, nested {nested}")
        });
        let validation =
            trained.validation.as_ref().map(|of| format!(", on validation {}", area(of.roc.auc, of.roc.ci)));
        format!("{apparent}{}{}.", corrected.unwrap_or_default(), validation.unwrap_or_default())
    }

    /// The same of every model of the run.
    pub fn areas_of_all(&self) -> String {
        let of = |trained: &Trained| format!("{} model: {}", capital(trained.kind.as_str()), self.areas_of(trained));
        self.report.training.models.iter().map(of).collect::<Vec<_>>().join(" ")
    }

    /// Calibration of the model on each set.
    pub fn calibrations(&self) -> Vec<String> {
        let Some(trained) = self.trained else { return Vec::new() };
        let of_set = |set: &Set| {
            let of = measured(trained, *set)?;
            let mut text = format!("{}: {}", set_title(*set), calibration(of));
            if let Some(line) = of.calibration.recalibration.as_ref().filter(|_| *set == Set::Validation) {
                let half = Z_975 * line.standard_errors[1];
                text += &format!("; 95 % CI of the slope {:.2} to {:.2}", line.slope - half, line.slope + half)
                    .replace('-', "−");
            }
            Some(text + ".")
        };
        SETS.iter().filter_map(of_set).collect()
    }

    /// DeLong's comparisons.
    pub fn comparisons(&self) -> String {
        let of: Vec<String> = self
            .report
            .training
            .comparisons
            .iter()
            .filter_map(|comparison| {
                let [first, second] = comparison.models.map(ModelKind::as_str);
                let p = crate::figure::numbers::p_value(comparison.test.p?);
                Some(format!(
                    "{} on {}: {p}",
                    format_args!("{first} – {second}"),
                    set_title(comparison.set).to_lowercase()
                ))
            })
            .collect();
        if of.is_empty() {
            "One model alone: nothing to compare.".to_owned()
        } else {
            format!("DeLong's paired test: {}.", of.join("; "))
        }
    }

    /// How the model stands to one without radiomics, or with it.
    pub fn kinds(&self) -> String {
        let kinds: Vec<&str> = self.report.training.models.iter().map(|trained| trained.kind.as_str()).collect();
        format!(
            "{} on the same patients.",
            capital(&format!("{} {}", listed(&kinds), if kinds.len() == 1 { "model" } else { "models" }))
        )
    }

    /// Name and fingerprint of the extraction.
    pub fn extraction(&self) -> Option<String> {
        let protocol = self.report.cohort.features.protocol.as_ref()?;
        Some(format!("Protocol {}, fingerprint {}.", protocol.name, protocol.fingerprint))
    }

    fn settings(&self) -> Option<&'a Value> {
        let settings = &self.report.cohort.features.protocol.as_ref()?.settings;
        settings.get("images").and_then(Value::as_array).map(|_| settings)
    }

    /// The images on which features were computed.
    pub fn image_types(&self) -> Option<String> {
        let images = self.settings()?.get("images")?.as_array()?;
        let name = |image: &Value| match image.get("filter") {
            Some(Value::String(name)) => name.clone(),
            Some(Value::Object(filter)) => {
                let one = |(name, settings): (&String, &Value)| format!("{name} ({})", in_words(settings));
                filter.iter().map(one).collect::<Vec<_>>().join(", ")
            }
            _ => "?".to_owned(),
        };
        Some(images.iter().map(name).collect::<Vec<_>>().join("; "))
    }

    /// How gray values were put into bins.
    pub fn binning(&self) -> Option<String> {
        let images = self.settings()?.get("images")?.as_array()?;
        let of = images.iter().filter_map(|image| image.get("texture")?.get("binning"));
        let of: BTreeSet<String> = of.map(in_words).collect();
        Some(of.into_iter().collect::<Vec<_>>().join("; ")).filter(|text| !text.is_empty())
    }

    /// A step of the preparation, in words; `none` where it is not done.
    pub fn preparation(&self, step: &str) -> Option<String> {
        match self.settings()?.get("preparation")?.get(step)? {
            Value::Null => Some("none".to_owned()),
            settings => Some(in_words(settings)),
        }
    }

    /// The features' classes with their numbers; none where names do not tell them.
    pub fn feature_classes(&self) -> Option<String> {
        const CLASSES: [&str; 7] = ["shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"];
        let class = |name: &String| name.split('_').nth(1).map(str::to_owned);
        let names = &self.report.cohort.features.names;
        let of = |wanted: &&str| names.iter().filter(|name| class(name).as_deref() == Some(wanted)).count();
        let counts: Vec<String> = CLASSES
            .iter()
            .map(|wanted| (wanted, of(wanted)))
            .filter(|(_, n)| *n > 0)
            .map(|(wanted, n)| format!("{wanted} {n}"))
            .collect();
        (!counts.is_empty()).then(|| counts.join(", "))
    }

    /// How many features were chosen, and how stable that choice is.
    pub fn selection(&self) -> Option<String> {
        let selection = self.report.training.selection.as_ref()?;
        let chosen = counted(selection.terms.len(), "feature", "features");
        let stability = self.report.training.resampled.as_ref().map(|resampled| {
            let mut parts: Vec<f64> = resampled.stability.iter().map(|of| of.chosen_in).collect();
            parts.sort_by(f64::total_cmp);
            let [low, high] = [parts.first(), parts.last()].map(|part| percent(part.copied().unwrap_or(f64::NAN), 0));
            format!(" Each was chosen again in {low} to {high} of the resamples.")
        });
        Some(format!("{} in the radscore.{}", capital(&chosen), stability.unwrap_or_default()))
    }

    /// The readers' agreement.
    pub fn readers(&self) -> Option<String> {
        let agreement = self.report.training.agreement.as_ref()?;
        Some(format!(
            "ICC(2,1) of two readers on {}: {} of {} features are above {}.",
            counted(agreement.rows.len(), "patient", "patients"),
            agreement.kept.len(),
            agreement.icc.len(),
            agreement.above
        ))
    }

    /// Events per candidate and per term of the model.
    pub fn events_per_variable(&self) -> String {
        let Some(trained) = self.trained else { return String::new() };
        let [considered, used] = self.report.training.events_per_variable(trained);
        format!(
            "{} events in training: {considered:.1} for each candidate that was considered, {used:.1} for each term of the model.",
            trained.training.n_events
        )
    }

    /// What makes the model doubtful, as its file says.
    pub fn doubts(&self) -> &'a [String] {
        self.model.training.as_ref().map_or(&[], |record| &record.doubts)
    }

    /// The threshold of the model's calls.
    pub fn threshold(&self) -> String {
        let threshold = self.trained.map(|trained| trained.training.confusion.threshold);
        let threshold = threshold.or(self.model.performance.operating_point.threshold);
        crate::figure::numbers::optional(threshold, 3)
    }

    /// The kind of the model, as it stands in a sentence.
    pub fn kind(&self) -> &'static str {
        match self.model.kind {
            ModelKind::Clinical => "clinical",
            ModelKind::Radiomics => "radiomics",
            ModelKind::Combined => "combined",
        }
    }
}

fn steps_in_words<'s>(steps: impl Iterator<Item = &'s TrainingStep>) -> String {
    let step = |step: &TrainingStep| {
        let detail = step.detail.replace(" < ", "\u{a0}<\u{a0}").replace(" > ", "\u{a0}>\u{a0}");
        format!("{} {} to {} ({detail})", step.name, step.entered, step.left)
    };
    format!("{}.", steps.map(step).collect::<Vec<_>>().join("; "))
}

/// A sentence's first letter.
pub(in crate::report::training) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// Text with a full stop.
fn ended(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// Settings as names and values.
fn in_words(settings: &Value) -> String {
    match settings {
        Value::Object(of) => {
            let known = of.iter().filter(|(_, value)| !value.is_null());
            known.map(|(name, value)| format!("{name} {}", in_words(value))).collect::<Vec<_>>().join(", ")
        }
        Value::Array(of) => of.iter().map(in_words).collect::<Vec<_>>().join("/"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_names_and_values() {
        let settings = serde_json::json!({ "spacing": [1.0, 1.0, 2.5], "interpolator": "bspline", "pad": null });
        assert_eq!(in_words(&settings), "interpolator bspline, spacing 1.0/1.0/2.5");
    }
}
