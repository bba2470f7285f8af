//! How labels lie over the image.

use crate::volume::Label;

/// How labels are shown; one entry for every label, in the order of [`Label::ALL`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlay {
    /// Red, green, blue.
    pub colours: [[u8; 3]; 4],
    /// Which labels are shown.
    pub shown: [bool; 4],
    /// Opacity of the filled area, 0 to 1.
    pub opacity: f32,
    /// Width of the outline along the label's inner edge, in points; 0 for none.
    pub outline: f32,
}

impl Default for Overlay {
    fn default() -> Self {
        Self {
            colours: [[94, 196, 140], [96, 150, 240], [232, 110, 90], [214, 176, 84]],
            shown: [true; 4],
            opacity: 0.25,
            outline: 1.5,
        }
    }
}

impl Overlay {
    /// The bits of the labels that are shown.
    pub fn shown_bits(&self) -> u8 {
        Label::ALL.iter().zip(self.shown).filter(|(_, shown)| *shown).fold(0, |bits, (label, _)| bits | label.bit())
    }

    /// Whether anything of it can be seen.
    pub fn is_visible(&self) -> bool {
        self.shown_bits() != 0 && (self.opacity > 0.0 || self.outline > 0.0)
    }
}
