//! Results as plain shapes (lines, rectangles, marks, text): one description that the window paints and [`to_svg`] and
//! [`to_png`] write.
//!
//! Sizes and places are in points (1/72 inch), x to the right and y downwards from the top left corner. Colours are roles, which
//! each painter maps to its own theme: print has a light ground, the window a dark one. A figure holds no data, only
//! what is drawn; it deliberately cannot be zoomed or asked for values.

pub(crate) mod draw;
mod nomogram;
mod raster;
mod roc;
mod svg;

pub use draw::width_of;
pub use nomogram::{nomogram, nomogram_of_width};
pub use raster::{PngError, to_png, tree};
pub use roc::roc;
pub use svg::{Palette, to_svg};

/// What a colour means; painters choose the colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Text and axes.
    Ink,
    /// Text and lines of less weight.
    Muted,
    /// What the figure is about: the curve, the patient.
    Accent,
    /// What asks for attention.
    Amber,
    /// Danger alone.
    Danger,
    /// Grid lines and quiet areas.
    Grid,
    /// The ground behind everything.
    Background,
}

/// Which point of a text stands at its place; its y is always the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// The text begins there.
    Start,
    /// The text is centred there.
    Middle,
    /// The text ends there.
    End,
}

/// The form of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MarkKind {
    /// A filled disc.
    Disc,
    /// A ring: a disc of the ground's colour with an outline.
    Ring,
    /// A filled square standing on a corner.
    Diamond,
}

/// One shape, painted over those before it.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A line through points.
    Line {
        /// At least two points.
        points: Vec<[f64; 2]>,
        /// Its width.
        width: f64,
        /// Lengths of dash and gap; solid without.
        dash: Option<[f64; 2]>,
        /// Its colour.
        role: Role,
    },
    /// A filled rectangle.
    Rect {
        /// Top left corner.
        min: [f64; 2],
        /// Width and height.
        size: [f64; 2],
        /// Its colour.
        role: Role,
        /// 0 (not seen) to 1.
        opacity: f64,
    },
    /// A mark centred at a place.
    Mark {
        /// Its centre.
        at: [f64; 2],
        /// Its form.
        kind: MarkKind,
        /// Half of its width.
        radius: f64,
        /// Its colour.
        role: Role,
        /// What it marks, for assistive technology and tests: `patient`, `operating-point`.
        name: &'static str,
    },
    /// One line of text.
    Text {
        /// Place of the anchor on the baseline.
        at: [f64; 2],
        /// What it says.
        text: String,
        /// Font size.
        size: f64,
        /// Which point of the text stands at the place.
        anchor: Anchor,
        /// Its colour.
        role: Role,
        /// Whether it is set in semibold.
        strong: bool,
    },
}

/// A figure, ready to be painted.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it shows, in a few words.
    pub title: String,
    /// What it says, for those who cannot see it.
    pub description: String,
    /// Width and height.
    pub size: [f64; 2],
    /// Shapes, the lowest first.
    pub shapes: Vec<Shape>,
}
