//! Windowing: from HU to grey. DICOM PS3.3 C.11.2.1.2.1, VOI LUT function LINEAR.

use std::ops::RangeInclusive;

use crate::case::DrawingWindow;

/// Width and level (centre) of the window, in HU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Range of HU from black to white; at least 1.
    pub width: f64,
    /// HU shown as middle grey.
    pub level: f64,
}

/// A window with a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preset {
    /// As it is shown.
    pub name: &'static str,
    /// What it sets.
    pub window: Window,
}

impl Preset {
    /// The presets in the order of their keys; the first is the default.
    pub const ALL: [Preset; 5] = [
        Preset { name: "Liver", window: Window { width: 250.0, level: 50.0 } },
        Preset { name: "Abdomen", window: Window { width: 400.0, level: 40.0 } },
        Preset { name: "Soft tissue", window: Window { width: 400.0, level: 50.0 } },
        Preset { name: "Bone", window: Window { width: 1800.0, level: 400.0 } },
        Preset { name: "Lung", window: Window { width: 1500.0, level: -600.0 } },
    ];
}

impl Default for Window {
    fn default() -> Self {
        Preset::ALL[0].window
    }
}

impl From<Window> for DrawingWindow {
    fn from(Window { width, level }: Window) -> Self {
        Self { width_hu: width, level_hu: level }
    }
}

impl Window {
    /// Widths that can be set.
    pub const WIDTHS: RangeInclusive<f64> = 1.0..=8000.0;
    /// Levels that can be set.
    pub const LEVELS: RangeInclusive<f64> = -2000.0..=6000.0;

    /// A window within what can be set.
    pub fn new(width: f64, level: f64) -> Self {
        let clamp = |x: f64, range: RangeInclusive<f64>| x.clamp(*range.start(), *range.end());
        Self { width: clamp(width, Self::WIDTHS), level: clamp(level, Self::LEVELS) }
    }

    /// The window after a drag by (right, down) points: right widens; down lowers the level, which brightens the image.
    pub fn dragged(self, right: f64, down: f64) -> Self {
        // Wide windows need long ways: one point is half a percent of the width, and at least half a HU.
        let step = (self.width / 200.0).max(0.5);
        Self::new((self.width + right * step).round(), (self.level - down * step).round())
    }

    /// Whether the window is one that the study's protocol allows for delineation.
    pub fn in_protocol_range(self) -> bool {
        DrawingWindow::from(self).is_of_protocol()
    }

    /// The preset that this window is, where it is one.
    pub fn preset(self) -> Option<&'static Preset> {
        Preset::ALL.iter().find(|preset| preset.window == self)
    }

    /// The HU at which black ends and the grey that one HU adds from there, so that grey from 0 (black) to 1 (white) is
    /// (x - (c - 0.5)) / (w - 1) + 0.5, clamped (equation C.11-1), or 1 less it where the image is inverted. A width of 1 is a
    /// threshold: its slope only has to be steeper than the finest step between two 32-bit HU.
    pub fn ramp(self, inverted: bool) -> (f64, f64) {
        let span = (self.width - 1.0).max(0.0);
        let per_hu = if span > 0.0 { 1.0 / span } else { 1e9 };
        let middle = self.level - 0.5;
        if inverted { (middle + span / 2.0, -per_hu) } else { (middle - span / 2.0, per_hu) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Window {
        fn grey(self, hu: f64) -> f64 {
            let (black, per_hu) = self.ramp(false);
            ((hu - black) * per_hu).clamp(0.0, 1.0)
        }
    }

    #[test]
    fn an_inverted_image_is_bright_where_the_other_is_dark() {
        let window = Window::default();
        let (black, per_hu) = window.ramp(true);
        for hu in [-500.0, -75.0, 0.0, 49.5, 120.0, 174.0, 900.0] {
            let inverted = ((hu - black) * per_hu).clamp(0.0, 1.0);
            assert!((inverted - (1.0 - window.grey(hu))).abs() < 1e-12, "{hu} HU");
        }
    }

    #[test]
    fn the_linear_function_meets_the_examples_of_the_standard() {
        // PS3.3 C.11.2.1.2.1: c = 2048, w = 4096 becomes x <= 0 black, x > 4095 white; c = 2048, w = 1 a threshold at 2047.5.
        let full = Window { width: 4096.0, level: 2048.0 };
        assert_eq!((full.grey(0.0), full.grey(4095.0)), (0.0, 1.0));
        assert!((full.grey(2047.5) - 0.5).abs() < 1e-12);
        let threshold = Window { width: 1.0, level: 2048.0 };
        assert_eq!((threshold.grey(2047.0), threshold.grey(2047.5), threshold.grey(2048.0)), (0.0, 0.0, 1.0));
        let narrow = Window { width: 100.0, level: 0.0 };
        assert_eq!((narrow.grey(-50.0), narrow.grey(49.0)), (0.0, 1.0));
        assert!(narrow.grey(48.9) < 1.0 && narrow.grey(-49.9) > 0.0);
    }

    #[test]
    fn only_windows_of_the_protocol_count_as_such() {
        assert!(Window::default().in_protocol_range());
        assert!(Window { width: 200.0, level: 70.0 }.in_protocol_range());
        assert!(!Window { width: 301.0, level: 50.0 }.in_protocol_range());
        assert!(!Window { width: 250.0, level: 29.0 }.in_protocol_range());
        assert!(!Preset::ALL[1].window.in_protocol_range());
    }

    #[test]
    fn dragging_stays_within_what_can_be_set() {
        let window = Window::default().dragged(-1e6, 1e6);
        assert_eq!(window, Window { width: 1.0, level: -2000.0 });
        assert_eq!(Window::default().dragged(4.0, 0.0), Window { width: 255.0, level: 50.0 });
    }
}
