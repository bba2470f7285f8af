//! The flow of patients from the tables into the two sets: the numbers of a flowchart (the paper's Fig. 3).

use super::finding::counted;
use super::split::Set;

/// Patients, and how many of them have the event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Patients.
    pub patients: usize,
    /// Those with the event.
    pub events: usize,
}

impl Counts {
    /// Those without the event.
    pub fn without(self) -> usize {
        self.patients - self.events
    }

    /// How many there are among these outcomes.
    pub fn of(outcome: impl IntoIterator<Item = bool>) -> Self {
        outcome.into_iter().fold(Self::default(), |counts, is_event| Self {
            patients: counts.patients + 1,
            events: counts.events + usize::from(is_event),
        })
    }
}

/// Patients who were left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Exclusion {
    /// The reason, as it follows the number of patients: `without outcome`.
    pub reason: String,
    /// Who.
    pub ids: Vec<String>,
}

/// The second reader's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecondFlow {
    /// Rows that were read.
    pub read: usize,
    /// Those of analysed patients.
    pub analysed: usize,
    /// Those of training patients.
    pub training: usize,
}

/// The steps of the flowchart, from top to bottom.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    /// Rows of the clinical table.
    pub read: usize,
    /// Rows of the feature table, where there is one.
    pub features_read: Option<usize>,
    /// Rows of the feature table that no patient of the clinical table has.
    pub features_alone: Vec<String>,
    /// Who was left out, each for the first reason that applies, in the order in which reasons are asked.
    pub excluded: Vec<Exclusion>,
    /// Who is analysed.
    pub analysed: Counts,
    /// Who of them is for training.
    pub training: Counts,
    /// Who of them is for validation.
    pub validation: Counts,
    /// The second reader's rows, where there are any.
    pub second: Option<SecondFlow>,
}

impl Flow {
    /// Counts who is left.
    pub(super) fn count(&mut self, outcome: &[bool], sets: &[Set]) {
        let of = |wanted: Set| {
            Counts::of(outcome.iter().zip(sets).filter(|(_, set)| **set == wanted).map(|(is_event, _)| *is_event))
        };
        self.analysed = Counts::of(outcome.iter().copied());
        (self.training, self.validation) = (of(Set::Training), of(Set::Validation));
    }

    /// Adds a patient to those who are left out for a reason.
    pub(super) fn exclude(&mut self, reason: String, id: &str) {
        match self.excluded.iter_mut().find(|step| step.reason == reason) {
            Some(step) => step.ids.push(id.to_owned()),
            None => self.excluded.push(Exclusion { reason, ids: vec![id.to_owned()] }),
        }
    }

    /// The flowchart as lines of text.
    pub fn lines(&self) -> Vec<String> {
        let set = |name: &str, counts: Counts| {
            format!("{name}: {} ({} with the event, {} without)", counts.patients, counts.events, counts.without())
        };
        let mut lines = vec![format!("{} in the clinical table", counted(self.read, "patient"))];
        lines.extend(self.features_read.map(|n| format!("{} in the feature table", counted(n, "row"))));
        lines.extend(self.excluded.iter().map(|step| format!("left out: {} {}", step.ids.len(), step.reason)));
        lines.push(set("analysed", self.analysed));
        lines.push(set("training", self.training));
        lines.push(set("validation", self.validation));
        lines.extend(self.second.map(|second| {
            let SecondFlow { read, analysed, training } = second;
            format!("read twice: {analysed} of {}, {training} of them for training", counted(read, "second row"))
        }));
        lines
    }
}
