//! TRIPOD+AI: 27 items, 52 with their parts (Collins et al., BMJ 2024;385:e078378), under short names of our own.

use super::{Checklist, Item, filled, not_applicable, open, partly};
use crate::report::training::words::{capital, counted};

/// The checklist.
pub(in crate::report::training) const TRIPOD_AI: Checklist =
    Checklist { name: "TRIPOD+AI", source: "Collins et al., TRIPOD+AI statement, BMJ 2024;385:e078378", items: &ITEMS };

/// Shorthand for a row of the table below.
const fn item(
    section: &'static str,
    number: &'static str,
    name: &'static str,
    answer: fn(&super::Facts) -> super::Answer,
) -> Item {
    Item { section, number, name, answer }
}

const FRONT: &str = "Title, abstract and introduction";
const METHODS: &str = "Methods";
const OPEN: &str = "Open science, patients and public";
const RESULTS: &str = "Results";
const DISCUSSION: &str = "Discussion";

const ITEMS: [Item; 52] = [
    item(FRONT, "1", "Title: developed or tested, for whom, which outcome", |f| {
        let tested = if f.is_tested() { "developed and tested" } else { "developed" };
        partly(
            format!("A {} model is {tested}; outcome: {}.", f.model.kind.as_str(), f.outcome()),
            "the title, with the population.",
        )
    }),
    item(FRONT, "2", "Abstract", |_| open("the abstract, by TRIPOD+AI's own list for abstracts.")),
    item(FRONT, "3a", "Care setting, reason for a model, earlier models", |_| {
        open("diagnostic or prognostic, why a model is needed, and which there are.")
    }),
    item(FRONT, "3b", "For whom, for what, and who uses it", |f| {
        partly(f.model.intended_use.clone(), "the place in the path of care, and the users.")
    }),
    item(FRONT, "3c", "Known inequalities between groups of people", |_| {
        open("what is known of them for this disease.")
    }),
    item(FRONT, "4", "Objectives", |f| {
        let what = if f.is_tested() { "Development with a test on patients held back." } else { "Development." };
        partly(what, "the aims in words.")
    }),
    item(METHODS, "5a", "Data: source, reason, representativeness", |f| {
        partly(f.source(), "the study's design, why these data, and whom they represent.")
    }),
    item(METHODS, "5b", "Dates of inclusion and of follow-up", |_| open("first and last inclusion, end of follow-up.")),
    item(METHODS, "6a", "Setting and centres", |_| open("kind, number and place of the centres.")),
    item(METHODS, "6b", "Who could take part", |f| {
        partly(f.excluded(), "inclusion and exclusion criteria before the tables were made.")
    }),
    item(METHODS, "6c", "Treatments", |_| open("treatments received, and how they were dealt with.")),
    item(METHODS, "7", "Preparation and checks of the data", |f| {
        let found = counted(f.report.cohort.findings.len(), "finding", "findings");
        partly(
            format!("The program checked ids, cells, constants and both tables' match ({found}, in results.json)."),
            "what was done before, and whether it was alike in all groups of people.",
        )
    }),
    item(METHODS, "8a", "Outcome: definition, horizon, how and when seen", |f| {
        partly(format!("{}.", capital(&f.outcome())), "how and when it was assessed, why it was chosen.")
    }),
    item(METHODS, "8b", "Who judged the outcome", |_| {
        open("qualification of the assessors, where judgement was needed.")
    }),
    item(METHODS, "8c", "Outcome judged blind", |_| open("what was done to blind the assessment.")),
    item(METHODS, "9a", "Choice of candidates, and what was left before modelling", |f| {
        partly(f.candidates(), "why these candidates.")
    }),
    item(METHODS, "9b", "Definition of the predictors, when and how measured", |f| {
        let extraction = f.extraction().unwrap_or_default();
        partly(
            format!("Model: {}. {extraction}", f.predictors()),
            "when and how they were measured, and whether blind to the outcome.",
        )
    }),
    item(METHODS, "9c", "Who judged the predictors", |f| match f.readers() {
        Some(readers) => partly(readers, "experience of the readers who delineated."),
        None => open("experience of those who delineated or read."),
    }),
    item(METHODS, "10", "Sample size", |f| {
        partly(
            f.events_per_variable(),
            "how the size was arrived at and whether it is enough (Riley et al., BMJ 2020;368:m441).",
        )
    }),
    item(METHODS, "11", "Missing data", |f| {
        partly(format!("Complete cases: nothing was imputed. {}", f.excluded()), "why values were missing.")
    }),
    item(METHODS, "12a", "How the data were used", |f| filled(f.split())),
    item(METHODS, "12b", "How predictors entered", |_| {
        filled(
            "Numbers and ordered grades enter linearly, unordered levels as indicators, numbers that the schema gives a cut-off as below or above it; \
             no other transformation. The LASSO standardises features by training patients.",
        )
    }),
    item(METHODS, "12c", "Type of model, building, tuning, internal validation", |f| {
        filled(format!("{} {} {}", f.model.provenance.method, f.steps(), f.resampling()))
    }),
    item(METHODS, "12d", "Differences between clusters", |_| {
        partly("Patients are taken as independent; no cluster is modelled.", "whether centres or scanners differ.")
    }),
    item(METHODS, "12e", "Measures and plots", |_| {
        filled(
            "AUC with ROC curves, DeLong's test; rates at the Youden threshold; Brier score, calibration-in-the-large, intercept and slope, curve of calibration, Hosmer-Lemeshow; net benefit.",
        )
    }),
    item(METHODS, "12f", "Updating of the model", |_| filled("None was done.")),
    item(METHODS, "12g", "How predictions were computed", |f| {
        let checksum = &f.model.checksum;
        filled(format!("By the model file ({checksum}) with Hepatica {}: hepatica predict.", env!("CARGO_PKG_VERSION")))
    }),
    item(METHODS, "13", "Class imbalance", |f| {
        filled(format!("No class was weighted or resampled. {}", f.prevalence()))
    }),
    item(METHODS, "14", "Fairness", |_| {
        open("what was done for fairness between groups of people, and why; the run does nothing.")
    }),
    item(METHODS, "15", "Output, and how a threshold was chosen", |f| {
        filled(format!(
            "A probability. Calls at {}: the largest Youden index on training, for description alone.",
            f.threshold()
        ))
    }),
    item(METHODS, "16", "Differences between training and test data", |f| match f.has_validation() {
        true => partly(
            "One clinical table; patients by set stand in the report.",
            "differences of setting, if the split was by time or place.",
        ),
        false => not_applicable("There is no validation set."),
    }),
    item(METHODS, "17", "Ethics", |f| match f.is_simulated() {
        true => not_applicable("Simulated data: there are no participants."),
        false => open("committee, number, and consent or its waiver."),
    }),
    item(OPEN, "18a", "Funding", |_| open("sources and role of the funders.")),
    item(OPEN, "18b", "Conflicts of interest", |_| open("of every author.")),
    item(OPEN, "18c", "Study protocol", |_| open("where it can be read, or that there is none.")),
    item(OPEN, "18d", "Registration", |_| open("register and number, or that the study was not registered.")),
    item(OPEN, "18e", "Availability of data", |_| open("whether and where the tables can be had.")),
    item(OPEN, "18f", "Availability of code", |f| {
        partly(
            format!(
                "All of the analysis is Hepatica {}; settings and seed ({}) stand in results.json.",
                env!("CARGO_PKG_VERSION"),
                f.report.training.pipeline.seed
            ),
            "where the version used can be had, and any code of your own.",
        )
    }),
    item(OPEN, "19", "Patients and public", |_| open("how they took part, or that they did not.")),
    item(RESULTS, "20a", "Flow of participants", |f| {
        partly(format!("{} {}", f.excluded(), f.sets()), "time of follow-up.")
    }),
    item(RESULTS, "20b", "Characteristics", |f| {
        let n = counted(f.report.cohort.clinical.len(), "column", "columns");
        partly(
            format!("Table 1 of the report, {n} by outcome."),
            "dates, treatments, and differences between groups of people.",
        )
    }),
    item(RESULTS, "20c", "Test data against training data", |f| match f.has_validation() {
        true => filled("Patients by set, in the report."),
        false => not_applicable("There is no validation set."),
    }),
    item(RESULTS, "21", "Patients and events in each analysis", |f| filled(f.sets())),
    item(RESULTS, "22", "The full model", |f| {
        let n = counted(f.model.predictors.len(), "coefficient", "coefficients");
        partly(
            format!("Intercept and {n} in this card, every digit in the model file {}.", f.model.id),
            "where the file can be had, and on what terms.",
        )
    }),
    item(RESULTS, "23a", "Performance with intervals, of subgroups too", |f| {
        partly(f.areas_of_all(), "performance in subgroups of people.")
    }),
    item(RESULTS, "23b", "Differences between clusters", |_| open("the results, if clusters were examined.")),
    item(RESULTS, "24", "Result of updating", |_| not_applicable("Nothing was updated.")),
    item(DISCUSSION, "25", "Interpretation", |_| {
        open("what the results mean beside earlier studies, fairness included.")
    }),
    item(DISCUSSION, "26", "Limitations", |f| {
        let n = counted(f.model.limits.len(), "limit or doubt", "limits and doubts");
        partly(format!("{n} of the run, in this card."), "those of the study's design.")
    }),
    item(DISCUSSION, "27a", "Poor or missing inputs in use", |_| {
        partly(
            "A missing input is refused by name, a value outside the training range is said, features of another protocol are refused.",
            "who judges the image and the delineation.",
        )
    }),
    item(DISCUSSION, "27b", "What users must do and know", |f| {
        let delineate = if f.model.radscore.is_some() { "Users delineate the liver and enter" } else { "Users enter" };
        partly(
            format!("{delineate} clinical values; the program computes the rest."),
            "the experience that this needs.",
        )
    }),
    item(DISCUSSION, "27c", "Next steps", |_| open("external validation, and where the model may hold.")),
];
