//! The window's parts and what happens in a frame.

use egui::Ui;
use egui_wgpu::RenderState;

use super::{Options, fonts, theme};
use crate::render::SlicePainter;

/// Everything that the window is made of.
pub struct App {
    painter: SlicePainter,
}

impl App {
    /// The window's state at start; slices are drawn by a shader where `wgpu` is given.
    pub fn new(ctx: &egui::Context, wgpu: Option<&RenderState>, _options: Options) -> Self {
        fonts::install(ctx);
        theme::apply(ctx);
        fonts::install_system_fallbacks(ctx);
        Self { painter: SlicePainter::new(wgpu) }
    }

    /// Draws one frame.
    pub fn frame(&mut self, ui: &mut Ui) {
        egui::Panel::bottom("status").frame(theme::bar_frame()).show(ui, |ui| ui.label(self.painter.name()));
        egui::Panel::left("library").exact_size(theme::SIDE).frame(theme::panel_frame()).show(ui, |ui| {
            ui.heading("Studies");
        });
        egui::CentralPanel::default().frame(egui::Frame::new().fill(theme::BLACK)).show(ui, |_| ());
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.frame(ui);
    }
}
