//! Opening the window: with wgpu, else with OpenGL, and slices by the processor where there is no wgpu.

use std::path::PathBuf;

use super::{App, keeping};
use crate::render;

/// What the window starts with.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Folders, files or archives to open.
    pub open: Vec<PathBuf>,
    /// Whether to open the simulated demonstration case.
    pub demo: bool,
    /// How to draw.
    pub renderer: RendererChoice,
    /// The folder that journals of open cases are kept in, and looked for at start; none are kept where there is none. [`run`] gives
    /// the one among the user's data where nothing else is said.
    pub journals: Option<PathBuf>,
}

/// How the window draws.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RendererChoice {
    /// The first that works of wgpu, OpenGL, and slices by the processor.
    #[default]
    Auto,
    /// wgpu, slices by a shader.
    Wgpu,
    /// OpenGL, slices by the processor.
    Glow,
    /// Slices by the processor whatever draws the rest.
    Cpu,
}

/// Why there is no window: nothing that the system offers could draw one.
#[derive(Debug, thiserror::Error)]
#[error("the window did not open; is there a display and a graphics driver? ({0})")]
pub struct NoWindow(String);

/// Opens the window and returns when it is closed.
pub fn run(options: Options) -> Result<(), NoWindow> {
    let journals = options.journals.clone().or_else(|| Some(keeping::folder()));
    let options = Options { journals, ..options };
    let attempts: &[eframe::Renderer] = match options.renderer {
        RendererChoice::Wgpu => &[eframe::Renderer::Wgpu],
        RendererChoice::Glow => &[eframe::Renderer::Glow],
        RendererChoice::Auto | RendererChoice::Cpu => &[eframe::Renderer::Wgpu, eframe::Renderer::Glow],
    };
    let mut problem = None;
    for &renderer in attempts {
        match open(renderer, &options) {
            Ok(()) => return Ok(()),
            Err(error) => {
                tracing::warn!("no window with {renderer}: {error}");
                // The first says why; later ones often only that it failed before.
                problem = problem.or(Some(error));
            }
        }
    }
    problem.map_or(Ok(()), |error| Err(NoWindow(error.to_string())))
}

fn open(renderer: eframe::Renderer, options: &Options) -> eframe::Result {
    let native = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Hepatica")
            .with_app_id("hepatica")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([1024.0, 700.0]),
        renderer,
        wgpu_options: render::wgpu_configuration(),
        dithering: false,
        system_font_fallback: false,
        ..eframe::NativeOptions::default()
    };
    let options = options.clone();
    eframe::run_native(
        "hepatica",
        native,
        Box::new(move |created| {
            let by_processor = options.renderer == RendererChoice::Cpu;
            let wgpu = created.wgpu_render_state.as_ref().filter(|_| !by_processor);
            Ok(Box::new(App::new(&created.egui_ctx, wgpu, options)))
        }),
    )
}
