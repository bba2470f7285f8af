//! `results.json`: every number of a training run under names of its own, so that a script finds what a table or figure shows.
//!
//! What is infinite or not a number is null.

use serde_json::{Map, Value, json};

use super::TrainingReport;
use super::figures::tests_of_radscore;
use super::table_1::{by_class_json, table_1_json, test_json};
use super::tables::{coefficient_names, data_of, named_models};
use crate::base::RESEARCH_USE_ONLY;
use crate::cohort::Set;
use crate::model::ModelKind;
use crate::model::train::{Measured, Trained, decision_thresholds};
use crate::stats::{Confusion, LogisticFit, Proportion, StatsError, profile_intervals};

/// All of it as indented JSON.
pub fn results_json(report: &TrainingReport) -> String {
    let TrainingReport { cohort, training, about } = report;
    let value = json!({
        "format": "hepatica-training",
        "program": format!("Hepatica {}", env!("CARGO_PKG_VERSION")),
        "notice": RESEARCH_USE_ONLY,
        "data": data_of(report).as_str(),
        "about": about,
        "pipeline": training.pipeline,
        "cohort": { "flow": cohort.flow, "warnings": cohort.warnings, "findings": cohort.findings,
            "protocol": cohort.features.protocol, "nFeatures": cohort.features.names.len() },
        "table1": table_1_json(&cohort.clinical, &cohort.outcome),
        "bySet": by_set(report),
        "steps": training.steps,
        "agreement": agreement(report),
        "selection": selection(report),
        "radscoreByOutcome": tests_of_radscore(report).iter().map(|(set, found)| {
            let mut test = test_json(found);
            test["set"] = json!(set.as_str());
            test
        }).collect::<Vec<Value>>(),
        "clinical": clinical(report),
        "models": models(report),
        "delong": comparisons(report),
        "decisionThresholds": decision_thresholds(),
        "resampled": training.resampled,
        "patients": patients(report),
        "doubts": training.doubts,
    });
    format!("{value:#}\n")
}

/// The clinical columns of the two sets; nothing without a validation set.
fn by_set(report: &TrainingReport) -> Value {
    let cohort = report.cohort;
    let is_validation: Vec<bool> = cohort.set.iter().map(|set| *set == Set::Validation).collect();
    match is_validation.contains(&true) {
        true => by_class_json(&cohort.clinical, &is_validation, [Set::Training, Set::Validation].map(Set::as_str)),
        false => Value::Null,
    }
}

fn agreement(report: &TrainingReport) -> Value {
    let Some(agreement) = &report.training.agreement else { return Value::Null };
    let names = &report.cohort.features.names;
    let patients: Vec<&String> = agreement.rows.iter().map(|&row| &report.cohort.ids[row]).collect();
    let features: Vec<Value> = names
        .iter()
        .zip(&agreement.icc)
        .map(|(name, icc)| match icc {
            Some(icc) => json!({ "feature": name,
                "icc2": icc.agreement.value, "icc2Ci": [icc.agreement.low, icc.agreement.high],
                "icc3": icc.consistency.value, "icc3Ci": [icc.consistency.low, icc.consistency.high],
                "f": icc.f, "df": icc.df, "p": icc.p }),
            None => json!({ "feature": name, "icc2": null }),
        })
        .collect();
    let kept: Vec<&String> = agreement.kept.iter().map(|&column| &names[column]).collect();
    json!({ "above": agreement.above, "patients": patients, "features": features, "kept": kept })
}

fn selection(report: &TrainingReport) -> Value {
    let Some(selection) = &report.training.selection else { return Value::Null };
    let name = |candidate: usize| &report.cohort.features.names[report.training.candidates[candidate]];
    let picks: Vec<Value> = selection
        .picks
        .iter()
        .map(|pick| {
            json!({ "feature": name(pick.column), "relevance": pick.relevance,
                "meanRedundancy": pick.mean_redundancy, "score": pick.score, "gapToSecond": pick.gap_to_second })
        })
        .collect();
    let cv = &selection.lasso;
    let at = |index: usize| {
        let coefficients = cv.path.coefficients[index].iter();
        let named: Map<String, Value> =
            coefficients.map(|&(pick, b)| (name(selection.picks[pick].column).clone(), json!(b))).collect();
        json!({ "intercept": cv.path.intercepts[index], "coefficients": named })
    };
    let lasso = json!({ "measure": format!("{:?}", cv.measure).to_lowercase(), "lambda": cv.path.lambdas,
        "deviance_ratio": cv.path.deviance_ratios, "cvm": cv.cvm, "cvsd": cv.cvsd, "nzero": cv.nzero,
        "lambdaMin": cv.lambda_min, "lambda1se": cv.lambda_1se, "chosenLambda": cv.path.lambdas[selection.lambda_index],
        "path": (0..cv.path.lambdas.len()).map(at).collect::<Vec<Value>>(), "outOfFold": cv.out_of_fold,
        "warnings": cv.warnings });
    let terms: Map<String, Value> = selection.terms.iter().map(|&(c, b)| (name(c).clone(), json!(b))).collect();
    let is_one = !selection.terms.is_empty();
    let radscore = is_one.then(|| json!({ "intercept": selection.intercept, "coefficients": terms }));
    json!({ "mrmr": picks, "lasso": lasso, "radscore": radscore })
}

/// A regression with everything that R's `summary`, `confint` and `anova` print of it.
fn regression(fit: &LogisticFit, names: &[String], profile: Option<Vec<[f64; 2]>>) -> Value {
    let term = |(i, name): (usize, &String)| {
        let (odds_ratio, ci) = fit.odds_ratio(i);
        json!({ "term": name, "coefficient": fit.coefficients[i], "se": fit.standard_error(i), "z": fit.wald_z(i),
            "p": fit.p(i), "oddsRatio": odds_ratio, "oddsRatioCi": ci, "waldCi": fit.wald_interval(i),
            "profileCi": profile.as_ref().map(|ends| ends[i]) })
    };
    let likelihood_ratio = fit.likelihood_ratio();
    json!({ "n": fit.n, "events": fit.n_events, "terms": names.iter().enumerate().map(term).collect::<Vec<Value>>(),
        "covariance": fit.covariance, "deviance": fit.deviance, "nullDeviance": fit.null_deviance,
        "aic": fit.aic(), "bic": fit.bic(), "mcfaddenR2": fit.mcfadden_r2(), "coxSnellR2": fit.cox_snell_r2(),
        "nagelkerkeR2": fit.nagelkerke_r2(),
        "likelihoodRatio": { "chi2": likelihood_ratio.chi2, "df": likelihood_ratio.df, "p": likelihood_ratio.p },
        "warnings": fit.warnings })
}

/// A regression, or why it has no estimate.
fn or_why(fit: &Result<LogisticFit, StatsError>, names: &[String]) -> Value {
    match fit {
        Ok(fit) => regression(fit, names, None),
        Err(error) => json!({ "terms": names, "error": error.to_string() }),
    }
}

fn clinical(report: &TrainingReport) -> Value {
    let training = report.training;
    let named = |terms: &[usize]| -> Vec<String> {
        let terms = terms.iter().map(|&term| training.terms[term].name.clone());
        std::iter::once("intercept".to_owned()).chain(terms).collect()
    };
    let alone = training.clinical.univariable.iter().enumerate();
    let univariable: Vec<Value> = alone.map(|(term, fit)| or_why(fit, &named(&[term]))).collect();
    let together = training.clinical.multivariable.as_ref();
    let multivariable = together.map(|fit| or_why(fit, &named(&training.clinical.entering)));
    let chosen: Vec<&String> = training.clinical.chosen.iter().map(|&term| &training.terms[term].name).collect();
    json!({ "univariable": univariable, "multivariable": multivariable, "chosen": chosen })
}

fn models(report: &TrainingReport) -> Value {
    let model = |(name, trained): (String, &Trained)| {
        let fit = &trained.regression.fit;
        let of_training = regression(fit, &coefficient_names(report, trained), profiles(report, trained));
        let [considered, used] = report.training.events_per_variable(trained);
        let value = json!({ "kind": trained.kind.as_str(), "regression": of_training,
            "eventsPerVariable": { "considered": considered, "used": used },
            "training": measured_json(&trained.training),
            "validation": trained.validation.as_ref().map(measured_json) });
        (name, value)
    };
    Value::Object(named_models(report).into_iter().map(model).collect())
}

/// Profile-likelihood intervals of a model's coefficients.
fn profiles(report: &TrainingReport, trained: &Trained) -> Option<Vec<[f64; 2]>> {
    let TrainingReport { cohort, training, .. } = report;
    let rows: Vec<usize> = (0..cohort.ids.len()).filter(|&row| cohort.set[row] == Set::Training).collect();
    let of = |column: &[f64]| rows.iter().map(|&row| column[row]).collect::<Vec<f64>>();
    let terms = trained.regression.terms.iter().map(|&term| of(&training.terms[term].values));
    let has_score = trained.regression.fit.coefficients.len() > trained.regression.terms.len() + 1;
    let score = training.radscore.as_ref().filter(|_| has_score).map(|scores| of(scores));
    let columns: Vec<Vec<f64>> = score.into_iter().chain(terms).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let outcome: Vec<bool> = rows.iter().map(|&row| cohort.outcome[row]).collect();
    profile_intervals(&trained.regression.fit, &columns, &outcome).ok()
}

/// Everything that was measured on one set.
pub(super) fn measured_json(measured: &Measured) -> Value {
    let Measured { n, n_events, roc, confusion, calibration, hosmer_lemeshow, net_benefit, net_benefit_of_all } =
        measured;
    let points: Vec<Value> = roc.points.iter().map(|p| json!([p.threshold, p.sensitivity, p.specificity])).collect();
    let ties: Vec<f64> = roc.youden_ties.iter().filter_map(|&i| Some(roc.points.get(i)?.threshold)).collect();
    json!({ "n": n, "events": n_events,
        "auc": roc.auc, "aucCi": roc.ci, "delongVariance": roc.variance, "roc": points, "youdenThresholds": ties,
        "confusion": confusion_json(confusion),
        "calibration": {
            "brier": calibration.brier, "brierNull": calibration.brier_null, "logLoss": calibration.log_loss,
            "observedOverExpected": calibration.observed_over_expected,
            "recalibration": calibration.recalibration.as_ref().map(|line| json!({ "intercept": line.intercept,
                "slope": line.slope, "standardErrors": line.standard_errors })),
            "inTheLarge": calibration.in_the_large.as_ref().map(|of| json!({ "intercept": of.intercept,
                "standardError": of.standard_error })),
            "lowess": { "x": calibration.curve.x, "y": calibration.curve.y },
            "emax": calibration.e_max, "e90": calibration.e_90, "eavg": calibration.e_avg,
            "spiegelhalterZ": calibration.spiegelhalter_z, "spiegelhalterP": calibration.spiegelhalter_p,
            "warnings": calibration.warnings },
        "hosmerLemeshow": hosmer_lemeshow.as_ref().map(|test| json!({ "chi2": test.chi2, "df": test.df, "p": test.p,
            "grouping": "blocks of like risk, equal predictions never divided", "g": test.groups.len(), "groups": test.groups.iter().map(|g| json!({ "n": g.n, "observed": g.observed, "expected": g.expected }))
                .collect::<Vec<Value>>() })),
        "netBenefit": net_benefit, "netBenefitOfAll": net_benefit_of_all })
}

/// The table of calls at a threshold with its rates.
pub(crate) fn confusion_json(confusion: &Confusion) -> Value {
    let rate = |rate: Option<Proportion>| rate.map(|rate| json!({ "value": rate.value, "ci": rate.ci }));
    json!({ "threshold": confusion.threshold, "tp": confusion.tp, "fp": confusion.fp, "fn": confusion.fn_,
        "tn": confusion.tn, "accuracy": rate(confusion.accuracy()), "sensitivity": rate(confusion.sensitivity()),
        "specificity": rate(confusion.specificity()), "ppv": rate(confusion.ppv()), "npv": rate(confusion.npv()) })
}

fn comparisons(report: &TrainingReport) -> Value {
    let comparison = |of: &crate::model::train::Comparison| {
        let [first, second] = of.models.map(ModelKind::as_str);
        json!({ "set": of.set.as_str(), "first": first, "second": second, "auc": of.test.auc,
            "difference": of.test.difference, "ci": of.test.ci, "covariance": of.test.covariance, "z": of.test.z,
            "p": of.test.p })
    };
    report.training.comparisons.iter().map(comparison).collect()
}

fn patients(report: &TrainingReport) -> Value {
    let TrainingReport { cohort, training, .. } = report;
    let models = named_models(report);
    let patient = |row: usize| {
        let mut patient = json!({ "id": cohort.ids[row], "set": cohort.set[row].as_str(),
            "outcome": usize::from(cohort.outcome[row]), "radscore": training.radscore.as_ref().map(|scores| scores[row]) });
        for (name, trained) in &models {
            patient[name] = json!(trained.probabilities[row]);
        }
        patient
    };
    (0..cohort.ids.len()).map(patient).collect()
}
