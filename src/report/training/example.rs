//! Runs for the tests of what is written of a run: small cohorts from seeded numbers, ordinary ones and those that strain a page.

use crate::base::{Progress, Stream, Warnings};
use crate::cohort::{
    ClinicalColumn, Cohort, ColumnKind, Counts, Exclusion, FeatureProtocol, FeatureTable, Finding, FindingKind, Flow,
    Role, SecondReads, Set,
};
use crate::model::DataKind;
use crate::model::train::{About, Pipeline, Training, train};

/// What is particular about a cohort.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    pub n_features: usize,
    pub has_long_names: bool,
    pub has_validation: bool,
    pub is_simulated: bool,
    pub bootstrap: usize,
}

/// An ordinary cohort.
pub(super) const ORDINARY: Case =
    Case { n_features: 30, has_long_names: false, has_validation: true, is_simulated: false, bootstrap: 10 };

/// The cases that every document must hold.
pub(super) const CASES: [(&str, Case); 6] = [
    ("ordinary", ORDINARY),
    ("clinical alone", Case { n_features: 0, ..ORDINARY }),
    ("no validation", Case { has_validation: false, is_simulated: true, ..ORDINARY }),
    ("one feature", Case { n_features: 1, bootstrap: 0, ..ORDINARY }),
    ("many features with long names", Case { n_features: 60, has_long_names: true, bootstrap: 0, ..ORDINARY }),
    ("simulated with long names", Case { has_long_names: true, is_simulated: true, ..ORDINARY }),
];

const N: usize = 90;
/// PyRadiomics' longest name, and one that nothing allows to break.
const LONG: [&str; 2] = [
    "wavelet-LHL_gldm_LargeDependenceHighGrayLevelEmphasisNumber",
    "afeatureofonesownwhosenamehasnoendandnowordatwhichitmaybebrokenbyanyonewhoprintsitnumber",
];

/// A run, with everything that a report on it borrows.
pub(super) struct Example {
    pub cohort: Cohort,
    pub training: Training,
    pub about: About,
}

impl Example {
    pub fn of(case: Case) -> Self {
        let cohort = cohort(case);
        let pipeline = Pipeline {
            bootstrap: case.bootstrap,
            nested_repetitions: usize::from(case.bootstrap > 0),
            mrmr_features: if case.has_long_names { 40.min(case.n_features) } else { 10.min(case.n_features.max(1)) },
            seed: 4711,
            clinical_columns: Some(vec!["pT".to_owned()]),
            ..Pipeline::default()
        };
        let training = train(&cohort, &pipeline, &Progress::new()).unwrap();
        let mut about = About::of(&cohort);
        if case.has_long_names {
            about.outcome = "recurrence within the liver or in the lung after a resection of cancer of the colon or of the rectum with \
                             curative intent in the judgement of the surgeon"
                .to_owned();
            about.source = format!("{} and others", "A hospital whose name has no end".repeat(8));
        }
        about.data = if case.is_simulated { DataKind::Simulated } else { DataKind::Patients };
        Self { cohort, training, about }
    }

    pub fn report(&self) -> super::TrainingReport<'_> {
        super::TrainingReport { cohort: &self.cohort, training: &self.training, about: &self.about }
    }
}

fn cohort(case: Case) -> Cohort {
    let mut stream = Stream::new(11, 1);
    let outcome: Vec<bool> = (0..N).map(|i| i % 5 < 2).collect();
    let set: Vec<Set> =
        (0..N).map(|i| if case.has_validation && i % 3 == 2 { Set::Validation } else { Set::Training }).collect();
    let mut noise = |shift: f64| -> Vec<f64> {
        outcome.iter().map(|event| stream.between(-1.0, 1.0) + if *event { shift } else { 0.0 }).collect()
    };
    let columns: Vec<Vec<f64>> = (0..case.n_features).map(|i| noise(if i % 4 == 0 { 0.4 } else { 0.0 })).collect();
    let second: Vec<Vec<f64>> =
        columns.iter().map(|column| column.iter().step_by(3).map(|v| v + 0.01).collect()).collect();
    let stage: Vec<Option<f64>> = noise(0.3).iter().map(|v| Some((3.0 + v.round()).clamp(2.0, 4.0))).collect();
    let age: Vec<Option<f64>> = noise(0.0).iter().map(|v| Some((60.0 + 12.0 * v).round())).collect();
    let name = |i: usize| match case.has_long_names {
        true => format!("{}{i}", LONG[i % 2]),
        false => format!("wavelet-LLH_glcm_Feature{i}"),
    };
    let protocol = FeatureProtocol {
        name: "liang2022".to_owned(),
        fingerprint: "7b2c6f898ef37387".to_owned(),
        settings: serde_json::json!({ "images": [{ "filter": "Original", "texture": { "binning": { "binWidth": 25.0 } } }],
            "preparation": { "normalize": null, "resample": null, "resegment": null } }),
    };
    let features = FeatureTable {
        names: (0..case.n_features).map(name).collect(),
        columns,
        protocol: (case.n_features > 0).then_some(protocol),
        is_simulated: case.is_simulated,
    };
    let rows = (0..N).step_by(3).collect();
    let flow = flow(&outcome, &set, case.n_features > 0);
    Cohort {
        ids: (0..N).map(|i| format!("SECRET{i:03}")).collect(),
        outcome,
        set,
        folds: None,
        clinical: clinical(stage, age, case.has_long_names),
        second: (case.n_features > 0).then_some(SecondReads { rows, columns: second }),
        reader_study: None,
        features,
        flow,
        findings: vec![Finding {
            kind: FindingKind::IgnoredColumn,
            file: "/home/SECRET/Clinical.csv".into(),
            line: None,
            column: Some("notes".to_owned()),
            sentence: "column \"notes\" is not used".to_owned(),
        }],
        warnings: {
            let mut warnings = Warnings::new();
            warnings.push("/home/SECRET/Clinical.csv: 3 patients without outcome left out: \"SECRET090\"");
            warnings
        },
    }
}

fn flow(outcome: &[bool], set: &[Set], has_features: bool) -> Flow {
    let of =
        |wanted: Set| Counts::of(outcome.iter().zip(set).filter(|(_, set)| **set == wanted).map(|(event, _)| *event));
    Flow {
        read: N + 3,
        features_read: has_features.then_some(N),
        excluded: vec![Exclusion {
            reason: "without outcome".to_owned(),
            ids: (N..N + 3).map(|i| format!("SECRET{i:03}")).collect(),
        }],
        analysed: Counts::of(outcome.iter().copied()),
        training: of(Set::Training),
        validation: of(Set::Validation),
        ..Flow::default()
    }
}

fn clinical(stage: Vec<Option<f64>>, age: Vec<Option<f64>>, has_long_names: bool) -> Vec<ClinicalColumn> {
    let stages = ColumnKind::Levels {
        labels: ["pT2", "pT3", "pT4"].map(str::to_owned).to_vec(),
        codes: vec![2.0, 3.0, 4.0],
        reference: 0,
        ordered: true,
    };
    let label = match has_long_names {
        true => "Pathological stage of the primary tumour by the eighth edition of the classification".to_owned(),
        false => "pT stage".to_owned(),
    };
    let column = |name: &str, label: String, unit: Option<&str>, role, kind, values| ClinicalColumn {
        name: name.to_owned(),
        label,
        unit: unit.map(str::to_owned),
        role,
        kind,
        is_candidate: true,
        values,
    };
    vec![
        column("age", "Age".to_owned(), Some("years"), Role::Age, ColumnKind::Numeric, age),
        column("pT", label, None, Role::PT, stages, stage),
    ]
}
