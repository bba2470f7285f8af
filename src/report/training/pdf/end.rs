//! The report's end: what makes the run doubtful and what limits it, how it was made, and whose methods it follows.

use crate::model::Model;
use crate::report::paper::{Block, Table};
use crate::report::training::TrainingReport;
use crate::report::training::words::{sentence, settings as settings_of};

/// Whose methods a run follows.
pub(in crate::report::training) const METHODS: [&str; 9] = [
    "Pipeline: Liang et al., Cancer Imaging 2022;22:50.",
    "Agreement of readers: McGraw and Wong, Psychol Methods 1996;1:30.",
    "mRMR: Peng et al., IEEE Trans Pattern Anal Mach Intell 2005;27:1226; De Jay et al., Bioinformatics 2013;29:2365.",
    "LASSO: Friedman et al., J Stat Softw 2010;33(1).",
    "Areas under the curve and their comparison: DeLong et al., Biometrics 1988;44:837.",
    "Calibration: Harrell, Regression Modeling Strategies, 2015; Hosmer and Lemeshow, Applied Logistic Regression.",
    "Net benefit: Vickers and Elkin, Med Decis Making 2006;26:565.",
    "Optimism: Harrell et al., Stat Med 1996;15:361.",
    "Exact intervals of rates: Clopper and Pearson, Biometrika 1934;26:404.",
];

pub(super) fn doubts(report: &TrainingReport) -> Vec<Block> {
    let mut blocks = vec![Block::Heading("Doubts and limits".to_owned())];
    let doubts = &report.training.doubts;
    if !doubts.is_empty() {
        blocks.extend([Block::Subheading("Doubts".to_owned()), Block::List(doubts.clone())]);
    }
    let richest = report.training.models.last();
    let model = richest.map(|richest| report.training.to_model(report.cohort, richest, report.about));
    blocks.extend([Block::Subheading("Limits".to_owned()), Block::List(limits(report, model.as_ref()))]);
    let odd = oddities(report);
    if !odd.is_empty() {
        blocks.extend([Block::Subheading("What the statistics noted".to_owned()), Block::List(odd)]);
    }
    blocks
}

/// What limits a run's models beyond its doubts.
pub(in crate::report::training) fn limits(report: &TrainingReport, model: Option<&Model>) -> Vec<String> {
    let of_model = model.into_iter().flat_map(|model| &model.limits);
    let is_doubt = |limit: &&String| {
        let of_model =
            model.and_then(|model| model.training.as_ref()).is_some_and(|record| record.doubts.contains(limit));
        of_model || report.training.doubts.contains(limit)
    };
    let mut limits: Vec<String> = of_model.filter(|limit| !is_doubt(limit)).cloned().collect();
    limits.push(
        "The event's frequency, the scanners, the protocol and the readers are this cohort's; where they are others the model must be tested \
         before it is used."
            .to_owned(),
    );
    limits
        .push("The p-values of Table 1 and of the clinical regressions are not corrected for their number.".to_owned());
    limits
}

/// Warnings of the fits, each once.
fn oddities(report: &TrainingReport) -> Vec<String> {
    let training = report.training;
    let mut odd: Vec<String> = Vec::new();
    let mut add = |of: &mut dyn Iterator<Item = &str>| {
        for warning in of {
            let said = sentence(warning);
            if !odd.contains(&said) {
                odd.push(said);
            }
        }
    };
    if let Some(selection) = &training.selection {
        add(&mut selection.lasso.warnings.iter());
        add(&mut selection.lasso.path.warnings.iter());
    }
    for trained in training.models.iter().chain(&training.study) {
        add(&mut trained.regression.fit.warnings.iter());
        add(&mut trained.training.calibration.warnings.iter());
        if let Some(validation) = &trained.validation {
            add(&mut validation.calibration.warnings.iter());
        }
    }
    odd
}

pub(super) fn settings(report: &TrainingReport) -> Vec<Block> {
    let mut pairs = settings_of(report);
    let protocol = report.cohort.features.protocol.as_ref();
    let extraction = match protocol {
        Some(protocol) => format!("protocol {}, fingerprint {}", protocol.name, protocol.fingerprint),
        None if report.cohort.features.names.is_empty() => "no features".to_owned(),
        None => "the feature table does not say with which settings it was made".to_owned(),
    };
    pairs.push(("Extraction", extraction));
    pairs.push(("Program", format!("Hepatica {}", env!("CARGO_PKG_VERSION"))));
    vec![
        Block::Heading("Settings".to_owned()),
        Block::Table(Table::of_pairs(pairs)),
        Block::Text(
            "The same tables, settings and seed give the same numbers, whatever the number of threads.".to_owned(),
        ),
        Block::Heading("Methods".to_owned()),
        Block::List(METHODS.map(str::to_owned).to_vec()),
    ]
}
