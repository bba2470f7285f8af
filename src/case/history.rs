//! What can be undone and redone, and the names of states.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Edit;
use crate::volume::Label;

/// The name of one state of one case. Undo returns to the old name, a new edit makes a new one, and no two states of the
/// program's run share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Revision(u64);

impl Revision {
    /// A name that no state has yet.
    pub fn new_state() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Steps that can always be undone.
const LEAST_STEPS: usize = 200;
/// Bytes beyond which older steps than those are forgotten: a fraction of the 8 GB that the program has to live with.
const MOST_BYTES: usize = 256 << 20;

/// A step of the undo list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'a> {
    /// Name of the edit.
    pub name: &'a str,
    /// The state that it leads to.
    pub state: Revision,
    /// Whether the present state has it; otherwise it is undone.
    pub is_done: bool,
}

/// Edits before and after the present state.
#[derive(Debug)]
pub struct History {
    present: Revision,
    /// Each edit with the state that it was made on, oldest first.
    undo: Vec<(Edit, Revision)>,
    /// Each undone edit with the state that it led to, the next to redo last.
    redo: Vec<(Edit, Revision)>,
}

impl History {
    /// A state without a past.
    pub fn new() -> Self {
        Self { present: Revision::new_state(), undo: Vec::new(), redo: Vec::new() }
    }

    /// The name of the present state.
    pub fn revision(&self) -> Revision {
        self.present
    }

    /// Whether a state is the present one or one that undo and redo can bring back.
    pub fn knows(&self, revision: Revision) -> bool {
        let (undo, redo) = (self.undo.iter(), self.redo.iter());
        revision == self.present || undo.chain(redo).any(|&(_, state)| state == revision)
    }

    /// Records an edit that was made; what was undone before can no longer be redone. Steps before the last 200 are forgotten,
    /// oldest first, while all together hold more than 256 MiB.
    pub fn push(&mut self, edit: Edit) {
        self.redo.clear();
        self.undo.push((edit, self.present));
        self.present = Revision::new_state();
        self.forget(MOST_BYTES);
    }

    fn forget(&mut self, most_bytes: usize) {
        let mut memory = self.memory();
        let may_go = self.undo.len().saturating_sub(LEAST_STEPS);
        let goes = self.undo.iter().take(may_go).take_while(|(edit, _)| {
            let is_too_much = memory > most_bytes;
            memory -= edit.memory().min(memory);
            is_too_much
        });
        let goes = goes.count();
        self.undo.drain(..goes);
    }

    /// Bytes that all edits hold.
    pub fn memory(&self) -> usize {
        self.undo.iter().chain(&self.redo).map(|(edit, _)| edit.memory()).sum()
    }

    /// Steps back; the answer is the edit to apply, which is its own inverse.
    pub fn undo(&mut self) -> Option<&mut Edit> {
        let (edit, before) = self.undo.pop()?;
        self.redo.push((edit, self.present));
        self.present = before;
        self.redo.last_mut().map(|(edit, _)| edit)
    }

    /// Steps forward; the answer is the edit to apply.
    pub fn redo(&mut self) -> Option<&mut Edit> {
        let (edit, after) = self.redo.pop()?;
        self.undo.push((edit, self.present));
        self.present = after;
        self.undo.last_mut().map(|(edit, _)| edit)
    }

    /// Name of what undo would take back.
    pub fn undo_name(&self) -> Option<&str> {
        self.undo.last().map(|(edit, _)| edit.name.as_str())
    }

    /// Name of what redo would bring back.
    pub fn redo_name(&self) -> Option<&str> {
        self.redo.last().map(|(edit, _)| edit.name.as_str())
    }

    /// Names of what can be redone, the next to redo last; where a state is given that redo leads to, of what comes after it.
    pub fn undone_since(&self, state: Option<Revision>) -> impl Iterator<Item = &str> {
        let is_before = move |after: &Revision| state.is_none_or(|state| *after != state);
        let since = self.redo.iter().take_while(move |(_, after)| is_before(after));
        since.map(|(edit, _)| edit.name.as_str())
    }

    /// Every edit that can be undone or redone, newest first.
    pub fn steps(&self) -> impl Iterator<Item = Step<'_>> {
        let undone = self.redo.iter().map(|(edit, state)| Step { name: &edit.name, state: *state, is_done: false });
        let states = std::iter::once(self.present).chain(self.undo.iter().rev().map(|(_, before)| *before));
        let done = self.undo.iter().rev().zip(states);
        undone.chain(done.map(|((edit, _), state)| Step { name: &edit.name, state, is_done: true }))
    }

    /// The state before every edit that can be undone.
    pub fn oldest_state(&self) -> Revision {
        self.undo.first().map_or(self.present, |(_, before)| *before)
    }

    /// How many edits lead from the present state to another: undone ones where negative. `None` where it is not known.
    pub fn way_to(&self, state: Revision) -> Option<isize> {
        if state == self.present {
            return Some(0);
        }
        let back = self.undo.iter().rev().position(|(_, before)| *before == state);
        let forth = || self.redo.iter().rev().position(|(_, after)| *after == state);
        back.map(|n| -(n as isize) - 1).or_else(|| forth().map(|n| n as isize + 1))
    }

    /// Whether an edit between a state and the present one changed a label; so it may be where the state is not known any more.
    pub fn touched_since(&self, state: Revision, label: Label) -> bool {
        let Some(way) = self.way_to(state) else { return true };
        let between = if way < 0 { &self.undo } else { &self.redo };
        between.iter().rev().take(way.unsigned_abs()).any(|(edit, _)| edit.touches(label))
    }

    /// Number of edits that can be undone.
    pub fn n_undoable(&self) -> usize {
        self.undo.len()
    }
}

impl Default for History {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Made, Snapshot};
    use crate::volume::{Geometry, LabelMap};

    #[test]
    fn two_hundred_steps_stay_whatever_they_hold() {
        let geometry = Geometry::axial([4, 4, 4], [0.0; 3], [1.0; 3]).unwrap();
        let mut after = LabelMap::empty(geometry);
        after.bits_mut()[(1, 2, 3)] = 1;
        let edit = |n: usize| {
            Edit::between(format!("Brush {n}"), &Snapshot::empty(geometry), &after, Made::by_hand()).unwrap()
        };
        let mut history = History::new();
        (0..LEAST_STEPS + 30).for_each(|n| history.push(edit(n)));
        assert_eq!(history.n_undoable(), LEAST_STEPS + 30, "far from the limit");
        let all = history.memory();
        history.forget(all * 9 / 10);
        assert_eq!(history.n_undoable(), LEAST_STEPS + 30 - 23, "as few as bring it below the limit");
        history.forget(0);
        assert_eq!(history.n_undoable(), LEAST_STEPS);
        assert_eq!(history.undo_name(), Some("Brush 229"));
    }
}
