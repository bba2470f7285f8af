//! The reporting checklists TRIPOD+AI (Collins et al., BMJ 2024;385:e078378) and CLEAR (Kocak et al., Insights Imaging 2023;14:75),
//! each item with what a run knows of it and what the team must add.
//!
//! Items bear the checklists' numbers under short names of our own; their full wording stands in the papers. An item is filled only
//! with what the run knows: what was meant, decided or seen outside it is open.

mod clear;
mod facts;
mod tripod;

pub(super) use clear::CLEAR;
pub(super) use facts::Facts;
pub(super) use tripod::TRIPOD_AI;

use crate::figure::Role;
use crate::report::paper::{Cell, Row, Table};

/// A checklist.
pub(super) struct Checklist {
    /// Its name.
    pub name: &'static str,
    /// Where its items stand in full.
    pub source: &'static str,
    /// Its items in order.
    pub items: &'static [Item],
}

/// An item.
pub(super) struct Item {
    /// The section of a paper that it belongs to, said where it begins.
    pub section: &'static str,
    /// Its number.
    pub number: &'static str,
    /// What it asks for, in a few words of our own.
    pub name: &'static str,
    /// What a run knows of it.
    pub answer: fn(&Facts) -> Answer,
}

/// What is known of an item.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// The run knows it.
    Filled(String),
    /// The run knows a part; then what is to be added.
    Partly(String, String),
    /// What is to be added.
    Open(String),
    /// The item asks for what this run has not.
    NotApplicable(String),
}

/// What is to be added.
fn open(what: &str) -> Answer {
    Answer::Open(what.to_owned())
}

/// What is known.
fn filled(what: impl Into<String>) -> Answer {
    Answer::Filled(what.into())
}

/// What is known and what is to be added.
fn partly(known: impl Into<String>, what: &str) -> Answer {
    Answer::Partly(known.into(), what.to_owned())
}

fn not_applicable(why: &str) -> Answer {
    Answer::NotApplicable(why.to_owned())
}

impl Answer {
    /// Its state in a word, with a colour.
    fn state(&self) -> (&'static str, Role) {
        match self {
            Self::Filled(_) => ("filled", Role::Accent),
            Self::Partly(..) => ("partly", Role::Ink),
            Self::Open(_) => ("open", Role::Amber),
            Self::NotApplicable(_) => ("n/a", Role::Muted),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Filled(known) | Self::NotApplicable(known) => known.clone(),
            Self::Partly(known, what) => format!("{known} TO\u{a0}ADD: {what}"),
            Self::Open(what) => format!("TO\u{a0}ADD: {what}"),
        }
    }
}

impl Checklist {
    /// The answers, in the items' order.
    pub fn answers(&self, facts: &Facts) -> Vec<(&'static Item, Answer)> {
        self.items.iter().map(|item| (item, (item.answer)(facts))).collect()
    }

    /// How far the run fills the checklist.
    pub fn summary(&self, facts: &Facts) -> String {
        let answers = self.answers(facts);
        let n = |state: &str| answers.iter().filter(|(_, answer)| answer.state().0 == state).count();
        let not_applicable = match n("n/a") {
            0 => String::new(),
            1 => ", 1 does not apply".to_owned(),
            n => format!(", {n} do not apply"),
        };
        format!(
            "{}. Of {} items the run fills {} and {} in part; {} are open{not_applicable}. Names of items are ours and short: the wording that \
             counts is the paper's.",
            self.source,
            answers.len(),
            n("filled"),
            n("partly"),
            n("open")
        )
    }

    /// The checklist as a table.
    pub fn table(&self, facts: &Facts) -> Table {
        let mut table = Table::new("", &["No.", "Item", "State", "From the run, and what the team must add"]);
        let mut section = "";
        for (item, answer) in self.answers(facts) {
            if item.section != section {
                section = item.section;
                table.rows.push(Row::Group(section.to_owned()));
            }
            let (state, role) = answer.state();
            let state = Cell { strong: true, ..Cell::coloured(state, role) };
            table.rows.push(Row::Cells(vec![item.number.into(), item.name.into(), state, answer.text().into()]));
        }
        table
    }
}
