//! Every figure, drawn from invented numbers for the checks: plausible ones, and those that strain a drawing.

use super::*;
use crate::base::Stream;
use crate::model::{Inputs, Model, Predictor, embedded, predict};
use crate::stats::{self, RocPoint};

const IMAGES: [&str; 7] =
    ["original", "wavelet-LLH", "wavelet-HHL", "log-sigma-3-0-mm-3D", "squareroot", "logarithm", "log-sigma-1-5-mm-3D"];
const FEATURES: [&str; 10] = [
    "firstorder_10Percentile",
    "glszm_SmallAreaLowGrayLevelEmphasis",
    "gldm_LargeDependenceHighGrayLevelEmphasis",
    "glrlm_LongRunHighGrayLevelEmphasis",
    "glcm_Idmn",
    "firstorder_RobustMeanAbsoluteDeviation",
    "ngtdm_Coarseness",
    "shape_SurfaceVolumeRatio",
    "glcm_InverseVariance",
    "glszm_GrayLevelNonUniformityNormalized",
];

/// The sum of twelve uniform numbers less six: near enough to a normal one for a drawing.
fn normal(stream: &mut Stream) -> f64 {
    (0..12).map(|_| stream.between(0.0, 1.0)).sum::<f64>() - 6.0
}

fn normals(n: usize, mean: f64, sd: f64, purpose: u64) -> Vec<f64> {
    let mut stream = Stream::new(4, purpose);
    (0..n).map(|_| mean + sd * normal(&mut stream)).collect()
}

/// PyRadiomics' names, and among many one of another form, as long as it is.
fn names(n: usize) -> Vec<String> {
    (0..n)
        .map(|i| match i {
            24 => "a_feature_of_one_s_own_whose_name_has_no_end_and_no_word_at_which_it_may_be_broken".to_owned(),
            _ => format!("{}_{}", IMAGES[(i + i / 70) % IMAGES.len()], FEATURES[i % FEATURES.len()]),
        })
        .collect()
}

fn path(n: usize, n_chosen: usize) -> (Figure, Figure) {
    let mut stream = Stream::new(4, 1);
    let names = names(n);
    let lambdas: Vec<f64> = (0..100).map(|i| 0.24 * 10f64.powf(-f64::from(i) / 49.5)).collect();
    let curves: Vec<Vec<f64>> = (0..n)
        .map(|i| {
            let (enters, slope) = (stream.between(0.0, 4.0) + i as f64 / n as f64, stream.between(-0.5, 0.5));
            let grown = |lambda: &f64| ((0.24 / lambda).ln() - enters).max(0.0);
            lambdas.iter().map(|lambda| slope * (1.0 - (-grown(lambda)).exp())).collect()
        })
        .collect();
    let nonzero: Vec<usize> = (0..100).map(|i| curves.iter().filter(|curve| curve[i] != 0.0).count()).collect();
    let curve = |(i, (name, coefficients)): (usize, (&'_ String, &'_ Vec<f64>))| -> (String, Vec<f64>, bool) {
        (name.clone(), coefficients.clone(), i < n_chosen)
    };
    let curves: Vec<(String, Vec<f64>, bool)> = names.iter().zip(&curves).enumerate().map(curve).collect();
    let curves: Vec<LassoCurve> = curves
        .iter()
        .map(|(name, coefficients, is_chosen)| LassoCurve { name, coefficients, is_chosen: *is_chosen })
        .collect();
    let (lambda_min, lambda_1se) = (lambdas[52], lambdas[33]);
    let lasso =
        lasso_path(&LassoPath { lambdas: &lambdas, nonzero: &nonzero, curves: &curves, lambda_min, lambda_1se });
    let mean: Vec<f64> = (0..100).map(|i| 1.16 + 0.22 * ((f64::from(i) - 52.0) / 50.0).powi(2)).collect();
    let error: Vec<f64> = (0..100).map(|i| 0.03 + 0.0006 * f64::from(i)).collect();
    let cv = cv_curve(&CvCurve {
        measure: "Binomial deviance",
        folds: 5,
        lambdas: &lambdas,
        mean: &mean,
        error: &error,
        nonzero: &nonzero,
        lambda_min,
        lambda_1se,
    });
    (lasso, cv)
}

fn bars_of(n: usize, outside: bool) -> [Figure; 2] {
    let names = names(n);
    let values = normals(n, 0.02, 0.35, 7);
    let of: Vec<Coefficient> = names.iter().zip(&values).map(|(name, &value)| Coefficient { name, value }).collect();
    let features: Vec<Contribution> = names
        .iter()
        .zip(&values)
        .enumerate()
        .map(|(i, (name, value))| Contribution {
            name,
            value: 10f64.powi(i as i32 % 7 - 3) * (2.0 + value),
            z: 3.0 * value,
            contribution: value * value.signum() * normals(1, 0.0, 1.0, i as u64)[0],
            training_range: if outside && i % 4 == 1 { [0.0, 1e-5] } else { [-1e9, 1e9] },
        })
        .collect();
    let score = features.iter().map(|of| of.contribution).sum::<f64>() - 0.31;
    let of_patient =
        Contributions { score_name: "radscore", features: &features, intercept: -0.31, score, at_most: usize::MAX };
    [coefficients(&of), contributions(&of_patient)]
}

/// Quartiles by counting, good enough for a drawing.
fn quartiles(values: &[f64]) -> [f64; 3] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    [0.25, 0.5, 0.75].map(|part| sorted[(part * (sorted.len() - 1) as f64).round() as usize])
}

fn boxes(sizes: [usize; 4], shift: f64, ps: [f64; 2]) -> Figure {
    let values: Vec<Vec<f64>> =
        sizes.iter().enumerate().map(|(i, n)| normals(*n, shift + (i % 2) as f64, 0.8, 20 + i as u64)).collect();
    let groups: Vec<BoxGroup> = values
        .iter()
        .enumerate()
        .map(|(i, values)| BoxGroup {
            name: ["No recurrence", "Recurrence"][i % 2],
            is_event: i % 2 == 1,
            values,
            quartiles: quartiles(values),
        })
        .collect();
    let panel = |i: usize, name| BoxPanel { name, groups: &groups[2 * i..2 * i + 2], p: Some((ps[i], "Mann-Whitney")) };
    boxplots("Radscore", &[panel(0, "Training"), panel(1, "Validation")])
}

fn scores(n: usize, separation: f64, purpose: u64) -> (Vec<f64>, Vec<bool>) {
    let outcome: Vec<bool> = (0..n).map(|i| i % 15 < 7).collect();
    let noise = normals(n, 0.0, 1.0, purpose);
    let risk = |(noise, event): (f64, &bool)| {
        let log_odds = noise + if *event { separation } else { -separation };
        1.0 / (1.0 + (-log_odds).exp())
    };
    (noise.into_iter().zip(&outcome).map(risk).collect(), outcome)
}

fn rocs(models: &[(&str, f64)], n: usize) -> Figure {
    let of: Vec<stats::Roc> = models
        .iter()
        .enumerate()
        .map(|(i, (_, separation))| {
            let (scores, outcome) = scores(n, *separation, 40 + i as u64);
            stats::roc(&scores, &outcome).unwrap()
        })
        .collect();
    let current = |roc: &stats::Roc| -> Option<RocPoint> { roc.points.iter().find(|p| p.threshold > 0.35).copied() };
    let curves: Vec<RocCurve> = models
        .iter()
        .zip(&of)
        .map(|((name, _), roc)| RocCurve {
            name,
            points: &roc.points,
            auc: roc.auc,
            auc_ci: roc.ci,
            operating_point: Some(roc.points[roc.youden]),
            current: current(roc),
        })
        .collect();
    let comparisons: Vec<Comparison> = models
        .windows(2)
        .map(|pair| Comparison { first: pair[0].0, second: pair[1].0, p: 0.0123 / pair.len() as f64 })
        .chain([Comparison { first: models[0].0, second: models[models.len() - 1].0, p: 0.0 }])
        .collect();
    roc_curves("validation", &curves, if models.len() > 1 { &comparisons } else { &[] })
}

fn calibrations(models: &[&str], n: usize) -> Figure {
    let of: Vec<(Vec<f64>, Vec<bool>)> = (0..models.len()).map(|i| scores(n, 0.8, 60 + i as u64)).collect();
    let groups: Vec<Vec<CalibrationGroup>> = (0..models.len())
        .map(|i| {
            (0..5)
                .map(|k| {
                    let predicted = 0.1 + 0.19 * k as f64 + 0.015 * i as f64;
                    let observed = (predicted + normals(5, 0.0, 0.06, 70 + i as u64)[k]).clamp(0.0, 1.0);
                    let interval = [(observed - 0.15).max(0.0), (observed + 0.17).min(1.0)];
                    CalibrationGroup { predicted, observed, interval, n: n / 5 }
                })
                .collect()
        })
        .collect();
    let smooth: Vec<Vec<[f64; 2]>> = (0..models.len())
        .map(|i| {
            (2..49).map(|k| f64::from(k) / 50.0).map(|x| [x, x + 0.08 * (6.0 * x + 2.0 * i as f64).sin()]).collect()
        })
        .collect();
    let curves: Vec<CalibrationCurve> = (0..models.len())
        .map(|i| CalibrationCurve {
            name: models[i],
            smooth: &smooth[i],
            groups: &groups[i],
            predicted: &of[i].0,
            outcome: &of[i].1,
            in_the_large: Some(-0.12 + 0.1 * i as f64),
            slope: Some(0.91 + 0.07 * i as f64),
            brier: Some(0.178),
        })
        .collect();
    calibration("validation", &curves)
}

fn decisions(models: &[&str], current: Option<f64>) -> Figure {
    let thresholds: Vec<f64> = (1..=99).map(|i| f64::from(i) / 100.0).collect();
    let prevalence = 0.46;
    let treat_all: Vec<f64> = thresholds.iter().map(|t| prevalence - (1.0 - prevalence) * t / (1.0 - t)).collect();
    let of: Vec<Vec<f64>> = (0..models.len())
        .map(|i| {
            let noise = normals(99, 0.0, 0.006, 80 + i as u64);
            let benefit =
                |(t, noise): (&f64, f64)| prevalence * (1.0 - t.powf(1.4 - 0.3 * i as f64)) - 0.12 * t + noise - 0.01;
            thresholds.iter().zip(noise).map(benefit).collect()
        })
        .collect();
    let models: Vec<DecisionCurve> =
        models.iter().zip(&of).map(|(name, net_benefit)| DecisionCurve { name, net_benefit }).collect();
    decision_curves(&DecisionPlot {
        set: "validation",
        thresholds: &thresholds,
        models: &models,
        treat_all: &treat_all,
        current,
    })
}

fn flow() -> Figure {
    let steps = [
        FlowStep {
            text: "Patients operated on for colorectal cancer with follow-up",
            n: 214,
            excluded: &[
                ("no portal venous CT within 4 weeks before operation", 31),
                ("liver metastases at diagnosis", 22),
            ],
        },
        FlowStep { text: "Rows of the clinical table", n: 161, excluded: &[("no features of this id", 3)] },
        FlowStep {
            text: "Joined by id",
            n: 158,
            excluded: &[("outcome missing", 2), ("a value that is not a number, f0017 in row 45 of the features", 1)],
        },
        FlowStep { text: "Analysed", n: 155, excluded: &[] },
    ];
    let groups =
        [FlowGroup { name: "Training", n: 108, events: 50 }, FlowGroup { name: "Validation", n: 47, events: 22 }];
    flowchart(&steps, &groups, "liver metastasis")
}

fn table(counts: [usize; 4], name: &str) -> Figure {
    let [true_positives, false_positives, false_negatives, true_negatives] = counts;
    let rate = |name, value, ci| Rate { name, value, ci };
    confusion(&Confusion {
        name,
        event: "liver metastasis",
        threshold: 0.42,
        true_positives,
        false_positives,
        false_negatives,
        true_negatives,
        rates: &[
            rate("Sensitivity", Some(0.818), Some([0.597, 0.948])),
            rate("Specificity", Some(0.76), Some([0.549, 0.906])),
            rate("Positive predictive value", Some(0.75), Some([0.533, 0.902])),
            rate("Negative predictive value", None, None),
            rate("Accuracy", Some(1.0), Some([0.925, 1.0])),
        ],
    })
}

fn scores_of_groups(sizes: [usize; 2], patient: Option<f64>) -> Figure {
    let values = [normals(sizes[0], 0.5, 0.8, 90), normals(sizes[1], -0.6, 0.7, 91)];
    let group = |i: usize, name| DistributionGroup { name, is_event: i == 0, values: &values[i] };
    distribution(&Distribution {
        score: "Radscore",
        groups: &[group(0, "Recurrence"), group(1, "No recurrence")],
        patient,
    })
}

const THREE: [&str; 3] = ["Clinical", "Radscore", "Combined"];
const LONG: &str = "Combined model with radscore, pT, pN, CEA, CA19-9 and hepatitis, recalibrated";

/// The nomogram of the embedded model, and of one with many predictors, for a patient.
fn nomograms() -> [Figure; 2] {
    let patient = |model: &Model, values: Vec<(String, f64)>| {
        let inputs = Inputs { values: values.into_iter().collect(), protocol: None };
        nomogram(model, predict(model, &inputs).ok().as_ref())
    };
    let stage = || vec![("pT".to_owned(), 4.0)];
    let mut many = embedded().clone();
    many.predictors[0].label = "Depth of invasion of the primary tumour in the specimen (pT)".to_owned();
    for (i, name) in names(12).into_iter().enumerate() {
        let label = name.clone();
        let (levels, range) = (Vec::new(), [-2.0, 2.0 + i as f64]);
        many.predictors.push(Predictor { name, label, coefficient: 0.2, levels, range, ..many.predictors[0].clone() });
    }
    let n = many.predictors.len() + 1;
    many.covariance = (0..n).map(|i| (0..n).map(|j| if i == j { 0.01 } else { 0.0 }).collect()).collect();
    let values = many.predictors.iter().enumerate().map(|(i, p)| (p.name.clone(), 2.0 + i as f64 / 12.0)).collect();
    [patient(embedded(), stage()), patient(&many, values)]
}

/// Every figure with its name.
pub(crate) fn every() -> Vec<(&'static str, Figure)> {
    let [coefficients, contributions] = bars_of(9, true);
    let [coefficients_40, contributions_40] = bars_of(40, true);
    let [coefficients_1, contributions_1] = bars_of(1, false);
    let (lasso, cv) = path(60, 9);
    let (lasso_40, cv_40) = path(140, 40);
    let (lasso_1, cv_1) = path(1, 1);
    let five = [("Clinical", 0.3), ("Radscore", 0.7), (LONG, 0.9), ("LASSO of all features", 0.6), ("Published", 0.0)];
    let [of_one, of_many] = nomograms();
    vec![
        ("lasso_path", lasso),
        ("lasso_path_40", lasso_40),
        ("lasso_path_1", lasso_1),
        ("cv_curve", cv),
        ("cv_curve_40", cv_40),
        ("cv_curve_1", cv_1),
        ("coefficients", coefficients),
        ("coefficients_40", coefficients_40),
        ("coefficients_1", coefficients_1),
        ("contributions", contributions),
        ("contributions_40", contributions_40),
        ("contributions_1", contributions_1),
        ("boxplots", boxes([42, 36, 18, 16], -0.4, [0.00001, 0.0213])),
        ("boxplots_negative", boxes([2, 1, 1, 2], -40.0, [1.0, f64::NAN])),
        ("roc_curves", rocs(&[("Clinical", 0.3), ("Radscore", 0.7), ("Combined", 0.9)], 112)),
        ("roc_curves_5", rocs(&five, 112)),
        ("roc_curves_auc_1", rocs(&[("Radscore", 9.0)], 15)),
        ("calibration", calibrations(&THREE, 112)),
        ("calibration_1", calibrations(&[LONG], 3)),
        ("calibration_5", calibrations(&["Clinical", "Radscore", LONG, "LASSO", "Published"], 3000)),
        ("decision_curves", decisions(&THREE, Some(0.3))),
        ("decision_curves_long", decisions(&[LONG], Some(0.97))),
        ("decision_curves_plain", decisions(&THREE, None)),
        ("flowchart", flow()),
        (
            "flowchart_1",
            flowchart(
                &[FlowStep { text: "Patients", n: 3, excluded: &[] }],
                &[FlowGroup { name: "All", n: 3, events: 1 }],
                "event",
            ),
        ),
        ("confusion", table([18, 6, 4, 19], "Combined model, validation")),
        ("confusion_large", table([18000, 0, 0, 1234567], LONG)),
        ("distribution", scores_of_groups([36, 42], Some(0.81))),
        ("distribution_3", scores_of_groups([1, 2], Some(-25.0))),
        ("distribution_right", scores_of_groups([500, 700], Some(9.3))),
        ("nomogram", of_one),
        ("nomogram_13", of_many),
        ("nomogram_close", close_nomogram()),
        ("roc", roc(embedded())),
        ("roc_of_patient", roc_of_patient(embedded(), 0.456)),
        ("nothing", roc_curves("validation", &[], &[])),
        ("no_bars", coefficients_of_none()),
    ]
}

fn close_nomogram() -> Figure {
    let inputs = Inputs { values: [("pT".to_owned(), 3.0)].into(), protocol: None };
    close_nomogram_of_width(embedded(), predict(embedded(), &inputs).ok().as_ref(), 520.0)
}

fn coefficients_of_none() -> Figure {
    coefficients(&[])
}
