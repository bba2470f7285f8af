//! Icons by what they mean here: characters of the Phosphor font, shown in the theme's icon family.

pub const NAVIGATE: &str = "\u{e1dc}";
pub const CONTOUR: &str = "\u{e6d0}";
pub const LIVEWIRE: &str = "\u{e680}";
pub const NUDGE: &str = "\u{e29a}";
pub const GROW: &str = "\u{e6b6}";
pub const LOCKED: &str = "\u{e308}";
pub const UNLOCKED: &str = "\u{e30a}";
pub const BRUSH: &str = "\u{e6f0}";
pub const ERASE: &str = "\u{e21e}";
pub const UNDO: &str = "\u{e038}";
pub const REDO: &str = "\u{e036}";
pub const SHOWN: &str = "\u{e220}";
pub const HIDDEN: &str = "\u{e224}";
pub const MAXIMISE: &str = "\u{e0a2}";
pub const SURFACE: &str = "\u{e1da}";
pub const CROSSHAIR: &str = "\u{e1d6}";
pub const SHORTCUTS: &str = "\u{e2d8}";
pub const WARNING: &str = "\u{e4e0}";
pub const EXTRACT: &str = "\u{e538}";
pub const EXPORT: &str = "\u{eaf0}";
pub const COPY: &str = "\u{e1ca}";
pub const PDF: &str = "\u{e702}";
pub const CLOSE: &str = "\u{e4f6}";
pub const IDENTITY: &str = "\u{e4c2}";
