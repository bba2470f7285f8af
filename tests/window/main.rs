//! The real window under Xvfb, driven by the mouse and the keyboard. Pictures of it are left in the target folder (`tmp/window-*.png`).

#[path = "../screen/mod.rs"]
mod screen;

mod demonstration;
mod hand;
mod liver;
mod renderers;
