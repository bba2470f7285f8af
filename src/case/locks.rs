//! Which labels strokes of other labels must leave alone.

use super::Operation;
use crate::volume::Label;

/// Labels that leave the VOI: what lies in the liver and is drawn over it.
const STRUCTURES: u8 = Label::Vessel.bit() | Label::Lesion.bit() | Label::Caudate.bit();

/// Locked labels; vessel, lesion and caudate lobe unless someone unlocks them.
///
/// Labels are bits of their own, so a voxel can be liver and vessel at once, and the whole liver includes its vessels and lesions.
/// The rule of a stroke with label X:
///
/// 1. It never changes the bit of a locked label other than X. That X itself is locked hinders no stroke with X: the label in hand
///    is meant.
/// 2. *Add* of a vessel, a lesion or the caudate lobe flows around voxels of a locked one of the other two: each voxel that leaves
///    the VOI then has one reason, and files that keep one label per voxel lose none. *Add* of liver passes under them, for the liver
///    under a vessel is liver and comes back when the vessel is erased; they in turn are drawn over the liver, locked or not.
/// 3. *Erase* changes X alone.
/// 4. *Claim* adds, and takes the voxel from the unlocked ones of vessel, lesion and caudate lobe; from the liver never.
/// 5. *Replace* makes X exactly what was drawn on the slice or in the box, by 1, 2 and 3.
///
/// Undo, redo and labels loaded from a file restore or replace states and ask no lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locks(u8);

impl Default for Locks {
    fn default() -> Self {
        Self(STRUCTURES)
    }
}

impl Locks {
    /// No label is locked.
    pub const fn none() -> Self {
        Self(0)
    }

    /// Whether a label is locked.
    pub const fn is_locked(self, label: Label) -> bool {
        self.0 & label.bit() != 0
    }

    /// Locks a label or unlocks it.
    pub fn set(&mut self, label: Label, locked: bool) {
        self.0 = if locked { self.0 | label.bit() } else { self.0 & !label.bit() };
    }

    /// A voxel's bits after a stroke with a label passed over it, by the rule above. `is_inside` tells whether the voxel is one of
    /// those drawn; only *Replace* changes others.
    pub fn after(self, old: u8, is_inside: bool, label: Label, operation: Operation) -> u8 {
        let bit = label.bit();
        match (operation, is_inside) {
            (Operation::Erase, true) | (Operation::Replace, false) => old & !bit,
            (_, false) => old,
            (Operation::Add | Operation::Replace, true) if self.flows_around(old, label) => old,
            (Operation::Add | Operation::Replace, true) => old | bit,
            (Operation::Claim, true) if self.flows_around(old, label) => old,
            (Operation::Claim, true) => old & !(STRUCTURES & !self.0) | bit,
        }
    }

    fn flows_around(self, old: u8, label: Label) -> bool {
        label != Label::Liver && old & self.0 & STRUCTURES & !label.bit() != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPERATIONS: [Operation; 4] = [Operation::Add, Operation::Erase, Operation::Claim, Operation::Replace];

    #[test]
    fn no_stroke_changes_a_locked_label_of_another_name() {
        for locks in (0..16).map(Locks) {
            for old in 0..16u8 {
                for (label, operation) in Label::ALL.into_iter().flat_map(|l| OPERATIONS.map(|o| (l, o))) {
                    let new = [true, false].map(|is_inside| locks.after(old, is_inside, label, operation));
                    let locked_others = locks.0 & !label.bit();
                    assert!(new.iter().all(|new| (new ^ old) & locked_others == 0), "{locks:?} {old} {label:?}");
                    let liver = Label::Liver.bit();
                    assert!(label == Label::Liver || new.iter().all(|new| (new ^ old) & liver == 0), "liver stays");
                }
            }
        }
    }

    #[test]
    fn liver_passes_under_a_locked_vessel_and_a_lesion_flows_around_it() {
        let locks = Locks::default();
        let (liver, vessel, lesion) = (Label::Liver.bit(), Label::Vessel.bit(), Label::Lesion.bit());
        assert_eq!(locks.after(vessel, true, Label::Liver, Operation::Add), liver | vessel);
        assert_eq!(locks.after(liver | vessel, true, Label::Lesion, Operation::Add), liver | vessel);
        assert_eq!(locks.after(liver, true, Label::Lesion, Operation::Add), liver | lesion);
        assert_eq!(locks.after(liver | vessel, true, Label::Liver, Operation::Erase), vessel);
    }

    #[test]
    fn a_claim_takes_from_unlocked_structures_alone() {
        let mut locks = Locks::default();
        locks.set(Label::Lesion, false);
        assert!(!locks.is_locked(Label::Lesion) && locks.is_locked(Label::Caudate));
        let (liver, vessel, lesion) = (Label::Liver.bit(), Label::Vessel.bit(), Label::Lesion.bit());
        let claim = |old| locks.after(old, true, Label::Vessel, Operation::Claim);
        assert_eq!(claim(liver | lesion), liver | vessel);
        assert_eq!(claim(liver | Label::Caudate.bit()), liver | Label::Caudate.bit(), "flows around");
        assert_eq!(Locks::none().after(lesion, true, Label::Vessel, Operation::Add), lesion | vessel);
    }

    #[test]
    fn replace_leaves_exactly_what_was_drawn() {
        let locks = Locks::none();
        let liver = Label::Liver.bit();
        for old in [0, liver] {
            assert_eq!(locks.after(old, true, Label::Liver, Operation::Replace), liver);
            assert_eq!(locks.after(old, false, Label::Liver, Operation::Replace), 0);
        }
    }
}
