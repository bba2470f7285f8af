//! One organ, or part of one, as it is painted: a shape and what fills it.

use super::frame::Site;
use super::shape::Point;
use super::tissue::Tissue;

/// What a layer means for the ground truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Takes the place of whatever lay there before, the liver included.
    Other,
    /// The liver, caudate lobe included.
    Liver,
    /// The caudate lobe: no tissue of its own, a part of the liver.
    Caudate,
    /// The inferior vena cava: takes the liver's place and is a vessel.
    Vein,
}

/// Signed distance in mm at a point of the unbent body, negative inside.
pub(super) type Distance = Box<dyn Fn(Site) -> f64 + Send + Sync>;

/// A shape filled with a tissue; what is painted later covers what was painted before.
pub(super) struct Layer {
    pub(super) tissue: Tissue,
    pub(super) role: Role,
    /// Corners of a box of patient mm outside of which nothing is painted.
    pub(super) bounds: [Point; 2],
    pub(super) distance: Distance,
}

/// A layer of tissue wherever `distance` is negative within a box.
pub(super) fn layer(
    tissue: Tissue,
    bounds: [Point; 2],
    distance: impl Fn(Site) -> f64 + Send + Sync + 'static,
) -> Layer {
    Layer { tissue, role: Role::Other, bounds, distance: Box::new(distance) }
}

/// Everything, for layers that reach through the whole image.
pub(super) const EVERYWHERE: [Point; 2] = [[-1e3; 3], [1e3; 3]];

/// The box around a point; wide enough for the bending of the body.
pub(super) fn around(centre: Point, reach: Point) -> [Point; 2] {
    const BENDING_MM: f64 = 12.0;
    [
        std::array::from_fn(|i| centre[i] - reach[i] - BENDING_MM),
        std::array::from_fn(|i| centre[i] + reach[i] + BENDING_MM),
    ]
}
