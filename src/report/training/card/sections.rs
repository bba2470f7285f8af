//! The sections of a model card before the checklists.

use crate::cohort::Set;
use crate::figure::numbers::{optional, significant};
use crate::model::train::Measured;
use crate::model::{InternalValidation, Model, ModelKind, Predictor, PredictorRole};
use crate::report::paper::{Block, Cell, Table};
use crate::report::training::checklists::Facts;
use crate::report::training::found::found;
use crate::report::training::origin;
use crate::report::training::pdf::{METHODS, formula, limits};
use crate::report::training::words::{
    GROUPING, IN_THE_LARGE, NONE, SETS, area, counts, data_kind, measured, nested_area, net_benefit_in_words,
    odds_ratio, rate, set_title, settings,
};
use crate::stats::Z_975;

pub(super) fn blocks(facts: &Facts) -> Vec<Block> {
    [
        identity(facts),
        use_of_it(facts),
        data(facts),
        predictors(facts),
        pipeline(facts),
        performance(facts),
        fairness(),
        doubts(facts),
        handling(facts),
    ]
    .concat()
}

fn heading(name: &str) -> Block {
    Block::Heading(name.to_owned())
}

fn text(text: impl Into<String>) -> Block {
    Block::Text(text.into())
}

fn identity(facts: &Facts) -> Vec<Block> {
    let model = facts.model;
    let mut blocks = Vec::new();
    if facts.is_simulated() {
        let said = "Simulated data. The model was trained on patients who never lived: its numbers are evidence of nothing about any patient.";
        blocks.push(Block::Alarm(said.to_owned()));
    }
    let pairs = [
        ("Model", model.name.clone()),
        ("Identifier", model.id.clone()),
        ("Checksum", model.checksum.clone()),
        ("Gives", format!("probability of {}", facts.outcome())),
        ("From", facts.predictors()),
        ("Kind", format!("logistic regression, {}", model.kind.as_str())),
        ("Data", data_kind(model.provenance.data).to_owned()),
        ("File", format!("{} version {}", model.format, model.format_version)),
        ("Program", format!("Hepatica {}", env!("CARGO_PKG_VERSION"))),
    ];
    blocks.push(Block::Table(Table::of_pairs(pairs)));
    blocks
}

fn use_of_it(facts: &Facts) -> Vec<Block> {
    let mut never = vec![
        "Deciding on treatment, follow-up or anything else of a patient's care: it is no medical device.".to_owned(),
        "Patients unlike those it was trained on: another disease, stage, phase of contrast, or treatment before the scan.".to_owned(),
        "Reading its probability where the event is rarer or more frequent than in training, without recalibration.".to_owned(),
    ];
    if facts.model.radscore.is_some() {
        never.push(
            "Features of another protocol or program than the one below, or of another region than the whole liver."
                .to_owned(),
        );
    }
    if facts.is_simulated() {
        never.insert(0, "Any patient at all: it knows simulated data alone.".to_owned());
    }
    vec![
        heading("Intended use"),
        text(facts.model.intended_use.clone()),
        Block::Subheading("What it must not be used for".to_owned()),
        Block::List(never),
    ]
}

fn data(facts: &Facts) -> Vec<Block> {
    let mut said = vec![facts.excluded(), facts.sets(), facts.prevalence(), facts.split()];
    said.extend(facts.readers());
    said.extend(found(facts.report.cohort));
    vec![heading("Data"), text(facts.source()), Block::List(said)]
}

fn predictors(facts: &Facts) -> Vec<Block> {
    let model = facts.model;
    let mut table = Table::new("", &["Predictor", "What it is", "Values", ">Coefficient", "Odds ratio (95 % CI)"]);
    table.row([Cell::from("intercept"), "".into(), "".into(), significant(model.intercept).into()]);
    for (at, predictor) in model.predictors.iter().enumerate() {
        let variance = model.covariance.get(at + 1).and_then(|row| row.get(at + 1)).copied().unwrap_or(f64::NAN);
        let (b, half) = (predictor.coefficient, Z_975 * variance.sqrt());
        table.row([
            Cell::strong(predictor.name.as_str()),
            what_it_is(predictor).into(),
            values(predictor).into(),
            significant(b).into(),
            odds_ratio((b.exp(), [b - half, b + half].map(f64::exp))).into(),
        ]);
    }
    let mut blocks = vec![
        heading("Predictors"),
        Block::Table(
            table.noted("Log odds = intercept + Σ coefficient × value; probability = 1 / (1 + exp(−log odds))."),
        ),
    ];
    if let Some(radscore) = &model.radscore {
        blocks.push(Block::Table(formula(radscore)));
    }
    blocks.push(Block::Subheading("How to obtain them".to_owned()));
    blocks.push(Block::List(how_to_obtain(facts)));
    blocks
}

fn what_it_is(predictor: &Predictor) -> String {
    let unit = predictor.unit.as_deref().map(|unit| format!(", {unit}")).unwrap_or_default();
    let role = match predictor.role {
        PredictorRole::Clinical => "clinical",
        PredictorRole::Feature => "feature of the image",
        PredictorRole::Radscore => "score of features",
    };
    format!("{}{unit} ({role})", predictor.label)
}

/// The values that a predictor takes.
fn values(predictor: &Predictor) -> String {
    let [low, high] = predictor.range;
    if let Some(indicator) = &predictor.indicator {
        let level = predictor.levels.iter().find(|level| level.value == indicator.level);
        let level = level.map_or(NONE, |level| level.label.as_str());
        return format!("1 where {} is {level}, else 0", indicator.column);
    }
    if predictor.levels.is_empty() {
        return format!("{} to {}", significant(low), significant(high));
    }
    let level = |level: &crate::model::Level| format!("{} = {}", level.value, level.label);
    predictor.levels.iter().map(level).collect::<Vec<_>>().join(", ")
}

fn how_to_obtain(facts: &Facts) -> Vec<String> {
    let mut steps = Vec::new();
    if facts.model.radscore.is_some() {
        let protocol = match &facts.model.protocol {
            Some(protocol) => format!(
                "Features: portal venous CT, the whole liver delineated, then hepatica extract --protocol {} (fingerprint {}). Features \
                 with another fingerprint are refused.",
                protocol.name, protocol.fingerprint
            ),
            None => "Features: as those of the training table, which does not say with which settings it was made. OPEN: state them.".to_owned(),
        };
        steps.push(protocol);
        for (what, known) in [
            ("Images", facts.image_types()),
            ("Bins", facts.binning()),
            ("Resampling", facts.preparation("resample")),
            ("Normalisation", facts.preparation("normalize")),
        ] {
            steps.extend(known.map(|known| format!("{what}: {known}.")));
        }
    }
    let clinical: Vec<&str> = facts.model.clinical_inputs().map(|predictor| predictor.label.as_str()).collect();
    if !clinical.is_empty() {
        steps.push(format!(
            "Clinical values: {}, as in the table above, one column each under the predictor's name.",
            clinical.join(", ")
        ));
    }
    steps
}

fn pipeline(facts: &Facts) -> Vec<Block> {
    let mut table = Table::new("", &["Step", ">In", ">Out", "Rule"]);
    for step in &facts.report.training.steps {
        table.row([step.name.clone(), step.entered.to_string(), step.left.to_string(), step.detail.clone()]);
    }
    let missing: String = origin::missing_models(facts.report).iter().map(|said| format!(" {said}")).collect();
    vec![
        heading("Training"),
        text(format!("{}{missing}", facts.model.provenance.method)),
        Block::Table(table.noted(origin::seen(facts.report))),
        Block::Subheading("Settings".to_owned()),
        Block::Table(Table::of_pairs(settings(facts.report))),
    ]
}

fn performance(facts: &Facts) -> Vec<Block> {
    let mut blocks = vec![heading("Performance")];
    let Some(trained) = facts.trained else {
        blocks.push(text(facts.areas()));
        return blocks;
    };
    let columns = ["Set, n (events)", "AUC", "Accuracy", "Sensitivity", "Specificity", "PPV", "NPV"];
    let mut table = Table::new("", &columns);
    for set in SETS {
        let Some(of) = measured(trained, set) else { continue };
        let calls = &of.confusion;
        let rates = [calls.accuracy(), calls.sensitivity(), calls.specificity(), calls.ppv(), calls.npv()].map(rate);
        let set = format!("{}, {}", set_title(set), counts(of.n, of.n_events).replace(' ', "\u{a0}"));
        table.row([set, area(of.roc.auc, of.roc.ci)].into_iter().chain(rates));
    }
    blocks.push(Block::Table(table.noted(format!(
        "With 95 % intervals. Calls at the threshold {}, which has the largest Youden index on training.",
        facts.threshold()
    ))));
    blocks.push(Block::Table(honest(facts)));
    blocks.push(Block::Subheading("Calibration".to_owned()));
    blocks.push(Block::List(facts.calibrations()));
    let means = format!(
        "{IN_THE_LARGE} is the intercept with the slope held at 1; the other intercept is fitted with the slope. Hosmer-Lemeshow: {GROUPING}."
    );
    blocks.push(Block::Note(means));
    blocks.push(Block::Subheading("Decision curve".to_owned()));
    let words = |set: &Set| {
        let of = measured(trained, *set)?;
        Some(net_benefit_in_words(of, trained.kind.as_str(), set.as_str()))
    };
    blocks.push(Block::List(SETS.iter().filter_map(words).collect()));
    blocks
}

/// The apparent numbers with those of resampling and validation.
fn honest(facts: &Facts) -> Table {
    let mut table = Table::new("", &["", ">Validation", ">Nested", ">Optimism-corrected", ">Apparent"]);
    let internal = facts.model.training.as_ref().and_then(|record| record.internal.as_ref());
    let validation = facts.trained.and_then(|trained| trained.validation.as_ref());
    let training = facts.trained.map(|trained| &trained.training);
    let slope = |of: &Measured| of.calibration.recalibration.as_ref().map(|line| line.slope);
    let brier = |of: &Measured| of.calibration.brier;
    let mut row = |name: &str, [apparent, corrected, tested]: [Option<f64>; 3], nested: String| {
        table.row([name.to_owned(), optional(tested, 3), nested, optional(corrected, 3), optional(apparent, 3)]);
    };
    let corrected =
        |of: fn(&InternalValidation) -> Option<[f64; 2]>| internal.and_then(|internal| Some(of(internal)?[1]));
    let auc = [training.map(|of| of.roc.auc), corrected(|of| of.auc), validation.map(|of| of.roc.auc)];
    row("AUC", auc, nested_area(internal));
    let slopes = [training.and_then(slope), corrected(|of| of.slope), validation.and_then(slope)];
    row("Calibration slope", slopes, NONE.to_owned());
    row("Brier score", [training.map(brier), corrected(|of| of.brier), validation.map(brier)], NONE.to_owned());
    let note = match internal {
        Some(of) => origin::resampling(facts.report, std::slice::from_ref(of)).join(" "),
        None => "No resampling: the apparent numbers are too good by an unknown amount.".to_owned(),
    };
    table.noted(note)
}

fn fairness() -> Vec<Block> {
    vec![
        heading("Fairness and subgroups"),
        text(
            "OPEN. The run did not look at subgroups. The team must add how the model does by sex, age, centre and scanner, with the number of events in each.",
        ),
    ]
}

fn doubts(facts: &Facts) -> Vec<Block> {
    let mut blocks = vec![heading("Limits"), Block::List(limits(facts.report, Some(facts.model)))];
    if !facts.doubts().is_empty() {
        blocks.push(heading("Doubts"));
        blocks.push(Block::List(facts.doubts().to_vec()));
    }
    blocks
}

fn handling(facts: &Facts) -> Vec<Block> {
    let Model { id, checksum, kind, .. } = facts.model;
    let features = if *kind == ModelKind::Clinical { "" } else { " --features F.csv" };
    let steps = vec![
        format!("One patient: load the file on the Risk page of Hepatica. Its identifier there must be {id}, its checksum {checksum}."),
        format!("A table: hepatica predict --model MODEL.json{features} --clinical C.csv --out P.csv."),
        "Your own patients first: hepatica evaluate gives the same numbers and figures on them, and a recalibration where it is needed.".to_owned(),
        "A missing value is refused by name; a value outside the training range is said; the file's format is described in docs/model-file.md.".to_owned(),
    ];
    vec![
        heading("How to use the file"),
        Block::List(steps),
        heading("Versions and methods"),
        text(format!("Hepatica {}; model file format {}.", env!("CARGO_PKG_VERSION"), facts.model.format_version)),
        Block::Note(METHODS.join(" ")),
    ]
}
