//! `hepatica view`: the window.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::ui::{self, Options, RendererChoice};

/// Open the window, on a folder or on the simulated demonstration case
#[derive(Debug, Default, Args)]
pub struct View {
    /// Folders, files or zip archives to open
    paths: Vec<PathBuf>,
    /// Open the simulated demonstration case
    #[arg(long, conflicts_with = "paths")]
    demo: bool,
    /// How to draw: auto tries wgpu, then glow, then the processor
    #[arg(long, value_enum, default_value_t)]
    renderer: Renderer,
}

/// How to draw.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Renderer {
    /// The best that works here
    #[default]
    Auto,
    /// Vulkan, Metal or Direct3D
    Wgpu,
    /// OpenGL
    Glow,
    /// Slices drawn by the processor
    Cpu,
}

impl View {
    /// Opens the window and stays until it is closed.
    pub fn run(self) -> anyhow::Result<()> {
        for path in &self.paths {
            if !path.exists() {
                anyhow::bail!("{} does not exist; check the path", path.display());
            }
        }
        let renderer = match self.renderer {
            Renderer::Auto => RendererChoice::Auto,
            Renderer::Wgpu => RendererChoice::Wgpu,
            Renderer::Glow => RendererChoice::Glow,
            Renderer::Cpu => RendererChoice::Cpu,
        };
        Ok(ui::run(Options { open: self.paths, demo: self.demo, renderer, ..Options::default() })?)
    }
}
