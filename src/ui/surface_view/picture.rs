//! The picture of surfaces: drawn by the processor and kept until something changes, coarser while it moves than at rest.

use std::time::Duration;

use egui::{Color32, Painter, Pos2, Rect, TextureHandle, TextureOptions};

use crate::render::{Overlay, SurfaceCamera, SurfaceRaster, SurfaceScene};
use crate::ui::theme;

/// How long the picture has to rest, in seconds, before it is drawn finely.
const SETTLED: f64 = 0.15;
/// Places that are looked at for a picture, at most: one that turns is to take 8 ms with all triangles, one at rest 50 ms.
const TURNING: usize = 400_000;
const RESTING: usize = 3_000_000;
/// Opacity of surfaces of an earlier state.
const DIMMED: f32 = 0.6;

/// The picture that was drawn last.
#[derive(Default)]
pub struct Picture {
    raster: SurfaceRaster,
    drawn: Option<(Key, TextureHandle)>,
    /// Where it was seen from last, and when that changed.
    moved: Option<(SurfaceCamera, f64)>,
}

/// Everything that a picture depends on.
#[derive(Clone, Copy, PartialEq)]
struct Key {
    surfaces: u64,
    camera: SurfaceCamera,
    overlay: Overlay,
    detail: Detail,
}

/// Pixels of a picture, and places that each is made of along either side.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Detail {
    size: [usize; 2],
    samples: usize,
}

impl Picture {
    /// Paints a scene into a rectangle; `surfaces` is another number for other ones.
    pub fn paint(
        &mut self,
        painter: &Painter,
        rect: Rect,
        scene: &SurfaceScene,
        surfaces: u64,
        (is_current, is_held): (bool, bool),
    ) {
        let ctx = painter.ctx();
        let (scale, now) = (ctx.pixels_per_point(), ctx.input(|input| input.time));
        let size = [rect.width(), rect.height()].map(|n| (n * scale).round().max(1.0) as usize);
        let since = self.moved.filter(|(camera, _)| *camera == scene.camera).map(|(_, since)| since);
        // The first picture is fine at once.
        let since = since.unwrap_or(if self.moved.is_some() { now } else { f64::NEG_INFINITY });
        self.moved = Some((scene.camera, since));
        let rest = SETTLED - (now - since);
        let is_moving = is_held || rest > 0.0;
        if is_moving && !is_held {
            ctx.request_repaint_after(Duration::from_secs_f64(rest));
        }
        let detail = Detail::of(size, is_moving);
        let key = Key { surfaces, camera: scene.camera, overlay: *scene.overlay, detail };
        let finer = |(drawn, _): &(Key, TextureHandle)| *drawn == Key { detail: Detail::of(size, false), ..key };
        // What is held still stays as fine as it is.
        if !self.drawn.as_ref().is_some_and(|drawn| drawn.0 == key || finer(drawn)) {
            let image = self.raster.draw(scene, detail.size, detail.samples);
            match &mut self.drawn {
                Some((drawn, texture)) => {
                    *drawn = key;
                    texture.set(image, TextureOptions::LINEAR);
                }
                None => self.drawn = Some((key, ctx.load_texture("surfaces", image, TextureOptions::LINEAR))),
            }
        }
        if let Some((_, texture)) = &self.drawn {
            let whole = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
            let tint = if is_current { Color32::WHITE } else { theme::faded(Color32::WHITE, DIMMED) };
            painter.image(texture.id(), rect, whole, tint);
        }
    }
}

impl Detail {
    /// The finest that the time allows: four places a pixel, one, or pixels larger than the screen's.
    fn of([width, height]: [usize; 2], is_moving: bool) -> Self {
        let most = if is_moving { TURNING } else { RESTING };
        let n = width * height;
        if 4 * n <= most {
            return Self { size: [width, height], samples: 2 };
        }
        let shrunk = (most as f64 / n as f64).sqrt().min(1.0);
        Self { size: [width, height].map(|n| ((n as f64 * shrunk) as usize).max(1)), samples: 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detail_keeps_within_what_the_time_allows() {
        for size in [[1, 1], [200, 300], [560, 660], [1600, 1300], [3000, 2000]] {
            for (is_moving, most) in [(true, TURNING), (false, RESTING)] {
                let Detail { size: [w, h], samples } = Detail::of(size, is_moving);
                assert!(w * h * samples * samples <= most && w <= size[0] && h <= size[1], "{size:?}");
            }
        }
        assert_eq!(Detail::of([280, 330], true), Detail { size: [280, 330], samples: 2 });
        assert_eq!(Detail::of([560, 660], true), Detail { size: [560, 660], samples: 1 });
        assert_eq!(Detail::of([560, 660], false).samples, 2);
    }
}
