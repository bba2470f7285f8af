//! The window without a screen, and a hand for it: frames that are timed. Each benchmark uses a part of it.
#![allow(dead_code)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use egui::{Context, Event, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, Vec2};
use hepatica::ui::{App, Options, Snapshot};

/// How long the window may take to open an image, or to find something out beside itself.
const PATIENCE: Duration = Duration::from_secs(120);

/// The window, and where its pointer is.
pub struct Desk {
    ctx: Context,
    pub app: App,
    frames: u32,
    at: Pos2,
}

impl Desk {
    /// The window on the image at this path.
    pub fn open(path: PathBuf) -> Self {
        let ctx = Context::default();
        let app = App::new(&ctx, None, Options { open: vec![path], ..Options::default() });
        let mut desk = Self { ctx, app, frames: 0, at: Pos2::new(480.0, 420.0) };
        desk.wait("the image to open", |shown| shown.has_image);
        desk
    }

    /// Frames until the window shows something.
    pub fn wait(&mut self, what: &str, until: impl Fn(&Snapshot) -> bool) {
        let begun = Instant::now();
        while !until(&Snapshot::of(&self.app)) {
            assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
            std::thread::sleep(Duration::from_millis(5));
            self.frame(Vec::new());
        }
    }

    /// A frame with these events; how long it took.
    pub fn frame(&mut self, events: Vec<Event>) -> Duration {
        self.frames += 1;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, Vec2::new(1280.0, 800.0))),
            time: Some(f64::from(self.frames) / 60.0),
            events,
            ..RawInput::default()
        };
        let begun = Instant::now();
        let output = self.ctx.run_ui(input, |ui| self.app.frame(ui));
        let took = begun.elapsed();
        output.drop_without_applying_deltas();
        took
    }

    /// A key, and how long the frames took that heard it and that showed what became of it.
    pub fn key(&mut self, key: Key, modifiers: Modifiers) -> Duration {
        let event = |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
        self.frame(vec![event(true)]) + self.frame(vec![event(false)])
    }

    /// The pen is put down or lifted; how long the frame took that heard it and the one after it.
    pub fn press(&mut self, pressed: bool) -> Duration {
        let (pos, button, modifiers) = (self.at, PointerButton::Primary, Modifiers::NONE);
        self.frame(vec![Event::PointerButton { pos, button, pressed, modifiers }]) + self.frame(Vec::new())
    }

    /// The pointer goes on along a spiral, so that a brush always comes to new ground.
    pub fn step(&mut self, n: u64) -> Duration {
        let (turn, radius) = (n as f32 * 0.1, 20.0 + 0.12 * n as f32);
        self.at = Pos2::new(480.0 + radius * turn.cos(), 420.0 + radius * turn.sin());
        self.frame(vec![Event::PointerMoved(self.at)])
    }

    pub fn click(&mut self, at: Pos2) {
        self.at = at;
        self.frame(vec![Event::PointerMoved(at)]);
        self.press(true);
        self.press(false);
    }

    pub fn n_edits(&self) -> usize {
        Snapshot::of(&self.app).n_edits
    }
}
