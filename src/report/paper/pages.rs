//! Blocks on A4 pages: where each stands, when the page is turned, and what stands at every page's head and foot.

use super::table;
use super::{Block, Paper, Plate};
use crate::base::RESEARCH_USE_ONLY;
use crate::figure::draw::{HAIR, SMALL, Style, TEXT, plain, width_of, wrapped};
use crate::figure::{Anchor, Figure, Role, Shape};

/// A4, in points.
pub(super) const PAGE: [f64; 2] = [595.28, 841.89];
pub(super) const MARGIN: f64 = 48.0;
/// Width between the margins, and of lines of text, which are hard to read where they are longer.
pub(super) const WIDTH: f64 = PAGE[0] - 2.0 * MARGIN;
const TEXT_WIDTH: f64 = 440.0;
/// Where a page's text begins and ends.
const FIRST: f64 = 66.0;
const LAST: f64 = PAGE[1] - 56.0;
/// Distance of lines in parts of the font size.
pub(super) const LINE: f64 = 1.35;
/// Font sizes.
const TITLE: [f64; 2] = [16.0, 22.0];
const HEADING: f64 = 14.0;
const SUBHEADING: f64 = 10.5;
const BODY: f64 = 9.5;
/// Small print up to this height is not broken over pages.
const SMALL_PRINT: f64 = 90.0;
/// Height of the band that says that data are simulated.
const BAND: f64 = 22.0;
/// What is said on every page of a document on simulated data.
pub(crate) const SIMULATED: &str = "SIMULATED DATA – evidence of nothing about any patient";
/// What a figure leaves empty at its sides; it reaches into the page's margin by as much.
const FIGURE_MARGIN: f64 = 16.0;

/// A section's heading and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Section {
    /// The heading.
    pub name: String,
    /// The page, from 0 on.
    pub page: usize,
    /// The place on it, from the top.
    pub y: f64,
}

/// Pages in the making.
pub(super) struct Sheets {
    pages: Vec<Figure>,
    sections: Vec<Section>,
    /// Page and place of the list of contents.
    contents: Option<(usize, f64)>,
    y: f64,
}

impl Paper {
    /// The pages, and where the sections begin.
    pub fn pages(&self) -> (Vec<Figure>, Vec<Section>) {
        let mut sheets = Sheets { pages: vec![blank(&self.title)], sections: Vec::new(), contents: None, y: FIRST };
        sheets.title(&self.title);
        for (at, block) in self.blocks.iter().enumerate() {
            sheets.set(block, &self.blocks[at + 1..], self);
        }
        let Sheets { mut pages, sections, contents, .. } = sheets;
        if let Some((page, y)) = contents.and_then(|(page, y)| Some((pages.get_mut(page)?, y))) {
            list_of_contents(page, &sections, y);
        }
        let n = pages.len();
        for (at, page) in pages.iter_mut().enumerate() {
            self.frame(page, at + 1, n);
        }
        (pages, sections)
    }

    /// Head and foot of a page.
    fn frame(&self, page: &mut Figure, number: usize, of: usize) {
        if self.is_simulated {
            let (size, role) = ([PAGE[0], BAND], Role::Amber);
            page.shapes.push(Shape::Rect { min: [0.0, 0.0], size, role, opacity: 1.0 });
            let style = plain(10.0, Role::Background).strong().anchored(Anchor::Middle);
            page.text([PAGE[0] / 2.0, 15.0], SIMULATED, style);
        }
        let right = PAGE[0] - MARGIN;
        page.text([MARGIN, 42.0], "Hepatica", plain(TEXT, Role::Accent).strong());
        let after = MARGIN + width_of("Hepatica", TEXT) + 8.0;
        page.text([after, 42.0], self.head.as_str(), plain(TEXT, Role::Muted));
        page.text([right, 42.0], RESEARCH_USE_ONLY, plain(TEXT, Role::Amber).strong().anchored(Anchor::End));
        page.line([MARGIN, 50.0], [right, 50.0], HAIR, Role::Grid);
        let y = PAGE[1] - 44.0;
        page.line([MARGIN, y], [right, y], HAIR, Role::Grid);
        page.text([MARGIN, y + 14.0], self.foot.as_str(), plain(SMALL, Role::Muted));
        let number = format!("Page {number} of {of}");
        page.text([right, y + 14.0], number, plain(SMALL, Role::Muted).anchored(Anchor::End));
    }
}

fn blank(title: &str) -> Figure {
    Figure::new(title, format!("{title}. {RESEARCH_USE_ONLY}."), PAGE)
}

impl Sheets {
    /// The place from which on the page is free.
    pub fn top(&self) -> f64 {
        self.y
    }

    /// Height of an empty page.
    pub const FULL: f64 = LAST - FIRST;

    /// Height that is left on the page.
    pub fn room(&self) -> f64 {
        LAST - self.y
    }

    /// Begins a new page.
    pub fn turn(&mut self) {
        let title = self.pages.first().map_or_else(String::new, |first| first.title.clone());
        self.pages.push(blank(&title));
        self.y = FIRST;
    }

    /// Begins a new page where this one has no room for so much.
    pub fn need(&mut self, height: f64) {
        if height > self.room() && self.y > FIRST {
            self.turn();
        }
    }

    /// Leaves a space, which is none at the top of a page.
    pub fn space(&mut self, height: f64) {
        self.y += height;
    }

    /// Sets a line of text at a place of this page.
    pub fn put(&mut self, at: [f64; 2], text: &str, style: Style) {
        if let Some(page) = self.pages.last_mut() {
            page.text(at, text, style);
        }
    }

    /// Draws a line on this page.
    pub fn line(&mut self, from: [f64; 2], to: [f64; 2], width: f64, role: Role) {
        if let Some(page) = self.pages.last_mut() {
            page.line(from, to, width, role);
        }
    }

    fn title(&mut self, title: &str) {
        self.space(26.0);
        // On one line where that is legible.
        let [smallest, largest] = TITLE;
        let on_one_line = WIDTH / width_of(title, 1.0);
        let size = if on_one_line < smallest { largest } else { on_one_line.min(largest) };
        self.paragraph(title, MARGIN, WIDTH, plain(size, Role::Ink).strong());
        self.space(8.0);
    }

    fn set(&mut self, block: &Block, rest: &[Block], paper: &Paper) {
        match block {
            Block::Heading(name) => {
                self.gap(20.0);
                self.need(HEADING * LINE + 6.0 + least(rest));
                let section = Section { name: name.clone(), page: self.pages.len() - 1, y: self.y };
                self.sections.push(section);
                self.paragraph(name, MARGIN, WIDTH, plain(HEADING, Role::Ink).strong());
                self.space(6.0);
            }
            Block::Subheading(name) => {
                self.gap(8.0);
                self.need(SUBHEADING * LINE + 3.0 + least(rest));
                self.paragraph(name, MARGIN, WIDTH, plain(SUBHEADING, Role::Ink).strong());
                self.space(3.0);
            }
            Block::Text(text) => {
                self.need(least(std::slice::from_ref(block)));
                self.paragraph(text, MARGIN, TEXT_WIDTH, plain(BODY, Role::Ink));
                self.space(7.0);
            }
            Block::Note(text) => {
                self.small_print(text);
                self.space(7.0);
            }
            Block::Alarm(text) => self.alarm(text),
            Block::List(points) => self.list(points),
            Block::Table(of) => {
                self.gap(4.0);
                table::set(self, of);
            }
            Block::Plates(plates) => self.plates(plates),
            Block::Contents => {
                let n = n_sections(&paper.blocks);
                self.need(n as f64 * CONTENTS_LINE);
                self.contents = Some((self.pages.len() - 1, self.y));
                self.space(n as f64 * CONTENTS_LINE + 6.0);
            }
            Block::NewPage if self.y > FIRST => self.turn(),
            Block::NewPage => {}
        }
    }

    /// A space above what follows, unless it begins the page.
    fn gap(&mut self, height: f64) {
        if self.y > FIRST {
            self.space(height);
        }
    }

    /// Lines of text, on the next page where this one ends.
    fn paragraph(&mut self, text: &str, x: f64, width: f64, style: Style) {
        let pitch = style.size * LINE;
        for line in wrapped(text, style.size, width) {
            self.need(pitch);
            let baseline = self.y + style.size;
            self.put([x, baseline], &line, style);
            self.space(pitch);
        }
    }

    /// A paragraph in small print; nothing where it is empty.
    pub fn small_print(&mut self, text: &str) {
        self.need(Self::small_print_height(text).min(SMALL_PRINT));
        self.paragraph(text, MARGIN, TEXT_WIDTH, plain(SMALL, Role::Muted));
    }

    pub fn small_print_height(text: &str) -> f64 {
        wrapped(text, SMALL, TEXT_WIDTH).len() as f64 * SMALL * LINE
    }

    /// The number and title of a table or figure.
    pub fn caption(&mut self, text: &str, x: f64, width: f64) {
        if !text.is_empty() {
            self.paragraph(text, x, width, plain(TEXT, Role::Ink).strong());
            self.space(3.0);
        }
    }

    pub fn caption_height(text: &str, width: f64) -> f64 {
        if text.is_empty() { 0.0 } else { wrapped(text, TEXT, width).len() as f64 * TEXT * LINE + 3.0 }
    }

    fn list(&mut self, points: &[String]) {
        for point in points {
            let pitch = BODY * LINE;
            let lines = wrapped(point, BODY, TEXT_WIDTH - 12.0).len();
            self.need(pitch * lines.min(3) as f64);
            let baseline = self.y + BODY;
            self.put([MARGIN, baseline], "•", plain(BODY, Role::Accent));
            self.paragraph(point, MARGIN + 12.0, TEXT_WIDTH - 12.0, plain(BODY, Role::Ink));
            self.space(2.5);
        }
        self.space(5.0);
    }

    /// A box in the colour of what asks for attention.
    fn alarm(&mut self, text: &str) {
        let style = plain(BODY + 1.0, Role::Background).strong();
        let lines = wrapped(text, style.size, WIDTH - 24.0);
        let height = lines.len() as f64 * style.size * LINE + 14.0;
        self.need(height);
        let min = [MARGIN, self.y];
        if let Some(page) = self.pages.last_mut() {
            page.shapes.push(Shape::Rect { min, size: [WIDTH, height], role: Role::Amber, opacity: 1.0 });
        }
        for (i, line) in lines.iter().enumerate() {
            let baseline = min[1] + 8.0 + style.size + i as f64 * style.size * LINE - 1.0;
            self.put([MARGIN + 12.0, baseline], line, style);
        }
        self.space(height + 10.0);
    }

    /// Figures in rows, as many side by side as have room.
    fn plates(&mut self, plates: &[Plate]) {
        for row in rows_of(plates) {
            let height = row_height(&row);
            self.need(height);
            let top = self.y;
            let (mut left, mut lowest) = (MARGIN - FIGURE_MARGIN, top);
            for placed in &row {
                let [width, height] = placed.size();
                if let Some(page) = self.pages.last_mut() {
                    page.place(&placed.plate.figure, [left, top], placed.scale);
                }
                self.y = top + height;
                self.caption(&placed.plate.caption, left + FIGURE_MARGIN, caption_width(width));
                lowest = lowest.max(self.y);
                left += width;
            }
            self.y = lowest;
            self.small_print(&notes(&row));
            self.space(16.0);
        }
    }
}

/// A figure of a row and its size in parts of its own.
struct Placed<'a> {
    plate: &'a Plate,
    scale: f64,
}

impl Placed<'_> {
    fn of(plate: &Plate) -> Placed<'_> {
        let [width, height] = plate.figure.size;
        let across = ROW / width.max(1.0);
        let caption = Sheets::caption_height(&plate.caption, caption_width(width.min(ROW)));
        let below = caption + Sheets::small_print_height(&plate.note);
        let down = (LAST - FIRST - HEADING * LINE - 30.0 - below) / height.max(1.0);
        Placed { plate, scale: across.min(down).min(1.0) }
    }

    fn size(&self) -> [f64; 2] {
        self.plate.figure.size.map(|side| side * self.scale)
    }

    fn height(&self) -> f64 {
        let [width, height] = self.size();
        height + Sheets::caption_height(&self.plate.caption, caption_width(width))
    }
}

/// Width of a row of figures, which leave their sides empty.
const ROW: f64 = WIDTH + 2.0 * FIGURE_MARGIN;

fn row_height(row: &[Placed]) -> f64 {
    row.iter().map(Placed::height).fold(0.0, f64::max) + Sheets::small_print_height(&notes(row))
}

/// What is said below the figures of a row.
fn notes(row: &[Placed]) -> String {
    row.iter().map(|placed| placed.plate.note.as_str()).filter(|note| !note.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Width of the text below a figure of a width.
fn caption_width(figure: f64) -> f64 {
    (figure - 2.0 * FIGURE_MARGIN).clamp(160.0, TEXT_WIDTH)
}

fn rows_of(plates: &[Plate]) -> Vec<Vec<Placed<'_>>> {
    let mut rows: Vec<Vec<Placed>> = Vec::new();
    for plate in plates {
        let placed = Placed::of(plate);
        let width = |of: &Placed| of.size()[0];
        let fits = |row: &Vec<Placed>| row.iter().map(width).sum::<f64>() + width(&placed) <= ROW + 1.0;
        match rows.last_mut() {
            Some(row) if fits(row) => row.push(placed),
            _ => rows.push(vec![placed]),
        }
    }
    rows
}

/// The height that the beginning of these blocks needs, so that a heading does not stand alone at a page's foot.
fn least(blocks: &[Block]) -> f64 {
    let Some((first, rest)) = blocks.split_first() else { return 0.0 };
    let lines = |text: &str, size: f64, width: f64| wrapped(text, size, width).len();
    let height = match first {
        Block::Heading(_) => HEADING * LINE + 6.0 + least(rest),
        Block::Subheading(_) => 8.0 + SUBHEADING * LINE + 3.0 + least(rest),
        Block::Text(text) => {
            let n = lines(text, BODY, TEXT_WIDTH);
            let goes_on = matches!(rest.first(), Some(Block::Table(_) | Block::Plates(_))) && n <= 5;
            let shown = if goes_on { n } else { n.min(3) };
            shown as f64 * BODY * LINE + if goes_on { 7.0 + least(rest) } else { 0.0 }
        }
        Block::Note(text) => lines(text, SMALL, TEXT_WIDTH).min(3) as f64 * SMALL * LINE,
        Block::Alarm(text) => lines(text, BODY + 1.0, WIDTH - 24.0) as f64 * (BODY + 1.0) * LINE + 24.0,
        Block::List(points) => points.first().map_or(0, |point| lines(point, BODY, TEXT_WIDTH)) as f64 * BODY * LINE,
        Block::Table(of) => table::least(of) + 4.0,
        Block::Plates(plates) => rows_of(plates).first().map_or(0.0, |row| row_height(row)),
        Block::Contents => n_sections(rest) as f64 * CONTENTS_LINE,
        Block::NewPage => 0.0,
    };
    height.min(LAST - FIRST - HEADING * LINE - 6.0)
}

/// How many lines the list of contents has.
fn n_sections(blocks: &[Block]) -> usize {
    blocks.iter().filter(|block| matches!(block, Block::Heading(_))).count()
}

/// Distance of the list's lines.
const CONTENTS_LINE: f64 = 15.0;
/// Where the numbers of its pages end.
const CONTENTS_RIGHT: f64 = MARGIN + 330.0;

fn list_of_contents(page: &mut Figure, sections: &[Section], top: f64) {
    for (i, section) in sections.iter().enumerate() {
        let y = top + i as f64 * CONTENTS_LINE + BODY;
        page.text([MARGIN, y], section.name.as_str(), plain(BODY, Role::Ink));
        let number = format!("{}", section.page + 1);
        page.text([CONTENTS_RIGHT, y], number, plain(BODY, Role::Muted).anchored(Anchor::End));
        let from = MARGIN + width_of(&section.name, BODY) + 6.0;
        let points = vec![[from, y - 2.0], [CONTENTS_RIGHT - 20.0, y - 2.0]];
        if from < CONTENTS_RIGHT - 26.0 {
            page.shapes.push(Shape::Line { points, width: HAIR, dash: Some([0.8, 3.0]), role: Role::Muted });
        }
    }
}
