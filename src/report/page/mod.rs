//! The report on one A4 page, laid out as a figure and written as PDF with the program's fonts embedded.
//!
//! It says what the Risk page says: the answer, what it was made from, and every figure of the patient that the model has. Text that has
//! no room is cut at the end, where the least important part stands, and the page says where the rest is.

mod figures;

use krilla::Document;
use krilla::geom::Size;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt, SvgSettings};

use super::sheet::{Column, LINE, LOWEST, MARGIN, PAGE, RIGHT, first_lines, paragraph, row, rule, share};
use super::{ImageSummary, ReportError, RiskReport};
use crate::base::RESEARCH_USE_ONLY;
use crate::figure::draw::{SMALL, TEXT, plain, width_of, wrapped};
use crate::figure::{self, Anchor, Figure, Palette, Role};
use crate::model::{DataKind, Model, NO_INTERVAL, Prediction, illustrations, percent};

/// The columns below the answer: what was entered, the image, and what the model's areas under the curve are.
const ENTERED: Column = Column { left: MARGIN, width: 146.0, names: 46.0 };
const IMAGE: Column = Column { left: 186.0, width: 194.0, names: 50.0 };
const AREAS: Column = Column { left: 388.0, width: RIGHT - 388.0, names: 68.0 };
/// Left edge of the answer in words.
const WORDS: f64 = MARGIN + 142.0;
/// Font sizes of the title, which is set smaller where it is long.
const TITLE: [f64; 2] = [12.0, 17.0];
/// Heading of the model's limits.
const LIMITS: &str = "Limits";
/// Warnings that the page has room for, and lines of each where all of them together are too many to be set whole.
const WARNINGS: usize = 3;
const WARNING_LINES: usize = 2;
/// Lines of warnings that are set whole.
const WHOLE_LINES: usize = 6;
/// Size of the print about the model.
const PRINT: f64 = 7.0;

/// The report as a PDF file of one page.
pub fn risk_pdf(report: &RiskReport) -> Result<Vec<u8>, ReportError> {
    let page = risk_page(report);
    let svg = figure::to_svg(&page, Palette::Light);
    let tree = figure::tree(&svg).map_err(|error| ReportError::Page(error.to_string()))?;
    let lost = || ReportError::Page("the page has no size".to_owned());
    let settings = PageSettings::from_wh(PAGE[0] as f32, PAGE[1] as f32).ok_or_else(lost)?;
    let size = Size::from_wh(PAGE[0] as f32, PAGE[1] as f32).ok_or_else(lost)?;
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new()
            .title(page.title.clone())
            .description(RESEARCH_USE_ONLY.to_owned())
            .creator(format!("Hepatica {}", env!("CARGO_PKG_VERSION")))
            .language("en".to_owned()),
    );
    let mut sheet = document.start_page_with(settings);
    let mut surface = sheet.surface();
    surface.draw_svg(&tree, size, SvgSettings::default()).ok_or_else(lost)?;
    surface.finish();
    sheet.finish();
    document.finish().map_err(|error| ReportError::Pdf(format!("{error:?}")))
}

/// The report's page as a figure.
pub fn risk_page(report: &RiskReport) -> Figure {
    let title = format!("Risk of {}", report.model.outcome);
    let description = format!("{title}: {}. {RESEARCH_USE_ONLY}.", percent(report.prediction.probability));
    let mut page = Figure::new(title, description, PAGE);
    let below_heading = heading(&mut page, report);
    let below_answer = answer(&mut page, report, below_heading + 10.0);
    let below_inputs = inputs(&mut page, report, below_answer + 14.0);
    figures::set(&mut page, report, below_inputs);
    foot(&mut page, report);
    page
}

/// The title, and whom the report is about; gives the lowest place used.
fn heading(page: &mut Figure, report: &RiskReport) -> f64 {
    page.text([MARGIN, 38.0], "Hepatica", plain(TEXT, Role::Accent).strong());
    page.text([RIGHT, 38.0], RESEARCH_USE_ONLY, plain(TEXT, Role::Amber).strong().anchored(Anchor::End));
    rule(page, 45.0);
    let title = page.title.clone();
    let [smallest, largest] = TITLE;
    let size = ((RIGHT - MARGIN) / width_of(&title, 1.0)).clamp(smallest, largest);
    let style = plain(size, Role::Ink).strong();
    let y = paragraph(page, &title, (MARGIN, 67.0), RIGHT - MARGIN, style) - size * LINE + 15.0;
    let who = match (report.identity.as_deref().map(str::trim), report.is_simulated) {
        (Some("") | None, true) => "Simulated patient".to_owned(),
        (Some(identity), true) => format!("{identity} (simulated patient)"),
        (Some(""), false) => "The image names no patient".to_owned(),
        (Some(identity), false) => identity.to_owned(),
        (None, false) => "Patient identity hidden".to_owned(),
    };
    let when = report.made_on.as_deref().map(|day| format!("  ·  report made on {day}")).unwrap_or_default();
    page.text([MARGIN, y], format!("{who}{when}"), plain(TEXT, Role::Muted));
    y
}

/// The probability, in figures and in words, and what must be known before it is read; gives the lowest place used.
fn answer(page: &mut Figure, report: &RiskReport, top: f64) -> f64 {
    let (model, prediction) = (report.model, report.prediction);
    page.text([MARGIN, top + 28.0], percent(prediction.probability), plain(34.0, Role::Accent).strong());
    let interval = if prediction.is_outside { "extrapolated".to_owned() } else { prediction.ci_in_words() };
    page.text([MARGIN, top + 42.0], interval, plain(TEXT, Role::Muted));
    let fitted_on = format!("Model: {}", model.provenance.data.badge());
    let role = if model.provenance.data == DataKind::Simulated { Role::Amber } else { Role::Muted };
    page.text([MARGIN, top + 54.0], fitted_on, plain(SMALL, role).strong());
    let words = format!(
        "Probability of {} within {} months, by the {}. {}.",
        model.outcome,
        model.horizon_months,
        model.name.replacen("Clinical", "clinical", 1).replacen("Combined", "combined", 1),
        meaning(prediction)
    );
    let mut y = paragraph(page, &words, (WORDS, top + 8.0), RIGHT - WORDS, plain(TEXT, Role::Ink));
    if let Some(caution) = model.limits.first() {
        y = paragraph(page, caution, (WORDS, y + 2.0), RIGHT - WORDS, plain(TEXT, Role::Amber).strong());
    }
    for line in warning_lines(&prediction.warnings.iter().collect::<Vec<_>>(), RIGHT - WORDS) {
        page.text([WORDS, y + 1.0], line, plain(SMALL, Role::Amber));
        y += SMALL * LINE;
    }
    if let Some(said) = illustration(model, prediction).filter(|_| model.radscore.is_none()) {
        y = paragraph(page, &said, (WORDS, y + 2.0), RIGHT - WORDS, plain(SMALL, Role::Muted));
    }
    (y - SMALL * LINE).max(top + 54.0)
}

/// The prediction as a number of patients; where the patient is unlike all of the model's, what that means.
fn meaning(prediction: &Prediction) -> String {
    let Some([low, high]) = prediction.shown_ci() else {
        return format!("The patient is unlike them: {NO_INTERVAL}");
    };
    let [about, low, high] = [prediction.probability, low, high].map(|p| 100.0 * p);
    format!(
        "In words: of 100 patients with these inputs, drawn as the model's were, about {about:.0} ({low:.0} to {high:.0})"
    )
}

/// What the prediction would be where fewer patients have the event, in words; none where the sample had as few.
fn illustration(model: &Model, prediction: &Prediction) -> Option<String> {
    let (prevalences, probabilities): (Vec<String>, Vec<String>) =
        illustrations(model, prediction).iter().map(|at| (share(at.prevalence), percent(at.probability))).unzip();
    let words = format!(
        "Illustration, not validated: were {} of patients affected, the same log odds would mean {}.",
        one_of(&prevalences),
        one_of(&probabilities)
    );
    (!prevalences.is_empty()).then_some(words)
}

/// Texts as `a, b or c`.
fn one_of(texts: &[String]) -> String {
    match texts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// What was entered, the image, and what the model was measured as, side by side; below them what is odd. Gives the lowest place used.
fn inputs(page: &mut Figure, report: &RiskReport, top: f64) -> f64 {
    rule(page, top - 4.0);
    let y = top + 9.0;
    let below = entered(page, report, y).max(delineated(page, report, y)).max(areas(page, report.model, y));
    warned(page, report, below)
}

/// What was entered, and the points that it has.
fn entered(page: &mut Figure, report: &RiskReport, top: f64) -> f64 {
    page.text([ENTERED.left, top], "Inputs and points", plain(TEXT, Role::Ink).strong());
    let mut y = top;
    let points = &report.prediction.points;
    // A page has room for so many; the JSON has all.
    for input in points.iter().take(5) {
        let shown = input.shown.strip_prefix('-').map_or_else(|| input.shown.clone(), |number| format!("−{number}"));
        y = row(page, ENTERED, y, &input.label, &format!("{}  ({:.0} points)", shown, input.points));
    }
    if points.len() > 5 {
        y = row(page, ENTERED, y, "Further inputs", &format!("{}", points.len() - 5));
    }
    y
}

/// The image and the volume of interest.
fn delineated(page: &mut Figure, report: &RiskReport, top: f64) -> f64 {
    let edge_mm = report.voi.and_then(|voi| voi.edge_margin_mm);
    let heading = edge_mm
        .map_or("Image and volume of interest".to_owned(), |mm| format!("Image, and VOI {mm:.1} mm inside the edge"));
    page.text([IMAGE.left, top], &heading, plain(TEXT, Role::Ink).strong());
    let mut y = top;
    let hu = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.1} HU").replace('-', "−"));
    let mut rows = report.image.as_ref().map(image_rows).unwrap_or_default();
    rows.push(match &report.voi {
        Some(voi) => {
            let mean = hu(voi.mean_hu);
            ("VOI", format!("{:.1} mL, {} ± {}", voi.volume_ml, mean.trim_end_matches(" HU"), hu(voi.sd_hu)))
        }
        None => ("VOI", "nothing delineated".to_owned()),
    });
    let used = report.model.features().count();
    if let Some(n) = report.n_features {
        let used = if used == 0 { "none used".to_owned() } else { format!("{used} used") };
        rows.push(("Features", format!("{n} extracted, {used}")));
    }
    for (name, value) in rows {
        y = row(page, IMAGE, y, name, &value);
    }
    y
}

/// Date and phase, and series of the image, as far as they are told.
fn image_rows(image: &ImageSummary) -> Vec<(&'static str, String)> {
    let told = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
    let study: Vec<String> =
        [told(image.study_date.as_ref()), told(image.phase.as_ref())].into_iter().flatten().collect();
    let rows = [("Study", Some(study.join(", "))), ("Series", told(Some(&image.series)))];
    let told = rows.into_iter().filter_map(|(name, value)| Some((name, value?)));
    told.filter(|(_, value)| !value.is_empty()).collect()
}

/// Areas under the ROC curve, the apparent one first and the honest ones below it.
fn areas(page: &mut Figure, model: &Model, top: f64) -> f64 {
    page.text([AREAS.left, top], "Area under the ROC curve", plain(TEXT, Role::Ink).strong());
    let mut y = top;
    for measure in model.measures() {
        // The numbers of resamples and folds have no room here; the window has them.
        let name = match measure.name.split_once(" (") {
            Some((name, n)) if n.len() > 6 => {
                name.replace("cross-validation", "CV").replace("Optimism-corrected", "Less optimism")
            }
            _ => measure.name.clone(),
        };
        let area = measure.auc.map_or("–".to_owned(), |auc| format!("{auc:.3}"));
        let spread = match (measure.auc_ci, measure.auc_sd) {
            (Some([low, high]), _) => format!(" ({low:.3}–{high:.3})"),
            (None, Some(sd)) => format!(" ± {sd:.3} SD"),
            (None, None) => String::new(),
        };
        y = row(page, AREAS, y, &name, &(area + &spread));
    }
    y
}

/// The lines of warnings: whole where the page has room for them, else the beginning of each.
fn warning_lines(warnings: &[&str], width: f64) -> Vec<String> {
    let n: usize = warnings.iter().map(|said| wrapped(said, SMALL, width).len()).sum();
    let each = if n <= WHOLE_LINES { WHOLE_LINES } else { WARNING_LINES };
    warnings.iter().flat_map(|said| first_lines(said, SMALL, width, each)).collect()
}

/// What is odd about the image and the VOI.
fn warned(page: &mut Figure, report: &RiskReport, above: f64) -> f64 {
    let warnings: Vec<&str> = report.warnings.iter().collect();
    let style = plain(SMALL, Role::Amber);
    let mut y = above;
    if !warnings.is_empty() {
        y += 13.0;
        page.text([MARGIN, y], "To be checked", style.strong());
    }
    for line in warning_lines(warnings.get(..WARNINGS).unwrap_or(&warnings), RIGHT - MARGIN) {
        y += SMALL * LINE;
        page.text([MARGIN, y], line, style);
    }
    if warnings.len() > WARNINGS {
        y += SMALL * LINE;
        page.text([MARGIN, y], format!("and {} more warnings, in the window", warnings.len() - WARNINGS), style);
    }
    y
}

/// Where the model comes from, what it is for and what limits it, as far as the page reaches.
fn model_text(page: &mut Figure, report: &RiskReport, left: f64, top: f64) {
    let (model, width) = (report.model, RIGHT - left);
    let provenance = &model.provenance;
    let data = match provenance.data {
        DataKind::PublishedCounts => "published counts of",
        DataKind::Patients => "the records of",
        DataKind::Simulated => "simulated data of",
    };
    let source = format!(
        "{}. Fitted on {data} {} patients, {} with the event ({}).",
        provenance.source.trim_end_matches('.'),
        provenance.n,
        provenance.events,
        share(provenance.prevalence)
    );
    let further = if model.radscore.is_some() { illustration(model, report.prediction) } else { None };
    let limits: Vec<String> = model.limits.iter().skip(1).cloned().chain(further).collect();
    let texts = [
        ("Where the model comes from", vec![source]),
        ("Intended use", vec![model.intended_use.clone()]),
        (LIMITS, limits),
    ];
    let style = plain(PRINT, Role::Muted);
    let pitch = PRINT * LINE;
    let mut y = top;
    for (name, paragraphs) in texts {
        for (i, said) in paragraphs.iter().enumerate() {
            let lines = wrapped(said, PRINT, width);
            let head = if i == 0 { pitch + 1.0 } else { 0.0 };
            // A line is kept free for where the rest stands.
            if y + head + pitch * lines.len() as f64 > LOWEST {
                let y = y.min(LOWEST);
                for (i, line) in wrapped(&format!("Further {} see the model file.", further_of(name)), PRINT, width)
                    .into_iter()
                    .enumerate()
                {
                    page.text([left, y + i as f64 * pitch], line, style.strong());
                }
                return;
            }
            if i == 0 {
                page.text([left, y], name, plain(PRINT + 0.5, Role::Ink).strong());
                y += head;
            }
            y = paragraph(page, said, (left, y), width, style) + 2.0;
        }
        y += 4.0;
    }
}

/// What is left out where a part of the print about the model has no room.
fn further_of(part: &str) -> &'static str {
    if part == LIMITS { "limits:" } else { "words on source, use and limits:" }
}

fn foot(page: &mut Figure, report: &RiskReport) {
    let y = PAGE[1] - 38.0;
    rule(page, y);
    let version = env!("CARGO_PKG_VERSION");
    let model = format!("Hepatica {version}  ·  model {} ({})", report.model.id, report.model.checksum);
    page.text([MARGIN, y + 13.0], model, plain(SMALL, Role::Muted));
    page.text([RIGHT, y + 13.0], RESEARCH_USE_ONLY, plain(SMALL, Role::Amber).anchored(Anchor::End));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Warnings;
    use crate::figure::Shape;
    use crate::model::{Inputs, embedded, predict};

    fn texts(model: &Model) -> Vec<([f64; 2], String, f64)> {
        let inputs = Inputs { values: [("pT".to_owned(), 3.0)].into(), protocol: None };
        let prediction = predict(model, &inputs).unwrap();
        let report = RiskReport {
            model,
            prediction: &prediction,
            threshold: None,
            identity: None,
            image: None,
            voi: None,
            warnings: Warnings::new(),
            n_features: None,
            is_simulated: false,
            made_on: None,
        };
        let place = |shape| match shape {
            Shape::Text { at, text, size, .. } => Some((at, text, size)),
            _ => None,
        };
        risk_page(&report).shapes.into_iter().filter_map(place).collect()
    }

    #[test]
    fn the_title_is_the_models_outcome_and_long_names_of_inputs_do_not_run_into_their_values() {
        let mut model = embedded().clone();
        model.outcome =
            "recurrence within the liver or in the lung after resection of a cancer of the colon".to_owned();
        model.predictors[0].label = "Pathological stage of the primary tumour by the eighth edition".to_owned();
        let texts = texts(&model);
        let title = texts.iter().filter(|(_, text, _)| model.outcome.contains(text.trim_start_matches("Risk of ")));
        assert!(title.clone().count() >= 1);
        for (at, text, size) in title {
            assert!(at[0] + width_of(text, *size) <= RIGHT, "{text}");
        }
        let value = texts.iter().find(|(_, text, _)| text.starts_with("pT3  (")).unwrap();
        for (at, text, size) in texts.iter().filter(|(at, ..)| at[1] == value.0[1] && at[0] < value.0[0]) {
            assert!(at[0] + width_of(text, *size) <= value.0[0], "{text} runs into {}", value.1);
        }
    }

    #[test]
    fn the_page_illustrates_lower_prevalences() {
        let said: Vec<String> = texts(embedded()).into_iter().map(|(_, text, _)| text).collect();
        let joined = said.join(" ").replace('\u{a0}', " ");
        assert!(joined.contains("were 30 %, 20 % or 10 % of patients affected"), "{joined}");
    }
}
