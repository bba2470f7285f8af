//! The report on one A4 page, laid out as a figure and written as PDF with the program's fonts embedded.

use krilla::Document;
use krilla::geom::Size;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt, SvgSettings};

use super::{ImageSummary, ReportError, RiskReport};
use crate::base::RESEARCH_USE_ONLY;
use crate::figure::draw::{HAIR, SMALL, Style, TEXT, plain, width_of, wrapped};
use crate::figure::{self, Anchor, Figure, Palette, Role, Shape};
use crate::model::{DataKind, Model, Prediction, RadiomicsSlot, illustrations};

/// A4, in points.
const PAGE: [f64; 2] = [595.28, 841.89];
const MARGIN: f64 = 48.0;
const RIGHT: f64 = PAGE[0] - MARGIN;
/// Left edge of the second column.
const SECOND: f64 = 296.0;
/// Width of a column, and of the names of its rows; a longer name has its value below it.
const COLUMN: f64 = SECOND - MARGIN - 12.0;
const NAMES: f64 = 80.0;
/// Distance between the baselines of rows, and of lines in parts of their font size.
const ROW: f64 = 13.0;
const LINE: f64 = 1.35;
/// Font sizes of the title, which is set smaller where it is long.
const TITLE: [f64; 2] = [12.0, 18.0];
/// Heading of the model's limits.
const LIMITS: &str = "Limits";
/// Warnings that the page has room for, and lines of each.
const WARNINGS: usize = 3;
const WARNING_LINES: usize = 2;
/// The lowest line of text above the foot.
const LOWEST: f64 = PAGE[1] - 54.0;

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
    let below_answer = answer(&mut page, report, below_heading + 14.0);
    let below_inputs = inputs(&mut page, report, below_answer + 20.0);
    let nomogram = figure::nomogram(report.model, Some(report.prediction));
    // A nomogram of many predictors is drawn smaller, so that the page stays one, but no narrower.
    let scale = ((RIGHT - MARGIN) / nomogram.size[0]).min(250.0 / nomogram.size[1]);
    let nomogram = figure::nomogram_of_width(report.model, Some(report.prediction), (RIGHT - MARGIN) / scale);
    let top = below_inputs;
    page.place(&nomogram, [MARGIN - 16.0 * scale, top], scale);
    let bottom = top + nomogram.size[1] * scale + 6.0;
    let roc = figure::roc(report.model);
    let scale = (232.0 / roc.size[0]).min((PAGE[1] - 52.0 - bottom) / roc.size[1]).max(0.3);
    page.place(&roc, [MARGIN - 16.0 * scale, bottom], scale);
    model_text(&mut page, report, bottom + 16.0 * scale);
    foot(&mut page, report);
    page
}

/// The title, and whom the report is about; gives the lowest place used.
fn heading(page: &mut Figure, report: &RiskReport) -> f64 {
    page.text([MARGIN, 52.0], "Hepatica", plain(TEXT, Role::Accent).strong());
    page.text([RIGHT, 52.0], RESEARCH_USE_ONLY, plain(TEXT, Role::Amber).strong().anchored(Anchor::End));
    rule(page, 60.0);
    let title = page.title.clone();
    let [smallest, largest] = TITLE;
    let size = ((RIGHT - MARGIN) / width_of(&title, 1.0)).clamp(smallest, largest);
    let style = plain(size, Role::Ink).strong();
    let y = paragraph(page, &title, (MARGIN, 86.0), RIGHT - MARGIN, style) - size * LINE + 16.0;
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
    let [low, high] = prediction.ci;
    page.text([MARGIN, top + 30.0], percent(prediction.probability), plain(34.0, Role::Accent).strong());
    let interval = format!("95 % CI {:.1}–{:.1} %", 100.0 * low, 100.0 * high);
    page.text([MARGIN, top + 46.0], interval, plain(TEXT, Role::Muted));
    let words = format!(
        "Probability of {} within {} months, by the {}. In words: of 100 patients with these inputs, drawn as the study's were, \
         about {:.0} ({:.0} to {:.0}).",
        model.outcome,
        model.horizon_months,
        model.name.replacen("Clinical", "clinical", 1),
        100.0 * prediction.probability,
        100.0 * low,
        100.0 * high
    );
    let column = MARGIN + 150.0;
    let mut y = paragraph(page, &words, (column, top + 8.0), RIGHT - column, plain(TEXT + 0.5, Role::Ink));
    if let Some(caution) = model.limits.first() {
        y = paragraph(page, caution, (column, y + 4.0), RIGHT - column, plain(TEXT, Role::Amber).strong());
    }
    let illustrated = illustration(model, prediction);
    for said in illustrated.iter().map(String::as_str).chain(prediction.warnings.iter()) {
        y = paragraph(page, said, (column, y + 4.0), RIGHT - column, plain(SMALL, Role::Muted));
    }
    y.max(top + 46.0)
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

/// Inputs at the left, what was delineated at the right; gives the lowest place used.
fn inputs(page: &mut Figure, report: &RiskReport, top: f64) -> f64 {
    rule(page, top - 14.0);
    let below_entered = entered(page, report, top);
    warned(page, report, below_entered).max(delineated(page, report, top))
}

/// What was entered, and the points that it has.
fn entered(page: &mut Figure, report: &RiskReport, top: f64) -> f64 {
    page.text([MARGIN, top], "Inputs and points", plain(TEXT, Role::Ink).strong());
    let mut y = top;
    let points = &report.prediction.points;
    // A page has room for so many; the JSON has all.
    for input in points.iter().take(5) {
        y = row(page, [MARGIN, y], &input.label, &format!("{}  ({:.0} points)", input.shown, input.points));
    }
    if points.len() > 5 {
        y = row(page, [MARGIN, y], "Further inputs", &format!("{}", points.len() - 5));
    }
    y
}

/// The image and the volume of interest.
fn delineated(page: &mut Figure, report: &RiskReport, top: f64) -> f64 {
    page.text([SECOND, top], "Image and volume of interest", plain(TEXT, Role::Ink).strong());
    let mut y = top;
    let hu = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.1} HU").replace('-', "−"));
    let mut rows = report.image.as_ref().map(image_rows).unwrap_or_default();
    match &report.voi {
        Some(voi) => rows.extend([
            ("Volume", format!("{:.1} mL", voi.volume_ml)),
            ("Mean ± SD", format!("{} ± {}", hu(voi.mean_hu).trim_end_matches(" HU"), hu(voi.sd_hu))),
        ]),
        None => rows.push(("Volume", "nothing delineated".to_owned())),
    }
    let used = if matches!(report.radiomics, RadiomicsSlot::Empty { .. }) { ", not used by the model" } else { "" };
    if let Some(n) = report.n_features {
        rows.push(("Features", format!("{n} extracted{used}")));
    }
    for (name, value) in rows {
        y = row(page, [SECOND, y], name, &value);
    }
    y
}

/// What is odd about the image and the VOI, below what was entered: there the page has room.
fn warned(page: &mut Figure, report: &RiskReport, above: f64) -> f64 {
    let warnings: Vec<&str> = report.warnings.iter().collect();
    if warnings.is_empty() {
        return above;
    }
    let mut y = above + ROW + 4.0;
    page.text([MARGIN, y], "To be checked", plain(SMALL, Role::Amber).strong());
    for said in warnings.iter().take(WARNINGS) {
        for line in cut(wrapped(said, SMALL, COLUMN)) {
            y += SMALL * LINE;
            page.text([MARGIN, y], line, plain(SMALL, Role::Amber));
        }
    }
    if warnings.len() > WARNINGS {
        y += SMALL * LINE;
        let left = warnings.len() - WARNINGS;
        page.text([MARGIN, y], format!("and {left} more warnings, in the window"), plain(SMALL, Role::Amber));
    }
    y
}

/// As many lines of a warning as the page has room for.
fn cut(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > WARNING_LINES {
        lines.truncate(WARNING_LINES);
        lines.iter_mut().skip(WARNING_LINES - 1).for_each(|last| *last = shortened(&format!("{last}…"), SMALL, COLUMN));
    }
    lines
}

/// Date, series and phase of the image, as far as they are told.
fn image_rows(image: &ImageSummary) -> Vec<(&'static str, String)> {
    let shown =
        [("Study date", image.study_date.as_ref()), ("Series", Some(&image.series)), ("Phase", image.phase.as_ref())];
    let told = shown.into_iter().filter_map(|(name, value)| Some((name, value?)));
    told.filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name, shortened(value, TEXT, RIGHT - SECOND - NAMES - 4.0)))
        .collect()
}

/// As much of a text as has room.
fn shortened(text: &str, size: f64, width: f64) -> String {
    if width_of(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        if width_of(&format!("{kept}{letter}…"), size) > width {
            break;
        }
        kept.push(letter);
    }
    kept + "…"
}

/// A row below the baseline `above`: a name, and its value beside it, or below it where the name needs the room. Gives the last
/// baseline.
fn row(page: &mut Figure, [x, above]: [f64; 2], name: &str, value: &str) -> f64 {
    let lines = wrapped(name, TEXT, COLUMN);
    let is_long = lines.iter().any(|line| width_of(line, TEXT) > NAMES);
    let mut y = above;
    for line in lines {
        y += ROW;
        page.text([x, y], line, plain(TEXT, Role::Muted));
    }
    if is_long {
        y += ROW;
    }
    page.text([x + NAMES + 4.0, y], value, plain(TEXT, Role::Ink));
    y
}

/// Provenance and limits in the second column, as far as the page reaches.
fn model_text(page: &mut Figure, report: &RiskReport, top: f64) {
    let provenance = &report.model.provenance;
    let data = match provenance.data {
        DataKind::PublishedCounts => "published counts of",
        DataKind::Patients => "the records of",
        DataKind::Simulated => "simulated data of",
    };
    let source = format!(
        "{}. Fitted on {data} {} patients, {} with the event ({}).",
        provenance.source,
        provenance.n,
        provenance.events,
        share(provenance.prevalence)
    );
    let mut texts = vec![("Where the model comes from", vec![source])];
    texts.push((LIMITS, report.model.limits.iter().skip(1).cloned().collect()));
    match report.radiomics {
        RadiomicsSlot::Empty { why } => texts.push(("Radiomics", vec![why.clone()])),
        // Before what may find no room: whoever saw its answer looks for it here.
        RadiomicsSlot::Loaded(model) => texts.insert(0, ("Radiomics", vec![left_out(model)])),
    }
    let mut y = top;
    let bottom_of = |y: f64, said: &str| y + 2.0 + wrapped(said, SMALL, RIGHT - SECOND).len() as f64 * SMALL * LINE;
    for (name, paragraphs) in texts {
        let has_room = paragraphs.first().is_some_and(|first| bottom_of(y, first) <= LOWEST);
        if has_room {
            page.text([SECOND, y], name, plain(TEXT, Role::Ink).strong());
        }
        y += 2.0;
        for said in &paragraphs {
            if bottom_of(y, said) > LOWEST {
                let more = match (name, report.radiomics) {
                    (LIMITS, _) => "Further limits stand in the model file.",
                    (_, RadiomicsSlot::Empty { .. }) => "No radiomics model is loaded.",
                    _ => return,
                };
                page.text([SECOND, (y + 11.0).min(LOWEST)], more, plain(SMALL, Role::Muted));
                return;
            }
            y = paragraph(page, said, (SECOND, y + 11.0), RIGHT - SECOND, plain(SMALL, Role::Muted)) - 7.0;
        }
        y += 19.0;
    }
}

/// That a loaded model's answer is not in the report.
fn left_out(model: &Model) -> String {
    let simulated = if model.provenance.data == DataKind::Simulated { ", fitted on simulated data," } else { "" };
    format!("The model \"{}\"{simulated} was loaded; its answer is not part of this report.", model.name)
}

fn foot(page: &mut Figure, report: &RiskReport) {
    let y = PAGE[1] - 44.0;
    rule(page, y);
    let version = env!("CARGO_PKG_VERSION");
    let model = format!("Hepatica {version}  ·  model {} ({})", report.model.id, report.model.checksum);
    page.text([MARGIN, y + 14.0], model, plain(SMALL, Role::Muted));
    page.text([RIGHT, y + 14.0], RESEARCH_USE_ONLY, plain(SMALL, Role::Amber).anchored(Anchor::End));
}

fn rule(page: &mut Figure, y: f64) {
    let points = vec![[MARGIN, y], [RIGHT, y]];
    page.shapes.push(Shape::Line { points, width: HAIR, dash: None, role: Role::Grid });
}

/// Sets wrapped text with its first baseline at a place; gives the baseline after its last line.
fn paragraph(page: &mut Figure, text: &str, (x, mut y): (f64, f64), width: f64, style: Style) -> f64 {
    for line in wrapped(text, style.size, width) {
        page.text([x, y], line, style);
        y += style.size * LINE;
    }
    y
}

fn percent(part: f64) -> String {
    format!("{:.1} %", 100.0 * part)
}

/// A part of all patients in per cent, with two digits that count.
fn share(part: f64) -> String {
    let percent = 100.0 * part;
    let decimals = (1.0 - percent.log10().floor()).clamp(0.0, 8.0) as usize;
    format!("{percent:.decimals$} %")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Warnings;
    use crate::model::{Inputs, embedded, predict};

    fn texts(model: &Model) -> Vec<([f64; 2], String, f64)> {
        let inputs = Inputs { values: [("pT".to_owned(), 3.0)].into(), protocol: None };
        let prediction = predict(model, &inputs).unwrap();
        let report = RiskReport {
            model,
            prediction: &prediction,
            radiomics: &RadiomicsSlot::default(),
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
    fn the_page_illustrates_lower_prevalences_and_small_ones_are_not_written_as_none() {
        let said: Vec<String> = texts(embedded()).into_iter().map(|(_, text, _)| text).collect();
        let joined = said.join(" ").replace('\u{a0}', " ");
        assert!(joined.contains("were 30 %, 20 % or 10 % of patients affected"), "{joined}");
        assert_eq!([0.004, 0.15, 0.464].map(share), ["0.40 %", "15 %", "46 %"]);
    }
}
