//! Blocks as Markdown, with tables as GitHub's dialect has them.

use super::{Block, Cell, Paper, Row, Side, Table};
use crate::base::RESEARCH_USE_ONLY;

use super::pages::SIMULATED;

impl Paper {
    /// The document as Markdown. Figures are named by their captions alone.
    pub fn to_markdown(&self) -> String {
        let mut text = format!("# {}\n\n**{RESEARCH_USE_ONLY}**\n", plain(&self.title));
        if self.is_simulated {
            text += &format!("\n**{SIMULATED}**\n");
        }
        for block in &self.blocks {
            text += &markdown(block);
        }
        text + &format!("\n---\n\n{}\n", plain(&self.foot))
    }
}

fn markdown(block: &Block) -> String {
    match block {
        Block::Heading(name) => format!("\n## {}\n", plain(name)),
        Block::Subheading(name) => format!("\n### {}\n", plain(name)),
        Block::Text(text) | Block::Note(text) => format!("\n{}\n", plain(text)),
        Block::Alarm(text) => format!("\n> **{}**\n", plain(text)),
        Block::List(points) => {
            let points: Vec<String> = points.iter().map(|point| format!("- {}\n", plain(point))).collect();
            format!("\n{}", points.concat())
        }
        Block::Table(of) => table(of),
        Block::Plates(plates) => {
            let said = plates.iter().map(|plate| format!("\n*{}* {}\n", plain(&plate.caption), plain(&plate.note)));
            said.collect()
        }
        Block::Contents | Block::NewPage => String::new(),
    }
}

fn table(table: &Table) -> String {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = "\n".to_owned();
    if !table.caption.is_empty() {
        text += &format!("**{}**\n\n", plain(&table.caption));
    }
    text += &row(table.columns.iter().map(|column| cell(&column.name)).collect());
    let side = |side| if side == Side::Right { "---:" } else { "---" };
    text += &row(table.columns.iter().map(|column| side(column.side).to_owned()).collect());
    for of in &table.rows {
        text += &match of {
            Row::Cells(cells) => {
                let empty = table.columns.iter().skip(cells.len()).map(|_| String::new());
                row(cells.iter().map(formatted).chain(empty).collect())
            }
            Row::Group(name) => {
                let empty = table.columns.iter().skip(1).map(|_| String::new());
                row(std::iter::once(format!("**{}**", cell(name))).chain(empty).collect())
            }
        };
    }
    if !table.note.is_empty() {
        text += &format!("\n{}\n", plain(&table.note));
    }
    text
}

fn formatted(of: &Cell) -> String {
    let text = cell(&of.text);
    match (of.strong && !text.is_empty(), of.indented) {
        (true, _) => format!("**{text}**"),
        (false, true) => format!("\u{2003}{text}"),
        (false, false) => text,
    }
}

/// Text in which Markdown finds no marks: names with underscores and stars stay what they are, and a line stays one line.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '*' | '_' | '`' | '[' | ']' | '<' | '#' => plain.extend(['\\', letter]),
            '\n' | '\r' => plain.push(' '),
            letter => plain.push(letter),
        }
    }
    plain
}

/// The same within a table, whose cells a bar would end.
fn cell(text: &str) -> String {
    plain(text).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_and_a_bar_does_not_end_a_cell() {
        let mut of = Table::new("T", &["name", ">n"]);
        of.row(["a_b|c*", "1"]);
        of.row(["short"]);
        of.rows.push(Row::Group("group".to_owned()));
        let text = table(&of);
        assert!(text.contains("| a\\_b\\|c\\* | 1 |"), "{text}");
        assert!(text.contains("| short |  |"), "{text}");
        assert!(text.contains("| --- | ---: |") && text.contains("| **group** |  |"), "{text}");
    }

    #[test]
    fn a_document_says_that_it_is_for_research_and_that_its_data_are_simulated() {
        let paper = Paper {
            title: "T".to_owned(),
            head: String::new(),
            foot: "foot".to_owned(),
            is_simulated: true,
            blocks: vec![Block::List(vec!["one".to_owned(), "two".to_owned()])],
        };
        let text = paper.to_markdown();
        assert!(text.contains(RESEARCH_USE_ONLY) && text.contains(SIMULATED), "{text}");
        assert!(text.ends_with("- one\n- two\n\n---\n\nfoot\n"), "{text}");
    }
}
