//! What tests ask of pages: their text, and whether all of it has its place.

use super::pages::PAGE;
use crate::figure::draw::width_of;
use crate::figure::{Anchor, Figure, Shape};

/// How much rectangles around texts, which are larger than the ink, may overlap.
const TOUCH: f64 = 1.2;

/// All text of pages, one piece a line.
pub(crate) fn text_of(pages: &[Figure]) -> String {
    let texts = pages.iter().flat_map(|page| &page.shapes).filter_map(|shape| match shape {
        Shape::Text { text, .. } => Some(format!("{}\n", text.replace('\u{a0}', " "))),
        _ => None,
    });
    texts.collect()
}

/// The text of pages without what stands at the head and foot of each.
pub(crate) fn body_of(pages: &[Figure]) -> String {
    /// Name, head, notice, foot and number are set last; the mark of simulated data before them.
    const FRAME: usize = 5;
    let body = |page: &Figure| {
        let text = text_of(std::slice::from_ref(page));
        let lines: Vec<&str> = text.lines().collect();
        lines.iter().take(lines.len().saturating_sub(FRAME)).map(|line| format!("{line}\n")).collect::<String>()
    };
    pages.iter().map(body).collect()
}

/// Text without spaces, so that where a line ends does not matter.
pub(crate) fn squeezed(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// Left, top, right and bottom of a text.
fn rectangle(shape: &Shape) -> Option<([f64; 4], &str)> {
    let Shape::Text { at: [x, y], text, size, anchor, .. } = shape else { return None };
    let width = width_of(text, *size);
    let left = match anchor {
        Anchor::Start => *x,
        Anchor::Middle => x - width / 2.0,
        Anchor::End => x - width,
    };
    Some(([left, y - 0.72 * size, left + width, y + 0.2 * size], text))
}

/// What leaves the page or lies upon another text.
pub(crate) fn unfit(page: &Figure) -> Vec<String> {
    let texts: Vec<([f64; 4], &str)> = page.shapes.iter().filter_map(rectangle).collect();
    let mut unfit = Vec::new();
    for (i, (a, first)) in texts.iter().enumerate() {
        if a[0] < 24.0 || a[2] > PAGE[0] - 24.0 || a[1] < 0.0 || a[3] > PAGE[1] - 20.0 {
            unfit.push(format!("\"{first}\" leaves the page: {a:?}"));
        }
        for (b, second) in &texts[i + 1..] {
            let apart = |low: usize| a[low + 2].min(b[low + 2]) - a[low].max(b[low]) <= TOUCH;
            if !(apart(0) || apart(1)) {
                unfit.push(format!("\"{first}\" and \"{second}\""));
            }
        }
    }
    unfit
}
