//! Notches of the wheel, each counted once.
//!
//! Under X11 winit 0.30 reports the wheel of a mouse once a notch, as it turns. A wheel that is two buttons, as a remote desktop's is,
//! it reports twice, when the button goes down and when it is let go, and nothing in the second event tells it from another notch. Only
//! their company does: such a wheel never gives an event alone, and a mouse soon does. Until one has come alone, the equal
//! event that follows another at once is taken for its echo.

use egui::Event;

/// Points that a touch pad scrolls for a notch.
const NOTCH: f32 = 40.0;
/// Within this time an echo follows, in seconds, and within this longer one where the window drew nothing in between.
const SOON: f64 = 0.06;
const NEXT_FRAME: f64 = 0.25;

/// What the wheel asks for in a frame.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Turned {
    /// Slices to move; up is positive.
    pub slices: i64,
    /// Notches to magnify.
    pub zoom: f32,
    /// Notches to widen the brush.
    pub widen: f32,
}

/// What is known of the wheel.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wheel {
    last: Option<Notch>,
    /// Whether a notch came alone, so that none has an echo.
    is_single: bool,
}

#[derive(Debug, Clone, Copy)]
struct Notch {
    delta: f32,
    time: f64,
    frame: u64,
    has_echo: bool,
}

impl Wheel {
    /// What the events of this frame ask for; `time` in seconds. A notch is a slice: events are counted as they come, because
    /// smoothed ones lose their number.
    pub fn turned(&mut self, events: &[Event], time: f64, frame: u64) -> Turned {
        let [mut slices, mut zoom, mut widen] = [0.0f32; 3];
        for event in events {
            let Event::MouseWheel { unit, delta, modifiers, .. } = event else { continue };
            // With Shift some systems turn the wheel sideways.
            let turned = if delta.y == 0.0 && modifiers.shift { delta.x } else { delta.y };
            let notches = match unit {
                egui::MouseWheelUnit::Point => turned / NOTCH,
                egui::MouseWheelUnit::Line | egui::MouseWheelUnit::Page if self.is_echo(turned, time, frame) => 0.0,
                egui::MouseWheelUnit::Line | egui::MouseWheelUnit::Page => turned,
            };
            let counted = if modifiers.command {
                &mut zoom
            } else if modifiers.shift {
                &mut widen
            } else {
                &mut slices
            };
            *counted += notches;
        }
        // A touch pad's small steps still move by one slice at a time.
        let whole = if slices.abs() >= 1.0 { slices.trunc() } else { slices.signum() * f32::from(slices.abs() > 0.2) };
        Turned { slices: whole as i64, zoom, widen }
    }

    fn is_echo(&mut self, delta: f32, time: f64, frame: u64) -> bool {
        let waiting = self.last.filter(|last| !last.has_echo);
        let follows = waiting.is_some_and(|last| {
            let gap = time - last.time;
            last.delta == delta && (gap <= SOON || (gap <= NEXT_FRAME && frame <= last.frame + 1))
        });
        self.is_single |= waiting.is_some() && !follows;
        let is_echo = follows && !self.is_single;
        self.last = Some(Notch { delta, time, frame, has_echo: is_echo });
        is_echo
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slices moved by notches of one line at these times, each in a frame of its own.
    fn moved(wheel: &mut Wheel, times: &[f64]) -> i64 {
        let notch = Event::MouseWheel {
            unit: egui::MouseWheelUnit::Line,
            delta: egui::Vec2::new(0.0, 1.0),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: egui::Modifiers::NONE,
        };
        let of_one =
            |(frame, time): (usize, &f64)| wheel.turned(std::slice::from_ref(&notch), *time, frame as u64).slices;
        times.iter().enumerate().map(of_one).sum()
    }

    #[test]
    fn a_wheel_of_buttons_moves_one_slice_a_notch() {
        assert_eq!(moved(&mut Wheel::default(), &[0.0, 0.012, 0.5, 0.512, 0.55, 0.562]), 3);
        // The second event may wait for a slow frame.
        assert_eq!(moved(&mut Wheel::default(), &[0.0, 0.2, 1.0, 1.2]), 2);
    }

    #[test]
    fn a_mouse_moves_a_slice_at_every_notch_however_fast() {
        let mut wheel = Wheel::default();
        assert_eq!(moved(&mut wheel, &[0.0, 1.0, 2.0]), 3);
        assert_eq!(moved(&mut wheel, &[3.0, 3.01, 3.02, 3.03]), 4);
    }
}
