//! The embedded clinical model against the paper's counts, the model file against damage, prediction, and the figures.

mod models;

use std::collections::BTreeMap;
use std::path::Path;

use hepatica::base::{Progress, Warnings};
use hepatica::figure::{self, Palette};
use hepatica::model::{self, Inputs, Model, ModelError, ModelKind, Nomogram, Predictor, PredictorRole, ProtocolTag};
use hepatica::radiomics::{self, Binning, Features, Filter, Protocol};
use hepatica::volume::{Geometry, Mask, Volume, Voxels};
use ndarray::Array3;
use proptest::prelude::*;
use serde_json::json;

const ASSET: &str = "assets/models/clinical-liang2022.json";

fn asset() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(ASSET)).unwrap()
}

fn p_t(stage: f64) -> Inputs {
    Inputs { values: BTreeMap::from([("pT".to_owned(), stage)]), protocol: None }
}

/// The embedded model with a feature beside pT: a combined model for tests, of made-up coefficients.
fn combined() -> Model {
    let mut model = model::embedded().clone();
    model.id = "test-combined".to_owned();
    model.kind = ModelKind::Combined;
    model.protocol = Some(tag("a", 25));
    model.predictors.push(Predictor {
        name: "original_glcm_Contrast".to_owned(),
        label: "GLCM contrast".to_owned(),
        role: PredictorRole::Feature,
        unit: None,
        levels: Vec::new(),
        range: [-4.7, 4.9],
        coefficient: 2.2,
        center: 0.5,
        scale: 2.0,
        indicator: None,
    });
    model.covariance = vec![vec![1.0, 0.1, 0.0], vec![0.1, 0.5, 0.0], vec![0.0, 0.0, 0.2]];
    model
}

/// The combined model with nine more features, and a value for each.
fn many_predictors() -> (Model, Vec<(String, f64)>) {
    let mut model = combined();
    for i in 1..10 {
        let of_first = model.predictors[1].clone();
        let (name, label) = (format!("original_test_{i}"), format!("Texture feature {i}"));
        model.predictors.push(Predictor { name, label, coefficient: 0.3 * f64::from(i), ..of_first });
    }
    let n = model.predictors.len() + 1;
    model.covariance = (0..n).map(|i| (0..n).map(|j| if i == j { 0.01 } else { 0.0 }).collect()).collect();
    let values = model.predictors.iter().skip(1).map(|p| (p.name.clone(), 0.7)).collect();
    (model, values)
}

fn tag(fingerprint: &str, bin_width: u32) -> ProtocolTag {
    ProtocolTag {
        name: "test".to_owned(),
        fingerprint: fingerprint.to_owned(),
        settings: json!({"binning": {"binWidth": bin_width}}),
    }
}

/// Features of a cube of made-up voxels.
fn extracted(protocol: &Protocol) -> Features {
    let geometry = Geometry::axial([6, 6, 4], [0.0; 3], [1.0, 1.0, 2.0]).unwrap();
    let voxels = Array3::from_shape_fn(geometry.shape(), |(k, i, j)| (40 * k + 17 * i + 29 * j) as i16 % 200);
    let volume = Volume::new(geometry, Voxels::I16(voxels)).unwrap();
    let voi = Mask::new(geometry, Array3::from_elem(geometry.shape(), true)).unwrap();
    radiomics::extract(&volume, &voi, protocol, &Progress::new()).unwrap()
}

#[test]
#[ignore = "writes the embedded model file from the published counts; run it after changing model::clinical"]
fn write_the_embedded_model() {
    std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(ASSET), model::clinical::from_table1().to_json())
        .unwrap();
}

#[test]
fn the_counts_give_the_published_regression() {
    let (fit, roc) = model::clinical::fit_table1().unwrap();
    let rounded = |x: f64, digits: usize| format!("{x:.digits$}");
    assert_eq!(rounded(fit.coefficients[0], 5), "-2.88297");
    assert_eq!(rounded(fit.coefficients[1], 6), "0.901886");
    let (odds_ratio, ci) = fit.odds_ratio(1);
    assert_eq!([odds_ratio, ci[0], ci[1]].map(|x| rounded(x, 3)), ["2.464", "1.252", "4.851"]);
    assert_eq!(rounded(fit.p(1), 3), "0.009");
    let auc_ci = roc.ci.unwrap();
    assert_eq!([roc.auc, auc_ci[0], auc_ci[1]].map(|x| rounded(x, 3)), ["0.626", "0.539", "0.714"]);
    assert_eq!((fit.n, fit.n_events), (112, 52));
}

#[test]
fn the_embedded_file_is_what_the_counts_give() {
    let text = asset();
    assert_eq!(text, model::clinical::from_table1().to_json());
    assert_eq!(&Model::from_json(&text).unwrap(), model::embedded());
}

#[test]
fn the_model_says_that_its_sample_was_enriched() {
    let limits = model::embedded().limits.join(" ");
    assert!(limits.contains("46 %") && limits.contains("52 of 112") && limits.contains("overstates"), "{limits}");
}

#[test]
fn damaged_foreign_changed_and_newer_files_are_refused_with_the_reason() {
    let says = |text: &str, words: &[&str]| {
        let error = Model::from_json(text).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    };
    let text = asset();
    says(&text[..text.len() / 2], &["damaged", "JSON"]);
    says("PK\u{3}\u{4}", &["not a Hepatica model file"]);
    says("{\"a\": 1}", &["not a Hepatica model file", "format"]);
    says("[1, 2]", &["not a Hepatica model file"]);
    says(&text.replace("\"formatVersion\": 2", "\"formatVersion\": 7"), &["version 7", "version 2", "newer"]);
    says(&text.replace("\"formatVersion\": 2", "\"formatVersion\": \"x\""), &["damaged", "formatVersion"]);
    let changed = text.replace("\"horizonMonths\": 24", "\"horizonMonths\": 60");
    assert_ne!(changed, text);
    says(&changed, &["checksum", "changed"]);
    says(&text.replace("\"intercept\"", "\"intercpt\""), &["damaged", "intercpt"]);
}

#[test]
fn a_file_of_the_first_version_still_loads() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/model/clinical-version-1.json");
    let model = Model::from_json(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(model.format_version, 1);
    assert_eq!(model.predictors, model::embedded().predictors);
}

#[test]
fn each_stage_has_its_probability_and_interval() {
    // By hand: 1 / (1 + exp(2.88297 − 0.901886 pT)).
    for (stage, probability) in [(2.0, 0.25367), (3.0, 0.45575), (4.0, 0.67358)] {
        let prediction = model::predict(model::embedded(), &p_t(stage)).unwrap();
        assert!((prediction.probability - probability).abs() < 5e-5, "{}", prediction.probability);
        assert!(prediction.ci[0] < probability && probability < prediction.ci[1]);
        assert!(prediction.warnings.is_empty());
    }
}

#[test]
fn a_missing_or_unknown_input_names_column_and_what_is_allowed() {
    let missing = model::predict(model::embedded(), &Inputs::default()).unwrap_err();
    assert!(matches!(missing, ModelError::Missing { .. }));
    let unknown = model::predict(model::embedded(), &p_t(1.0)).unwrap_err();
    for error in [missing, unknown] {
        let said = error.to_string();
        assert!(said.contains("\"pT\"") && said.contains("2 (pT2), 3 (pT3) or 4 (pT4)"), "{said}");
    }
}

#[test]
fn features_of_another_protocol_are_refused_and_the_difference_is_named() {
    let feature = [("original_glcm_Contrast".to_owned(), 1.0)];
    let with = |protocol| p_t(3.0).with_features(feature.clone(), protocol);
    assert!(model::predict(&combined(), &with(tag("a", 25))).is_ok());
    let error = model::predict(&combined(), &with(tag("b", 50))).unwrap_err().to_string();
    assert!(error.contains("binning") && error.contains("50") && error.contains("25"), "{error}");
    let unknown = Inputs { protocol: None, ..with(tag("a", 25)) };
    assert!(matches!(model::predict(&combined(), &unknown), Err(ModelError::Protocol { .. })));
    let none = model::predict(&combined(), &p_t(3.0)).unwrap_err().to_string();
    assert!(none.contains("original_glcm_Contrast"), "{none}");
}

#[test]
fn the_setting_by_which_extracted_features_differ_is_named() {
    let trained = Protocol::of_filters("original", vec![Filter::Original]);
    let wider = trained.clone().with_binning(Binning::BinWidth(50.0));
    let mut counted = trained.clone().with_binning(Binning::BinCount(32));
    counted.preparation.minimum_dimensions = 3;
    let mut model = combined();
    model.protocol = Some(ProtocolTag::of(&extracted(&trained).diagnostics));
    let predicted = |protocol: &Protocol| {
        let features = extracted(protocol);
        let values = features.values.iter().map(|(id, value)| (id.to_string(), *value));
        model::predict(&model, &p_t(3.0).with_features(values, ProtocolTag::of(&features.diagnostics)))
    };
    assert!(predicted(&trained).is_ok());
    let says = |protocol: &Protocol, words: &str| {
        let error = predicted(protocol).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    says(&wider, ": images[0].texture.binning.binWidth is 50.0 where the model has 25.0; extract");
    says(&counted, "images[0].texture.binning.binCount is 32 where the model has not set");
    says(&counted, "preparation.minimumDimensions is 3 where the model has 2");
    says(&Protocol::liang2022(), "images[1] is {");
}

#[test]
fn a_value_outside_the_training_range_is_warned_of() {
    let inputs = p_t(3.0).with_features([("original_glcm_Contrast".to_owned(), 9.0)], tag("a", 25));
    let prediction = model::predict(&combined(), &inputs).unwrap();
    let warning = prediction.warnings.iter().next().unwrap();
    assert!(warning.contains("GLCM contrast is 9, outside the −4.7 to 4.9"), "{warning}");
}

#[test]
fn the_illustration_at_another_prevalence_moves_the_log_odds_alone() {
    let model = model::embedded();
    let prediction = model::predict(model, &p_t(3.0)).unwrap();
    let same = model::at_prevalence(model, &prediction, model.provenance.prevalence).unwrap();
    assert!((same - prediction.probability).abs() < 1e-12);
    // Odds 0.83743 × (0.15/0.85) / (52/60) = 0.17052.
    let lower = model::at_prevalence(model, &prediction, 0.15).unwrap();
    assert!((lower - 0.14568).abs() < 5e-5, "{lower}");
    assert!(model::at_prevalence(model, &prediction, 0.0).is_err());
}

#[test]
fn figures_are_svg_that_names_the_patient_and_the_operating_point() {
    let prediction = model::predict(model::embedded(), &p_t(3.0)).unwrap();
    let nomogram = figure::to_svg(&figure::nomogram(model::embedded(), Some(&prediction)), Palette::Light);
    assert_eq!(nomogram.matches("class=\"patient\"").count(), 3);
    assert!(nomogram.contains("45.6 %") && nomogram.contains(hepatica::base::RESEARCH_USE_ONLY));
    let roc = figure::to_svg(&figure::roc(model::embedded()), Palette::Light);
    assert!(
        roc.contains("class=\"operating-point\"") && roc.contains("AUC 0.626") && roc.contains("95 % CI 0.539–0.714")
    );
    for svg in [nomogram, roc] {
        assert!(figure::tree(&svg).is_ok());
    }
}

proptest! {
    #[test]
    fn points_sum_to_the_linear_predictor(stage in 2u8..=4, feature in -8.0..8.0f64) {
        let model = combined();
        let inputs = p_t(f64::from(stage)).with_features([("original_glcm_Contrast".to_owned(), feature)], tag("a", 25));
        let prediction = model::predict(&model, &inputs).unwrap();
        let nomogram = Nomogram::of(&model);
        let from_points = nomogram.at_zero + prediction.total_points / nomogram.points_per_unit;
        prop_assert!((from_points - prediction.linear_predictor).abs() < 1e-9);
        prop_assert!((nomogram.probability(prediction.total_points) - prediction.probability).abs() < 1e-12);
        prop_assert!(prediction.ci[0] <= prediction.probability && prediction.probability <= prediction.ci[1]);
    }

    #[test]
    fn no_text_makes_the_reader_panic(cut in 0usize..4000, byte in any::<char>()) {
        let mut text = asset();
        let at = (0..=cut.min(text.len() - 1)).rev().find(|&at| text.is_char_boundary(at)).unwrap();
        let old = text.remove(at);
        text.insert(at, byte);
        let read = Model::from_json(&text);
        prop_assert!(old == byte || read.is_err() || read.as_ref() == Ok(model::embedded()));
    }
}

/// What is still read on paper, in points.
const SMALLEST_PRINT: f64 = 5.0;

/// Features of a radscore under names as they are: two of the values below lie outside their range.
const TERMS: [models::Term; 14] = [
    ("original_firstorder_Mean", 0.01, 100.0, 12.0, [60.0, 140.0]),
    ("original_glcm_Contrast", 0.05, 8.0, 3.0, [1.0, 20.0]),
    ("original_glcm_JointEntropy", 0.4, 6.0, 0.8, [3.0, 9.0]),
    ("original_ngtdm_Coarseness", -60.0, 0.004, 0.002, [0.0005, 0.012]),
    ("wavelet-LLH_glszm_SmallAreaLowGrayLevelEmphasis", 3.0, 0.02, 0.03, [0.0, 0.05]),
    ("wavelet-HHL_glrlm_LongRunHighGrayLevelEmphasis", 0.002, 300.0, 80.0, [120.0, 520.0]),
    ("wavelet-LHL_gldm_LargeDependenceHighGrayLevelEmphasis", -0.001, 900.0, 200.0, [400.0, 1500.0]),
    ("wavelet-HLH_firstorder_Kurtosis", 0.1, 4.0, 1.0, [2.0, 9.0]),
    ("log-sigma-3-0-mm-3D_glcm_Idmn", -8.0, 0.97, 0.01, [0.93, 0.99]),
    ("log-sigma-5-0-mm-3D_firstorder_10Percentile", -0.02, -14.0, 6.0, [-40.0, 0.0]),
    ("lbp-3D-k_firstorder_Skewness", 0.2, 0.5, 0.4, [-0.5, 1.8]),
    ("lbp-3D-m1_glszm_GrayLevelNonUniformity", 0.0004, 500.0, 220.0, [100.0, 1400.0]),
    ("original_shape_SurfaceVolumeRatio", 2.0, 0.14, 0.03, [0.08, 0.25]),
    ("wavelet-LLL_firstorder_RobustMeanAbsoluteDeviation", 0.03, 22.0, 6.0, [9.0, 44.0]),
];

/// One standard deviation above the mean for every second feature, two below for the fifth and the sixth.
fn values_of_terms() -> Vec<(String, f64)> {
    let value = |(i, (name, _, mean, sd, _)): (usize, &models::Term)| {
        let z = if matches!(i, 4 | 5) { -2.5 } else { f64::from(u8::from(i % 2 == 0)) };
        ((*name).to_owned(), mean + z * sd)
    };
    TERMS.iter().enumerate().map(value).collect()
}

/// Every text stands on the page, and none is too small to be read on paper.
fn check_page(page: &figure::Figure) {
    for shape in &page.shapes {
        let figure::Shape::Text { at: [x, y], text, size, anchor, .. } = shape else { continue };
        let right = if *anchor == figure::Anchor::Start { x + figure::width_of(text, *size) } else { *x };
        assert!(*x >= 0.0 && right <= page.size[0], "\"{text}\" is off the page");
        assert!((0.0..=page.size[1]).contains(y), "\"{text}\" is off the page");
        assert!(*size >= SMALLEST_PRINT, "\"{text}\" is too small to read: {size}");
    }
}

#[test]
fn a_file_of_a_model_with_a_radscore_loads_and_its_answer_says_what_lies_outside() {
    let model = models::with_radscore(tag("a", 25), &TERMS);
    let model = Model::from_json(&model.to_json()).unwrap();
    let prediction = model::predict(&model, &p_t(3.0).with_features(values_of_terms(), tag("a", 25))).unwrap();
    let outside: Vec<&str> = prediction.out_of_range().map(|part| part.feature.as_str()).collect();
    assert_eq!(outside, [TERMS[4].0, TERMS[5].0]);
    let by_hand: f64 = values_of_terms().iter().zip(TERMS).map(|((_, x), (_, b, mean, ..))| b * (x - mean)).sum();
    assert!((prediction.radscore().unwrap() - by_hand).abs() < 1e-9);
    let (header, row) = (
        hepatica::report::prediction_csv_header(&model),
        hepatica::report::prediction_csv_row("P1", &model, &prediction),
    );
    assert_eq!(header.len(), row.len());
    let column = header.iter().position(|name| name == "out_of_range").unwrap();
    let listed = format!("{}; {}", TERMS[4].0, TERMS[5].0);
    assert_eq!(row[column], hepatica::exchange::table::Cell::Text(listed));
    assert!(header.iter().any(|name| name == "radscore"));
}

#[test]
fn the_report_is_one_page_with_the_probability_and_the_notice() {
    use hepatica::report::{ImageSummary, RiskReport, VoiSummary, risk_page, risk_pdf};
    let prediction = model::predict(model::embedded(), &p_t(3.0)).unwrap();
    let report = RiskReport {
        model: model::embedded(),
        prediction: &prediction,
        threshold: None,
        identity: None,
        image: Some(ImageSummary {
            study_date: Some("2022-03-04".to_owned()),
            series: "4 Abdomen portal venous 5.0 mm".to_owned(),
            phase: Some("portal venous".to_owned()),
        }),
        voi: Some(VoiSummary { volume_ml: 1432.0, mean_hu: Some(104.2), sd_hu: Some(18.7), edge_margin_mm: Some(2.5) }),
        warnings: Warnings::new(),
        n_features: Some(107),
        is_simulated: true,
        made_on: Some("2026-11-28".to_owned()),
    };
    let says = |report: &RiskReport, words: &str| {
        let joined: Vec<String> = risk_page(report)
            .shapes
            .into_iter()
            .filter_map(|shape| match shape {
                figure::Shape::Text { text, .. } => Some(text),
                _ => None,
            })
            .collect();
        joined.join(" ").contains(words)
    };
    for words in ["2022-03-04", "4 Abdomen portal venous", "2.5 mm inside the edge", "report made on 2026-11-28"] {
        assert!(says(&report, words), "{words}");
    }
    let mut warned = report.clone();
    for n in 0..9 {
        let said = format!("oddity number {n} of a VOI, said in a sentence that is longer than its column is wide");
        warned.warnings.push(said.repeat(1 + n % 2 * 3));
    }
    warned.image.as_mut().unwrap().series = "W".repeat(90);
    for page in [risk_page(&report), risk_page(&warned)] {
        check_page(&page);
    }
    assert!(says(&warned, "oddity number 0 of") && says(&warned, "and 6 more warnings"));
    let of_a_patient = RiskReport { is_simulated: false, ..report.clone() };
    for (identity, words) in
        [(None, "Patient identity hidden"), (Some(""), "The image names no patient"), (Some("P-1"), "P-1")]
    {
        let report = RiskReport { identity: identity.map(str::to_owned), ..of_a_patient.clone() };
        assert!(says(&report, words), "{words}");
    }
    let pdf = risk_pdf(&report).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    let out = std::env::var_os("HEPATICA_REPORT_OUT").map(std::path::PathBuf::from);
    let folder = tempfile::tempdir().unwrap();
    let path = out.unwrap_or_else(|| folder.path().to_owned()).join("report.pdf");
    std::fs::write(&path, &pdf).unwrap();
    for (name, palette) in [("light", Palette::Light), ("dark", Palette::Dark)] {
        let figures =
            [("nomogram", figure::nomogram(report.model, Some(&prediction))), ("roc", figure::roc(report.model))];
        for (figure_name, drawn) in figures {
            let png = figure::to_png(&drawn, palette, 2.0).unwrap();
            std::fs::write(path.with_file_name(format!("{figure_name}-{name}.png")), png).unwrap();
        }
    }
    let many = many_predictors();
    let inputs = p_t(4.0).with_features(many.1, tag("a", 25));
    let prediction = model::predict(&many.0, &inputs).unwrap();
    let crowded = risk_pdf(&RiskReport { model: &many.0, prediction: &prediction, ..report.clone() }).unwrap();
    std::fs::write(path.with_file_name("crowded.pdf"), crowded).unwrap();
    std::fs::write(path.with_file_name("warned.pdf"), risk_pdf(&warned).unwrap()).unwrap();
    let combined = models::with_radscore(tag("a", 25), &TERMS);
    let prediction = model::predict(&combined, &p_t(3.0).with_features(values_of_terms(), tag("a", 25))).unwrap();
    let combined = RiskReport { model: &combined, prediction: &prediction, threshold: Some(0.3), ..report.clone() };
    assert!(says(&combined, &format!("this patient {:.2}", prediction.radscore().unwrap()).replace('-', "−")));
    for words in [
        "Model: SIMULATED",
        "Radscore in training",
        "Contributions to this patient's radscore",
        "2 values lie outside",
        "ROC curve of the model",
        "This patient (ring)",
        "Decision curves, validation",
        "threshold 30 %",
        "Nested CV",
        "0.780 ± 0.030 SD",
        "2 of 14 features of the radscore lie outside",
        "107 extracted, 14 used",
        "the model file.",
    ] {
        assert!(says(&combined, words), "{words} is not on the page");
    }
    let mut warned = combined.clone();
    warned.warnings.push("a VOI of 12 mL is small for a liver: was all of it delineated?");
    for page in [&combined, &warned] {
        check_page(&risk_page(page));
    }
    std::fs::write(path.with_file_name("combined.pdf"), risk_pdf(&combined).unwrap()).unwrap();
    let Ok(read) =
        std::process::Command::new("pdftotext").args(["-layout".as_ref(), path.as_os_str(), "-".as_ref()]).output()
    else {
        assert!(std::env::var_os("CI").is_none(), "pdftotext is absent, and in CI it must be there");
        println!("skipped: the report's text: pdftotext is absent");
        return;
    };
    let text = String::from_utf8(read.stdout).unwrap();
    assert_eq!(text.matches('\u{c}').count(), 1, "one page");
    for word in [
        "45.6 %",
        "Research use only",
        "the probability overstates",
        "Simulated patient",
        "pT3",
        "1432.0 mL",
        "AUC 0.626",
    ] {
        assert!(text.contains(word), "{word} is not in the report:\n{text}");
    }
}
