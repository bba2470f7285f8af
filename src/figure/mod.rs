//! Results as plain shapes (lines, rectangles, marks, text): one description that the window paints and [`to_svg`] and
//! [`to_png`] write.
//!
//! Sizes and places are in points (1/72 inch), x to the right and y downwards from the top left corner. Colours are roles, which
//! each painter maps to its own theme: print has a light ground, the window a dark one. A figure holds no data, only
//! what is drawn, and the readings that the window shows where the pointer rests; it deliberately cannot be zoomed.
//!
//! Every figure is made from plain numbers that others have computed. None computes a statistic.

mod bars;
mod boxplots;
mod calibration;
#[cfg(test)]
mod checks;
mod coefficients;
mod confusion;
mod contributions;
mod cv_curve;
mod decision_curves;
mod distribution;
pub(crate) mod draw;
#[cfg(test)]
pub(crate) mod every;
mod flowchart;
mod lasso_path;
pub(crate) mod names;
mod nomogram;
pub(crate) mod numbers;
mod plot;
mod raster;
mod roc;
mod roc_curves;
mod svg;

pub use boxplots::{BoxGroup, BoxPanel, boxplots};
pub use calibration::{CalibrationCurve, CalibrationGroup, calibration};
pub use coefficients::{Coefficient, coefficients};
pub use confusion::{Confusion, Rate, confusion};
pub use contributions::{Contribution, Contributions, contributions};
pub use cv_curve::{CvCurve, cv_curve};
pub use decision_curves::{DecisionCurve, DecisionPlot, decision_curves};
pub use distribution::{Distribution, DistributionGroup, distribution};
pub use draw::width_of;
pub use flowchart::{FlowGroup, FlowStep, flowchart};
pub use lasso_path::{LassoCurve, LassoPath, lasso_path};
pub use nomogram::{close_nomogram_of_width, nomogram, nomogram_of_width};
pub(crate) use numbers::{fixed, interval, p_value, percent};
pub use raster::{PngError, to_png, tree};
pub use roc::{roc, roc_of_patient};
pub use roc_curves::{Comparison, RocCurve, roc_curves};
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
    /// One of several curves or groups, told apart without red against green; beyond `SERIES` the colours begin again.
    Series(usize),
}

/// How many colours `Role::Series` has.
pub const SERIES: usize = 5;

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
    /// A filled square.
    Square,
    /// A filled triangle standing on a side.
    Triangle,
}

impl MarkKind {
    /// The corners of a mark of radius 1 at the origin; none of a round one.
    pub fn corners(self) -> &'static [[f64; 2]] {
        match self {
            Self::Disc | Self::Ring => &[],
            Self::Diamond => &[[0.0, -1.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]],
            Self::Square => &[[-0.8, -0.8], [0.8, -0.8], [0.8, 0.8], [-0.8, 0.8]],
            Self::Triangle => &[[0.0, -1.0], [1.0, 0.8], [-1.0, 0.8]],
        }
    }
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
    /// The area between two lines whose points stand above one another.
    Band {
        /// Its upper edge: at least two points from left to right.
        upper: Vec<[f64; 2]>,
        /// Its lower edge: as many, at the same x.
        lower: Vec<[f64; 2]>,
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

/// A place where a value can be read off.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Where it is drawn.
    pub at: [f64; 2],
    /// What is read there.
    pub text: String,
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
    /// Values that can be read off.
    pub readings: Vec<Reading>,
}

impl Figure {
    /// A figure on which nothing is drawn yet.
    pub fn new(title: impl Into<String>, description: impl Into<String>, size: [f64; 2]) -> Self {
        let (title, description) = (title.into(), description.into());
        Self { title, description, size, shapes: Vec::new(), readings: Vec::new() }
    }

    /// The reading nearest to a place and no farther from it than `within`; the later one of two at the same place.
    pub fn reading_near(&self, [x, y]: [f64; 2], within: f64) -> Option<&Reading> {
        let distance = |reading: &Reading| (reading.at[0] - x).hypot(reading.at[1] - y);
        let near = self.readings.iter().rev().map(|reading| (distance(reading), reading));
        let near = near.filter(|(distance, _)| *distance <= within);
        near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, reading)| reading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_reading_is_found_within_the_distance_alone() {
        let mut figure = Figure::new("", "", [100.0, 100.0]);
        for x in [10.0, 20.0, 20.0] {
            let text = format!("{x}, the {}", figure.readings.len());
            figure.readings.push(Reading { at: [x, 50.0], text });
        }
        assert_eq!(figure.reading_near([13.0, 50.0], 5.0).unwrap().text, "10, the 0");
        assert_eq!(figure.reading_near([19.0, 51.0], 5.0).unwrap().text, "20, the 2");
        assert_eq!(figure.reading_near([13.0, 56.0], 5.0), None);
    }
}
