//! The report on one A4 page, laid out as a figure and written as PDF with the program's fonts embedded.

use krilla::Document;
use krilla::geom::Size;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt, SvgSettings};

use super::{ReportError, RiskReport};
use crate::base::RESEARCH_USE_ONLY;
use crate::figure::axis::{HAIR, Style, plain, wrapped};
use crate::figure::{self, Anchor, Figure, Palette, Role, Shape};
use crate::model::{DataKind, Model, RadiomicsSlot, at_prevalence};

/// A4, in points.
const PAGE: [f64; 2] = [595.28, 841.89];
const MARGIN: f64 = 48.0;
const RIGHT: f64 = PAGE[0] - MARGIN;
const TEXT: f64 = 9.0;
const SMALL: f64 = 8.0;
/// Left edge of the second column.
const SECOND: f64 = 296.0;
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
    let title = "Risk of metachronous liver metastasis".to_owned();
    let description = format!("{title}: {}. {RESEARCH_USE_ONLY}.", percent(report.prediction.probability));
    let mut page = Figure { title, description, size: PAGE, shapes: Vec::new() };
    heading(&mut page, report);
    let below_answer = answer(&mut page, report, 122.0);
    let below_inputs = inputs(&mut page, report, below_answer + 24.0);
    let nomogram = figure::nomogram(report.model, Some(report.prediction));
    // A nomogram of many predictors is drawn smaller, so that the page stays one.
    let scale = ((RIGHT - MARGIN) / nomogram.size[0]).min(250.0 / nomogram.size[1]);
    let top = below_inputs + 4.0;
    page.place(&nomogram, [MARGIN - 16.0 * scale, top], scale);
    let bottom = top + nomogram.size[1] * scale + 6.0;
    let roc = figure::roc(report.model);
    let scale = (232.0 / roc.size[0]).min((PAGE[1] - 52.0 - bottom) / roc.size[1]).max(0.3);
    page.place(&roc, [MARGIN - 16.0 * scale, bottom], scale);
    model_text(&mut page, report, bottom + 16.0 * scale);
    foot(&mut page, report);
    page
}

fn heading(page: &mut Figure, report: &RiskReport) {
    page.text([MARGIN, 52.0], "Hepatica", plain(TEXT, Role::Accent).strong());
    page.text([RIGHT, 52.0], RESEARCH_USE_ONLY, plain(TEXT, Role::Amber).strong().anchored(Anchor::End));
    rule(page, 60.0);
    page.text([MARGIN, 86.0], page.title.clone(), plain(18.0, Role::Ink).strong());
    let who = match (report.identity.as_deref().map(str::trim), report.is_simulated) {
        (Some("") | None, true) => "Simulated patient".to_owned(),
        (Some(identity), true) => format!("{identity} (simulated patient)"),
        (Some(""), false) => "The image names no patient".to_owned(),
        (Some(identity), false) => identity.to_owned(),
        (None, false) => "Patient identity hidden".to_owned(),
    };
    let when = report.made_on.as_deref().map(|when| format!("  ·  {when}")).unwrap_or_default();
    page.text([MARGIN, 102.0], format!("{who}{when}"), plain(TEXT, Role::Muted));
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
    let illustrated = report.illustrated_prevalence.and_then(|prevalence| {
        let probability = at_prevalence(model, prediction, prevalence).ok()?;
        Some(format!(
            "Illustration, not validated: were {:.0} % of patients affected, the same log odds would mean {}.",
            100.0 * prevalence,
            percent(probability)
        ))
    });
    for said in illustrated.iter().map(String::as_str).chain(prediction.warnings.iter()) {
        y = paragraph(page, said, (column, y + 4.0), RIGHT - column, plain(SMALL, Role::Muted));
    }
    y.max(top + 46.0)
}

/// Inputs at the left, what was delineated at the right.
fn inputs(page: &mut Figure, report: &RiskReport, top: f64) -> f64 {
    rule(page, top - 14.0);
    page.text([MARGIN, top], "Inputs and points", plain(TEXT, Role::Ink).strong());
    let mut y = top;
    let points = &report.prediction.points;
    // A page has room for so many; the JSON has all.
    for input in points.iter().take(5) {
        y += 13.0;
        row(page, MARGIN, y, &input.label, &format!("{}  ({:.0} points)", input.shown, input.points));
    }
    if points.len() > 5 {
        y += 13.0;
        row(page, MARGIN, y, "Further inputs", &format!("{}", points.len() - 5));
    }
    let left = y;
    page.text([SECOND, top], "Volume of interest", plain(TEXT, Role::Ink).strong());
    y = top;
    let hu = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.1} HU"));
    let mut rows = match &report.voi {
        Some(voi) => vec![
            ("Volume", format!("{:.0} mL", voi.volume_ml)),
            ("Mean ± SD", format!("{} ± {}", hu(voi.mean_hu).trim_end_matches(" HU"), hu(voi.sd_hu))),
        ],
        None => vec![("Volume", "nothing delineated".to_owned())],
    };
    let used = if matches!(report.radiomics, RadiomicsSlot::Empty { .. }) { ", not used by the model" } else { "" };
    if let Some(n) = report.n_features {
        rows.push(("Features", format!("{n} extracted{used}")));
    }
    for (name, value) in rows {
        y += 13.0;
        row(page, SECOND, y, name, &value);
    }
    left.max(y)
}

fn row(page: &mut Figure, x: f64, y: f64, name: &str, value: &str) {
    page.text([x, y], name, plain(TEXT, Role::Muted));
    page.text([x + 84.0, y], value, plain(TEXT, Role::Ink));
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
        "{}. Fitted on {data} {} patients, {} with the event ({:.0} %).",
        provenance.source,
        provenance.n,
        provenance.events,
        100.0 * provenance.prevalence
    );
    let mut texts = vec![("Where the model comes from", vec![source])];
    texts.push(("Limits", report.model.limits.iter().skip(1).cloned().collect()));
    match report.radiomics {
        RadiomicsSlot::Empty { why } => texts.push(("Radiomics", vec![why.clone()])),
        // Before what may find no room: whoever saw its answer looks for it here.
        RadiomicsSlot::Loaded(model) => texts.insert(0, ("Radiomics", vec![left_out(model)])),
    }
    let mut y = top;
    for (name, paragraphs) in texts {
        if y + 24.0 > LOWEST {
            break;
        }
        page.text([SECOND, y], name, plain(TEXT, Role::Ink).strong());
        y += 2.0;
        for said in paragraphs {
            let lines = wrapped(&said, SMALL, RIGHT - SECOND).len() as f64;
            if y + lines * SMALL * 1.35 > LOWEST {
                page.text([SECOND, y + 11.0], "Further limits stand in the model file.", plain(SMALL, Role::Muted));
                return;
            }
            y = paragraph(page, &said, (SECOND, y + 11.0), RIGHT - SECOND, plain(SMALL, Role::Muted)) - 7.0;
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
        y += style.size * 1.35;
    }
    y
}

fn percent(part: f64) -> String {
    format!("{:.1} %", 100.0 * part)
}
