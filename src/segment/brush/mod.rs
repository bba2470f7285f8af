//! Brushes: round on a slice, stopping at edges, and a ball through neighbouring slices.

mod ball;
mod edge_aware;
mod round;

pub use ball::ball_stroke;
pub use edge_aware::EdgeBrush;
pub use round::{Brush, disc, stroke};
