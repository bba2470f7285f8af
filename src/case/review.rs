//! How far the protocol got on every acquired slice, and by which means each label was drawn.
//!
//! Every edit gives the slices that it changes a new version, and accepting a slice accepts that version of it: after undo the slice
//! is as reviewed as it was before, without a step of its own in the undo list. Labels are followed through undo and redo too. What a
//! reader should do next is for the window to say.

use std::collections::HashSet;

use super::Edit;
use super::window_use::{DrawingWindow, WindowUse};
use crate::volume::Label;

/// What kind of tool made an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Technique {
    /// The hand alone: contour, brush, eraser.
    Manual,
    /// The hand with the help of the image, seen while it is done: livewire, edge-aware brush.
    SemiAutomatic,
    /// Blended from drawn slices on either side, or copied from one.
    Interpolated,
    /// By the machine over many slices, to be looked at: a grown liver, vessels, a lesion, the caudate lobe, a margin, smoothing.
    Proposed,
    /// From a file.
    Loaded,
}

/// How an edit was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// By what kind of tool.
    pub technique: Technique,
    /// Whether the window was one of the protocol; `None` where none was looked through.
    pub under_protocol_window: Option<bool>,
}

/// How far one acquired slice got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SliceState {
    /// Nothing was done on it.
    Untouched,
    /// Drawn or corrected by hand on this very slice.
    Drawn,
    /// Blended or copied, not looked at yet.
    Interpolated,
    /// Proposed by the machine, not looked at yet.
    Proposed,
    /// From a file, not looked at yet.
    Loaded,
    /// Accepted by the reader as it is.
    Reviewed,
}

/// SegmentAlgorithmType (0062,0008) of a label (DICOM PS3.3 C.8.20.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlgorithmType {
    /// Only hands touched the label.
    Manual,
    /// A machine helped.
    SemiAutomatic,
}

/// The review of every acquired slice, and what edits add up to.
#[derive(Debug, Clone)]
pub struct Review {
    marks: Vec<Mark>,
    /// Versions of slices that were accepted.
    accepted: HashSet<(usize, u64)>,
    latest_version: u64,
    totals: Totals,
}

/// By which means a slice got its present version; version 0 is the empty slice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Mark {
    made: Option<Technique>,
    /// Bits of labels that are here as they were blended or copied.
    blended: u8,
    version: u64,
}

/// A slice's review in a journal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// How it was made.
    pub made: Option<Technique>,
    /// Bits of labels that are there as they were blended or copied.
    pub blended: u8,
    /// Whether it was accepted.
    pub is_reviewed: bool,
}

/// What edits add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Totals {
    /// Edits with the help of a machine that changed each label, in the order of [`Label::ALL`].
    pub by_machine: [u32; 4],
    pub window: WindowUse,
}

/// What an edit did to the review: the marks that it replaced (after undo, those that it made), and what it added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Trace {
    marks: Vec<(usize, Mark)>,
    added: Totals,
}

impl Made {
    /// By hand, where no window was looked through.
    pub const fn by_hand() -> Self {
        Self::by(Technique::Manual)
    }

    /// By a kind of tool.
    pub const fn by(technique: Technique) -> Self {
        Self { technique, under_protocol_window: None }
    }

    /// The same, looked at through a window.
    pub fn under(self, window: DrawingWindow) -> Self {
        Self { under_protocol_window: Some(window.is_of_protocol()), ..self }
    }
}

impl SliceState {
    /// Whether the reader has still to look at the slice.
    pub const fn needs_review(self) -> bool {
        matches!(self, Self::Interpolated | Self::Proposed | Self::Loaded)
    }

    /// As it is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Untouched => "untouched",
            Self::Drawn => "drawn",
            Self::Interpolated => "interpolated",
            Self::Proposed => "proposed",
            Self::Loaded => "loaded",
            Self::Reviewed => "reviewed",
        }
    }
}

impl AlgorithmType {
    /// As DICOM writes it.
    pub const fn dicom(self) -> &'static str {
        match self {
            Self::Manual => "MANUAL",
            Self::SemiAutomatic => "SEMIAUTOMATIC",
        }
    }
}

impl Review {
    /// Nothing done on any slice.
    pub(super) fn empty(n_slices: usize) -> Self {
        let marks = vec![Mark::default(); n_slices];
        Self { marks, accepted: HashSet::new(), latest_version: 0, totals: Totals::default() }
    }

    /// How far a slice got; untouched where the grid has none of that number.
    pub fn state(&self, slice: usize) -> SliceState {
        let Some(mark) = self.marks.get(slice) else { return SliceState::Untouched };
        match mark.made {
            _ if self.accepted.contains(&(slice, mark.version)) => SliceState::Reviewed,
            None => SliceState::Untouched,
            Some(Technique::Manual | Technique::SemiAutomatic) => SliceState::Drawn,
            Some(Technique::Interpolated) => SliceState::Interpolated,
            Some(Technique::Proposed) => SliceState::Proposed,
            Some(Technique::Loaded) => SliceState::Loaded,
        }
    }

    /// Whether a label is on a slice as it was blended or copied, and the slice not accepted since: to be made again where its neighbours
    /// change.
    pub fn is_blended(&self, slice: usize, label: Label) -> bool {
        self.marks.get(slice).is_some_and(|mark| self.blended(slice, mark) & label.bit() != 0)
    }

    /// Bits of labels that are on a slice as they were blended: whoever accepted it made them his own.
    fn blended(&self, slice: usize, mark: &Mark) -> u8 {
        if self.accepted.contains(&(slice, mark.version)) { 0 } else { mark.blended }
    }

    /// How far every slice got, in order.
    pub fn states(&self) -> impl Iterator<Item = SliceState> + '_ {
        (0..self.marks.len()).map(|slice| self.state(slice))
    }

    /// By which means a label was drawn. Labels from a file count as helped by a machine unless whoever loaded them knew better
    /// ([`super::Replacement::made_by`]).
    pub fn algorithm_type(&self, label: Label) -> AlgorithmType {
        let n = self.totals.by_machine.get(label as usize);
        if n.is_some_and(|n| *n > 0) { AlgorithmType::SemiAutomatic } else { AlgorithmType::Manual }
    }

    /// Strokes by the window that they were made under; undone ones do not count.
    pub fn window_use(&self) -> WindowUse {
        self.totals.window
    }

    /// Accepts a slice as it is, or takes that back; `false` when it was so already or the grid has no such slice.
    pub(super) fn set_reviewed(&mut self, slice: usize, is_reviewed: bool) -> bool {
        let Some(mark) = self.marks.get(slice) else { return false };
        let key = (slice, mark.version);
        if is_reviewed { self.accepted.insert(key) } else { self.accepted.remove(&key) }
    }

    /// Follows an edit that was just made.
    pub(super) fn record(&mut self, edit: &mut Edit) {
        self.latest_version += 1;
        let n_slices = edit.slices().count();
        let technique = edit.made.technique;
        let is_touched = Label::ALL.map(|label| edit.touches(label));
        let touched = Label::ALL.iter().zip(is_touched).filter(|(_, is_touched)| *is_touched);
        let touched = touched.fold(0, |bits, (label, _)| bits | label.bit());
        let mut marks = Vec::with_capacity(n_slices);
        for slice in edit.slices() {
            let Some(&before) = self.marks.get(slice) else { continue };
            let blended = self.blended(slice, &before);
            self.marks[slice] = Mark {
                made: Some(merged(before.made, technique, n_slices)),
                blended: if technique == Technique::Interpolated { blended | touched } else { blended & !touched },
                version: self.latest_version,
            };
            marks.push((slice, before));
        }
        let by_machine = is_touched.map(|is_touched| u32::from(technique != Technique::Manual && is_touched));
        let window = edit.made.under_protocol_window.map_or(WindowUse::default(), |is_within| WindowUse {
            within: u32::from(is_within),
            outside: u32::from(!is_within),
        });
        edit.trace = Trace { marks, added: Totals { by_machine, window } };
        self.totals.add(&edit.trace.added);
    }

    /// Follows an edit that brings a kept review with its labels.
    pub(super) fn restore(&mut self, edit: &mut Edit, kept: &[Kept], totals: Totals) {
        self.latest_version += 1;
        let before = self.marks.clone();
        for ((slice, mark), &Kept { made, blended, is_reviewed }) in self.marks.iter_mut().enumerate().zip(kept) {
            *mark = Mark { made, blended, version: self.latest_version };
            if is_reviewed {
                self.accepted.insert((slice, mark.version));
            }
        }
        edit.trace = Trace { marks: before.into_iter().enumerate().collect(), added: totals };
        self.totals.add(&totals);
    }

    /// Follows an edit back.
    pub(super) fn take_back(&mut self, edit: &mut Edit) {
        self.swap(&mut edit.trace);
        self.totals.remove(&edit.trace.added);
    }

    /// Follows an edit forward again.
    pub(super) fn bring_back(&mut self, edit: &mut Edit) {
        self.swap(&mut edit.trace);
        self.totals.add(&edit.trace.added);
    }

    fn swap(&mut self, trace: &mut Trace) {
        for (slice, other) in &mut trace.marks {
            if let Some(mark) = self.marks.get_mut(*slice) {
                std::mem::swap(mark, other);
            }
        }
    }

    /// Every slice's review as a journal keeps it.
    pub(super) fn kept(&self) -> Vec<Kept> {
        let of = |(slice, mark): (usize, &Mark)| {
            let Mark { made, blended, version } = *mark;
            Kept { made, blended, is_reviewed: self.accepted.contains(&(slice, version)) }
        };
        self.marks.iter().enumerate().map(of).collect()
    }

    pub(super) fn totals(&self) -> Totals {
        self.totals
    }
}

/// By which means a slice counts as made after an edit of so many slices. A hand on one acquired slice has seen that slice, and it
/// counts as drawn; a hand across slices (a stroke on a coronal slice, a sphere) corrects slices that need a look and does not give
/// them one.
fn merged(before: Option<Technique>, technique: Technique, n_slices: usize) -> Technique {
    let is_by_hand = matches!(technique, Technique::Manual | Technique::SemiAutomatic);
    match before {
        Some(before @ (Technique::Interpolated | Technique::Proposed | Technique::Loaded))
            if is_by_hand && n_slices > 1 =>
        {
            before
        }
        _ => technique,
    }
}

impl Totals {
    fn add(&mut self, more: &Totals) {
        self.combine(more, u32::saturating_add);
    }

    fn remove(&mut self, less: &Totals) {
        self.combine(less, u32::saturating_sub);
    }

    fn combine(&mut self, other: &Totals, with: fn(u32, u32) -> u32) {
        self.by_machine.iter_mut().zip(other.by_machine).for_each(|(n, other)| *n = with(*n, other));
        self.window.within = with(self.window.within, other.window.within);
        self.window.outside = with(self.window.outside, other.window.outside);
    }
}

impl Trace {
    pub(super) fn memory(&self) -> usize {
        size_of::<(usize, Mark)>() * self.marks.capacity()
    }
}
