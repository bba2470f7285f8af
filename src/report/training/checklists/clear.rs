//! CLEAR: 58 items (Kocak et al., Insights Imaging 2023;14:75), under short names of our own. Items 53 and 58 are not
//! essential.

use super::{Answer, Checklist, Facts, Item, filled, not_applicable, open, partly};
use crate::report::training::origin;
use crate::report::training::words::{capital, counted};

/// The checklist.
pub(in crate::report::training) const CLEAR: Checklist = Checklist {
    name: "CLEAR",
    source: "Kocak et al., CheckList for EvaluAtion of Radiomics research, Insights Imaging 2023;14:75",
    items: &ITEMS,
};

const fn item(section: &'static str, number: &'static str, name: &'static str, answer: fn(&Facts) -> Answer) -> Item {
    Item { section, number, name, answer }
}

const FRONT: &str = "Title, abstract, keywords, introduction";
const DESIGN: &str = "Methods: design of the study";
const DATA: &str = "Methods: data";
const REGIONS: &str = "Methods: segmentation";
const IMAGES: &str = "Methods: pre-processing";
const EXTRACTION: &str = "Methods: feature extraction";
const PREPARATION: &str = "Methods: preparation of the data";
const MODELLING: &str = "Methods: modelling";
const EVALUATION: &str = "Methods: evaluation";
const RESULTS: &str = "Results";
const DISCUSSION: &str = "Discussion";
const OPEN: &str = "Open science";

/// An answer on images, which a run without features does not need.
fn of_images(facts: &Facts, answer: impl FnOnce() -> Answer) -> Answer {
    if facts.has_features() { answer() } else { not_applicable("The run has no features of images.") }
}

/// What the extraction's settings tell, and what is to be said where they do not stand in the feature table.
fn of_settings(facts: &Facts, known: Option<String>) -> Answer {
    of_images(facts, || match known {
        Some(known) => filled(format!("{known}.")),
        None => open("the feature table does not say; give it from the extraction's parameter file."),
    })
}

/// An answer that compares models with and without features.
fn of_comparison(facts: &Facts, answer: fn(&Facts) -> String) -> Answer {
    of_images(facts, || match facts.compares_kinds() {
        true => filled(answer(facts)),
        false => partly(
            origin::missing_models(facts.report).join(" "),
            "a model without features on the same patients, or why there is none.",
        ),
    })
}

const ITEMS: [Item; 58] = [
    item(FRONT, "1", "Title that says radiomics and how", |_| open("the title.")),
    item(FRONT, "2", "Structured summary", |_| open("the abstract.")),
    item(FRONT, "3", "Keywords", |_| open("keywords.")),
    item(FRONT, "4", "Background", |_| open("what is known, clinically and scientifically.")),
    item(FRONT, "5", "Why radiomics", |f| of_images(f, || open("why features of the image may tell more."))),
    item(FRONT, "6", "Objectives", |_| open("aims and hypotheses.")),
    item(DESIGN, "7", "Checklists followed", |_| {
        partly("This card answers CLEAR and TRIPOD+AI.", "that the completed lists are attached to the paper.")
    }),
    item(DESIGN, "8", "Ethics and data protection", |f| match f.is_simulated() {
        true => not_applicable("Simulated data: there are no participants."),
        false => open("approval, consent, protection of the data."),
    }),
    item(DESIGN, "9", "Sample size", |f| partly(f.events_per_variable(), "how the size was arrived at.")),
    item(DESIGN, "10", "Retrospective or prospective", |_| {
        open("the study's nature; a register number where prospective.")
    }),
    item(DESIGN, "11", "Who could take part", |f| {
        partly(f.excluded(), "inclusion and exclusion criteria, and how patients were found.")
    }),
    item(DESIGN, "12", "Flowchart of the method", |f| filled(format!("Steps: {}", f.steps()))),
    item(DATA, "13", "Source of the data", |f| partly(f.source(), "private or public, and from which centres.")),
    item(DATA, "14", "Overlap with earlier studies", |_| open("whether patients were part of published studies.")),
    item(DATA, "15", "How the data were split", |f| filled(f.split())),
    item(DATA, "16", "Imaging protocol", |f| {
        of_images(f, || open("scanners, tube voltage, slice thickness, kernel, contrast and phase."))
    }),
    item(DATA, "17", "Predictors that are no features", |f| {
        partly(format!("Candidates: {}.", f.clinical_terms()), "how each was measured.")
    }),
    item(DATA, "18", "Reference standard", |f| {
        partly(format!("{}.", capital(&f.outcome())), "how and by whom it was established.")
    }),
    item(REGIONS, "19", "How regions were drawn", |f| {
        of_images(f, || open("manual or automatic, in which plane, with what program."))
    }),
    item(REGIONS, "20", "Who drew them", |f| {
        of_images(f, || match f.report.cohort.second {
            Some(_) => {
                partly("Two readers' regions are in the tables.", "number, training and experience of the readers.")
            }
            None => open("number, training and experience of the readers."),
        })
    }),
    item(IMAGES, "21", "Pre-processing of images", |f| {
        let normalised = f.preparation("normalize").map(|of| format!("Normalisation: {of}"));
        let range = f.preparation("resegment").map(|of| format!("range of gray values: {of}"));
        of_settings(f, normalised.zip(range).map(|(a, b)| format!("{a}; {b}")))
    }),
    item(IMAGES, "22", "Resampling", |f| {
        of_settings(f, f.preparation("resample").map(|of| format!("Resampling: {of}")))
    }),
    item(IMAGES, "23", "Discretisation", |f| of_settings(f, f.binning().map(|of| format!("Bins: {of}")))),
    item(IMAGES, "24", "Image types", |f| of_settings(f, f.image_types())),
    item(EXTRACTION, "25", "Program that extracted", |f| {
        of_images(f, || match f.extraction() {
            Some(extraction) => partly(extraction, "program and version that made the feature table."),
            None => open("program and version that made the feature table."),
        })
    }),
    item(EXTRACTION, "26", "Classes of features", |f| {
        of_images(f, || match f.feature_classes() {
            Some(classes) => filled(format!("{classes}.")),
            None => open("the names do not tell the classes; list them."),
        })
    }),
    item(EXTRACTION, "27", "Number of features", |f| {
        of_images(f, || {
            let (all, candidates) = (f.report.cohort.features.names.len(), f.report.training.candidates.len());
            let after = if f.report.cohort.second.is_some() { " after the readers' agreement" } else { "" };
            filled(format!("{all} for each patient, {candidates} of them candidates{after}."))
        })
    }),
    item(EXTRACTION, "28", "Other settings left at their defaults", |f| {
        of_images(f, || match (f.extraction(), f.image_types()) {
            (Some(extraction), Some(_)) => {
                filled(format!("{extraction} Every setting that decides a number stands in the model file."))
            }
            (Some(extraction), None) => partly(extraction, "the settings, which the feature table does not have."),
            (None, _) => open("which settings were left as they are."),
        })
    }),
    item(PREPARATION, "29", "Missing data", |f| filled(format!("Complete cases, nothing imputed. {}", f.excluded()))),
    item(PREPARATION, "30", "Balance of the classes", |f| {
        filled(format!("{} No class was weighted or resampled.", f.prevalence()))
    }),
    item(PREPARATION, "31", "Reliability of segmentation", |f| {
        of_images(f, || f.readers().map_or_else(|| open("no second reader's features were given."), filled))
    }),
    item(PREPARATION, "32", "Scaling of features", |f| {
        of_images(f, || {
            filled("The LASSO standardises by training patients; the radscore's formula is in the features' own units.")
        })
    }),
    item(PREPARATION, "33", "Reduction of dimensions", |f| {
        of_images(f, || {
            let chosen = f.selection().unwrap_or_else(|| "No feature was chosen.".to_owned());
            filled(format!("{} {chosen}", f.feature_steps()))
        })
    }),
    item(MODELLING, "34", "Algorithm", |f| filled(f.model.provenance.method.clone())),
    item(MODELLING, "35", "Training and tuning", |f| {
        filled(format!(
            "λ of the LASSO by cross-validation on training patients, no other tuning. Seed {}.",
            f.report.training.pipeline.seed
        ))
    }),
    item(MODELLING, "36", "Confounders", |_| {
        open("what may confound, as age, scanner or treatment, and how it was dealt with.")
    }),
    item(MODELLING, "37", "How the final model was chosen", |f| {
        partly(
            format!("By steps fixed beforehand. {} {}", origin::seen(f.report), f.kinds()),
            "which model the study puts first, and why.",
        )
    }),
    item(EVALUATION, "38", "Internal or external test", |f| {
        let held_back = if f.is_tested() { "Patients of the same cohort held back. " } else { "" };
        filled(format!("Internal: {held_back}{} No external test.", f.resampling()))
    }),
    item(EVALUATION, "39", "Measures and why these", |_| {
        partly(
            "AUC, rates at the Youden threshold, Brier score, calibration-in-the-large, intercept and slope of calibration, Hosmer-Lemeshow, net benefit.",
            "why these.",
        )
    }),
    item(EVALUATION, "40", "Uncertainty", |_| {
        filled(
            "95 % intervals: DeLong for areas, Clopper and Pearson for rates, Wald and profile likelihood for coefficients; optimism by bootstrap.",
        )
    }),
    item(EVALUATION, "41", "Tests between models", |f| filled(f.comparisons())),
    item(EVALUATION, "42", "Comparison with models without features", |f| of_comparison(f, |f| f.kinds())),
    item(EVALUATION, "43", "Explanation of the model", |f| {
        filled(format!(
            "Coefficients, nomogram and each feature's contribution for a patient. Predictors: {}.",
            f.predictors()
        ))
    }),
    item(RESULTS, "44", "Characteristics of patients", |_| filled("By outcome (Table 1) and by set, in the report.")),
    item(RESULTS, "45", "Flow of patients", |f| filled(format!("{} {}", f.excluded(), f.sets()))),
    item(RESULTS, "46", "Statistics of features", |f| {
        of_images(f, || f.selection().map_or_else(|| filled("No feature was chosen."), filled))
    }),
    item(RESULTS, "47", "Performance", |f| filled(f.areas())),
    item(RESULTS, "48", "Result beside models without features", |f| of_comparison(f, |f| f.areas_of_all())),
    item(DISCUSSION, "49", "Main findings", |_| open("what was found.")),
    item(DISCUSSION, "50", "Earlier studies", |_| open("what they found, and what differs.")),
    item(DISCUSSION, "51", "What it means in practice", |_| open("use, and what must come before.")),
    item(DISCUSSION, "52", "Strengths and limits", |f| {
        partly(
            format!("{}, in this card.", counted(f.doubts().len(), "doubt", "doubts")),
            "those of the study's design.",
        )
    }),
    item(OPEN, "53", "Images and regions shared (not essential)", |_| open("whether and where.")),
    item(OPEN, "54", "Features shared", |_| open("whether and where the feature tables can be had.")),
    item(OPEN, "55", "Settings of pre-processing shared", |f| {
        of_images(f, || match f.extraction() {
            Some(_) => {
                partly("The settings stand in the feature table and in the model file.", "where these can be had.")
            }
            None => open("the extraction's parameter file."),
        })
    }),
    item(OPEN, "56", "Code of the modelling shared", |_| {
        partly(
            format!("Hepatica {}, whose settings stand in results.json.", env!("CARGO_PKG_VERSION")),
            "where the version used can be had.",
        )
    }),
    item(OPEN, "57", "Model files shared", |f| {
        partly(format!("{} ({}).", f.model.id, f.model.checksum), "where the file can be had.")
    }),
    item(OPEN, "58", "Ready-to-use system (not essential)", |_| filled("Hepatica loads the model file.")),
];
