//! What can be undone and redone, and the names of states.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Edit;

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

    /// Records an edit that was made; what was undone before can no longer be redone.
    pub fn push(&mut self, edit: Edit) {
        self.redo.clear();
        self.undo.push((edit, self.present));
        self.present = Revision::new_state();
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
