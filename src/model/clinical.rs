//! The published clinical model, rebuilt from the counts of Table 1 in Liang et al., Cancer Imaging 2022;22:50.
//!
//! The paper prints the univariable odds ratio of pT (2.464, 95 % CI 1.252 to 4.851, p 0.009) and the counts of each stage; those
//! counts determine the regression of MLM on pT as a number, intercept and covariance included. The embedded file in
//! `assets/models/` is what [`from_table1`] gives; a test holds them equal. The paper's radiomics model cannot be rebuilt.

use super::file::{FORMAT, FORMAT_VERSION};
use super::{CurvePoint, DataKind, Level, Model, ModelKind, Performance, Predictor, PredictorRole, Provenance};
use crate::stats::{self, LogisticFit, Roc, RocPoint, StatsError};

/// Table 1: pT stage, patients without and with MLM within 24 months.
pub const TABLE_1_PT: [(f64, usize, usize); 3] = [(2.0, 14, 5), (3.0, 39, 32), (4.0, 7, 15)];

/// The patients behind Table 1: pT and outcome of each.
pub fn table1_patients() -> (Vec<f64>, Vec<bool>) {
    let mut patients = (Vec::new(), Vec::new());
    for (stage, without, with) in TABLE_1_PT {
        patients.0.extend(std::iter::repeat_n(stage, without + with));
        patients.1.extend(std::iter::repeat_n(false, without));
        patients.1.extend(std::iter::repeat_n(true, with));
    }
    patients
}

/// Regression of MLM on pT, and the ROC of its fitted probabilities.
pub fn fit_table1() -> Result<(LogisticFit, Roc), StatsError> {
    let (stages, outcome) = table1_patients();
    let fit = stats::fit_logistic(&[&stages], &outcome)?;
    let roc = stats::roc(&fit.fitted, &outcome)?;
    Ok((fit, roc))
}

/// The clinical model computed from the published counts.
///
/// # Panics
/// Never: the counts are constants that have a regression, which the tests show.
#[allow(clippy::expect_used)]
pub fn from_table1() -> Model {
    let (fit, roc) = fit_table1().expect("the constant counts of Table 1 have a regression");
    let levels = TABLE_1_PT.map(|(value, _, _)| Level { value, label: format!("pT{value}") });
    let mut model = Model {
        format: FORMAT.to_owned(),
        format_version: FORMAT_VERSION,
        id: "clinical-liang2022-1".to_owned(),
        name: "Clinical model (pT), Liang et al. 2022".to_owned(),
        kind: ModelKind::Clinical,
        outcome: "metachronous liver metastasis after rectal cancer surgery".to_owned(),
        horizon_months: 24,
        intended_use:
            "Research on adults after resection of rectal cancer with pathological stage pT2 to pT4 and no liver \
                       metastasis at surgery. Not for clinical decisions."
                .to_owned(),
        provenance: provenance(&fit),
        protocol: None,
        predictors: vec![Predictor {
            name: "pT".to_owned(),
            label: "pT stage".to_owned(),
            role: PredictorRole::Clinical,
            unit: None,
            levels: levels.to_vec(),
            range: [2.0, 4.0],
            coefficient: rounded(fit.coefficients[1]),
            center: 0.0,
            scale: 1.0,
            indicator: None,
        }],
        intercept: rounded(fit.coefficients[0]),
        covariance: fit.covariance.iter().map(|row| row.iter().map(|cell| rounded(*cell)).collect()).collect(),
        radscore: None,
        performance: performance(&roc),
        validation: None,
        training: None,
        limits: limits(),
        checksum: String::new(),
    };
    // The fit's matrix is symmetric but for its last digit.
    model.covariance[1][0] = model.covariance[0][1];
    model.checksum = model.computed_checksum();
    model
}

/// Twelve significant digits: all that the counts' regression settles to on every processor, so that the file can be compared
/// byte by byte.
fn rounded(number: f64) -> f64 {
    format!("{number:.11e}").parse().unwrap_or(number)
}

fn provenance(fit: &LogisticFit) -> Provenance {
    Provenance {
        source: "Liang M, et al. Whole-liver enhanced CT radiomics analysis to predict metachronous liver metastases after \
                 rectal cancer surgery. Cancer Imaging 2022;22:50, Table 1"
            .to_owned(),
        doi: Some("10.1186/s40644-022-00485-z".to_owned()),
        method: "Logistic regression of MLM on pT as a number, recomputed from the counts published in Table 1 (pT2 14/5, pT3 \
                 39/32, pT4 7/15 without/with MLM); it agrees with the printed odds ratio 2.464 (1.252 to 4.851), p 0.009."
            .to_owned(),
        n: fit.n as u32,
        events: fit.n_events as u32,
        prevalence: rounded(fit.n_events as f64 / fit.n as f64),
        data: DataKind::PublishedCounts,
    }
}

fn performance(roc: &Roc) -> Performance {
    let point = |point: &RocPoint| CurvePoint {
        threshold: point.threshold.is_finite().then(|| rounded(point.threshold)),
        sensitivity: rounded(point.sensitivity),
        specificity: rounded(point.specificity),
    };
    let auc_ci = roc.ci.unwrap_or([0.0, 1.0]);
    Performance {
        measured_on: "the 112 patients that it was fitted on (apparent performance, not validated)".to_owned(),
        auc: rounded(roc.auc),
        auc_ci: auc_ci.map(rounded),
        roc: roc.points.iter().map(point).collect(),
        operating_point: point(&roc.points[roc.youden]),
    }
}

fn limits() -> Vec<String> {
    [
        "In the study's sample 46 % (52 of 112) had MLM, because patients with MLM were enriched: in unselected patients the \
         probability overstates the risk.",
        "The model knows only the pT stage. It takes nothing from the CT, and patients of one stage all get the same number.",
        "It tells patients apart only weakly (AUC 0.626, 95 % CI 0.539 to 0.714), measured on the patients that it was fitted on; \
         in others expect less.",
        "One hospital, 112 patients, looked back at; pT1 did not occur and is not predicted.",
    ]
    .map(str::to_owned)
    .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_1_has_112_patients_and_52_events() {
        let (stages, outcome) = table1_patients();
        assert_eq!((stages.len(), outcome.iter().filter(|&&event| event).count()), (112, 52));
    }

    #[test]
    fn the_file_written_from_the_counts_is_the_embedded_one() {
        assert_eq!(from_table1().to_json(), super::super::library::CLINICAL);
    }
}
