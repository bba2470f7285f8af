//! What a run knows, in the sentences that a checklist or a model card takes.

mod images;

use crate::cohort::Set;
use crate::figure::numbers::percent;
use crate::model::train::Trained;
use crate::model::{DataKind, Model, ModelKind, Radscore, TrainingStep};
use crate::report::training::TrainingReport;
use crate::report::training::origin;
use crate::report::training::words::{
    SETS, area, calibration, capital, counted, ended, honest_areas, hosmer_lemeshow, listed, measured, set_title,
    share, two_digits,
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

    /// Whether patients were held back.
    pub fn has_validation(&self) -> bool {
        self.report.cohort.set.contains(&Set::Validation)
    }

    /// Whether the models were measured on them, which needs both outcomes.
    pub fn is_tested(&self) -> bool {
        self.report.training.models.iter().any(|trained| trained.validation.is_some())
    }

    /// Whether the run has models with the radscore and one without, on the same patients.
    pub fn compares_kinds(&self) -> bool {
        let has = |is: fn(ModelKind) -> bool| self.report.training.models.iter().any(|trained| is(trained.kind));
        has(|kind| kind == ModelKind::Clinical) && has(|kind| kind != ModelKind::Clinical)
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
                "{name}: {}, {} with the event and {} without",
                counted(counts.patients, "patient", "patients"),
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
            "{} of the patients for training and the rest for validation, {}. {}",
            share(flow.training.patients, flow.analysed.patients),
            origin::split(self.report),
            origin::seen(self.report)
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
        let training = self.report.training;
        let pipeline = &training.pipeline;
        if pipeline.bootstrap == 0 && pipeline.nested_repetitions == 0 {
            return "No resampling was asked for.".to_owned();
        }
        let internal: Vec<_> = training.models.iter().filter_map(|trained| training.internal(trained)).collect();
        let [corrected, nested] = origin::resampling(self.report, &internal);
        format!("{corrected} {nested} Seed {}.", pipeline.seed)
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
        let apparent = area(trained.training.roc.auc, trained.training.roc.ci);
        let of_run = self.report.training.models.iter().any(|of| std::ptr::eq(of, trained));
        let corrected = self.report.training.resampled.as_ref().filter(|_| of_run).map(|_| {
            let [corrected, nested] = honest_areas(self.report, trained.kind);
            format!("nested {nested}, optimism-corrected {corrected}, ")
        });
        let validation =
            trained.validation.as_ref().map(|of| format!("on validation {}, ", area(of.roc.auc, of.roc.ci)));
        format!(
            "AUC (95 % CI) {}{}apparent on training {apparent}.",
            validation.unwrap_or_default(),
            corrected.unwrap_or_default()
        )
    }

    /// The same of every model of the run.
    pub fn areas_of_all(&self) -> String {
        let of = |trained: &Trained| format!("{} model: {}", trained.kind.title(), self.areas_of(trained));
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
            text += &format!("; Hosmer-Lemeshow {}", hosmer_lemeshow(of));
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
            "ICC(2,1) of two readers on {}: {} of {} above {}.",
            counted(agreement.rows.len(), "patient", "patients"),
            agreement.kept.len(),
            counted(agreement.icc.len(), "feature", "features"),
            agreement.above
        ))
    }

    /// Events per candidate and per term of the model.
    pub fn events_per_variable(&self) -> String {
        let Some(trained) = self.trained else { return String::new() };
        let [considered, used] = self.report.training.events_per_variable(trained);
        format!(
            "{} in training: {} for each candidate that was considered, {} for each term of the model.",
            counted(trained.training.n_events, "event", "events"),
            two_digits(considered),
            two_digits(used)
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
}

fn steps_in_words<'s>(steps: impl Iterator<Item = &'s TrainingStep>) -> String {
    let step = |step: &TrainingStep| {
        let detail = step.detail.replace(" < ", "\u{a0}<\u{a0}").replace(" > ", "\u{a0}>\u{a0}");
        format!("{} {} to {} ({detail})", step.name, step.entered, step.left)
    };
    format!("{}.", steps.map(step).collect::<Vec<_>>().join("; "))
}
