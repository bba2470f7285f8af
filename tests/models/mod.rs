//! Models for tests, of made-up numbers.

use hepatica::model::{
    self, ByOutcome, CurvePoint, DataKind, InternalValidation, Level, Model, ModelKind, Performance, Predictor,
    PredictorRole, ProtocolTag, Radscore, RadscoreTerm, TrainingRecord,
};

/// A feature of a radscore: its name, its coefficient, and mean, standard deviation and range in training.
pub type Term = (&'static str, f64, f64, f64, [f64; 2]);

/// A combined model on pT and a radscore of these features, with everything that a trained model's file keeps. At a radscore of 0 it
/// says what the published clinical model says.
pub fn with_radscore(protocol: ProtocolTag, terms: &[Term]) -> Model {
    let mut model = model::embedded().clone();
    model.id = "test-radscore".to_owned();
    model.name = "Made-up combined model (radscore, pT)".to_owned();
    model.kind = ModelKind::Combined;
    model.provenance.data = DataKind::Simulated;
    model.provenance.source = "Nothing: its numbers are made up for a test".to_owned();
    model.protocol = Some(protocol);
    model.predictors.insert(
        0,
        Predictor {
            name: Radscore::NAME.to_owned(),
            label: "Radscore".to_owned(),
            role: PredictorRole::Radscore,
            unit: None,
            levels: Vec::<Level>::new(),
            range: [-3.0, 3.0],
            coefficient: 1.0,
            center: 0.0,
            scale: 1.0,
            indicator: None,
        },
    );
    model.covariance = vec![vec![0.4, 0.0, -0.1], vec![0.0, 0.05, 0.0], vec![-0.1, 0.0, 0.04]];
    model.radscore = Some(radscore(terms));
    let spread = |n: u32, middle: f64, half: f64| -> Vec<f64> {
        (0..n).map(|i| middle + half * (2.0 * f64::from(i) / f64::from(n - 1) - 1.0).powi(3)).collect()
    };
    let set = |n: u32, middles: [f64; 2], half: f64| ByOutcome {
        without: spread(n, middles[0], half),
        with: spread(n - 6, middles[1], half),
    };
    model.training = Some(TrainingRecord {
        program: "Hepatica".to_owned(),
        pipeline: serde_json::Value::Null,
        steps: Vec::new(),
        risk: set(42, [0.3, 0.65], 0.28),
        validation_risk: Some(set(20, [0.38, 0.6], 0.3)),
        events_per_variable: [1.2, 18.0],
        internal: Some(InternalValidation {
            resamples: 97,
            failed: 3,
            auc: Some([0.93, 0.81]),
            slope: Some([1.0, 0.62]),
            brier: Some([0.11, 0.18]),
            nested: [10, 5],
            nested_auc: Some(0.78),
            nested_sd: Some(0.03),
        }),
        doubts: vec!["Most of the chosen features were chosen in few resamples alone.".to_owned()],
    });
    let point = |threshold, sensitivity, specificity| CurvePoint { threshold, sensitivity, specificity };
    model.validation = Some(Performance {
        measured_on: "34 patients that were held back".to_owned(),
        auc: 0.79,
        auc_ci: [0.64, 0.94],
        roc: vec![
            point(None, 1.0, 0.0),
            point(Some(0.2), 0.95, 0.4),
            point(Some(0.47), 0.75, 0.7),
            point(Some(0.7), 0.4, 0.92),
            point(None, 0.0, 1.0),
        ],
        operating_point: point(Some(0.47), 0.75, 0.7),
    });
    model
}

/// The radscore that is 0 at the training means.
fn radscore(terms: &[Term]) -> Radscore {
    let spread = |n: i32, middle: f64| (0..n).map(|i| middle + 0.1 * f64::from(i - n / 2)).collect();
    let terms: Vec<RadscoreTerm> = terms
        .iter()
        .map(|&(feature, coefficient, mean, sd, [low, high])| RadscoreTerm {
            feature: feature.to_owned(),
            coefficient,
            mean,
            sd,
            quantiles: (0..=20).map(|i| low + (high - low) * f64::from(i) / 20.0).collect(),
        })
        .collect();
    Radscore {
        intercept: -terms.iter().map(|term| term.coefficient * term.mean).sum::<f64>(),
        terms,
        training: ByOutcome { without: spread(42, -0.8), with: spread(36, 0.9) },
    }
}
