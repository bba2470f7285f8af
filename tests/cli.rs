//! The command line: folder in, files out, exit codes, one sentence on what is wrong and nothing left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
#[cfg(unix)]
use std::time::{Duration, Instant};

use hepatica::base::Progress;
use hepatica::exchange::nifti;
use hepatica::exchange::table::read_table;
use hepatica::model::{self, ModelKind, Predictor, PredictorRole, ProtocolTag};
use hepatica::phantom::{PhantomSpec, StudyPaths, simulate, write_study};
use hepatica::radiomics::{FeatureId, Protocol};
use hepatica::volume::distance::signed_mm;

/// A small simulated study, written once for all tests of a run.
fn study() -> &'static (PathBuf, StudyPaths) {
    static STUDY: OnceLock<(PathBuf, StudyPaths)> = OnceLock::new();
    STUDY.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli-study");
        let spec = PhantomSpec { matrix: 96, ..PhantomSpec::default() };
        let phantom = simulate(&spec, &Progress::new()).unwrap();
        let paths = write_study(&phantom, &folder, true, &Progress::new()).unwrap();
        (folder, paths)
    })
}

fn hepatica(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hepatica")).args(arguments).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn done(arguments: &[&str]) -> String {
    let output = hepatica(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Wrong input: exit code 2, nothing on standard output, and one line that names the culprit.
fn refused(arguments: &[&str], culprit: &str) {
    let output = hepatica(arguments);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    let errors: Vec<&str> = message.lines().filter(|line| !line.contains("warning:")).collect();
    assert_eq!(errors.len(), 1, "{arguments:?}: {message}");
    assert!(errors[0].contains(culprit), "{arguments:?}: {message}");
}

/// A parameter file of few features, with settings of its own.
fn quick(folder: &Path, settings: &str) -> PathBuf {
    let path = folder.join("quick.yaml");
    let classes = "featureClass:\n  firstorder: [Mean]\n  glcm: [JointEntropy, Contrast]\n";
    fs::write(&path, format!("{classes}setting: {{{settings}}}\n")).unwrap();
    path
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn series_finds_the_portal_venous_one_and_says_why() {
    let (folder, _) = study();
    let listed = done(&["series", text(folder)]);
    assert!(listed.contains("<- portal venous"), "{listed}");
    let json: serde_json::Value = serde_json::from_str(&done(&["series", text(folder), "--json"])).unwrap();
    let chosen = json["portal_venous"].as_u64().unwrap() as usize;
    let series = &json["series"][chosen];
    assert!(series["description"].as_str().unwrap().contains("PV"), "{series}");
    assert!(!series["phase"]["reasons"].as_array().unwrap().is_empty());
    assert_eq!(series["size"][0], 96);
}

#[test]
fn convert_writes_hu_where_they_lie() {
    let (_, paths) = study();
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("pv.nii.gz");
    done(&["convert", text(&paths.portal_venous), "--out", text(&file)]);
    let written = nifti::read_volume(&file).unwrap().volume;
    let phantom = simulate(&PhantomSpec { matrix: 96, ..PhantomSpec::default() }, &Progress::new()).unwrap();
    assert_eq!(written.geometry().same_grid(phantom.portal_venous.geometry()), Ok(()));
    assert_eq!(written.voxels(), phantom.portal_venous.voxels());
    refused(
        &["convert", text(&paths.portal_venous), "--out", text(&file)],
        "pv.nii.gz exists already; choose another name, or allow it to be replaced (--force)",
    );
    done(&["convert", text(&paths.portal_venous), "--out", text(&file), "--force"]);
    assert_eq!(entries(out.path()), 1);
    refused(&["convert", text(&file), "--out", text(&file), "--force"], "is what the result is made from");
}

#[test]
fn a_liver_is_grown_from_a_point_its_voi_derived_and_both_compared() {
    let (_, paths) = study();
    let folder = tempfile::tempdir().unwrap();
    let [liver, voi, truth] = ["liver.nii.gz", "voi.nii.gz", "truth.nii.gz"].map(|name| folder.path().join(name));
    let phantom = simulate(&PhantomSpec { matrix: 96, ..PhantomSpec::default() }, &Progress::new()).unwrap();
    let mask = phantom.whole_liver;
    nifti::write_mask(&truth, &mask, false).unwrap();
    // The voxel of the liver that is farthest from any other tissue is surely liver.
    let grid = *mask.geometry();
    let depth = signed_mm(mask.inside().view(), grid.spacing_mm(), &Progress::new()).unwrap();
    let (deepest, _) = depth.indexed_iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
    let [x, y, z] = grid.patient_from_voxel([deepest.2 as f64, deepest.1 as f64, deepest.0 as f64]);
    let seed = format!("{x},{y},{z}");
    let image = text(&paths.portal_venous);
    done(&["segment", image, "--seed", &seed, "--out", text(&liver)]);
    let compared = done(&["compare", text(&truth), text(&liver), "--json"]);
    let compared: serde_json::Value = serde_json::from_str(&compared).unwrap();
    assert!(compared["dice"].as_f64().unwrap() > 0.9, "{compared}");
    assert!(compared["hd95Mm"].as_f64().unwrap() >= compared["meanSurfaceDistanceMm"].as_f64().unwrap(), "{compared}");
    // Voxels of 4 mm: a margin of less leaves all of them.
    done(&["voi", "--labels", text(&liver), "--image", image, "--margin", "6", "--out", text(&voi)]);
    let [whole, inner] = [&liver, &voi].map(|path| nifti::read_mask(path, None, &grid).unwrap().mask);
    assert!(inner.count() > 0 && inner.count() < whole.count());
    assert!(inner.inside().iter().zip(whole.inside()).all(|(inner, whole)| !inner | whole));
    refused(
        &["segment", image, "--seed", "9000,0,0", "--out", text(&folder.path().join("x.nii.gz"))],
        "outside the image",
    );
    refused(&["segment", image, "--seed", "1,2", "--out", "x.nii.gz"], "give three numbers");
    refused(&["segment", image, "--seed", &seed, "--out", "x.png"], "must end in .nii");
    refused(
        &["voi", "--labels", text(&liver), "--image", image, "--margin", "500", "--out", "x.nii.gz"],
        "nothing is left",
    );
    assert_eq!(entries(folder.path()), 3);
}

#[test]
fn a_folder_without_series_is_an_error_and_its_json_says_what_was_left_out() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.txt", "b.txt"] {
        fs::write(folder.path().join(name), "no image").unwrap();
    }
    let output = hepatica(&["series", text(folder.path()), "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((json["series"].as_array().unwrap().len(), json["skipped"].as_array().unwrap().len()), (0, 2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("a.txt was left out") && message.contains("; 1 more left out"), "{message}");
}

#[test]
fn the_whole_liver_in_place_of_the_voi_is_said_with_its_row() {
    let (_, paths) = study();
    let out = tempfile::tempdir().unwrap();
    let protocol = quick(out.path(), "binWidth: 25");
    let says = |more: &[&str], name: &str| {
        let file = out.path().join(name);
        let [image, truth] = [&paths.portal_venous, &paths.truth].map(|path| text(path));
        let arguments =
            ["extract", "--image", image, "--voi", truth, "--protocol", text(&protocol), "--out", text(&file)];
        done(&[&arguments, more].concat());
        fs::read_to_string(file).unwrap().contains("is the whole liver, with what other segments mark in it")
    };
    assert!(says(&["--label", "1"], "liver.csv"));
    assert!(!says(&[], "voi.csv"));
}

#[test]
fn extract_gives_the_same_from_dicom_and_from_nifti() {
    let (folder, paths) = study();
    let out = tempfile::tempdir().unwrap();
    let [csv, json, image] = ["f.csv", "f.json", "pv.nii.gz"].map(|name| out.path().join(name));
    done(&["extract", "--image", text(folder), "--voi", text(&paths.truth), "--out", text(&csv)]);
    let table = read_table(&csv).unwrap();
    assert_eq!(table.rows.len(), 1);
    let features = table.header.iter().filter(|name| name.parse::<FeatureId>().is_ok());
    assert_eq!(features.count(), 1316);
    let cell = |name: &str| table.text(0, table.column(name).unwrap()).to_owned();
    assert_eq!(cell("diagnostics_Configuration_Protocol"), "liang2022");
    assert_eq!(cell("diagnostics_Configuration_Fingerprint"), Protocol::liang2022().fingerprint());
    assert_eq!(cell("diagnostics_Image-original_Phase"), "portal venous");
    assert_eq!(cell("diagnostics_Mask-original_Region"), "segment 4, the VOI");
    assert_eq!(cell("diagnostics_Simulated"), "true");
    let settings: serde_json::Value = serde_json::from_str(&cell("diagnostics_Configuration_Settings")).unwrap();
    assert_eq!(settings, Protocol::liang2022().deciding_settings());

    done(&["convert", text(&paths.portal_venous), "--out", text(&image)]);
    let voi = out.path().join("voi.nii.gz");
    let phantom = simulate(&PhantomSpec { matrix: 96, ..PhantomSpec::default() }, &Progress::new()).unwrap();
    nifti::write_mask(&voi, &phantom.truth.voi(), false).unwrap();
    let quick = quick(out.path(), "");
    let inputs = ["--image", text(&image), "--voi", text(&voi), "--label", "1"];
    done(&[&["extract"][..], &inputs, &["--protocol", text(&quick), "--out", text(&json)]].concat());
    let object: serde_json::Value = serde_json::from_str(&fs::read_to_string(&json).unwrap()).unwrap();
    let from_dicom: f64 = cell("original_glcm_JointEntropy").parse().unwrap();
    assert_eq!(object["original_glcm_JointEntropy"].as_f64().unwrap(), from_dicom);
}

#[test]
fn features_of_another_phase_say_so() {
    let (_, paths) = study();
    let out = tempfile::tempdir().unwrap();
    let csv = out.path().join("f.csv");
    let quick = quick(out.path(), "");
    let inputs = ["--image", text(&paths.native), "--voi", text(&paths.truth), "--protocol", text(&quick)];
    done(&[&["extract"][..], &inputs, &["--out", text(&csv)]].concat());
    let table = read_table(&csv).unwrap();
    let warnings = table.text(0, table.column("diagnostics_Warnings").unwrap()).to_owned();
    assert!(warnings.contains("looks native, not portal venous"), "{warnings}");
}

#[test]
fn a_parameter_file_decides_what_is_extracted_and_from_which_label() {
    let (_, paths) = study();
    let out = tempfile::tempdir().unwrap();
    let [csv, image, voi] = ["f.csv", "pv.nii.gz", "voi.nii.gz"].map(|name| out.path().join(name));
    done(&["convert", text(&paths.portal_venous), "--out", text(&image)]);
    let phantom = simulate(&PhantomSpec { matrix: 96, ..PhantomSpec::default() }, &Progress::new()).unwrap();
    nifti::write_mask(&voi, &phantom.truth.voi(), false).unwrap();
    let quick = quick(out.path(), "binWidth: 10, label: 7");
    let inputs = ["extract", "--image", text(&image), "--voi", text(&voi), "--protocol", text(&quick)];
    let with = |more: &[&'static str]| [&inputs[..], more, &["--out", text(&csv)]].concat();
    refused(&with(&[]), "7");
    done(&with(&["--label", "1"]));
    let table = read_table(&csv).unwrap();
    let features: Vec<&String> = table.header.iter().filter(|name| name.parse::<FeatureId>().is_ok()).collect();
    assert_eq!(features, ["original_firstorder_Mean", "original_glcm_Contrast", "original_glcm_JointEntropy"]);
    assert_eq!(table.text(0, table.column("diagnostics_Configuration_Protocol").unwrap()), "quick");
    let expected = Protocol::from_yaml("", &fs::read_to_string(&quick).unwrap()).unwrap().fingerprint();
    assert_eq!(table.text(0, table.column("diagnostics_Configuration_Fingerprint").unwrap()), expected);
}

#[test]
fn features_of_another_protocol_are_refused_by_a_model() {
    let (_, paths) = study();
    let out = tempfile::tempdir().unwrap();
    let [csv, clinical, file] = ["f.csv", "clinical.csv", "model.json"].map(|name| out.path().join(name));
    let extract = |settings: &str| {
        let quick = quick(out.path(), settings);
        let inputs = ["--image", text(&paths.portal_venous), "--voi", text(&paths.truth), "--id", "a"];
        let outputs = ["--protocol", text(&quick), "--out", text(&csv), "--force"];
        done(&[&["extract"][..], &inputs, &outputs].concat());
        Protocol::from_yaml("quick", &fs::read_to_string(&quick).unwrap()).unwrap()
    };
    let mut model = model::embedded().clone();
    model.kind = ModelKind::Combined;
    let feature = Predictor {
        name: "original_firstorder_Mean".to_owned(),
        role: PredictorRole::Feature,
        levels: Vec::new(),
        ..model.predictors[0].clone()
    };
    model.predictors.push(feature);
    model.covariance = covariance(3);
    let protocol = extract("binWidth: 10");
    let (fingerprint, settings) = (protocol.fingerprint(), protocol.deciding_settings());
    model.protocol = Some(ProtocolTag { name: "quick".to_owned(), fingerprint, settings });
    fs::write(&file, model.to_json()).unwrap();
    fs::write(&clinical, "id,pT\na,3\n").unwrap();
    let predict = ["predict", "--model", text(&file), "--clinical", text(&clinical), "--features", text(&csv)];
    assert!(done(&predict).contains("\na,"));
    extract("binWidth: 20");
    refused(&predict, "images[0].texture.binning.binWidth is 20.0 where the model has 10.0");
}

/// A made-up covariance of so many coefficients.
fn covariance(n: usize) -> Vec<Vec<f64>> {
    (0..n).map(|i| (0..n).map(|j| if i == j { 0.01 } else { 0.0 }).collect()).collect()
}

#[test]
fn features_of_derived_images_are_read_and_one_without_a_value_is_said_to_have_none() {
    let out = tempfile::tempdir().unwrap();
    let [features, clinical, file] = ["f.csv", "clinical.csv", "model.json"].map(|name| out.path().join(name));
    let mut model = model::embedded().clone();
    model.kind = ModelKind::Radiomics;
    model.predictors[0].name = "wavelet-LLL_firstorder_Mean".to_owned();
    model.predictors[0].role = PredictorRole::Feature;
    model.predictors[0].levels.clear();
    let settings = serde_json::Value::Null;
    model.protocol = Some(ProtocolTag { name: "p".to_owned(), fingerprint: "1".to_owned(), settings });
    fs::write(&file, model.to_json()).unwrap();
    fs::write(&clinical, "id\na\n").unwrap();
    let predict = ["predict", "--model", text(&file), "--clinical", text(&clinical), "--features", text(&features)];
    let of_value = |value: &str| {
        let columns =
            "id,diagnostics_Configuration_Protocol,diagnostics_Configuration_Fingerprint,diagnostics_Simulated";
        fs::write(&features, format!("{columns},wavelet-LLL_firstorder_Mean\na,p,1,true,{value}\n")).unwrap();
    };
    of_value("3");
    let answer = done(&predict);
    assert!(answer.contains("0.4557"), "{answer}");
    assert!(answer.contains("publishedCounts") && answer.contains("of a simulated patient"), "{answer}");
    of_value("NaN");
    refused(&predict, "\"wavelet-LLL_firstorder_Mean\" is NaN");
    of_value("");
    refused(&predict, "\"wavelet-LLL_firstorder_Mean\" is missing");
}

#[test]
fn segments_that_nothing_tells_are_named_where_features_are_extracted_without_them() {
    let (_, paths) = study();
    let out = tempfile::tempdir().unwrap();
    let [voi, csv] = ["unknown.dcm", "f.csv"].map(|name| out.path().join(name));
    let mut bytes = fs::read(&paths.truth).unwrap();
    // The caudate lobe by another code and name of the same lengths.
    for (there, unknown) in [(&b"71133005"[..], &b"71133099"[..]), (b"audate lobe", b"ertain part")] {
        for at in 0..bytes.len() - there.len() {
            if bytes[at..].starts_with(there) {
                bytes[at..at + there.len()].copy_from_slice(unknown);
            }
        }
    }
    fs::write(&voi, bytes).unwrap();
    let quick = quick(out.path(), "");
    let inputs = ["--image", text(&paths.portal_venous), "--voi", text(&voi), "--protocol", text(&quick)];
    done(&[&["extract"][..], &inputs, &["--out", text(&csv)]].concat());
    let said = fs::read_to_string(&csv).unwrap();
    assert!(said.contains("so that they change nothing: 3 \"\"Certain part"), "{said}");
}

#[test]
fn a_clinical_column_that_a_model_brings_along_is_read_as_a_number() {
    let out = tempfile::tempdir().unwrap();
    let [clinical, file] = ["clinical.csv", "model.json"].map(|name| out.path().join(name));
    let mut model = model::embedded().clone();
    let bmi =
        Predictor { name: "BMI".to_owned(), levels: Vec::new(), range: [15.0, 45.0], ..model.predictors[0].clone() };
    model.predictors.push(Predictor { coefficient: 0.0, ..bmi });
    model.covariance = covariance(3);
    fs::write(&file, model.to_json()).unwrap();
    let predict = ["predict", "--model", text(&file), "--clinical", text(&clinical)];
    fs::write(&clinical, "id,pT,BMI\na,3,24.5\n").unwrap();
    let answer = done(&predict);
    assert!(answer.contains("0.4557") && answer.contains("24.5"), "{answer}");
    fs::write(&clinical, "id,pT,BMI\na,3,slim\n").unwrap();
    refused(&predict, "line 2, column \"BMI\"");
    fs::write(&clinical, "id,pT\na,3\n").unwrap();
    refused(&predict, "there is no column \"BMI\"");
}

#[test]
fn protocols_are_listed_and_printed_as_parameter_files() {
    let listed = done(&["protocol"]);
    for name in Protocol::SHIPPED {
        let shipped = Protocol::shipped(name).unwrap();
        assert!(listed.contains(&format!("{} ", shipped.name)) && listed.contains(&shipped.fingerprint()), "{listed}");
        assert_eq!(Protocol::from_yaml(name, &done(&["protocol", name])), Ok(shipped));
    }
    let out = tempfile::tempdir().unwrap();
    let own = quick(out.path(), "binCount: 16");
    let printed = done(&["protocol", text(&own)]);
    assert!(printed.contains("  binCount: 16\n") && printed.contains("  distances: [1]\n"), "{printed}");
    fs::write(&own, "setting:\n  binWidth: wide\n").unwrap();
    refused(&["protocol", text(&own)], "quick.yaml: \"binWidth\" on line 2 is wide; give a number above 0");
    refused(&["protocol", "liang"], "the shipped ones are liang2022 and isotropic-1mm");
}

#[test]
fn predictions_are_neither_mixed_up_nor_written_over_their_table() {
    let out = tempfile::tempdir().unwrap();
    let [table, json] = ["clinical.csv", "p.json"].map(|name| out.path().join(name));
    fs::write(&table, "id,pT\na,2\na,3\n").unwrap();
    refused(&["predict", "--clinical", text(&table)], "case \"a\" twice");
    fs::write(&table, "id,pT\n").unwrap();
    refused(&["predict", "--clinical", text(&table)], "no case");
    fs::write(&table, "id,pT\na,2\n").unwrap();
    refused(&["predict", "--clinical", text(&table), "--out", text(&table), "--force"], "is what the prediction");
    done(&["predict", "--clinical", text(&table), "--out", text(&json)]);
    assert!(serde_json::from_str::<serde_json::Value>(&fs::read_to_string(&json).unwrap()).is_ok());
}

#[test]
fn two_studies_are_told_apart() {
    let (folder, _) = study();
    let answer = done(&["series", text(folder)]);
    assert!(answer.contains("Study 2022-01-01, SIMULATED CT ABDOMEN, 2.25."), "{answer}");
    assert!(answer.contains("series 4 SIMULATED ABD PV") && answer.contains("4_SIMULATED_PV"), "{answer}");
}

#[test]
fn predict_answers_with_the_published_clinical_model() {
    let out = tempfile::tempdir().unwrap();
    let table = out.path().join("clinical.csv");
    fs::write(&table, "id,pT\na,2\nb,3\nc,4\n").unwrap();
    let json: serde_json::Value =
        serde_json::from_str(&done(&["predict", "--clinical", text(&table), "--json"])).unwrap();
    let percent = |case: usize| json["cases"][case]["prediction"]["probability"].as_f64().unwrap() * 100.0;
    // The logistic function of -2.88297 + 0.901886 pT, to one decimal.
    for (case, expected) in [25.4, 45.6, 67.4].into_iter().enumerate() {
        assert!((percent(case) - expected).abs() < 0.05, "{case}: {}", percent(case));
    }
    assert!(json["note"].as_str().unwrap().contains("Research use only"));
    fs::write(&table, "id,stage\na,3\nb,2\n").unwrap();
    refused(&["predict", "--clinical", text(&table)], "there is no column \"pT\"; it has \"id\", \"stage\"");
    fs::write(&table, "id,pT\na,3\nb,\n").unwrap();
    refused(&["predict", "--clinical", text(&table)], "\"b\"");
    fs::write(&table, "id,pT\na,five\n").unwrap();
    refused(&["predict", "--clinical", text(&table)], "line 2");
}

#[test]
fn predict_illustrates_another_prevalence_and_refuses_what_is_none() {
    let out = tempfile::tempdir().unwrap();
    let table = out.path().join("clinical.csv");
    fs::write(&table, "id,pT\na,3\n").unwrap();
    let predict = ["predict", "--clinical", text(&table), "--prevalence"];
    // Odds 0.83743 x (0.15/0.85) / (52/60) = 0.17052.
    let csv = done(&[&predict[..], &["0.15"]].concat());
    assert!(csv.contains(",illustrated_prevalence,illustrated_probability\n") && csv.contains(",0.15,0.1456"), "{csv}");
    let json: serde_json::Value = serde_json::from_str(&done(&[&predict[..], &["0.15", "--json"]].concat())).unwrap();
    let illustration = &json["cases"][0]["illustration"];
    assert!((illustration["probability"].as_f64().unwrap() - 0.14568).abs() < 5e-5, "{illustration}");
    assert!(illustration["note"].as_str().unwrap().contains("not validated"));
    for none in ["0", "1", "15"] {
        let output = hepatica(&[&predict[..], &[none]].concat());
        assert_eq!(output.status.code(), Some(2), "{none}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("above 0 and below 1"), "{none}");
    }
}

#[test]
fn a_case_named_like_a_formula_is_disarmed_on_standard_output_as_in_a_file() {
    let out = tempfile::tempdir().unwrap();
    let table = out.path().join("clinical.csv");
    fs::write(&table, "id,pT\n=cmd(),2\n").unwrap();
    let printed = done(&["predict", "--clinical", text(&table)]);
    assert!(printed.contains("\n'=cmd(),"), "{printed}");
    let file = out.path().join("p.csv");
    done(&["predict", "--clinical", text(&table), "--out", text(&file)]);
    assert_eq!(fs::read_to_string(file).unwrap(), printed);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let (folder, _) = study();
    let mut program = Command::new(env!("CARGO_BIN_EXE_hepatica"))
        .args(["series", text(folder), "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(program.stdout.take());
    let output = program.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_filled_folder_is_not_written_over() {
    let (folder, _) = study();
    let before = entries(folder);
    refused(&["phantom", "--out", text(folder)], "is not empty");
    refused(&["demo", "--out", text(folder)], "is not empty");
    assert_eq!(entries(folder), before);
}

#[test]
fn wrong_input_is_named_in_one_sentence_and_leaves_nothing_behind() {
    let (folder, paths) = study();
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("x.csv");
    let junk = tempfile::Builder::new().suffix(".nii.gz").tempfile().unwrap();
    let junk = text(junk.path());
    refused(&["series", "no-such-folder"], "no-such-folder");
    let elsewhere = tempfile::tempdir().unwrap();
    let no_image = elsewhere.path().join("notes.txt");
    fs::write(&no_image, "no image").unwrap();
    refused(&["series", text(&no_image)], "holds no CT series");
    refused(&["convert", text(folder), "--out", "x.txt"], "x.txt");
    refused(&["convert", text(folder), "--out", "no-such-folder/x.nii"], "no-such-folder");
    refused(&["convert", text(folder), "--series", "99", "--out", "x.nii"], "99");
    refused(&["extract", "--image", text(folder), "--voi", junk, "--out", text(&file)], "NIfTI");
    refused(&["extract", "--image", text(folder), "--voi", "none.dcm", "--out", text(&file)], "none.dcm");
    let native = text(&paths.native);
    let truth = text(&paths.truth);
    refused(&["extract", "--image", native, "--voi", truth, "--label", "77", "--out", text(&file)], "77");
    refused(
        &["extract", "--image", native, "--voi", truth, "--protocol", "none.yaml", "--out", text(&file)],
        "none.yaml is neither a file nor a shipped protocol",
    );
    refused(&["predict"], "--clinical");
    refused(&["frobnicate"], "(see hepatica --help)");
    refused(&["phantom", "--seed", "-1", "--out", "x"], "invalid value '-1' for '--seed <SEED>'");
    refused(&["convert", "--oot", "x.nii"], "(see hepatica convert --help)");
    assert_eq!(entries(out.path()), 0);
}

#[test]
fn an_argument_that_would_be_ignored_is_refused() {
    let (folder, _) = study();
    refused(&["view", "--demo", text(folder)], "cannot be used with");
}

#[test]
fn what_the_system_refuses_is_no_wrong_input() {
    let refused_by_system = |arguments: &[&str], culprit: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_hepatica"))
            .args(arguments)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .output()
            .unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {message}");
        assert!(message.contains(culprit), "{arguments:?}: {message}");
    };
    refused_by_system(&["view"], "is there a display");
    // A folder in which nothing can be made, even by the superuser.
    refused_by_system(&["demo", "--out", "/proc/hepatica"], "/proc/hepatica could not be made");
    refused_by_system(&["phantom", "--out", "/proc/hepatica"], "could not be made");
    let file = tempfile::NamedTempFile::new().unwrap();
    refused(&["demo", "--out", text(file.path())], "is a file");
    refused(&["phantom", "--out", text(file.path())], "is a file");
}

/// Files below a folder.
#[cfg(unix)]
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_nothing_half_written() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("study");
    // Thin slices are written long enough to be interrupted.
    let program = Command::new(env!("CARGO_BIN_EXE_hepatica"))
        .args(["phantom", "--thin", "--out", text(&folder)])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while files_below(&folder).len() < 3 {
        assert!(begun.elapsed() < Duration::from_secs(240), "nothing is written");
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(Command::new("kill").args(["-INT", &program.id().to_string()]).status().unwrap().success());
    let output = program.wait_with_output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), message.as_str()), (Some(130), "hepatica: interrupted\n"));
    assert_eq!(files_below(out.path()), Vec::<PathBuf>::new());
}

#[test]
fn help_is_an_answer() {
    let commands = ["view", "series", "convert", "extract", "merge-features", "protocol", "predict", "phantom", "demo"];
    for command in commands {
        assert!(done(&[command, "--help"]).contains("Usage: hepatica"), "{command}");
    }
}
