//! A document of several pages as a list of blocks: described once, and written as A4 pages ([`Paper::pages`], [`Paper::to_pdf`])
//! or as Markdown ([`Paper::to_markdown`]).
//!
//! It knows headings, text, lists, tables and figures, and where to turn the page; what they say is for others to know. The same
//! blocks give the same bytes: nothing depends on when or where they are written.

#[cfg(test)]
pub(crate) mod checks;
mod columns;
mod markdown;
mod pages;
mod pdf;
mod table;

use crate::figure::{Figure, Role};

/// A document.
#[derive(Debug, Clone)]
pub(crate) struct Paper {
    /// What it is called, on its first page and as the file's title.
    pub title: String,
    /// What stands at the head of each page.
    pub head: String,
    /// What stands at the foot of each page, beside its number.
    pub foot: String,
    /// Whether every page says in large letters that the data are simulated.
    pub is_simulated: bool,
    /// What it says, from top to bottom.
    pub blocks: Vec<Block>,
}

/// A part of a document.
#[derive(Debug, Clone)]
pub(crate) enum Block {
    /// A section's heading; it stands in the list of contents.
    Heading(String),
    /// A heading within a section.
    Subheading(String),
    /// A paragraph.
    Text(String),
    /// A paragraph in small print.
    Note(String),
    /// What nobody may miss.
    Alarm(String),
    /// Sentences, one a point.
    List(Vec<String>),
    /// A table.
    Table(Table),
    /// Figures, side by side where they have room.
    Plates(Vec<Plate>),
    /// The list of the sections.
    Contents,
    /// What follows begins on a new page.
    NewPage,
}

/// A figure and what is said below it.
#[derive(Debug, Clone)]
pub(crate) struct Plate {
    /// The figure.
    pub figure: Figure,
    /// Its number and title.
    pub caption: String,
    /// What a reader should know to read it.
    pub note: String,
}

/// A table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    /// Its number and title; empty for none.
    pub caption: String,
    /// Its columns; without any name there is no line of names.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// What stands below it.
    pub note: String,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// Its name.
    pub name: String,
    /// On which side its cells stand.
    pub side: Side,
}

/// A side of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A row of a table.
#[derive(Debug, Clone)]
pub(crate) enum Row {
    /// One cell a column.
    Cells(Vec<Cell>),
    /// A name across all columns for the rows that follow.
    Group(String),
}

/// A cell.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    /// What it says.
    pub text: String,
    /// Its colour.
    pub role: Role,
    /// Whether it is set in semibold.
    pub strong: bool,
    /// Whether it belongs to the cell above it and is set in a little.
    pub indented: bool,
}

impl Cell {
    /// A cell in semibold.
    pub fn strong(text: impl Into<String>) -> Self {
        Self { strong: true, ..Self::from(text.into()) }
    }

    /// A cell in another colour.
    pub fn coloured(text: impl Into<String>, role: Role) -> Self {
        Self { role, ..Self::from(text.into()) }
    }

    /// A cell that belongs to the one above.
    pub fn indented(text: impl Into<String>) -> Self {
        Self { indented: true, ..Self::from(text.into()) }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, role: Role::Ink, strong: false, indented: false }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl Table {
    /// A table without rows; columns of numbers have a name that begins with `>`.
    pub fn new(caption: impl Into<String>, columns: &[&str]) -> Self {
        let column = |name: &&str| match name.strip_prefix('>') {
            Some(name) => Column { name: name.to_owned(), side: Side::Right },
            None => Column { name: (*name).to_owned(), side: Side::Left },
        };
        Self { caption: caption.into(), columns: columns.iter().map(column).collect(), ..Self::default() }
    }

    /// A table of names and values without a line of names.
    pub fn of_pairs<V: Into<String>>(pairs: impl IntoIterator<Item = (impl Into<String>, V)>) -> Self {
        let row = |(name, value): (_, V)| Row::Cells(vec![Cell::coloured(name, Role::Muted), value.into().into()]);
        Self { rows: pairs.into_iter().map(row).collect(), ..Self::new("", &["", ""]) }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<Cell>>) {
        self.rows.push(Row::Cells(cells.into_iter().map(Into::into).collect()));
    }

    /// The same with a note below it.
    pub fn noted(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// Whether its columns have names.
    fn has_names(&self) -> bool {
        self.columns.iter().any(|column| !column.name.is_empty())
    }
}
