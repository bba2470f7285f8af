//! The window that strokes were made under, against the protocol's: width 200 to 300 HU, level 30 to 70 HU (Liang et al. 2022,
//! Methods). What lies outside is counted, not forbidden.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// Window widths of the protocol, in HU.
pub const PROTOCOL_WIDTH_HU: RangeInclusive<f64> = 200.0..=300.0;
/// Window levels of the protocol, in HU.
pub const PROTOCOL_LEVEL_HU: RangeInclusive<f64> = 30.0..=70.0;

/// The grey window of the view that is drawn in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DrawingWindow {
    /// HU from black to white.
    pub width_hu: f64,
    /// HU in the middle.
    pub level_hu: f64,
}

/// Strokes by hand, by the window that they were made under.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowUse {
    /// Within the protocol's range.
    pub within: u32,
    /// Outside of it.
    pub outside: u32,
}

impl DrawingWindow {
    /// Whether the protocol allows it.
    pub fn is_of_protocol(self) -> bool {
        PROTOCOL_WIDTH_HU.contains(&self.width_hu) && PROTOCOL_LEVEL_HU.contains(&self.level_hu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_ranges_are_allowed() {
        let windows = [(200.0, 30.0), (300.0, 70.0), (199.0, 50.0), (250.0, 71.0), (f64::NAN, 50.0)];
        let allowed = windows.map(|(width_hu, level_hu)| DrawingWindow { width_hu, level_hu }.is_of_protocol());
        assert_eq!(allowed, [true, true, false, false, false]);
    }
}
