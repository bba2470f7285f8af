//! The window: panels, widgets, theme, keys. No algorithm.
